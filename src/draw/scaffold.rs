//! A common scaffold: drawn alike in all molecules, and with a colour behind it.

use rayon::prelude::*;

use super::Settings;
use super::layout::Drawing;
use crate::chem::{DepictOptions, Depiction, Highlights, Molecule, Pattern, Point, Shade};
use crate::error::{Error, Kind, Result, bail, setting};
use crate::progress::Watch;

/// How much less clear than by itself a molecule may be where its scaffold is given: a bond that
/// crosses another, or an atom near another, is 1.
const ALLOWED: f64 = 2.5;
/// Places of the scaffold in one molecule that are tried.
const MOST_PLACES: usize = 12;

/// The patterns of a picture.
pub(super) struct Patterns {
    align: Option<Pattern>,
    highlight: Vec<Pattern>,
}

/// What is known of a molecule before it is drawn.
#[derive(Debug, Default)]
struct Places {
    /// Every place of the scaffold: its atoms in the order of the pattern.
    scaffold: Vec<Vec<usize>>,
    /// Atoms with a colour behind them.
    highlighted: Vec<usize>,
}

impl Patterns {
    /// # Errors
    /// For a text that is no pattern, with its place.
    pub(super) fn new(settings: &Settings) -> Result<Self> {
        let read = |name: &str, text: &String| {
            Pattern::parse(text).map_err(|fault| {
                let name = setting(name);
                Error::new(
                    Kind::Setting,
                    format!("{name} is no SMARTS pattern: {}", fault.explain(text)),
                )
            })
        };
        let align = settings
            .align
            .as_ref()
            .map(|text| read("align", text))
            .transpose()?;
        let own = settings
            .highlight
            .as_ref()
            .map(|text| read("highlight", text))
            .transpose()?;
        // The scaffold has the colour, unless something else has.
        let usual = own.is_none() && settings.highlight_aligned && settings.color_by.is_none();
        let highlight = own.into_iter().chain(align.clone().filter(|_| usual));
        Ok(Self {
            highlight: highlight.collect(),
            align,
        })
    }

    fn places(&self, molecule: &Molecule) -> Places {
        let mut places = Places::default();
        if let Some(pattern) = &self.align {
            places.scaffold = pattern.find_all(molecule);
        }
        for pattern in &self.highlight {
            places
                .highlighted
                .extend(pattern.find_all(molecule).into_iter().flatten());
        }
        places.highlighted.sort_unstable();
        places.highlighted.dedup();
        places
    }
}

/// How a molecule's scaffold is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scaffold {
    /// It has none, or none is asked for.
    Absent,
    /// As in the first molecule that has it.
    Alike,
    /// As the molecule alone has it, since the drawing would be a tangle.
    ByItself,
}

/// Draws molecules with what their patterns ask for.
///
/// # Errors
/// If no molecule has a pattern.
pub(super) fn drawn(
    molecules: &[Result<Molecule, String>],
    patterns: &Patterns,
    options: &DepictOptions,
    watch: &dyn Watch,
) -> Result<Vec<Drawing>> {
    let places = |molecule: &Result<Molecule, String>| {
        let molecule = molecule.as_ref().ok();
        molecule.map_or_else(Places::default, |molecule| patterns.places(molecule))
    };
    let places: Vec<Places> = molecules.par_iter().map(places).collect();
    let count = |has: fn(&Places) -> bool| places.iter().filter(|places| has(places)).count();
    let of = molecules.iter().flatten().count();
    let scaffolds = count(|places| !places.scaffold.is_empty());
    let coloured = count(|places| !places.highlighted.is_empty());
    patterns.refuse_none(of, scaffolds, coloured)?;
    let both = molecules.iter().zip(&places);
    let template = both.clone().find_map(|(molecule, places)| {
        let atoms = places.scaffold.first()?;
        let drawing = Depiction::of(molecule.as_ref().ok()?, &shown(options, places));
        let points = atoms.iter().map(|&atom| drawing.point(atom));
        (!drawing.is_renumbered()).then(|| points.collect::<Vec<_>>())
    });
    let template = template.unwrap_or_default();
    let all: Vec<(&Result<Molecule, String>, &Places)> = both.collect();
    let drawn: Vec<_> = all
        .par_iter()
        .map(|(molecule, places)| match molecule {
            Ok(molecule) => {
                let (drawing, scaffold) = draw(molecule, places, &template, options);
                (Ok(drawing), scaffold)
            }
            Err(reason) => (Err(reason.clone()), Scaffold::Absent),
        })
        .collect();
    let alone = drawn.iter().filter(|it| it.1 == Scaffold::ByItself).count();
    patterns.tell(of, [scaffolds, alone, coloured], watch);
    Ok(drawn.into_iter().map(|(drawing, _)| drawing).collect())
}

