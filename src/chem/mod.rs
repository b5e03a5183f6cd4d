//! Chemistry: the only room that names the chemistry crate.
//!
//! Text in, molecule or reason out. Knows nothing of files, tokens or models.
//!
//! - `smiles/`: the text itself, without chemistry: syntax, graph, normalization, randomization;
//! - `repair/`: what makes the chemistry crate read a molecule as RDKit reads it;
//! - `molfile/`: molecule blocks of SD files;
//! - `molecule`: the verdict, the canonical form, scaffolds and fragments of a [`Molecule`];
//! - `properties/`, `property`, `formula`, `elements`, `fingerprint`, `counts`, `filters/`: what is computed of one;
//! - `pattern/`: substructure patterns in SMARTS;
//! - `depict/`, `molblock`: its drawing, as a picture and as a mol block;
//! - `open_shell`, `stereo_marks`: what a canonical form does not show: unpaired electrons, and
//!   stereo marks that mark nothing, both by `perceived`;
//! - `composition`, `standardize`: its parts, and simpler molecules from it;
//! - `key`: its identity, and sets of known molecules.

mod brics;
mod composition;
mod counts;
mod depict;
mod elements;
mod filters;
mod fingerprint;
mod formula;
mod invalid;
mod key;
mod molblock;
mod molecule;
mod molfile;
mod open_shell;
mod pattern;
mod perceived;
mod properties;
mod property;
mod repair;
mod smiles;
mod standardize;
mod stereo_marks;

pub use composition::{Composition, is_element};
pub use counts::{CountKind, Counts, CountsIndex};
pub use depict::{
    Cell, Depiction, Highlights, Legend, Options as DepictOptions, PngError, Point, Scale, Shade,
    Sheet, Style, Theme,
};
pub use elements::Elements;
pub use fingerprint::{Environments, Fingerprint};
pub use invalid::{Cause, Invalid, MAX_LENGTH};
pub use key::{Key, KnownSet};
pub use molblock::TooLarge;
pub use molecule::Molecule;
pub use molfile::{MolBlock, NoMolBlock};
pub use open_shell::OpenShell;
pub use pattern::{Pattern, PatternError};
pub use properties::{Complexity, Descriptors};
pub use property::{Property, PropertyKind, PropertyValue, UnknownProperty};
pub(crate) use repair::matching::maximum as maximum_matching;
pub use smiles::{
    Fragment, FragmentError, FragmentSpelling, SmilesLine, augmentation_tokens, cross, mutate,
    randomize,
};
pub use standardize::{Standardization, Standardized};
pub use stereo_marks::IdleMarks;

/// Atomic number of an atom; 0 for a wildcard.
fn atomic_number(atom: &chematic::core::Atom) -> u8 {
    if atom.wildcard {
        0
    } else {
        atom.element.atomic_number()
    }
}

/// Symbol of an atom's element; `*` for a wildcard.
fn symbol(atom: &chematic::core::Atom) -> &'static str {
    if atom.wildcard {
        "*"
    } else {
        atom.element.symbol()
    }
}
