//! The atoms of a canonical SMILES as parts that can be changed and written again.

use std::fmt;

use chematic::core::Element;

use crate::chem::smiles::graph::Graph;
use crate::chem::smiles::randomize::write;
use crate::chem::smiles::syntax::{self, ring_number};
use crate::chem::stereo_marks::OTHER_SHAPES;

/// An atom by the parts of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Atom<'a> {
    /// The place of its text.
    at: usize,
    length: usize,
    pub(super) isotope: &'a str,
    /// The symbol as it is written: in small letters where aromatic.
    pub(super) symbol: &'a str,
    pub(super) mark: &'a str,
    /// Hydrogens in the brackets; none are counted without brackets.
    pub(super) hydrogens: u32,
    pub(super) charge: i32,
    /// The map number, with its colon.
    pub(super) map: &'a str,
    pub(super) bracket: bool,
}

impl<'a> Atom<'a> {
    fn read(at: usize, text: &'a str) -> Self {
        let length = text.len();
        let Some(inside) = text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'))
        else {
            return Self {
                at,
                length,
                isotope: "",
                symbol: text,
                mark: "",
                hydrogens: 0,
                charge: 0,
                map: "",
                bracket: false,
            };
        };
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let (isotope, rest) = inside.split_at(digits(inside));
        let (rest, map) = rest.split_at(rest.find(':').unwrap_or(rest.len()));
        // The symbol ends before the second capital letter, a mark or a sign.
        let end = rest
            .char_indices()
            .skip(1)
            .find(|(_, c)| !c.is_ascii_lowercase());
        let (symbol, rest) = rest.split_at(end.map_or(rest.len(), |(place, _)| place));
        let marks = rest.bytes().take_while(|byte| *byte == b'@').count();
        let shape = if ["TH", "AL", "SP", "TB", "OH"]
            .iter()
            .any(|name| rest[marks..].starts_with(name))
        {
            2 + digits(&rest[marks + 2..])
        } else {
            0
        };
        let (mark, rest) = rest.split_at(if marks > 0 { marks + shape } else { 0 });
        let (hydrogens, rest) = match rest.strip_prefix('H') {
            Some(rest) => {
                let count = digits(rest);
                (rest[..count].parse().unwrap_or(1), &rest[count..])
            }
            None => (0, rest),
        };
        let size = rest.trim_start_matches(['+', '-']);
        let signs = (rest.len() - size.len()) as i32;
        let size = size.parse().unwrap_or(signs);
        let charge = if rest.starts_with('-') { -size } else { size };
        Self {
            at,
            length,
            isotope,
            symbol,
            mark,
            hydrogens,
            charge,
            map,
            bracket: true,
        }
    }

    pub(super) fn is_aromatic(&self) -> bool {
        self.symbol
            .starts_with(|first: char| first.is_ascii_lowercase())
    }

    /// Atomic number; 0 for a wildcard.
    pub(super) fn number(&self) -> u8 {
        let capital = |symbol: &str| {
            let mut symbol = symbol.to_owned();
            symbol[..1].make_ascii_uppercase();
            symbol
        };
        let element = Element::from_symbol(&capital(self.symbol));
        element.map_or(0, Element::atomic_number)
    }
}

impl fmt::Display for Atom<'_> {
    /// The text of the atom, in brackets if it has been.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.bracket {
            return f.write_str(self.symbol);
        }
        write!(f, "[{}{}{}", self.isotope, self.symbol, self.mark)?;
        match self.hydrogens {
            0 => {}
            1 => f.write_str("H")?,
            count => write!(f, "H{count}")?,
        }
        match self.charge {
            0 => {}
            1 => f.write_str("+")?,
            -1 => f.write_str("-")?,
            charge => write!(f, "{charge:+}")?,
        }
        write!(f, "{}]", self.map)
    }
}

/// A canonical SMILES by its atoms and bonds; atoms can be changed.
#[derive(Debug, Clone)]
pub(super) struct Written<'a> {
    text: &'a str,
    pub(super) atoms: Vec<Atom<'a>>,
    /// The neighbours of each atom and the bonds to them, as they are written.
    neighbours: Vec<Vec<(usize, Bond)>>,
}

/// The order of a bond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bond {
    Single,
    Double,
    Triple,
    Aromatic,
    /// A bond `~`, a dative or a quadruple one.
    Other,
}

