//! The governance document, read: parsing is validation. It knows no schema.

use crate::document::Node;
use crate::error::{Code, Error};
use crate::policy::{Kind, Rule as PolicyRule, Unlisted};
use crate::selector::Selector;

/// The version of the format that this build reads.
const FORMAT: &str = "1";

/// What privacy people decided: who may see what, whatever the events.
///
/// ```
/// use pumice::governance::Governance;
///
/// let governance = Governance::parse(br#"{
///     "pumice_governance": 1,
///     "reservoirs": ["analysts", "support"],
///     "rules": [
///         {"tag": "email", "reservoir": "analysts", "action": "HASH"},
///         {"reservoir": "support", "action": "SHOW"}
///     ]
/// }"#)?;
/// assert_eq!(governance.reservoirs, ["analysts", "support"]);
/// # Ok::<(), pumice::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Governance {
    /// The audiences there are.
    pub reservoirs: Vec<String>,
    /// Tags that do not make a field personal.
    pub public_tags: Vec<String>,
    /// What becomes of fields that the schema does not have.
    pub unlisted: Unlisted,
    /// What becomes of a personal field that no rule is about.
    pub(super) default: Action,
    /// The options of a type where a rule says `redact` and nothing else.
    pub(super) types: Vec<(Kind, Members)>,
    pub(super) rules: Vec<Rule>,
}

/// The members of a rule of a policy: names and JSON texts.
pub(super) type Members = Vec<(String, String)>;

/// One rule: what is done where all its conditions hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) field: Option<Selector>,
    pub(super) tag: Option<String>,
    pub(super) table: Option<String>,
    pub(super) reservoir: Option<String>,
    pub(super) action: Action,
    /// Where it stands in the document, as a JSON Pointer.
    pub(super) pointer: String,
}

/// What a rule says is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// What the schema itself asks for; dropped where it asks for nothing.
    Declared,
    /// Redacted by the type that the schema says.
    Redact,
    /// This rule of a policy; without a type, of the type that the schema says.
    Rule(Members),
}

impl Governance {
    /// Reads a governance document.
    ///
    /// # Errors
    /// [`Code::PolicySyntax`] at a byte offset if it is not JSON; otherwise at a JSON Pointer into the document:
    /// [`Code::PolicyVersion`], [`Code::PolicyShape`], [`Code::UnknownMember`], [`Code::DuplicateKey`],
    /// [`Code::UnknownType`], [`Code::UnknownAction`], [`Code::UnknownOption`], [`Code::InvalidOption`],
    /// [`Code::IncompleteRule`], [`Code::InvalidSelector`], [`Code::UnknownReservoir`], and [`Code::ContradictoryRules`] at the
    /// later of two rules with the same conditions that say different things.
    pub fn parse(document: &[u8]) -> Result<Self, Error> {
        let top = Node::document(document)?;
        let members = top.object()?;
        let version = members.iter().find(|(key, _)| key == "pumice_governance");
        let (_, version) = version.ok_or_else(|| top.error_at("pumice_governance", Code::PolicyVersion))?;
        if version.text() != FORMAT {
            return Err(version.error(Code::PolicyVersion));
        }
        let mut governance = Governance {
            reservoirs: Vec::new(),
            public_tags: Vec::new(),
            unlisted: Unlisted::Drop,
            default: Action::Rule(word_rule("drop")),
            types: Vec::new(),
            rules: Vec::new(),
        };
        let (mut reservoirs, mut rules) = (None, None);
        for (key, node) in &members {
            match key.as_str() {
                "pumice_governance" => {}
                "reservoirs" => reservoirs = Some(names(node)?),
                "public_tags" => governance.public_tags = names(node)?,
                "unlisted" => {
                    let words =
                        [("keep", Unlisted::Keep), ("drop", Unlisted::Drop), ("fail", Unlisted::Fail)];
                    governance.unlisted = node.word(&words, Code::InvalidOption)?;
                }
                "default" => governance.default = Action::parse(node)?,
                "types" => governance.types = types(node)?,
                "rules" => rules = Some(node.list()?),
                _ => return Err(node.error(Code::UnknownMember)),
            }
        }
        governance.reservoirs = reservoirs.ok_or_else(|| top.error_at("reservoirs", Code::PolicyShape))?;
        for node in rules.ok_or_else(|| top.error_at("rules", Code::PolicyShape))? {
            let rule = Rule::parse(&node, &governance.reservoirs)?;
            let twin = governance.rules.iter().find(|known| known.conditions() == rule.conditions());
            if twin.is_some_and(|twin| twin.action != rule.action) {
                return Err(node.error(Code::ContradictoryRules));
            }
            governance.rules.push(rule);
        }
        Ok(governance)
    }
}

