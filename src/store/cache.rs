//! A cache of results on disk, keyed by a hash of the molecules; its files may be deleted at any
//! time.
//!
//! A file is named after what it holds and begins with what it was computed from; one that is
//! broken, older or of other molecules is as good as none, and is replaced. Where all together are too large, those
//! that were not used for longest are deleted.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use super::file;

/// The first bytes of every file.
const MAGIC: &[u8] = b"molgpt cache\n";

/// A folder of cached results.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// The most bytes of all files together: some 40 reference sets of the size of MOSES.
    pub const MOST_BYTES: u64 = 2_000_000_000;

    /// The cache in this folder, which is made when there is something to keep.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The cached bytes of `kind` for the molecules with this `digest`, in this `format`.
    pub(crate) fn load(&self, kind: &str, digest: &str, format: u32) -> Option<Vec<u8>> {
        let place = self.place(kind, digest);
        let bytes = fs::read(&place).ok()?;
        let rest = bytes.strip_prefix(head(kind, digest, format).as_slice())?;
        let (sum, payload) = rest.split_at_checked(32)?;
        if Sha256::digest(payload).as_slice() != sum {
            return None;
        }
        let file = File::options().append(true).open(&place);
        let _ = file.and_then(|file| file.set_modified(SystemTime::now()));
        Some(payload.to_vec())
    }

    /// Keeps `payload`. A cache that cannot be written costs time only, so that is no error.
    pub(crate) fn store(&self, kind: &str, digest: &str, format: u32, payload: &[u8]) {
        let place = self.place(kind, digest);
        let mut bytes = head(kind, digest, format);
        bytes.extend_from_slice(&Sha256::digest(payload));
        bytes.extend_from_slice(payload);
        let folder = place.parent().map_or(Ok(()), fs::create_dir_all);
        let _ = folder.and_then(|()| file::write(&place, &bytes));
        self.prune(Self::MOST_BYTES, &place);
    }

    /// Deletes the files that were not used for longest until no more than `most` bytes are left; `new` stays.
    fn prune(&self, most: u64, new: &Path) {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut files: Vec<(SystemTime, u64, PathBuf)> = entries
            .filter_map(|entry| {
                let (path, data) = (entry.path(), entry.metadata().ok()?);
                let is_own = data.is_file() && path.extension().is_some_and(|it| it == "bin");
                is_own.then_some((data.modified().ok()?, data.len(), path))
            })
            .collect();
        files.sort();
        let mut bytes: u64 = files.iter().map(|(_, length, _)| length).sum();
        for (_, length, path) in files.iter().filter(|(.., path)| path != new) {
            if bytes <= most {
                return;
            }
            if fs::remove_file(path).is_ok() {
                bytes -= length;
            }
        }
    }

    fn place(&self, kind: &str, digest: &str) -> PathBuf {
        let short = digest.get(..16).unwrap_or(digest);
        self.folder.join(format!("{kind}-{short}.bin"))
    }
}

/// The head of a file: the key of its results. It includes the version of the program, because
/// chemistry may change with it.
fn head(kind: &str, digest: &str, format: u32) -> Vec<u8> {
    let version = env!("CARGO_PKG_VERSION");
    let line = format!("{kind} {digest} format {format} version {version}\n");
    [MAGIC, line.as_bytes()].concat()
}

/// The hash by which sets of molecules are identified: SHA-256 of them, one per line, in
/// hexadecimal.
pub(crate) fn digest(molecules: &[String]) -> String {
    let mut hash = Sha256::new();
    for molecule in molecules {
        hash.update(molecule);
        hash.update("\n");
    }
    format!("{:x}", hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_files_of_the_same_molecules_count() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path().join("new"));
        let own = digest(&["CCO".to_owned()]);
        assert_eq!(cache.load("test", &own, 1), None);
        cache.store("test", &own, 1, b"figures");
        assert_eq!(
            cache.load("test", &own, 1).as_deref(),
            Some(&b"figures"[..])
        );
        // Another format, another kind, other molecules, of which the name has only the beginning.
        let other = format!("{}{}", &own[..16], "0".repeat(48));
        assert_eq!(cache.load("test", &own, 2), None);
        assert_eq!(cache.load("train", &own, 1), None);
        assert_eq!(cache.load("test", &other, 1), None);
        let place = cache.place("test", &own);
        let whole = fs::read(&place).unwrap();
        for broken in [&whole[..whole.len() - 1], b"", b"molgpt cache\n"] {
            fs::write(&place, broken).unwrap();
            assert_eq!(cache.load("test", &own, 1), None);
        }
        let mut changed = whole.clone();
        *changed.last_mut().unwrap() ^= 1;
        fs::write(&place, &changed).unwrap();
        assert_eq!(cache.load("test", &own, 1), None);
        cache.store("test", &own, 1, b"figures");
        assert_eq!(fs::read(&place).unwrap(), whole);
    }

    #[test]
    fn files_that_were_not_used_for_longest_are_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        let sets = ["a", "b", "c"].map(|name| digest(&[name.to_owned()]));
        for (age, set) in (1..).zip(&sets) {
            cache.store("test", set, 1, &[0; 1_000]);
            let file = File::options().append(true).open(cache.place("test", set));
            let then = SystemTime::now() - std::time::Duration::from_secs(1_000 - age);
            file.unwrap().set_modified(then).unwrap();
        }
        fs::write(folder.path().join("other.txt"), [0; 9_000]).unwrap();
        let is_there = |set: &String| cache.load("test", set, 1).is_some();
        // The oldest is used again.
        assert!(is_there(&sets[0]));
        cache.prune(2_500, &cache.place("test", &sets[0]));
        assert_eq!(sets.each_ref().map(is_there), [true, false, true]);
        cache.prune(0, &cache.place("test", &sets[2]));
        assert_eq!(sets.each_ref().map(is_there), [false, false, true]);
        assert!(folder.path().join("other.txt").exists());
    }

    #[test]
    fn digests_are_of_lines() {
        // sha256sum of "C\nCO\n".
        let molecules = ["C", "CO"].map(str::to_owned);
        let expected = "6a344631ae4050a13a94ba14db21e03094b074e1dce1014f1d37b9942d13b23b";
        assert_eq!(digest(&molecules), expected);
        assert_ne!(digest(&["CC".to_owned(), "O".to_owned()]), expected);
    }
}
