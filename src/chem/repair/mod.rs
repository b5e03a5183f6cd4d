//! Repairs of the chemistry crate, where it reads a molecule otherwise than RDKit does.
//!
//! - `wildcard`: wildcards in rings;
//! - `macrocycle`: five-membered aromatic rings that a large ring bridges;
//! - `cage`, `aromaticity`: cages and large rings of rings, of whose rings the crate leaves some out;
//! - `kekulize`, `matching`: aromatic rings whose double bonds the crate does not find;
//! - `surrogate`, `sanitized`, `traversal` and `writer`: bonds `~` and some metal complexes, which
//!   the crate does not sanitize: another molecule is sanitized in their place, and the canonical
//!   SMILES is written here.

mod aromaticity;
mod cage;
mod kekulize;
mod macrocycle;
pub(super) mod matching;
mod sanitized;
mod surrogate;
mod traversal;
pub(super) mod wildcard;
mod writer;

use chematic::core::Molecule;
use chematic::smiles::{RdkitSmilesError, rdkit_canonical_smiles};

use surrogate::Surrogate;

/// The canonical SMILES of `graph`, which was parsed from `text`, after the graph that properties
/// are computed of: `graph`, with the double bonds of aromatic rings written out where the crate does
/// not find them, or its surrogate where it has bonds `~`.
///
/// # Errors
/// That of the chemistry crate, for a molecule that cannot be sanitized.
pub(super) fn canonicalize(
    graph: Molecule,
    text: &str,
) -> Result<(Molecule, String), RdkitSmilesError> {
    if let Some(surrogate) = Surrogate::for_any_bonds(&graph) {
        let (surrogate, canonical) = written(&graph, surrogate, text)?;
        return Ok((surrogate, canonical));
    }
    let (mut graph, mut canonical) = kekulized(graph, kekulize::solved, rdkit_canonical_smiles);
    // Some canonical forms RDKit writes and refuses. What is written here is read here.
    if let Err(RdkitSmilesError::Sanitization(message)) = &canonical
        && let Some(other) = kekulize::matched(&graph, message)
        && let (other, Ok(form)) = kekulized(other, kekulize::matched, rdkit_canonical_smiles)
        && form == text
    {
        (graph, canonical) = (other, Ok(form));
    }
    if let Some(strict) = wildcard::without_double_bonds(&graph)
        && canonical.is_ok()
        && let (_, Err(error)) = kekulized(strict, kekulize::solved, rdkit_canonical_smiles)
    {
        canonical = Err(error);
    }
    if matches!(canonical, Err(RdkitSmilesError::Unsupported(_))) {
        canonical = written(&graph, Surrogate::for_metals(&graph), text).map(|(_, text)| text);
    }
    let canonical = canonical?;
    if let Some(canonical) = cage::canonical(&graph, text) {
        return Ok((graph, canonical));
    }
    let canonical = macrocycle::canonical(&graph, &canonical).unwrap_or(canonical);
    Ok((graph, canonical))
}

/// The surrogate's graph, and the canonical SMILES of `graph` by way of it.
fn written(
    graph: &Molecule,
    mut surrogate: Surrogate,
    text: &str,
) -> Result<(Molecule, String), RdkitSmilesError> {
    let graph_of = surrogate.graph.clone();
    let (own, canonical) = kekulized(graph_of, kekulize::solved, |own| {
        surrogate.graph = own.clone();
        writer::canonical(graph, &surrogate, text)
    });
    Ok((own, canonical?))
}

/// What `write` makes of a graph, or of that graph with the double bonds of its aromatic rings
/// written out by `solve`, one ring system after the other, as long as their kekulization is what
/// fails.
fn kekulized(
    mut graph: Molecule,
    solve: impl Fn(&Molecule, &str) -> Option<Molecule>,
    mut write: impl FnMut(&Molecule) -> Result<String, RdkitSmilesError>,
) -> (Molecule, Result<String, RdkitSmilesError>) {
    let mut found = write(&graph);
    while let Err(RdkitSmilesError::Sanitization(message)) = &found
        && let Some(solved) = solve(&graph, message)
    {
        graph = solved;
        found = write(&graph);
    }
    (graph, found)
}
