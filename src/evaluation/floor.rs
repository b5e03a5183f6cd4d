//! The floor of the Frechet ChemNet distances: what as many molecules of the training set itself get
//! against the same reference.
//!
//! A sample has a distance even where it is drawn from the reference's own distribution, the larger
//! the smaller it is. A generator can at best be as near as its training set, so what counts is the
//! excess over that. Molecules are drawn from the training file in a fixed order; their moments are
//! kept by the thousand, so that samples of nearly as many molecules need few new activations.

use super::reference_sets::{ReferenceFile, spread_places};
use super::{Cache, Evaluation, Figure, Network, Provenance, References, SAMPLE};
use super::{canonical, go_on, scramble};
use crate::chemnet::{Distance, Embed, Embedded, Gaussian};
use crate::error::Result;
use crate::progress::Watch;
use crate::store;

/// Molecules whose moments are added, and kept, together.
const BLOCK: usize = 1_000;

/// Rows that are read together until there are enough molecules.
const PIECE: usize = 1_000;

/// The seed of the order in which training molecules are drawn.
const SEED: u64 = 0;

/// The version of what is kept, and of how it was computed.
const FORMAT: u32 = 1;

/// The place in the cache of a floor.
const KIND: &str = "fcd-floor";

/// The reason why an evaluation has no floor yet.
pub(super) const NOT_MEASURED: &str = "the floor is measured where files are evaluated";

/// Puts the floors and the excesses beside the distances of an evaluation. `train` is the file of the
/// training set, where one is given.
///
/// # Errors
/// [`Kind::Cancelled`](crate::error::Kind::Cancelled) only.
pub(super) fn measure(
    evaluation: &mut Evaluation,
    references: &References,
    provenance: &Provenance,
    train: Option<&ReferenceFile>,
    network: &Network,
    cache: Option<&Cache>,
    watch: &dyn Watch,
) -> Result<()> {
    let mut source = train
        .zip(network.as_ref().ok())
        .map(|(train, network)| Floors::new(train, *network, cache, watch));
    let statistics = &references.chemnet;
    let digest = |source: &Option<super::Source>| {
        let digest = source.as_ref().map(|source| source.digest.clone());
        digest.unwrap_or_default()
    };
    let mut beside = |fcd: &Figure, reference: &Result<Gaussian, String>, digest: String, apart| {
        let floor = match (fcd.value, reference, &mut source) {
            (None, ..) => Err(fcd.reason.clone().unwrap_or_default()),
            (_, Err(reason), _) => Err(reason.clone()),
            (_, _, None) => Err("no training set was given".to_owned()),
            (_, Ok(reference), Some(source)) => {
                source.distance(fcd.of, reference, &digest, apart)?
            }
        };
        Ok(match floor {
            Ok(floor) => {
                let floor = Figure::new(floor.value, floor.generated, floor.interval)
                    .with_warning(floor.warning());
                let excess = excess(fcd, &floor);
                [floor, excess]
            }
            Err(reason) => [(); 2].map(|()| Figure::not_computed(reason.clone())),
        })
    };
    let moses = &mut evaluation.moses;
    for (comparison, reference, source) in [
        (&mut moses.test, &statistics.test, &provenance.test),
        (
            &mut moses.test_scaffolds,
            &statistics.test_scaffolds,
            &provenance.test_scaffolds,
        ),
    ] {
        let found: Result<[Figure; 2]> = beside(&comparison.fcd, reference, digest(source), false);
        [comparison.fcd_floor, comparison.fcd_excess] = found?;
    }
    let guacamol = &mut evaluation.guacamol;
    let of_train = digest(&provenance.train);
    let found: Result<[Figure; 2]> = beside(&guacamol.fcd, &statistics.train, of_train, true);
    [guacamol.fcd_floor, guacamol.fcd_excess] = found?;
    Ok(())
}

