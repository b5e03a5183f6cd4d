//! The real program, and the files beside it, for the tests that drive it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use assert_cmd::Command;
use flate2::read::GzDecoder;
use molgpt::chem::Molecule;

/// The program, run in a folder.
#[allow(dead_code, reason = "not every test drives the program")]
pub(crate) fn molgpt(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_molgpt"));
    command.current_dir(folder).env_remove("MOLGPT_CHEMNET");
    command
}

/// Output and messages of the program, run in a folder, and its exit code. It does not panic.
#[allow(dead_code, reason = "not every test drives the program")]
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> (String, String, Option<i32>) {
    let output = molgpt(folder).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (out, told) = (text(output.stdout), text(output.stderr));
    assert!(!told.contains("panicked"), "{told}");
    (out, told, output.status.code())
}

/// A file of the repository.
#[allow(dead_code, reason = "not every test needs one")]
pub(crate) fn shipped(path: &str) -> String {
    format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))
}

/// Molecules with their scores by another program, of a table under tests/golden.
#[allow(dead_code, reason = "not every test needs one")]
pub(crate) struct Scored {
    /// Names of the scores.
    pub(crate) names: Vec<String>,
    /// SMILES and the scores, in order of the names.
    pub(crate) rows: Vec<Vec<String>>,
    /// The molecules, in order of the rows.
    pub(crate) molecules: Vec<Molecule>,
}

/// Reads such a table of 2,000 molecules, whose first line is a comment.
#[allow(dead_code, reason = "not every test needs one")]
pub(crate) fn scored(name: &str) -> Scored {
    let path = shipped(&format!("tests/golden/{name}"));
    let mut text = String::new();
    GzDecoder::new(File::open(path).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    let cells = |row: &str| row.split('\t').map(str::to_owned).collect::<Vec<_>>();
    let mut rows = text.lines().skip(1).map(cells);
    let names = rows.next().unwrap().split_off(1);
    let rows: Vec<Vec<String>> = rows.collect();
    assert_eq!(rows.len(), 2_000);
    let molecules = rows.iter().map(|row| Molecule::parse(&row[0]).unwrap());
    Scored {
        names,
        molecules: molecules.collect(),
        rows,
    }
}
