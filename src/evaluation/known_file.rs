//! The molecules of a file by identity, and which of its rows are no molecules.

use std::path::Path;

use super::reference::{Reader, Writer};
use super::{MoleculeFile, go_on};
use crate::chem::{Invalid, KnownSet};
use crate::corpus::CorpusError;
use crate::error::{Error, Kind, Result};
use crate::progress::Watch;
use crate::table::{BadRow, Content, TableError};

/// Rows that are in memory together. What is computed of a longer file is not kept.
const TOGETHER: usize = 4_000_000;

/// Molecules that are parsed between two looks at the watch.
const PIECE: usize = 1_000;

/// The molecules of a file by identity, and which of its rows are no molecules.
#[derive(Debug, Clone, Default)]
pub struct KnownFile {
    /// The molecules.
    pub set: KnownSet,
    /// Rows, blank ones not counted.
    pub rows: usize,
    /// Rows that are no molecules.
    pub invalid: usize,
    /// The first of those rows.
    pub first_invalid: Option<BadRow>,
}

impl KnownFile {
    /// Reads a file; `known` finds the molecules among the texts of a whole file.
    pub(super) fn read(
        file: &MoleculeFile,
        watch: &dyn Watch,
        known: &mut dyn FnMut(&[String]) -> Result<KnownMolecules>,
    ) -> Result<Self> {
        let mut rows = file.source.rows(&file.options())?;
        rows.announce(watch);
        let path = rows.name().to_owned();
        let none = rows.no_molecule();
        let mut found = Self::default();
        let (mut lines, mut texts) = (Vec::new(), Vec::new());
        let mut is_whole = true;
        for row in rows.by_ref() {
            let row = row?;
            match row.content {
                Content::Blank => {}
                Content::Text(text) => {
                    lines.push(row.line);
                    texts.push(text);
                }
                Content::Unusable { text, reason } => {
                    found.rows += 1;
                    found.refuse(1, || BadRow::new(row.line, &text, reason));
                }
            }
            if texts.len().is_multiple_of(PIECE) {
                go_on(watch)?;
            }
            if texts.len() == TOGETHER {
                is_whole = false;
                let mut piece = KnownMolecules::default();
                piece.add(&texts, watch)?;
                found.add(piece, &lines, &texts);
                lines.clear();
                texts.clear();
            }
        }
        rows.conclude(watch);
        let molecules = if is_whole {
            known(&texts)?
        } else {
            let mut piece = KnownMolecules::default();
            piece.add(&texts, watch)?;
            piece
        };
        found.add(molecules, &lines, &texts);
        if found.rows == 0 {
            return Err(CorpusError::Empty { path }.into());
        }
        if found.invalid == found.rows {
            return Err(found.no_molecule(&path, none));
        }
        Ok(found)
    }

    /// The error of a file without a molecule, which may be something else.
    fn no_molecule(&self, path: &Path, none: Option<TableError>) -> Error {
        if let Some(none) = none {
            return none.into();
        }
        let first = self.first_invalid.as_ref().map_or_else(String::new, |bad| {
            format!(": row {}, `{}`: {}", bad.row, bad.text, bad.reason)
        });
        Error::new(
            Kind::Input,
            format!("`{}` has no valid molecule{first}", path.display()),
        )
    }

    fn add(&mut self, molecules: KnownMolecules, lines: &[usize], texts: &[String]) {
        self.rows += texts.len();
        if let Some(FirstInvalid {
            place,
            position,
            reason,
        }) = molecules.first_invalid
            && let (Some(&line), Some(text)) = (lines.get(place), texts.get(place))
        {
            let row = || BadRow::at(position, line, text, reason);
            self.refuse(molecules.invalid, row);
        }
        self.set.merge(molecules.set);
    }

    /// Counts invalid rows, of which this is the first.
    fn refuse(&mut self, count: usize, first: impl FnOnce() -> BadRow) {
        self.invalid += count;
        let first = first();
        if self
            .first_invalid
            .as_ref()
            .is_none_or(|known| first.row < known.row)
        {
            self.first_invalid = Some(first);
        }
    }
}

