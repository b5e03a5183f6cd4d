//! Tanimoto similarity of one set of molecules to another, exact, without a matrix in memory.
//!
//! The reference set is kept transposed: a plane for each fingerprint bit, with one bit for each
//! molecule. The common bits of one molecule with 256 others are then counted at once by adding the
//! planes of its own bits with full adders (about five instructions for each bit and 256 pairs),
//! where a popcount of the packed words takes forty instructions for each pair. Blocks hold
//! molecules of one bit count, so within a block the largest common count is the largest similarity.

#![expect(
    clippy::inline_always,
    reason = "the callers choose the vector instructions"
)]

use std::cmp::Ordering;

use rayon::prelude::*;

use crate::progress::Watch;

/// One bit for each of 256 molecules.
type Lane = [u64; 4];
const LANE: usize = 256;
const EMPTY: Lane = [0; 4];

/// Planes of a binary counter: counts up to 2,047 (more than half of the longest fingerprint).
const COUNTER: usize = 11;
/// Queries that go through the blocks together, so that a block is read from memory once for all.
const CHUNK: usize = 256;

/// Fingerprints that others are compared with.
#[derive(Debug, Clone, Default)]
pub struct Index {
    blocks: Vec<Block>,
    /// Block and column of each molecule, in the order given.
    places: Vec<(u32, u8)>,
}

#[derive(Debug, Clone)]
struct Block {
    /// Set bits of every molecule in it.
    bits: usize,
    /// Places of the molecules in the order given, by column.
    members: Vec<u32>,
    /// One plane for each bit of the fingerprint.
    planes: Vec<Lane>,
}

/// The most similar molecule of an [`Index`], the first in the order given of those that are equally
/// similar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// Tanimoto similarity, 0 to 1.
    pub similarity: f64,
    /// Its place in the order given.
    pub place: usize,
}

/// Mean similarity of one molecule to all of an [`Index`].
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Means {
    /// Mean of the similarities.
    pub first: f64,
    /// Mean of their squares.
    pub second: f64,
}

impl Index {
    /// An index of fingerprints of `width` bits, each given by the places of its set bits.
    ///
    /// # Panics
    /// When a place is not below `width`, or a fingerprint has more than 2,047 bits.
    pub fn new(width: usize, fingerprints: &[Vec<u16>]) -> Self {
        let mut by_bits: Vec<u32> = (0..fingerprints.len() as u32).collect();
        by_bits.sort_by_key(|&place| (fingerprints[place as usize].len(), place));
        let mut index = Self {
            blocks: Vec::new(),
            places: vec![(0, 0); fingerprints.len()],
        };
        for place in by_bits {
            let on = &fingerprints[place as usize];
            assert!(on.len() < 1 << COUNTER, "too many bits for the counter");
            let full = |block: &Block| block.bits != on.len() || block.members.len() == LANE;
            if index.blocks.last().is_none_or(full) {
                index.blocks.push(Block {
                    bits: on.len(),
                    members: Vec::new(),
                    planes: vec![EMPTY; width],
                });
            }
            let at = index.blocks.len() - 1;
            let block = &mut index.blocks[at];
            let column = block.members.len();
            block.members.push(place);
            for &bit in on {
                block.planes[usize::from(bit)][column / 64] |= 1 << (column % 64);
            }
            index.places[place as usize] = (at as u32, column as u8);
        }
        index
    }

    /// Number of molecules.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The nearest molecule to each query, in their order; `None` for an empty index or no queries.
    /// Where `watch` asks for the end, what is left is not searched, here and below, and the result means
    /// nothing.
    pub fn nearest(&self, queries: &[Vec<u16>], watch: &dyn Watch) -> Option<Vec<Nearest>> {
        (!self.is_empty() && !queries.is_empty()).then(|| self.search(queries, |_| None, watch))
    }

    /// The nearest other molecule to each molecule of this index, from whose fingerprints it was
    /// made; `None` for fewer than two.
    pub fn nearest_other(&self, own: &[Vec<u16>], watch: &dyn Watch) -> Option<Vec<Nearest>> {
        (self.len() > 1).then(|| self.search(own, |query| Some(self.places[query]), watch))
    }

    fn search(
        &self,
        queries: &[Vec<u16>],
        without: impl Fn(usize) -> Option<(u32, u8)> + Sync,
        watch: &dyn Watch,
    ) -> Vec<Nearest> {
        // Queries of like size share a chunk, so that its blocks can be visited best first.
        let mut order: Vec<usize> = (0..queries.len()).collect();
        order.sort_by_key(|&query| queries[query].len());
        let found: Vec<Vec<(usize, Nearest)>> = order
            .par_chunks(CHUNK)
            .map(|chunk| {
                let middle = queries[chunk[chunk.len() / 2]].len();
                let mut blocks: Vec<usize> = (0..self.blocks.len()).collect();
                blocks.sort_by_key(|&at| self.blocks[at].bits.abs_diff(middle));
                let none = Nearest {
                    similarity: -1.0,
                    place: usize::MAX,
                };
                let mut best = vec![none; chunk.len()];
                pulp::Arch::new().dispatch(|| {
                    for at in blocks.into_iter().take_while(|_| !watch.stop()) {
                        for (&query, best) in chunk.iter().zip(&mut best) {
                            let skip = without(query).filter(|&(block, _)| block as usize == at);
                            self.blocks[at].improve(&queries[query], skip.map(|s| s.1), best);
                        }
                    }
                });
                chunk.iter().copied().zip(best).collect()
            })
            .collect();
        let mut nearest = vec![
            Nearest {
                similarity: 0.0,
                place: 0
            };
            queries.len()
        ];
        for (query, best) in found.into_iter().flatten() {
            nearest[query] = best;
        }
        nearest
    }

