//! The rows that are drawn: by number, by the order of a column, and not too many.

use std::cmp::Ordering;

use super::columns::{number, place, shown, wanted};
use super::numbers::RowNumbers;
use super::{Settings, Subject};
use crate::error::{Error, Result, bail, ensure};
use crate::progress::Watch;
use crate::table::{Cell, Chunks, Column, Content, Row, Rows, TableError, Value};

/// Rows that are read together.
const CHUNK: usize = 1_024;
/// Names of columns that hold the names of molecules, the best first.
const NAMES: [&str; 8] = [
    "name",
    "title",
    "molecule_name",
    "compound_name",
    "compound",
    "id",
    "molecule_id",
    "compound_id",
];

/// A row that is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pick {
    /// Its number, from 1; `None` for a molecule that is of no file.
    pub(super) number: Option<usize>,
    pub(super) content: Content,
    pub(super) name: String,
    /// Values below the drawing.
    pub(super) captions: Vec<String>,
    /// Values of atoms, as they are written.
    pub(super) colours: String,
}

/// The rows that are drawn.
#[derive(Debug, Default)]
pub(super) struct Picks {
    pub(super) rows: Vec<Pick>,
    /// What the values below a drawing are.
    pub(super) captions: Vec<String>,
    /// Rows beyond the most that are drawn.
    pub(super) left_out: usize,
    /// The error to end with where none of them is a molecule.
    pub(super) no_molecule: Option<TableError>,
}

/// Chooses the rows of a subject.
pub(super) fn picks(subject: Subject, settings: &Settings, watch: &dyn Watch) -> Result<Picks> {
    match subject {
        Subject::Smiles(text) => one(text, settings),
        Subject::Rows(rows) => of_rows(*rows, settings, watch),
    }
}

/// A molecule of no file, which has no columns.
fn one(text: String, settings: &Settings) -> Result<Picks> {
    let asked = [
        ("rows", settings.rows.is_some()),
        ("by", settings.by.is_some()),
        ("caption", !settings.caption.is_empty()),
        ("color_by", settings.color_by.is_some()),
    ];
    if let Some((name, _)) = asked.iter().find(|(_, asked)| *asked) {
        bail!(
            Setting,
            "setting `{name}` chooses of a file, and `{text}` is one molecule: leave it out, or give a file"
        );
    }
    let pick = Pick {
        number: None,
        content: Content::Text(text),
        name: String::new(),
        captions: Vec::new(),
        colours: String::new(),
    };
    Ok(Picks {
        rows: vec![pick],
        ..Picks::default()
    })
}

/// The places of the columns that are needed.
struct Places {
    by: Option<usize>,
    name: Option<usize>,
    captions: Vec<usize>,
    colours: Option<usize>,
}

impl Places {
    fn new(columns: &[Column], file: &str, settings: &Settings) -> Result<Self> {
        let find = |setting, name: &String| wanted(columns, file, setting, name);
        let captions = settings.caption.iter().map(|name| find("caption", name));
        Ok(Self {
            by: settings
                .by
                .as_ref()
                .map(|name| find("by", name))
                .transpose()?,
            name: NAMES.iter().find_map(|name| place(columns, name)),
            captions: captions.collect::<Result<_>>()?,
            colours: settings
                .color_by
                .as_ref()
                .map(|name| find("color_by", name))
                .transpose()?,
        })
    }

    fn pick(&self, number: usize, row: Row) -> Pick {
        let text = |place: usize| shown(row.cells.get(place).unwrap_or(&Value::Nothing));
        let raw = |place: usize| {
            let cell = Cell::Value(row.cells.get(place).unwrap_or(&Value::Nothing));
            cell.text().into_owned()
        };
        Pick {
            number: Some(number),
            name: self.name.map(text).unwrap_or_default(),
            captions: self.captions.iter().map(|&place| text(place)).collect(),
            colours: self.colours.map(raw).unwrap_or_default(),
            content: row.content,
        }
    }
}

/// Rows in the order of a column, or of the file.
struct Order {
    most: usize,
    ascending: bool,
    rows: Vec<(f64, usize, Row)>,
    count: usize,
}

impl Order {
    fn add(&mut self, value: f64, number: usize, row: Row) {
        self.count += 1;
        self.rows.push((value, number, row));
        if self.rows.len() > 2 * self.most + CHUNK {
            self.cut();
        }
    }

