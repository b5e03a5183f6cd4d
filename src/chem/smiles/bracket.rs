//! Bracket atoms: their parts, in the one legal order, and the spelling that the chemistry crate
//! reads.
//!
//! Knows the names of elements, and what RDKit makes of numbers that are out of range; nothing of
//! valence or aromaticity.

use std::fmt::Write;

use chematic::core::Element;

/// The largest number that RDKit reads in a bracket.
const MOST: u32 = 2_147_483_639;

/// The most hydrogens and charges that the chemistry crate's parser reads.
const MOST_READ: u8 = 99;

/// The temporary names of the elements from 110 on.
const TEMPORARY: [&str; 9] = [
    "Uun", "Uuu", "Uub", "Uut", "Uuq", "Uup", "Uuh", "Uus", "Uuo",
];

/// The atomic number of the first of them.
const FIRST_TEMPORARY: u8 = 110;

/// The first element that some tools write in quotes, `['Rf']`.
const FIRST_QUOTED: u8 = 104;

/// The elements that may be aromatic, longer symbols first.
const AROMATIC: [(u8, &str); 10] = [
    (14, "si"),
    (33, "as"),
    (34, "se"),
    (52, "te"),
    (5, "b"),
    (6, "c"),
    (7, "n"),
    (8, "o"),
    (15, "p"),
    (16, "s"),
];

/// The last element.
const LAST: i16 = 118;

/// Wildcards and the elements that RDKit does not call metals.
const NON_METALS: [u8; 23] = [
    0, 1, 2, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 33, 34, 35, 36, 52, 53, 54, 85, 86,
];

/// Classes of chirality, and how many arrangements each has.
const CLASSES: [(&str, u32); 5] = [("TH", 2), ("AL", 2), ("SP", 3), ("TB", 20), ("OH", 30)];

/// A mark of chirality: `@`, `@@` or nothing, or a class and its arrangement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chirality {
    Mark(&'static str),
    Class(&'static str, Option<u32>),
}

/// A bracket atom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bracket {
    isotope: u16,
    /// The symbol, in lower case for an aromatic atom.
    symbol: &'static str,
    chirality: Chirality,
    /// Number of hydrogens in the bracket.
    pub(crate) hydrogens: u8,
    /// Formal charge.
    pub(crate) charge: i8,
    /// The atom map.
    pub(crate) map: Option<u32>,
    /// Whether the chemistry crate reads this atom as it is written.
    pub(crate) plain: bool,
}

impl Bracket {
    /// What is wrong with an atom of too many hydrogens.
    pub(crate) const SO_MANY_HYDROGENS: &str = "an atom cannot have so many hydrogens";

