//! Batches of columns, by the same policy as events; knows no column.

use super::desk::Desk;
use super::worker::LINES_AHEAD;
use super::{Redactor, Scrubber, Worker};
use crate::arrow::{self, Aim, ByRow, Manner, RowWriter, Spans};
use crate::error::{Code, Error};
use crate::json;
use crate::plan::Whose;
use crate::policy::OnInvalid;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{Field, Schema, SchemaRef};
use std::sync::Arc;

/// How batches are scrubbed, beside what the policy says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BatchOptions {
    /// Whether a rule that means none of the columns, or one of a type whose values its redaction cannot read, is an error.
    /// (Otherwise the one finds nothing, and the other's values are invalid, all of them.)
    pub strict: bool,
}

impl BatchOptions {
    fn manner(self) -> Manner {
        Manner { aim: Aim::Scrub, strict: self.strict, on_invalid: None }
    }
}

impl Scrubber {
    /// The scrubbed batch: what becomes of a row is what [`Scrubber::scrub`] makes of it as an event, column by column. A
    /// column that no rule treats comes out as it came in, by reference.
    ///
    /// ```
    /// use arrow_array::{RecordBatch, record_batch};
    ///
    /// let policy = br#"{"pumice": 1, "fields": {"from": "phone"}}"#;
    /// let scrubber = pumice::Scrubber::builder(policy).build()?;
    ///
    /// let batch = record_batch!(("from", Utf8, ["+11234567890", "nobody"]), ("n", Int32, [1, 2])).unwrap();
    /// let scrubbed = scrubber.scrub_batch(&batch)?;
    /// assert_eq!(scrubbed, record_batch!(("from", Utf8, [Some("+1123456XXXX"), None]), ("n", Int32, [1, 2])).unwrap());
    /// # Ok::<(), pumice::Error>(())
    /// ```
    ///
    /// Struct fields and the keys of maps are the keys of a selector, the elements of lists its `[*]`. A dictionary and runs are
    /// only another spelling of their values, and bytes that are the key of a map one of its text.
    ///
    /// - Redacted strings are strings of the same layout; numbers become `Utf8`, and coordinates that are numbers stay what
    ///   they are. Floats are read as the shortest text that means them, decimals as they are.
    /// - An `ip` with `geo` and a `user_agent` become structs of `Utf8`, with null for what is not known.
    /// - What is encrypted, tokenized or hashed becomes a string. Of a struct, list or map the JSON text is encrypted, of binary
    ///   values the bytes; dates and times are strings as in RFC 3339.
    /// - `replace` puts a string, number or bool in the column's own type if it has it, or else in `Utf8`, `Int64`, `Float64`
    ///   or `Boolean`.
    /// - A value cannot be taken out of a column: `"on_invalid": "drop"` makes it null, as `"null"` does. `drop` takes
    ///   columns and fields of structs whole, the elements of lists and the entries of maps.
    /// - `unlisted: drop` and `fail` have to do with columns, not with what stands in them; but with the entries of maps.
    /// - Values of a type that a redaction cannot read, such as dates as `phone`, are invalid, all of them.
    /// - What a producer says of a column beside its values (metadata, extensions) may quote them: of a field that is treated, or
    ///   has one in it that is, `PARQUET:field_id` stays. Where any column is treated, what is said of all of them for pandas is
    ///   made to hold, and descriptions for Spark, parquet-avro, Iceberg, GeoParquet, R, Hugging Face and Hudi go; whatever else a
    ///   schema says is not looked at and stays.
    /// - A variant, whose values are in a form of their own, is not looked into. If a rule may mean something in one, it needs a
    ///   rule of its own that treats it whole: `drop`, `replace` or a type. A struct of binary `metadata` and `value` (and a
    ///   `typed_value`) is one.
    ///
    /// # Errors
    /// - At a rule: [`Code::ColumnType`] if a column cannot become what the rule says, such as one row's part of a map a number
    ///   and another's a string, or a constant an object.
    /// - At the number of a column, or in a row: [`Code::UnlistedField`], [`Code::TooDeep`]; [`Code::ColumnType`] of a variant, and
    ///   of a map where a selector has a key and its keys are durations or of another type without text.
    /// - At a rule and in a row: [`Code::InvalidValue`]; where keys are needed also those of [`Scrubber::scrub`].
    /// - [`Code::TooLarge`] if a column would have more bytes than its type holds.
    /// - [`Code::NoPolicy`] where there is a set of policies: columns name none, the caller does by [`Scrubber::named`].
    /// - [`Code::ShapeNeedsEvents`] if the policy has a shape: columns are not held to one, so they are refused. What a column
    ///   may hold is for its own type to say; a policy for columns goes without a shape.
    ///
    /// Nothing of the batch comes out then.
    pub fn scrub_batch(&self, batch: &RecordBatch) -> Result<RecordBatch, Error> {
        self.worker().scrub_batch(batch, BatchOptions::default())
    }

