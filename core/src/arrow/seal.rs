//! What keys make of columns: ciphertexts, tokens and hashes, all of a batch in one session.

use super::leaf::{Leaf, Reader, Sort};
use super::owner::Names;
use super::redact::Leaves;
use super::rows::Rows;
use super::text::{Values, has_text};
use super::texts::{Strings, Texts};
use super::{Work, valid};
use crate::crypto::{Keys, Owner, PlainKind};
use crate::error::{Code, Error};
use crate::plan::{Seal, Treatment};
use crate::scalar::Scalar;
use arrow_array::{Array, ArrayRef, new_null_array};
use arrow_schema::DataType;

/// How many values have their subjects' keys fetched, or made, in one round trip to the store.
const VALUES_AHEAD: usize = 16_384;

/// Whether values of a type can be sealed.
pub(super) fn takes(seal: Seal, flat: &DataType) -> bool {
    match (seal, Sort::of(flat)) {
        (_, Sort::String | Sort::Number | Sort::Bool | Sort::Null | Sort::Moment) => true,
        (Seal::Encrypt(_), Sort::Bytes) => true,
        (Seal::Encrypt(_), Sort::Other) => has_text(flat),
        (Seal::Tokenize(_) | Seal::Hash(_), Sort::Bytes | Sort::Other) => false,
    }
}

/// The type of a column that was sealed.
pub(super) fn data_type(flat: &DataType) -> DataType {
    Strings::of(flat).unwrap_or(Strings::Utf8).data_type()
}

impl Work<'_> {
    /// A column of values, sealed into a column of this type.
    pub(super) fn seal(
        &mut self,
        rule: u16,
        data_type: &DataType,
        array: &ArrayRef,
        rows: &Rows,
    ) -> Result<ArrayRef, Error> {
        let plan = self.plan;
        // INVARIANT: a plan with seals has keys, and such a rule is one of them.
        let bound = plan.rule(rule).ok_or_else(|| Error::new(Code::ColumnType))?;
        let Treatment::Seal(seal) = bound.treatment else { return Err(Error::new(Code::ColumnType)) };
        let keys = plan.keys().ok_or_else(|| Error::new(Code::NeedsKeys))?;
        let strings = Strings::of(data_type).unwrap_or(Strings::Utf8);
        let valid = valid(array, rows);
        if *array.data_type() == DataType::Null {
            self.redacted(rule, rows, valid.as_ref(), &[])?;
            return Ok(new_null_array(data_type, array.len()));
        }
        let column = Leaves { array, valid: valid.as_ref() };
        let values = Plains::new(array)?;
        let writer = values.writer();
        let by_subject = bound.rule.needs_subject();
        // A ciphertext of nothing has 82 characters, a token a few less.
        let mut sealed = Vec::with_capacity(96 * array.len().min(VALUES_AHEAD));
        let mut plain = Vec::new();
        let mut ends = Vec::with_capacity(array.len() + 1);
        ends.push(0_i64);
        for slot in 0..array.len() {
            if by_subject && slot.is_multiple_of(VALUES_AHEAD) {
                let ahead =
                    (slot..array.len().min(slot + VALUES_AHEAD)).filter(|slot| column.is_valid(*slot));
                prepare(keys, &self.names, ahead.map(|slot| rows.row(slot)));
            }
            if column.is_valid(slot) {
                let row = rows.row(slot);
                let owner = owner(&self.names, row, by_subject);
                let made = owner.and_then(|owner| {
                    plain.clear();
                    let kind = writer(slot, &mut plain).ok_or(Code::InvalidValue)?;
                    seal.write(&mut self.session, keys, &owner, &bound.rule.id, kind, &plain, &mut sealed)
                });
                made.map_err(|code| self.refusal(code, rule, row))?;
            }
            ends.push(sealed.len() as i64);
        }
        self.redacted(rule, rows, valid.as_ref(), &[])?;
        let text = String::from_utf8(sealed).map_err(|_| Error::new(Code::InvalidUtf8))?;
        Texts::of(text, ends).finish(strings, valid)
    }
}

/// Whose a row is.
fn owner<'a>(names: &'a Names<'_>, row: usize, by_subject: bool) -> Result<Owner<'a>, Code> {
    let account = names.account.of(row).ok_or(Code::NoAccount)?;
    let subject = if by_subject { Some(names.subject.of(row).ok_or(Code::NoSubject)?) } else { None };
    Ok(Owner { account, subject })
}

/// Fetches the keys of the subjects of these rows, or makes them: one by one, each new one would wait for the store to be
/// durable.
fn prepare(keys: &Keys, names: &Names<'_>, rows: impl Iterator<Item = usize>) {
    let pairs: Vec<_> =
        rows.filter_map(|row| Some((names.account.of(row)?, names.subject.of(row)?))).collect();
    // What is wrong with one of them is said by the row that needs it.
    let _ = keys.prepare(&pairs);
}

/// Appends what is sealed of the value in a slot, and says what it is; none if it cannot be sealed.
type Write<'a> = dyn Fn(usize, &mut Vec<u8>) -> Option<PlainKind> + 'a;

/// What of values is sealed: the characters of strings, bytes as they are, the JSON text of anything else.
enum Plains<'a> {
    Leaves(Reader<'a>),
    Nested(Values),
}

impl<'a> Plains<'a> {
    fn new(array: &'a ArrayRef) -> Result<Self, Error> {
        match Reader::new(array) {
            Some(reader) => Ok(Plains::Leaves(reader)),
            None => Values::new(array).map(Plains::Nested),
        }
    }

    fn writer(&self) -> Box<Write<'_>> {
        match self {
            Plains::Leaves(reader) => Box::new(|slot, plain| {
                let mut text = String::new();
                let (kind, bytes): (_, &[u8]) = match reader.get(slot, &mut text)? {
                    Leaf::Scalar(Scalar::Str(text)) => (PlainKind::String, text.as_bytes()),
                    Leaf::Scalar(Scalar::Number(text)) => (PlainKind::Json, text.as_bytes()),
                    Leaf::Scalar(Scalar::Bool(true)) => (PlainKind::Json, b"true"),
                    Leaf::Scalar(Scalar::Bool(false)) => (PlainKind::Json, b"false"),
                    Leaf::Scalar(Scalar::Null) => (PlainKind::Json, b"null"),
                    Leaf::Bytes(bytes) => (PlainKind::Bytes, bytes),
                };
                plain.extend_from_slice(bytes);
                Some(kind)
            }),
            Plains::Nested(values) => {
                let writer = values.writer();
                Box::new(move |slot, plain| writer.write(slot, plain).map(|()| PlainKind::Json))
            }
        }
    }
}