/// A distance less its floor, as the difference of two independent figures.
fn excess(fcd: &Figure, floor: &Figure) -> Figure {
    let Some((value, least)) = fcd.value.zip(floor.value) else {
        return Figure::not_computed(floor.reason.clone().unwrap_or_default());
    };
    // Intervals are cut off at 0, so the upper half is the whole one.
    let half = |figure: &Figure| Some(figure.interval?[1] - figure.value?);
    let half = half(fcd).zip(half(floor)).map(|(a, b)| a.hypot(b));
    let difference = value - least;
    let interval = half.map(|half| [difference - half, difference + half]);
    Figure::new(difference, fcd.of, interval).with_warning(fcd.warning.clone())
}

/// Distances of training molecules.
struct Floors<'a> {
    train: &'a ReferenceFile,
    network: &'a dyn Embed,
    cache: Option<&'a Cache>,
    watch: &'a dyn Watch,
    drawn: Drawn,
}

/// Canonical SMILES of training molecules, in the order in which they are drawn.
struct Drawn {
    /// Rows of the file: those that do not stand for the set elsewhere, then those that do.
    rows: Vec<usize>,
    /// Rows of the first kind.
    apart: usize,
    /// Rows that were read.
    read: usize,
    molecules: Vec<String>,
    /// Molecules from rows of the first kind.
    molecules_apart: usize,
}

impl<'a> Floors<'a> {
    fn new(
        train: &'a ReferenceFile,
        network: &'a dyn Embed,
        cache: Option<&'a Cache>,
        watch: &'a dyn Watch,
    ) -> Self {
        Self {
            train,
            network,
            cache: cache.filter(|_| train.is_worth_keeping()),
            watch,
            drawn: Drawn {
                rows: Vec::new(),
                apart: 0,
                read: 0,
                molecules: Vec::new(),
                molecules_apart: 0,
            },
        }
    }

    /// The distance of `count` training molecules from a reference set with this digest; of those
    /// `apart` from the molecules that stand for the training set, where these are the reference. Or
    /// the reason why there is none.
    fn distance(
        &mut self,
        count: usize,
        reference: &Gaussian,
        digest: &str,
        apart: bool,
    ) -> Result<Result<Distance, String>> {
        let request = [
            self.train.digest().to_owned(),
            digest.to_owned(),
            format!("{count} seed {SEED} apart {apart}"),
        ];
        let key = store::digest(&request);
        let kept = self.cache.and_then(|cache| cache.load(KIND, &key, FORMAT));
        if let Some(kept) = kept.and_then(|bytes| Distance::from_bytes(&bytes)) {
            return Ok(Ok(kept));
        }
        self.draw(count)?;
        let drawn = &self.drawn;
        let (there, of) = if apart {
            let of = format!("beside the {SAMPLE} from which the distance is measured");
            (drawn.molecules_apart, of)
        } else {
            (drawn.molecules.len(), "in all".to_owned())
        };
        if there < count {
            return Ok(Err(format!(
                "the training set has {there} molecules {of}, fewer than the {count} of the sample"
            )));
        }
        let embedded = self.embedded(count)?;
        let distance = match embedded.distance(reference, self.watch)? {
            Ok(distance) => distance,
            Err(too_few) => return Ok(Err(format!("training set: {too_few}"))),
        };
        if let Some(cache) = self.cache {
            cache.store(KIND, &key, FORMAT, &distance.to_bytes());
        }
        Ok(Ok(distance))
    }

