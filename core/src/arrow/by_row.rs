//! Columns whose rows succeed or fail one by one: events as JSON text, ciphertexts, tokens. It knows no policy.

use super::gather::{flat_type, flatten};
use super::leaf::{Reader, Sort};
use super::owner::Name;
use super::texts::{Strings, Texts};
use super::{impossible, shared};
use crate::crypto::{Keys, Plain};
use crate::error::{Code, Error};
use arrow_array::{Array, ArrayRef, BinaryArray, StringArray};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer};
use arrow_schema::DataType;
use std::collections::BTreeMap;

/// A column in which each row has its value, or the code of why it has none.
#[derive(Clone, Debug)]
pub struct ByRow {
    values: ArrayRef,
    codes: ArrayRef,
    first: Option<Error>,
}

impl ByRow {
    /// The values; null where there was null, and where there is a code.
    #[must_use]
    pub fn values(&self) -> &ArrayRef {
        &self.values
    }

    /// The codes, as strings; null where nothing went wrong.
    #[must_use]
    pub fn codes(&self) -> &ArrayRef {
        &self.codes
    }

    /// The values, if every row has its own.
    ///
    /// # Errors
    /// That of the first row without, with its number (from 1).
    pub fn all(self) -> Result<ArrayRef, Error> {
        self.first.map_or(Ok(self.values), Err)
    }
}

/// A column of strings or bytes.
pub(crate) struct Spans(ArrayRef);

impl Spans {
    /// # Errors
    /// [`Code::ColumnType`] if it is neither.
    pub(crate) fn new(array: &ArrayRef) -> Result<Self, Error> {
        match Sort::of(flat_type(array.data_type())) {
            Sort::String | Sort::Bytes | Sort::Null => flatten(array).map(Spans),
            Sort::Number | Sort::Bool | Sort::Moment | Sort::Other => Err(Error::new(Code::ColumnType)),
        }
    }

    /// Each row's bytes; none for null.
    pub(crate) fn rows(&self) -> Vec<Option<&[u8]>> {
        let Some(reader) = Reader::new(&self.0) else { return vec![None; self.0.len()] };
        (0..self.0.len()).map(|slot| if self.0.is_null(slot) { None } else { span(&reader, slot) }).collect()
    }
}

fn span<'a>(reader: &Reader<'a>, slot: usize) -> Option<&'a [u8]> {
    match reader {
        Reader::Utf8(array) => Some(array.value(slot).as_bytes()),
        Reader::LargeUtf8(array) => Some(array.value(slot).as_bytes()),
        Reader::Utf8View(array) => Some(array.value(slot).as_bytes()),
        Reader::Binary(array) => Some(array.value(slot)),
        Reader::LargeBinary(array) => Some(array.value(slot)),
        Reader::BinaryView(array) => Some(array.value(slot)),
        Reader::FixedBinary(array) => Some(array.value(slot)),
        Reader::Number(_) | Reader::Moment(_) | Reader::Bool(_) => None,
    }
}

/// Such a column in the making.
pub(crate) struct RowWriter {
    /// Whoever has a value for the next row writes it at the end of this.
    pub(crate) bytes: Vec<u8>,
    offsets: Vec<i64>,
    valid: Vec<bool>,
    codes: Vec<Option<&'static str>>,
    first: Option<Error>,
}

impl RowWriter {
    pub(crate) fn with_capacity(rows: usize, bytes: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        RowWriter {
            bytes: Vec::with_capacity(bytes),
            offsets,
            valid: Vec::with_capacity(rows),
            codes: Vec::with_capacity(rows),
            first: None,
        }
    }

    /// Ends a row: it has what was written, if that is so, or null.
    pub(crate) fn end(&mut self, written: Result<bool, Error>) {
        let end = self.offsets.last().copied().unwrap_or_default();
        if !matches!(written, Ok(true)) {
            self.bytes.truncate(end as usize);
        }
        self.offsets.push(self.bytes.len() as i64);
        self.valid.push(matches!(written, Ok(true)));
        self.codes.push(written.as_ref().err().map(|error| error.code().as_str()));
        if let (Err(error), None) = (written, &self.first) {
            self.first = Some(error.at_line(self.valid.len() as u64));
        }
    }

    /// The column, of strings laid out as those of this type, or else as `Utf8`.
    ///
    /// # Errors
    /// [`Code::TooLarge`] if there are more bytes than such a column holds.
    pub(crate) fn finish(mut self, data_type: &DataType) -> Result<ByRow, Error> {
        let bytes = std::mem::take(&mut self.bytes);
        let text = String::from_utf8(bytes).map_err(|_| Error::new(Code::InvalidUtf8))?;
        let strings = Strings::of(flat_type(data_type)).unwrap_or(Strings::Utf8);
        let texts = Texts::of(text, std::mem::take(&mut self.offsets));
        let values = texts.finish(strings, self.nulls())?;
        Ok(self.with(values))
    }

    /// The column, of bytes.
    ///
    /// # Errors
    /// [`Code::TooLarge`] if there are more bytes than such a column holds.
    fn finish_binary(mut self) -> Result<ByRow, Error> {
        let bytes = Buffer::from_vec(std::mem::take(&mut self.bytes));
        let offset = |offset: &i64| i32::try_from(*offset).map_err(|_| Error::new(Code::TooLarge));
        let offsets = self.offsets.iter().map(offset).collect::<Result<Vec<_>, _>>()?;
        // INVARIANT: each offset is where a row ended.
        let offsets = OffsetBuffer::new(offsets.into());
        let values = BinaryArray::try_new(offsets, bytes, self.nulls()).map(shared).map_err(impossible)?;
        Ok(self.with(values))
    }