/// The options of a molecule whose atoms of interest stay atoms.
fn shown(options: &DepictOptions, places: &Places) -> DepictOptions {
    let scaffold = places.scaffold.first().into_iter().flatten();
    DepictOptions {
        shown: scaffold.chain(&places.highlighted).copied().collect(),
        ..options.clone()
    }
}

/// Draws one molecule, with its scaffold as the template has it if that can be.
fn draw(
    molecule: &Molecule,
    places: &Places,
    template: &[Option<Point>],
    options: &DepictOptions,
) -> (Depiction, Scaffold) {
    let options = shown(options, places);
    let alone = Depiction::of(molecule, &options);
    let highlights = Highlights::of(&places.highlighted, Shade::PLAIN);
    if places.scaffold.is_empty() || template.is_empty() {
        return (with(alone, highlights), Scaffold::Absent);
    }
    if alone.is_renumbered() {
        return (alone, Scaffold::ByItself);
    }
    let alike = places.scaffold.iter().take(MOST_PLACES).map(|atoms| {
        let fixed = atoms.iter().zip(template);
        let fixed = fixed.filter_map(|(&atom, point)| Some((atom, (*point)?)));
        let drawing = Depiction::of(
            molecule,
            &DepictOptions {
                fixed: fixed.collect(),
                ..options.clone()
            },
        );
        (drawing.disorder(), drawing)
    });
    let best = alike.min_by(|first, second| first.0.total_cmp(&second.0));
    let most = alone.disorder() + ALLOWED;
    match best {
        Some((disorder, drawing)) if disorder <= most => {
            (with(drawing, highlights), Scaffold::Alike)
        }
        _ => (with(alone, highlights), Scaffold::ByItself),
    }
}

/// A drawing with colours behind its atoms, unless these have other numbers in it.
fn with(drawing: Depiction, highlights: Highlights) -> Depiction {
    if drawing.is_renumbered() {
        drawing
    } else {
        drawing.highlighted(highlights)
    }
}

impl Patterns {
    /// Refuses a pattern that no molecule has.
    fn refuse_none(&self, of: usize, scaffolds: usize, coloured: usize) -> Result<()> {
        let none = |name: &str, pattern: &Pattern| {
            format!(
                "none of the {of} molecules has the pattern `{}` of {}",
                pattern.as_str(),
                setting(name)
            )
        };
        if of == 0 {
            return Ok(());
        }
        match (&self.align, self.highlight.first()) {
            (Some(pattern), _) if scaffolds == 0 => bail!(Input, "{}", none("align", pattern)),
            (_, Some(pattern)) if coloured == 0 => bail!(Input, "{}", none("highlight", pattern)),
            _ => Ok(()),
        }
    }

