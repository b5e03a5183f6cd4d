//! Pharmacophores of two and three points (Gobbi and Poppinger 1998) as RDKit 2026.9.1 defines and numbers them in
//! `Gobbi_Pharm2D`: which features are at which distances.
//!
//! A point is an atom with a feature; a distance is the number of bonds on the shortest way, as one of seven
//! ranges. Points beside each other, 100 bonds apart or in separate parts make no pharmacophore. RDKit stops at a
//! thousand matches of a pattern, which only molecules of hundreds of atoms have; here all count. Of 15,000 molecules
//! of MOSES and ZINC all have RDKit's numbers; what differs is what patterns see otherwise (`chem::pattern`), such
//! as rings of radicals and bonds `:` outside of rings.

use std::sync::LazyLock;

use chematic::core::{AtomIdx, Molecule as Graph};

use super::distances::distances;
use crate::chem::Molecule;
use crate::chem::pattern::{Pattern, Target};

/// The features, each a pattern of one atom, in the order of RDKit's names for them: acidic groups (AG), aromatic (AR)
/// and basic ones (BG), acceptors (HA), donors (HD), hydrophobic atoms (LH), branches of aliphatic rings (RR)
/// and unusual elements (X). Aromatic ones are branches of aromatic rings.
const FEATURES: [&str; 8] = [
    "[$([C,S](=[O,S,P])-[O;H1])]",
    "[$([a;D3](@*)(@*)*)]",
    "[$([N;H2&+0][$([C,a]);!$([C,a](=O))]),$([N;H1&+0]([$([C,a]);!$([C,a](=O))])[$([C,a]);!$([C,a](=O))]),$([N;H0&+0]([C;!$(C(=O))])([C;!$(C(=O))])[C;!$(C(=O))]),$([N,n;X2;+0])]",
    "[$([O,S;H1;v2]-[!$(*=[O,N,P,S])]),$([O,S;H0;v2]),$([O,S;-]),$([N&v3;H1,H2]-[!$(*=[O,N,P,S])]),$([N;v3;H0]),$([n,o,s;+0]),F]",
    "[$([N;!H0;v3]),$([N;!H0;+1;v4]),$([O,S;H1;+0]),$([n;H1;+0])]",
    "[$([C;H2,H1](!=*)[C;H2,H1][C;H2,H1][$([C;H1,H2,H3]);!$(C=*)]),$(C([C;H2,H3])([C;H2,H3])[C;H2,H3])]",
    "[$([A;D3](@*)(@*)*)]",
    "[!#1;!#6;!#7;!#8;!#9;!#16;!#17;!#35;!#53]",
];

static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let patterns = FEATURES
        .iter()
        .filter_map(|smarts| Pattern::parse(smarts).ok());
    patterns.collect()
});

/// The ranges of distances, from a number of bonds to below another.
const RANGES: [(u32, u32); 7] = [(2, 3), (3, 4), (4, 5), (5, 6), (6, 7), (7, 8), (8, 100)];

/// Most bonds between two points.
const MOST: u32 = RANGES[RANGES.len() - 1].1 - 1;

/// The range of a distance; none where it makes no pharmacophore.
fn range(bonds: u32) -> Option<usize> {
    RANGES
        .iter()
        .position(|(low, high)| (*low..*high).contains(&bonds))
}

/// The pharmacophores of a molecule, each once, in rising order.
pub(super) fn pharmacophores(molecule: &Molecule) -> Vec<(u32, u32)> {
    Target::with(molecule, |target| of_graph(target.graph))
}

