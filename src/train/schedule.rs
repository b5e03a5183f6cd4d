//! The learning rate as a pure function of how far the run is.

use crate::config::TrainingConfig;

/// Linear warm-up by steps, then a cosine down to `final_rate_share` of the peak; `done` is the
/// share of the run that lies behind, 0 to 1.
pub(super) fn rate(step: u64, done: f64, settings: &TrainingConfig) -> f64 {
    let warmup = ((step + 1) as f64 / settings.warmup_steps.max(1) as f64).min(1.0);
    let cosine = 0.5 * (1.0 + (std::f64::consts::PI * done.clamp(0.0, 1.0)).cos());
    let floor = settings.final_rate_share;
    settings.learning_rate * warmup * (floor + (1.0 - floor) * cosine)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RunConfig;

    #[test]
    fn rises_then_falls_to_its_floor() {
        let mut settings = RunConfig::small().training;
        settings.warmup_steps = 100;
        settings.final_rate_share = 0.02;
        let at = |step: u64| rate(step, step as f64 / 10_000.0, &settings) / settings.learning_rate;
        assert!(at(0) < at(50) && at(50) < at(99));
        approx::assert_abs_diff_eq!(at(5_000), 0.51, epsilon = 1e-3);
        approx::assert_abs_diff_eq!(at(10_000), 0.02, epsilon = 1e-9);
        approx::assert_abs_diff_eq!(at(20_000), at(20_000).max(0.02), epsilon = 1e-9);
    }
}