    /// The parts of a bracket atom, brackets included.
    ///
    /// # Errors
    /// The fault in words.
    pub(crate) fn read(text: &str) -> Result<Self, &'static str> {
        const NONE: &str = "not a bracket atom";
        let inside = text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'));
        let mut rest = Rest(inside.ok_or(NONE)?);
        let isotope = rest.number()?;
        let (number, symbol, named) = rest.symbol()?;
        let bare = symbol == "H" && named;
        let none = (Chirality::Mark(""), true);
        let (chirality, usual) = if bare { none } else { rest.chirality()? };
        let hydrogens = if rest.skip("H") {
            rest.number()?.unwrap_or(1)
        } else {
            0
        };
        let charge = rest.charge()?;
        let map = if rest.skip(":") {
            Some(rest.number()?.ok_or(NONE)?)
        } else {
            None
        };
        if !rest.0.is_empty() {
            return Err(NONE);
        }
        let isotope = isotope.unwrap_or(0);
        let plain = named
            && usual
            && u16::try_from(isotope).is_ok()
            && hydrogens <= u32::from(MOST_READ)
            && charge.unsigned_abs() <= u64::from(MOST_READ)
            && u16::try_from(map.unwrap_or(0)).is_ok();
        // RDKit keeps the lowest bits of each number; counts of hydrogens have a sign.
        let (hydrogens, charge) = (hydrogens as u8, charge as i8);
        let is_metal = !NON_METALS.contains(&number);
        // Bonds of a metal make up for a count below 0; those of a hydrogen atom go when that goes into its neighbour.
        if hydrogens > i8::MAX as u8 && !is_metal && symbol != "H" {
            return Err(Self::SO_MANY_HYDROGENS);
        }
        // The element with as many electrons has to be one.
        if !is_metal && i16::from(number) - i16::from(charge) > LAST {
            return Err("an atom cannot have such a charge");
        }
        Ok(Self {
            isotope: isotope as u16,
            symbol,
            chirality,
            hydrogens,
            charge,
            map,
            plain,
        })
    }

    /// Whether this is hydrogen, of any isotope.
    pub(crate) fn is_hydrogen(&self) -> bool {
        self.symbol == "H"
    }

    /// Whether this is hydrogen and nothing else, `[H]`.
    pub(crate) fn is_bare_hydrogen(&self) -> bool {
        self.is_hydrogen()
            && (self.isotope, self.hydrogens, self.charge, self.map) == (0, 0, 0, None)
    }

    /// Whether hydrogens or charge are beyond what [`Self::spelled`] can say.
    pub(crate) fn is_beyond(&self) -> bool {
        self.hydrogens > MOST_READ || self.charge.unsigned_abs() > MOST_READ
    }

    /// The atom as the chemistry crate reads it, with this atom map; hydrogens and charge as far as
    /// it reads them.
    pub(crate) fn spelled(&self, map: Option<u16>) -> String {
        let mut text = String::from("[");
        // A String takes any text.
        if self.isotope > 0 {
            let _ = write!(text, "{}", self.isotope);
        }
        text += self.symbol;
        let _ = match self.chirality {
            Chirality::Mark(mark) => write!(text, "{mark}"),
            Chirality::Class(class, Some(arrangement)) => write!(text, "@{class}{arrangement}"),
            Chirality::Class(class, None) => write!(text, "@{class}"),
        };
        match self.hydrogens.min(MOST_READ) {
            0 => {}
            1 => text.push('H'),
            count => {
                let _ = write!(text, "H{count}");
            }
        }
        if self.charge != 0 {
            let most = MOST_READ as i8;
            let charge = if self.charge < -most {
                -most
            } else {
                self.charge.min(most)
            };
            let _ = write!(text, "{charge:+}");
        }
        if let Some(map) = map {
            let _ = write!(text, ":{map}");
        }
        text + "]"
    }
}

/// The element with this symbol. (The chemistry crate knows `D` and `T` as well.)
fn element(symbol: &str) -> Option<Element> {
    Element::from_symbol(symbol).filter(|element| element.symbol() == symbol)
}

