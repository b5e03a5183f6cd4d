//! Files that appear whole or not at all: written beside their place, synced, renamed.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file that takes its place when it is finished; dropped before, it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct NewFile {
    file: NamedTempFile,
    place: PathBuf,
}

impl NewFile {
    /// Opens a file in the folder of `place`, of the same extension, with the permissions of an
    /// ordinary new file.
    pub(crate) fn create(place: &Path) -> io::Result<Self> {
        let folder = folder_of(place);
        needs_folder(place)?;
        let suffix = place.extension().map_or_else(String::new, |extension| {
            format!(".{}", extension.to_string_lossy())
        });
        let mut builder = tempfile::Builder::new();
        builder.prefix(".molgpt-").suffix(&suffix);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        Ok(Self {
            file: builder.tempfile_in(folder)?,
            place: place.to_owned(),
        })
    }

    /// The temporary path of the bytes until it is finished, for libraries that write to paths.
    #[cfg(feature = "plots")]
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Puts the file in its place, over an older one.
    pub(crate) fn finish(self) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        self.file
            .persist(&self.place)
            .map_err(|error| error.error)?;
        sync_folder_of(&self.place)
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Makes the folder keep the name of `place`: without this a power cut may bring the old file back.
#[cfg_attr(
    not(unix),
    expect(clippy::unnecessary_wraps, reason = "folders are synced on Unix only")
)]
pub(super) fn sync_folder_of(place: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder_of(place))?.sync_all()?;
    #[cfg(not(unix))]
    let _ = place;
    Ok(())
}

/// Refuses a place in a folder that is not there.
pub(super) fn needs_folder(place: &Path) -> io::Result<()> {
    let folder = folder_of(place);
    if folder.is_dir() {
        return Ok(());
    }
    let what = if folder.exists() {
        "is no folder"
    } else {
        "is not there: make the folder first"
    };
    let message = format!("`{}` {what}", folder.display());
    Err(io::Error::new(io::ErrorKind::NotFound, message))
}

fn folder_of(place: &Path) -> &Path {
    match place.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// The text of a small file; one of more than `most` bytes is refused.
pub(crate) fn read_text(path: &Path, most: u64) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(most + 1).read_to_string(&mut text)?;
    if text.len() as u64 > most {
        let message = format!("it is longer than {most} bytes");
        return Err(io::Error::other(message));
    }
    Ok(text)
}

/// Writes `bytes` to `place` at once.
pub(crate) fn write(place: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = NewFile::create(place)?;
    file.write_all(bytes)?;
    file.finish()
}
