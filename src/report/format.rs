//! Numbers and texts as they are shown on pages and plots: rounding, percent, escapes.
//!
//! Pure: knows neither pages nor plots.

use crate::evaluation::Property;

/// Makes text safe inside elements and quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // Control characters are not allowed in HTML; show that something is there.
            c if c.is_control() && c != '\n' && c != '\t' => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

/// 1234567 as 1,234,567.
pub(crate) fn thousands(value: usize) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with four significant digits.
pub fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 1_000.0 => format!("{value:.0}"),
        size if size >= 100.0 => format!("{value:.1}"),
        size if size >= 10.0 => format!("{value:.2}"),
        size if size >= 1.0 || size == 0.0 => format!("{value:.3}"),
        _ => format!("{value:.4}"),
    }
}

/// About three significant digits, without exponent.
pub(super) fn significant(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        size if size >= 0.001 || size == 0.0 => format!("{value:.3}"),
        _ => format!("{value:.5}"),
    }
}

/// Counts as shares of their sum.
pub(super) fn shares(counts: &[usize]) -> Vec<f64> {
    let sum = counts.iter().sum::<usize>().max(1) as f64;
    counts.iter().map(|&count| count as f64 / sum).collect()
}

/// A number on the axis of a property; counts have no decimals.
pub(super) fn property_number(property: Property, value: f64, span: f64) -> String {
    axis_number(
        value,
        if property.is_count() {
            f64::INFINITY
        } else {
            span
        },
    )
}

/// A number with as many decimals as an axis of this span needs.
pub(super) fn axis_number(value: f64, span: f64) -> String {
    let decimals = match span {
        span if span >= 8.0 => 0,
        span if span >= 0.8 => 1,
        span if span >= 0.08 => 2,
        _ => 4,
    };
    let text = format!("{value:.decimals$}");
    // "-0.0" is zero.
    if text
        .trim_start_matches('-')
        .chars()
        .all(|c| c == '0' || c == '.')
    {
        text.trim_start_matches('-').to_owned()
    } else {
        text
    }
}

/// A share in percent, without decimals.
#[cfg(feature = "plots")]
#[expect(clippy::trivially_copy_pass_by_ref, reason = "as plotters calls it")]
pub(super) fn percent(share: &f64) -> String {
    format!("{:.0} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_escape(text: &str, expected: &str) {
        assert_eq!(escape(text), expected);
    }

    #[test]
    fn escaping() {
        check_escape("CC(=O)O", "CC(=O)O");
        check_escape(
            "<script>alert(\"&'\")</script>\u{1b}",
            "&lt;script&gt;alert(&quot;&amp;&#39;&quot;)&lt;/script&gt;\u{fffd}",
        );
    }

    #[track_caller]
    fn check_thousands(value: usize, expected: &str) {
        assert_eq!(thousands(value), expected);
    }

    #[test]
    fn thousands_are_grouped() {
        check_thousands(0, "0");
        check_thousands(999, "999");
        check_thousands(1_000, "1,000");
        check_thousands(1_234_567, "1,234,567");
    }

    #[test]
    fn numbers_have_four_digits() {
        let shown = [0.0, 0.01234, 1.5, 12.345, 456.78, 12_345.6].map(number);
        assert_eq!(
            shown,
            ["0.000", "0.0123", "1.500", "12.35", "456.8", "12346"]
        );
    }

    #[track_caller]
    fn check_number(value: f64, span: f64, expected: &str) {
        assert_eq!(axis_number(value, span), expected);
    }

    #[test]
    fn axis_numbers() {
        check_number(250.0, 400.0, "250");
        check_number(0.25, 1.0, "0.2");
        check_number(-0.001, 1.0, "0.0");
        check_number(0.25, 0.5, "0.25");
    }
}