    fn nulls(&self) -> Option<NullBuffer> {
        Some(NullBuffer::from(self.valid.as_slice())).filter(|nulls| nulls.null_count() > 0)
    }

    fn with(self, values: ArrayRef) -> ByRow {
        ByRow { values, codes: shared(StringArray::from_iter(self.codes)), first: self.first }
    }
}

impl Keys {
    /// Opens a column of ciphertexts of a field, each of the account that stands in the same row of the other column, as
    /// [`Keys::decrypt`] does. Strings come back as strings, all other values of JSON as their text.
    ///
    /// With `as_binary` it is a column of bytes, and what was bytes comes back too; else that is
    /// [`Code::ColumnType`] in its row.
    ///
    /// ```
    /// use arrow_array::{Array, ArrayRef, StringArray, cast::AsArray};
    /// use pumice::crypto::{Keyring, Keys, LocalRoot, Plain};
    /// use std::sync::Arc;
    ///
    /// let mut keyring = Keyring::make(Arc::new(LocalRoot::make()?))?;
    /// keyring.add(&["AC1"])?;
    /// let keys = Keys::builder(keyring).build();
    /// let sealed = keys.encrypt("AC1", "body", &Plain::String("See you".into()))?;
    ///
    /// let values: ArrayRef = Arc::new(StringArray::from(vec![Some(sealed.as_str()), Some("in the clear"), None]));
    /// let accounts: ArrayRef = Arc::new(StringArray::from(vec!["AC1"; 3]));
    /// let opened = keys.decrypt_array(&values, &accounts, "body", false)?;
    /// assert_eq!(opened.values().as_string::<i32>().value(0), "See you");
    /// assert_eq!(opened.codes().as_string::<i32>().value(1), "not_ours");
    /// assert_eq!(opened.all().unwrap_err().line(), Some(2));
    /// # Ok::<(), pumice::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Code::ColumnsInvalid`] if the columns are not of one length, [`Code::ColumnType`] if the one has no strings,
    /// [`Code::TooLarge`]. In a row: those of [`Keys::decrypt`], [`Code::NoAccount`].
    pub fn decrypt_array(
        &self,
        values: &ArrayRef,
        accounts: &ArrayRef,
        field: &str,
        as_binary: bool,
    ) -> Result<ByRow, Error> {
        if values.len() != accounts.len() {
            return Err(Error::new(Code::ColumnsInvalid));
        }
        let (spans, names) = (Spans::new(values)?, Name::of_column(accounts)?);
        let rows = spans.rows();
        let mut answers: Vec<Option<Answer>> = rows.iter().map(|_| None).collect();
        let mut by_account = BTreeMap::<&str, Vec<(usize, &str)>>::new();
        for ((row, bytes), answer) in rows.iter().enumerate().zip(&mut answers) {
            let Some(bytes) = bytes else { continue };
            match (names.of(row), std::str::from_utf8(bytes)) {
                (Some(account), Ok(text)) => by_account.entry(account).or_default().push((row, text)),
                (None, _) => *answer = Some(Err(Error::new(Code::NoAccount))),
                (_, Err(_)) => *answer = Some(Err(Error::new(Code::NotOurs))),
            }
        }
        for (account, rows) in by_account {
            let texts: Vec<&str> = rows.iter().map(|(_, text)| *text).collect();
            for ((row, _), opened) in rows.iter().zip(self.decrypt_bulk(account, field, &texts)) {
                if let Some(answer) = answers.get_mut(*row) {
                    *answer = Some(opened);
                }
            }
        }
        column(answers, as_binary)
    }

    /// Opens a column of tokens, as [`Keys::detokenize`] does; otherwise like [`Keys::decrypt_array`].
    ///
    /// # Errors
    /// [`Code::ColumnType`] if the column has no strings, [`Code::TooLarge`]. In a row: those of [`Keys::detokenize`].
    pub fn detokenize_array(&self, tokens: &ArrayRef) -> Result<ByRow, Error> {
        let spans = Spans::new(tokens)?;
        let rows = spans.rows();
        // What is no text is no token, and the empty text is none either.
        let texts: Vec<&str> =
            rows.iter().flatten().map(|bytes| std::str::from_utf8(bytes).unwrap_or("")).collect();
        let mut opened = self.detokenize_bulk(&texts).into_iter();
        let answers = rows.iter().map(|row| row.and_then(|_| opened.next())).collect();
        column(answers, false)
    }
}

type Answer = Result<Plain<'static>, Error>;

/// A column of what was opened; a row without an answer is null.
fn column(answers: Vec<Option<Answer>>, as_binary: bool) -> Result<ByRow, Error> {
    let mut rows = RowWriter::with_capacity(answers.len(), 0);
    for answer in answers {
        let written = match answer {
            None => Ok(false),
            Some(Ok(Plain::Bytes(_))) if !as_binary => Err(Error::new(Code::ColumnType)),
            Some(Ok(plain)) => {
                rows.bytes.extend_from_slice(plain.as_bytes());
                Ok(true)
            }
            Some(Err(error)) => Err(error),
        };
        rows.end(written);
    }
    if as_binary { rows.finish_binary() } else { rows.finish(&DataType::Utf8) }
}
