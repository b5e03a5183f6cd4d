//! Shards: jobs that share the sampling of one range of molecules.

use std::ops::Range;
use std::str::FromStr;

use crate::error::{Context, Error, Result, ensure};

/// One of several jobs that sample together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    count: u64,
}

impl Default for Shard {
    fn default() -> Self {
        Self::WHOLE
    }
}

impl FromStr for Shard {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let form = || format!("`{text}` is not of the form I/N, 1/4 say");
        let (index, count) = text.split_once('/').with_context(form)?;
        let number = |text: &str| text.parse::<u64>().ok().with_context(form);
        let (index, count) = (number(index)?, number(count)?);
        ensure!(
            (1..=count).contains(&index),
            Setting,
            "`{text}` is no shard: I goes from 1 to N"
        );
        Ok(Self { index, count })
    }
}

impl Shard {
    /// All of it.
    pub const WHOLE: Self = Self { index: 1, count: 1 };

    /// Its share of `n` molecules: the shards' shares follow each other.
    pub fn range(self, n: u64) -> Range<u64> {
        let at = |index: u64| (u128::from(n) * u128::from(index) / u128::from(self.count)) as u64;
        at(self.index - 1)..at(self.index)
    }

    /// Whether the output begins with it.
    pub fn is_first(self) -> bool {
        self.index == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_follow_each_other() {
        for (n, count) in [(10, 3), (2, 5), (0, 1), (u64::MAX, 7)] {
            let shard = |index| {
                format!("{index}/{count}")
                    .parse::<Shard>()
                    .unwrap()
                    .range(n)
            };
            assert_eq!(shard(1).start, 0);
            assert_eq!(shard(count).end, n);
            assert!((1..count).all(|index| shard(index).end == shard(index + 1).start));
        }
        for wrong in ["", "1", "0/2", "3/2", "a/2", "1/0", "1/2/3"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
