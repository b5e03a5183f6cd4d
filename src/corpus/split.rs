//! The split into training and validation sets, by content.
//!
//! Knows one molecule at a time: no molecule changes sides when rows are added, removed or moved.

use sha2::{Digest, Sha256};

/// Whether a molecule is held out for validation, for about `share` (0 to 1) of all molecules.
///
/// The first eight bytes of the SHA-256 of the canonical SMILES, as a big-endian fraction of 2^64,
/// below `share`. A larger share only adds to the validation set.
pub fn is_validation(canonical: &str, share: f64) -> bool {
    let digest = Sha256::digest(canonical.as_bytes());
    let number = digest
        .iter()
        .take(8)
        .fold(0_u64, |number, &byte| number << 8 | u64::from(byte));
    (number as f64) / 2_f64.powi(64) < share
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn side_is_fixed_by_content() {
        // SHA-256 of `C` begins 6b23c0d5f35d1b11, of `CC` a56362a10c816abf.
        for (smiles, fraction) in [("C", 0.418_514), ("CC", 0.646_048)] {
            assert!(!is_validation(smiles, fraction - 1e-5), "{smiles}");
            assert!(is_validation(smiles, fraction + 1e-5), "{smiles}");
        }
    }

    #[test]
    fn share_is_about_what_is_asked() {
        let molecules: Vec<String> = (1..5_000).map(|length| "C".repeat(length)).collect();
        for share in [0.0, 0.05, 0.5, 1.0] {
            let held_out = molecules
                .iter()
                .filter(|smiles| is_validation(smiles, share))
                .count();
            let measured = held_out as f64 / molecules.len() as f64;
            assert!((measured - share).abs() < 0.02, "{share}: {measured}");
        }
    }
}
