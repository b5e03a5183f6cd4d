//! The rows of a worksheet of Excel (.xlsx).
//!
//! A thread reads the sheet and hands its rows on as they are asked for, so that only the texts that
//! the workbook keeps in one place are in memory. Knows workbooks; the first sheet with a column of
//! molecules is read.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use calamine::{CellErrorType, Data, DataRef, Reader, Sheet, SheetType, SheetVisible, Xlsx};
use zip::ZipArchive;

use super::column::{By, Chosen, Fault, Judge, choose};
use super::input::{failed, other};
use super::layout::{passed_over, table};
use super::read::Findings;
use super::row::{Content, ReadOptions, Row};
use super::sample::{ROWS, Sample};
use super::{Cell, Column, Input, TableError, Value};

/// Bytes that a workbook may always unpack to.
const ALLOWED: u64 = 1 << 28;

/// Times its own size that a workbook may unpack to beyond that.
const GROWTH: u64 = 200;

/// Rows that are handed on together, and such pieces that may wait.
const TOGETHER: usize = 512;
const WAITING: usize = 4;

type Book = Xlsx<BufReader<File>>;

/// A row of a sheet: its number, from 1, and its cells up to the last that is filled.
type SheetRow = (usize, Vec<Value>);

/// The rows of a sheet.
pub(super) struct Workbook {
    pieces: Receiver<Result<Vec<SheetRow>, String>>,
    piece: std::vec::IntoIter<SheetRow>,
    column: usize,
    /// Rows before the first of molecules that are left to skip: titles and a header.
    skip: usize,
    /// Cells of the first row.
    width: usize,
    /// The other columns, if they are kept.
    columns: Vec<Column>,
    keep: bool,
    read: usize,
    total: usize,
}

impl Workbook {
    pub(super) fn new(input: Input, options: &ReadOptions) -> Result<(Self, Findings), TableError> {
        let path = input.name().to_owned();
        let Some(mut file) = input.into_file() else {
            return Err(other(
                &path,
                "is a workbook, which is not read from its beginning",
                "give the file itself instead of a stream",
            ));
        };
        refuse_growth(&mut file, &path)?;
        file.rewind().map_err(|source| failed(&path, source))?;
        let broken = |error: calamine::XlsxError| failed(&path, io::Error::other(error));
        let mut book = Xlsx::new(BufReader::new(file)).map_err(broken)?;
        let sheets: Vec<String> = book.sheets_metadata().iter().filter_map(shown).collect();
        let found =
            find(&mut book, &sheets, options).map_err(|error| broken_sheet(&path, error))?;
        let Some((sheet, total, sample, chosen)) = found else {
            return Err(other(
                &path,
                "is a workbook without a filled cell",
                super::kinds::SAVE_AS,
            ));
        };
        let chosen = chosen.map_err(|fault| fault.of(&path, options, &sample))?;
        let Sample { rows, titles, .. } = sample;
        let first = rows.into_iter().next().unwrap_or_default();
        let findings = Findings {
            note: note(&sheets, &sheet, &titles, &first, &chosen),
            doubt: chosen.doubt,
        };
        let width = first.len();
        let columns = if options.keep_cells {
            super::separated::other_columns(&first, chosen.column, chosen.header)
        } else {
            Vec::new()
        };
        let (sender, pieces) = sync_channel(WAITING);
        std::thread::spawn(move || send(book, &sheet, &sender));
        let rows = Self {
            pieces,
            piece: Vec::new().into_iter(),
            column: chosen.column,
            skip: titles.len() + usize::from(chosen.header),
            width,
            columns,
            keep: options.keep_cells,
            read: 0,
            total,
        };
        Ok((rows, findings))
    }

    pub(super) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The part of the rows that is read, 0 to 1.
    pub(super) fn share_read(&self) -> f64 {
        (self.read as f64 / self.total.max(1) as f64).min(1.0)
    }

    pub(super) fn next(&mut self, path: &Path) -> Result<Option<Row>, TableError> {
        loop {
            let Some((line, mut cells)) = self.piece.next() else {
                // The thread ends when all is sent.
                let Ok(piece) = self.pieces.recv() else {
                    return Ok(None);
                };
                self.piece = piece
                    .map_err(|error| broken_sheet(path, error))?
                    .into_iter();
                continue;
            };
            self.read = line;
            if self.skip > 0 {
                self.skip -= 1;
                continue;
            }
            let content = self.content(&cells);
            cells.resize(self.width, Value::Nothing);
            if self.column < cells.len() {
                cells.remove(self.column);
            }
            return Ok(Some(Row {
                line,
                content,
                cells: if self.keep { cells } else { Vec::new() },
            }));
        }
    }

    fn content(&self, cells: &[Value]) -> Content {
        let filled = cells.len();
        let content = match cells.get(self.column) {
            None | Some(Value::Nothing) => Content::unusable("the cell is empty"),
            Some(Value::Text(text)) => Content::of_cell(text.as_bytes()),
            Some(_) => Content::unusable("the cell is not a text"),
        };
        if filled > self.width {
            let reason = format!("the row has {filled} cells, the first row {}", self.width);
            return Content::Unusable {
                text: content.into_text(),
                reason,
            };
        }
        content
    }
}

/// The name of a sheet that the user sees.
fn shown(sheet: &Sheet) -> Option<String> {
    let is_shown = sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet;
    is_shown.then(|| sheet.name.clone())
}

/// A sheet, its rows in all, the first of them, and the column of the molecules.
type Found = (String, usize, Sample, Result<Chosen, Fault>);

