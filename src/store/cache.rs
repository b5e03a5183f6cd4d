//! A cache of results on disk, keyed by a hash of the molecules; its files may be deleted at any
//! time.
//!
//! A file is named after what it holds and begins with what it was computed from; one that is
//! broken, older or of other molecules is as good as none, and is replaced.

use std::path::PathBuf;

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
    /// The cache in this folder, which is made when there is something to keep.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The cached bytes of `kind` for the molecules with this `digest`, in this `format`.
    pub(crate) fn load(&self, kind: &str, digest: &str, format: u32) -> Option<Vec<u8>> {
        let bytes = std::fs::read(self.place(kind, digest)).ok()?;
        let rest = bytes.strip_prefix(head(kind, digest, format).as_slice())?;
        let (sum, payload) = rest.split_at_checked(32)?;
        (Sha256::digest(payload).as_slice() == sum).then(|| payload.to_vec())
    }

    /// Keeps `payload`. A cache that cannot be written costs time only, so that is no error.
    pub(crate) fn store(&self, kind: &str, digest: &str, format: u32, payload: &[u8]) {
        let place = self.place(kind, digest);
        let mut bytes = head(kind, digest, format);
        bytes.extend_from_slice(&Sha256::digest(payload));
        bytes.extend_from_slice(payload);
        let folder = place.parent().map_or(Ok(()), std::fs::create_dir_all);
        let _ = folder.and_then(|()| file::write(&place, &bytes));
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
        let whole = std::fs::read(&place).unwrap();
        for broken in [&whole[..whole.len() - 1], b"", b"molgpt cache\n"] {
            std::fs::write(&place, broken).unwrap();
            assert_eq!(cache.load("test", &own, 1), None);
        }
        let mut changed = whole.clone();
        *changed.last_mut().unwrap() ^= 1;
        std::fs::write(&place, &changed).unwrap();
        assert_eq!(cache.load("test", &own, 1), None);
        cache.store("test", &own, 1, b"figures");
        assert_eq!(std::fs::read(&place).unwrap(), whole);
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