    /// Draws until there are `count` molecules, or no more.
    fn draw(&mut self, count: usize) -> Result<()> {
        let (smiles, drawn) = (self.train.smiles(), &mut self.drawn);
        if drawn.rows.is_empty() {
            (drawn.rows, drawn.apart) = order(smiles.len());
        }
        while drawn.molecules.len() < count && drawn.read < drawn.rows.len() {
            go_on(self.watch)?;
            // A piece is of one kind.
            let end = (drawn.read + PIECE).min(drawn.rows.len());
            let is_apart = drawn.read < drawn.apart;
            let end = if is_apart { end.min(drawn.apart) } else { end };
            let rows = &drawn.rows[drawn.read..end];
            let texts: Vec<&str> = rows.iter().map(|&row| smiles[row].as_str()).collect();
            let found = canonical(&texts, &|| ()).into_iter().flatten();
            drawn.molecules.extend(found);
            drawn.read = end;
            if is_apart {
                drawn.molecules_apart = drawn.molecules.len();
            }
        }
        Ok(())
    }

    /// Moments of the first `count` molecules that are drawn. They do not depend on what is kept.
    fn embedded(&self, count: usize) -> Result<Embedded> {
        let whole = count / BLOCK * BLOCK;
        let digest = self.train.digest();
        let kind = |count: usize| format!("{KIND}-{count}");
        let load = |count: usize| {
            let bytes = self.cache?.load(&kind(count), digest, FORMAT)?;
            Some((Embedded::from_bytes(&bytes)?, count))
        };
        let mut blocks = (1..=whole / BLOCK).rev();
        let kept = blocks.find_map(|blocks| load(blocks * BLOCK));
        let (mut sum, mut done) = kept.unwrap_or_default();
        let stage = "ChemNet, as many training molecules";
        self.watch.begin(stage, (count - done) as u64);
        while done < count {
            let end = (done + BLOCK).min(count);
            let block = self.drawn.molecules[done..end].iter();
            let block: Vec<&str> = block.map(String::as_str).collect();
            sum.merge(&Embedded::of(self.network, &block, self.watch)?);
            done = end;
            if done == whole {
                // As it comes out of the cache.
                sum.mirror();
            }
            if let Some(cache) = self.cache.filter(|_| done == whole) {
                cache.store(&kind(whole), digest, FORMAT, &sum.to_bytes());
            }
        }
        Ok(sum)
    }
}

/// The rows of a file of so many in the order in which they are drawn: by chance, but those last that
/// stand for the whole set where it is a reference itself. The second value counts the others.
fn order(rows: usize) -> (Vec<usize>, usize) {
    let mut stands = vec![false; rows];
    for place in spread_places(rows, SAMPLE) {
        stands[place] = true;
    }
    let mut order: Vec<usize> = (0..rows).collect();
    order.sort_by_cached_key(|&row| (stands[row], scramble(SEED ^ row as u64)));
    (order, rows.saturating_sub(SAMPLE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_stand_for_the_set_come_last() {
        let (few, apart) = order(100);
        assert_eq!((few.len(), apart), (100, 0));
        let (all, apart) = order(25_000);
        assert_eq!(apart, 15_000);
        let stand: Vec<usize> = spread_places(25_000, SAMPLE).collect();
        assert!(
            all[..apart]
                .iter()
                .all(|row| stand.binary_search(row).is_err())
        );
        let mut sorted = all.clone();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..25_000), "each row once");
        assert_ne!(all[..3], [0, 1, 3]);
        assert_eq!(order(25_000).0, all, "the same every time");
    }

    #[test]
    fn the_excess_is_a_difference_of_independent_figures() {
        let fcd = Figure::new(0.5, 100, Some([0.2, 0.8]));
        let floor = Figure::new(0.1, 100, Some([0.0, 0.5]));
        let found = excess(&fcd, &floor);
        approx::assert_relative_eq!(found.value.unwrap(), 0.4, max_relative = 1e-12);
        let [low, high] = found.interval.unwrap();
        approx::assert_relative_eq!(low, 0.4 - 0.5, max_relative = 1e-9);
        approx::assert_relative_eq!(high, 0.4 + 0.5, max_relative = 1e-9);
        assert_eq!(found.of, 100);
        let none = Figure::not_computed("why");
        assert_eq!(excess(&fcd, &none).reason.as_deref(), Some("why"));
    }
}