    /// The mean similarity of each query to all molecules; `None` for an empty index.
    pub fn means(&self, queries: &[Vec<u16>], watch: &dyn Watch) -> Option<Vec<Means>> {
        if self.is_empty() {
            return None;
        }
        let chunks: Vec<Vec<Means>> = queries
            .par_chunks(CHUNK)
            .map(|chunk| {
                let mut sums = vec![Means::default(); chunk.len()];
                pulp::Arch::new().dispatch(|| {
                    for block in self.blocks.iter().take_while(|_| !watch.stop()) {
                        for (query, sum) in chunk.iter().zip(&mut sums) {
                            block.add_to(query, sum);
                        }
                    }
                });
                let count = self.len() as f64;
                for sum in &mut sums {
                    sum.first /= count;
                    sum.second /= count;
                }
                sums
            })
            .collect();
        Some(chunks.concat())
    }
}

/// Tanimoto similarity of `a` and `b` set bits of which `common` are the same; 1 for two empty ones.
fn tanimoto(a: usize, b: usize, common: usize) -> f64 {
    if a + b == 0 {
        return 1.0;
    }
    common as f64 / (a + b - common) as f64
}

impl Block {
    /// The columns that hold a molecule.
    #[inline(always)]
    fn filled(&self) -> Lane {
        let count = self.members.len();
        std::array::from_fn(|word| match count.saturating_sub(64 * word) {
            0 => 0,
            left if left >= 64 => u64::MAX,
            left => (1 << left) - 1,
        })
    }

    /// Replaces `best` when a molecule here, other than that in column `skip`, is nearer, or is as
    /// near and comes before it in the order given.
    #[inline(always)]
    fn improve(&self, query: &[u16], skip: Option<u8>, best: &mut Nearest) {
        let bits = query.len();
        let most = tanimoto(bits, self.bits, bits.min(self.bits));
        // The members are in the order given.
        let may_be_before = |place: usize| (self.members[0] as usize) < place;
        match most.total_cmp(&best.similarity) {
            Ordering::Less => return,
            Ordering::Equal if !may_be_before(best.place) => return,
            _ => (),
        }
        let (planes, used) = count(&self.planes, query);
        let mut mask = self.filled();
        if let Some(column) = skip {
            mask[usize::from(column) / 64] &= !(1 << (column % 64));
        }
        if mask == EMPTY {
            return;
        }
        let mut common = 0;
        for plane in (0..used).rev() {
            let with = and(&mask, &planes[plane]);
            if with != EMPTY {
                mask = with;
                common |= 1 << plane;
            }
        }
        let similarity = tanimoto(bits, self.bits, common);
        if similarity >= best.similarity {
            let word = mask.iter().position(|&word| word != 0).unwrap_or_default();
            let column = 64 * word + mask[word].trailing_zeros() as usize;
            let place = self.members[column] as usize;
            if similarity > best.similarity || place < best.place {
                *best = Nearest { similarity, place };
            }
        }
    }

    /// Adds the similarities of all molecules here to `sum`.
    #[inline(always)]
    fn add_to(&self, query: &[u16], sum: &mut Means) {
        let (planes, used) = count(&self.planes, query);
        // Splits the columns by their count, the highest plane first.
        let mut open = [(EMPTY, 0, 0); COUNTER + 2];
        open[0] = (self.filled(), used, 0_usize);
        let mut depth = 1;
        while depth > 0 {
            depth -= 1;
            let (mask, plane, common) = open[depth];
            if mask == EMPTY {
                continue;
            }
            if plane == 0 {
                let members: u32 = mask.iter().map(|word| word.count_ones()).sum();
                let similarity = tanimoto(query.len(), self.bits, common);
                sum.first += f64::from(members) * similarity;
                sum.second += f64::from(members) * similarity * similarity;
                continue;
            }
            let with = and(&mask, &planes[plane - 1]);
            let without = std::array::from_fn(|word| mask[word] & !planes[plane - 1][word]);
            open[depth] = (without, plane - 1, common);
            open[depth + 1] = (with, plane - 1, common | 1 << (plane - 1));
            depth += 2;
        }
    }
}

