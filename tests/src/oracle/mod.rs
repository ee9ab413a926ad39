//! A slow and obvious scrubber to hold the fast one to: a tree from serde_json, selectors tried one by one on
//! whole paths. It knows nothing of how pumice goes about it, and takes from it only the redaction of one leaf
//! and the steps of a selector.

mod paths;
mod shape;
mod tree;

pub use paths::{At, hits, includes, more_specific, ties};
use pumice::Redactor;
use pumice::selector::{Selector, Step};
use serde_json::value::RawValue;
pub use shape::{Misshapen, Shape};
use std::collections::BTreeMap;
use std::ops::Range;
use tree::{Kind, Node, read};
pub use tree::{MOST_LEVELS, NoEvent, Tree};

#[derive(Clone, Copy, PartialEq)]
enum Unlisted {
    Keep,
    Drop,
    Fail,
}

#[derive(Clone, Copy, PartialEq)]
enum OnInvalid {
    Null,
    Drop,
    Fail,
}

enum Action {
    Redact(Box<Redactor>, OnInvalid),
    Replace(Tree),
    Drop,
    Keep,
}

struct Rule {
    spelling: String,
    selector: Selector,
    action: Action,
}

/// A policy that pumice takes, read once more.
pub struct Oracle {
    rules: Vec<Rule>,
    unlisted: Unlisted,
    shape: Option<Shape>,
    /// `beats[a][b]`: rule a is more specific than rule b.
    beats: Vec<Vec<bool>>,
}

/// What must become of an event.
#[derive(Debug)]
pub enum Answer {
    NoEvent(NoEvent),
    /// It does not look as the policy's shape says.
    Misshapen(Misshapen),
    /// A leaf that no rule names, at this offset.
    Unlisted(usize),
    /// A value that is not of its type, by a rule of this spelling.
    Invalid(String),
    Scrubbed(Scrubbed),
}

/// An event that comes out.
#[derive(Debug)]
pub struct Scrubbed {
    pub tree: Tree,
    /// The exact bytes, where nothing was taken out.
    pub bytes: Option<Vec<u8>>,
    /// Bytes of the event that must not come out, and may not stand in any error.
    pub treated: Vec<Range<usize>>,
    /// How many values were treated, invalid and `null`, by the spelling of the rule.
    pub counts: BTreeMap<String, [u64; 3]>,
    /// How many values went because no rule names them; what is in an object or array that goes is not counted.
    pub unlisted_dropped: u64,
}

/// What holds around a value.
#[derive(Clone, Copy)]
enum Around {
    Nothing,
    Redacted(usize),
    Kept,
}

enum Refusal {
    Unlisted(usize),
    Invalid(usize),
}

#[derive(Default)]
struct Work {
    path: Vec<At>,
    instead: Vec<(Range<usize>, String)>,
    treated: Vec<Range<usize>>,
    removed: bool,
    /// How many values rules have found.
    found: usize,
    counts: BTreeMap<String, [u64; 3]>,
    unlisted_dropped: u64,
}

const TREATED: usize = 0;
const INVALID: usize = 1;
const NULL: usize = 2;

impl Work {
    fn count(&mut self, rule: &Rule, outcome: usize) {
        self.counts.entry(rule.spelling.clone()).or_default()[outcome] += 1;
    }
}

