//! The values of a JSON text, one at a time: the elements of an array, or values one after another.
//!
//! Only one value of bounded length is kept: the rest of a longer one is passed over. Finds where
//! values begin and end; does not know whether they are good JSON.

use std::io::{self, BufRead};

use super::lines::Line;

/// The values of a text.
pub(super) struct Values<'a> {
    reader: Box<dyn BufRead + 'a>,
    limit: usize,
    buffer: Vec<u8>,
    count: usize,
}

/// Where in a value a reader is.
#[derive(Default)]
struct Inside {
    /// Brackets that are open.
    depth: usize,
    text: bool,
    escaped: bool,
}

/// The place of a byte.
enum Part {
    /// Between values.
    Between,
    /// In a value.
    Value,
    /// The last byte of a value.
    Last,
    /// After a value that nothing closes, as a number.
    After,
}

impl Inside {
    /// Goes on over a byte; `begun` says whether a value has begun.
    fn pass(&mut self, byte: u8, begun: bool) -> Part {
        if self.text {
            let is_end = byte == b'"' && !self.escaped;
            self.escaped = byte == b'\\' && !self.escaped;
            self.text = !is_end;
            return if is_end && self.depth == 0 {
                Part::Last
            } else {
                Part::Value
            };
        }
        let is_open = matches!(byte, b'{' | b'[');
        let is_close = matches!(byte, b'}' | b']');
        match byte {
            // The brackets of the outer array are no part of a value.
            _ if self.depth == 0 && (byte == b'[' || byte == b',' || is_close) => {
                if begun {
                    Part::After
                } else {
                    Part::Between
                }
            }
            byte if self.depth == 0 && byte.is_ascii_whitespace() => {
                if begun {
                    Part::After
                } else {
                    Part::Between
                }
            }
            b'"' => {
                self.text = true;
                Part::Value
            }
            _ if is_open => {
                self.depth += 1;
                Part::Value
            }
            _ if is_close => {
                self.depth -= 1;
                if self.depth == 0 {
                    Part::Last
                } else {
                    Part::Value
                }
            }
            _ => Part::Value,
        }
    }
}

impl<'a> Values<'a> {
    /// The values of `reader`, of which at most `limit` bytes each are kept.
    pub(super) fn new(reader: impl BufRead + 'a, limit: usize) -> Self {
        Self {
            reader: Box::new(reader),
            limit,
            buffer: Vec::new(),
            count: 0,
        }
    }

    /// The next value, with its number, from 1, for that of a line; none at the end of the text.
    pub(super) fn read(&mut self) -> io::Result<Option<Line<'_>>> {
        self.buffer.clear();
        let mut length = 0;
        let mut inside = Inside::default();
        loop {
            let text = match self.reader.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                text => text?,
            };
            if text.is_empty() {
                break;
            }
            let (mut used, mut is_done) = (0, false);
            for &byte in text {
                let part = inside.pass(byte, length > 0);
                if let Part::After = part {
                    is_done = true;
                    break;
                }
                used += 1;
                if let Part::Between = part {
                    continue;
                }
                length += 1;
                if length <= self.limit {
                    self.buffer.push(byte);
                }
                if let Part::Last = part {
                    is_done = true;
                    break;
                }
            }
            self.reader.consume(used);
            if is_done {
                break;
            }
        }
        self.count += 1;
        Ok((length > 0).then_some(Line {
            row: self.count,
            text: &self.buffer,
            whole: length <= self.limit,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values as `row:text`, those that are cut with a `+`.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        for capacity in [1, 80] {
            let reader = io::BufReader::with_capacity(capacity, text.as_bytes());
            let mut values = Values::new(reader, 12);
            let mut found = Vec::new();
            while let Some(value) = values.read().unwrap() {
                let text = String::from_utf8_lossy(value.text);
                let more = if value.whole { "" } else { "+" };
                found.push(format!("{}:{text}{more}", value.row));
            }
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn values_are_found() {
        check("", &[]);
        check(" [ ] \n", &[]);
        check("[{\"a\":1},\n {\"b\":2}]", &["1:{\"a\":1}", "2:{\"b\":2}"]);
        check("[\"CC\", \"a]\\\"\"]\n", &["1:\"CC\"", "2:\"a]\\\"\""]);
        check("{\n\"a\":1\n}\r\r{}", &["1:{\n\"a\":1\n}", "2:{}"]);
        check(
            "[1, null ,{\"a\": [{}]}]",
            &["1:1", "2:null", "3:{\"a\": [{}]}"],
        );
        check("{\"a\":\"long text\"}\n{}", &["1:{\"a\":\"long t+", "2:{}"]);
        check("[{\"a\"", &["1:{\"a\""]);
    }
}
