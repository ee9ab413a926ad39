//! Avro's object container files: codec and, where the columns stay what they were, the schema to the letter; knows no rule.

use super::{BATCH_ROWS, Input, Output, Part, damaged, of_system, same_columns};
use crate::container::Container;
use crate::destination::Destination;
use crate::failure::Failure;
use arrow_avro::compression::{CODEC_METADATA_KEY, CompressionCodec};
use arrow_avro::errors::AvroError;
use arrow_avro::reader::{Reader, ReaderBuilder, read_header_info};
use arrow_avro::schema::{
    AVRO_DOC_METADATA_KEY, AVRO_NAME_METADATA_KEY, AVRO_NAMESPACE_METADATA_KEY, SCHEMA_METADATA_KEY,
};
use arrow_avro::writer::WriterBuilder;
use arrow_avro::writer::format::AvroFormat;
use arrow_schema::{Schema, SchemaRef};
use std::fs::File;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// What the file is beside its rows.
pub(super) struct Frame {
    columns: SchemaRef,
    /// As JSON, to the letter.
    schema: String,
    codec: Option<CompressionCodec>,
}

pub(super) fn read(file: File, path: &Path) -> Result<(Input<'static>, Frame), Failure> {
    let wrong = || damaged(path, Container::Avro);
    let unread = |error: io::Error| match error.raw_os_error() {
        Some(_) => Failure::io(&path.display().to_string(), &error),
        None => wrong(),
    };
    let mut blocks = BufReader::new(file.try_clone().map_err(unread)?);
    let header = read_header_info(&mut blocks).map_err(|_| wrong())?;
    let rows = count(&mut blocks, header.header_len(), header.sync()).map_err(unread)?.ok_or_else(wrong)?;
    blocks.rewind().map_err(unread)?;
    let reader =
        ReaderBuilder::new().with_batch_size(BATCH_ROWS as usize).build(blocks).map_err(|_| wrong())?;
    let schema =
        reader.avro_header().get(SCHEMA_METADATA_KEY).and_then(|schema| std::str::from_utf8(schema).ok());
    let frame = Frame {
        columns: reader.schema(),
        schema: schema.ok_or_else(wrong)?.to_owned(),
        codec: header.compression().map_err(|_| wrong())?,
    };
    let schema = reader.schema();
    Ok((
        Input { schema, rows, parts: Box::new(Blocks { reader, path: path.to_owned(), left: Some(rows) }) },
        frame,
    ))
}

/// How many rows the blocks say they have; none if the file ends within one. (Who reads them takes that for the end.)
fn count(file: &mut (impl BufRead + Seek), start: u64, sync: [u8; 16]) -> io::Result<Option<u64>> {
    let end = file.seek(SeekFrom::End(0))?;
    let mut at = file.seek(SeekFrom::Start(start))?;
    let mut rows = 0_u64;
    while at < end {
        let (Some(count), Some(size)) = (long(file)?, long(file)?) else { return Ok(None) };
        let data = file.stream_position()?;
        let Some(after) = data.checked_add(size).filter(|after| *after < end) else { return Ok(None) };
        file.seek(SeekFrom::Start(after))?;
        let mut found = Vec::with_capacity(sync.len());
        Read::by_ref(file).take(sync.len() as u64).read_to_end(&mut found)?;
        let Some(sum) = rows.checked_add(count).filter(|_| found == sync) else { return Ok(None) };
        rows = sum;
        at = after + sync.len() as u64;
    }
    Ok(Some(rows))
}

/// Avro's variable-length number, if it is whole and not below zero.
fn long(file: &mut impl Read) -> io::Result<Option<u64>> {
    let mut bits = 0_u64;
    for shift in (0..64).step_by(7) {
        let mut byte = [0];
        if file.read(&mut byte)? == 0 {
            return Ok(None);
        }
        let [byte] = byte;
        bits |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Ok((bits & 1 == 0).then_some(bits >> 1));
        }
    }
    Ok(None)
}

/// The rows of all blocks, in batches.
struct Blocks {
    reader: Reader<BufReader<File>>,
    path: PathBuf,
    /// How many are to come; none after the end.
    left: Option<u64>,
}

impl Iterator for Blocks {
    type Item = Result<Part, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        let left = self.left.take()?;
        let wrong = || damaged(&self.path, Container::Avro);
        Some(match self.reader.next() {
            Some(Ok(batch)) => match left.checked_sub(batch.num_rows() as u64) {
                Some(left) => {
                    self.left = Some(left);
                    Ok(Part::Columns(batch))
                }
                None => Err(wrong()),
            },
            Some(Err(error)) => Err(match of_system(&error) {
                Some(error) => Failure::io(&self.path.display().to_string(), &error),
                None => wrong(),
            }),
            None if left == 0 => return None,
            None => Err(wrong()),
        })
    }
}

