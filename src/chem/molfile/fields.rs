//! Numbers in columns of fixed width, as RDKit reads them.

/// The bytes from `place` on, at most `width` of them.
pub(super) fn cut(line: &str, place: usize, width: usize) -> &str {
    let end = (place + width).min(line.len());
    line.get(place.min(end)..end).unwrap_or("?")
}

/// A whole number, perhaps with a sign, between spaces; 0 for spaces only.
pub(super) fn whole(field: &str) -> Result<i32, String> {
    let is_number = |c: char| c.is_ascii_digit() || " +-".contains(c);
    if !field.chars().all(is_number) {
        return Err(format!("`{field}` is not a whole number"));
    }
    let text = field.trim_start_matches(' ');
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let end = digits.find(|c: char| !c.is_ascii_digit());
    let digits = &digits[..end.unwrap_or(digits.len())];
    // Nothing but spaces, and a plus in front, are read as 0.
    let value: i32 = match digits {
        "" => 0,
        digits => digits
            .parse()
            .map_err(|_| format!("`{field}` is too large"))?,
    };
    Ok(sign * value)
}

/// A whole number, 0 or more.
pub(super) fn count(field: &str) -> Result<usize, String> {
    let value = whole(field)?;
    usize::try_from(value).map_err(|_| format!("`{field}` is negative"))
}

/// A whole number that is not blank, 0 or more.
pub(super) fn required(field: &str) -> Result<usize, String> {
    if field.trim().is_empty() {
        return Err("a number is missing".to_owned());
    }
    count(field)
}

/// A number with decimals in a column: that with which the field begins, 0 for none.
pub(super) fn decimal(field: &str) -> Result<f64, String> {
    let is_number = |c: char| c.is_ascii_digit() || " +-.,".contains(c);
    if !field.chars().all(is_number) {
        return Err(format!("`{field}` is not a number"));
    }
    Ok(leading(field))
}

/// The number with which a text begins; 0 for none.
pub(super) fn leading(text: &str) -> f64 {
    let text = text.trim_start();
    let ends = (1..=text.len())
        .rev()
        .filter(|&end| text.is_char_boundary(end));
    let mut numbers = ends.filter_map(|end| text[..end].parse::<f64>().ok());
    numbers.find(|number| number.is_finite()).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_between_spaces() {
        for (field, expected) in [
            ("  7", Some(7)),
            (" -1", Some(-1)),
            ("   ", Some(0)),
            ("", Some(0)),
            ("1 2", Some(1)),
            ("+1", Some(0)),
            ("x", None),
            ("99999999999", None),
        ] {
            assert_eq!(whole(field).ok(), expected, "{field}");
        }
        assert_eq!(count(" 12"), Ok(12));
        assert!(count(" -1").is_err() && required("   ").is_err());
        assert_eq!(decimal("   -1.5000"), Ok(-1.5));
        assert_eq!(decimal(" 4 -1.2"), Ok(4.0));
        assert_eq!(decimal("-   0.0"), Ok(0.0));
        assert!(decimal("nan").is_err() && decimal("1e3").is_err());
        assert_eq!((leading("1.5e1x"), leading("x")), (15.0, 0.0));
        assert_eq!(cut("abcdef", 4, 3), "ef");
        assert_eq!(cut("abc", 4, 3), "");
    }
}
