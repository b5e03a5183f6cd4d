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
    /// The reason why the value says little, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
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
            warning: None,
        }
    }

    /// The same with the reason why it says little, if there is one.
    #[must_use]
    pub(super) fn with_warning(self, warning: Option<String>) -> Self {
        Self { warning, ..self }
    }

    /// A figure that was not measured.
    pub fn not_computed(reason: impl Into<String>) -> Self {
        Self {
            value: None,
            of: 0,
            interval: None,
            reason: Some(reason.into()),
            warning: None,
        }
    }
}