fn of_graph(graph: &Graph) -> Vec<(u32, u32)> {
    let points = points(graph);
    let mut found = Bits::none();
    let ranges: Vec<Vec<Option<usize>>> = points
        .iter()
        .map(|(_, atom)| {
            let distances = distances(graph, AtomIdx(*atom), MOST);
            let to = |(_, other): &(usize, u32)| range(distances[*other as usize]?);
            points.iter().map(to).collect()
        })
        .collect();
    for (first, (feature, _)) in points.iter().enumerate() {
        let beyond = |second: usize| Some((second, ranges[first][second]?));
        let reached: Vec<(usize, usize)> = (first + 1..points.len()).filter_map(beyond).collect();
        for (place, (second, side)) in reached.iter().enumerate() {
            let pair = [*feature, points[*second].0];
            found.set(NUMBERS.of_pair(pair, *side));
            for (third, other_side) in &reached[place + 1..] {
                if let Some(last_side) = ranges[*second][*third] {
                    let features = [pair[0], pair[1], points[*third].0];
                    let sides = [*side, *other_side, last_side];
                    found.set(NUMBERS.of_triangle(features, sides));
                }
            }
        }
    }
    found.numbers().map(|number| (number, 1)).collect()
}

/// The points of a graph, each a feature and an atom, in the order of features.
fn points(graph: &Graph) -> Vec<(usize, u32)> {
    let patterns = PATTERNS.iter().enumerate();
    patterns
        .flat_map(|(feature, pattern)| {
            let atoms = pattern.atoms_of(graph).into_iter();
            atoms.map(move |atom| (feature, atom))
        })
        .collect()
}

/// Numbers that were found, a bit each.
struct Bits(Vec<u64>);

impl Bits {
    fn none() -> Self {
        Self(vec![0; NUMBERS.all.div_ceil(64)])
    }

    fn set(&mut self, number: usize) {
        self.0[number / 64] |= 1 << (number % 64);
    }

    /// The numbers in rising order.
    fn numbers(&self) -> impl Iterator<Item = u32> {
        let words = (0..).step_by(64).zip(&self.0);
        words
            .filter(|(_, word)| **word != 0)
            .flat_map(|(start, word)| {
                (0..64)
                    .filter(move |bit| word >> bit & 1 == 1)
                    .map(move |bit| start + bit)
            })
    }
}

/// RDKit's numbers: pairs come first, by features and range; then triangles, by features and the ranges of sides.
struct Numbers {
    pairs: [[usize; FEATURES.len()]; FEATURES.len()],
    triangles: [[[usize; FEATURES.len()]; FEATURES.len()]; FEATURES.len()],
    /// Of the three sides of a triangle: between the first and second, first and third, second and third point.
    sides: [[[usize; RANGES.len()]; RANGES.len()]; RANGES.len()],
    /// How many there are.
    all: usize,
}

static NUMBERS: LazyLock<Numbers> = LazyLock::new(Numbers::new);

impl Numbers {
    fn new() -> Self {
        let (features, ranges) = (0..FEATURES.len(), RANGES.len());
        let mut numbers = Self {
            pairs: Default::default(),
            triangles: Default::default(),
            sides: Default::default(),
            all: 0,
        };
        let mut shapes = 0;
        for a in 0..ranges {
            for b in 0..ranges {
                for c in 0..ranges {
                    if can_close([a, b, c]) {
                        numbers.sides[a][b][c] = shapes;
                        shapes += 1;
                    }
                }
            }
        }
        for a in features.clone() {
            for b in a..features.end {
                numbers.pairs[a][b] = numbers.all;
                numbers.all += ranges;
            }
        }
        for a in features.clone() {
            for b in a..features.end {
                for c in b..features.end {
                    numbers.triangles[a][b][c] = numbers.all;
                    numbers.all += shapes;
                }
            }
        }
        numbers
    }

    /// The number of two points, in the order of features.
    fn of_pair(&self, [a, b]: [usize; 2], range: usize) -> usize {
        self.pairs[a][b] + range
    }

