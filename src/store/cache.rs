//! A cache of results on disk, keyed by a hash of the molecules.
//!
//! A file is named after what it holds and begins with what it was computed from; one that is
//! broken, older or of other molecules is as good as none, and is replaced.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::file;

/// The first bytes of every file.
const MAGIC: &[u8] = b"molgpt cache\n";

/// A folder of cached results; without a folder nothing is cached.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: Option<PathBuf>,
}

impl Cache {
    /// The folder `named`, else that of the user's system; none when `off`.
    pub(crate) fn new(named: Option<&Path>, off: bool) -> Self {
        let folder = if off {
            None
        } else {
            named.map(Path::to_owned).or_else(user_folder)
        };
        Self { folder }
    }

    /// The cached bytes of `kind` for the molecules with this `digest`, in this `format`.
    pub(crate) fn load(&self, kind: &str, digest: &str, format: u32) -> Option<Vec<u8>> {
        let bytes = std::fs::read(self.place(kind, digest)?).ok()?;
        let rest = bytes.strip_prefix(head(kind, digest, format).as_slice())?;
        let (sum, payload) = rest.split_at_checked(32)?;
        (Sha256::digest(payload).as_slice() == sum).then(|| payload.to_vec())
    }

    /// Keeps `payload`. A cache that cannot be written costs time only, so that is no error.
    pub(crate) fn store(&self, kind: &str, digest: &str, format: u32, payload: &[u8]) {
        let Some(place) = self.place(kind, digest) else {
            return;
        };
        let mut bytes = head(kind, digest, format);
        bytes.extend_from_slice(&Sha256::digest(payload));
        bytes.extend_from_slice(payload);
        let folder = place.parent().map_or(Ok(()), std::fs::create_dir_all);
        let _ = folder.and_then(|()| file::write(&place, &bytes));
    }

    fn place(&self, kind: &str, digest: &str) -> Option<PathBuf> {
        let short = digest.get(..16).unwrap_or(digest);
        Some(self.folder.as_ref()?.join(format!("{kind}-{short}.bin")))
    }
}

/// The head of a file: the key of its results. It includes the version of the program, because
/// chemistry may change with it.
fn head(kind: &str, digest: &str, format: u32) -> Vec<u8> {
    let version = env!("CARGO_PKG_VERSION");
    let line = format!("{kind} {digest} format {format} version {version}\n");
    [MAGIC, line.as_bytes()].concat()
}

/// The folder for files that may be deleted at any time.
pub(crate) fn user_folder() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let base = folder("XDG_CACHE_HOME")
        .or_else(|| folder("LOCALAPPDATA"))
        .map(PathBuf::from)
        .or_else(|| Some(Path::new(&folder("HOME")?).join(".cache")))?;
    Some(base.join("molgpt"))
}

/// The hash by which sets of molecules are identified: SHA-256 of them, one per line.
pub(crate) fn digest(molecules: &[String]) -> String {
    use std::fmt::Write;
    let mut hash = Sha256::new();
    for molecule in molecules {
        hash.update(molecule);
        hash.update("\n");
    }
    let mut text = String::with_capacity(64);
    for byte in hash.finalize() {
        // A String takes any text.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_files_of_the_same_molecules_count() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(Some(&folder.path().join("new")), false);
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
        let place = cache.place("test", &own).unwrap();
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
        let off = Cache::new(Some(folder.path()), true);
        off.store("test", &own, 1, b"figures");
        assert_eq!(off.load("test", &own, 1), None);
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
