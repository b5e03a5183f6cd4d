//! Vectors in space.

use std::ops::{Neg, Sub};

/// A place or a direction, in the unit of the drawing.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Vector {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) z: f64,
}

impl Vector {
    pub(super) fn dot(self, other: Self) -> f64 {
        self.x * other.x + self.y * other.y + self.z * other.z
    }

    pub(super) fn cross(self, other: Self) -> Self {
        Self {
            x: self.y * other.z - self.z * other.y,
            y: self.z * other.x - self.x * other.z,
            z: self.x * other.y - self.y * other.x,
        }
    }

    /// The square of its length.
    pub(super) fn square(self) -> f64 {
        self.dot(self)
    }

    /// The direction of length 1; without one, itself.
    pub(super) fn unit(self) -> Self {
        let length = self.square().sqrt();
        if length < 1e-12 {
            return self;
        }
        Self {
            x: self.x / length,
            y: self.y / length,
            z: self.z / length,
        }
    }

    /// The same with another height.
    pub(super) fn at_height(self, z: f64) -> Self {
        Self { z, ..self }
    }
}

impl Sub for Vector {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            x: self.x - other.x,
            y: self.y - other.y,
            z: self.z - other.z,
        }
    }
}

impl Neg for Vector {
    type Output = Self;

    fn neg(self) -> Self {
        Self::default() - self
    }
}

/// Whether two bonds of an atom, of these directions, are within two degrees of a straight line; so
/// are those without a length.
pub(super) fn is_straight(first: Vector, second: Vector) -> bool {
    let squares = first.square() * second.square();
    squares < 1e-6 || first.dot(second) < -0.999_388 * squares.sqrt()
}

/// The dihedral angle of a chain of four places, 0 to pi.
pub(super) fn dihedral([a, b, c, d]: [Vector; 4]) -> f64 {
    let axis = c - b;
    let first = (b - a).cross(axis);
    let second = axis.cross(d - c);
    let lengths = (first.square() * second.square()).sqrt();
    (first.dot(second) / lengths).clamp(-1.0, 1.0).acos()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f64, y: f64) -> Vector {
        Vector { x, y, z: 0.0 }
    }

    #[test]
    fn angles_tell_trans_from_cis() {
        let chain = |last| dihedral([at(-1.0, 1.0), at(0.0, 0.0), at(1.0, 0.0), last]);
        approx::assert_relative_eq!(chain(at(2.0, -1.0)), std::f64::consts::PI);
        approx::assert_relative_eq!(chain(at(2.0, 1.0)), 0.0);
        assert!(is_straight(at(-1.0, 0.0), at(2.0, 0.01)));
        assert!(!is_straight(at(-1.0, 0.0), at(1.0, 0.5)));
        assert!(is_straight(at(0.0, 0.0), at(1.0, 0.5)));
    }
}
