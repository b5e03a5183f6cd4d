//! Highlights: atoms and bonds with a colour behind them, by a list or by values.

use super::style::Shade;

/// Atoms and bonds with a colour behind them. Atoms are numbered in the order in which they are
/// written, from 0.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Highlights {
    /// Atoms and their colours.
    pub atoms: Vec<(usize, Shade)>,
    /// Bonds, by the atoms at their ends, and their colours.
    pub bonds: Vec<([usize; 2], Shade)>,
}

impl Highlights {
    /// These atoms in one colour, with the bonds between them.
    pub fn of(atoms: &[usize], shade: Shade) -> Self {
        Self {
            atoms: atoms.iter().map(|&atom| (atom, shade)).collect(),
            bonds: Vec::new(),
        }
    }

    /// Every atom by its value; an atom without a value, or with one that is no number, has none.
    pub fn by_value(values: &[Option<f64>], scale: &Scale) -> Self {
        let shade = |(atom, value): (usize, &Option<f64>)| {
            let value = value.filter(|value| value.is_finite())?;
            Some((atom, scale.shade(value)))
        };
        Self {
            atoms: values.iter().enumerate().filter_map(shade).collect(),
            bonds: Vec::new(),
        }
    }
}

/// A scale of colours: from blue through white to red, so that it reads for those who see no green.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// The value of the first colour, and that of the last.
    pub ends: [f64; 2],
}

const LOW: [f64; 3] = [74.0, 128.0, 214.0];
const MIDDLE: [f64; 3] = [247.0, 247.0, 247.0];
const HIGH: [f64; 3] = [214.0, 96.0, 77.0];

impl Scale {
    /// A scale for some values, alike on both sides of zero.
    pub fn around_zero(values: &[Option<f64>]) -> Self {
        let finite = values.iter().flatten().filter(|value| value.is_finite());
        let most = finite.map(|value| value.abs()).fold(0.0, f64::max);
        let most = if most > 0.0 { most } else { 1.0 };
        Self {
            ends: [-most, most],
        }
    }

    /// The colour of a value; beyond the ends, that of the end.
    pub fn shade(&self, value: f64) -> Shade {
        let [low, high] = self.ends;
        let share = if high > low {
            ((value - low) / (high - low)).clamp(0.0, 1.0)
        } else {
            0.5
        };
        let (from, to, part) = if share < 0.5 {
            (LOW, MIDDLE, share * 2.0)
        } else {
            (MIDDLE, HIGH, share * 2.0 - 1.0)
        };
        let mixed = |at: usize| (from[at] + (to[at] - from[at]) * part).round() as u8;
        Shade {
            rgb: [mixed(0), mixed(1), mixed(2)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_colours() {
        let values = [Some(-2.0), Some(0.0), Some(1.0), None, Some(f64::NAN)];
        let scale = Scale::around_zero(&values);
        approx::assert_abs_diff_eq!(scale.ends[..], [-2.0, 2.0]);
        let found = Highlights::by_value(&values, &scale);
        let atoms: Vec<usize> = found.atoms.iter().map(|(atom, _)| *atom).collect();
        assert_eq!(atoms, [0, 1, 2]);
        assert_eq!(found.atoms[0].1.rgb, [74, 128, 214]);
        assert_eq!(found.atoms[1].1.rgb, [247, 247, 247]);
        assert_eq!(scale.shade(5.0), scale.shade(2.0));
        approx::assert_abs_diff_eq!(Scale::around_zero(&[]).ends[..], [-1.0, 1.0]);
    }
}