    fn cut(&mut self) {
        let ascending = self.ascending;
        let order = |first: &(f64, usize, Row), second: &(f64, usize, Row)| -> Ordering {
            let order = first.0.total_cmp(&second.0);
            let order = if ascending { order } else { order.reverse() };
            order.then(first.1.cmp(&second.1))
        };
        self.rows.sort_by(order);
        self.rows.truncate(self.most);
    }
}

fn of_rows(mut rows: Rows, settings: &Settings, watch: &dyn Watch) -> Result<Picks> {
    let file = rows.name().display().to_string();
    ensure!(
        settings.color_by.is_none() || rows.keep_order_of_atoms(),
        Setting,
        "setting `color_by` needs atoms in the order of a SMILES, and `{file}` is an SD file: write its \
         molecules and values as a table"
    );
    let columns = rows.columns()?.to_vec();
    let places = Places::new(&columns, &file, settings)?;
    let mut chosen = Order {
        most: settings.most(),
        ascending: settings.ascending,
        rows: Vec::new(),
        count: 0,
    };
    let last = settings.rows.as_ref().map_or(usize::MAX, RowNumbers::last);
    let (mut count, mut blank, mut texts) = (0, 0, 0);
    let mut first_text = None;
    let mut chunks = Chunks::new(rows, CHUNK.min(last), "reading", watch);
    while count < last
        && let Some(chunk) = chunks.next()
    {
        for row in chunk {
            count += 1;
            if settings
                .rows
                .as_ref()
                .is_some_and(|rows| !rows.contains(count))
            {
                continue;
            }
            match places.by.map(|place| number(row.cells.get(place))) {
                None => chosen.add(-(count as f64), count, row),
                Some(Ok(Some(value))) => chosen.add(value, count, row),
                Some(Ok(None)) => blank += 1,
                Some(Err(text)) => {
                    texts += 1;
                    first_text.get_or_insert((count, text));
                }
            }
        }
    }
    if let Some(fault) = chunks.fault() {
        return Err(fault.into());
    }
    if watch.stop() {
        return Err(Error::cancelled());
    }
    let by = settings.by.as_deref().unwrap_or_default();
    refuse_nothing(
        &file,
        settings,
        count,
        chosen.count,
        blank,
        first_text.as_ref(),
    )?;
    if let Some((row, text)) = first_text {
        watch.note(&format!(
            "{texts} rows have a text in `{by}` and are left out: `{text}` in row {row} is the first"
        ));
    }
    if blank > 0 {
        watch.note(&format!(
            "{blank} rows have no value in `{by}` and are left out"
        ));
    }
    if settings.rows.is_some() && last != usize::MAX && last > count {
        watch.note(&format!(
            "`{file}` has {count} rows, fewer than setting `rows` asks for"
        ));
    }
    chosen.cut();
    let drawn = chosen.rows.len();
    Ok(Picks {
        // What `top` leaves out was asked for.
        left_out: chosen.count.min(settings.top.unwrap_or(usize::MAX)) - drawn,
        rows: chosen
            .rows
            .into_iter()
            .map(|(_, number, row)| places.pick(number, row))
            .collect(),
        captions: places
            .captions
            .iter()
            .map(|&place| columns[place].name.trim().to_owned())
            .collect(),
        no_molecule: chunks.no_molecule(),
    })
}

