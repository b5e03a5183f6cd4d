//! What a classifier sees of a molecule: a folded fingerprint, of counts or of bits.

use crate::chem::{CountKind, Molecule};

/// A fingerprint with its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Features {
    kind: CountKind,
    is_bits: bool,
    length: u16,
}

impl Features {
    /// The fingerprint of this name, folded to `length` places; `None` for a name that there is not.
    pub(super) fn named(name: &str, length: u16) -> Option<Self> {
        let of_bits = name.strip_suffix("_bits");
        let kind = match of_bits.unwrap_or(name) {
            "ecfp4" => CountKind::Ecfp4,
            "ecfp6" => CountKind::Ecfp6,
            "fcfp4" => CountKind::Fcfp4,
            "fcfp6" => CountKind::Fcfp6,
            _ => return None,
        };
        Some(Self {
            kind,
            is_bits: of_bits.is_some(),
            length,
        })
    }

    /// The places of a molecule's fingerprint that are not 0, in rising order, each with its count; `None`
    /// for a molecule without counts.
    pub(super) fn of(self, molecule: &Molecule) -> Option<Vec<(u16, u32)>> {
        let mut places = molecule.counts(self.kind)?.folded(self.length);
        if self.is_bits {
            for (_, count) in &mut places {
                *count = 1;
            }
        }
        Some(places)
    }
}
