//! Counts of what was done, by rule and outcome; knows no value and no key of any event.

use std::fmt;

/// What happened to the values of one rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleCounts {
    /// The rule's selector, as the policy spells it.
    pub selector: String,
    /// Values treated as the rule says.
    pub treated: u64,
    /// Values that could not be read as their type; they followed `on_invalid`.
    pub invalid: u64,
    /// Values that were `null` and stayed so.
    pub null: u64,
    /// Events in which the rule found nothing.
    pub absent: u64,
}

/// What a scrubber has done so far. Safe to log: it is made of the policy's words and of numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Events scrubbed.
    pub events: u64,
    /// Events refused, for whatever reason; the other counts do not include them.
    pub refused: u64,
    /// Values taken out because no rule names them (`unlisted: drop`).
    pub unlisted_dropped: u64,
    /// One row for each rule, in the policy's order.
    pub rules: Vec<RuleCounts>,
}

impl Report {
    /// The report as one JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        let rule = |rule: &RuleCounts| {
            let RuleCounts { selector, treated, invalid, null, absent } = rule;
            let selector = serde_json::to_string(selector).unwrap_or_default();
            format!(
                r#"{{"absent":{absent},"invalid":{invalid},"null":{null},"selector":{selector},"treated":{treated}}}"#
            )
        };
        let Report { events, refused, unlisted_dropped, rules } = self;
        let rules = rules.iter().map(rule).collect::<Vec<_>>().join(",");
        format!(
            r#"{{"events":{events},"refused":{refused},"rules":[{rules}],"unlisted_dropped":{unlisted_dropped}}}"#
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} events scrubbed, {} refused", self.events, self.refused)?;
        if self.unlisted_dropped > 0 {
            write!(f, ", {} unlisted values dropped", self.unlisted_dropped)?;
        }
        let wide = self.rules.iter().map(|rule| rule.selector.chars().count()).max().unwrap_or(0).max(5);
        write!(
            f,
            "\n{:wide$}  {:>10} {:>10} {:>10} {:>10}",
            "field", "treated", "invalid", "null", "absent"
        )?;
        for rule in &self.rules {
            let RuleCounts { selector, treated, invalid, null, absent } = rule;
            write!(f, "\n{selector:wide$}  {treated:>10} {invalid:>10} {null:>10} {absent:>10}")?;
        }
        Ok(())
    }
}
