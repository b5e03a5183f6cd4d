//! Lines of CXSMILES: a SMILES string, its extension between bars, and a name.
//!
//! The extension says more of atoms and bonds by their numbers: labels, coordinates, groups of
//! stereocentres, polymers. It is read only to tell a broken one, which RDKit refuses, from a whole
//! one: features that RDKit does not know are skipped as RDKit skips them, and numbers of atoms and
//! bonds that the molecule does not have are no fault.

mod reader;

use super::graph::Graph;
use crate::chem::{Cause, Invalid};
use reader::Reader;

/// A line or cell with a SMILES string, by its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmilesLine<'a> {
    /// The plain part, up to the first blank.
    pub smiles: &'a str,
    /// The extension, bars included.
    pub extension: Option<&'a str>,
    /// What follows, without white space at its ends; empty without a name.
    pub name: &'a str,
}

impl<'a> SmilesLine<'a> {
    /// Splits a line at its first blank, as RDKit does: what begins with a bar is an extension, and
    /// the rest a name. A blank at the very beginning parts nothing.
    ///
    /// # Errors
    /// [`Invalid`] for an extension that is broken, with the place.
    pub fn split(line: &'a str) -> Result<Self, Invalid> {
        let Some(blank) = line.find([' ', '\t']).filter(|at| *at > 0) else {
            return Ok(Self {
                smiles: line,
                extension: None,
                name: "",
            });
        };
        let (smiles, rest) = line.split_at(blank);
        let start = rest.len() - rest.trim_ascii_start().len();
        let rest = rest.trim_ascii();
        let plain = Self {
            smiles,
            extension: None,
            name: rest,
        };
        if !rest.starts_with('|') {
            return Ok(plain);
        }
        // A string that is no molecule is refused for that.
        let Some(graph) = Graph::drawn(smiles.trim_matches(|c: char| c <= ' ' || !c.is_ascii()))
        else {
            return Ok(plain);
        };
        let mut reader = Reader::new(rest, &graph);
        if reader.extension().is_none() {
            let at = blank + start + reader.at.min(rest.len() - 1);
            let message = "this CXSMILES extension is broken";
            return Err(Invalid::new(
                Cause::Syntax,
                Some(line.floor_char_boundary(at)),
                message,
            ));
        }
        let (extension, name) = rest.split_at(reader.at);
        Ok(Self {
            smiles,
            extension: Some(extension),
            name: name.trim_ascii(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, smiles: &str, extension: Option<&str>, name: &str) {
        let expected = SmilesLine {
            smiles,
            extension,
            name,
        };
        assert_eq!(SmilesLine::split(line), Ok(expected), "{line}");
    }

    #[test]
    fn lines_are_split_as_rdkit_splits_them() {
        check("CCO", "CCO", None, "");
        check("CCO ethanol, pure ", "CCO", None, "ethanol, pure");
        check("C[C@H](O)F |&1:1|", "C[C@H](O)F", Some("|&1:1|"), "");
        check("CCO\t|$;;;$|  name |x|", "CCO", Some("|$;;;$|"), "name |x|");
        check("CCO x |&1:1|", "CCO", None, "x |&1:1|");
        check(" CCO", " CCO", None, "");
        check("C( |$", "C(", None, "|$");
        check("CCO ||", "CCO", Some("||"), "");
    }

    #[track_caller]
    fn check_extension(smiles: &str, extension: &str, whole: bool) {
        let line = format!("{smiles} {extension}");
        assert_eq!(SmilesLine::split(&line).is_ok(), whole, "{line}");
    }

    // Verdicts by RDKit 2026.9.1; tests/golden has more.
    #[test]
    fn broken_extensions_are_refused() {
        for extension in [
            "|(0,0;1,0;2,0)|",
            "|$a;b&#59;$|",
            "|$_AV:a;b$|",
            "|atomProp:0.a.b:1.c.d|",
            "|^1:0,1|",
            "|o1:0,o2:1|",
            "|a:1,o1:1,&1:1,&2:1,&1:0|",
            "|c:1|",
            "|w:1.0|",
            "|C:0.0|",
            "|m:0:1.2|",
            "|LN:1:1.3|",
            "|rb:0:*|",
            "|SgD:0:n:v::::|",
            "|Sg:n:1:n:ht:::|",
            "|x,1|",
            "|f:0.1|",
        ] {
            check_extension("CCO", extension, true);
        }
        for extension in [
            "|",
            "|(0,0;1,0",
            "|$a;b|",
            "|$_AV:a|",
            "|atomProp:0.a|",
            "|^8:0|",
            "|^1:|",
            "|o1:1,1|",
            "|&1:0,1,&2:2,&01:1|",
            "|a:1,a:1|",
            "|foo|",
            "|c|",
            "|w:0.1|",
            "|w:1.0,1.0|",
            "|C:2.0|",
            "|m:1:0|",
            "|LN:0:1.3|",
            "|rb:0:1|",
            "|s:0|",
            "|SgD:0:n|",
            "|Sg:zz:0:n:ht|",
            "|Sg:n:1::ht:2:1|",
            "|&1:1",
            "|&#65$a",
        ] {
            check_extension("CCO", extension, false);
        }
        check_extension("C[Pt@SP1](F)(Cl)Br", "|w:1.0|", true);
        check_extension("C[Pt@SP1](F)(Cl)Br", "|w:0.1|", false);
    }

    #[test]
    fn a_broken_extension_has_its_place() {
        let invalid = SmilesLine::split("CCO  |w:0.1|").unwrap_err();
        assert_eq!((invalid.cause, invalid.position), (Cause::Syntax, Some(11)));
        let invalid = SmilesLine::split("CCO |$\u{e9}").unwrap_err();
        assert_eq!(invalid.position, Some(6));
    }
}