impl<'a> Written<'a> {
    /// The atoms and bonds of a canonical SMILES; `None` where it is none.
    pub(super) fn read(canonical: &'a str) -> Option<Self> {
        let atoms: Vec<Atom> = syntax::check(canonical)
            .ok()?
            .iter()
            .map(|atom| Atom::read(atom.at, &canonical[atom.at..][..atom.length]))
            .collect();
        // The order of neighbours, which is unknown beside other marks, does not matter here.
        let plain = OTHER_SHAPES.replace_all(canonical, "@");
        let drawn = Graph::read(&plain)?;
        let mut neighbours = vec![Vec::new(); atoms.len()];
        for bond in &drawn.bonds {
            let [from, to] = [bond.from, bond.to];
            let order = match bond.symbol {
                "" if atoms[from].is_aromatic() && atoms[to].is_aromatic() => Bond::Aromatic,
                "" | "-" | "/" | "\\" => Bond::Single,
                "=" => Bond::Double,
                "#" => Bond::Triple,
                ":" => Bond::Aromatic,
                _ => Bond::Other,
            };
            neighbours[from].push((to, order));
            neighbours[to].push((from, order));
        }
        Some(Self {
            text: canonical,
            atoms,
            neighbours,
        })
    }

    /// The neighbours of an atom and the bonds to them.
    pub(super) fn neighbours(&self, atom: usize) -> impl Iterator<Item = (usize, Bond)> {
        self.neighbours[atom].iter().copied()
    }

    /// Hydrogens that an atom without brackets implies, by its bonds; those in brackets otherwise.
    pub(super) fn hydrogens(&self, atom: usize) -> u32 {
        let this = &self.atoms[atom];
        if this.bracket || this.is_aromatic() && this.symbol != "c" {
            return this.hydrogens;
        }
        let valences: &[u32] = match this.number() {
            6 => &[4],
            5 | 7 => &[3],
            8 => &[2],
            15 => &[3, 5, 7],
            16 => &[2, 4, 6],
            53 => &[1, 3, 5],
            9 | 17 | 35 => &[1],
            _ => &[],
        };
        // Halves: of an aromatic bond and a half of the electron that it shares.
        let halves = |(_, order): (usize, Bond)| match order {
            Bond::Single => 2,
            Bond::Aromatic => 3,
            Bond::Double => 4,
            Bond::Triple => 6,
            Bond::Other => 0,
        };
        let bonds = self.neighbours(atom).map(halves).sum::<u32>() / 2;
        let next = valences.iter().find(|valence| **valence >= bonds);
        next.map_or(0, |valence| valence - bonds)
    }

