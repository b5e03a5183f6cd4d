//! The features of an extension, one after the other.
//!
//! Knows the numbers of atoms and bonds of the molecule, and which of them meet; keeps nothing of what
//! it reads but what later features refer to.

use crate::chem::smiles::graph::Graph;

/// Types of polymers.
const POLYMERS: [&str; 15] = [
    "n", "mon", "mer", "co", "xl", "mod", "mix", "f", "any", "gen", "c", "grf", "alt", "ran", "blk",
];

/// A reader of an extension. Each feature is read by a function of its own, which is `None` for a
/// broken one.
pub(super) struct Reader<'a> {
    text: &'a [u8],
    /// The place read next; one past the end of the text where an end was looked for in vain.
    pub(super) at: usize,
    graph: &'a Graph<'a>,
    /// Numbers of the groups of atoms that were read, and how many of them have atoms.
    groups: Vec<u32>,
    group: u32,
    wedged: Vec<u32>,
    /// Members of the groups of stereocentres: the kind and the number of the group, and the atom.
    stereo: Vec<(u8, u32, u32)>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, graph: &'a Graph<'a>) -> Self {
        Self {
            text: text.as_bytes(),
            at: 0,
            graph,
            groups: Vec::new(),
            group: 0,
            wedged: Vec::new(),
            stereo: Vec::new(),
        }
    }

    /// Reads from one bar to the other.
    pub(super) fn extension(&mut self) -> Option<()> {
        self.expect("|")?;
        while self.left() > 0 && self.peek() != b'|' {
            self.feature()?;
        }
        self.expect("|")
    }

    fn feature(&mut self) -> Option<()> {
        let starts = |text: &str| self.text[self.at..].starts_with(text.as_bytes());
        if starts("atomProp:") && self.left() > 9 {
            return self.atom_properties();
        }
        match self.peek() {
            b'(' => self.list(b'(', b')'),
            b'$' => self.labels(),
            b'C' | b'H' => self.bonds_of_atoms(),
            b'Z' => self.numbers_after("Z:", |_, _| Some(())),
            b'^' => self.radicals(),
            b'a' | b'o' => self.stereo_group(),
            b'&' if !starts("&#") && self.left() > 1 => self.stereo_group(),
            b'r' if starts("rb") => self.counts("rb:", &[0, 2, 3, 4]),
            b'L' if starts("LN") => self.repeats(),
            b'S' if starts("SgD") => self.data_group(),
            b'S' if starts("SgH") => self.hierarchy(),
            b'S' if starts("Sg") => self.polymer(),
            b'u' => self.numbers_after("u:", |_, _| Some(())),
            b's' => self.counts("s:", &[]),
            b'm' => self.attachments(),
            b'w' => self.wedges(),
            b'c' | b't' => self.double_bonds(),
            _ => {
                self.skip();
                Some(())
            }
        }
    }

    /// Bytes that are left.
    fn left(&self) -> usize {
        self.text.len().saturating_sub(self.at)
    }

    /// The next byte; 0 at the end.
    fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    fn skip(&mut self) {
        self.at += 1;
    }

    fn expect(&mut self, text: &str) -> Option<()> {
        let rest = self.text.get(self.at..)?;
        rest.starts_with(text.as_bytes())
            .then(|| self.at += text.len())
    }

    /// Skips a comma, if there is one.
    fn comma(&mut self) {
        if self.peek() == b',' {
            self.at += 1;
        }
    }

    /// A number; one that is too large is that of no atom.
    fn number(&mut self) -> Option<u32> {
        let rest = self.text.get(self.at..)?;
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = std::str::from_utf8(&rest[..digits]).ok()?;
        self.at += digits;
        (digits > 0).then(|| number.parse().unwrap_or(u32::MAX))
    }

    /// Numbers with `separator` between, any of them missing.
    fn numbers(&mut self, separator: u8) -> Vec<u32> {
        let mut numbers = Vec::new();
        loop {
            numbers.extend(self.number());
            if self.left() == 0 || self.peek() != separator {
                return numbers;
            }
            self.at += 1;
        }
    }

    /// Text up to one of `ends`, or past the end of all; returns whether there is any.
    fn text_to(&mut self, ends: &[u8]) -> Option<bool> {
        let start = self.at;
        while self.at <= self.text.len() && !ends.contains(&self.peek()) {
            if self.left() > 2 && self.text[self.at..].starts_with(b"&#") {
                self.at += 2;
                self.number();
                self.expect(";")?;
            } else {
                self.at += 1;
            }
        }
        Some(self.at > start)
    }

    /// Texts with semicolons between, in marks: `$a;b$`, `(0,0;1,0)`.
    fn list(&mut self, open: u8, close: u8) -> Option<()> {
        if self.left() == 0 || self.peek() != open {
            return None;
        }
        self.at += 1;
        while self.at <= self.text.len() && self.peek() != close {
            self.text_to(&[b';', close])?;
            if self.at <= self.text.len() && self.peek() != close {
                self.at += 1;
            }
        }
        (self.left() > 0).then(|| self.at += 1)
    }

    fn labels(&mut self) -> Option<()> {
        if self.left() > 4 && self.text[self.at..].starts_with(b"$_AV:") {
            self.at += 4;
            return self.list(b':', b'$');
        }
        self.list(b'$', b'$')
    }

    /// Numbers of atoms, each with a name and a value: `atomProp:0.name.value:1.name.value`.
    fn atom_properties(&mut self) -> Option<()> {
        self.expect("atomProp:")?;
        let is_end = |byte: u8| matches!(byte, b'|' | b',');
        while self.at <= self.text.len() && !is_end(self.peek()) {
            if self.number().is_some() {
                self.expect(".")?;
                if self.text_to(b".")? {
                    self.expect(".")?;
                    self.text_to(b":|,")?;
                }
            }
            if self.at <= self.text.len() && !is_end(self.peek()) {
                self.at += 1;
            }
        }
        if self.left() == 0 {
            return None;
        }
        self.comma();
        Some(())
    }

    /// Numbers after `name`, each of which `read` takes on.
    fn numbers_after(
        &mut self,
        name: &str,
        mut read: impl FnMut(&mut Self, u32) -> Option<()>,
    ) -> Option<()> {
        self.expect(name)?;
        while self.peek().is_ascii_digit() {
            let number = self.number()?;
            read(self, number)?;
            self.comma();
        }
        Some(())
    }

    /// Whether the molecule has an atom of this number.
    fn has_atom(&self, atom: u32) -> bool {
        (atom as usize) < self.graph.atoms.len()
    }

    /// The atoms of a bond; `None` where the molecule has none of this number.
    fn ends(&self, bond: u32) -> Option<[usize; 2]> {
        let bond = self.graph.bonds.get(bond as usize)?;
        Some([bond.from, bond.to])
    }

    /// Dative bonds and hydrogen bonds, by atom and bond: `C:0.1`. The atom must be at the bond.
    fn bonds_of_atoms(&mut self) -> Option<()> {
        let name = if self.peek() == b'C' { "C:" } else { "H:" };
        self.numbers_after(name, Self::bond_at)
    }

    /// `.` and the number of a bond at `atom`.
    fn bond_at(&mut self, atom: u32) -> Option<()> {
        self.expect(".")?;
        let bond = self.number()?;
        let ends = self.ends(bond).filter(|_| self.has_atom(atom));
        ends.is_none_or(|ends| ends.contains(&(atom as usize)))
            .then_some(())
    }

    /// Wedges, by atom and bond, no bond twice: `w:0.1`, `wU:0.1`, `wD:0.1`.
    fn wedges(&mut self) -> Option<()> {
        self.expect("w")?;
        if matches!(self.peek(), b'U' | b'D') {
            self.at += 1;
        }
        if self.left() < 2 {
            return None;
        }
        self.numbers_after(":", |reader, atom| {
            let bond = reader.at + 1;
            reader.bond_at(atom)?;
            let end = std::mem::replace(&mut reader.at, bond);
            let bond = reader.number()?;
            reader.at = end;
            let real = reader.has_atom(atom) && reader.ends(bond).is_some();
            if real && reader.wedged.contains(&bond) {
                return None;
            }
            reader.wedged.extend(real.then_some(bond));
            Some(())
        })
    }

    /// Radicals: `^1:0,1`, with kinds from 1 to 7.
    fn radicals(&mut self) -> Option<()> {
        while self.peek() == b'^' {
            self.at += 1;
            if !matches!(self.peek(), b'1'..=b'7') {
                return None;
            }
            self.at += 1;
            self.expect(":")?;
            self.number()?;
            let mut next = true;
            while next && self.peek() == b',' {
                self.at += 1;
                next = self.left() > 0 && self.number().is_some();
            }
            if self.left() == 0 {
                return None;
            }
        }
        Some(())
    }

    /// A group of stereocentres, or more of one that was begun before: `a:1`, `o1:2,3`, `&1:4`. None may be in it
    /// twice.
    fn stereo_group(&mut self) -> Option<()> {
        let kind = self.peek();
        self.at += 1;
        let number = (kind != b'a').then(|| self.number()).flatten();
        self.numbers_after(":", |reader, atom| {
            let member = (kind, number.unwrap_or(0), atom);
            if reader.has_atom(atom) {
                if reader.stereo.contains(&member) {
                    return None;
                }
                reader.stereo.push(member);
            }
            Some(())
        })
    }

    /// Atoms with a count each, or `*`: `s:0:2`. `allowed` lists the counts; empty, any will do.
    fn counts(&mut self, name: &str, allowed: &[u32]) -> Option<()> {
        self.numbers_after(name, |reader, _| {
            if reader.left() < 2 {
                return None;
            }
            reader.expect(":")?;
            if reader.peek() == b'*' {
                reader.skip();
                return Some(());
            }
            let count = reader.number()?;
            (allowed.is_empty() || allowed.contains(&count)).then_some(())
        })
    }

    /// Repeated atoms: `LN:1:1.3.2.6`. An atom without two neighbours names its own.
    fn repeats(&mut self) -> Option<()> {
        self.numbers_after("LN:", |reader, atom| {
            for separator in [":", "."] {
                if reader.left() < 2 {
                    return None;
                }
                reader.expect(separator)?;
                reader.number()?;
            }
            if reader.left() > 0 && reader.peek() == b'.' {
                reader.at += 1;
                reader.number()?;
                reader.at += 1;
                reader.number()?;
                return Some(());
            }
            let degree = reader
                .graph
                .atoms
                .get(atom as usize)
                .map(|atom| atom.bonds.len());
            degree.is_none_or(|degree| degree == 2).then_some(())
        })
    }

    /// Atoms that a group may be attached to: `m:0:2.3.4`. The first has one bond.
    fn attachments(&mut self) -> Option<()> {
        self.numbers_after("m:", |reader, atom| {
            let degree = reader
                .graph
                .atoms
                .get(atom as usize)
                .map(|atom| atom.bonds.len());
            if degree.is_some_and(|degree| degree != 1) {
                return None;
            }
            reader.expect(":")?;
            while reader.peek().is_ascii_digit() {
                reader.number()?;
                if reader.peek() == b'.' {
                    reader.at += 1;
                }
            }
            Some(())
        })
    }

    /// Double bonds that are cis, trans or either: `c:1`, `t:2`, `ctu:3`.
    fn double_bonds(&mut self) -> Option<()> {
        while self.left() > 0 && self.peek() != b':' {
            self.at += 1;
        }
        self.numbers_after(":", |_, _| Some(()))
    }

    /// Whether one of these atoms is in the molecule; the group is then one that others can name.
    fn has_any(&self, atoms: &[u32]) -> bool {
        atoms.iter().any(|atom| self.has_atom(*atom))
    }

    /// A group with data: `SgD:1,2:name:value::::`.
    fn data_group(&mut self) -> Option<()> {
        self.expect("SgD:")?;
        let number = self.group;
        self.group += 1;
        let atoms = self.numbers(b',');
        self.at += 1;
        for _ in 0..5 {
            if self.left() == 0 {
                return None;
            }
            if self.peek() != b'|' {
                self.text_to(b":")?;
                self.at += 1;
            }
        }
        if self.left() > 0 && self.peek() == b'(' {
            self.text_to(b")")?;
            self.at += 1;
        }
        if self.has_any(&atoms) {
            self.groups.push(number);
        }
        Some(())
    }

    /// Groups inside groups: `SgH:0:1.2,1:3`.
    fn hierarchy(&mut self) -> Option<()> {
        self.expect("SgH:")?;
        loop {
            let parent = self.number()?;
            self.expect(":")?;
            let children = self.numbers(b'.');
            let unknown = |child: &u32| *child as usize >= self.groups.len();
            if self.groups.contains(&parent) && children.iter().any(unknown) {
                return None;
            }
            if self.peek() != b',' {
                return Some(());
            }
            self.at += 1;
        }
    }

    /// A polymer: `Sg:n:1,2:label:ht:0:3:`, the last two numbers of bonds.
    fn polymer(&mut self) -> Option<()> {
        self.expect("Sg:")?;
        let number = self.group;
        self.group += 1;
        let start = self.at;
        self.text_to(b":")?;
        let kind = self.text.get(start..self.at)?;
        if !POLYMERS.iter().any(|name| name.as_bytes() == kind) {
            return None;
        }
        self.at += 1;
        let atoms = self.numbers(b',');
        let mut kept = self.has_any(&atoms);
        let mut crossings = Vec::new();
        if self.colon() {
            self.text_to(b":|")?;
            if self.colon() {
                self.text_to(b":|,")?;
                if self.colon() {
                    let mut heads = self.numbers(b',');
                    let tails = if self.colon() {
                        self.numbers(b',')
                    } else {
                        Vec::new()
                    };
                    heads.extend(tails);
                    kept &= heads.iter().all(|bond| self.has_atom(*bond));
                    crossings = heads;
                }
            }
        }
        if kept {
            if crossings.iter().any(|bond| self.ends(*bond).is_none()) {
                return None;
            }
            self.groups.push(number);
        }
        Some(())
    }

    /// Skips a colon; returns whether there was one.
    fn colon(&mut self) -> bool {
        self.expect(":").is_some()
    }
}
