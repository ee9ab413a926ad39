//! Avro's object container files: codec, metadata, and all that the schema says but of what is treated; knows no rule.

mod changes;
mod header;
mod json;
mod layout;
mod schema;

use super::{BATCH_ROWS, Input, Output, Part, damaged, of_system};
use crate::container::Container;
use crate::destination::Destination;
use crate::failure::Failure;
use arrow_array::RecordBatch;
use arrow_avro::compression::CompressionCodec;
use arrow_avro::errors::AvroError;
use arrow_avro::reader::{Reader, ReaderBuilder};
use arrow_avro::schema::SCHEMA_METADATA_KEY;
use arrow_avro::writer::WriterBuilder;
use arrow_avro::writer::format::AvroFormat;
use arrow_schema::{Metadata, Schema, SchemaRef};
use header::{Header, Sync, beginning};
use json::Json;
use schema::{Kind, Read as ReadSchema, Type, Unread};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Chain, Cursor, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// What the file is beside its rows.
pub(super) struct Frame {
    /// Columns by which it is seen what is treated, with what the header says of them.
    probe: SchemaRef,
    /// As JSON, to the letter.
    text: String,
    schema: ReadSchema,
    codec: Option<CompressionCodec>,
    /// What others put into the header.
    metadata: Vec<(Vec<u8>, Vec<u8>)>,
}

/// A file behind a header of our own.
type Source = Chain<Cursor<Vec<u8>>, BufReader<File>>;

pub(super) fn read(file: File, path: &Path) -> Result<(Input<'static>, Frame), Failure> {
    let wrong = || damaged(path, Container::Avro);
    let refused = |why: &str| Failure::data(format!("{}: {why}", path.display()));
    let unread = |error: io::Error| match error.raw_os_error() {
        Some(_) => Failure::io(&path.display().to_string(), &error),
        None => wrong(),
    };
    let mut blocks = BufReader::new(file);
    let header = Header::read(&mut blocks).map_err(unread)?.ok_or_else(wrong)?;
    let start = blocks.stream_position().map_err(unread)?;
    let rows = header::count(&mut blocks, start, header.sync).map_err(unread)?.ok_or_else(wrong)?;
    blocks.seek(SeekFrom::Start(start)).map_err(unread)?;
    let text = header.get(SCHEMA_METADATA_KEY).and_then(|text| std::str::from_utf8(text).ok());
    let text = text.ok_or_else(wrong)?.to_owned();
    let schema = schema::read(&Json::parse(&text).ok_or_else(wrong)?).map_err(|why| match why {
        Unread::Recursive => refused("its schema has a type that holds itself, which no column can"),
        Unread::TooLarge => refused(UNREADABLE),
        Unread::Wrong => wrong(),
    })?;
    if !matches!(schema.root.kind, Kind::Record(_)) {
        return Err(refused("its rows are no records, and have no columns"));
    }
    let codec = header.codec().ok_or_else(|| refused(UNREADABLE))?;
    let reader = reader(&schema.root, codec, header.sync, blocks).ok_or_else(|| refused(UNREADABLE))?;
    let mut metadata = header.metadata;
    metadata.retain(|(key, _)| !key.starts_with(b"avro."));
    let said = metadata.iter().filter_map(|(key, value)| Some((utf8(key)?, String::from_utf8_lossy(value))));
    let columns = reader.schema();
    let probe = changes::probe(&columns).with_metadata(said.collect::<Metadata>()).into();
    let frame = Frame { probe, text, schema, codec, metadata };
    let parts = Box::new(Blocks { reader, path: path.to_owned(), left: Some(rows) });
    Ok((Input { schema: columns, rows, parts }, frame))
}

const UNREADABLE: &str = "has something in it that cannot be read yet";

/// A reader of blocks with this schema. The crate does not follow every name that Avro lets a schema have: it is given
/// none. None if it cannot read such a schema.
fn reader<R: BufRead>(
    schema: &Type,
    codec: Option<CompressionCodec>,
    sync: Sync,
    blocks: R,
) -> Option<Reader<Chain<Cursor<Vec<u8>>, R>>> {
    let mut start = beginning(&schema::spelled_out(schema).to_string(), codec, &[]);
    start.extend_from_slice(&sync);
    ReaderBuilder::new().with_batch_size(BATCH_ROWS as usize).build(Cursor::new(start).chain(blocks)).ok()
}

