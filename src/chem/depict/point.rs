//! Points of the plane, in bond lengths; y goes up, as chemists and mol files have it.

use std::ops::{Add, Mul, Neg, Sub};

/// A point, or the way from one to another.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Up.
    pub y: f64,
}

impl Point {
    /// The point with these coordinates.
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    /// The point at distance 1 in a direction, in radians from the x axis, counterclockwise.
    pub(super) fn towards(angle: f64) -> Self {
        Self::new(angle.cos(), angle.sin())
    }

    /// The direction, in radians between -pi and pi.
    pub(super) fn angle(self) -> f64 {
        self.y.atan2(self.x)
    }

    pub(super) fn length(self) -> f64 {
        self.x.hypot(self.y)
    }

    pub(super) fn distance(self, other: Self) -> f64 {
        (self - other).length()
    }

    pub(super) fn dot(self, other: Self) -> f64 {
        self.x * other.x + self.y * other.y
    }

    /// Positive where `other` is counterclockwise of `self`.
    pub(super) fn cross(self, other: Self) -> f64 {
        self.x * other.y - self.y * other.x
    }

    /// The same direction at length 1; as it is where it has none.
    pub(super) fn unit(self) -> Self {
        let length = self.length();
        if length > 1e-12 {
            self * (1.0 / length)
        } else {
            self
        }
    }

    /// A quarter turn counterclockwise.
    pub(super) const fn left(self) -> Self {
        Self::new(-self.y, self.x)
    }

    /// Turned counterclockwise about the origin.
    pub(super) fn turned(self, angle: f64) -> Self {
        let (sin, cos) = angle.sin_cos();
        Self::new(self.x * cos - self.y * sin, self.x * sin + self.y * cos)
    }

    /// Mirrored in the line through two points.
    pub(super) fn mirrored(self, from: Self, to: Self) -> Self {
        let along = (to - from).unit();
        let way = self - from;
        from + along * (2.0 * way.dot(along)) - way
    }

    /// The distance to the straight line between two points.
    pub(super) fn distance_to_line(self, from: Self, to: Self) -> f64 {
        let along = to - from;
        let square = along.dot(along);
        let share = if square > 0.0 {
            ((self - from).dot(along) / square).clamp(0.0, 1.0)
        } else {
            0.0
        };
        self.distance(from + along * share)
    }
}

impl Add for Point {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::new(self.x + other.x, self.y + other.y)
    }
}

impl Sub for Point {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y)
    }
}

impl Neg for Point {
    type Output = Self;

    fn neg(self) -> Self {
        Self::new(-self.x, -self.y)
    }
}

impl Mul<f64> for Point {
    type Output = Self;

    fn mul(self, factor: f64) -> Self {
        Self::new(self.x * factor, self.y * factor)
    }
}

/// Whether two straight lines cross between their ends; lines that share a point do not.
pub(super) fn cross(first: [Point; 2], second: [Point; 2]) -> bool {
    let side = |line: [Point; 2], point: Point| (line[1] - line[0]).cross(point - line[0]);
    let apart =
        |line: [Point; 2], other: [Point; 2]| side(line, other[0]) * side(line, other[1]) < -1e-9;
    apart(first, second) && apart(second, first)
}

/// The mean of some points.
pub(super) fn middle(points: impl IntoIterator<Item = Point>) -> Point {
    let mut count = 0.0;
    let mut sum = Point::default();
    for point in points {
        sum = sum + point;
        count += 1.0;
    }
    if count > 0.0 {
        sum * (1.0 / count)
    } else {
        sum
    }
}

/// An angle between 0 and a full turn.
pub(super) fn positive(angle: f64) -> f64 {
    angle.rem_euclid(std::f64::consts::TAU)
}

/// The start and width of the widest gap between directions, counterclockwise.
pub(super) fn widest_gap(mut angles: Vec<f64>) -> (f64, f64) {
    for angle in &mut angles {
        *angle = positive(*angle);
    }
    angles.sort_by(f64::total_cmp);
    let mut best = (0.0, 0.0);
    for (index, &angle) in angles.iter().enumerate() {
        let next = angles
            .get(index + 1)
            .copied()
            .unwrap_or(angles[0] + std::f64::consts::TAU);
        if next - angle > best.1 + 1e-6 {
            best = (angle, next - angle);
        }
    }
    best
}
