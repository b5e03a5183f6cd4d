//! The embeddings of all tokens in a plane: their two principal axes, and the nearest of each.

use crate::model::Model;
use crate::tokenizer::{EOS, TokenId};

/// Rounds of the power iteration that finds an axis.
const ROUNDS: usize = 300;

/// The tokens of a model in a plane.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct TokenMap {
    /// The tokens that molecules are written with, and the end.
    pub tokens: Vec<TokenPlace>,
    /// The share of the embeddings' variance along each of the two axes.
    pub explained: [f64; 2],
}

/// A token's place.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct TokenPlace {
    /// The token.
    pub token: String,
    /// Its id.
    pub id: u16,
    /// Its coordinates along the two principal axes of all embeddings.
    pub at: [f64; 2],
    /// The tokens whose embeddings are most like its own, with the cosine of the angle between them.
    pub nearest: Vec<(String, f64)>,
}

/// The map of a model's token embeddings, with `nearest` neighbours of each.
pub fn token_map(model: &Model, nearest: usize) -> TokenMap {
    let tokenizer = model.tokenizer();
    let names = tokenizer.vocabulary().tokens();
    let width = model.config().width;
    let table = &model.parameters()[model.layout().token];
    let ids: Vec<usize> = (0..names.len())
        .filter(|&id| id == usize::from(EOS.0) || tokenizer.writes(TokenId(id as u16)))
        .collect();
    let row = |id: usize| table[id * width..][..width].iter().map(|v| f64::from(*v));
    let rows: Vec<Vec<f64>> = ids.iter().map(|&id| row(id).collect()).collect();
    let (places, explained) = principal(&rows);
    let place = |(at, &id): (usize, &usize)| TokenPlace {
        token: names[id].clone(),
        id: id as u16,
        at: places[at],
        nearest: nearest_to(&rows, at, nearest)
            .into_iter()
            .map(|(other, cosine)| (names[ids[other]].clone(), cosine))
            .collect(),
    };
    TokenMap {
        tokens: ids.iter().enumerate().map(place).collect(),
        explained,
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The rows that are most like one of them, with the cosine of the angle.
fn nearest_to(rows: &[Vec<f64>], at: usize, count: usize) -> Vec<(usize, f64)> {
    let cosine = |other: usize| {
        let (a, b) = (&rows[at], &rows[other]);
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(f64::MIN_POSITIVE)
    };
    let others = (0..rows.len()).filter(|&other| other != at);
    let mut near: Vec<(usize, f64)> = others.map(|other| (other, cosine(other))).collect();
    near.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    near.truncate(count);
    near
}

/// Coordinates of rows along the two axes of their largest variance, and the shares of each.
fn principal(rows: &[Vec<f64>]) -> (Vec<[f64; 2]>, [f64; 2]) {
    let width = rows.first().map_or(0, Vec::len);
    let count = rows.len().max(1) as f64;
    let mean: Vec<f64> = (0..width)
        .map(|column| rows.iter().map(|row| row[column]).sum::<f64>() / count)
        .collect();
    let mut rest: Vec<Vec<f64>> = rows
        .iter()
        .map(|row| row.iter().zip(&mean).map(|(v, mean)| v - mean).collect())
        .collect();
    let variance = |rows: &[Vec<f64>]| rows.iter().map(|row| dot(row, row)).sum::<f64>();
    let total = variance(&rest).max(f64::MIN_POSITIVE);
    let mut places = vec![[0.0; 2]; rows.len()];
    let mut explained = [0.0; 2];
    for axis in 0..2 {
        let direction = first_axis(&rest, width);
        let before = variance(&rest);
        for (row, place) in rest.iter_mut().zip(&mut places) {
            place[axis] = dot(row, &direction);
            for (value, part) in row.iter_mut().zip(&direction) {
                *value -= place[axis] * part;
            }
        }
        explained[axis] = (before - variance(&rest)) / total;
    }
    (places, explained)
}

/// The direction in which rows vary most, of length 1; its largest part is positive.
fn first_axis(rows: &[Vec<f64>], width: usize) -> Vec<f64> {
    // Any start that is not at right angles to it.
    let mut axis: Vec<f64> = (0..width).map(|part| 1.0 + (part % 7) as f64).collect();
    for _ in 0..ROUNDS {
        let mut next = vec![0.0; width];
        for row in rows {
            let along = dot(row, &axis);
            for (next, value) in next.iter_mut().zip(row) {
                *next += along * value;
            }
        }
        let length = dot(&next, &next).sqrt();
        if length <= 0.0 {
            break;
        }
        axis = next.iter().map(|value| value / length).collect();
    }
    let largest = axis.iter().copied().fold(0.0, |largest: f64, part| {
        if part.abs() > largest.abs() {
            part
        } else {
            largest
        }
    });
    if largest < 0.0 {
        for part in &mut axis {
            *part = -*part;
        }
    }
    axis
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axes_are_those_of_the_largest_variance() {
        // A long line along (3, 4), a short one at right angles.
        let rows: Vec<Vec<f64>> = [(10.0, 1.0), (-10.0, -1.0), (5.0, -1.0), (-5.0, 1.0)]
            .iter()
            .map(|(long, short)| {
                vec![
                    1.0 + 0.6 * long - 0.8 * short,
                    2.0 + 0.8 * long + 0.6 * short,
                    7.0,
                ]
            })
            .collect();
        let (places, explained) = principal(&rows);
        let angle = |place: &[f64; 2]| place[0].hypot(place[1]);
        approx::assert_abs_diff_eq!(angle(&places[0]), 101.0_f64.sqrt(), epsilon = 1e-6);
        approx::assert_abs_diff_eq!(explained[0] + explained[1], 1.0, epsilon = 1e-9);
        assert!(explained[0] > 0.95);
        assert!(places[0][0] > 9.9 && places[1][0] < -9.9);
    }

    #[test]
    fn like_tokens_are_near() {
        let model = Model::pretrained().unwrap();
        let map = token_map(&model, 3);
        assert!(map.explained[0] >= map.explained[1] && map.explained[1] > 0.0);
        assert!(map.tokens.iter().any(|place| place.token == "[EOS]"));
        assert!(map.tokens.iter().all(|place| place.token != "[BOS]"));
        let of = |token: &str| map.tokens.iter().find(|place| place.token == token);
        let nearest = &of("Cl").unwrap().nearest;
        assert_eq!(nearest.len(), 3);
        // Halogens stand in the same places.
        assert!(
            nearest.iter().any(|(token, _)| token == "Br"),
            "{nearest:?}"
        );
        assert!(nearest.is_sorted_by(|(_, a), (_, b)| a >= b));
    }
}