impl Rule {
    fn parse(node: &Node<'_>, reservoirs: &[String]) -> Result<Self, Error> {
        let (mut field, mut tag, mut table, mut reservoir, mut action) = (None, None, None, None, None);
        for (key, node) in node.object()? {
            match key.as_str() {
                "field" => {
                    let selector: Result<Selector, _> = node.string()?.parse();
                    field = Some(selector.map_err(|_| node.error(Code::InvalidSelector))?);
                }
                "tag" => tag = Some(node.string()?),
                "table" => table = Some(node.string()?),
                "reservoir" => {
                    let name = node.string()?;
                    if !reservoirs.contains(&name) {
                        return Err(node.error(Code::UnknownReservoir));
                    }
                    reservoir = Some(name);
                }
                "action" => action = Some(Action::parse(&node)?),
                // For people.
                "why" => drop(node.string()?),
                _ => return Err(node.error(Code::UnknownMember)),
            }
        }
        if field.is_none() && tag.is_none() && table.is_none() && reservoir.is_none() {
            return Err(node.error(Code::IncompleteRule));
        }
        let action = action.ok_or_else(|| node.error_at("action", Code::IncompleteRule))?;
        Ok(Rule { field, tag, table, reservoir, action, pointer: node.pointer().to_owned() })
    }

    fn conditions(&self) -> (&Option<Selector>, &Option<String>, &Option<String>, &Option<String>) {
        (&self.field, &self.tag, &self.table, &self.reservoir)
    }
}

impl Action {
    /// A word, in either case of letters, or a rule of a policy.
    fn parse(node: &Node<'_>) -> Result<Self, Error> {
        if node.is_string() {
            return match node.string()?.to_ascii_lowercase().as_str() {
                "show" | "keep" => Ok(Action::Rule(word_rule("keep"))),
                "declared" => Ok(Action::Declared),
                "redact" => Ok(Action::Redact),
                word @ ("hash" | "drop" | "encrypt" | "tokenize") => Ok(Action::Rule(word_rule(word))),
                _ => Err(node.error(Code::UnknownAction)),
            };
        }
        // What it says is the policy's to judge, for whatever field.
        PolicyRule::parse("**".to_owned(), node)?;
        Ok(Action::Rule(members(node)?))
    }
}

fn word_rule(action: &str) -> Members {
    vec![("action".to_owned(), format!("\"{action}\""))]
}

fn members(node: &Node<'_>) -> Result<Members, Error> {
    Ok(node.object()?.into_iter().map(|(key, node)| (key, node.line())).collect())
}

/// Strings, each once, at least one, none of them empty; a bare one is a list of one.
fn names(node: &Node<'_>) -> Result<Vec<String>, Error> {
    let nodes = if node.is_string() { vec![node.clone()] } else { node.list()? };
    let mut names = Vec::new();
    for node in &nodes {
        let name = node.string()?;
        if name.is_empty() || names.contains(&name) {
            return Err(node.error(Code::InvalidOption));
        }
        names.push(name);
    }
    if names.is_empty() { Err(node.error(Code::InvalidOption)) } else { Ok(names) }
}

/// Options by type.
fn types(node: &Node<'_>) -> Result<Vec<(Kind, Members)>, Error> {
    let mut types = Vec::new();
    for (name, node) in node.object()? {
        let kind = Kind::ALL.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
        let kind = kind.ok_or_else(|| node.error(Code::UnknownType))?;
        PolicyRule::check_options(kind, &node)?;
        types.push((kind, members(&node)?));
    }
    Ok(types)
}