    /// The number of three points, in the order of features. Of the ways to exchange points of one feature, that
    /// counts which has the greatest ranges first.
    fn of_triangle(&self, [a, b, c]: [usize; 3], [mut ab, mut ac, mut bc]: [usize; 3]) -> usize {
        if a == c {
            let mut sides = [ab, ac, bc];
            sides.sort_unstable();
            [bc, ac, ab] = sides;
        } else if a == b {
            (ac, bc) = (ac.max(bc), ac.min(bc));
        } else if b == c {
            (ab, ac) = (ab.max(ac), ab.min(ac));
        }
        self.triangles[a][b][c] + self.sides[ab][ac][bc]
    }
}

/// Whether sides of these ranges can make a triangle, by RDKit's inequality of lower and upper ends.
fn can_close(sides: [usize; 3]) -> bool {
    let [a, b, c] = sides.map(|range| RANGES[range]);
    let reaches = |one: (u32, u32), two: (u32, u32), across: (u32, u32)| one.1 + two.1 >= across.0;
    reaches(a, b, c) && reaches(b, c, a) && reaches(c, a, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(smiles: &str) -> Vec<u32> {
        let found = pharmacophores(&Molecule::parse(smiles).unwrap());
        found.into_iter().map(|(number, _)| number).collect()
    }

    // Expected numbers by RDKit 2026.9.1, `Gen2DFingerprint(mol, Gobbi_Pharm2D.factory).GetOnBits()`.
    #[test]
    fn numbers_are_those_of_rdkit() {
        #[track_caller]
        fn check(smiles: &str, expected: &[u32]) {
            assert_eq!(found(smiles), expected, "{smiles}");
        }
        check("CCO.CCN", &[]);
        check("*CCO", &[176, 204]);
        check("OCCCCO", &[150, 157, 163, 185, 191, 211]);
        check("CP(=O)(O)OCC[N+](C)(C)C", &[147, 154, 28_718]);
        check(
            "[NH3+][C@@H](CCSC)C([O-])=O",
            &[147, 150, 155, 156, 28_547, 28_724, 28_872],
        );
        check(
            "NCCCC(=O)O",
            &[
                16, 23, 30, 115, 122, 150, 154, 157, 185, 23_913, 28_878, 30_184,
            ],
        );
        check(
            "[Na+].[O-]C(=O)CC(N=[N+]=[N-])C#N",
            &[
                113, 114, 147, 148, 149, 150, 23_522, 23_526, 28_491, 28_541, 28_547,
            ],
        );
    }

    // How many there are, and the sum of their numbers, from the same.
    #[test]
    fn sums_of_numbers_are_those_of_rdkit() {
        #[track_caller]
        fn check(smiles: &str, count: usize, sum: u32) {
            let found = found(smiles);
            assert_eq!((found.len(), found.iter().sum()), (count, sum), "{smiles}");
        }
        check("CC(=O)Oc1ccccc1C(=O)O", 29, 277_687);
        check("CN1C=NC2=C1C(=O)N(C(=O)N2C)C", 71, 1_051_267);
        check("OC(=O)c1cc(Cl)ccc1N=Cc1ccncc1", 137, 1_389_992);
        check("c1c[se]c2c1CCC1CCCCC21", 74, 1_601_580);
        check("[2H]C([2H])(O)c1c[nH]c2ccc(OB(O)O)cc12", 165, 2_670_146);
        check("C[Si](C)(C)CCN(C)S(=O)(=O)c1ccc2ncoc2c1", 64, 898_663);
        check("CC(C)(C)CCCCC=CCCCCCS", 49, 1_208_213);
        check("FC(F)(F)c1nnc(N2CC3CCC2C3)s1", 288, 6_050_337);
        check(
            "OP(=O)(O)OP(=O)(O)OCC1OC(n2cnc3c(N)ncnc32)C(O)C1O",
            2_449,
            57_355_556,
        );
        // Ends that are 99 bonds from each other count, those of 100 do not.
        check(&format!("N{}O", "C".repeat(98)), 261, 7_106_469);
        check(&format!("N{}O", "C".repeat(99)), 203, 5_611_409);
    }
}
