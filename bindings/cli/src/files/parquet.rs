//! Parquet files: row groups, compression and what a file says of itself stay as they are; knows no rule.

mod kinds;

use self::kinds::Kinds;
use super::{BATCH_BYTES, BATCH_ROWS, Input, Output, Part, damaged, of_system};
use crate::container::Container;
use crate::destination::Destination;
use crate::failure::Failure;
use arrow_schema::{Metadata, Schema, SchemaRef};
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::arrow::{ARROW_SCHEMA_META_KEY, ArrowSchemaConverter, ArrowWriter, parquet_to_arrow_schema};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;
use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the file is beside its rows.
pub(super) struct Frame {
    root: String,
    metadata: Vec<KeyValue>,
    /// Arrow's own description of the columns, if it is in it.
    described: Option<Schema>,
    kinds: Kinds,
    compression: HashMap<ColumnPath, Compression>,
}

pub(super) fn read(file: File, path: &Path) -> Result<(Input<'static>, Frame), Failure> {
    let path = path.to_owned();
    let options = ArrowReaderOptions::new();
    let mut about =
        ArrowReaderMetadata::load(&file, options.clone()).map_err(|error| unread(&path, &error))?;
    let metadata = about.metadata().clone();
    let of_file = metadata.file_metadata();
    let all = of_file.key_value_metadata().cloned().unwrap_or_default();
    let (arrow, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|pair| pair.key == ARROW_SCHEMA_META_KEY);
    let compression = metadata.row_groups().first().map(|group| {
        group.columns().iter().map(|column| (column.column_path().clone(), column.compression())).collect()
    });
    let described = match arrow.is_empty() {
        true => None,
        false => parquet_to_arrow_schema(of_file.schema_descr(), Some(&arrow)).ok(),
    };
    let (kinds, columns) = Kinds::of(of_file.schema(), about.schema(), !arrow.is_empty());
    if columns != **about.schema() {
        about = ArrowReaderMetadata::try_new(metadata.clone(), options.with_schema(Arc::new(columns)))
            .map_err(|error| unread(&path, &error))?;
    }
    let frame = Frame {
        root: of_file.schema().name().to_owned(),
        metadata: rest,
        described,
        kinds,
        compression: compression.unwrap_or_default(),
    };
    let rows = metadata.row_groups().iter().map(|group| u64::try_from(group.num_rows()).unwrap_or_default());
    let input = Input {
        schema: about.schema().clone(),
        rows: rows.sum(),
        parts: Box::new(Groups { file, path, about, next: 0, batches: None }),
    };
    Ok((input, frame))
}

/// The row groups, one after the other, each in batches.
struct Groups {
    file: File,
    path: PathBuf,
    about: ArrowReaderMetadata,
    next: usize,
    batches: Option<ParquetRecordBatchReader>,
}

impl Groups {
    fn group(&mut self) -> Result<Option<ParquetRecordBatchReader>, Failure> {
        let Some(group) = self.about.metadata().row_groups().get(self.next) else { return Ok(None) };
        let rows = u64::try_from(group.num_rows()).unwrap_or_default();
        let bytes = u64::try_from(group.total_byte_size()).unwrap_or_default();
        let at_once = (BATCH_BYTES * rows / bytes.max(1)).clamp(1, BATCH_ROWS);
        let file = self.file.try_clone().map_err(|error| Failure::unusable(&self.path, &error))?;
        let batches = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.about.clone())
            .with_row_groups(vec![self.next])
            .with_batch_size(usize::try_from(at_once).unwrap_or(1))
            .build()
            .map_err(|error| unread(&self.path, &error))?;
        self.next += 1;
        Ok(Some(batches))
    }
}

impl Iterator for Groups {
    type Item = Result<Part, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(batches) = &mut self.batches {
            return Some(match batches.next() {
                Some(Ok(batch)) => Ok(Part::Columns(batch)),
                Some(Err(error)) => Err(self.unread(&error)),
                None => {
                    self.batches = None;
                    Ok(Part::GroupEnds)
                }
            });
        }
        match self.group() {
            Ok(Some(batches)) => {
                self.batches = Some(batches);
                self.next()
            }
            Ok(None) => None,
            Err(failure) => Some(Err(failure)),
        }
    }
}

