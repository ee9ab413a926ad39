//! The way back: columns of ciphertexts and tokens as what they were before, and everything else as it stands.

use super::owner::Names;
use super::redact::Leaves;
use super::rows::Rows;
use super::texts::{Strings, Texts};
use super::{Work, valid};
use crate::crypto::{Keys, PlainKind, Session};
use crate::error::{Code, Error};
use crate::plan::{Seal, Treatment};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use zeroize::Zeroizing;

/// What is to be made of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Aim {
    /// What the policy says.
    #[default]
    Scrub,
    /// The batch before its columns were encrypted.
    Decrypt,
    /// The batch before its columns were tokenized.
    Detokenize,
}

impl Aim {
    /// Whether it is the way back from this treatment.
    pub(super) fn opens(self, treatment: &Treatment) -> bool {
        matches!(
            (self, treatment),
            (Aim::Decrypt, Treatment::Seal(Seal::Encrypt(_)))
                | (Aim::Detokenize, Treatment::Seal(Seal::Tokenize(_)))
        )
    }
}

impl Work<'_> {
    /// A column of what was sealed, opened: strings as they were, and the JSON text of anything else.
    pub(super) fn open(&mut self, rule: u16, array: &ArrayRef, rows: &Rows) -> Result<ArrayRef, Error> {
        let plan = self.plan;
        let bound = plan.rule(rule).ok_or_else(|| Error::new(Code::ColumnType))?;
        // INVARIANT: a plan with seals has keys, and such a rule is one of them.
        let Treatment::Seal(seal) = bound.treatment else { return Err(Error::new(Code::ColumnType)) };
        let keys = plan.keys().ok_or_else(|| Error::new(Code::NeedsKeys))?;
        let valid = valid(array, rows);
        let column = Leaves { array, valid: valid.as_ref() };
        let Some(strings) = Strings::of(array.data_type()) else {
            // What is no string was never sealed.
            return match column.slots().next() {
                Some(slot) => Err(self.refusal(Code::NotOurs, rule, rows.row(slot))),
                None => self.redacted(rule, rows, valid.as_ref(), &[]).map(|()| array.clone()),
            };
        };
        let mut plain = Zeroizing::new(Vec::new());
        let mut texts = Texts::<i64>::with_capacity(array.len(), 0);
        for slot in 0..array.len() {
            if column.is_valid(slot) {
                let row = rows.row(slot);
                plain.clear();
                let sealed = text(array, slot);
                let field = (seal, &*bound.rule.id);
                let opened = opened(&mut self.session, keys, &self.names, row, field, sealed, &mut plain);
                let text = opened.and_then(|kind| match kind {
                    PlainKind::String | PlainKind::Json => {
                        std::str::from_utf8(&plain).map_err(|_| Code::InvalidUtf8)
                    }
                    // A column of strings has no place for them.
                    PlainKind::Bytes => Err(Code::InvalidValue),
                });
                texts.text.push_str(text.map_err(|code| self.refusal(code, rule, row))?);
            }
            texts.end();
        }
        self.redacted(rule, rows, valid.as_ref(), &[])?;
        texts.finish(strings, valid)
    }
}

/// Appends what was sealed in a row.
fn opened(
    session: &mut Session,
    keys: &Keys,
    names: &Names<'_>,
    row: usize,
    (seal, field): (Seal, &str),
    sealed: &str,
    plain: &mut Vec<u8>,
) -> Result<PlainKind, Code> {
    let account = names.account.said(row).map(|account| account.ok_or(Code::NoAccount)).transpose()?;
    match seal {
        Seal::Encrypt(_) => session.decrypt(keys, account.ok_or(Code::NoAccount)?, field, sealed, plain),
        // A token says itself whose it is: that is believed only where nobody says whose the row is.
        Seal::Tokenize(_) => session.detokenize(keys, account, sealed, plain),
        Seal::Hash(_) => return Err(Code::NotOurs),
    }
    .map_err(|error| error.code())
}

fn text(array: &ArrayRef, slot: usize) -> &str {
    match array.data_type() {
        DataType::Utf8 => array.as_string_opt::<i32>().map(|array| array.value(slot)),
        DataType::LargeUtf8 => array.as_string_opt::<i64>().map(|array| array.value(slot)),
        _ => array.as_string_view_opt().map(|array| array.value(slot)),
    }
    .unwrap_or_default()
}
