//! The first rows of a file, by which its layout and the column of the molecules are found.
//!
//! Knows texts, separators and rows; does not know what a molecule is.

use super::Input;

/// Rows of a sample.
pub(super) const ROWS: usize = 50;

/// Fields of a line of a list among which the molecule is.
const FIELDS: usize = 4;

/// Rows above a table that are passed over, at most.
const TITLES: usize = 10;

/// The first rows of a file.
pub(super) struct Sample {
    /// The rows, the first perhaps a header.
    pub(super) rows: Vec<Vec<String>>,
    /// Whether the first is known to be a header.
    pub(super) named: bool,
    /// Whether the rows are those of a list: text after a molecule is its name, whatever it is.
    pub(super) is_list: bool,
    /// Rows of one cell above the table: titles and remarks. They are not among the rows.
    pub(super) titles: Vec<String>,
}

impl Sample {
    /// Rows below a header.
    pub(super) fn named(names: Vec<String>, rows: impl IntoIterator<Item = Vec<String>>) -> Self {
        Self {
            rows: std::iter::once(names).chain(rows).collect(),
            named: true,
            is_list: false,
            titles: Vec::new(),
        }
    }

    /// The rows of a table that perhaps has a header. Titles above it are taken off, and a header that
    /// has a name less than the rows have cells, as R writes it above row names, is completed; `is_name`
    /// tells what may be the name of a column, `is_usual` what can hardly be anything else.
    pub(super) fn table(
        mut rows: Vec<Vec<String>>,
        is_name: &dyn Fn(&str) -> bool,
        is_usual: &dyn Fn(&str) -> bool,
    ) -> Self {
        let mut titles = Vec::new();
        if let Some(width) = common_width(&rows) {
            let are_names = |row: &[String]| row.iter().all(|cell| is_name(cell));
            while titles.len() < TITLES
                && let [first, second, ..] = rows.as_slice()
                && filled(first) == 1
                && filled(second) <= width
                && is_name(&first[0])
                && !is_usual(&first[0])
            {
                titles.push(first[0].clone());
                rows.remove(0);
            }
            if let [first, second, ..] = rows.as_mut_slice()
                && first.len() + 1 == width
                && are_names(first)
                && !are_names(second)
            {
                first.insert(0, String::new());
            }
        }
        Self {
            rows,
            named: false,
            is_list: false,
            titles,
        }
    }

    /// The lines of a list as fields between white space.
    pub(super) fn list(text: &[u8], quotes: bool) -> Self {
        let lines = text.split(|byte| matches!(byte, b'\r' | b'\n'));
        let lines = lines.map(|line| String::from_utf8_lossy(line).trim().to_owned());
        let fields = |line: String| -> Vec<String> {
            let line = if quotes {
                line.trim_matches('"')
            } else {
                &*line
            };
            let fields = line.split_ascii_whitespace().take(FIELDS);
            fields.map(str::to_owned).collect()
        };
        let rows = lines.map(fields).filter(|fields| !fields.is_empty());
        Self {
            rows: rows.take(ROWS).collect(),
            named: false,
            is_list: true,
            titles: Vec::new(),
        }
    }
}

/// The first rows of a text between separators, without blank ones.
pub(super) fn cells(text: &[u8], separator: u8, input: &Input) -> Vec<Vec<String>> {
    let reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(text);
    let mut rows = Vec::new();
    for record in reader.into_byte_records().map_while(Result::ok) {
        if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
            continue;
        }
        let cell = |cell: &[u8]| String::from_utf8_lossy(cell).trim().to_owned();
        rows.push(record.iter().map(cell).collect());
        if rows.len() == ROWS {
            return rows;
        }
    }
    // The last row may be cut within quotes.
    if !input.start_is_all() && rows.len() > 1 {
        rows.pop();
    }
    rows
}

/// The text after Excel's line `sep=`, and the separator that this names.
pub(super) fn without_sep_line(text: &[u8]) -> (&[u8], Option<u8>) {
    let end = text.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
    let (line, rest) = text.split_at(end.unwrap_or(text.len()));
    let quoted = line
        .strip_prefix(b"\"")
        .and_then(|line| line.strip_suffix(b"\""));
    match quoted.unwrap_or(line).split_at_checked(4) {
        Some((word, &[separator])) if word.eq_ignore_ascii_case(b"sep=") => {
            let is_sign = separator.is_ascii_punctuation() && separator != b'"';
            let is_separator = is_sign || matches!(separator, b'\t' | b' ');
            if is_separator {
                return (rest, Some(separator));
            }
            (text, None)
        }
        _ => (text, None),
    }
}

/// Cells up to the last that is filled.
fn filled(row: &[String]) -> usize {
    let last = row.iter().rposition(|cell| !cell.trim().is_empty());
    last.map_or(0, |last| last + 1)
}

/// The number of cells that most rows have, if they have several.
fn common_width(rows: &[Vec<String>]) -> Option<usize> {
    let widths: Vec<usize> = rows.iter().map(|row| filled(row)).collect();
    let count = |width: usize| widths.iter().filter(|other| **other == width).count();
    let most = widths
        .iter()
        .copied()
        .max_by_key(|width| (count(*width), *width))?;
    (most > 1 && 2 * count(most) > rows.len()).then_some(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows between `|` of cells between `,`.
    #[track_caller]
    fn check(rows: &str, titles: &[&str], expected: &str) {
        let row = |line: &str| line.split(',').map(str::to_owned).collect();
        let is_name = |cell: &str| cell.len() > 2 && cell.parse::<f64>().is_err();
        let is_usual = |cell: &str| cell == "smiles";
        let sample = Sample::table(rows.split('|').map(row).collect(), &is_name, &is_usual);
        let lines: Vec<String> = sample.rows.iter().map(|row| row.join(",")).collect();
        assert_eq!(lines.join("|"), expected);
        assert_eq!(sample.titles, titles, "{rows}");
    }

    #[test]
    fn titles_are_taken_off_and_short_headers_completed() {
        check("smiles,name|C,1|N,2", &[], "smiles,name|C,1|N,2");
        check(
            "title|smiles,name|C,1|N,2",
            &["title"],
            "smiles,name|C,1|N,2",
        );
        check(
            "title,|by whom|smiles,name|C,1|N,2|O,3",
            &["title", "by whom"],
            "smiles,name|C,1|N,2|O,3",
        );
        check("C|N,2|O,3", &[], "C|N,2|O,3");
        check("smiles|1,C|2,N", &[], ",smiles|1,C|2,N");
        check("smiles,name|1,C,x|2,N,y", &[], ",smiles,name|1,C,x|2,N,y");
        check("smiles,name|C,1,|N,2,", &[], "smiles,name|C,1,|N,2,");
        check("smiles|C|N", &[], "smiles|C|N");
    }

    #[track_caller]
    fn check_sep(text: &str, rest: &str, separator: Option<u8>) {
        assert_eq!(
            without_sep_line(text.as_bytes()),
            (rest.as_bytes(), separator)
        );
    }

    #[test]
    fn the_line_of_excel_is_recognized() {
        check_sep("sep=;\r\na;b", "\r\na;b", Some(b';'));
        check_sep("\"SEP=|\"\na|b", "\na|b", Some(b'|'));
        check_sep("sep=\t\na", "\na", Some(b'\t'));
        check_sep("sep=ab\na", "sep=ab\na", None);
        check_sep("sepal\na", "sepal\na", None);
        check_sep("", "", None);
    }
}
