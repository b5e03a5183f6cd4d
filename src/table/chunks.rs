//! Rows in pieces, for work that is done on all cores and watched.

use super::{Row, Rows, TableError};
use crate::progress::Watch;

/// Pieces of a file, one after the other, until its end, a fault or the watch ends them.
pub(crate) struct Chunks<'a> {
    rows: Rows,
    count: usize,
    watch: &'a dyn Watch,
    /// Bytes that the watch knows of.
    reported: u64,
    fault: Option<TableError>,
}

impl<'a> Chunks<'a> {
    /// Pieces of `count` rows. The watch hears of a stage of so many bytes as the file has.
    pub(crate) fn new(rows: Rows, count: usize, stage: &str, watch: &'a dyn Watch) -> Self {
        rows.announce(watch);
        watch.begin(stage, rows.size().unwrap_or_default());
        Self {
            rows,
            count,
            watch,
            reported: 0,
            fault: None,
        }
    }

    /// The error to end with where none of the rows was a molecule.
    pub(crate) fn no_molecule(&self) -> Option<TableError> {
        self.rows.no_molecule()
    }

    /// The error where the file could not be read to its end. The rows before were given.
    pub(crate) fn fault(&mut self) -> Option<TableError> {
        self.fault.take()
    }
}

impl Iterator for Chunks<'_> {
    type Item = Vec<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.rows.bytes_read();
        self.watch.advance(read.saturating_sub(self.reported));
        self.reported = read;
        if self.fault.is_some() || self.watch.stop() {
            return None;
        }
        let mut chunk = Vec::with_capacity(self.count);
        for row in self.rows.by_ref().take(self.count) {
            match row {
                Ok(row) => chunk.push(row),
                Err(error) => self.fault = Some(error),
            }
        }
        if chunk.is_empty() {
            self.rows.conclude(self.watch);
            return None;
        }
        Some(chunk)
    }
}
