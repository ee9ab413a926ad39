//! One batch of columns, scrubbed by the same plan as JSON: a column is treated as a whole, and one that nothing is
//! done to comes out as it came in, by reference. It knows no policy document and no file.

mod by_row;
mod columns;
mod constant;
mod gather;
mod leaf;
mod mails;
mod map;
mod metadata;
mod nested;
mod number;
mod open;
mod owner;
mod phones;
mod record;
mod redact;
mod rows;
mod seal;
mod text;
mod texts;

use crate::crypto::Session;
use crate::error::{At, Code, Error};
use crate::plan::{Plan, Whose};
use crate::policy::OnInvalid;
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_buffer::NullBuffer;
use arrow_schema::{ArrowError, Schema, SchemaRef};
pub use by_row::ByRow;
pub(crate) use by_row::{RowWriter, Spans};
use columns::Table;
pub(crate) use open::Aim;
use owner::Names;
use rows::Rows;
use std::sync::Arc;

/// How a batch is to be scrubbed, beside what the policy says.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manner {
    pub(crate) aim: Aim,
    /// Whether a rule that can find nothing in the columns, or cannot read the type that it finds, is an error.
    pub(crate) strict: bool,
    /// What becomes of values that cannot be read, instead of what the rules say.
    pub(crate) on_invalid: Option<OnInvalid>,
}

/// What was done to the values of one rule.
#[derive(Clone, Debug, Default)]
pub(crate) struct Done {
    pub(crate) treated: u64,
    pub(crate) invalid: u64,
    pub(crate) null: u64,
    /// Rows in which it found something.
    pub(crate) present: u64,
}

/// A batch as it comes out.
pub(crate) struct Scrubbed {
    pub(crate) batch: RecordBatch,
    /// By rule.
    pub(crate) done: Vec<Done>,
    pub(crate) unlisted_dropped: u64,
}

/// The columns that come out where these go in.
///
/// # Errors
/// Those of [`scrub`] that have to do with no value.
pub(crate) fn scrub_schema(plan: &Plan, schema: &Schema, manner: Manner) -> Result<SchemaRef, Error> {
    Ok(Table::new(plan, schema, manner)?.schema)
}

/// What the plan makes of a batch, or what the batch was before.
///
/// # Errors
/// [`Code::ColumnMissing`], [`Code::ColumnType`], [`Code::UnlistedField`], [`Code::TooDeep`]; in a row and at a rule
/// [`Code::InvalidValue`] and what keys have to say; [`Code::TooLarge`].
pub(crate) fn scrub(
    plan: &Plan,
    batch: &RecordBatch,
    whose: Whose<'_>,
    manner: Manner,
) -> Result<Scrubbed, Error> {
    let table = Table::new(plan, batch.schema_ref(), manner)?;
    let rows = Rows::all(batch.num_rows());
    let mut work = Work {
        plan,
        on_invalid: manner.on_invalid,
        names: Names::new(plan, &table, batch, whose)?,
        session: Session::default(),
        done: plan.rules().iter().map(|_| Tally::default()).collect(),
        unlisted_dropped: 0,
        row_count: batch.num_rows(),
    };
    if let Some(rule) = table.keeps {
        work.keep(rule, &rows);
    }
    let mut columns = Vec::with_capacity(table.columns.len());
    for (column, array) in table.columns.iter().zip(batch.columns()) {
        columns.extend(work.column(column, array, &rows)?);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let batch = RecordBatch::try_new_with_options(table.schema, columns, &options).map_err(impossible)?;
    let Work { done, unlisted_dropped, .. } = work;
    Ok(Scrubbed { batch, done: done.into_iter().map(Tally::close).collect(), unlisted_dropped })
}

/// What is at work on a batch.
struct Work<'a> {
    plan: &'a Plan,
    on_invalid: Option<OnInvalid>,
    names: Names<'a>,
    session: Session,
    done: Vec<Tally>,
    unlisted_dropped: u64,
    row_count: usize,
}

