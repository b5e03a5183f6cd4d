//! An open file, or any other stream of bytes, decompressed where it must be and with its beginning
//! to recognize it by.
//!
//! Knows gzip and names; does not know what the text means.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::TableError;
use super::lines::{Counted, Growing};

/// Bytes that are read at once.
pub(super) const BUFFER: usize = 1 << 16;

/// Most bytes of a beginning without a line feed.
const BEGINNING: usize = 1 << 19;

/// The first bytes of a gzip file.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// An open source of rows: a file, or a stream with a name.
pub struct Input {
    name: PathBuf,
    /// The file itself, where there is one, for formats that are not read from the front.
    file: Option<File>,
    size: Option<u64>,
    read: Arc<AtomicU64>,
    compressed: bool,
    start: Vec<u8>,
    rest: Box<dyn BufRead>,
}

impl Input {
    /// Opens a file. What begins as gzip does is decompressed, whatever its name.
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
        let (mut stream, read) = Counted::new(stream);
        let start = beginning(&mut stream, |start| start.len() >= 4).map_err(broken)?;
        let compressed = start.starts_with(&GZIP);
        let is_gz = name
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("gz"));
        if is_gz && !compressed && !start.is_empty() {
            return Err(other(
                name,
                "is not gzip, as its name says",
                "remove .gz from its name",
            ));
        }
        let stream = Cursor::new(start).chain(stream);
        let stream = BufReader::with_capacity(BUFFER, stream);
        let mut rest: Box<dyn BufRead> = if compressed {
            let plain = Growing::new(stream);
            Box::new(BufReader::with_capacity(BUFFER, plain))
        } else {
            Box::new(stream)
        };
        let start = beginning(&mut rest, has_line).map_err(broken)?;
        Ok(Self {
            name: name.to_owned(),
            file: None,
            size: None,
            read,
            compressed,
            start,
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

    /// Whether it is decompressed.
    pub(super) fn is_compressed(&self) -> bool {
        self.compressed
    }

    /// The file itself, unless it is a stream.
    #[cfg(feature = "parquet")]
    pub(super) fn into_file(self) -> Option<File> {
        self.file
    }

    /// The beginning of the text, without a byte order mark: its first line that is not blank, and
    /// perhaps more; of a very long line the beginning.
    pub(super) fn start(&self) -> &[u8] {
        without_mark(&self.start)
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

/// Reads until there is enough of a beginning, or the end is there.
fn beginning(reader: &mut impl Read, is_enough: fn(&[u8]) -> bool) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    let mut piece = vec![0; BUFFER];
    while start.len() < BEGINNING && !is_enough(&start) {
        match reader.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => start.extend_from_slice(&piece[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(start)
}

/// Whether there is a line that is not blank and has an end.
fn has_line(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    text.contains(&b'\n')
}

pub(super) fn failed(path: &Path, source: io::Error) -> TableError {
    TableError::Read {
        path: path.to_owned(),
        source,
    }
}

pub(super) fn other(path: &Path, found: &'static str, remedy: &'static str) -> TableError {
    TableError::OtherContent {
        path: path.to_owned(),
        found,
        remedy,
    }
}
