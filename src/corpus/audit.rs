//! The counts of a file's rows by outcome, as numbers and as a summary.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::table::BadRow;

/// Counts of the rows of a file by outcome. `rows` is the sum of `kept`, `duplicates`, `too_long`
/// and `bad_count`; `kept` the sum of `train` and `validation`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Audit {
    /// The file.
    pub path: PathBuf,
    /// Rows, without blank lines and the header.
    pub rows: usize,
    /// Molecules in the data set.
    pub kept: usize,
    /// Molecules to train on.
    pub train: usize,
    /// Molecules held out.
    pub validation: usize,
    /// Rows that repeat a kept molecule, in this or another spelling.
    pub duplicates: usize,
    /// Molecules of more than `longest` tokens.
    pub too_long: usize,
    /// Most tokens that were allowed.
    pub longest: usize,
    /// Tokens of the longest kept molecule.
    pub longest_kept: usize,
    /// Tokens of all kept molecules.
    pub tokens: usize,
    /// Kept molecules with unpaired electrons.
    pub radicals: usize,
    /// Kept molecules with stereo marks that mark no stereochemistry.
    pub idle_stereo_marks: usize,
    /// Rows that are not molecules.
    pub bad_count: usize,
    /// The first [`EXAMPLES`](crate::table::EXAMPLES) rows that are not molecules, in file order.
    pub bad: Vec<BadRow>,
}

impl fmt::Display for Audit {
    /// A summary that names the first bad rows; several lines, the last without a line feed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Bad rows that are named.
        const NAMED: usize = 5;
        write!(
            f,
            "{}: {} rows, {} kept ({} to train on, {} held out)",
            name(&self.path),
            self.rows,
            self.kept,
            self.train,
            self.validation
        )?;
        for (count, what) in [
            (self.duplicates, "repeat an earlier molecule".to_owned()),
            (
                self.too_long,
                format!("are longer than {} tokens", self.longest),
            ),
            (
                self.radicals,
                "of those kept have unpaired electrons (radicals)".to_owned(),
            ),
            (
                self.idle_stereo_marks,
                "of those kept have stereo marks on no stereocentre or stereo bond".to_owned(),
            ),
            (self.bad_count, "are not valid molecules".to_owned()),
        ] {
            if count > 0 {
                write!(f, "\n  {count} {what}")?;
            }
        }
        for bad in self.bad.iter().take(NAMED) {
            let BadRow {
                row, text, reason, ..
            } = bad;
            let before = format!("    row {row}, `");
            write!(f, "\n{before}{text}`: {reason}")?;
            if let Some(column) = bad.column {
                write!(f, "\n{:1$}^", "", before.len() + column)?;
            }
        }
        match self.bad_count.saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(f, "\n    and {more} more"),
        }
    }
}

fn name(path: &Path) -> String {
    if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
}
