//! Reference sets from files: each file is read once, and what is computed of its molecules is kept
//! in a cache, under a digest of them, for the next evaluation.

use std::path::{Path, PathBuf};

use super::known_file::{KnownFile, KnownMolecules};
use super::reference::FORMAT;
use super::{
    GuacamolSample, Network, SAMPLE, Source, TestSet, TrainingSet, canonical_watched, go_on,
};
use crate::chemnet::{Gaussian, WIDTH, describe};
use crate::corpus;
use crate::error::{Result, bail};
use crate::progress::{Partly, Watch};
use crate::store::{self, Cache};
use crate::table::{self, ReadOptions, TableError};

/// Sets of fewer molecules are computed in seconds and not kept.
pub(super) const WORTH_KEEPING: usize = 5_000;

/// The version of the kept statistics of ChemNet's activations.
const CHEMNET_FORMAT: u32 = 1;

/// A file of molecules, or a stream of them.
#[derive(Clone)]
pub struct MoleculeFile {
    /// The source of the rows.
    pub source: table::Source,
    /// The column that holds the SMILES, as [`ReadOptions::column`].
    pub column: Option<String>,
}

impl MoleculeFile {
    /// The file at this path, with SMILES in the column that its names or its content show.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            source: table::Source::File(path.into()),
            column: None,
        }
    }

    /// Its name without folders: reports may be shared, folders are nobody's business.
    pub fn name(&self) -> String {
        name_of(self.source.name())
    }

    pub(super) fn options(&self) -> ReadOptions {
        ReadOptions {
            column: self.column.clone(),
            ..ReadOptions::default()
        }
    }

    /// Reads its molecules. The watcher hears what was found by content only.
    ///
    /// # Errors
    /// Those of reading; a file without a row, and one of more than ten million;
    /// [`Kind::Cancelled`](crate::error::Kind::Cancelled) when `watch` ends the work.
    pub fn read(&self, watch: &dyn Watch) -> Result<ReferenceFile> {
        let records = corpus::read(&self.source, &self.options(), watch)?;
        go_on(watch)?;
        let smiles: Vec<String> = records
            .records
            .into_iter()
            .map(|record| record.smiles)
            .collect();
        Ok(ReferenceFile {
            name: self.name(),
            path: records.path,
            doubt: records.doubt,
            digest: store::digest(&smiles),
            smiles,
        })
    }
}

/// The molecules of a file, in memory.
#[derive(Debug, Clone)]
pub struct ReferenceFile {
    /// Name of the file without folders.
    name: String,
    /// The file, for messages.
    path: PathBuf,
    /// SHA-256 of the molecules, one a line.
    digest: String,
    smiles: Vec<String>,
    /// What it looks like if it holds no molecule.
    doubt: Option<String>,
}

impl ReferenceFile {
    fn digested(&self) -> Digested<'_> {
        Digested {
            digest: &self.digest,
            molecules: self.smiles.len(),
        }
    }

    /// SHA-256 of its molecules, one a line.
    pub(super) fn digest(&self) -> &str {
        &self.digest
    }

    /// Its molecules as they were read.
    pub(super) fn smiles(&self) -> &[String] {
        &self.smiles
    }

    /// Whether it is so large that what is computed of it is worth keeping.
    pub(super) fn is_worth_keeping(&self) -> bool {
        self.smiles.len() >= WORTH_KEEPING
    }

    /// The provenance of a set of which so many molecules were used.
    pub fn provenance(&self, used: usize) -> Source {
        Source {
            name: self.name.clone(),
            records: self.smiles.len(),
            used,
            digest: self.digest.clone(),
        }
    }
}

/// A set of molecules as the cache knows it.
#[derive(Clone, Copy)]
struct Digested<'a> {
    /// SHA-256 of the molecules, one a line.
    digest: &'a str,
    /// Their number.
    molecules: usize,
}

/// A reference set, and ChemNet's statistics of it or the reason why there are none.
pub type WithChemNet<S> = (S, Result<Gaussian, String>);

