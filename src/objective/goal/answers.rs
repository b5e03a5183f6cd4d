//! The answers of a program outside, kept in a file, so that none is asked for twice.
//!
//! A CSV file of two columns: the canonical SMILES, and the number under the name of the command.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::{Context, Result, ensure};

/// Answers by canonical SMILES.
#[derive(Debug, Default)]
pub(super) struct Answers {
    known: HashMap<String, f64>,
    file: Option<(PathBuf, File)>,
}

impl Answers {
    /// The answers of `command` that are kept in this file, which is made if it is missing.
    ///
    /// # Errors
    /// A file of another command, one that is none, and what the file system refuses.
    pub(super) fn open(path: &Path, command: &str) -> Result<Self> {
        let cannot = || {
            format!(
                "cannot keep the answers of a command in `{}`",
                path.display()
            )
        };
        let mut known = HashMap::new();
        let mut whole = 0;
        if path.exists() {
            let text = std::fs::read_to_string(path).with_context(cannot)?;
            // A line that a full disk or a power cut left unfinished is asked for again.
            whole = text.rfind('\n').map_or(0, |end| end + 1);
            let mut rows = csv::Reader::from_reader(&text.as_bytes()[..whole]);
            let of = rows
                .headers()
                .with_context(cannot)?
                .get(1)
                .unwrap_or_default();
            ensure!(
                whole == 0 || of == command,
                Setting,
                "`{}` has the answers of the command `{of}`: name another file with `cache`",
                path.display()
            );
            for row in rows.records() {
                let row = row.with_context(cannot)?;
                let answer = row.get(1).and_then(|number| number.parse().ok());
                if let (Some(smiles), Some(answer)) = (row.get(0), answer) {
                    known.insert(smiles.to_owned(), answer);
                }
            }
        }
        let file = OpenOptions::new().create(true).append(true).open(path);
        let file = file.with_context(cannot)?;
        file.set_len(whole as u64).with_context(cannot)?;
        let mut answers = Self {
            known,
            file: Some((path.to_owned(), file)),
        };
        if whole == 0 {
            answers.write(&[["smiles", command]])?;
        }
        Ok(answers)
    }

    /// The file that they are kept in, if any.
    pub(super) fn path(&self) -> Option<&Path> {
        self.file.as_ref().map(|(path, _)| &**path)
    }

    /// The answer for a molecule, if there is one.
    pub(super) fn get(&self, smiles: &str) -> Option<f64> {
        self.known.get(smiles).copied()
    }

    /// Keeps further answers.
    ///
    /// # Errors
    /// Those of the file system.
    pub(super) fn add(&mut self, answers: &[(&str, f64)]) -> Result<()> {
        let rows: Vec<[String; 2]> = answers
            .iter()
            .map(|(smiles, answer)| [(*smiles).to_owned(), answer.to_string()])
            .collect();
        for (smiles, answer) in answers {
            self.known.insert((*smiles).to_owned(), *answer);
        }
        self.write(&rows)
    }

    fn write<S: AsRef<[u8]>>(&mut self, rows: &[[S; 2]]) -> Result<()> {
        let Some((path, file)) = &mut self.file else {
            return Ok(());
        };
        let cannot = || {
            format!(
                "cannot keep the answers of a command in `{}`",
                path.display()
            )
        };
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in rows {
            writer.write_record(row)?;
        }
        let bytes = writer
            .into_inner()
            .map_err(csv::IntoInnerError::into_error)
            .with_context(cannot)?;
        file.write_all(&bytes).with_context(cannot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_kept_and_belong_to_a_command() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers.csv");
        let command = "python \"dock.py\", fast";
        let mut answers = Answers::open(&path, command).unwrap();
        answers.add(&[("CCO", 0.1 + 0.2), ("C", -7.25)]).unwrap();
        drop(answers);
        let mut cut = std::fs::read(&path).unwrap();
        cut.extend_from_slice(b"CCN,1");
        std::fs::write(&path, cut).unwrap();
        let mut again = Answers::open(&path, command).unwrap();
        let found = ["CCO", "C", "CCN"].map(|smiles| again.get(smiles));
        assert_eq!(found, [Some(0.1 + 0.2), Some(-7.25), None]);
        again.add(&[("CCN", 2.0)]).unwrap();
        assert_eq!(Answers::open(&path, command).unwrap().get("CCN"), Some(2.0));
        let other = Answers::open(&path, "other").unwrap_err().to_string();
        assert!(
            other.contains("the answers of the command `python \"dock.py\", fast`"),
            "{other}"
        );
        let place = Path::new("/no/such/folder/a.csv");
        let missing = Answers::open(place, command).unwrap_err().to_string();
        assert!(missing.contains("`/no/such/folder/a.csv`"), "{missing}");
    }
}