/// Refuses a choice of no rows.
fn refuse_nothing(
    file: &str,
    settings: &Settings,
    count: usize,
    chosen: usize,
    blank: usize,
    first_text: Option<&(usize, String)>,
) -> Result<()> {
    if chosen > 0 {
        return Ok(());
    }
    let by = settings.by.as_deref().unwrap_or_default();
    ensure!(count > 0, Input, "`{file}` has no rows");
    if let Some((row, text)) = first_text {
        bail!(
            Input,
            "column `{by}` of `{file}` holds text, `{text}` in row {row}: name a column of numbers with setting `by`"
        );
    }
    ensure!(
        blank == 0,
        Input,
        "column `{by}` of `{file}` has no value in any of the rows: name another with setting `by`"
    );
    let rows = settings.rows.as_ref().map(ToString::to_string);
    bail!(
        Setting,
        "`{file}` has {count} rows, and none of setting `rows` {}",
        rows.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::path::Path;

    use super::*;
    use crate::progress::Unwatched;
    use crate::table::{Input, ReadOptions};

    const TABLE: &str = "smiles,Name,x,note\nC,methane,1.5,a\nCC,ethane,,b\nCCC,propane,3,c\n\
        CCCC,butane,3,d\nCCCCC,pentane,n/a,e\nCCCCCC,hexane,-2e1,f\n";

    fn chosen(settings: &Settings) -> Result<Picks> {
        let stream = Box::new(Cursor::new(TABLE.as_bytes()));
        let input = Input::from_stream(Path::new("a.csv"), stream)?;
        let options = ReadOptions {
            keep_cells: true,
            ..ReadOptions::default()
        };
        let rows = Rows::new(input, &options)?;
        picks(Subject::Rows(Box::new(rows)), settings, &Unwatched)
    }

    #[track_caller]
    fn check(settings: &Settings, rows: &[usize], left_out: usize) {
        let found = chosen(settings).unwrap();
        let numbers: Vec<usize> = found.rows.iter().filter_map(|row| row.number).collect();
        assert_eq!(
            (&*numbers, found.left_out),
            (rows, left_out),
            "{settings:?}"
        );
    }

    #[test]
    fn rows_are_chosen() {
        let usual = Settings::default;
        let rows = |text: &str| Some(text.parse().unwrap());
        let by = || Some("X".to_owned());
        check(&usual(), &[1, 2, 3, 4, 5, 6], 0);
        check(
            &Settings {
                limit: Some(2),
                ..usual()
            },
            &[1, 2],
            4,
        );
        check(
            &Settings {
                rows: rows("2-3,6"),
                ..usual()
            },
            &[2, 3, 6],
            0,
        );
        check(
            &Settings {
                rows: rows("5-"),
                ..usual()
            },
            &[5, 6],
            0,
        );
        check(
            &Settings {
                by: by(),
                ..usual()
            },
            &[3, 4, 1, 6],
            0,
        );
        check(
            &Settings {
                by: by(),
                ascending: true,
                ..usual()
            },
            &[6, 1, 3, 4],
            0,
        );
        check(
            &Settings {
                by: by(),
                top: Some(2),
                ..usual()
            },
            &[3, 4],
            0,
        );
        let limit = Settings {
            by: by(),
            top: Some(3),
            limit: Some(2),
            ..usual()
        };
        check(&limit, &[3, 4], 1);
        let some = Settings {
            by: by(),
            rows: rows("4-"),
            ..usual()
        };
        check(&some, &[4, 6], 0);
    }

    #[test]
    fn names_and_captions_come_from_columns() {
        let settings = Settings {
            caption: vec!["note".to_owned(), "X".to_owned()],
            rows: Some("6".parse().unwrap()),
            ..Settings::default()
        };
        let found = chosen(&settings).unwrap();
        assert_eq!(found.captions, ["note", "x"]);
        assert_eq!(found.rows[0].name, "hexane");
        assert_eq!(found.rows[0].captions, ["f", "-2e1"]);
    }

    #[track_caller]
    fn check_refused(settings: &Settings, message: &str) {
        let error = chosen(settings).expect_err("an error").to_string();
        assert!(error.contains(message), "{error}");
    }

    #[test]
    fn what_is_not_there_is_named() {
        let usual = Settings::default;
        let name = |text: &str| Some(text.to_owned());
        let missing = Settings {
            by: name("y"),
            ..usual()
        };
        check_refused(
            &missing,
            "`a.csv` has no column `y` for setting `by`, only `Name`, `x`, `note`",
        );
        let text = Settings {
            by: name("note"),
            ..usual()
        };
        check_refused(&text, "holds text, `a` in row 1");
        let caption = Settings {
            caption: vec!["z".to_owned()],
            ..usual()
        };
        check_refused(&caption, "`z` for setting `caption`");
        let rows = Settings {
            rows: Some("9-12".parse().unwrap()),
            ..usual()
        };
        check_refused(&rows, "has 6 rows, and none of setting `rows` 9-12");
        let blank = Settings {
            by: name("x"),
            rows: Some("2".parse().unwrap()),
            ..usual()
        };
        check_refused(&blank, "no value in any");
    }
}