/// Computes reference sets, or finds in the cache what was computed before.
#[derive(Debug, Clone, Default)]
pub struct ReferenceSets {
    /// Folder in which statistics of sets of 5,000 or more molecules are cached; `None` for none.
    pub cache: Option<Cache>,
}

impl ReferenceSets {
    /// The training set of a file, with ChemNet's statistics of at most [`SAMPLE`] of its molecules,
    /// evenly spread, where there is a network. Works on the threads of the current pool. `setting`
    /// names the file in messages.
    ///
    /// # Errors
    /// A file without a valid molecule;
    /// [`Kind::Cancelled`](crate::error::Kind::Cancelled) when `watch` ends the work.
    pub fn training(
        &self,
        file: &ReferenceFile,
        setting: &str,
        network: &Network,
        watch: &dyn Watch,
    ) -> Result<WithChemNet<TrainingSet>> {
        let known = self.known_molecules(&file.smiles, &file.digest, watch)?.set;
        require(known.len(), file, setting)?;
        let sample = self.kept(
            "guacamol",
            file.digested(),
            GuacamolSample::from_bytes,
            GuacamolSample::to_bytes,
            || {
                watch.begin("sample of the training set", 0);
                GuacamolSample::draw_watched(&file.smiles, watch)
            },
        )?;
        let set = TrainingSet { known, sample };
        let statistics = self.chemnet("chemnet-draw", file, network, watch, || {
            let texts = spread(&file.smiles, SAMPLE);
            let quietly = Partly {
                watch,
                advances: false,
                stops: true,
            };
            let found = canonical_watched(&texts, &quietly)?;
            Ok(found.into_iter().flatten().collect())
        })?;
        Ok((set, statistics))
    }

    /// The test set of a file, with ChemNet's statistics of all its molecules where there is a
    /// network. Works on the threads of the current pool. `setting` names the file in messages.
    ///
    /// # Errors
    /// As [`Self::training`].
    pub fn test(
        &self,
        file: &ReferenceFile,
        setting: &str,
        network: &Network,
        watch: &dyn Watch,
    ) -> Result<WithChemNet<TestSet>> {
        // Molecules that are parsed for the set need not be parsed again for ChemNet.
        let mut parsed = None;
        let (from_bytes, to_bytes) = (TestSet::from_bytes, TestSet::to_bytes);
        let set = self.kept("test", file.digested(), from_bytes, to_bytes, || {
            watch.begin(&file.name, file.smiles.len() as u64);
            let (set, canonical) = TestSet::measure(&file.smiles, network.is_ok(), watch)?;
            parsed = Some(canonical);
            Ok(set)
        })?;
        require(set.len(), file, setting)?;
        let statistics = self.chemnet("chemnet", file, network, watch, || {
            if let Some(parsed) = parsed {
                return Ok(parsed);
            }
            watch.begin(&file.name, file.smiles.len() as u64);
            let found = canonical_watched(&file.smiles, watch)?;
            Ok(found.into_iter().flatten().collect())
        })?;
        Ok((set, statistics))
    }

    /// The molecules of a file by identity, without stereochemistry too: those that are not novel.
    /// The cache of an evaluation of the same training set is found, and the other way round.
    ///
    /// # Errors
    /// Those of reading; a file without a row or without any molecule;
    /// [`Kind::Cancelled`](crate::error::Kind::Cancelled) when `watch` ends the work.
    pub fn known(&self, file: &MoleculeFile, watch: &dyn Watch) -> Result<KnownFile> {
        KnownFile::read(file, watch, &mut |smiles| {
            let digest = store::digest(smiles);
            self.known_molecules(smiles, &digest, watch)
        })
    }

    fn known_molecules(
        &self,
        smiles: &[String],
        digest: &str,
        watch: &dyn Watch,
    ) -> Result<KnownMolecules> {
        let molecules = smiles.len();
        let set = Digested { digest, molecules };
        let (from_bytes, to_bytes) = (KnownMolecules::from_bytes, KnownMolecules::to_bytes);
        self.kept("known", set, from_bytes, to_bytes, || {
            let mut known = KnownMolecules::default();
            known.add(smiles, watch)?;
            Ok(known)
        })
    }

