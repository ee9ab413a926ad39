//! Counts of what was done, by rule and outcome; knows no value and no key of any event.

use crate::quote::quoted;
use std::collections::BTreeMap;
use std::fmt;

/// What happened to the values of one rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleCounts {
    /// The name of the rule's policy, if that is one of a set.
    pub policy: Option<String>,
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
    /// One row for each rule, in the policy's order; of a set, those of policies that an event had.
    pub rules: Vec<RuleCounts>,
}

impl RuleCounts {
    /// Which rule it is: no selector has the zero that is between.
    fn name(&self) -> Vec<u8> {
        let mut name = Vec::new();
        if let Some(policy) = &self.policy {
            name.extend_from_slice(policy.as_bytes());
            name.push(0);
        }
        name.extend_from_slice(self.selector.as_bytes());
        name
    }
}

impl Report {
    /// Adds what another counted by the same policies, or others.
    pub(crate) fn add(&mut self, other: Report) {
        self.events += other.events;
        self.refused += other.refused;
        self.unlisted_dropped += other.unlisted_dropped;
        // The kind of map that policies are read with: another would be more code.
        let mut places = BTreeMap::<Vec<u8>, usize>::new();
        for (at, row) in self.rules.iter().enumerate() {
            places.insert(row.name(), at);
        }
        for row in other.rules {
            let place = places.get(&row.name());
            match place.and_then(|at| self.rules.get_mut(*at)) {
                Some(known) => {
                    known.treated += row.treated;
                    known.invalid += row.invalid;
                    known.null += row.null;
                    known.absent += row.absent;
                }
                None => self.rules.push(row),
            }
        }
    }

    /// The report as one JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        let rule = |rule: &RuleCounts| {
            let RuleCounts { policy, selector, treated, invalid, null, absent } = rule;
            let policy =
                policy.as_ref().map_or_else(String::new, |policy| format!(r#""policy":{},"#, quoted(policy)));
            let selector = quoted(selector);
            format!(
                r#"{{"absent":{absent},"invalid":{invalid},"null":{null},{policy}"selector":{selector},"treated":{treated}}}"#
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
        let fields: Vec<String> = self
            .rules
            .iter()
            .map(|rule| match &rule.policy {
                Some(policy) => format!("{policy}: {}", rule.selector),
                None => rule.selector.clone(),
            })
            .collect();
        let wide = fields.iter().map(|field| field.chars().count()).max().unwrap_or(0).max(5);
        write!(
            f,
            "\n{:wide$}  {:>10} {:>10} {:>10} {:>10}",
            "field", "treated", "invalid", "null", "absent"
        )?;
        for (rule, field) in self.rules.iter().zip(fields) {
            let RuleCounts { policy: _, selector: _, treated, invalid, null, absent } = rule;
            write!(f, "\n{field:wide$}  {treated:>10} {invalid:>10} {null:>10} {absent:>10}")?;
        }
        Ok(())
    }
}