impl Oracle {
    /// Reads a policy.
    ///
    /// # Panics
    /// If it is one that pumice refuses.
    #[must_use]
    pub fn new(policy: &str) -> Self {
        type Map = BTreeMap<String, Box<RawValue>>;
        let policy: Map = serde_json::from_str(policy).unwrap();
        let unlisted = match policy.get("unlisted").map(|word| word.get()) {
            None | Some(r#""keep""#) => Unlisted::Keep,
            Some(r#""drop""#) => Unlisted::Drop,
            Some(r#""fail""#) => Unlisted::Fail,
            Some(word) => panic!("{word}"),
        };
        let fields: Map = serde_json::from_str(policy["fields"].get()).unwrap();
        let rules: Vec<Rule> =
            fields.into_iter().map(|(spelling, rule)| Rule::new(spelling, &rule)).collect();
        let beats = rules
            .iter()
            .map(|a| rules.iter().map(|b| more_specific(a.selector.steps(), b.selector.steps())).collect())
            .collect();
        let shape = policy.get("shape").map(|shape| Shape::new(shape.get()));
        Oracle { rules, unlisted, shape, beats }
    }

    /// Whether its policy's shape has types by name, which may be in themselves.
    #[must_use]
    pub fn has_types(&self) -> bool {
        self.shape.as_ref().is_some_and(Shape::has_types)
    }

    /// What must become of this event.
    #[must_use]
    pub fn scrub(&self, event: &[u8]) -> Answer {
        let root = match read(event, MOST_LEVELS) {
            Ok(root) => root,
            Err(reason) => return Answer::NoEvent(reason),
        };
        // Refusals for how it looks and for what no rule names come first, wherever they stand.
        let misshapen = self.shape.as_ref().and_then(|shape| shape.check(&root));
        let before = misshapen.as_ref().map_or(usize::MAX, |misshapen| misshapen.offset);
        if self.unlisted == Unlisted::Fail
            && let Some(offset) = self.unlisted(&root, &mut Vec::new(), Around::Nothing)
            && offset < before
        {
            return Answer::Unlisted(offset);
        }
        if let Some(misshapen) = misshapen {
            return Answer::Misshapen(misshapen);
        }
        let mut work = Work::default();
        let tree = match self.value(&root, Around::Nothing, &mut work) {
            Ok(Some(tree)) => tree,
            Ok(None) => {
                work.instead = vec![(root.span.clone(), "null".to_owned())];
                work.removed = false;
                Tree::Leaf("null".to_owned())
            }
            Err(Refusal::Unlisted(at)) => return Answer::Unlisted(at),
            Err(Refusal::Invalid(rule)) => return Answer::Invalid(self.rules[rule].spelling.clone()),
        };
        let bytes = (!work.removed).then(|| {
            let mut bytes = Vec::new();
            let mut copied = 0;
            for (span, text) in &work.instead {
                bytes.extend_from_slice(&event[copied..span.start]);
                bytes.extend_from_slice(text.as_bytes());
                copied = span.end;
            }
            bytes.extend_from_slice(&event[copied..]);
            bytes
        });
        let Work { treated, counts, unlisted_dropped, .. } = work;
        Answer::Scrubbed(Scrubbed { tree, bytes, treated, counts, unlisted_dropped })
    }

    /// The one rule of a place: of those that hit it, the one more specific than all others.
    fn rule(&self, path: &[At]) -> Option<usize> {
        let there: Vec<usize> =
            (0..self.rules.len()).filter(|rule| hits(self.rules[*rule].selector.steps(), path)).collect();
        let best = there.iter().find(|a| there.iter().all(|b| *a == b || self.beats[**a][*b]));
        assert!(there.is_empty() || best.is_some(), "a tie at {path:?} that pumice let pass");
        best.copied()
    }

    /// What holds at a place, and the rule that stands there itself.
    fn here(&self, path: &[At], around: Around) -> (Option<&Rule>, Around) {
        let Some(number) = self.rule(path) else { return (None, around) };
        let rule = &self.rules[number];
        let around = match rule.action {
            Action::Redact(..) => Around::Redacted(number),
            Action::Keep => Around::Kept,
            // Nothing below is looked at.
            Action::Replace(_) | Action::Drop => Around::Kept,
        };
        (Some(rule), around)
    }

    /// The first leaf that no rule names. An empty object or array counts as one where no rule could find anything
    /// in it: its key is as unlisted as any.
    fn unlisted(&self, node: &Node<'_>, path: &mut Vec<At>, around: Around) -> Option<usize> {
        let (_, around) = self.here(path, around);
        if !matches!(around, Around::Nothing) {
            // Something holds here, and for all below that has no rule of its own.
            return None;
        }
        match &node.kind {
            Kind::Leaf => return Some(node.span.start),
            Kind::Array(elements) if elements.is_empty() => {
                return (!self.leads_on(path)).then_some(node.span.start);
            }
            Kind::Object(members) if members.is_empty() => {
                return (!self.leads_on(path)).then_some(node.span.start);
            }
            Kind::Array(_) | Kind::Object(_) => {}
        }
        self.children(node).find_map(|(at, _, child)| {
            path.push(at);
            let found = self.unlisted(child, path, around);
            path.pop();
            found
        })
    }

    /// Whether some selector means a place below this one.
    fn leads_on(&self, path: &[At]) -> bool {
        fn leads(steps: &[Step], path: &[At]) -> bool {
            match (steps.split_first(), path.split_first()) {
                (None, _) => false,
                (Some(_), None) => true,
                (Some((Step::AnyDepth, _)), Some(_)) => true,
                (Some((step, later)), Some((at, inside))) => {
                    hits(std::slice::from_ref(step), std::slice::from_ref(at)) && leads(later, inside)
                }
            }
        }
        self.rules.iter().any(|rule| leads(rule.selector.steps(), path))
    }

    fn children<'n, 'a>(
        &self,
        node: &'n Node<'a>,
    ) -> Box<dyn Iterator<Item = (At, &'a str, &'n Node<'a>)> + 'n> {
        match &node.kind {
            Kind::Leaf => Box::new(std::iter::empty()),
            Kind::Array(elements) => Box::new(elements.iter().map(|child| (At::Element, "", child))),
            Kind::Object(members) => {
                Box::new(members.iter().map(|(key, name, child)| (At::Key(name.clone()), *key, child)))
            }
        }
    }

    /// What becomes of a value; `None` if it goes.
    fn value(&self, node: &Node<'_>, around: Around, work: &mut Work) -> Result<Option<Tree>, Refusal> {
        let (own, around) = self.here(&work.path, around);
        if let Some(rule) = own {
            work.found += 1;
            match &rule.action {
                Action::Drop => {
                    work.count(rule, TREATED);
                    work.treated.push(node.span.clone());
                    work.removed = true;
                    return Ok(None);
                }
                Action::Replace(value) => {
                    work.count(rule, TREATED);
                    work.treated.push(node.span.clone());
                    work.instead.push((node.span.clone(), value.to_string()));
                    return Ok(Some(value.clone()));
                }
                Action::Keep => work.count(rule, TREATED),
                Action::Redact(..) => {}
            }
        }
        if let Kind::Leaf = node.kind {
            return self.leaf(node, around, work);
        }
        let (found, treated, dropped) = (work.found, work.treated.len(), work.unlisted_dropped);
        let mut members = Vec::new();
        for (at, key, child) in self.children(node) {
            work.path.push(at);
            let value = self.value(child, around, work)?;
            work.path.pop();
            members.extend(value.map(|value| (key.to_owned(), value)));
        }
        // An object or array in which no rule found anything goes with its keys.
        let unlisted = matches!(around, Around::Nothing) && self.unlisted == Unlisted::Drop;
        if unlisted && work.found == found && !work.path.is_empty() {
            work.treated.truncate(treated);
            work.unlisted_dropped = dropped + 1;
            work.treated.push(node.span.clone());
            work.removed = true;
            return Ok(None);
        }
        Ok(Some(match node.kind {
            Kind::Object(_) => Tree::Object(members),
            Kind::Array(_) | Kind::Leaf => Tree::Array(members.into_iter().map(|(_, value)| value).collect()),
        }))
    }

    fn leaf(&self, node: &Node<'_>, around: Around, work: &mut Work) -> Result<Option<Tree>, Refusal> {
        let kept = Ok(Some(Tree::Leaf(node.text.to_owned())));
        let number = match around {
            Around::Kept => return kept,
            Around::Nothing => {
                return match self.unlisted {
                    Unlisted::Keep => kept,
                    Unlisted::Fail => Err(Refusal::Unlisted(node.span.start)),
                    Unlisted::Drop => {
                        work.unlisted_dropped += 1;
                        work.treated.push(node.span.clone());
                        work.removed = true;
                        Ok(None)
                    }
                };
            }
            Around::Redacted(number) => number,
        };
        let rule = &self.rules[number];
        let Action::Redact(redactor, on_invalid) = &rule.action else { unreachable!() };
        work.found += 1;
        if node.text == "null" {
            work.count(rule, NULL);
            return kept;
        }
        work.treated.push(node.span.clone());
        let redacted = redactor.redact(node.text);
        work.count(rule, if redacted.is_ok() { TREATED } else { INVALID });
        let text = match (redacted, on_invalid) {
            (Ok(text), _) => text,
            (Err(_), OnInvalid::Null) => "null".to_owned(),
            (Err(_), OnInvalid::Fail) => return Err(Refusal::Invalid(number)),
            (Err(_), OnInvalid::Drop) => {
                work.removed = true;
                return Ok(None);
            }
        };
        let tree = Tree::read(text.as_bytes()).unwrap();
        work.instead.push((node.span.clone(), text));
        Ok(Some(tree))
    }
}

impl Rule {
    fn new(spelling: String, rule: &RawValue) -> Self {
        type Options = BTreeMap<String, Box<RawValue>>;
        let mut options: Options = if rule.get().starts_with('"') {
            [("type".to_owned(), rule.to_owned())].into()
        } else {
            serde_json::from_str(rule.get()).unwrap()
        };
        let mut word =
            |name| options.remove(name).map(|word| serde_json::from_str::<String>(word.get()).unwrap());
        let (kind, action, on_invalid) = (word("type"), word("action"), word("on_invalid"));
        word("id");
        let action = match action.as_deref() {
            None | Some("redact") => {
                let on_invalid = match on_invalid.as_deref() {
                    None | Some("null") => OnInvalid::Null,
                    Some("drop") => OnInvalid::Drop,
                    Some("fail") => OnInvalid::Fail,
                    Some(word) => panic!("{word}"),
                };
                let options = serde_json::to_string(&options).unwrap();
                let redactor = Redactor::builder(&kind.unwrap(), &options).build().unwrap();
                Action::Redact(Box::new(redactor), on_invalid)
            }
            Some("replace") => Action::Replace(Tree::read(options["value"].get().as_bytes()).unwrap()),
            Some("drop") => Action::Drop,
            Some("keep") => Action::Keep,
            Some(word) => panic!("{word}"),
        };
        let selector = spelling.parse().unwrap();
        Rule { spelling, selector, action }
    }
}