    /// Tells how many molecules have the patterns.
    fn tell(&self, of: usize, [scaffolds, alone, coloured]: [usize; 3], watch: &dyn Watch) {
        if self.align.is_some() {
            if scaffolds < of {
                watch.note(&format!(
                    "{scaffolds} of {of} molecules have the pattern of setting `align`: the others are \
                     drawn as they are"
                ));
            }
            if alone > 0 {
                watch.note(&format!(
                    "{alone} of {scaffolds} molecules with the pattern of setting `align` cannot be drawn \
                     alike: their other atoms have no room, or another geometry"
                ));
            }
        } else if !self.highlight.is_empty() && coloured < of {
            watch.note(&format!(
                "{coloured} of {of} molecules have the pattern of setting `highlight`"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Keeps what is told.
    #[derive(Default)]
    struct Told(Mutex<Vec<String>>);

    impl Watch for Told {
        fn note(&self, sentence: &str) {
            self.0.lock().unwrap().push(sentence.to_owned());
        }
    }

    /// Draws molecules on a scaffold: how many have its atoms where the first one has them, and what
    /// is told.
    #[track_caller]
    fn check(align: &str, smiles: &[&str], alike: usize, told: &[&str]) {
        let settings = Settings {
            align: Some(align.to_owned()),
            ..Settings::default()
        };
        let patterns = Patterns::new(&settings).unwrap();
        let molecules: Vec<Result<Molecule, String>> = smiles
            .iter()
            .map(|smiles| Molecule::parse(smiles).map_err(|invalid| invalid.to_string()))
            .collect();
        let watch = Told::default();
        let options = DepictOptions {
            abbreviations: true,
            ..DepictOptions::default()
        };
        let drawings = drawn(&molecules, &patterns, &options, &watch).unwrap();
        let pattern = Pattern::parse(align).unwrap();
        let mut places: Vec<Vec<Vec<Point>>> = Vec::new();
        for (drawing, molecule) in drawings.iter().zip(&molecules) {
            let (Ok(drawing), Ok(molecule)) = (drawing, molecule) else {
                continue;
            };
            let found = pattern.find_all(molecule).into_iter();
            let points =
                |atoms: Vec<usize>| atoms.iter().map(|&it| drawing.point(it).unwrap()).collect();
            places.push(found.map(points).collect());
        }
        let first = places.iter().flatten().next().unwrap();
        let same = |place: &Vec<Point>| {
            place
                .iter()
                .zip(first)
                .all(|(one, other)| (one.x - other.x).hypot(one.y - other.y) < 1e-6)
        };
        let found = places.iter().filter(|of| of.iter().any(same)).count();
        assert_eq!(found, alike, "{align} {smiles:?}");
        let sentences = watch.0.into_inner().unwrap();
        assert_eq!(sentences.len(), told.len(), "{sentences:?}");
        for (sentence, part) in sentences.iter().zip(told) {
            assert!(sentence.contains(part), "{sentence}");
        }
    }

    #[test]
    fn a_scaffold_has_one_place() {
        let quinolones = [
            "O=C(O)c1cn(C2CC2)c2cc(N3CCNCC3)c(F)cc2c1=O",
            "C[C@H]1COc2c(N3CCN(C)CC3)c(F)cc3c(=O)c(C(=O)O)cn1c23",
            "COc1c(N2C[C@@H]3CCCN[C@@H]3C2)c(F)cc2c(=O)c(C(=O)O)cn(C3CC3)c12",
            "CCn1cc(C(=O)O)c(=O)c2cc(F)c(N3CCNCC3)cc12",
        ];
        check("O=c1ccn(C)c2ccccc12", &quinolones, 4, &[]);
        check("C(=O)[OH]", &quinolones, 4, &[]);
        // The second place fits, too; a salt; one that has none; one that is no molecule.
        let others = ["Oc1ccccc1CC", "OCc1ccccc1.[Na+].[Cl-]", "CCO", "c1cccc1"];
        check(
            "c1ccccc1C",
            &others,
            2,
            &["2 of 3 molecules have the pattern"],
        );
    }

    /// Draws the first 200 shipped molecules that have a pattern: in all but `alone` of them one place of
    /// the pattern lies on that of the first, unturned, with no atom further off than 1e-6 bond lengths.
    #[track_caller]
    fn check_many(align: &str, alone: usize) {
        const MOLECULES: usize = 200;
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/molecules.csv");
        let table = std::fs::read_to_string(path).unwrap();
        let pattern = Pattern::parse(align).unwrap();
        let parsed = table
            .lines()
            .skip(1)
            .filter_map(|line| Molecule::parse(line).ok());
        let with = parsed.filter(|molecule| !pattern.find_all(molecule).is_empty());
        let molecules: Vec<Result<Molecule, String>> = with.take(MOLECULES).map(Ok).collect();
        assert_eq!(molecules.len(), MOLECULES, "{align}");
        let settings = Settings {
            align: Some(align.to_owned()),
            ..Settings::default()
        };
        let patterns = Patterns::new(&settings).unwrap();
        let options = DepictOptions::default();
        let drawings = drawn(&molecules, &patterns, &options, &Told::default()).unwrap();
        let mut template: Option<Vec<Point>> = None;
        let mut off = 0;
        for (drawing, molecule) in drawings.iter().zip(&molecules) {
            let (drawing, molecule) = (drawing.as_ref().unwrap(), molecule.as_ref().unwrap());
            let places = pattern.find_all(molecule).into_iter();
            let places = places.map(|atoms| -> Vec<Point> {
                atoms
                    .iter()
                    .map(|&atom| drawing.point(atom).unwrap())
                    .collect()
            });
            let places: Vec<Vec<Point>> = places.collect();
            let template = template.get_or_insert_with(|| places[0].clone());
            let farthest = |place: &Vec<Point>| {
                let pairs = place.iter().zip(&*template);
                let apart = pairs.map(|(one, other)| (one.x - other.x).hypot(one.y - other.y));
                apart.fold(0.0, f64::max)
            };
            let least = places.iter().map(farthest).fold(f64::INFINITY, f64::min);
            off += usize::from(least > 1e-6);
        }
        assert!(
            off <= alone,
            "{align}: {off} of {MOLECULES} are not drawn alike"
        );
    }

    #[test]
    fn two_hundred_molecules_share_the_place_of_a_scaffold() {
        check_many("c1ccccc1", 0);
        check_many("C1CCNCC1", 0);
        check_many("O=C1CCCN1", 0);
        check_many("c1ccc2ncccc2c1", 0);
        // Two lactams and seven sultams, whose rings have other angles.
        check_many("O=C(N)c1ccccc1", 2);
        check_many("NS(=O)(=O)c1ccccc1", 7);
    }

    #[test]
    fn what_cannot_be_drawn_alike_is_drawn_as_it_is() {
        let told = ["1 of 2 molecules with the pattern of setting `align` cannot"];
        check("CC=CC", &["CC/C=C/CC", "CC/C=C\\CC"], 1, &told);
        check(
            "[#6]1~[#6]~[#6]~[#6]~[#6]~[#6]1",
            &["C1CCCCC1O", "C1CC2CCC1CC2"],
            2,
            &[],
        );
    }

    #[test]
    fn a_pattern_that_no_molecule_has_is_refused() {
        let settings = Settings {
            highlight: Some("[Xe]".to_owned()),
            ..Settings::default()
        };
        let patterns = Patterns::new(&settings).unwrap();
        let molecules = [Molecule::parse("C").map_err(|invalid| invalid.to_string())];
        let options = DepictOptions::default();
        let error = drawn(&molecules, &patterns, &options, &Told::default()).expect_err("an error");
        let message = "none of the 1 molecules has the pattern `[Xe]` of setting `highlight`";
        assert_eq!(error.to_string(), message);
        let broken = Settings {
            align: Some("C(".to_owned()),
            ..Settings::default()
        };
        let error = Patterns::new(&broken).err().map(|error| error.to_string());
        assert!(error.is_some_and(|text| text.starts_with("setting `align` is no SMARTS pattern")));
    }
}
