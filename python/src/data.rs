//! What Python names as molecules: a file, or texts.

use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Arc;

use molgpt::table::Source;
use pyo3::prelude::*;

/// A file's path, or the texts of molecules.
#[derive(FromPyObject)]
pub(crate) enum Data {
    Texts(Vec<Option<String>>),
    File(PathBuf),
}

impl Data {
    /// A source of the library: texts are a table with one column, `smiles`.
    pub(crate) fn source(self) -> Source {
        match self {
            Self::File(path) => Source::File(path),
            Self::Texts(texts) => {
                let mut table = String::from("smiles\n");
                for text in texts.iter().map(Option::as_deref) {
                    table.push('"');
                    table += &text.unwrap_or_default().replace('"', "\"\"");
                    table += "\"\n";
                }
                let table: Arc<[u8]> = table.into_bytes().into();
                Source::Stream {
                    name: PathBuf::from("molecules.csv"),
                    open: Arc::new(move || Box::new(Cursor::new(table.clone()))),
                }
            }
        }
    }
}