/// What is left to read of a bracket.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    /// Skips `text` where it comes next; returns whether it did.
    fn skip(&mut self, text: &str) -> bool {
        let rest = self.0.strip_prefix(text);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// The number that comes next, without leading zeros.
    fn number(&mut self) -> Result<Option<u32>, &'static str> {
        if self.skip("0") {
            return Ok(Some(0));
        }
        let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return Ok(None);
        }
        let (number, rest) = self.0.split_at(digits);
        self.0 = rest;
        let number = number.parse().ok().filter(|number| *number <= MOST);
        number.map(Some).ok_or("this number is too large")
    }

    /// The element: its number, its symbol, and whether it is named by that.
    fn symbol(&mut self) -> Result<(u8, &'static str, bool), &'static str> {
        const NONE: &str = "not a bracket atom";
        let found = |element: Element, named| (element.atomic_number(), element.symbol(), named);
        if self.skip("*") {
            return Ok((0, "*", true));
        }
        if self.skip("#") {
            let number = self.number()?.ok_or(NONE)? as u8;
            let element = Element::from_atomic_number(number).map(Element::symbol);
            let symbol = if number == 0 { Some("*") } else { element };
            return symbol
                .map(|symbol| (number, symbol, false))
                .ok_or("no element has this number");
        }
        if self.skip("'") {
            let name = self.0.get(..2).ok_or(NONE)?;
            let heavy = |element: &Element| element.atomic_number() >= FIRST_QUOTED;
            let element = element(name).filter(heavy);
            self.0 = self.0[2..].strip_prefix('\'').ok_or(NONE)?;
            return element.map(|element| found(element, false)).ok_or(NONE);
        }
        if let Some((number, symbol)) = AROMATIC.iter().find(|(_, symbol)| self.skip(symbol)) {
            return Ok((*number, symbol, true));
        }
        if let Some(place) = TEMPORARY.iter().position(|name| self.skip(name)) {
            let element = Element::from_atomic_number(FIRST_TEMPORARY + place as u8);
            return element.map(|element| found(element, false)).ok_or(NONE);
        }
        for length in [2, 1] {
            let name = self
                .0
                .get(..length)
                .filter(|name| name.starts_with(char::is_uppercase));
            if let Some(element) = name.and_then(element) {
                self.0 = &self.0[length..];
                return Ok(found(element, true));
            }
        }
        Err(NONE)
    }

    /// The chirality as the chemistry crate reads it, and whether it is written so. `@TH1` and `@TH2`
    /// are `@` and `@@`; marks of allenes say nothing to RDKit.
    fn chirality(&mut self) -> Result<(Chirality, bool), &'static str> {
        if !self.skip("@") {
            return Ok((Chirality::Mark(""), true));
        }
        if self.skip("@") {
            return Ok((Chirality::Mark("@@"), true));
        }
        let quoted = self.0.trim_start_matches('\'');
        let found = CLASSES.iter().find(|(class, _)| quoted.starts_with(class));
        let Some((class, most)) = found else {
            return Ok((Chirality::Mark("@"), true));
        };
        let usual = quoted.len() == self.0.len();
        self.0 = &quoted[class.len()..];
        let arrangement = self.number()?;
        if arrangement.is_some_and(|number| number == 0 || number > *most) {
            return Err("this class of chirality has no such arrangement");
        }
        Ok(match (*class, arrangement) {
            ("AL", _) => (Chirality::Mark(""), false),
            ("TH", Some(2)) => (Chirality::Mark("@@"), false),
            ("TH", _) => (Chirality::Mark("@"), false),
            (class, arrangement) => (Chirality::Class(class, arrangement), usual),
        })
    }

    /// The charge: one or two signs, or a sign and a number.
    fn charge(&mut self) -> Result<i64, &'static str> {
        for (sign, unit) in [("+", 1), ("-", -1)] {
            if self.skip(sign) {
                let more = self.skip(sign);
                let number = if more { None } else { self.number()? };
                return Ok(unit * number.map_or(1 + i64::from(more), i64::from));
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str, plain: bool) {
        let bracket = Bracket::read(text).unwrap();
        let map = bracket.map.map(|map| map as u16);
        assert_eq!(
            (bracket.spelled(map).as_str(), bracket.plain),
            (expected, plain),
            "{text}"
        );
    }

    // What RDKit 2026.9.1 reads.
    #[test]
    fn atoms_are_spelled_as_the_crate_reads_them() {
        check("[CH4]", "[CH4]", true);
        check("[13C@@H2-:5]", "[13C@@H2-1:5]", true);
        check("[nH]", "[nH]", true);
        check("[Co]", "[Co]", true);
        check("[HH]", "[HH]", true);
        check("[Hg+2]", "[Hg+2]", true);
        check("[Pt@SP]", "[Pt@SP]", true);
        check("[Co@OH12]", "[Co@OH12]", true);
        check("[#6H3]", "[CH3]", false);
        check("[13#1]", "[13H]", false);
        check("[#0]", "[*]", false);
        check("[#262]", "[C]", false);
        check("[Uub]", "[Cn]", false);
        check("[Uuo+2]", "[Og+2]", false);
        check("['Rf']", "[Rf]", false);
        check("[C@TH1]", "[C@]", false);
        check("[C@TH2H]", "[C@@H]", false);
        check("[C@AL1]", "[C]", false);
        check("[Pt@'SP1]", "[Pt@SP1]", false);
        check("[65537CH4]", "[1CH4]", false);
        check("[Fe+257]", "[Fe+1]", false);
        check("[Fe-127]", "[Fe-99]", false);
        check("[FeH300]", "[FeH44]", false);
        check("[C-112]", "[C-99]", false);
        check("[C+255]", "[C-1]", false);
        check("[Na++]", "[Na+2]", true);
    }

    #[test]
    fn what_rdkit_refuses_is_refused() {
        for text in [
            "[]",
            "[X]",
            "[H@]",
            "[Uux]",
            "[#]",
            "[#06]",
            "[#119]",
            "[#C]",
            "['C']",
            "['Rf]",
            "[C@TH3]",
            "[C@AL0]",
            "[Pt@SP4]",
            "[Pt@@SP1]",
            "[C@@@]",
            "[CH01]",
            "[CH2H2]",
            "[CH128]",
            "[Fe+++]",
            "[Fe++2]",
            "[C+-]",
            "[CH3:]",
            "[CH3:01]",
            "[CH3:2147483640]",
            "[99999999999C]",
            "[C:1:2]",
        ] {
            assert!(Bracket::read(text).is_err(), "{text}");
        }
    }
}