    /// Puts an atom into brackets, where it keeps its hydrogens whatever its bonds are.
    pub(super) fn fix(&mut self, atom: usize) -> &mut Atom<'a> {
        let hydrogens = self.hydrogens(atom);
        let this = &mut self.atoms[atom];
        this.hydrogens = hydrogens;
        this.bracket = true;
        this
    }

    /// Whether the bond between two neighbours is in a ring.
    pub(super) fn is_in_ring(&self, from: usize, to: usize) -> bool {
        let mut seen = vec![false; self.atoms.len()];
        seen[from] = true;
        let mut stack = vec![from];
        while let Some(atom) = stack.pop() {
            for (next, _) in self.neighbours(atom) {
                let is_bond = atom == from && next == to;
                if is_bond || seen[next] {
                    continue;
                }
                if next == to {
                    return true;
                }
                seen[next] = true;
                stack.push(next);
            }
        }
        false
    }

    /// A SMILES with the atoms as they are now, bonds as `symbols` gives them (between two atoms, a
    /// symbol of SMILES), and without the bonds in `cut`. `None` where a mark of stereochemistry is
    /// neither `@` nor `@@`.
    pub(super) fn rewritten(
        &self,
        symbols: &[(usize, usize, &'static str)],
        cut: &[(usize, usize)],
    ) -> Option<String> {
        let mut graph = Graph::read(self.text)?;
        for (atom, now) in graph.atoms.iter_mut().zip(&self.atoms) {
            atom.text = now.to_string().into();
        }
        for bond in 0..graph.bonds.len() {
            let ends = [graph.bonds[bond].from, graph.bonds[bond].to];
            let between = |a: usize, b: usize| ends == [a, b] || ends == [b, a];
            if let Some((.., symbol)) = symbols.iter().find(|(a, b, _)| between(*a, *b)) {
                graph.bonds[bond].symbol = symbol;
            }
            if cut.iter().any(|(a, b)| between(*a, *b)) {
                graph.cut(bond);
            }
        }
        write(&graph, &mut |count| count - 1)
    }

    /// Gives an atom another number of hydrogens, and its stereo mark the same meaning as before.
    ///
    /// Of three neighbours and a hydrogen the mark of a first atom is read from the hydrogen, which
    /// turns it round; of three neighbours alone RDKit turns the mark of an atom where one ring
    /// number stands.
    pub(super) fn set_hydrogens(&mut self, atom: usize, hydrogens: u32) {
        let before = self.atoms[atom].hydrogens;
        self.atoms[atom].hydrogens = hydrogens;
        let gained_or_lost = before.min(hydrogens) == 0 && before.max(hydrogens) == 1;
        if !gained_or_lost || self.neighbours[atom].len() != 3 {
            return;
        }
        let Atom {
            at, length, mark, ..
        } = self.atoms[atom];
        let is_first = at == 0 || self.text[..at].ends_with('.');
        let one_ring = ring_numbers(&self.text[at + length..]) == 1;
        if is_first != one_ring {
            self.atoms[atom].mark = match mark {
                "@" => "@@",
                "@@" => "@",
                other => other,
            };
        }
    }

    /// The SMILES with the atoms as they are now.
    pub(super) fn text(&self) -> String {
        let mut text = String::with_capacity(self.text.len());
        let mut from = 0;
        for atom in &self.atoms {
            text += &self.text[from..atom.at];
            text += &atom.to_string();
            from = atom.at + atom.length;
        }
        text + &self.text[from..]
    }
}

/// The ring numbers at the beginning of a text.
fn ring_numbers(mut text: &str) -> usize {
    let mut count = 0;
    loop {
        text = text.trim_start_matches(['-', '=', '#', ':', '/', '\\']);
        let Some((_, length)) = ring_number(text) else {
            return count;
        };
        count += 1;
        text = &text[length..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(smiles: &str, atom: usize, expected: (&str, &str, &str, u32, i32, &str)) {
        let written = Written::read(smiles).unwrap();
        assert_eq!(written.text(), smiles, "as it was");
        let found = &written.atoms[atom];
        let parts = (found.isotope, found.symbol, found.mark);
        let (isotope, symbol, mark, hydrogens, charge, map) = expected;
        assert_eq!(parts, (isotope, symbol, mark), "{smiles}");
        assert_eq!(
            (found.hydrogens, found.charge, found.map),
            (hydrogens, charge, map)
        );
    }

    #[test]
    fn atoms_come_apart_and_together() {
        check("CCO", 2, ("", "O", "", 0, 0, ""));
        check("C[N+](C)(C)C", 1, ("", "N", "", 0, 1, ""));
        check("C[13C@@H](N)[O-]", 1, ("13", "C", "@@", 1, 0, ""));
        check("[Ca+2].[NH4+:12]", 0, ("", "Ca", "", 0, 2, ""));
        check("[Ca+2].[NH4+:12]", 1, ("", "N", "", 4, 1, ":12"));
        check("c1cc[nH]c1", 3, ("", "n", "", 1, 0, ""));
        check("[se]1cccc1", 0, ("", "se", "", 0, 0, ""));
        check("N[Pt@SP2](N)(Cl)Cl", 1, ("", "Pt", "@SP2", 0, 0, ""));
        check("[H][H].[2H]C", 2, ("2", "H", "", 0, 0, ""));
        check("*C[*-]", 2, ("", "*", "", 0, -1, ""));
    }

    #[test]
    fn ring_numbers_are_counted() {
        for (text, count) in [
            ("CC", 0),
            ("1CC", 1),
            ("12C", 2),
            ("%12=3(C)", 2),
            ("=C1", 0),
        ] {
            assert_eq!(ring_numbers(text), count, "{text}");
        }
    }

    #[test]
    fn bonds_have_their_orders() {
        let written = Written::read("C/C=C/c1ccc(-c2ccccn2)cc1~C#N").unwrap();
        let orders = |atom: usize| -> Vec<Bond> {
            written.neighbours(atom).map(|(_, order)| order).collect()
        };
        assert_eq!(orders(1), [Bond::Single, Bond::Double]);
        assert_eq!(orders(6), [Bond::Aromatic, Bond::Single, Bond::Aromatic]);
        assert_eq!(orders(15), [Bond::Other, Bond::Triple]);
    }
}
