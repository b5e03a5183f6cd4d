//! `Evaluation` -> report.json, report.html, plots.