#[inline(always)]
fn and(a: &Lane, b: &Lane) -> Lane {
    std::array::from_fn(|word| a[word] & b[word])
}

/// Sum and carry of three bits, for every column.
#[inline(always)]
fn add(a: &Lane, b: &Lane, c: &Lane) -> (Lane, Lane) {
    let sum = std::array::from_fn(|word| a[word] ^ b[word] ^ c[word]);
    let carry = std::array::from_fn(|word| (a[word] & b[word]) | ((a[word] ^ b[word]) & c[word]));
    (sum, carry)
}

/// For every column the number of planes in `on` that have its bit, as binary digits in planes from
/// the lowest, and how many digits can be set.
#[inline(always)]
fn count(planes: &[Lane], on: &[u16]) -> ([Lane; COUNTER], usize) {
    let mut digits = [EMPTY; COUNTER];
    let plane = |at: usize| on.get(at).map_or(&EMPTY, |&bit| &planes[usize::from(bit)]);
    for start in (0..on.len()).step_by(8) {
        // Eight planes at a time, so that carries go up a tree and not through every digit.
        let [ones, twos, fours, ..] = digits;
        let (ones, a) = add(&ones, plane(start), plane(start + 1));
        let (ones, b) = add(&ones, plane(start + 2), plane(start + 3));
        let (twos, c) = add(&twos, &a, &b);
        let (ones, a) = add(&ones, plane(start + 4), plane(start + 5));
        let (ones, b) = add(&ones, plane(start + 6), plane(start + 7));
        let (twos, d) = add(&twos, &a, &b);
        let (fours, mut carry) = add(&fours, &c, &d);
        (digits[0], digits[1], digits[2]) = (ones, twos, fours);
        for digit in &mut digits[3..] {
            if carry == EMPTY {
                break;
            }
            let next = and(digit, &carry);
            *digit = std::array::from_fn(|word| digit[word] ^ carry[word]);
            carry = next;
        }
    }
    let used = usize::BITS - on.len().leading_zeros();
    (digits, (used as usize).min(COUNTER))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Unwatched;

    /// `count` fingerprints of 300 bits, of which each molecule has its own share.
    fn draw(count: usize, seed: u64) -> Vec<Vec<u16>> {
        let mut state = seed;
        let mut next = || {
            state += 1;
            super::super::scramble(state)
        };
        (0..count)
            .map(|_| {
                let share = next() % 40;
                (0..300).filter(|_| next() % 100 < share).collect()
            })
            .collect()
    }

    fn plain(a: &[u16], b: &[u16]) -> f64 {
        let common = a.iter().filter(|bit| b.contains(bit)).count();
        tanimoto(a.len(), b.len(), common)
    }

    #[test]
    fn nearest_and_means_are_those_of_all_pairs() {
        let (mut reference, queries) = (draw(450, 1), draw(70, 2_000_000));
        // Every molecule twice, so that there are equals in different blocks and in one.
        reference.extend(reference.clone());
        let index = Index::new(300, &reference);
        let nearest = index.nearest(&queries, &Unwatched).expect("an index");
        let means = index.means(&queries, &Unwatched).expect("an index");
        for ((query, nearest), means) in queries.iter().zip(nearest).zip(means) {
            let all: Vec<f64> = reference.iter().map(|other| plain(query, other)).collect();
            let best = all.iter().copied().fold(0.0, f64::max);
            approx::assert_relative_eq!(nearest.similarity, best);
            let first = all.iter().position(|other| other.total_cmp(&best).is_eq());
            assert_eq!(Some(nearest.place), first, "the first of equals");
            let mean = |power: i32| all.iter().map(|t| t.powi(power)).sum::<f64>() / 900.0;
            approx::assert_relative_eq!(means.first, mean(1), max_relative = 1e-12);
            approx::assert_relative_eq!(means.second, mean(2), max_relative = 1e-12);
        }
    }

    #[test]
    fn a_molecule_is_not_its_own_neighbour() {
        let own = draw(400, 3);
        let found = Index::new(300, &own).nearest_other(&own, &Unwatched);
        let found = found.expect("many");
        for (place, (query, found)) in own.iter().zip(found).enumerate() {
            let others = own.iter().enumerate().filter(|(other, _)| *other != place);
            let best = others
                .map(|(_, other)| plain(query, other))
                .fold(0.0, f64::max);
            approx::assert_relative_eq!(found.similarity, best);
            assert_ne!(found.place, place);
        }
    }

    #[test]
    fn empty_sets_and_empty_fingerprints() {
        let (none, one) = (Index::new(8, &[]), Index::new(8, &[vec![1]]));
        assert_eq!(none.nearest(&[vec![1]], &Unwatched), None);
        assert_eq!(one.nearest_other(&[vec![1]], &Unwatched), None);
        let index = Index::new(8, &[vec![], vec![1]]);
        let found = index.nearest(&[vec![]], &Unwatched).expect("two");
        assert_eq!(
            found,
            [Nearest {
                similarity: 1.0,
                place: 0
            }]
        );
    }
}
