//! Synthetic accessibility, 1 (easy) to 10 (hard): Ertl and Schuffenhauer 2009
//! (<https://doi.org/10.1186/1758-2946-1-8>), as RDKit's Contrib computes it.
//!
//! The score of a molecule is the mean score of its circular environments, which is high for
//! environments that are frequent among known molecules, less penalties for size and complexity.
//! The 705,292 scores of environments are those of RDKit, packed without loss by
//! `data/make_tables.py`; `SA_LICENSE` has their licence.

use std::sync::LazyLock;

use chematic::chem as properties;
use chematic::core::Molecule;
use chematic::perception::find_sssr_shared;

/// Score of an environment that is not in the table.
const UNKNOWN: f64 = -4.0;
/// Rings of more atoms than this count as macrocycles.
const LARGEST_RING: usize = 8;

/// SA score of a molecule, 1 to 10, from its circular environments (identifier, number of atoms);
/// `None` without any.
pub(super) fn sa_score(graph: &Molecule, environments: &[(u32, u32)]) -> Option<f64> {
    if environments.is_empty() {
        return None;
    }
    let table = &*TABLE;
    let (mut sum, mut count) = (0.0, 0.0);
    for &(identifier, times) in environments {
        sum += table.score(identifier).unwrap_or(UNKNOWN) * f64::from(times);
        count += f64::from(times);
    }
    let atoms = graph.atom_count() as f64;
    let log = |number: usize| (number as f64 + 1.0).log10();
    let macrocycle = find_sssr_shared(graph)
        .rings()
        .iter()
        .any(|ring| ring.len() > LARGEST_RING);
    let penalty = atoms.powf(1.005) - atoms
        + log(properties::num_stereocenters(graph))
        + log(properties::num_spiro_atoms(graph))
        + log(properties::num_bridgehead_atoms(graph))
        + if macrocycle { 2.0_f64.log10() } else { 0.0 };
    // Symmetric molecules have fewer environments than atoms and are easier to make.
    let distinct = environments.len() as f64;
    let symmetry = if atoms > distinct {
        (atoms / distinct).ln() * 0.5
    } else {
        0.0
    };
    let (lowest, highest) = (-4.0, 2.5);
    let raw = sum / count - penalty + symmetry;
    let score = 11.0 - (raw - lowest + 1.0) / (highest - lowest) * 9.0;
    let smooth = if score > 8.0 {
        8.0 + (score - 8.0).ln()
    } else {
        score
    };
    Some(smooth.clamp(1.0, 10.0))
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    Table::unpack(include_bytes!("sa_fragments.bin"))
        .expect("the table inside the program is whole, which a test checks")
});

/// Scores of circular environments by identifier.
struct Table {
    /// Identifiers in rising order.
    identifiers: Vec<u32>,
    /// Their scores times 10,000.
    scores: Vec<i16>,
    /// For each value of the upper 16 bits, the index of its first identifier: 65,537 numbers.
    starts: Vec<u32>,
}

impl Table {
    fn score(&self, identifier: u32) -> Option<f64> {
        let upper = (identifier >> 16) as usize;
        let (start, end) = (self.starts[upper] as usize, self.starts[upper + 1] as usize);
        let place = self.identifiers[start..end]
            .binary_search(&identifier)
            .ok()?;
        Some(f64::from(self.scores[start + place]) / 10_000.0)
    }

    /// Reads the layout that `data/make_tables.py` describes; `None` when it is cut short.
    fn unpack(bytes: &[u8]) -> Option<Self> {
        let word = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let groups = word(0)? as usize;
        let mut bits = Bits {
            bytes: bytes.get(4 + 9 * groups..)?,
            at: 0,
        };
        let mut rows: Vec<(u32, i16)> = Vec::new();
        for group in 0..groups {
            let head = 4 + 9 * group;
            let score = i16::try_from(word(head)?.cast_signed()).ok()?;
            let parameter = u32::from(*bytes.get(head + 8)?);
            let mut next = 0_u32;
            for _ in 0..word(head + 4)? {
                let mut quotient = 0;
                while bits.take(1)? == 1 {
                    quotient += 1;
                }
                let gap = (quotient << parameter) + bits.take(parameter)?;
                rows.push((next.checked_add(gap)?, score));
                next = next.wrapping_add(gap).wrapping_add(1);
            }
        }
        rows.sort_unstable();
        let starts = (0..=1 << 16)
            .map(|upper: u64| rows.partition_point(|row| u64::from(row.0 >> 16) < upper) as u32)
            .collect();
        let (identifiers, scores) = rows.into_iter().unzip();
        Some(Self {
            identifiers,
            scores,
            starts,
        })
    }
}

/// A stream of bits, the lowest of each byte first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for place in 0..count {
            let byte = self.bytes.get(self.at / 8)?;
            value |= u32::from(byte >> (self.at % 8) & 1) << place;
            self.at += 1;
        }
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        assert_eq!(TABLE.identifiers.len(), 705_292);
        assert!(TABLE.identifiers.is_sorted());
        // Rows of RDKit's table.
        assert_eq!(TABLE.score(0), None);
        let bytes = include_bytes!("sa_fragments.bin");
        assert!(Table::unpack(&bytes[..bytes.len() / 2]).is_none());
        assert!(Table::unpack(&[]).is_none());
    }
}