/// What is being counted for one rule.
#[derive(Default)]
struct Tally {
    done: Done,
    /// Whether it found something in each row; empty as long as it found nothing.
    present: Vec<bool>,
}

impl Tally {
    fn close(mut self) -> Done {
        self.done.present = self.present.iter().filter(|present| **present).count() as u64;
        self.done
    }
}

impl Work<'_> {
    /// Counts the values of a rule that found all that is there of a column.
    fn found(&mut self, rule: u16, rows: &Rows) -> Option<&mut Done> {
        let row_count = self.row_count;
        let Tally { done, present } = self.done.get_mut(usize::from(rule))?;
        present.resize(row_count, false);
        rows.mark(present);
        Some(done)
    }

    fn keep(&mut self, rule: u16, rows: &Rows) {
        if let Some(done) = self.found(rule, rows) {
            done.treated += rows.there_count() as u64;
        }
    }

    /// Counts the nulls of a column in which a rule treats the leaves.
    fn nulls(&mut self, rule: u16, array: &dyn Array, rows: &Rows) {
        let Some(nulls) = array.logical_nulls().filter(|nulls| nulls.null_count() > 0) else { return };
        let nulls = NullBuffer::new(!nulls.inner());
        let rows = rows.within(Some(&nulls));
        if let Some(done) = self.found(rule, &rows) {
            done.null += rows.there_count() as u64;
        }
    }

    /// Counts the values of a rule that redacted a column of which `valid` are no nulls and `invalid` could not be read.
    ///
    /// # Errors
    /// [`Code::InvalidValue`]
    fn redacted(
        &mut self,
        rule: u16,
        rows: &Rows,
        valid: Option<&NullBuffer>,
        invalid: &[usize],
    ) -> Result<(), Error> {
        let policy = self.plan.rule(rule).map(|bound| bound.rule.on_invalid).unwrap_or_default();
        if let (Some(first), OnInvalid::Fail) = (invalid.first(), self.on_invalid.unwrap_or(policy)) {
            return Err(self.refusal(Code::InvalidValue, rule, rows.row(*first)));
        }
        let there = rows.there_count() as u64;
        let valid = (rows.len() - valid.map_or(0, NullBuffer::null_count)) as u64;
        if let Some(done) = self.found(rule, rows) {
            done.null += there - valid;
            done.invalid += invalid.len() as u64;
            done.treated += valid - invalid.len() as u64;
        }
        Ok(())
    }

    /// An error of this rule's, in a row.
    fn refusal(&self, code: Code, rule: u16, row: usize) -> Error {
        Error::new(code).at_place(at_rule(self.plan, rule)).at_line(row as u64 + 1)
    }
}

fn at_rule(plan: &Plan, rule: u16) -> At {
    plan.rule(rule).map_or(At::Nowhere, |bound| At::Rule(bound.rule.spelling.clone()))
}

/// What arrow says of arrays that do not fit together. Its words quote what they have before them, and stop here.
fn impossible(_: ArrowError) -> Error {
    // INVARIANT: the arrays are as their fields say. Were they not, nothing comes out.
    Error::new(Code::ColumnType)
}

/// The slots of a column that are there and not null.
fn valid(array: &dyn Array, rows: &Rows) -> Option<NullBuffer> {
    NullBuffer::union(rows.there(), array.logical_nulls().as_ref()).filter(|nulls| nulls.null_count() > 0)
}

/// The same without these ones.
fn without(valid: Option<NullBuffer>, invalid: &[usize], len: usize) -> Option<NullBuffer> {
    if invalid.is_empty() {
        return valid;
    }
    let mut bits = vec![true; len];
    if let Some(valid) = &valid {
        bits.iter_mut().zip(valid.iter()).for_each(|(bit, valid)| *bit = valid);
    }
    for slot in invalid {
        if let Some(bit) = bits.get_mut(*slot) {
            *bit = false;
        }
    }
    Some(NullBuffer::from(bits))
}

/// An array that is shared from here on.
fn shared(array: impl Array + 'static) -> ArrayRef {
    Arc::new(array)
}