impl Frame {
    /// The same frame around columns of this schema.
    pub(super) fn output<'a>(
        self,
        schema: &SchemaRef,
        out: &'a mut Destination,
    ) -> Result<Writer<'a>, Failure> {
        let name = out.name().to_owned();
        let mut metadata = schema.metadata().clone();
        metadata.remove(SCHEMA_METADATA_KEY);
        if same_columns(&self.columns, schema) {
            metadata.insert(SCHEMA_METADATA_KEY.to_owned(), self.schema);
        } else if let Ok(record) = serde_json::from_str::<serde_json::Value>(&self.schema) {
            let said = [
                ("name", AVRO_NAME_METADATA_KEY),
                ("namespace", AVRO_NAMESPACE_METADATA_KEY),
                ("doc", AVRO_DOC_METADATA_KEY),
            ];
            for (member, key) in said {
                if let Some(text) = record.get(member).and_then(serde_json::Value::as_str) {
                    metadata.insert(key.to_owned(), text.to_owned());
                }
            }
        }
        let schema = Schema::new_with_metadata(schema.fields().clone(), metadata);
        let writer = WriterBuilder::new(schema)
            .with_compression(self.codec)
            .build::<_, Framed>(BufWriter::new(out))
            .map_err(|error| unwritten(&name, &error))?;
        Ok(Writer { writer, name })
    }
}

/// A file's beginning, with the schema that its rows are written by, to the letter. (The crate's own makes a new one of
/// the columns, which need not be that: the order of a union's branches may be another.)
#[derive(Debug)]
struct Framed {
    sync: [u8; 16],
}

impl Default for Framed {
    /// No secret, but found in no other file.
    fn default() -> Self {
        let random = || RandomState::new().build_hasher().finish();
        Framed { sync: (u128::from(random()) << 64 | u128::from(random())).to_le_bytes() }
    }
}

impl AvroFormat for Framed {
    const NEEDS_PREFIX: bool = false;

    fn start_stream<W: Write>(
        &mut self,
        writer: &mut W,
        schema: &Schema,
        codec: Option<CompressionCodec>,
    ) -> Result<(), AvroError> {
        let codec = match codec {
            None => "null",
            Some(CompressionCodec::Deflate) => "deflate",
            Some(CompressionCodec::Snappy) => "snappy",
            Some(CompressionCodec::ZStandard) => "zstandard",
            Some(CompressionCodec::Bzip2) => "bzip2",
            Some(CompressionCodec::Xz) => "xz",
        };
        // INVARIANT: whoever makes the encoder puts the schema there that it follows.
        let schema = schema.metadata().get(SCHEMA_METADATA_KEY).map(String::as_str).unwrap_or_default();
        let mut header = b"Obj\x01".to_vec();
        put_long(2, &mut header);
        for text in [SCHEMA_METADATA_KEY, schema, CODEC_METADATA_KEY, codec] {
            put_long(text.len() as u64, &mut header);
            header.extend_from_slice(text.as_bytes());
        }
        put_long(0, &mut header);
        header.extend_from_slice(&self.sync);
        Ok(writer.write_all(&header)?)
    }

    fn sync_marker(&self) -> Option<&[u8; 16]> {
        Some(&self.sync)
    }
}

/// Avro's variable-length number.
fn put_long(number: u64, out: &mut Vec<u8>) {
    let mut bits = number << 1;
    while bits >= 0x80 {
        out.push(bits as u8 | 0x80);
        bits >>= 7;
    }
    out.push(bits as u8);
}

pub(super) struct Writer<'a> {
    writer: arrow_avro::writer::Writer<BufWriter<&'a mut Destination>, Framed>,
    name: String,
}

impl Output for Writer<'_> {
    fn write(&mut self, part: &Part) -> Result<(), Failure> {
        match part {
            Part::Columns(batch) if batch.num_rows() > 0 => {
                self.writer.write(batch).map_err(|error| unwritten(&self.name, &error))
            }
            Part::Columns(_) | Part::GroupEnds => Ok(()),
        }
    }

    fn finish(mut self: Box<Self>) -> Result<(), Failure> {
        self.writer.finish().map_err(|error| unwritten(&self.name, &error))?;
        self.writer.into_inner().flush().map_err(|error| Failure::io(&self.name, &error))
    }
}

fn unwritten(name: &str, error: &AvroError) -> Failure {
    match of_system(error) {
        Some(error) => Failure::io(name, &error),
        None => Failure::data(format!("{name}: Avro has no place for a column")),
    }
}
