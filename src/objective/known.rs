//! What is kept of the molecules of a file, with which others are compared.

use rayon::prelude::*;

use super::FingerprintKind;
use crate::chem::{Counts, CountsIndex, Key, KnownSet, Molecule};
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

/// The molecules of a file, among which the nearest to another one is found.
#[derive(Debug, Clone)]
pub struct KnownMolecules {
    /// The name of the file.
    pub name: String,
    canonical: Vec<String>,
    set: KnownSet,
    index: CountsIndex,
}

impl KnownMolecules {
    /// Those of a file, as [`known`] reads them.
    ///
    /// # Errors
    /// Those of [`known`].
    pub fn read(file: &Source, watch: &dyn Watch) -> Result<Self> {
        let of = |molecule: &Molecule| {
            let bits = FingerprintKind::Ecfp4Bits.of(molecule)?;
            Some((molecule.canonical().to_owned(), bits))
        };
        let (canonical, bits): (Vec<String>, Vec<Counts>) =
            known(file, of, watch)?.into_iter().unzip();
        Ok(Self {
            name: file.name().display().to_string(),
            set: KnownSet::of_canonical(&canonical),
            index: CountsIndex::new(&bits),
            canonical,
        })
    }

    /// Whether a molecule is among them.
    pub fn contains(&self, molecule: &Molecule) -> bool {
        self.set.contains(Key::of(molecule.canonical()))
    }

    /// Canonical SMILES of the nearest by ECFP4, and the Tanimoto similarity to it, 0 to 1.
    pub fn nearest(&self, molecule: &Molecule) -> Option<(&str, f64)> {
        let bits = FingerprintKind::Ecfp4Bits.of(molecule)?;
        let (place, similarity) = self.index.nearest(&bits)?;
        Some((&self.canonical[place], similarity))
    }
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

    #[test]
    fn the_nearest_is_told_with_its_similarity() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.smi");
        std::fs::write(&path, "OCC\nCC(=O)Oc1ccccc1C(=O)O\n").unwrap();
        let known = KnownMolecules::read(&Source::of(&path, None), &Heard::default()).unwrap();
        let check = |text: &str, is_known: bool, expected: &str| {
            let molecule = Molecule::parse(text).unwrap();
            let (nearest, similarity) = known.nearest(&molecule).unwrap();
            assert_eq!((known.contains(&molecule), nearest), (is_known, expected));
            let other = Molecule::parse(nearest).unwrap().fingerprint().unwrap();
            let own = molecule.fingerprint().unwrap();
            approx::assert_abs_diff_eq!(similarity, own.tanimoto(&other));
        };
        check("C(C)O", true, "CCO");
        check("CCCO", false, "CCO");
        check("COC(=O)c1ccccc1OC(C)=O", false, "CC(=O)Oc1ccccc1C(=O)O");
    }
}
