//! Whether an event looks as the policy's shape says, checked at each value while the walk is there anyway. It finds
//! nothing to treat.

use super::shape::NodeId;
use super::walk::Walk;
use crate::error::Code;
use crate::lex::Fault;
use crate::plan::{Form, SlotId};
use crate::shape::Kinds;

/// Where the event does not look as it should, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusal {
    pub(crate) code: Code,
    pub(crate) slot: SlotId,
}

/// What is remembered of the objects that are open.
pub(crate) struct Met {
    /// One bit for each requirement of each, in words; those of the innermost come last.
    words: Vec<u64>,
}

impl Met {
    pub(crate) fn new() -> Self {
        Met { words: Vec::new() }
    }

    pub(crate) fn clear(&mut self) {
        self.words.clear();
    }
}

impl<'a, const STRICT: bool> Walk<'a, STRICT> {
    /// The form, and the slot of a place in it.
    fn slot(&self, node: NodeId, at: usize) -> Result<(&'a Form, SlotId), Fault> {
        // INVARIANT: a strict walk has a form, and nodes come from the plan; without either nothing may pass.
        let form = self.plan.form().ok_or(Fault::json(at))?;
        let state = self.shape.state(node).ok_or(Fault::json(at))?;
        Ok((form, self.plan.slot(state).ok_or(Fault::json(at))?))
    }

    /// What may stand at a place.
    pub(super) fn kinds(&self, node: NodeId, at: usize) -> Kinds {
        self.slot(node, at).map_or(Kinds::NONE, |(form, slot)| form.kinds(slot))
    }

    #[cold]
    fn refuse(&mut self, code: Code, slot: SlotId, at: usize) -> Fault {
        self.found.refusal = Some(Refusal { code, slot });
        Fault::json(at)
    }

    /// Checks a scalar.
    pub(super) fn check_leaf(&mut self, node: NodeId, at: usize, end: usize) -> Result<(), Fault> {
        let kind = kind(self.bytes.get(at..end).unwrap_or_default());
        self.check(node, kind, at).map(drop)
    }

    /// Checks that an object or array may stand here.
    pub(super) fn check_open(&mut self, node: NodeId, at: usize) -> Result<(), Fault> {
        if self.bytes.get(at) == Some(&b'{') {
            let (form, slot) = self.check(node, Kinds::OBJECT, at)?;
            let words = &mut self.buffers.met.words;
            words.resize(words.len() + form.required(slot).len().div_ceil(64), 0);
        } else {
            self.check(node, Kinds::ARRAY, at)?;
        }
        Ok(())
    }

    fn check(&mut self, node: NodeId, kind: Kinds, at: usize) -> Result<(&'a Form, SlotId), Fault> {
        let (form, slot) = self.slot(node, at)?;
        let kinds = form.kinds(slot);
        if !kinds.has(kind) {
            let code = if kinds == Kinds::NONE { Code::FieldUnknown } else { Code::ShapeMismatch };
            return Err(self.refuse(code, slot, at));
        }
        if let Some(met) = form.meets(slot) {
            let words = &mut self.buffers.met.words;
            let word = words.len().checked_sub(met.back).and_then(|at| words.get_mut(at));
            *word.ok_or(Fault::json(at))? |= met.bit;
        }
        Ok((form, slot))
    }

    /// Checks that an object that ends has all that it must have.
    pub(super) fn check_close(&mut self, node: NodeId, end: usize) -> Result<(), Fault> {
        let (form, slot) = self.slot(node, end)?;
        let required = form.required(slot);
        if required.is_empty() {
            return Ok(());
        }
        let words = &mut self.buffers.met.words;
        let missing = required.iter().copied().find(|slot| {
            let word = |back| words.len().checked_sub(back).and_then(|at| words.get(at));
            form.meets(*slot).is_none_or(|met| word(met.back).is_none_or(|word| word & met.bit == 0))
        });
        let left = words.len().saturating_sub(required.len().div_ceil(64));
        words.truncate(left);
        match missing {
            Some(slot) => Err(self.refuse(Code::FieldMissing, slot, end)),
            None => Ok(()),
        }
    }
}

/// What a scalar is.
pub(super) fn kind(scalar: &[u8]) -> Kinds {
    match scalar.first() {
        Some(b'"') => Kinds::STRING,
        Some(b't' | b'f') => Kinds::BOOLEAN,
        Some(b'n') => Kinds::NULL,
        Some(_) | None if is_whole(scalar) => Kinds::INTEGER,
        Some(_) | None => Kinds::FRACTION,
    }
}

/// Whether the text of a number means a whole one: `1`, `-0`, `1.0` and `12e1` do, `1.5` and `1e-1` do not.
fn is_whole(text: &[u8]) -> bool {
    let power = text.iter().position(|byte| matches!(byte, b'e' | b'E'));
    let (digits, power) = text.split_at_checked(power.unwrap_or(text.len())).unwrap_or((text, &[]));
    let (whole, fraction) = match digits.iter().position(|byte| *byte == b'.') {
        Some(point) => digits.split_at_checked(point).unwrap_or((digits, &[])),
        None => (digits, &[][..]),
    };
    let fraction = fraction.get(1..).unwrap_or_default();
    let zeros = |digits: &[u8]| digits.iter().rev().take_while(|digit| **digit == b'0').count();
    let is_zero = digits.iter().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
    // Digits behind the point, or zeros before it that a negative power may take away.
    let behind = fraction.len() - zeros(fraction);
    let spare = if behind == 0 { zeros(whole) } else { 0 };
    let power = std::str::from_utf8(power.get(1..).unwrap_or_default()).unwrap_or_default();
    let is_negative = power.starts_with('-');
    // A power too long to be read is larger than any number of digits.
    let power = power.trim_start_matches(['+', '-']).trim_start_matches('0');
    let power = if power.is_empty() { 0 } else { power.parse().unwrap_or(usize::MAX) };
    is_zero || if is_negative { behind == 0 && power <= spare } else { behind <= power }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers() {
        for text in [
            "0",
            "-0",
            "7",
            "-120",
            "1.0",
            "1.50e1",
            "12e1",
            "1E+2",
            "1e0",
            "100e-2",
            "0.0e-9",
            "0e-99999999999999999999",
            "1e99999999999999999999",
            "10.00e-1",
            "2.50e02",
            "-0.0",
        ] {
            assert!(is_whole(text.as_bytes()), "{text}");
        }
        for text in
            ["0.5", "-1.25", "1e-1", "150e-2", "1.25e1", "1e-99999999999999999999", "10.5e-1", "0.01e1"]
        {
            assert!(!is_whole(text.as_bytes()), "{text}");
        }
    }
}
