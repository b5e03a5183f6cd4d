//! Draws the plots of studies and of training runs.

mod curves;
mod dots;
mod frontier;
mod histograms;
mod losses;
mod scatter;

pub use curves::{curves, rising_curves};
pub use dots::panels;
pub use frontier::frontier;
pub use histograms::histograms;
pub use losses::losses;
pub use scatter::scatter;

/// The value below which this share of some values lies; `None` of no values.
fn quantile(values: impl Iterator<Item = f64>, share: f64) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    Some(values[(share * last as f64).round() as usize])
}

/// The parts of a line between two heights, each with the points where it enters and leaves.
fn inside(line: &[(f64, f64)], (low, high): (f64, f64)) -> Vec<Vec<(f64, f64)>> {
    let mut parts = vec![Vec::new()];
    let at = |from: (f64, f64), to: (f64, f64), y: f64| {
        let share = (y - from.1) / (to.1 - from.1);
        (from.0 + share * (to.0 - from.0), y)
    };
    let is_in = |point: &(f64, f64)| (low..=high).contains(&point.1);
    let border = |point: &(f64, f64)| if point.1 > high { high } else { low };
    for (index, point) in line.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| &line[index]);
        let last = parts.len() - 1;
        match (
            before.filter(|before| is_in(before) != is_in(point)),
            is_in(point),
        ) {
            (Some(before), true) => {
                parts[last].extend([at(*before, *point, border(before)), *point]);
            }
            (Some(before), false) => {
                parts[last].push(at(*before, *point, border(point)));
                parts.push(Vec::new());
            }
            (None, true) => parts[last].push(*point),
            (None, false) => {}
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Curve, Losses, Measured, Panel, Point, Sample};
    use super::*;
    use crate::report::Svg;
    use crate::report::file::ReportError;

    #[track_caller]
    fn check(draw: impl Fn(&Path) -> Result<Svg, ReportError>, expected: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        let svg = draw(&folder.path().join("plot-0.5")).unwrap();
        for svgs in [&svg.wide, &svg.narrow] {
            let text = svgs.concat();
            for expected in expected.iter().filter(|_| !svgs.is_empty()) {
                assert!(text.contains(expected), "{expected} in {text}");
            }
            assert!(svgs.iter().all(|svg| svg.starts_with("<svg")));
            assert!(!text.contains("<&>"));
        }
        let png = std::fs::read(folder.path().join("plot-0.5.png")).unwrap();
        assert!(png.starts_with(b"\x89PNG"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    fn share(value: f64) -> Measured {
        Measured {
            value,
            interval: Some([value - 0.05, value + 0.05]),
        }
    }

    #[test]
    fn plots_of_much_and_of_nothing() {
        let point = |name: &str, x, y| Point {
            name: name.to_owned(),
            x: share(x),
            y: share(y),
            chosen: name == "1.0",
        };
        let points = [point("0.8", 0.5, 0.9), point("1.0", 0.6, 0.8)];
        let axes = ["novelty", "validity"];
        check(
            |stem| frontier(stem, "T <&>", axes, &points),
            &["0.8", "novelty"],
        );
        check(|stem| frontier(stem, "T", axes, &[]), &["validity"]);
        let panel = Panel {
            title: "FCD".to_owned(),
            share: false,
            values: vec![Some(share(2.5)), None],
        };
        let names = ["GPT", "a name that is much too long for its place"].map(str::to_owned);
        check(
            |stem| panels(stem, &names, std::slice::from_ref(&panel)),
            &["FCD", "2.500", "–", "…"],
        );
        check(|stem| panels(stem, &[], &[]), &[]);
        let sample = Sample {
            name: "held out".to_owned(),
            values: vec![1.0, 2.0, 2.0, 9.0],
        };
        let one = std::slice::from_ref(&sample);
        check(
            |stem| histograms(stem, "T", "nats", one),
            &["held out (4)", "nats", "share of molecules"],
        );
        check(|stem| histograms(stem, "T", "nats", &[]), &["nats"]);
        let curve = |name: &str, points: &[(f64, f64)]| Curve {
            name: name.to_owned(),
            points: points.to_vec(),
        };
        let two = [
            curve(
                "one",
                &[(0.0, 3.0), (1.0, 1.0), (2.0, f64::NAN), (3.0, 0.9)],
            ),
            curve("none", &[]),
        ];
        let axes = ["minutes", "nats"];
        check(
            |stem| curves(stem, "T", axes, &two),
            &["one", "minutes", "nats"],
        );
        check(|stem| curves(stem, "T", axes, &[]), &["nats"]);
        check(
            |stem| rising_curves(stem, "T", axes, &two),
            &["one", "minutes", "nats"],
        );
        let axes = ["asked", "got"];
        let points = [(1.0, 1.2), (1.0, 0.7), (3.0, 2.5)];
        check(
            |stem| scatter(stem, "T <&>", axes, &points),
            &["asked", "got", "<circle"],
        );
        check(|stem| scatter(stem, "T", axes, &[]), &["got"]);
    }

    #[test]
    fn losses_of_any_length() {
        let folder = tempfile::tempdir().unwrap();
        let stem = folder.path().join("loss");
        let loss = |step: u32| 0.5 + 3.0 / f64::from(step + 1) + 0.1 * f64::from(step % 7);
        for steps in [0, 1, 30, 20_000] {
            let training: Vec<_> = (0..steps).map(|step| (step.into(), loss(step))).collect();
            let validation: Vec<_> = training.iter().copied().step_by(7).collect();
            let found = Losses {
                best: validation.last().copied(),
                training,
                validation,
                steps_per_epoch: 8,
            };
            losses(&stem, &found).unwrap();
            let svg = std::fs::read_to_string(stem.with_extension("svg")).unwrap();
            assert_eq!(svg.contains("best"), steps > 0, "{steps}");
            assert_eq!(svg.contains("epoch"), steps > 8, "{steps}");
            // However long the run is, the picture is small.
            assert!(svg.len() < 80_000, "{steps}: {}", svg.len());
        }
    }

    #[test]
    fn lines_are_cut_at_the_border() {
        let line = [
            (0.0, 4.0),
            (1.0, 0.0),
            (2.0, 0.0),
            (3.0, 4.0),
            (4.0, 4.0),
            (5.0, 1.0),
        ];
        let parts = inside(&line, (0.0, 2.0));
        let first = vec![(0.5, 2.0), (1.0, 0.0), (2.0, 0.0), (2.5, 2.0)];
        let (x, y) = parts[1][0];
        approx::assert_abs_diff_eq!(x, 4.0 + 2.0 / 3.0, epsilon = 1e-9);
        assert_eq!(
            (&parts[0], y, parts[1][1], parts.len()),
            (&first, 2.0, (5.0, 1.0), 2)
        );
        assert!(inside(&[(0.0, 9.0), (1.0, 8.0)], (0.0, 2.0)).is_empty());
    }
}
