//! A text as lines, one at a time, and the decompression of a text that may not grow beyond measure.
//!
//! Whatever the file holds, only one line of bounded length is kept: the rest of a longer one is
//! passed over, and a compressed file that grows beyond all measure is refused. Does not know what
//! is in the lines.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use super::Input;

/// Bytes that a compressed file may always grow to.
const ALLOWED: u64 = 1 << 20;

/// Times its own size that a compressed file may grow to beyond that. Tables of molecules grow 4
/// to 20 times; gzip can reach 1,000.
const GROWTH: u64 = 200;

/// One line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its number, from 1.
    pub row: usize,
    /// Its text without line feed; of a longer line, the bytes up to the limit.
    pub text: &'a [u8],
    /// Whether all of it is in `text`.
    pub whole: bool,
}

/// The lines of a text, one after the other.
pub struct Lines<'a> {
    reader: Box<dyn BufRead + 'a>,
    limit: usize,
    buffer: Vec<u8>,
    row: usize,
    whole: bool,
}

impl<'a> Lines<'a> {
    /// The lines of `reader`, of which at most `limit` bytes each are kept.
    pub fn new(reader: impl BufRead + 'a, limit: usize) -> Self {
        Self {
            reader: Box::new(reader),
            limit,
            buffer: Vec::new(),
            row: 0,
            whole: true,
        }
    }

    /// The lines of a file or a stream, of which at most `limit` bytes each are kept.
    pub fn of(input: Input, limit: usize) -> Lines<'static> {
        Lines::new(input.into_reader(), limit)
    }

    /// The next line; none at the end of the text.
    ///
    /// # Errors
    /// Those of reading and decompressing.
    pub fn read(&mut self) -> io::Result<Option<Line<'_>>> {
        Ok(self.advance()?.then(|| self.line()))
    }

    fn line(&self) -> Line<'_> {
        let text = self.buffer.strip_suffix(b"\n").unwrap_or(&self.buffer);
        let mark: &[u8] = if self.row == 1 { b"\xef\xbb\xbf" } else { b"" };
        Line {
            row: self.row,
            text: text.strip_prefix(mark).unwrap_or(text),
            whole: self.whole,
        }
    }

    fn advance(&mut self) -> io::Result<bool> {
        self.buffer.clear();
        let limit = self.limit as u64 + 1;
        let read = self
            .reader
            .by_ref()
            .take(limit)
            .read_until(b'\n', &mut self.buffer)?;
        if read == 0 {
            return Ok(false);
        }
        self.row += 1;
        self.whole = self.buffer.len() <= self.limit || self.buffer.ends_with(b"\n");
        if !self.whole {
            self.buffer.truncate(self.limit);
            self.reader.skip_until(b'\n')?;
        }
        Ok(true)
    }
}

/// Counts the bytes that go through it.
pub(super) struct Counted<R> {
    reader: R,
    count: Arc<AtomicU64>,
}

impl<R> Counted<R> {
    /// A reader, and the count of what was read from it.
    pub(super) fn new(reader: R) -> (Self, Arc<AtomicU64>) {
        let count = Arc::<AtomicU64>::default();
        let counted = Self {
            reader,
            count: Arc::clone(&count),
        };
        (counted, count)
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(bytes)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Decompressed text that may not grow beyond measure.
pub(super) struct Growing<R: Read> {
    text: MultiGzDecoder<BufReader<Counted<R>>>,
    packed: Arc<AtomicU64>,
    read: u64,
}

impl<R: Read> Growing<R> {
    pub(super) fn new(reader: R) -> Self {
        let (reader, packed) = Counted::new(reader);
        // Small pieces, or much is read before the first is seen to grow.
        let reader = BufReader::with_capacity(1 << 12, reader);
        Self {
            text: MultiGzDecoder::new(reader),
            packed,
            read: 0,
        }
    }
}

impl<R: Read> Read for Growing<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.text.read(bytes)?;
        self.read += read as u64;
        if self.read > ALLOWED && self.read / GROWTH > self.packed.load(Ordering::Relaxed) {
            let message = format!(
                "it grows to more than {GROWTH} times its size, as no file of molecules does; \
                 if it is one, decompress it first"
            );
            return Err(io::Error::other(message));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write;

    use super::*;

    fn all(text: &[u8], limit: usize) -> Vec<(usize, String, bool)> {
        let mut lines = Lines::new(text, limit);
        let mut found = Vec::new();
        while let Some(line) = lines.read().unwrap() {
            let text = String::from_utf8_lossy(line.text).into_owned();
            found.push((line.row, text, line.whole));
        }
        found
    }

    #[track_caller]
    fn check(text: &[u8], expected: &[(usize, &str, bool)]) {
        let found = all(text, 4);
        let found: Vec<_> = found
            .iter()
            .map(|(row, text, whole)| (*row, text.as_str(), *whole))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn lines_are_cut_at_the_limit() {
        check(b"", &[]);
        check(b"\n", &[(1, "", true)]);
        check(
            b"CC\n\nO",
            &[(1, "CC", true), (2, "", true), (3, "O", true)],
        );
        check(
            b"CCCC\nCCCCC\nO",
            &[(1, "CCCC", true), (2, "CCCC", false), (3, "O", true)],
        );
        check(b"CCCC", &[(1, "CCCC", true)]);
        check(b"CCCCC", &[(1, "CCCC", false)]);
        check(
            b"\0\0\0\0\0\0\0\0\0\nC",
            &[(1, "\0\0\0\0", false), (2, "C", true)],
        );
        check("\u{feff}C\n".as_bytes(), &[(1, "C", true)]);
    }

    #[test]
    fn a_file_that_grows_beyond_measure_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bomb.smi.gz");
        let mut file = flate2::write::GzEncoder::new(
            File::create(&path).unwrap(),
            flate2::Compression::best(),
        );
        for _ in 0..100 {
            file.write_all(&vec![b'C'; 1 << 20]).unwrap();
        }
        file.finish().unwrap();
        let input = Input::open(&path).unwrap();
        let mut lines = Lines::of(input, 10);
        let error = lines.read().unwrap_err();
        assert!(error.to_string().contains("decompress it first"), "{error}");
    }
}
