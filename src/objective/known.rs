//! What is kept of the molecules of a file, with which others are compared.

use rayon::prelude::*;

use crate::chem::Molecule;
use crate::corpus;
use crate::error::{Result, bail};
use crate::progress::Watch;
use crate::table::{ReadOptions, Source};

/// What `of` makes of each molecule of a file, in order. Rows that are no molecules, and those of which it makes nothing, are passed over, and the watcher hears of it.
///
/// # Errors
/// Those of reading; a file without a molecule.
pub fn known<T: Send>(
    file: &Source,
    of: impl Fn(&Molecule) -> Option<T> + Sync,
    watch: &dyn Watch,
) -> Result<Vec<T>> {
    let records = corpus::read(file, &ReadOptions::default(), watch)?;
    let read = |record: &corpus::Record| {
        let molecule = Molecule::parse(&record.smiles);
        let molecule = molecule.map_err(|invalid| (record.row, invalid.to_string()))?;
        of(&molecule).ok_or_else(|| (record.row, "it has no fingerprint".to_owned()))
    };
    let read: Vec<Result<T, (usize, String)>> = records.records.par_iter().map(read).collect();
    let rows = read.len() + records.skipped_count;
    let skipped = records.skipped.into_iter();
    let mut first = skipped.map(|bad| (bad.row, bad.reason)).next();
    let mut found = Vec::new();
    for one in read {
        match one {
            Ok(one) => found.push(one),
            Err(bad) if first.as_ref().is_none_or(|first| bad.0 < first.0) => first = Some(bad),
            Err(_) => {}
        }
    }
    let first = first.map_or_else(String::new, |(row, reason)| {
        format!(", the first in row {row}: {reason}")
    });
    let name = records.path.display();
    if found.is_empty() {
        bail!(Input, "`{name}` has no molecule to compare with{first}");
    }
    if found.len() < rows {
        watch.note(&format!(
            "`{name}`: {} of {rows} rows are not molecules and are passed over{first}",
            rows - found.len()
        ));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[derive(Default)]
    struct Heard(Mutex<Vec<String>>);

    impl Watch for Heard {
        fn note(&self, sentence: &str) {
            self.0.lock().unwrap().push(sentence.to_owned());
        }
    }

    #[test]
    fn what_is_no_molecule_is_passed_over_and_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let heard = Heard::default();
        let read = |text: &str, column: Option<&str>| {
            std::fs::write(&path, text).unwrap();
            let of = |molecule: &Molecule| Some(molecule.canonical().to_owned());
            known(&Source::of(&path, column), of, &heard)
        };
        let text = "name,structure\nx,OCC\ny,C(\nz,CCN\n";
        assert_eq!(read(text, Some("structure")).unwrap(), ["CCO", "CCN"]);
        let told = heard.0.lock().unwrap().join("; ");
        assert!(
            told.contains(
                "1 of 3 rows are not molecules and are passed over, the first in row 3: "
            ),
            "{told}"
        );
        assert_eq!(read("smiles\nOCC\n", None).unwrap(), ["CCO"]);
        let none = read("smiles\nC(\n", None).unwrap_err().to_string();
        assert!(
            none.contains("has no molecule to compare with, the first in row 2: "),
            "{none}"
        );
        assert!(read("smiles\nC\n", Some("structure")).is_err());
    }
}