impl Groups {
    fn unread(&self, error: &(dyn std::error::Error + 'static)) -> Failure {
        unread(&self.path, error)
    }
}

fn unread(path: &Path, error: &(dyn std::error::Error + 'static)) -> Failure {
    if let Some(error) = of_system(error) {
        return Failure::io(&path.display().to_string(), &error);
    }
    match error.downcast_ref::<ParquetError>() {
        Some(ParquetError::NYI(_)) => {
            Failure::data(format!("{}: has something in it that cannot be read yet", path.display()))
        }
        _ => damaged(path, Container::Parquet),
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
        let unwritten = |error: ParquetError| unwritten(&name, &error);
        // What a file says of itself was read as if Arrow's description said it.
        let said = schema.metadata();
        let mut metadata = self.metadata.clone();
        metadata.retain_mut(|pair| match (&mut pair.value, said.get(&pair.key)) {
            (Some(value), Some(said)) => {
                value.clone_from(said);
                true
            }
            (None, _) => true,
            (Some(_), None) => false,
        });
        let mut properties = WriterProperties::builder()
            .set_max_row_group_row_count(None)
            .set_key_value_metadata(Some(metadata).filter(|metadata| !metadata.is_empty()));
        let made = ArrowSchemaConverter::new().schema_root(&self.root).convert(schema).map_err(unwritten)?;
        let (fields, made) = self.kinds.given_back(schema, &made).map_err(unwritten)?;
        for leaf in made.columns() {
            let compression = self.compression(leaf.path());
            properties = properties.set_column_compression(leaf.path().clone(), compression);
        }
        let options = ArrowWriterOptions::new()
            .with_properties(properties.build())
            .with_parquet_schema(made)
            .with_skip_arrow_metadata(self.described.is_none());
        let own = self.described.iter().flat_map(|described| described.metadata().keys());
        let own: Metadata = own.filter_map(|key| Some((key.clone(), said.get(key)?.clone()))).collect();
        let schema = Arc::new(Schema::new_with_metadata(fields, own));
        let writer = ArrowWriter::try_new_with_options(out, schema, options)
            .map_err(|error| self::unwritten(&name, &error))?;
        Ok(Writer { writer, name })
    }

    /// How a column is to be compressed: as it was, or as the one that it comes of.
    fn compression(&self, leaf: &ColumnPath) -> Compression {
        let mut parts = leaf.parts().to_vec();
        while !parts.is_empty() {
            let path = ColumnPath::new(parts.clone());
            let inside = |other: &&ColumnPath| other.parts().starts_with(&parts);
            let found = self.compression.get(&path).or_else(|| {
                // One that was a column of columns, and is none any more.
                let mut inside: Vec<_> = self.compression.keys().filter(inside).collect();
                inside.sort_by_key(|path| path.string());
                inside.first().and_then(|path| self.compression.get(*path))
            });
            if let Some(found) = found {
                return *found;
            }
            parts.pop();
        }
        Compression::UNCOMPRESSED
    }
}

pub(super) struct Writer<'a> {
    writer: ArrowWriter<&'a mut Destination>,
    name: String,
}

impl Output for Writer<'_> {
    fn write(&mut self, part: &Part) -> Result<(), Failure> {
        match part {
            Part::Columns(batch) => self.writer.write(batch),
            Part::GroupEnds => self.writer.flush(),
        }
        .map_err(|error| unwritten(&self.name, &error))
    }

    fn finish(self: Box<Self>) -> Result<(), Failure> {
        let name = self.name;
        self.writer.close().map(drop).map_err(|error| unwritten(&name, &error))
    }
}

fn unwritten(name: &str, error: &ParquetError) -> Failure {
    match of_system(error) {
        Some(error) => Failure::io(name, &error),
        None => Failure::data(format!("{name}: Parquet has no place for a column")),
    }
}
