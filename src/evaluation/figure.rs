//! A measured number with the molecules it is a mean over and its uncertainty.

/// A figure that is not a share, or the reason why there is none.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Figure {
    /// The number; `None` when not computed.
    pub value: Option<f64>,
    /// Generated molecules that it is computed from: its denominator.
    pub of: usize,
    /// 95 % interval of the value, as if the molecules were independent draws.
    pub interval: Option<[f64; 2]>,
    /// The reason why there is no value; `None` if there is one.
    pub reason: Option<String>,
}

impl Figure {
    /// A measured value; one that is not finite is not computed.
    pub fn new(value: f64, of: usize, interval: Option<[f64; 2]>) -> Self {
        if !value.is_finite() {
            return Self::not_computed("the two sets have nothing that can be compared");
        }
        Self {
            value: Some(value),
            of,
            interval: interval.filter(|[low, high]| low.is_finite() && high.is_finite()),
            reason: None,
        }
    }

    /// A figure that was not measured.
    pub fn not_computed(reason: impl Into<String>) -> Self {
        Self {
            value: None,
            of: 0,
            interval: None,
            reason: Some(reason.into()),
        }
    }
}
