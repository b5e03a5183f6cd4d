//! Products of packed factors, square by square.

use std::cell::RefCell;
use std::ops::Range;

use super::amx::{Configured, SQUARE, square};
use super::machine::Tiles;
use super::pack::{BLOCK, DEEP, Form, Row, SIDE, pack};
use super::{Factor, Product};

/// Bytes of the packed factor that stays in the second-level cache while the other passes by.
const RESIDENT: usize = 1 << 20;

/// Lines of the other factor that are packed together, so that they are read in long runs.
const TOGETHER: usize = 4 * SQUARE;

/// Depths that are packed together at most: lines of them must fit beside [`RESIDENT`].
const DEPTHS: usize = 512;

thread_local! {
    /// Packed factors, as large as the largest so far: the one that stays and lines of the other.
    static PACKED: RefCell<[Vec<Row>; 2]> = const { RefCell::new([Vec::new(), Vec::new()]) };
}

impl Tiles {
    /// `left * right`, as close as single-precision instructions come.
    ///
    /// # Panics
    /// When the shapes do not fit each other or the slices.
    pub(crate) fn multiply(self, mut product: Product, left: Factor, right: Factor) {
        let depth = left.depth;
        assert!(depth > 0 && depth == right.depth, "factors of one depth");
        let tiles = Configured::new(self);
        // The smaller factor stays in the cache.
        let left_passes = left.lines >= right.lines;
        let (staying, passing) = if left_passes {
            ((right, Form::Pairs), (left, Form::Lines))
        } else {
            ((left, Form::Lines), (right, Form::Pairs))
        };
        let lines = staying.0.lines.next_multiple_of(SQUARE);
        let bytes_of_a_depth = lines * BLOCK * size_of::<Row>() / SIDE / DEEP;
        let most = (RESIDENT / bytes_of_a_depth).clamp(2 * DEEP, DEPTHS);
        let depths = depth.div_ceil(depth.div_ceil(most)).next_multiple_of(DEEP);
        PACKED.with_borrow_mut(|[stays, passes]| {
            for from in (0..depth).step_by(depths) {
                let range = from..(from + depths).min(depth);
                let stays = self.strips(staying, 0..staying.0.lines, range.clone(), stays);
                for group in (0..passing.0.lines).step_by(TOGETHER) {
                    let end = (group + TOGETHER).min(passing.0.lines);
                    let passes = self.strips(passing, group..end, range.clone(), passes);
                    for (first, passes) in passes.squares() {
                        for (other, stays) in stays.squares() {
                            if left_passes {
                                product.square(&tiles, [group + first, other], passes, stays);
                            } else {
                                product.square(&tiles, [other, group + first], stays, passes);
                            }
                        }
                    }
                }
                product.add = true;
            }
        });
    }

    /// Packs lines of a factor into a buffer that grows as needed.
    fn strips<'a>(
        self,
        (factor, form): (Factor, Form),
        lines: Range<usize>,
        depths: Range<usize>,
        buffer: &'a mut Vec<Row>,
    ) -> Strips<'a> {
        let strip = depths.len().div_ceil(DEEP) * BLOCK;
        let length = lines.len().div_ceil(SQUARE) * 2 * strip;
        if buffer.len() < length {
            buffer.resize(length, Row::ZERO);
        }
        let rows = &mut buffer[..length];
        let packed = lines.len().div_ceil(SIDE) * strip;
        rows[packed..].fill(Row::ZERO);
        pack(self, factor, lines, depths, form, &mut rows[..packed]);
        Strips { rows, strip }
    }
}

/// Packed lines, in whole squares.
struct Strips<'a> {
    rows: &'a [Row],
    /// Rows of a strip of [`SIDE`] lines.
    strip: usize,
}

impl Strips<'_> {
    /// The first line of each square, and its two strips.
    fn squares(&self) -> impl Iterator<Item = (usize, &[Row])> {
        let squares = self.rows.chunks_exact(2 * self.strip);
        squares
            .enumerate()
            .map(|(index, rows)| (index * SQUARE, rows))
    }
}

impl Product<'_> {
    /// The part from a row and a column on, of two strips each of the left and the right factor.
    fn square(
        &mut self,
        tiles: &Configured,
        [row, column]: [usize; 2],
        left: &[Row],
        right: &[Row],
    ) {
        let rows = (self.rows - row).min(SQUARE);
        let columns = (self.columns - column).min(SQUARE);
        let out = &mut self.out[row * self.stride + column..];
        if rows == SQUARE && columns == SQUARE {
            return square(tiles, left, right, out, self.stride, self.add);
        }
        let mut part = [0.0; SQUARE * SQUARE];
        if self.add {
            let each = part.chunks_mut(SQUARE).zip(out.chunks(self.stride));
            for (part, out) in each.take(rows) {
                part[..columns].copy_from_slice(&out[..columns]);
            }
        }
        square(tiles, left, right, &mut part, SQUARE, self.add);
        let each = part.chunks(SQUARE).zip(out.chunks_mut(self.stride));
        for (part, out) in each.take(rows) {
            out[..columns].copy_from_slice(&part[..columns]);
        }
    }
}
