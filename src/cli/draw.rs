//! `molgpt draw`: pictures of molecules.

use std::path::{Path, PathBuf};

use super::Ending;
use super::console::Console;
use super::messages::{self, Level};
use super::paths::{self, DataFile};
use crate::chem::{Molecule, Theme};
use crate::draw::{RowNumbers, Settings, Subject, draw_molecules};
use crate::error::{Error, Kind, Result};
use crate::table::{ReadOptions, Target};

/// Draw molecules: the rows of a file side by side, or one SMILES, as SVG, PNG or a page.
///
/// Below each drawing stand its number (from 1 for the first row below a header), its name if a column is
/// called so, and the columns of --caption. All drawings have one bond length; a row that is not a
/// molecule has a box with the reason.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The molecules, as a list, a table of any kind or an SD file; `FILE:COLUMN` for one of its columns;
    /// `-` is standard input. Or one SMILES.
    #[arg(value_name = "SMILES|FILE")]
    molecules: PathBuf,
    /// The picture: .svg, .png or .html.
    #[arg(short, long)]
    output: PathBuf,
    /// Name or number of the column with the SMILES [default: `smiles`, or the one that looks like
    /// SMILES].
    #[arg(long)]
    column: Option<String>,
    /// Rows to draw, from 1 for the first below a header: `1-20,35` or `50-` [default: all].
    #[arg(long, value_name = "ROWS")]
    rows: Option<RowNumbers>,
    /// Put rows in the order of this column of numbers, the largest first.
    #[arg(long, value_name = "COLUMN")]
    by: Option<String>,
    /// With --by: the smallest first.
    #[arg(long)]
    ascending: bool,
    /// With --by: draw so many.
    #[arg(long, value_name = "N")]
    top: Option<usize>,
    /// The most molecules of a picture; how many are left out is told [default: those of --top, else 100].
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Columns whose values stand below a drawing, between commas.
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    caption: Vec<String>,
    /// Colour atoms by this column: numbers between blanks, one for each atom but hydrogens in the order
    /// of the SMILES. White is 0; a legend has the ends of the scale.
    #[arg(long, value_name = "COLUMN", conflicts_with = "abbreviate")]
    color_by: Option<String>,
    /// Write common groups at the ends of a molecule as letters: CF3, NO2, Ph, Boc and some fifty
    /// others.
    #[arg(long)]
    abbreviate: bool,
    /// Draw the atoms of this SMARTS pattern as in the first molecule that has it, with a colour behind
    /// them; molecules without it are drawn as they are.
    #[arg(long, value_name = "SMARTS")]
    align: Option<String>,
    /// Put a colour behind the atoms of this SMARTS pattern.
    #[arg(long, value_name = "SMARTS", conflicts_with = "color_by")]
    highlight: Option<String>,
    /// With --align: no colour.
    #[arg(long, requires = "align", conflicts_with = "highlight")]
    no_highlight: bool,
    /// Drawings side by side [default: 4; on a page as many as fit].
    #[arg(long, value_name = "N")]
    per_row: Option<usize>,
    /// Width and height of a drawing in pixels [default: 220x170, of one molecule 360x270].
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = size)]
    size: Option<Size>,
    /// Pixels of a PNG for each pixel of --size.
    #[arg(long, value_name = "FACTOR", default_value_t = 2.0)]
    scale: f64,
    /// Colours of SVG and PNG; a page is light or dark as its reader's screen.
    #[arg(long, value_enum, default_value_t = Colours::Light)]
    theme: Colours,
    /// Processor cores to use; 0 for all.
    #[arg(long, env = "MOLGPT_THREADS", default_value_t = 0)]
    threads: usize,
}

/// Width and height.
type Size = [f64; 2];

fn size(text: &str) -> Result<Size, String> {
    let sides = text.split_once(['x', 'X', '×']);
    let sides = sides.and_then(|(width, height)| Some([width.parse().ok()?, height.parse().ok()?]));
    sides.ok_or_else(|| "width and height are written as 220x170".to_owned())
}

/// Colours of a picture.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Colours {
    /// On white.
    Light,
    /// On a dark ground.
    Dark,
    /// SVG without a ground, light or dark as the reader's screen.
    Auto,
    /// Black, with the sizes that journals ask for.
    Print,
}

impl From<Colours> for Theme {
    fn from(colours: Colours) -> Self {
        match colours {
            Colours::Light => Self::Light,
            Colours::Dark => Self::Dark,
            Colours::Auto => Self::Auto,
            Colours::Print => Self::Print,
        }
    }
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Ending> {
    super::use_threads(arguments.threads)?;
    let (subject, title) = subject(arguments)?;
    let settings = Settings {
        rows: arguments.rows.clone(),
        by: arguments.by.clone(),
        ascending: arguments.ascending,
        top: arguments.top,
        limit: arguments.limit,
        caption: arguments.caption.clone(),
        color_by: arguments.color_by.clone(),
        abbreviate: arguments.abbreviate,
        align: arguments.align.clone(),
        highlight: arguments.highlight.clone(),
        highlight_aligned: !arguments.no_highlight,
        per_row: arguments.per_row,
        size: arguments.size,
        scale: arguments.scale,
        theme: arguments.theme.into(),
        title,
    };
    let output = Target::File(arguments.output.clone());
    let console = Console::interruptible(quiet)?;
    let drawn = draw_molecules(subject, &settings, &output, &console)?;
    drop(console);
    if !quiet {
        let what = match drawn.molecules {
            1 => "1 molecule".to_owned(),
            count => format!("{count} molecules"),
        };
        let told = format!("{}: {what}", arguments.output.display());
        let fields = serde_json::json!({ "file": arguments.output, "molecules": drawn.molecules });
        messages::tell(Level::Info, &told, fields);
    }
    Ok(Ending::Done)
}

/// What is drawn, and its title: a file that is there, or else a SMILES.
fn subject(arguments: &Arguments) -> Result<(Subject, String)> {
    let file = DataFile::from(arguments.molecules.clone().into_os_string());
    let text = arguments.molecules.to_string_lossy();
    if file.is_stream() || file.path.is_file() {
        paths::refuse_overwriting(&[&file], &[("--output", Some(&arguments.output))])?;
        let options = ReadOptions {
            column: arguments.column.clone(),
            keep_cells: true,
            ..ReadOptions::default()
        };
        let rows = file.rows(&options)?;
        let title = if file.is_stream() {
            "Molecules".to_owned()
        } else {
            let name = file.path.file_name().unwrap_or_default();
            name.to_string_lossy().into_owned()
        };
        return Ok((Subject::Rows(Box::new(rows)), title));
    }
    match Molecule::parse(&text) {
        Ok(_) if arguments.column.is_some() => Err(Error::new(
            Kind::Setting,
            format!("--column chooses of a file, and `{text}` is one molecule: leave it out"),
        )),
        Ok(_) => Ok((Subject::Smiles(text.trim().to_owned()), text.into_owned())),
        Err(invalid) => Err(Error::new(
            Kind::Input,
            format!(
                "`{text}` is neither a file that is there nor a SMILES: {}",
                if Path::new(&*text).is_dir() {
                    "it is a folder".to_owned()
                } else {
                    invalid.explain(&text)
                }
            ),
        )),
    }
}
