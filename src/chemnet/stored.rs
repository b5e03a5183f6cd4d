//! Moments and distances as bytes and back, for a cache: little endian.
//!
//! Bytes that are none give `None`; whether they belong to the molecules is for the one who keeps
//! them to know.

use super::distance::GROUPS;
use super::{Distance, Embedded, Moments, WIDTH};

impl Embedded {
    /// The moments as bytes, 21 megabytes: of the products, which are symmetric, one half.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for group in &self.groups {
            bytes.extend((group.count as u64).to_le_bytes());
            let halves = group.products.chunks_exact(WIDTH).enumerate();
            let products = halves.flat_map(|(row, products)| &products[row..]);
            let values = group.sums.iter().chain(products);
            bytes.extend(values.flat_map(|value| value.to_le_bytes()));
        }
        bytes
    }

    /// The moments that [`Embedded::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        const GROUP: usize = 8 * (1 + WIDTH + WIDTH * (WIDTH + 1) / 2);
        if bytes.len() != GROUPS * GROUP {
            return None;
        }
        let group = |bytes: &[u8]| {
            let (words, _) = bytes.as_chunks::<8>();
            let (count, values) = words.split_first()?;
            let mut values = values.iter().map(|bytes| f64::from_le_bytes(*bytes));
            let mut moments = Moments::new(WIDTH);
            moments.count = usize::try_from(u64::from_le_bytes(*count)).ok()?;
            for sum in &mut moments.sums {
                *sum = values.next()?;
            }
            for (row, products) in moments.products.chunks_exact_mut(WIDTH).enumerate() {
                for product in &mut products[row..] {
                    *product = values.next()?;
                }
            }
            moments.mirror();
            Some(moments)
        };
        let groups = bytes.chunks_exact(GROUP).map(group);
        Some(Self {
            groups: groups.collect::<Option<_>>()?,
        })
    }
}

impl Distance {
    /// The distance as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let [low, high] = self.interval.unwrap_or([f64::NAN; 2]);
        let values = [self.value, low, high].map(f64::to_le_bytes);
        let counts = [self.generated, self.reference].map(|count| (count as u64).to_le_bytes());
        [values.as_flattened(), counts.as_flattened()].concat()
    }

    /// The distance that [`Distance::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (words, rest) = bytes.as_chunks::<8>();
        let [value, low, high, generated, reference] = words.try_into().ok()?;
        let [value, low, high] = [value, low, high].map(f64::from_le_bytes);
        let count = |bytes| usize::try_from(u64::from_le_bytes(bytes)).ok();
        (rest.is_empty() && value.is_finite()).then_some(Self {
            value,
            interval: low.is_finite().then_some([low, high]),
            generated: count(generated)?,
            reference: count(reference)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_come_back_and_broken_ones_do_not() {
        let mut whole = Embedded::default();
        for (index, group) in whole.groups.iter_mut().enumerate() {
            let vectors = (0..3 * WIDTH).map(|i| ((i * (index + 2)) as f32 * 0.37).sin());
            group.add(&vectors.collect::<Vec<f32>>());
        }
        whole.mirror();
        let bytes = whole.to_bytes();
        assert_eq!(Embedded::from_bytes(&bytes), Some(whole));
        assert_eq!(Embedded::from_bytes(&bytes[8..]), None);
        assert_eq!(Embedded::from_bytes(&[]), None);
    }

    #[test]
    fn distances_come_back_and_broken_ones_do_not() {
        for interval in [None, Some([0.1, 0.1 + 0.2])] {
            let distance = Distance {
                value: 1.0 / 3.0,
                interval,
                generated: 30_000,
                reference: 176_074,
            };
            let bytes = distance.to_bytes();
            assert_eq!(Distance::from_bytes(&bytes), Some(distance));
            assert_eq!(Distance::from_bytes(&bytes[1..]), None);
            assert_eq!(Distance::from_bytes(&bytes[8..]), None);
        }
    }
}
