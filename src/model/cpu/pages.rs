//! Keys and values of one molecule, in pages that molecules which begin alike share, and attention
//! over them (Kwon et al. 2023).
//!
//! In a page, keys lie position by position beside each other for every dimension of a head, so
//! that one instruction scores all positions of a page; values lie the other way.

use std::sync::Arc;

use pulp::Simd;

use super::lanes::{LANES, Lanes, Work, widest};

/// Positions in a page, scored together.
const PAGE: usize = LANES;

/// Keys and values of one molecule so far; a clone shares what both have read.
#[derive(Debug, Clone, Default)]
pub struct PagedCache {
    /// Tokens read so far.
    time: usize,
    /// Each `[layers, 2, heads, size, PAGE]`: keys, and values with the last two exchanged.
    pages: Vec<Arc<[f32]>>,
}

impl PagedCache {
    /// Tokens read so far.
    pub(super) fn time(&self) -> usize {
        self.time
    }

    /// Makes room for the next token in all layers, `width` values each.
    pub(super) fn open(&mut self, layers: usize, width: usize) {
        if self.time.is_multiple_of(PAGE) {
            let length = layers * 2 * PAGE * width;
            self.pages.push(std::iter::repeat_n(0.0, length).collect());
        }
    }

    /// Counts the token whose keys and values were written to all layers.
    pub(super) fn close(&mut self) {
        self.time += 1;
    }

    /// The next token's key and value in one layer, `[width]` each. A page that other molecules
    /// share is copied first.
    pub(super) fn write(&mut self, layer: usize, heads: usize, key: &[f32], value: &[f32]) {
        let width = key.len();
        let size = width / heads;
        let place = self.time % PAGE;
        let Some(page) = self.pages.last_mut() else {
            return;
        };
        let page = &mut Arc::make_mut(page)[layer * 2 * PAGE * width..][..2 * PAGE * width];
        let (keys, values) = page.split_at_mut(PAGE * width);
        for (to, from) in keys.as_chunks_mut::<PAGE>().0.iter_mut().zip(key) {
            to[place] = *from;
        }
        let heads = values.chunks_exact_mut(PAGE * size);
        for (to, from) in heads.zip(value.chunks_exact(size)) {
            to[place * size..][..size].copy_from_slice(from);
        }
    }

    /// Mixes the values of one layer by attention of the token that was written last.
    ///
    /// # Shapes
    /// query, mixed `[width]`; scores: working space
    pub(super) fn attend(
        &self,
        layer: usize,
        query: &[f32],
        heads: usize,
        scores: &mut Vec<f32>,
        mixed: &mut [f32],
    ) {
        scores.resize(self.pages.len() * PAGE, 0.0);
        widest(Attention {
            pages: &self.pages,
            seen: self.time + 1,
            from: layer * 2 * PAGE * query.len(),
            size: query.len() / heads,
            query,
            scores,
            mixed,
        });
    }
}

struct Attention<'a> {
    pages: &'a [Arc<[f32]>],
    /// Positions to attend to.
    seen: usize,
    /// Offset of the layer in each page.
    from: usize,
    /// Values of a head.
    size: usize,
    query: &'a [f32],
    scores: &'a mut [f32],
    mixed: &'a mut [f32],
}

impl Work for Attention<'_> {
    #[inline(always)]
    fn run<S: Simd, const N: usize>(self, simd: S) {
        let (size, width) = (self.size, self.query.len());
        let scale = 1.0 / (size as f32).sqrt();
        let heads = self.query.chunks_exact(size);
        for (head, (query, mixed)) in heads.zip(self.mixed.chunks_exact_mut(size)).enumerate() {
            let keys = self.from + head * size * PAGE;
            let (scores, _) = self.scores.as_chunks_mut::<PAGE>();
            for (scores, page) in scores.iter_mut().zip(self.pages) {
                score::<S, N>(simd, query, &page[keys..][..size * PAGE], scores);
            }
            self.scores[self.seen..].fill(f32::NEG_INFINITY);
            let (scores, _) = self.scores.as_chunks_mut::<PAGE>();
            let inverse = 1.0 / exponentials::<S, N>(simd, scores, scale);
            let values = keys + PAGE * width;
            mix::<S, N>(simd, &self.scores[..self.seen], self.pages, values, mixed);
            for value in mixed {
                *value *= inverse;
            }
        }
    }
}

/// Products of a query with the keys of a page, in two chains of sums that overlap.
///
/// # Shapes
/// query `[size]`; keys `[size, PAGE]`
#[inline(always)]
fn score<S: Simd, const N: usize>(simd: S, query: &[f32], keys: &[f32], scores: &mut [f32; PAGE]) {
    let (keys, _) = keys.as_chunks::<PAGE>();
    let (pairs, last) = query.as_chunks::<2>();
    let mut sums = [Lanes::<S, N>::zeros(simd); 2];
    for (query, keys) in pairs.iter().zip(keys.as_chunks::<2>().0) {
        for ((sum, query), keys) in sums.iter_mut().zip(query).zip(keys) {
            *sum = sum.add_scaled(simd, simd.splat_f32s(*query), Lanes::load(keys));
        }
    }
    if let ([query], Some(keys)) = (last, keys.last()) {
        sums[0] = sums[0].add_scaled(simd, simd.splat_f32s(*query), Lanes::load(keys));
    }
    sums[0].add(simd, sums[1]).store(scores);
}

/// Replaces scores by the exponentials of `scale` times them, relative to the largest; returns
/// their sum.
#[inline(always)]
fn exponentials<S: Simd, const N: usize>(simd: S, scores: &mut [[f32; PAGE]], scale: f32) -> f32 {
    let mut most = Lanes::<S, N>::load(&scores[0]);
    for scores in &scores[1..] {
        most = most.max(simd, Lanes::load(scores));
    }
    let most = simd.splat_f32s(most.largest());
    let mut sum = Lanes::zeros(simd);
    for scores in scores {
        let values = Lanes::<S, N>::load(scores).exp(simd, most, simd.splat_f32s(scale));
        values.store(scores);
        sum = sum.add(simd, values);
    }
    sum.sum()
}

/// Sums of values, each times its weight.
///
/// # Shapes
/// weights: one per position; in each page, values `[PAGE, size]` from `first` on; mixed `[size]`
#[inline(always)]
fn mix<S: Simd, const N: usize>(
    simd: S,
    weights: &[f32],
    pages: &[Arc<[f32]>],
    first: usize,
    mixed: &mut [f32],
) {
    let size = mixed.len();
    let (chunks, rest) = mixed.as_chunks_mut::<LANES>();
    let whole = chunks.len() * LANES;
    for (index, mixed) in chunks.iter_mut().enumerate() {
        let mut sum = Lanes::<S, N>::zeros(simd);
        for (weights, page) in weights.chunks(PAGE).zip(pages) {
            let values = &page[first + index * LANES..first + PAGE * size];
            for (weight, row) in weights.iter().zip(values.chunks(size)) {
                if let Some(row) = row.first_chunk() {
                    sum = sum.add_scaled(simd, simd.splat_f32s(*weight), Lanes::load(row));
                }
            }
        }
        sum.store(mixed);
    }
    rest.fill(0.0);
    for (weights, page) in weights.chunks(PAGE).zip(pages) {
        let rows = page[first..first + PAGE * size].chunks_exact(size);
        for (weight, row) in weights.iter().zip(rows) {
            for (mixed, value) in rest.iter_mut().zip(&row[whole..]) {
                *mixed += weight * value;
            }
        }
    }
}
