//! Factors cut into the blocks that tiles read, every value as three bfloat16 numbers.
//!
//! A block is [`SIDE`] lines, [`DEEP`] values of each, in [`PARTS`] tiles one after the other: what
//! is largest of all values, then what that leaves, then what is left after both. Knows nothing of
//! products.

#![allow(unsafe_code)]

use std::arch::x86_64::{
    __m512, __m512i, _mm512_add_epi32, _mm512_and_si512, _mm512_castpd_ps, _mm512_castps_pd,
    _mm512_castps_si512, _mm512_castsi256_si512, _mm512_castsi512_ps, _mm512_cvtepi32_epi16,
    _mm512_inserti64x4, _mm512_maskz_loadu_ps, _mm512_or_si512, _mm512_set1_epi32,
    _mm512_setzero_ps, _mm512_shuffle_f32x4, _mm512_srli_epi32, _mm512_store_si512, _mm512_sub_ps,
    _mm512_unpackhi_pd, _mm512_unpackhi_ps, _mm512_unpacklo_pd, _mm512_unpacklo_ps,
};
use std::ops::Range;

use super::Factor;
use super::machine::Tiles;

/// Lines of a tile, and rows of it.
pub(super) const SIDE: usize = 16;
/// Values of each line in a tile.
pub(super) const DEEP: usize = 32;
/// bfloat16 numbers for each value: 8 bits each, 24 in all, which are those of single precision.
pub(super) const PARTS: usize = 3;
/// Rows of a block.
pub(super) const BLOCK: usize = PARTS * SIDE;

/// A row of a tile: 16 pairs of bfloat16 numbers.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Row([u32; SIDE]);

impl Row {
    pub(super) const ZERO: Self = Self([0; SIDE]);
}

/// The arrangement of lines in a tile.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A row is a line: the left factor.
    Lines,
    /// A row is a pair of values of every line: the right factor.
    Pairs,
}

/// Packs some depths of some lines; strip after strip of [`SIDE`] lines, block after block of each,
/// zeros beyond the lines and beyond the depths.
///
/// # Panics
/// When the factor's slice or `out` is too short.
pub(super) fn pack(
    _: Tiles,
    factor: Factor,
    lines: Range<usize>,
    depths: Range<usize>,
    form: Form,
    out: &mut [Row],
) {
    // SAFETY: whoever holds `Tiles` runs on a processor that has AVX-512.
    unsafe { pack_blocks(factor, lines, depths, form, out) }
}

#[target_feature(enable = "avx512f")]
fn pack_blocks(
    factor: Factor,
    lines: Range<usize>,
    depths: Range<usize>,
    form: Form,
    out: &mut [Row],
) {
    let blocks = depths.len().div_ceil(DEEP);
    let strips = lines.len().div_ceil(SIDE);
    let along = factor.depth_stride == 1;
    for index in 0..strips * blocks {
        // As the values lie in memory.
        let (strip, block) = if along {
            (index / blocks, index % blocks)
        } else {
            (index % strips, index / strips)
        };
        let (line, depth) = (lines.start + strip * SIDE, depths.start + block * DEEP);
        let lines = (lines.end - line).min(SIDE);
        let depths = (depths.end - depth).min(DEEP);
        let data = &factor.data[line * factor.line_stride + depth * factor.depth_stride..];
        let mut values = if along {
            load_along(data, factor.line_stride, lines, depths)
        } else {
            load_across(data, factor.depth_stride, lines, depths)
        };
        if along != (form == Form::Lines) {
            values = values.map(|half| transpose(half));
        }
        let out = &mut out[(strip * blocks + block) * BLOCK..][..BLOCK];
        match form {
            Form::Lines => store_lines(&values, out),
            Form::Pairs => store_pairs(&values, out),
        }
    }
}

/// Two squares of values: the first 16 depths and the others. A register of them is a line, or the
/// same depth of all lines.
type Squares = [[__m512; SIDE]; 2];

/// Reads lines that lie one after another in memory; a register is a line.
#[inline]
#[target_feature(enable = "avx512f")]
fn load_along(data: &[f32], stride: usize, lines: usize, depths: usize) -> Squares {
    let mut values = [[_mm512_setzero_ps(); SIDE]; 2];
    for line in 0..lines {
        let (first, others) = data[line * stride..][..depths].split_at(depths.min(SIDE));
        values[0][line] = load(first);
        values[1][line] = load(others);
    }
    values
}