/// The rows of all blocks, in batches.
struct Blocks {
    reader: Reader<Source>,
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
    /// Columns by which it is seen what is treated.
    pub(super) fn probe(&self) -> &SchemaRef {
        &self.probe
    }

    /// The same frame around columns of this schema; what became of its probe.
    pub(super) fn output<'a>(
        self,
        schema: &SchemaRef,
        probed: &Schema,
        out: &'a mut Destination,
    ) -> Result<Writer<'a>, Failure> {
        let name = out.name().to_owned();
        let no_place = || no_place(&name);
        let Frame { probe, text, schema: ReadSchema { root, names }, codec, mut metadata } = self;
        let made = changes::changed(&root, &names, &probe, probed).ok_or_else(no_place)?;
        let text = if made == root { text } else { schema::to_file(&made, &names).to_string() };
        metadata.retain_mut(|(key, value)| {
            let Some(key) = utf8(key) else { return true };
            let Some(said) = probed.metadata().get(key) else { return false };
            // What is no text stays, too.
            if *said != String::from_utf8_lossy(value) {
                *value = said.clone().into_bytes();
            }
            true
        });
        // As the crate has the columns of such a schema.
        let columns = reader(&made, codec, Sync::default(), io::empty()).ok_or_else(no_place)?.schema();
        layout::laid_out(&RecordBatch::new_empty(schema.clone()), &columns).ok_or_else(no_place)?;
        let mut out = BufWriter::new(out);
        out.write_all(&beginning(&text, codec, &metadata)).map_err(|error| Failure::io(&name, &error))?;
        let to_write =
            HashMap::from([(SCHEMA_METADATA_KEY.to_owned(), schema::spelled_out(&made).to_string())]);
        let writer = WriterBuilder::new(Schema::new_with_metadata(columns.fields().clone(), to_write))
            .with_compression(codec)
            .build::<_, Framed>(out)
            .map_err(|error| unwritten(&name, &error))?;
        Ok(Writer { writer, columns, name })
    }
}

/// A file of which all before the sync marker is written already. (The crate's own beginning has a schema that is made anew
/// of the columns, which need not be that by which the rows are written: the order of a union's branches may be another.)
#[derive(Debug)]
struct Framed {
    sync: Sync,
}

impl Default for Framed {
    fn default() -> Self {
        Framed { sync: header::new_sync() }
    }
}

impl AvroFormat for Framed {
    const NEEDS_PREFIX: bool = false;

    fn start_stream<W: Write>(
        &mut self,
        writer: &mut W,
        _: &Schema,
        _: Option<CompressionCodec>,
    ) -> Result<(), AvroError> {
        Ok(writer.write_all(&self.sync)?)
    }

    fn sync_marker(&self) -> Option<&Sync> {
        Some(&self.sync)
    }
}

pub(super) struct Writer<'a> {
    writer: arrow_avro::writer::Writer<BufWriter<&'a mut Destination>, Framed>,
    columns: SchemaRef,
    name: String,
}

impl Output for Writer<'_> {
    fn write(&mut self, part: &Part) -> Result<(), Failure> {
        match part {
            Part::Columns(batch) if batch.num_rows() > 0 => {
                let batch = layout::laid_out(batch, &self.columns).ok_or_else(|| no_place(&self.name))?;
                self.writer.write(&batch).map_err(|error| unwritten(&self.name, &error))
            }
            Part::Columns(_) | Part::GroupEnds => Ok(()),
        }
    }

    fn finish(mut self: Box<Self>) -> Result<(), Failure> {
        self.writer.finish().map_err(|error| unwritten(&self.name, &error))?;
        self.writer.into_inner().flush().map_err(|error| Failure::io(&self.name, &error))
    }
}

fn utf8(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn no_place(name: &str) -> Failure {
    Failure::data(format!("{name}: Avro has no place for a column"))
}

fn unwritten(name: &str, error: &AvroError) -> Failure {
    match of_system(error) {
        Some(error) => Failure::io(name, &error),
        None => no_place(name),
    }
}