    /// The columns of a scrubbed batch, by those of a batch.
    ///
    /// # Errors
    /// Those of [`Worker::scrub_batch`] that are found without values.
    pub fn scrub_schema(&self, schema: &Schema, options: BatchOptions) -> Result<SchemaRef, Error> {
        let plans = self.plans();
        arrow::scrub_schema(plans.chosen(self.choice(&plans))?, schema, options.manner())
    }
}

impl Worker<'_> {
    /// The scrubbed batch, as [`Scrubber::scrub_batch`] makes it, for this worker's account and subject.
    ///
    /// # Errors
    /// Those of [`Scrubber::scrub_batch`]; with [`BatchOptions::strict`] also, at a rule, [`Code::ColumnMissing`] and
    /// [`Code::ColumnType`].
    pub fn scrub_batch(&mut self, batch: &RecordBatch, options: BatchOptions) -> Result<RecordBatch, Error> {
        self.call_batch(batch, options.manner())
    }

    /// A scrubbed batch as it was before its columns were encrypted, as [`Worker::decrypt_event`] does it: what was a string
    /// is one again, and anything else comes back as its JSON text, as what it was is not known before it is read. The
    /// columns keep their types, but for what is encoded as dictionary or runs, which becomes plain strings. Whatever
    /// else the policy treats stays as it is, by reference.
    ///
    /// ```
    /// use arrow_array::{record_batch, RecordBatch};
    /// use pumice::crypto::{Keyring, Keys, LocalRoot};
    /// use std::sync::Arc;
    ///
    /// let mut keyring = Keyring::make(Arc::new(LocalRoot::make()?))?;
    /// keyring.add(&["AC1"])?;
    /// let policy = br#"{"pumice": 1, "account": "account", "fields": {"body": {"action": "encrypt"}, "from": "phone"}}"#;
    /// let scrubber = pumice::Scrubber::builder(policy).keys(Arc::new(Keys::builder(keyring).build())).build()?;
    ///
    /// let batch = record_batch!(("account", Utf8, ["AC1"]), ("body", Utf8, ["See you"]), ("n", Int32, [1])).unwrap();
    /// let scrubbed = scrubber.scrub_batch(&batch)?;
    /// assert_eq!(scrubber.worker().decrypt_batch(&scrubbed)?, batch.with_schema(scrubbed.schema()).unwrap());
    /// # Ok::<(), pumice::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Scrubber::scrub_batch`] that have to do with keys and sizes, and at a rule and in a row those of
    /// [`Worker::decrypt_event`]; [`Code::InvalidValue`] for what was bytes, which
    /// [`Keys::decrypt`](crate::crypto::Keys::decrypt) brings back.
    pub fn decrypt_batch(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Error> {
        self.call_batch(batch, Manner { aim: Aim::Decrypt, ..Manner::default() })
    }

    /// A scrubbed batch as it was before its columns were tokenized; otherwise like [`Worker::decrypt_batch`], and with
    /// accounts as in [`Worker::detokenize_event`].
    ///
    /// # Errors
    /// Those of [`Worker::decrypt_batch`].
    pub fn detokenize_batch(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Error> {
        self.call_batch(batch, Manner { aim: Aim::Detokenize, ..Manner::default() })
    }

    fn call_batch(&mut self, batch: &RecordBatch, manner: Manner) -> Result<RecordBatch, Error> {
        let Some(desk) = &mut self.desk else { return Err(Error::new(Code::InvalidValue)) };
        let Desk { plans, counts, .. } = &mut **desk;
        let scrubbed = plans
            .chosen(self.choice)
            .and_then(|plan| arrow::scrub(plan, batch, self.whose, manner).map(|scrubbed| (plan, scrubbed)));
        match scrubbed {
            Ok((plan, scrubbed)) => {
                counts.add_batch(plan, &scrubbed);
                Ok(scrubbed.batch)
            }
            Err(error) => {
                counts.refused += batch.num_rows() as u64;
                Err(error)
            }
        }
    }

    /// Scrubs a column of events, each the JSON text of one (strings, or bytes), as [`Worker::scrub`] does. It comes out as
    /// strings, and null stays null.
    ///
    /// ```
    /// use arrow_array::{Array, ArrayRef, StringArray, cast::AsArray};
    /// use std::sync::Arc;
    ///
    /// let policy = br#"{"pumice": 1, "fields": {"from": "phone"}}"#;
    /// let scrubber = pumice::Scrubber::builder(policy).build()?;
    ///
    /// let events: ArrayRef = Arc::new(StringArray::from(vec![r#"{"from": "+11234567890"}"#, "{"]));
    /// let scrubbed = scrubber.worker().scrub_array(&events)?;
    /// assert_eq!(scrubbed.values().as_string::<i32>().value(0), r#"{"from": "+1123456XXXX"}"#);
    /// assert_eq!(scrubbed.codes().as_string::<i32>().value(1), "invalid_json");
    /// assert_eq!(scrubbed.all().unwrap_err().to_string(), "invalid_json on line 2 at byte 1");
    /// # Ok::<(), pumice::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Code::ColumnType`] if the column has no text, [`Code::TooLarge`] if it would have more bytes than its type holds. In
    /// a row: those of [`Worker::scrub`].
    pub fn scrub_array(&mut self, events: &ArrayRef) -> Result<ByRow, Error> {
        let spans = Spans::new(events)?;
        let events_by_row = spans.rows();
        let bytes = events_by_row.iter().flatten().map(|event| event.len()).sum();
        let mut rows = RowWriter::with_capacity(events.len(), bytes);
        self.begin_call();
        for block in events_by_row.chunks(LINES_AHEAD) {
            self.look_ahead(block.iter().flatten().copied());
            for event in block {
                let written = event.map(|event| self.write(event, json::Aim::Scrub, &mut rows.bytes));
                rows.end(written.map_or(Ok(false), |written| written.map(|()| true)));
            }
        }
        self.end_call();
        rows.finish(events.data_type())
    }
}

impl Redactor {
    /// Redacts a column, as [`Scrubber::scrub_batch`] does; a value that cannot be read as its type becomes null.
    ///
    /// ```
    /// use arrow_array::{ArrayRef, StringArray};
    /// use std::sync::Arc;
    ///
    /// let redactor = pumice::Redactor::builder("email", "{}").build()?;
    /// let column: ArrayRef = Arc::new(StringArray::from(vec![Some("john@gmail.com"), Some("john"), None]));
    /// let redacted: ArrayRef = Arc::new(StringArray::from(vec![Some("j***@gmail.com"), None, None]));
    /// assert_eq!(&redactor.redact_array(&column)?, &redacted);
    /// # Ok::<(), pumice::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Code::ColumnType`], [`Code::TooDeep`], [`Code::TooLarge`]
    pub fn redact_array(&self, array: &ArrayRef) -> Result<ArrayRef, Error> {
        let field = Field::new("", array.data_type().clone(), true);
        let schema = Arc::new(Schema::new(vec![field]));
        let place = |error: Error| Error::new(error.code());
        let batch =
            RecordBatch::try_new(schema, vec![array.clone()]).map_err(|_| Error::new(Code::ColumnType))?;
        let manner = Manner { on_invalid: Some(OnInvalid::Null), ..Manner::default() };
        let plans = self.scrubber.plans();
        let plan = plans.chosen(self.scrubber.choice(&plans))?;
        let scrubbed = arrow::scrub(plan, &batch, Whose::default(), manner).map_err(place)?;
        scrubbed.batch.columns().first().cloned().ok_or_else(|| Error::new(Code::ColumnType))
    }
}