    /// The cached result of `kind`, else that of `compute`, which is then cached.
    fn kept<T>(
        &self,
        kind: &str,
        set: Digested<'_>,
        from_bytes: impl FnOnce(&[u8]) -> Option<T>,
        to_bytes: impl FnOnce(&T) -> Vec<u8>,
        compute: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let cache = self.cache_for(set.molecules);
        let kept = cache.and_then(|cache| cache.load(kind, set.digest, FORMAT));
        if let Some(kept) = kept.and_then(|bytes| from_bytes(&bytes)) {
            return Ok(kept);
        }
        let found = compute()?;
        if let Some(cache) = cache {
            cache.store(kind, set.digest, FORMAT, &to_bytes(&found));
        }
        Ok(found)
    }

    /// The cache, for a set of so many molecules that it is worth keeping.
    fn cache_for(&self, molecules: usize) -> Option<&Cache> {
        let cache = self.cache.as_ref();
        cache.filter(|_| molecules >= WORTH_KEEPING)
    }

    /// Mean and covariance of ChemNet's activations of the canonical SMILES that `molecules` gives,
    /// or the reason why there are none.
    fn chemnet(
        &self,
        kind: &str,
        file: &ReferenceFile,
        network: &Network,
        watch: &dyn Watch,
        molecules: impl FnOnce() -> Result<Vec<String>>,
    ) -> Result<Result<Gaussian, String>> {
        let network = match network {
            Ok(network) => *network,
            Err(reason) => return Ok(Err(reason.clone())),
        };
        let cache = self.cache_for(file.smiles.len());
        let kept = cache.and_then(|cache| cache.load(kind, &file.digest, CHEMNET_FORMAT));
        if let Some(kept) = kept.and_then(|bytes| Gaussian::from_bytes(&bytes, WIDTH)) {
            return Ok(Ok(kept));
        }
        let molecules = molecules()?;
        let molecules: Vec<&str> = molecules.iter().map(String::as_str).collect();
        let stage = format!("ChemNet, {}", file.name);
        watch.begin(&stage, molecules.len() as u64);
        let statistics = match describe(network, &molecules, watch)? {
            Ok(statistics) => statistics,
            Err(too_few) => return Ok(Err(format!("{}: {too_few}", file.name))),
        };
        if let Some(cache) = cache {
            cache.store(kind, &file.digest, CHEMNET_FORMAT, &statistics.to_bytes());
        }
        Ok(Ok(statistics))
    }
}

/// Refuses a set without molecules.
fn require(molecules: usize, file: &ReferenceFile, setting: &str) -> Result<()> {
    if molecules == 0 {
        if let Some(doubt) = file.doubt.clone() {
            let path = file.path.clone();
            return Err(TableError::NoMolecule { path, doubt }.into());
        }
        bail!(
            Setting,
            "`{}` holds no valid molecule: give another file with setting `{setting}`",
            file.path.display()
        );
    }
    Ok(())
}

/// At most `most` of some texts, evenly spread.
pub(crate) fn spread<S: AsRef<str>>(all: &[S], most: usize) -> Vec<&str> {
    spread_places(all.len(), most)
        .map(|place| all[place].as_ref())
        .collect()
}

/// At most `most` of the places below `count`, evenly spread, in rising order.
pub(super) fn spread_places(count: usize, most: usize) -> impl Iterator<Item = usize> {
    let taken = count.min(most);
    (0..taken).map(move |index| index * count / taken)
}

/// The name of a file without folders; that of `-` is `standard input`.
pub(crate) fn name_of(path: &Path) -> String {
    if path == Path::new("-") {
        return "standard input".to_owned();
    }
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreading_takes_each_once() {
        assert_eq!(spread(&["a", "b", "c", "d"], 2), ["a", "c"]);
        assert_eq!(spread(&["a", "b"], 5), ["a", "b"]);
        assert!(spread::<&str>(&[], 5).is_empty());
    }
}
