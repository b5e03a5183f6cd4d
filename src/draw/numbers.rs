//! Numbers of rows as they are written: `1-20,35,50-`.

use std::fmt;
use std::str::FromStr;

/// Numbers of rows as they are written: `1-20,35,50-`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowNumbers(Vec<(usize, usize)>);

/// A text that is no numbers of rows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no row or range of rows: write 1-20,35 or 50-, from 1 for the first row below a header"
)]
pub struct NoRowNumbers(String);

impl FromStr for RowNumbers {
    type Err = NoRowNumbers;

    fn from_str(text: &str) -> Result<Self, NoRowNumbers> {
        let part = |part: &str| {
            let number = |text: &str| text.trim().parse().ok().filter(|number| *number > 0);
            let range = match part.split_once('-') {
                Some((first, "")) => (number(first)?, usize::MAX),
                Some((first, last)) => (number(first)?, number(last)?),
                None => (number(part)?, number(part)?),
            };
            (range.0 <= range.1).then_some(range)
        };
        let parts = text
            .split(',')
            .map(|it| part(it.trim()).ok_or(NoRowNumbers(it.to_owned())));
        parts.collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for RowNumbers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |&(first, last): &(usize, usize)| match last {
            last if last == first => first.to_string(),
            usize::MAX => format!("{first}-"),
            last => format!("{first}-{last}"),
        };
        let parts: Vec<String> = self.0.iter().map(part).collect();
        formatter.write_str(&parts.join(","))
    }
}

impl RowNumbers {
    pub(super) fn contains(&self, number: usize) -> bool {
        self.0
            .iter()
            .any(|&(first, last)| (first..=last).contains(&number))
    }

    /// The last of all; the largest number there is where the rows have no end.
    pub(super) fn last(&self) -> usize {
        self.0.iter().map(|range| range.1).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_rows_are_read() {
        let check = |text: &str, shown: Option<&str>| {
            let found: Option<RowNumbers> = text.parse().ok();
            assert_eq!(
                found.map(|rows| rows.to_string()).as_deref(),
                shown,
                "{text}"
            );
        };
        check("1-20,35", Some("1-20,35"));
        check(" 3 , 5- ", Some("3,5-"));
        for bad in ["", "0", "a", "5-3", "-3", "1,,2", "1-2-3", "1.5"] {
            check(bad, None);
        }
    }
}
