//! Pictures of molecules: the rows of a file, or one SMILES, as SVG, PNG or a page.
//!
//! ```text
//! Subject -> rows -> Pick -> layout -> Figure -> sheet | page -> Target
//! ```
//!
//! Knows which rows are drawn and what is written below them; `chem` knows how.

mod colours;
mod columns;
mod figure;
mod format;
mod layout;
mod numbers;
mod page;
mod rows;
mod scaffold;
mod sheet;

use std::io::Write;

use crate::chem::Theme;
use crate::error::{Context, Error, Result, ensure};
use crate::progress::Watch;
use crate::table::{Rows, Sink, Target};

pub use format::Format;
pub use numbers::{NoRowNumbers, RowNumbers};

/// Molecules that are drawn where no number is given.
pub const USUAL_LIMIT: usize = 100;
/// The most molecules of a picture.
pub const MOST: usize = 10_000;

/// What is drawn.
pub enum Subject {
    /// One molecule.
    Smiles(String),
    /// Rows of a file, which [keep](crate::table::ReadOptions::keep_cells) their cells.
    Rows(Box<Rows>),
}

/// How molecules are chosen and drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The rows, from 1 for the first below a header; all without it.
    pub rows: Option<RowNumbers>,
    /// The column of numbers by which rows are put in order, the largest first.
    pub by: Option<String>,
    /// The smallest first.
    pub ascending: bool,
    /// So many rows of that order.
    pub top: Option<usize>,
    /// The most molecules; without it those of `top`, else [`USUAL_LIMIT`].
    pub limit: Option<usize>,
    /// Columns whose values stand below a drawing.
    pub caption: Vec<String>,
    /// The column of values for atoms, which become colours: numbers between blanks or semicolons, one
    /// for each atom but hydrogens in the order of the SMILES.
    pub color_by: Option<String>,
    /// Whether common groups at the ends of a molecule are letters; not those with atoms of a pattern.
    pub abbreviate: bool,
    /// A SMARTS pattern whose atoms are drawn as in the first molecule that has it.
    pub align: Option<String>,
    /// A SMARTS pattern whose atoms have a colour behind them, everywhere in a molecule.
    pub highlight: Option<String>,
    /// Whether the pattern of `align` has the colour where `highlight` is none.
    pub highlight_aligned: bool,
    /// Drawings side by side; without it four, on a page as many as fit.
    pub per_row: Option<usize>,
    /// Width and height of a drawing in CSS pixels; without it 220 and 170, of one alone 360 and 270.
    pub size: Option<[f64; 2]>,
    /// Pixels of a PNG for each CSS pixel.
    pub scale: f64,
    /// The colours of SVG and PNG. A page is light and dark.
    pub theme: Theme,
    /// The title of a page.
    pub title: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            rows: None,
            by: None,
            ascending: false,
            top: None,
            limit: None,
            caption: Vec::new(),
            color_by: None,
            abbreviate: false,
            align: None,
            highlight: None,
            highlight_aligned: true,
            per_row: None,
            size: None,
            scale: 2.0,
            theme: Theme::Light,
            title: "Molecules".to_owned(),
        }
    }
}

/// What was drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Molecules.
    pub molecules: usize,
    /// Rows that are no molecules, which have a box with the reason.
    pub boxes: usize,
    /// Rows that were chosen and are not drawn, because there are too many.
    pub left_out: usize,
}

impl Settings {
    /// The most molecules that are drawn.
    fn most(&self) -> usize {
        let top = self.top.unwrap_or(MOST);
        let limit = self.limit.or(self.top).unwrap_or(USUAL_LIMIT);
        top.min(limit)
    }

    /// # Errors
    /// [`Kind::Setting`](crate::error::Kind::Setting) for a value out of its bounds, and for settings
    /// that do not go together.
    fn check(&self) -> Result<()> {
        for (name, count) in [
            ("top", self.top),
            ("limit", self.limit),
            ("per_row", self.per_row),
        ] {
            let fits = count.is_none_or(|count| (1..=MOST).contains(&count));
            let count = count.unwrap_or_default();
            ensure!(
                fits,
                Setting,
                "setting `{name}` is {count}: it must be 1 to {MOST}"
            );
        }
        ensure!(
            self.by.is_some() || self.top.is_none() && !self.ascending,
            Setting,
            "setting `{}` needs setting `by`, the column by which rows are put in order",
            if self.top.is_some() {
                "top"
            } else {
                "ascending"
            }
        );
        for side in self.size.iter().flatten() {
            ensure!(
                (40.0..=4_000.0).contains(side),
                Setting,
                "setting `size` has a side of {side}: it must be 40 to 4000 pixels"
            );
        }
        ensure!(
            (0.1..=10.0).contains(&self.scale),
            Setting,
            "setting `scale` is {}: it must be 0.1 to 10",
            self.scale
        );
        ensure!(
            self.color_by.is_none() || !self.abbreviate,
            Setting,
            "setting `color_by` colours every atom, and setting `abbreviate` hides some: leave out one"
        );
        ensure!(
            self.color_by.is_none() || self.highlight.is_none(),
            Setting,
            "setting `color_by` and setting `highlight` colour the same atoms: leave out one"
        );
        Ok(())
    }
}

