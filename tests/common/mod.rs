//! The real program, and the files beside it, for the tests that drive it.

use std::path::Path;

use assert_cmd::Command;

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
