//! report.json: the evaluation's fields, then their provenance.

use super::file::ReportError;
use crate::evaluation::{Evaluation, Provenance};

#[derive(serde::Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    evaluation: &'a Evaluation,
    provenance: &'a Provenance,
}

/// The report as indented JSON with a final line break.
///
/// # Errors
/// [`ReportError::Json`], which no evaluation is known to cause.
pub fn json(evaluation: &Evaluation, provenance: &Provenance) -> Result<String, ReportError> {
    let mut text = serde_json::to_string_pretty(&Document {
        evaluation,
        provenance,
    })?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::{References, evaluate};

    #[test]
    fn the_schema_version_comes_first() {
        let evaluation = evaluate(&[], &References::default());
        let text = json(&evaluation, &Provenance::default()).expect("it serializes");
        assert!(text.starts_with("{\n  \"schema_version\": 2,"));
        let value: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
        assert!(value["validity"]["value"].is_null());
        assert!(value["validity"]["reason"].is_string());
    }
}