/// The first sheet with a column of molecules, else the first that is not empty.
fn find(
    book: &mut Book,
    sheets: &[String],
    options: &ReadOptions,
) -> Result<Option<Found>, String> {
    let mut first = None;
    for sheet in sheets {
        let mut rows: Vec<Vec<String>> = Vec::new();
        let total = each_row(book, sheet, &mut |(_, cells)| {
            let text = |value: &Value| Cell::Value(value).text().trim().to_owned();
            rows.push(cells.iter().map(text).collect());
            rows.len() < ROWS
        })?;
        if rows.is_empty() {
            continue;
        }
        let sample = table(rows);
        let chosen = choose(&sample, options, &mut Judge::default());
        let is_good = chosen
            .as_ref()
            .is_ok_and(|chosen| chosen.valid > 0 || chosen.by == By::Name);
        let found = (sheet.clone(), total, sample, chosen);
        if is_good {
            return Ok(Some(found));
        }
        first = first.or(Some(found));
    }
    Ok(first)
}

/// The sentence that tells which sheet and column are read, where that is not the only way.
fn note(
    sheets: &[String],
    sheet: &str,
    titles: &[String],
    first: &[String],
    chosen: &Chosen,
) -> Option<String> {
    let titles = titles.first().map(|title| passed_over(title));
    let which = (sheets.len() > 1).then(|| format!("sheet `{sheet}` of {} is read", sheets.len()));
    let column = (chosen.by == By::Content).then(|| match first.get(chosen.column) {
        Some(name) if chosen.header && !name.is_empty() => {
            format!("the SMILES are in column `{name}`, by their content")
        }
        _ => format!(
            "the SMILES are in column {}, by their content",
            chosen.column + 1
        ),
    });
    let parts: Vec<String> = which.into_iter().chain(titles).chain(column).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Hands on the rows of a sheet until nobody wants more.
fn send(mut book: Book, sheet: &str, to: &SyncSender<Result<Vec<SheetRow>, String>>) {
    let mut piece = Vec::with_capacity(TOGETHER);
    let read = each_row(&mut book, sheet, &mut |row| {
        piece.push(row);
        piece.len() < TOGETHER || to.send(Ok(std::mem::take(&mut piece))).is_ok()
    });
    // Who asks no more needs no last piece either.
    let _ = to.send(read.map(|_| piece));
}

/// Gives each row of a sheet that is not empty to `take` until that says no; returns the number of
/// rows that the sheet says it has.
fn each_row(
    book: &mut Book,
    sheet: &str,
    take: &mut dyn FnMut(SheetRow) -> bool,
) -> Result<usize, String> {
    let told = |error: calamine::XlsxError| error.to_string();
    let mut cells = book.worksheet_cells_reader(sheet).map_err(told)?;
    let total = cells.dimensions().end.0 as usize + 1;
    let mut row: SheetRow = (0, Vec::new());
    while let Some(cell) = cells.next_cell().map_err(told)? {
        let (line, column) = cell.get_position();
        let (line, column) = (line as usize + 1, column as usize);
        if line != row.0 {
            let before = std::mem::replace(&mut row, (line, Vec::new()));
            if !before.1.is_empty() && !take(before) {
                return Ok(total);
            }
        }
        let value = value_of(cell.get_value());
        if value != Value::Nothing {
            row.1.resize(column.max(row.1.len()), Value::Nothing);
            row.1.push(value);
        }
    }
    if !row.1.is_empty() {
        take(row);
    }
    Ok(total)
}

fn value_of(cell: &DataRef<'_>) -> Value {
    match cell {
        DataRef::Empty => Value::Nothing,
        DataRef::Int(value) => Value::Integer(*value),
        DataRef::Float(value) if value.fract() == 0.0 && value.abs() < 1e15 => {
            Value::Integer(*value as i64)
        }
        DataRef::Float(value) => Value::Real(*value),
        DataRef::Bool(value) => Value::Json(value.to_string()),
        DataRef::SharedString(text) => text_value(text),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text_value(text)
        }
        DataRef::DateTime(date) if date.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
            let day = format!("{year:04}-{month:02}-{day:02}");
            Value::Text(match (hour, minute, second) {
                (0, 0, 0) => day,
                _ => format!("{day}T{hour:02}:{minute:02}:{second:02}"),
            })
        }
        DataRef::DateTime(duration) => Value::Real(duration.as_f64()),
        DataRef::Error(error) => Value::Text(error_text(error)),
    }
}

fn text_value(text: &str) -> Value {
    if text.trim().is_empty() {
        Value::Nothing
    } else {
        Value::Text(text.to_owned())
    }
}

/// What Excel shows.
fn error_text(error: &CellErrorType) -> String {
    Data::Error(error.clone()).to_string()
}

fn broken_sheet(path: &Path, error: String) -> TableError {
    failed(path, io::Error::other(error))
}

/// Refuses a workbook that unpacks to more than any table of molecules does.
fn refuse_growth(file: &mut File, path: &Path) -> Result<(), TableError> {
    let broken = |error: zip::result::ZipError| failed(path, io::Error::other(error));
    let size = file
        .metadata()
        .map_err(|source| failed(path, source))?
        .len();
    let mut left = ALLOWED.max(size.saturating_mul(GROWTH));
    file.rewind().map_err(|source| failed(path, source))?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(broken)?;
    for place in 0..archive.len() {
        let entry = archive.by_index(place).map_err(broken)?;
        let unpacked = io::copy(&mut entry.take(left + 1), &mut io::sink())
            .map_err(|source| failed(path, source))?;
        if unpacked > left {
            let message = format!("it unpacks to more than {GROWTH} times its size");
            return Err(failed(path, io::Error::other(message)));
        }
        left -= unpacked;
    }
    Ok(())
}
