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
    /// Real tokens learned from since the row before.
    #[serde(default)]
    pub tokens: u64,
    /// Euclidean norm of the gradient before it was scaled down, a mean as `loss` is; none in files
    /// of earlier versions.
    #[serde(default)]
    pub gradient_norm: Option<f64>,
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
            tokens: 1_200,
            gradient_norm: Some(0.5),
        };
        let rows = [row(None), row(Some(2.0))];
        let mut bytes = Vec::new();
        write(&rows, &mut bytes).unwrap();
        let head = b"step,seconds,rate,loss,validation_loss,tokens,gradient_norm\n3,0.25,";
        assert!(bytes.starts_with(head));
        assert_eq!(read(bytes.as_slice()).unwrap(), rows);
    }

    #[test]
    fn files_of_earlier_versions_are_read() {
        let text =
            "step,seconds,rate,loss,validation_loss\n3,0.25,0.001,1.5,\n4,0.5,0.001,1.25,2\n";
        let rows = read(text.as_bytes()).unwrap();
        let found = rows
            .iter()
            .map(|row| (row.step, row.validation_loss, row.tokens));
        assert!(found.eq([(3, None, 0), (4, Some(2.0), 0)]));
        assert!(rows.iter().all(|row| row.gradient_norm.is_none()));
    }
}
