//! Many inputs as one stream of blocks of whole lines, in bounded memory; knows nothing of what a line holds.

use crate::failure::Failure;
use crate::source::Source;
use memchr::{memchr, memrchr};
use std::io::{self, ErrorKind, Read};
use std::mem;
use std::sync::Arc;

/// How much one read asks for, in bytes.
const READ: usize = 1 << 20;

/// Some lines of one input. It is filled again and again, so that its buffer is allocated once.
#[derive(Default)]
pub(crate) struct Block {
    buffer: Vec<u8>,
    filled: usize,
    pub(crate) kind: Kind,
    /// Which input, as a place in the list of them.
    pub(crate) source: usize,
}

#[derive(Clone, Copy, Default)]
pub(crate) enum Kind {
    /// Whole lines; the last of an input may lack its line end.
    #[default]
    Lines,
    /// The beginning of a line that is longer than an event may be.
    Overlong,
    /// More of that line.
    MoreOfOverlong,
}

impl Block {
    pub(crate) fn bytes(&self) -> &[u8] {
        self.buffer.get(..self.filled).unwrap_or_default()
    }

    /// Cuts the block after `end` bytes, and gives what was behind.
    fn cut(&mut self, end: usize) -> &[u8] {
        let behind = self.buffer.get(end..self.filled).unwrap_or_default();
        self.filled = end;
        behind
    }

    fn push(&mut self, bytes: &[u8]) {
        if let Some(room) = self.room(bytes.len()).get_mut(..bytes.len()) {
            room.copy_from_slice(bytes);
            self.filled += bytes.len();
        }
    }

    /// Room for so many bytes more. Room that was used before is not cleared again.
    fn room(&mut self, bytes: usize) -> &mut [u8] {
        if self.buffer.len() < self.filled + bytes {
            self.buffer.resize(self.filled + bytes, 0);
        }
        self.buffer.get_mut(self.filled..).unwrap_or_default()
    }

    /// One read, however little it brings: a slow pipe's events must not wait for more of them.
    fn read_from(&mut self, input: &mut dyn Read) -> io::Result<usize> {
        let room = self.room(READ);
        let read = loop {
            match input.read(room) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        self.filled += read;
        Ok(read)
    }
}

/// The inputs, cut into blocks.
pub(crate) struct Blocks {
    sources: Arc<[Source]>,
    max_event_bytes: usize,
    source: usize,
    input: Option<Box<dyn Read + Send>>,
    /// What was read behind the end of the last block.
    rest: Vec<u8>,
    /// Whether the last block ended within an overlong line.
    overlong: bool,
}

impl Blocks {
    /// A line that is longer than an event may be comes in pieces, so that no line is too long for the memory.
    pub(crate) fn new(sources: Arc<[Source]>, max_event_bytes: usize) -> Blocks {
        Blocks { sources, max_event_bytes, source: 0, input: None, rest: Vec::new(), overlong: false }
    }

    /// Fills the block anew; false at the end of the last input.
    pub(crate) fn next(&mut self, block: &mut Block) -> Result<bool, Failure> {
        let sources = Arc::clone(&self.sources);
        while let Some(source) = sources.get(self.source) {
            let mut input = match self.input.take() {
                Some(input) => input,
                None => source.open()?,
            };
            block.source = self.source;
            block.filled = 0;
            block.push(&mem::take(&mut self.rest));
            let mut searched = 0;
            loop {
                if self.ends(block, searched) {
                    self.input = Some(input);
                    return Ok(true);
                }
                searched = block.filled;
                match block.read_from(&mut input) {
                    Ok(0) => break,
                    Ok(_) => {}
                    Err(error) => return Err(Failure::io(&source.name(), &error)),
                }
            }
            self.source += 1;
            self.end_last_line(block);
            if block.filled > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the block can be handed out: cut behind a line end, or as a piece of an overlong line. In its first
    /// `searched` bytes there is no line end.
    fn ends(&mut self, block: &mut Block, searched: usize) -> bool {
        if self.overlong {
            block.kind = Kind::MoreOfOverlong;
            let end = memchr(b'\n', block.bytes());
            self.overlong = end.is_none();
            if let Some(end) = end {
                self.rest.extend_from_slice(block.cut(end + 1));
            }
            return block.filled > 0;
        }
        block.kind = Kind::Lines;
        if let Some(end) = memrchr(b'\n', block.bytes().get(searched..).unwrap_or_default()) {
            self.rest.extend_from_slice(block.cut(searched + end + 1));
            return true;
        }
        if block.filled > self.max_event_bytes {
            block.kind = Kind::Overlong;
            self.overlong = true;
        }
        self.overlong
    }

    /// The last line of an input that another follows gets its line end, so that the two do not become one; and so
    /// does one for the rejects, as core ends every line there.
    fn end_last_line(&mut self, block: &mut Block) {
        let rejected = mem::take(&mut self.overlong);
        if rejected || (block.filled > 0 && self.source < self.sources.len()) {
            block.push(b"\n");
        }
    }
}
