//! Repairs of the chemistry crate, where it reads a molecule otherwise than RDKit does.
//!
//! - `wildcard`: wildcards in rings;
//! - `macrocycle`: five-membered aromatic rings that a large ring bridges;
//! - `surrogate`, `sanitized`, `traversal` and `writer`: bonds `~` and some metal complexes, which
//!   the crate does not sanitize: another molecule is sanitized in their place, and the canonical
//!   SMILES is written here.

mod macrocycle;
mod sanitized;
mod surrogate;
mod traversal;
pub(super) mod wildcard;
mod writer;

use chematic::core::Molecule;
use chematic::smiles::{RdkitSmilesError, rdkit_canonical_smiles};

use surrogate::Surrogate;

/// The canonical SMILES of `graph`, which was parsed from `text`, after the graph that properties
/// are computed of: `graph`, or its surrogate where it has bonds `~`.
///
/// # Errors
/// That of the chemistry crate, for a molecule that cannot be sanitized.
pub(super) fn canonicalize(
    graph: Molecule,
    text: &str,
) -> Result<(Molecule, String), RdkitSmilesError> {
    if let Some(surrogate) = Surrogate::for_any_bonds(&graph) {
        let canonical = writer::canonical(&graph, &surrogate, text)?;
        return Ok((surrogate.graph, canonical));
    }
    let mut canonical = rdkit_canonical_smiles(&graph);
    if let Some(strict) = wildcard::without_double_bonds(&graph)
        && canonical.is_ok()
        && let Err(error) = rdkit_canonical_smiles(&strict)
    {
        canonical = Err(error);
    }
    if matches!(canonical, Err(RdkitSmilesError::Unsupported(_))) {
        canonical = writer::canonical(&graph, &Surrogate::for_metals(&graph), text);
    }
    let canonical = canonical?;
    let reordered = macrocycle::small_rings_first(&graph);
    let repaired = reordered.and_then(|graph| rdkit_canonical_smiles(&graph).ok());
    Ok((graph, repaired.unwrap_or(canonical)))
}
