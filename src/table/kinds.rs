//! What a file truly is, by how it begins, whatever its name.
//!
//! The one place that recognizes formats: what is read gets a [`Kind`], what is not is refused by its
//! true name and with the remedy. Knows beginnings; does not read on.

use std::path::Path;

use super::format::plain_name;
use super::input::other;
use super::packed::Packing;
use super::row::binary;
use super::{Format, Input, TableError};

/// The first bytes of a Parquet file.
const PARQUET: &[u8] = b"PAR1";

/// The first bytes of a zip archive, which newer workbooks are, too.
const ZIP: &[u8] = b"PK\x03\x04";

/// The words to click to make a table of a workbook.
pub(super) const SAVE_AS: &str =
    "open it and save it as text: File > Save As > CSV UTF-8 (in LibreOffice Text CSV)";

/// The remedy for what is no table at all.
const GIVE_A_TABLE: &str = "give a table or one SMILES a row";

/// A kind of file that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text: a table or a list.
    Text,
    /// JSON objects, one a line or in an array.
    Objects,
    /// A Parquet file.
    Parquet,
    /// A workbook of Excel.
    Workbook,
    /// Molecule blocks: an SD file or a mol file.
    Blocks,
}

impl Kind {
    /// The kind of a file.
    ///
    /// # Errors
    /// [`TableError::OtherContent`] and [`TableError::Binary`] for what is not read.
    pub(super) fn of(input: &Input) -> Result<Self, TableError> {
        let (path, start) = (input.name(), input.start());
        let by_name = Format::of_name(path);
        let is_packed = |kind| match input.packing() {
            Some(packing) => Err(packed(path, kind, packing)),
            None => Ok(()),
        };
        if start.starts_with(PARQUET) {
            is_packed("is a Parquet file")?;
            return Ok(Self::Parquet);
        }
        if start.starts_with(ZIP) {
            is_packed("is a workbook or a zip archive")?;
            refuse_other_archives(path, start)?;
            return Ok(Self::Workbook);
        }
        refuse_bytes(path, start)?;
        if begins_as_json(start) {
            return Ok(Self::Objects);
        }
        if is_sd_file(start) {
            return Ok(Self::Blocks);
        }
        refuse_text(path, start)?;
        let is_empty = start.trim_ascii().is_empty();
        match by_name {
            Some(Format::Parquet) if !start.is_empty() => Err(other(
                path,
                "is not a Parquet file, as its name says",
                "name it after what it is",
            )),
            Some(Format::Jsonl) if !is_empty => Err(other(
                path,
                "does not hold JSON lines, as its name says",
                "write one JSON object a line",
            )),
            _ if is_sd_name(path) && !is_empty => Err(other(
                path,
                "does not hold molecule blocks, as its name says",
                "name it after what it is",
            )),
            _ => Ok(Self::Text),
        }
    }
}

fn packed(path: &Path, kind: &str, packing: Packing) -> TableError {
    other(
        path,
        format!("{kind} compressed by {}", packing.name()),
        "decompress it",
    )
}

/// Whether a text begins as JSON objects or an array of them do, and no SMILES.
fn begins_as_json(start: &[u8]) -> bool {
    let begins_object = |text: &[u8]| {
        let inside = text.trim_ascii_start().strip_prefix(b"{");
        inside.is_some_and(|inside| matches!(inside.trim_ascii_start().first(), Some(b'"' | b'}')))
    };
    let start = start.trim_ascii_start();
    let inside = start.strip_prefix(b"[").map(<[u8]>::trim_ascii_start);
    begins_object(start)
        || inside.is_some_and(|array| begins_object(array) || array.starts_with(b"\""))
}

/// Refuses archives that are no workbook of Excel, by the name of their first file.
fn refuse_other_archives(path: &Path, start: &[u8]) -> Result<(), TableError> {
    /// Bytes before the name of the first file.
    const NAME: usize = 30;
    let first = start.get(NAME..).unwrap_or_default();
    let is_document = first.starts_with(b"mimetypeapplication/vnd.oasis.opendocument");
    if is_document {
        return Err(other(
            path,
            "is an OpenDocument spreadsheet (.ods)",
            SAVE_AS,
        ));
    }
    let is_workbook = [&b"[Content_Types].xml"[..], b"_rels/", b"docProps/", b"xl/"];
    if !is_workbook.iter().any(|name| first.starts_with(name)) {
        return Err(other(path, "is a zip archive", "unpack it"));
    }
    Ok(())
}

