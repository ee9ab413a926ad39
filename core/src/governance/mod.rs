//! From schemas to policies: schemas say what a field is, governance says what is done with it, for whom. It knows no event.
//!
//! A governance document is JSON:
//!
//! ```json
//! {
//!   "pumice_governance": 1,
//!   "reservoirs": ["raw", "analysts", "marketing"],
//!   "public_tags": ["PUBLIC"],
//!   "types": {"email": {"keep": "provider"}},
//!   "default": "DROP",
//!   "unlisted": "drop",
//!   "rules": [
//!     {"reservoir": "raw", "action": "encrypt"},
//!     {"tag": "email", "reservoir": "analysts", "action": "redact"},
//!     {"field": "user.id", "action": "HASH", "why": "joins"},
//!     {"table": "login", "field": "**.ip", "action": {"type": "ip", "v4_bits": 8}}
//!   ]
//! }
//! ```
//!
//! - A **reservoir** is a named audience; each gets its own policy ([`compile`]).
//! - A field is **personal** if it has a type, an entity, a handling or a tag that is not among the `public_tags`, or is in an
//!   object or array that has. What no rule is about is done by `default` (`DROP` if it is not given) where it is personal,
//!   and stays otherwise.
//! - A **rule** has conditions, all of which must hold, and an action. `field` is a selector, of the field or of what it is in;
//!   `tag` is one of its tags, its entity or its type; `table` is the schema's name; `reservoir` is the audience. A rule with
//!   neither `field` nor `tag` speaks of personal fields only; `"field": "**"` means all.
//! - **Precedence**: field, tag, table, reservoir, in this order. A rule that names an earlier level goes before all that do
//!   not; of those that name it too, the one that also names the next goes first, and so on. Of two `field` conditions, the
//!   narrower selector goes first. Two rules that are equal in all that, and are about one field, must say the same:
//!   [`Code::ContradictoryRules`](crate::Code::ContradictoryRules) otherwise.
//! - **Actions**: `SHOW` (`keep`), `HASH`, `DROP`, `encrypt`, `tokenize`; `redact`, by the type that the schema says, with the
//!   options of `types`; `declared`, what the schema itself asks for; or a rule as a policy has it. Case does not matter.
//! - `unlisted` is the policy's, and `drop` if it is not given: what the schema does not have does not pass.

mod compile;
mod decide;
mod document;
mod names;
mod review;

pub use compile::{CompileOptions, Compiled, Decision, compile};
pub use decide::{DecidedBy, Level};
pub use document::Governance;
pub use review::{Document, Finding, Review, Weight, review};
