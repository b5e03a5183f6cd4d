//! Counts as people write them: `1000`, `10_000`, `100k`, `2.5M`, `1e6`.

/// Reads a count.
///
/// # Errors
/// That the text is no whole number from 0 to 2^64 - 1.
pub(super) fn count(text: &str) -> Result<u64, String> {
    read(text).ok_or_else(|| "it is not a whole number, such as 10000, 10k or 1e4".to_owned())
}

/// Reads a count of at least 1.
///
/// # Errors
/// As [`count`], and that it is 0.
pub(super) fn at_least_one(text: &str) -> Result<u64, String> {
    match count(text)? {
        0 => Err("it must be at least 1".to_owned()),
        count => Ok(count),
    }
}

fn read(text: &str) -> Option<u64> {
    let (number, unit) = match text.strip_suffix(['k', 'K']) {
        Some(number) => (number, 3),
        None => match text.strip_suffix(['m', 'M']) {
            Some(number) => (number, 6),
            None => (text, 0),
        },
    };
    let (number, exponent) = match number.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
        None => (number, 0),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}").replace('_', "");
    // A sign would pass as a number, but not as a digit.
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let zeros =
        exponent.checked_add(unit)? - i32::try_from(fraction.replace('_', "").len()).ok()?;
    let digits: u64 = digits.parse().ok()?;
    let power = 10_u64.checked_pow(zeros.unsigned_abs());
    if digits == 0 {
        Some(0)
    } else if zeros >= 0 {
        digits.checked_mul(power?)
    } else {
        power
            .filter(|power| digits.is_multiple_of(*power))
            .map(|power| digits / power)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_as_people_write_them() {
        #[track_caller]
        fn check(text: &str, expected: Option<u64>) {
            assert_eq!(count(text).ok(), expected, "{text}");
        }
        check("0", Some(0));
        check("42", Some(42));
        check("10_000", Some(10_000));
        check("1e6", Some(1_000_000));
        check("1E+3", Some(1_000));
        check("2.5e3", Some(2_500));
        check("100k", Some(100_000));
        check("1.5M", Some(1_500_000));
        check("30e-1", Some(3));
        check("0e999999", Some(0));
        check("18446744073709551615", Some(u64::MAX));
        for wrong in [
            "",
            "-1",
            "+1",
            "1.5",
            "1e-1",
            "k",
            "e6",
            "1e",
            "1e20",
            "1e2147483647",
            "ten",
            "1 000",
            "0x10",
            "1e6k9",
            ".",
            "18446744073709551616",
            "NaN",
            "inf",
        ] {
            check(wrong, None);
        }
        assert!(at_least_one("0").is_err());
        assert_eq!(at_least_one("1k"), Ok(1_000));
    }
}