/// Reads lines that lie side by side in memory; a register is a depth.
#[inline]
#[target_feature(enable = "avx512f")]
fn load_across(data: &[f32], stride: usize, lines: usize, depths: usize) -> Squares {
    let mut values = [[_mm512_setzero_ps(); SIDE]; 2];
    for depth in 0..depths {
        values[depth / SIDE][depth % SIDE] = load(&data[depth * stride..][..lines]);
    }
    values
}

/// At most 16 values, zeros after them.
#[inline]
#[target_feature(enable = "avx512f")]
fn load(values: &[f32]) -> __m512 {
    let mask = ((1_u32 << values.len().min(SIDE)) - 1) as u16;
    // SAFETY: the mask lets only values of the slice be read.
    unsafe { _mm512_maskz_loadu_ps(mask, values.as_ptr()) }
}

/// The largest bfloat16 part of each value, in the upper half of its 32 bits, and what it leaves.
#[inline]
#[target_feature(enable = "avx512f")]
fn split(values: __m512) -> (__m512i, __m512) {
    let bits = _mm512_castps_si512(values);
    // To the nearest, ties to even.
    let odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    let bits = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
    let part = _mm512_and_si512(bits, _mm512_set1_epi32(-0x1_0000));
    (part, _mm512_sub_ps(values, _mm512_castsi512_ps(part)))
}

/// From registers that are lines.
#[inline]
#[target_feature(enable = "avx512f")]
fn store_lines(values: &Squares, out: &mut [Row]) {
    for line in 0..SIDE {
        let [mut first, mut others] = [values[0][line], values[1][line]];
        for part in 0..PARTS {
            let (a, b);
            (a, first) = split(first);
            (b, others) = split(others);
            let [a, b] = [a, b].map(|part| _mm512_cvtepi32_epi16(_mm512_srli_epi32(part, 16)));
            let row = _mm512_inserti64x4(_mm512_castsi256_si512(a), b, 1);
            store(row, &mut out[part * SIDE + line]);
        }
    }
}

/// From registers that are depths.
#[inline]
#[target_feature(enable = "avx512f")]
fn store_pairs(values: &Squares, out: &mut [Row]) {
    for pair in 0..SIDE {
        let half = &values[pair / (SIDE / 2)];
        let at = 2 * pair % SIDE;
        let [mut even, mut odd] = [half[at], half[at + 1]];
        for part in 0..PARTS {
            let (a, b);
            (a, even) = split(even);
            (b, odd) = split(odd);
            let row = _mm512_or_si512(_mm512_srli_epi32(a, 16), b);
            store(row, &mut out[part * SIDE + pair]);
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(bits: __m512i, row: &mut Row) {
    // SAFETY: a row is 64 bytes and as aligned as a register must be.
    unsafe { _mm512_store_si512((&raw mut row.0).cast(), bits) }
}

/// Rows and columns of a square exchanged: single values, then pairs, then fours and eights.
#[inline]
#[target_feature(enable = "avx512f")]
fn transpose(mut square: [__m512; SIDE]) -> [__m512; SIDE] {
    let mut other = square;
    for i in (0..SIDE).step_by(2) {
        other[i] = _mm512_unpacklo_ps(square[i], square[i + 1]);
        other[i + 1] = _mm512_unpackhi_ps(square[i], square[i + 1]);
    }
    for i in (0..SIDE).step_by(4) {
        let [a, b, c, d] = std::array::from_fn(|j| _mm512_castps_pd(other[i + j]));
        square[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, c));
        square[i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, c));
        square[i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(b, d));
        square[i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(b, d));
    }
    for i in 0..4 {
        for half in [0, 8] {
            let (a, b) = (square[half + i], square[half + i + 4]);
            other[half + i] = _mm512_shuffle_f32x4(a, b, 0x88);
            other[half + i + 4] = _mm512_shuffle_f32x4(a, b, 0xdd);
        }
    }
    for i in 0..8 {
        square[i] = _mm512_shuffle_f32x4(other[i], other[i + 8], 0x88);
        square[i + 8] = _mm512_shuffle_f32x4(other[i], other[i + 8], 0xdd);
    }
    square
}