/// Draws molecules into a file, of the kind that its name says.
///
/// # Errors
/// For settings that do not fit; a pattern that is none, or that no molecule has; a name of another kind; a folder that is not there; a file that
/// cannot be read, has no molecules but seems to be something else, or no such columns or rows. Where
/// `watch` ends the work, nothing is written.
pub fn draw_molecules(
    subject: Subject,
    settings: &Settings,
    output: &Target,
    watch: &dyn Watch,
) -> Result<Summary> {
    settings.check()?;
    let format = Format::of(output.name())?;
    let mut sink = Sink::create(output)?;
    let patterns = scaffold::Patterns::new(settings)?;
    let picks = rows::picks(subject, settings, watch)?;
    let (depictions, legend) = layout::laid_out(&picks, settings, &patterns, watch)?;
    let figures = figure::figures(&picks, depictions);
    let boxes = figures.iter().filter(|it| it.content.is_err()).count();
    let summary = Summary {
        molecules: figures.len() - boxes,
        boxes,
        left_out: picks.left_out,
    };
    if let Some(none) = picks.no_molecule.filter(|_| summary.molecules == 0) {
        return Err(none.into());
    }
    tell(&summary, watch);
    if watch.stop() {
        return Err(Error::cancelled());
    }
    let bytes = match format {
        Format::Svg => sheet::svg(&figures, legend, settings).into_bytes(),
        Format::Png => sheet::png(&figures, legend, settings)?,
        Format::Html => page::page(&figures, legend.as_ref(), settings, &summary).into_bytes(),
    };
    let name = output.name().display();
    sink.write_all(&bytes)
        .with_context(|| format!("cannot write `{name}`"))?;
    sink.finish()?;
    Ok(summary)
}

/// Tells of rows that are not drawn, or not as molecules.
fn tell(summary: &Summary, watch: &dyn Watch) {
    if summary.left_out > 0 {
        let drawn = summary.molecules + summary.boxes;
        watch.note(&format!(
            "{} more rows are left out: the picture has {drawn}; choose with setting `rows` or setting \
             `by`, or draw more with setting `limit`",
            crate::report::thousands(summary.left_out)
        ));
    }
    match summary.boxes {
        0 => {}
        1 => watch.note("1 row is no molecule: it has a box with the reason"),
        boxes => watch.note(&format!(
            "{boxes} rows are no molecules: each has a box with the reason"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(settings: &Settings, fault: Option<&str>) {
        let found = settings.check().err().map(|error| error.to_string());
        match fault {
            Some(fault) => assert!(
                found.as_ref().is_some_and(|it| it.contains(fault)),
                "{found:?}"
            ),
            None => assert_eq!(found, None),
        }
    }

    #[test]
    fn settings_are_checked() {
        let usual = Settings::default;
        let by = || Some("x".to_owned());
        check(&usual(), None);
        check(
            &Settings {
                top: Some(5),
                by: by(),
                ..usual()
            },
            None,
        );
        check(
            &Settings {
                top: Some(5),
                ..usual()
            },
            Some("needs setting `by`"),
        );
        check(
            &Settings {
                ascending: true,
                ..usual()
            },
            Some("`ascending` needs"),
        );
        check(
            &Settings {
                limit: Some(0),
                ..usual()
            },
            Some("`limit` is 0"),
        );
        check(
            &Settings {
                per_row: Some(MOST + 1),
                ..usual()
            },
            Some("`per_row`"),
        );
        check(
            &Settings {
                size: Some([39.0, 100.0]),
                ..usual()
            },
            Some("side of 39"),
        );
        check(
            &Settings {
                scale: f64::NAN,
                ..usual()
            },
            Some("`scale`"),
        );
        let both = Settings {
            color_by: by(),
            abbreviate: true,
            ..usual()
        };
        check(&both, Some("leave out one"));
    }

    #[test]
    fn the_number_of_molecules_is_bounded() {
        let most = |top, limit| {
            Settings {
                top,
                limit,
                ..Settings::default()
            }
            .most()
        };
        assert_eq!(most(None, None), USUAL_LIMIT);
        assert_eq!(most(Some(500), None), 500);
        assert_eq!(most(Some(500), Some(20)), 20);
        assert_eq!(most(Some(5), Some(20)), 5);
    }
}
