//! A text as lines, one at a time.
//!
//! A line ends with a line feed, a carriage return, or carriage returns and a line feed. Whatever
//! the file holds, only one line of bounded length is kept: the rest of a longer one is passed over.
//! Does not know what is in the lines.

use std::io::{self, BufRead};

use memchr::{memchr2, memchr2_iter};

use super::Input;

/// One line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its number, from 1.
    pub row: usize,
    /// Its text without line end; of a longer line, the bytes up to the limit.
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
    /// Whether the last line ended with a carriage return, which a line feed may belong to.
    returned: bool,
    /// Blank lines that were read and not given yet.
    blanks: usize,
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
            returned: false,
            blanks: 0,
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
        let text = self.buffer.as_slice();
        let mark: &[u8] = if self.row == 1 { b"\xef\xbb\xbf" } else { b"" };
        Line {
            row: self.row,
            text: text.strip_prefix(mark).unwrap_or(text),
            whole: self.whole,
        }
    }

    fn advance(&mut self) -> io::Result<bool> {
        self.buffer.clear();
        self.whole = true;
        if self.returned {
            self.returned = false;
            self.blanks = self.returns()?;
        }
        if self.blanks > 0 {
            self.blanks -= 1;
            self.row += 1;
            return Ok(true);
        }
        let mut is_there = false;
        loop {
            let text = fill(&mut self.reader)?;
            if text.is_empty() {
                break;
            }
            is_there = true;
            let end = memchr2(b'\r', b'\n', text);
            let part = &text[..end.unwrap_or(text.len())];
            let room = self.limit - self.buffer.len();
            self.buffer.extend_from_slice(&part[..part.len().min(room)]);
            self.whole &= part.len() <= room;
            self.returned = end.is_some_and(|end| text[end] == b'\r');
            let used = part.len() + usize::from(end.is_some());
            self.reader.consume(used);
            if end.is_some() {
                break;
            }
        }
        self.row += usize::from(is_there);
        Ok(is_there)
    }

    /// Goes over further carriage returns after one: the blank lines that they end, or none if a line
    /// feed follows, which all of them belong to then.
    fn returns(&mut self) -> io::Result<usize> {
        let mut count = 0;
        loop {
            match fill(&mut self.reader)?.first() {
                Some(b'\r') => count += 1,
                Some(b'\n') => {
                    self.reader.consume(1);
                    return Ok(0);
                }
                _ => return Ok(count),
            }
            self.reader.consume(1);
        }
    }
}

/// What is buffered next; nothing at the end.
fn fill(reader: &mut dyn BufRead) -> io::Result<&[u8]> {
    loop {
        match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
            // The borrow checker does not let this one be returned from the loop.
            Ok(_) => break,
        }
    }
    reader.fill_buf()
}

/// Counts the line ends of a text that comes in pieces, as [`Lines`] has them.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct LineEnds {
    count: usize,
    /// Carriage returns at the end, which a line feed may still follow.
    returns: usize,
}

impl LineEnds {
    /// Goes on over a piece.
    pub(super) fn pass(&mut self, text: &[u8]) {
        let mut next = 0;
        for at in memchr2_iter(b'\r', b'\n', text) {
            if at > next {
                self.settle();
            }
            if text[at] == b'\n' {
                self.count += 1;
                self.returns = 0;
            } else {
                self.returns += 1;
            }
            next = at + 1;
        }
        if next < text.len() {
            self.settle();
        }
    }

    /// Line ends before a text that begins here.
    pub(super) fn before_text(mut self) -> usize {
        self.settle();
        self.count
    }

    fn settle(&mut self) {
        self.count += self.returns;
        self.returns = 0;
    }
}

#[cfg(test)]
mod tests {
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

    /// The lines of a text between `|`, whole and byte by byte; and how many line ends are counted.
    #[track_caller]
    fn check_ends(text: &str, expected: &str) {
        let texts = |lines: &mut Lines<'_>| {
            let mut texts = Vec::new();
            while let Some(line) = lines.read().unwrap() {
                texts.push(String::from_utf8_lossy(line.text).into_owned());
                assert_eq!(line.row, texts.len());
            }
            texts.join("|")
        };
        assert_eq!(texts(&mut Lines::new(text.as_bytes(), 80)), expected);
        let slow = io::BufReader::with_capacity(1, text.as_bytes());
        assert_eq!(texts(&mut Lines::new(slow, 80)), expected, "{text:?}");
        let lines = expected.split('|').count();
        for pieces in [text.as_bytes().chunks(1), text.as_bytes().chunks(80)] {
            let mut ends = LineEnds::default();
            pieces.for_each(|piece| ends.pass(piece));
            let is_open = !text.ends_with(['\r', '\n']);
            assert_eq!(ends.before_text() + usize::from(is_open), lines, "{text:?}");
        }
    }

    #[test]
    fn every_kind_of_line_end_is_one() {
        check_ends("a\nb\n", "a|b");
        check_ends("a\r\nb\r\n", "a|b");
        check_ends("a\rb\r", "a|b");
        check_ends("a\rb", "a|b");
        check_ends("a\r\r\nb\r\r\n", "a|b");
        check_ends("a\r\rb\r", "a||b");
        check_ends("a\n\nb\r\n\r\nc\r", "a||b||c");
        check_ends("\r\rb\n", "||b");
        check_ends("\r\nb\n\rc", "|b||c");
    }
}