/// Refuses files that are not text, by name.
fn refuse_bytes(path: &Path, start: &[u8]) -> Result<(), TableError> {
    let decompress = "decompress it, or use gzip";
    let utf_8 = "save it as UTF-8";
    let export = "export it as .csv or .parquet";
    let beginnings: [(&[u8], &str, &str); 24] = [
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "is a workbook of old Excel (.xls)",
            SAVE_AS,
        ),
        (b"SQLite format 3", "is a database", "export it as .csv"),
        (b"BZh", "is compressed by bzip2", decompress),
        (b"\xfd7zXZ", "is compressed by xz", decompress),
        (b"\x28\xb5\x2f\xfd", "is compressed by zstd", decompress),
        (b"\x04\x22\x4d\x18", "is compressed by LZ4", decompress),
        (b"\x1f\x9d", "is compressed by compress", decompress),
        (b"7z\xbc\xaf\x27\x1c", "is a 7-Zip archive", "unpack it"),
        (b"Rar!\x1a\x07", "is a RAR archive", "unpack it"),
        (b"\xff\xfe\0\0", "is UTF-32 text", utf_8),
        (b"\0\0\xfe\xff", "is UTF-32 text", utf_8),
        (b"%PDF", "is a PDF file", GIVE_A_TABLE),
        (b"{\\rtf", "is a document (RTF)", "save it as plain text"),
        (b"\x89PNG", "is a picture", GIVE_A_TABLE),
        (b"\xff\xd8\xff", "is a picture", GIVE_A_TABLE),
        (b"GIF8", "is a picture", GIVE_A_TABLE),
        (b"ARROW1", "is an Arrow (Feather) file", export),
        (b"FEA1", "is a Feather file", export),
        (b"\x89HDF", "is an HDF5 file", export),
        (b"ORC", "is an ORC file", export),
        (b"Obj\x01", "is an Avro file", export),
        (b"\x93NUMPY", "is a NumPy array", export),
        (
            b"VjCD0100",
            "is a drawing of ChemDraw (.cdx)",
            "save its structures as SMILES",
        ),
        (
            b"version https://git-lfs.github.com/spec",
            "is a pointer of Git LFS",
            "fetch the file itself: git lfs pull",
        ),
    ];
    for (beginning, found, remedy) in beginnings {
        if start.starts_with(beginning) {
            return Err(other(path, found, remedy));
        }
    }
    // Three times out of four the letters of UTF-16 are ASCII, and every other byte is NUL.
    let is_wide = start.get(..8).is_some_and(|start| {
        let nul = |from: usize| start.iter().skip(from).step_by(2).all(|&byte| byte == 0);
        nul(0) != nul(1)
    });
    if is_wide {
        return Err(other(
            path,
            "is UTF-16 text without a byte order mark",
            utf_8,
        ));
    }
    if start.starts_with(b"\x80") && start.contains(&0) {
        return Err(other(path, "is a pickle of Python", export));
    }
    Ok(())
}

/// Refuses texts that are no list and no table, by name.
fn refuse_text(path: &Path, start: &[u8]) -> Result<(), TableError> {
    let trimmed = start.trim_ascii_start();
    let begins = |text: &str| {
        trimmed
            .get(..text.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(text.as_bytes()))
    };
    if begins("<!doctype") || begins("<html") || begins("<?xml") || begins("<sami") {
        return Err(other(
            path,
            "is a web page or XML",
            "download the data itself",
        ));
    }
    for (beginning, found) in [
        ("@<TRIPOS>", "is a mol2 file"),
        ("HEADER    ", "is a PDB file"),
        ("REMARK  ", "is a PDB file"),
        ("HETATM", "is a PDB file"),
        ("ATOM  ", "is a PDB file"),
        ("$RXN", "is a reaction file (.rxn)"),
        ("$RDFILE", "is a reaction file (.rdf)"),
    ] {
        if begins(beginning) {
            return Err(other(path, found, "convert it to SMILES, one a row"));
        }
    }
    if start.contains(&0) {
        let before = start.split(|&byte| byte == 0).next().unwrap_or_default();
        let ends = before.split(|&byte| byte == b'\n').count();
        return Err(binary(path, ends));
    }
    Ok(())
}

/// Whether a text is an SD file: the line of counts of its first molecule tells, or a line that ends
/// one.
fn is_sd_file(start: &[u8]) -> bool {
    let text = String::from_utf8_lossy(start).replace("\r\n", "\n");
    let lines = text.split(['\n', '\r']).map(str::trim_end);
    let is_counts = |line: &str| line.ends_with("V2000") || line.ends_with("V3000");
    let mut first = lines.clone().take(8);
    let mut later = lines;
    first.any(is_counts) || later.any(|line| line == "$$$$" || line == "M  END")
}

/// Whether a name is that of an SD file or a mol file.
fn is_sd_name(path: &Path) -> bool {
    let (name, _) = plain_name(path);
    [".sdf", ".sd", ".mol"]
        .iter()
        .any(|ending| name.ends_with(ending))
}
