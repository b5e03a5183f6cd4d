//! An open file, or any other stream of bytes, decompressed and decoded where it must be and with
//! its beginning to recognize it by.
//!
//! Knows compression, marks of Unicode and names; does not know what the text means.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs_io::DecodeReaderBytesBuilder;

use super::TableError;
use super::packed::{Counted, Packing};

/// Bytes that are read at once, and of a beginning at least.
pub(super) const BUFFER: usize = 1 << 16;

/// Most bytes of a beginning with few lines.
const BEGINNING: usize = 1 << 19;

/// Line ends of a beginning at least, unless it would be too long.
const LINES: usize = 20;

/// The marks of UTF-16, of either order of bytes.
const UTF_16: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

/// The mark of UTF-32 with the low byte first, which begins as that of UTF-16 does.
const UTF_32: &[u8] = b"\xff\xfe\0\0";

/// An open source of rows: a file, or a stream with a name.
pub struct Input {
    name: PathBuf,
    /// The file itself, where there is one, for formats that are not read from the front.
    file: Option<File>,
    size: Option<u64>,
    read: Arc<AtomicU64>,
    packing: Option<Packing>,
    start: Vec<u8>,
    /// Whether the beginning is all there is.
    start_is_all: bool,
    rest: Box<dyn BufRead>,
}

impl Input {
    /// Opens a file. What begins as gzip or zstd does is decompressed, whatever its name; UTF-16 with
    /// a byte order mark becomes UTF-8.
    ///
    /// # Errors
    /// [`TableError::Read`]; [`TableError::OtherContent`] for a name that ends in .gz and something
    /// else inside.
    pub fn open(path: &Path) -> Result<Self, TableError> {
        let open = || {
            let file = File::open(path)?;
            let size = file.metadata()?.len();
            Ok((file.try_clone()?, file, size))
        };
        let (stream, file, size) = open().map_err(|source| failed(path, source))?;
        let input = Self::from_stream(path, Box::new(stream))?;
        Ok(Self {
            file: Some(file),
            size: Some(size),
            ..input
        })
    }

    /// Takes a stream, for which `name` stands in messages (and, by its ending, for a format).
    ///
    /// # Errors
    /// As [`Input::open`].
    pub fn from_stream(name: &Path, stream: Box<dyn Read>) -> Result<Self, TableError> {
        let broken = |source| failed(name, source);
        let (stream, read) = Counted::new(stream);
        let (start, stream) = peek(stream).map_err(broken)?;
        let packing = Packing::of(&start);
        let is_gz = name
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("gz"));
        if is_gz && packing != Some(Packing::Gzip) && !start.is_empty() {
            return Err(other(
                name,
                "is not gzip, as its name says",
                "remove .gz from its name",
            ));
        }
        let mut rest: Box<dyn BufRead> = match packing {
            Some(packing) => {
                let (start, text) = peek(packing.open(stream).map_err(broken)?).map_err(broken)?;
                decoded(&start, text)
            }
            None => decoded(&start, stream),
        };
        let (start, start_is_all) = beginning(&mut rest, has_lines).map_err(broken)?;
        Ok(Self {
            name: name.to_owned(),
            file: None,
            size: None,
            read,
            packing,
            start,
            start_is_all,
            rest,
        })
    }

    /// The path of the file, or the name of the stream.
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// Bytes of the file, compressed as it is, where that is known.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// The count of the bytes read so far, which goes on counting.
    pub(super) fn count(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.read)
    }

    /// Bytes read so far, before decompression.
    pub fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Whether it is a stream and not a file.
    pub(super) fn is_stream(&self) -> bool {
        self.file.is_none()
    }

    /// How it is compressed, if it is.
    pub(super) fn packing(&self) -> Option<Packing> {
        self.packing
    }

    /// The file itself, unless it is a stream.
    #[cfg(feature = "parquet")]
    pub(super) fn into_file(self) -> Option<File> {
        self.file
    }

    /// The beginning of the text, without a byte order mark: 64 kilobytes and 20 lines or more, or
    /// all there is; of very long lines less.
    pub(super) fn start(&self) -> &[u8] {
        without_mark(&self.start)
    }

    /// Whether the beginning is all there is.
    pub(super) fn start_is_all(&self) -> bool {
        self.start_is_all
    }

    /// The whole lines of the beginning; of a very long first line the beginning.
    pub(super) fn first_lines(&self) -> &[u8] {
        let start = self.start();
        if self.start_is_all {
            return start;
        }
        match start.iter().rposition(|byte| matches!(byte, b'\r' | b'\n')) {
            Some(last) => &start[..=last],
            None => start,
        }
    }

    /// The whole text from its beginning, without a byte order mark.
    pub(super) fn into_reader(self) -> Box<dyn BufRead> {
        let start = without_mark(&self.start).to_vec();
        Box::new(Cursor::new(start).chain(self.rest))
    }
}

fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

/// The first bytes of a stream, and the stream from its beginning.
fn peek<R: Read>(mut stream: R) -> io::Result<(Vec<u8>, impl Read + use<R>)> {
    let (start, _) = beginning(&mut stream, |start| start.len() >= 4)?;
    Ok((start.clone(), Cursor::new(start).chain(stream)))
}

/// The text of a stream that begins like this, as UTF-8.
fn decoded(start: &[u8], stream: impl Read + 'static) -> Box<dyn BufRead> {
    if UTF_16.iter().any(|mark| start.starts_with(mark)) && !start.starts_with(UTF_32) {
        let stream = DecodeReaderBytesBuilder::new().build(stream);
        Box::new(BufReader::with_capacity(BUFFER, stream))
    } else {
        Box::new(BufReader::with_capacity(BUFFER, stream))
    }
}

/// Reads until there is enough of a beginning, or the end is there; whether it is.
fn beginning(reader: &mut impl Read, is_enough: fn(&[u8]) -> bool) -> io::Result<(Vec<u8>, bool)> {
    let mut start = Vec::new();
    let mut piece = vec![0; BUFFER];
    while start.len() < BEGINNING && !is_enough(&start) {
        match reader.read(&mut piece) {
            Ok(0) => return Ok((start, true)),
            Ok(read) => start.extend_from_slice(&piece[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok((start, false))
}

/// Whether there is enough text to see what it is.
fn has_lines(text: &[u8]) -> bool {
    let ends = text.iter().filter(|byte| matches!(byte, b'\r' | b'\n'));
    text.len() >= BUFFER && ends.take(LINES).count() == LINES
}

pub(super) fn failed(path: &Path, source: io::Error) -> TableError {
    TableError::Read {
        path: path.to_owned(),
        source,
    }
}

pub(super) fn other(path: &Path, found: impl Into<String>, remedy: &'static str) -> TableError {
    TableError::OtherContent {
        path: path.to_owned(),
        found: found.into(),
        remedy,
    }
}
