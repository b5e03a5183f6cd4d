//! The learning rate as a pure function of the step.

use crate::config::TrainingConfig;

/// Linear warm-up, then a cosine down to `final_rate_share` of the peak.
pub(super) fn rate(step: u64, steps: u64, settings: &TrainingConfig) -> f64 {
    let warmup = ((step + 1) as f64 / settings.warmup_steps.max(1) as f64).min(1.0);
    let done = step as f64 / steps.max(1) as f64;
    let cosine = 0.5 * (1.0 + (std::f64::consts::PI * done).cos());
    let floor = settings.final_rate_share;
    settings.learning_rate * warmup * (floor + (1.0 - floor) * cosine)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RunConfig;

    #[test]
    fn rises_then_falls_to_its_floor() {
        let settings = RunConfig::small().training;
        let at = |step| rate(step, 10_000, &settings) / settings.learning_rate;
        assert!(at(0) < at(50) && at(50) < at(99));
        approx::assert_abs_diff_eq!(at(5000), 0.51, epsilon = 1e-3);
        approx::assert_abs_diff_eq!(at(10_000), settings.final_rate_share, epsilon = 1e-9);
    }
}
