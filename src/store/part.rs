//! A file that grows beside its place, `NAME.part`, with a note of how far the work is,
//! `NAME.part.json`: what a killed process wrote, the next one goes on with, to the same file.
//!
//! Work is written in pieces. A piece is kept when its bytes and then the note are on the disk;
//! what comes after the noted end is cut off on the next start. Knows nothing of what the work is.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::{Context, Result, bail, ensure};
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use super::file;

/// Bytes of a note at most.
const LONGEST_NOTE: u64 = 1 << 16;

/// The progress of the work.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    /// The request: another one is other work.
    request: String,
    /// Bytes that are kept.
    bytes: u64,
    /// The state of the work, as its flow notes it.
    work: serde_json::Value,
}

/// An open file that grows, locked against other processes.
#[derive(Debug)]
pub(crate) struct Part {
    file: File,
    gzip: bool,
    piece: Vec<u8>,
    request: String,
    bytes: u64,
    place: PathBuf,
    path: PathBuf,
    note: PathBuf,
}

fn beside(place: &Path, ending: &str) -> PathBuf {
    let mut name = place.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

impl Part {
    /// Begins the file for `place`, or goes on with it; the second value is the work's last note.
    /// `request` is a text of all that decides the work.
    ///
    /// # Errors
    /// A file that is there and should not be, or the reverse; one of another request, shorter than
    /// noted, or in use; and those of the operating system.
    pub(crate) fn open(
        place: &Path,
        request: &str,
        resume: bool,
    ) -> Result<(Self, Option<serde_json::Value>)> {
        let (part, note) = (beside(place, ".part"), beside(place, ".part.json"));
        let shown = part.display();
        let cannot = || format!("cannot write `{shown}`");
        ensure!(
            resume || !note.exists(),
            Setting,
            "`{shown}` holds the rows of an interrupted run: setting `resume` goes on with it, or remove it"
        );
        ensure!(
            !resume || note.exists(),
            Setting,
            "there is no interrupted run to go on with: `{}` is missing",
            note.display()
        );
        file::needs_folder(place).with_context(|| format!("cannot write `{}`", place.display()))?;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&part)
            .with_context(cannot)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                bail!(
                    Setting,
                    "another process writes `{shown}`: wait for its end"
                )
            }
            Err(fs::TryLockError::Error(error)) => return Err(error).with_context(cannot),
        }
        let noted: Option<Note> = if resume {
            let reading = || format!("cannot read `{}`", note.display());
            let text = file::read_text(&note, LONGEST_NOTE).with_context(reading)?;
            Some(serde_json::from_str(&text).with_context(reading)?)
        } else {
            None
        };
        let bytes = noted.as_ref().map_or(0, |noted| noted.bytes);
        if let Some(noted) = &noted {
            ensure!(
                noted.request == request,
                Setting,
                "`{shown}` was begun with another model, seed or setting: give those, or remove it"
            );
            let length = file.metadata().with_context(cannot)?.len();
            ensure!(
                length >= bytes,
                Setting,
                "`{shown}` has {length} bytes of the {bytes} that were kept: remove it and begin anew"
            );
        }
        file.set_len(bytes).with_context(cannot)?;
        let mut part = Self {
            file,
            gzip: place
                .extension()
                .is_some_and(|ending| ending.eq_ignore_ascii_case("gz")),
            piece: Vec::new(),
            request: request.to_owned(),
            bytes,
            place: place.to_owned(),
            path: part,
            note,
        };
        part.file
            .seek(SeekFrom::End(0))
            .with_context(|| message(place))?;
        Ok((part, noted.map(|noted| noted.work)))
    }

    /// The text kept so far.
    pub(crate) fn kept(&self) -> io::Result<Box<dyn Read>> {
        let file = BufReader::new(File::open(&self.path)?.take(self.bytes));
        // Before the first piece of work there is not even a header of gzip.
        Ok(if self.gzip && self.bytes > 0 {
            Box::new(MultiGzDecoder::new(file))
        } else {
            Box::new(file)
        })
    }

    /// Adds bytes to the piece of work that is under way; they are in memory until [`Part::keep`].
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.write(bytes)
    }

    /// Ends a piece of work: its bytes, then the note `work`, are on the disk when this returns.
    pub(crate) fn keep(&mut self, work: &serde_json::Value) -> io::Result<()> {
        self.append()?;
        let note = Note {
            request: self.request.clone(),
            bytes: self.bytes,
            work: work.clone(),
        };
        file::write(&self.note, &serde_json::to_vec(&note)?)
    }

    fn append(&mut self) -> io::Result<()> {
        let piece = std::mem::take(&mut self.piece);
        if piece.is_empty() {
            return Ok(());
        }
        let piece = if self.gzip {
            let mut packed = GzEncoder::new(Vec::new(), Compression::default());
            packed.write_all(&piece)?;
            packed.finish()?
        } else {
            piece
        };
        self.file.write_all(&piece)?;
        self.file.sync_data()?;
        self.bytes += piece.len() as u64;
        Ok(())
    }

    /// Puts the whole file in its place.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.append()?;
        self.file.sync_all()?;
        fs::rename(&self.path, &self.place)?;
        file::sync_folder_of(&self.place)?;
        fs::remove_file(&self.note).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })
    }
}

fn message(place: &Path) -> String {
    format!("cannot write `{}`", beside(place, ".part").display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(part: &mut Part, text: &str, done: u32) {
        part.write(text.as_bytes()).unwrap();
        part.keep(&done.into()).unwrap();
    }

    #[track_caller]
    fn check(name: &str) {
        let folder = tempfile::tempdir().unwrap();
        let whole = folder.path().join(format!("whole.{name}"));
        let (mut part, work) = Part::open(&whole, "a", false).unwrap();
        assert_eq!(work, None);
        written(&mut part, "one\n", 1);
        written(&mut part, "two\n", 2);
        part.finish().unwrap();

        let place = folder.path().join(format!("broken.{name}"));
        let (mut part, _) = Part::open(&place, "a", false).unwrap();
        written(&mut part, "one\n", 1);
        // A process that dies within a piece, after its bytes and before its note.
        part.write(b"tw").unwrap();
        part.append().unwrap();
        let busy = Part::open(&place, "a", true).unwrap_err();
        assert!(busy.to_string().contains("another process"), "{busy}");
        drop(part);
        assert!(!place.exists());
        let new = Part::open(&place, "a", false).unwrap_err();
        assert!(new.to_string().contains("setting `resume`"), "{new}");
        let other = Part::open(&place, "b", true).unwrap_err();
        assert!(other.to_string().contains("another model"), "{other}");

        let (mut part, work) = Part::open(&place, "a", true).unwrap();
        assert_eq!(work, Some(1.into()));
        let mut kept = String::new();
        part.kept().unwrap().read_to_string(&mut kept).unwrap();
        assert_eq!(kept, "one\n");
        written(&mut part, "two\n", 2);
        part.finish().unwrap();
        assert!(fs::read(&place).unwrap() == fs::read(&whole).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn an_interrupted_file_becomes_the_whole_one() {
        check("csv");
        check("csv.gz");
    }
}
