//! Plots of studies: a frontier of two shares, bars of several models, histograms on each other.

#[cfg(feature = "plots")]
mod drawn;
#[cfg(not(feature = "plots"))]
mod without_plots;

#[cfg(feature = "plots")]
pub use drawn::{frontier, histograms, panels};
#[cfg(not(feature = "plots"))]
pub use without_plots::{frontier, histograms, panels};

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
    /// A share, shown in percent on an axis from 0 to 100 %; else a number on an axis of its own.
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
