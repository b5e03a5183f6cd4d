//! One record of an SD file: a molecule block and data items.
//!
//! ```text
//! title, block ... M  END
//! >  <name>
//! value, one line or several
//! (a blank line)
//! ```

use crate::chem::{MolBlock, Molecule};

use super::row::Content;

/// The last line of a block.
const END: &str = "M  END";

/// A record.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Record<'a> {
    /// The first line of the block, without surrounding white space.
    pub(super) title: &'a str,
    block: &'a str,
    /// Names and values of the data items, in order; of several with one name, the values are lines
    /// of the first.
    pub(super) items: Vec<(&'a str, String)>,
    /// The reason why it is not a record, one clause.
    fault: Option<String>,
}

impl<'a> Record<'a> {
    /// Reads the text of a record, without the line that ends it.
    pub(super) fn read(text: &'a str) -> Self {
        let end = after_block(text);
        let mut record = Self {
            title: text.lines().next().unwrap_or_default().trim(),
            block: &text[..end],
            ..Self::default()
        };
        record.read_items(&text[end..], text[..end].lines().count());
        record
    }

    /// Reads the text below the block, which has so many lines.
    fn read_items(&mut self, text: &'a str, above: usize) {
        let mut lines = text.lines().zip(above + 1..);
        while let Some((line, number)) = lines.next() {
            let Some(header) = line.trim().strip_prefix('>') else {
                if !line.trim().is_empty() {
                    self.fault.get_or_insert(format!(
                        "line {number} of the record is no data item: `$$$$` is missing before it, or \
                         a value has a blank line"
                    ));
                }
                continue;
            };
            // A line of white space is part of a value; an empty one ends it.
            let value = lines.by_ref().map(|(line, _)| line);
            let value: Vec<&str> = value.take_while(|line| !line.is_empty()).collect();
            let value = value.join("\n");
            if let Some(name) = name(header) {
                self.add(name, value);
            }
        }
    }

    fn add(&mut self, name: &'a str, value: String) {
        match self.items.iter_mut().find(|(other, _)| *other == name) {
            Some((_, before)) => before.extend(["\n", &value]),
            None => self.items.push((name, value)),
        }
    }

    /// The molecule as canonical SMILES; where it is none, the SMILES of its block, or the reason why
    /// there is none. Groups of stereocentres that are dropped are counted.
    pub(super) fn molecule(&self) -> (Content, usize) {
        if let Some(fault) = &self.fault {
            return (Content::unusable(fault.clone()), 0);
        }
        let block = match MolBlock::read(self.block) {
            Ok(block) => block,
            Err(error) => return (Content::unusable(error.to_string()), 0),
        };
        let content = match Molecule::parse(&block.smiles) {
            Ok(molecule) => Content::of(molecule.canonical().as_bytes()),
            Err(_) => Content::of(block.smiles.as_bytes()),
        };
        (content, block.stereo_groups)
    }
}

/// The place after the block of a record: after its last line, or where data items begin.
fn after_block(text: &str) -> usize {
    let mut place = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with('>') {
            return place;
        }
        place += line.len();
        if line.starts_with(END) {
            return place;
        }
    }
    place
}

/// The name of a data item in its header without `>`; none where it has no name.
pub(super) fn name(header: &str) -> Option<&str> {
    let (_, inside) = header.split_once('<')?;
    let (name, _) = inside.split_once('>')?;
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ETHANOL: &str = "ethanol\n  by hand\n\n  3  2  0  0  0  0  0  0  0  0999 V2000\n\
        \x20   0.0000    0.0000    0.0000 C   0  0\n    1.2990    0.7500    0.0000 C   0  0\n\
        \x20   2.5981    0.0000    0.0000 O   0  0\n  1  2  1  0\n  2  3  1  0\nM  END\n";

    #[track_caller]
    fn check(items: &str, expected: &[(&str, &str)], fault: Option<usize>) {
        let text = format!("{ETHANOL}{items}");
        let record = Record::read(&text);
        let found: Vec<_> = record
            .items
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        assert_eq!(found, expected, "{items}");
        let line = fault.map(|line| format!("line {line} of the record"));
        let found = record
            .fault
            .as_deref()
            .map(|fault| &fault[..fault.find(" is no").unwrap()]);
        assert_eq!(found, line.as_deref(), "{items}");
        let molecule = Content::Text("CCO".into());
        assert!(fault.is_some() || record.molecule() == (molecule, 0));
    }

    #[test]
    fn data_items_are_read_below_the_block() {
        check("", &[], None);
        check(">  <ID>\n7\n\n", &[("ID", "7")], None);
        check(
            "> 25 <a b> (3)\nfirst\n  \nsecond\n\n\n>  <EMPTY>\n\n> DT12\nx\n\n",
            &[("a b", "first\n  \nsecond"), ("EMPTY", "")],
            None,
        );
        check(">  <ID>\n7\n\n>  <ID>\n8", &[("ID", "7\n8")], None);
        check(">  <ID>\n7\n\nmore\n\n", &[("ID", "7")], Some(14));
        check("benzene\n", &[], Some(11));
    }

    #[test]
    fn a_record_without_a_molecule_keeps_its_items() {
        let text = ETHANOL.replace("M  END\n", ">  <ID>\n7\n\n");
        let record = Record::read(&text);
        assert_eq!((record.title, record.items.len()), ("ethanol", 1));
        let reason = "line 10 of its molecule block: the record ends where M  END must follow";
        assert_eq!(record.molecule().0, Content::unusable(reason));
        let bent = ETHANOL.replace("  2  3  1  0", "  2  3  3  0");
        let invalid = Record::read(&bent).molecule().0;
        assert_eq!(invalid, Content::Text("CC#O".into()));
    }
}
