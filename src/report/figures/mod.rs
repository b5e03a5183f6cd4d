//! Plots of studies and of training runs: a frontier of two shares, dots of several models, histograms
//! and curves on each other, points of pairs of values, the losses of a run.

#[cfg(feature = "plots")]
mod drawn;
#[cfg(not(feature = "plots"))]
mod without_plots;

#[cfg(feature = "plots")]
pub use drawn::{curves, frontier, histograms, losses, panels, rising_curves, scatter};
#[cfg(not(feature = "plots"))]
pub use without_plots::{curves, frontier, histograms, losses, panels, rising_curves, scatter};

/// A value with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// The value.
    pub value: f64,
    /// 95 % interval, where there is one.
    pub interval: Option<[f64; 2]>,
}

impl Measured {
    #[cfg(feature = "plots")]
    fn ends(&self) -> [f64; 2] {
        self.interval.unwrap_or([self.value; 2])
    }
}

/// A point of a frontier.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The label beside the point.
    pub name: String,
    /// Its x coordinate, a share.
    pub x: Measured,
    /// Its y coordinate, a share.
    pub y: Measured,
    /// Drawn larger and in another colour: the point that the study recommends.
    pub chosen: bool,
}

/// One figure of several models.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// Its name.
    pub title: String,
    /// A share, shown in percent; else a number.
    pub share: bool,
    /// One value for each model; `None` when not computed.
    pub values: Vec<Option<Measured>>,
}

/// A sample in a histogram.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Its name.
    pub name: String,
    /// Its values.
    pub values: Vec<f64>,
}

/// A curve, one of several.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Its name; curves of one name have one colour.
    pub name: String,
    /// Its points from left to right; those that are not finite are left out.
    pub points: Vec<(f64, f64)>,
}

/// The losses of a training run, in nats per token by steps.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Losses {
    /// Training losses.
    pub training: Vec<(f64, f64)>,
    /// Validation losses.
    pub validation: Vec<(f64, f64)>,
    /// Steps of an epoch.
    pub steps_per_epoch: u64,
    /// The best validation loss.
    pub best: Option<(f64, f64)>,
}
