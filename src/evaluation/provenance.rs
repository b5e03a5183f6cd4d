//! Provenance of the strings and the reference sets of an evaluation.

use super::Evaluation;

/// An evaluation with its provenance, as a report shows it.
#[derive(Debug, Clone)]
pub struct Evaluated {
    /// The figures.
    pub evaluation: Evaluation,
    /// The files, the version and the command.
    pub provenance: Provenance,
}

/// Provenance of the evaluated strings and the reference sets: printed in reports, not interpreted.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Provenance {
    /// Title of the report.
    pub title: String,
    /// Name of the generated file.
    pub generated: String,
    /// The model that made the strings, if it is known.
    pub model: Option<MadeBy>,
    /// What the model was trained on, where that is not the training set.
    pub train_differs: Option<String>,
    /// The training set, if one was given.
    pub train: Option<Source>,
    /// The test set, if one was given.
    pub test: Option<Source>,
    /// The scaffold test set, if one was given.
    pub test_scaffolds: Option<Source>,
    /// Version of this program.
    pub version: String,
    /// The command line that made the report.
    pub command: String,
}

/// The model that made some strings, and what it was trained on as far as its file tells.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct MadeBy {
    /// Path of the model, as it was named; a link is followed.
    pub model: String,
    /// Path of its run folder, where it lies in one.
    pub run: Option<String>,
    /// Name of the file of molecules that it was trained on.
    pub data: Option<String>,
    /// Rows of that file.
    pub rows: Option<usize>,
    /// Name of the model that was fine-tuned.
    pub parent: Option<String>,
    /// Steps that led to it.
    pub step: Option<u64>,
    /// Its validation loss in nats per token.
    pub validation_loss: Option<f64>,
}

impl MadeBy {
    /// Says what the model was trained on, where that is not this set: another file, or one of other
    /// rows.
    pub fn differs(&self, train: &Source) -> Option<String> {
        let (data, rows) = (self.data.as_deref()?, self.rows?);
        let is_same = data == train.name && rows == train.records;
        (!is_same).then(|| {
            format!(
                "the model was trained on `{data}` ({rows} rows), not on `{}` ({} rows): novelty is against the latter",
                train.name, train.records
            )
        })
    }
}

/// A reference file and what was read from it.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Source {
    /// Name of the file.
    pub name: String,
    /// Records in it.
    pub records: usize,
    /// Records that were used: unique molecules for the training set, valid ones for the test set.
    pub used: usize,
    /// SHA-256 of the molecules as they were read, one a line.
    pub digest: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_training_set_is_told() {
        #[track_caller]
        fn check(model: &MadeBy, name: &str, records: usize, told: bool) {
            let train = Source {
                name: name.to_owned(),
                records,
                ..Source::default()
            };
            assert_eq!(model.differs(&train).is_some(), told);
        }
        let model = MadeBy {
            data: Some("a.csv".to_owned()),
            rows: Some(10),
            ..MadeBy::default()
        };
        check(&model, "a.csv", 10, false);
        check(&model, "b.csv", 10, true);
        check(&model, "a.csv", 11, true);
        check(&MadeBy::default(), "b.csv", 10, false);
    }
}
