//! The history of a run, step by step: `history.csv`.

use std::io::{Read, Write};

use serde::{Deserialize, Serialize};

/// One optimizer step, or the last of some whose losses a device told together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Steps done.
    pub step: u64,
    /// Seconds of training, reading the data not counted.
    pub seconds: f64,
    /// Learning rate.
    pub rate: f64,
    /// Mean training loss of the batches since the row before, in nats per real token.
    pub loss: f64,
    /// Validation loss in nats per real token, where one was due.
    pub validation_loss: Option<f64>,
}

/// Writes the rows as CSV with a header.
///
/// # Errors
/// The error of the writer.
pub fn write(rows: &[Row], writer: impl Write) -> Result<(), csv::Error> {
    let mut table = csv::Writer::from_writer(writer);
    for row in rows {
        table.serialize(row)?;
    }
    Ok(table.flush()?)
}

/// Reads what [`write()`] wrote.
///
/// # Errors
/// The error of the reader, and rows of another form.
pub fn read(reader: impl Read) -> Result<Vec<Row>, csv::Error> {
    csv::Reader::from_reader(reader).deserialize().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_survive_the_file() {
        let row = |validation_loss| Row {
            step: 3,
            seconds: 0.25,
            rate: 1e-3,
            loss: 1.0 / 3.0,
            validation_loss,
        };
        let rows = [row(None), row(Some(2.0))];
        let mut bytes = Vec::new();
        write(&rows, &mut bytes).unwrap();
        assert!(bytes.starts_with(b"step,seconds,rate,loss,validation_loss\n3,0.25,"));
        assert_eq!(read(bytes.as_slice()).unwrap(), rows);
    }
}