/// The molecules among some texts by identity, and which texts are no molecules.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct KnownMolecules {
    pub(super) set: KnownSet,
    invalid: usize,
    first_invalid: Option<FirstInvalid>,
    texts: usize,
}

/// The first text that is no molecule.
#[derive(Debug, Clone, PartialEq)]
struct FirstInvalid {
    /// Its place among the texts.
    place: usize,
    /// Byte that is to blame, where one is.
    position: Option<usize>,
    reason: String,
}

impl KnownMolecules {
    /// Adds further texts, on the threads of the current pool.
    pub(super) fn add(&mut self, texts: &[String], watch: &dyn Watch) -> Result<()> {
        watch.begin("known molecules", texts.len() as u64);
        for piece in texts.chunks(PIECE) {
            go_on(watch)?;
            let invalid = self.set.add_texts(piece, &|| watch.advance(1));
            self.invalid += invalid.len();
            if self.first_invalid.is_none() {
                let first = invalid.into_iter().next();
                self.first_invalid = first.map(|(place, invalid)| {
                    let reason = invalid.to_string();
                    let Invalid { position, .. } = invalid;
                    FirstInvalid {
                        place: self.texts + place,
                        position,
                        reason,
                    }
                });
            }
            self.texts += piece.len();
        }
        Ok(())
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.known(&self.set);
        out.number(self.texts);
        out.number(self.invalid);
        if let Some(first) = &self.first_invalid {
            out.number(first.place);
            out.number(first.position.map_or(0, |position| position + 1));
            out.text(&first.reason);
        }
        out.finish()
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut input = Reader::new(bytes);
        let (set, texts, invalid) = (input.known()?, input.number()?, input.number()?);
        let first_invalid = if invalid == 0 {
            None
        } else {
            Some(FirstInvalid {
                place: input.number()?,
                position: input.number()?.checked_sub(1),
                reason: input.text()?,
            })
        };
        input.is_at_end().then_some(Self {
            set,
            invalid,
            first_invalid,
            texts,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::{Cache, ReferenceSets};
    use crate::progress::Unwatched;

    #[test]
    fn known_molecules_come_back() {
        for texts in [&["CCO", "C(", "C[C@H](N)O", "c1"][..], &["C"], &[]] {
            let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
            let mut known = KnownMolecules::default();
            known.add(&texts, &Unwatched).unwrap();
            let bytes = known.to_bytes();
            assert_eq!(KnownMolecules::from_bytes(&bytes), Some(known));
            for end in 0..bytes.len() {
                assert_eq!(KnownMolecules::from_bytes(&bytes[..end]), None);
            }
        }
    }

    #[test]
    fn a_file_is_the_same_from_the_cache() {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("cache");
        let sets = ReferenceSets {
            cache: Some(Cache::at(&cache)),
        };
        let rows: Vec<&str> = (0..5_000)
            .map(|row| if row == 70 { "C(" } else { "CCO" })
            .collect();
        let place = folder.path().join("known.csv");
        std::fs::write(&place, format!("smiles\n{}\n", rows.join("\n"))).unwrap();
        for _ in 0..2 {
            let found = sets.known(&MoleculeFile::at(&place), &Unwatched).unwrap();
            assert_eq!((found.rows, found.invalid, found.set.len()), (5_000, 1, 1));
            let first = found.first_invalid.unwrap();
            assert_eq!((first.row, first.text.as_str()), (72, "C("));
            assert_eq!(first.column, Some(1));
        }
        assert_eq!(std::fs::read_dir(&cache).unwrap().count(), 1);
        // The same molecules from another row on.
        std::fs::write(&place, format!("\n\nsmiles\n{}\n", rows.join("\n"))).unwrap();
        let found = sets.known(&MoleculeFile::at(&place), &Unwatched).unwrap();
        assert_eq!(found.first_invalid.unwrap().row, 74);
        assert_eq!(std::fs::read_dir(&cache).unwrap().count(), 1);
    }
}
