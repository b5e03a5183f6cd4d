//! A molecule as a drawing shows it: sanitized and in the Kekulé form that RDKit has.
//!
//! Hydrogens that are written as atoms become counts where RDKit makes them so; stereo marks that
//! mark nothing are gone.

use chematic::core::ez_markers::marker_side;
use chematic::core::{
    AtomIdx, BondIdx, BondOrder, Molecule as Source, STEREO_H_SENTINEL, implicit_hcount_with,
    kekulize,
};
use chematic::perception::find_sssr_shared;
use chematic::smiles::{
    RdkitMolBlock, RdkitSanitizedModel, parse, rdkit_hydrogen_suppressed_with_map,
    rdkit_legacy_stereo, rdkit_mol_block, rdkit_sanitized_model, topological_equivalence_classes,
};

use super::graph::{Atom, Bond, Centre, Geometry, Graph, HIDDEN, Order};
use crate::chem::perceived::Perceived;
use crate::chem::{Molecule, atomic_number, symbol};

/// Atoms of the smallest ring in which a double bond has two geometries.
const SMALLEST_RING: usize = 8;

/// What is drawn of a molecule.
pub(super) struct Drawn {
    pub(super) graph: Graph,
    /// For each atom of the molecule, in the order in which atoms are written, its place in the
    /// graph; `None` for a hydrogen that is not drawn as an atom.
    pub(super) places: Vec<Option<usize>>,
    /// Whether atoms are numbered as the canonical form has them, and not the text that was read.
    pub(super) is_renumbered: bool,
}

/// The graph of a molecule.
pub(super) fn read(molecule: &Molecule) -> Drawn {
    // The molecule's own graph is that of a surrogate where there are bonds `~`.
    let written = molecule
        .canonical()
        .contains('~')
        .then(|| parse(molecule.canonical()).ok())
        .flatten();
    let source = written.as_ref().unwrap_or(&molecule.graph);
    let count = source.atom_count();
    let suppressed = rdkit_hydrogen_suppressed_with_map(source);
    let mut places = vec![None; count];
    match &suppressed {
        Some((_, kept)) => {
            for (place, &atom) in kept.iter().enumerate() {
                places[atom] = Some(place);
            }
        }
        None => places = (0..count).map(Some).collect(),
    }
    let source = suppressed.as_ref().map_or(source, |(source, _)| source);
    Drawn {
        graph: graph(source),
        places,
        is_renumbered: written.is_some(),
    }
}

fn graph(source: &Source) -> Graph {
    let model = rdkit_sanitized_model(source).ok();
    let block = rdkit_mol_block(source)
        .ok()
        .filter(|block| block.atoms.len() == source.atom_count());
    let perceived = Perceived::of(source).ok();
    let mut bonds = match &block {
        Some(block) => sanitized_bonds(block),
        None => raw_bonds(source),
    };
    let mut atoms = Vec::with_capacity(source.atom_count());
    for (index, atom) in source.atoms() {
        let at = index.0 as usize;
        let sane = model.as_ref().and_then(|model| model.atoms[at]);
        let (charge, hydrogens) = match (&block, sane) {
            (Some(block), Some((_, _, hydrogens))) => {
                let charge = i8::try_from(block.atoms[at].formal_charge).unwrap_or(atom.charge);
                (charge, hydrogens)
            }
            _ => (atom.charge, raw_hydrogens(source, index)),
        };
        atoms.push(Atom {
            number: atomic_number(atom),
            symbol: symbol(atom),
            isotope: atom.isotope.unwrap_or(0),
            charge,
            hydrogens,
            unpaired: perceived.as_ref().map_or(0, |found| found.electrons[at]),
            map: atom.atom_map.unwrap_or(0),
            label: None,
        });
    }
    set_geometries(source, model.as_ref(), &mut bonds);
    let mut graph = Graph::new(atoms, bonds);
    graph.rings = find_sssr_shared(source)
        .rings()
        .iter()
        .map(|ring| ring.iter().map(|atom| atom.0 as usize).collect())
        .collect();
    let marked = |at: usize| {
        perceived
            .as_ref()
            .is_none_or(|found| found.stereocentre[at])
    };
    for (index, atom) in source.atoms() {
        let at = index.0 as usize;
        if source.is_allene_stereo(index) {
            graph.beyond.push(at);
            continue;
        }
        if !marked(at) {
            continue;
        }
        if atom.chirality.is_tetrahedral() {
            match centre(source, &graph, index) {
                Some(centre) => graph.centres.push(centre),
                None => graph.beyond.push(at),
            }
        } else if atom.chirality.nontetrahedral().is_some() {
            graph.beyond.push(at);
        }
    }
    graph
}

fn sanitized_bonds(block: &RdkitMolBlock) -> Vec<Bond> {
    let bond = |bond: &chematic::smiles::RdkitMolBlockBond| Bond {
        ends: [bond.begin, bond.end],
        order: match bond.bond_type {
            0 => Order::Quadruple,
            2 => Order::Double,
            3 => Order::Triple,
            4 => Order::Aromatic,
            9 => Order::Dative,
            _ => Order::Single,
        },
        geometry: Geometry::Free,
    };
    block.bonds.iter().map(bond).collect()
}

/// Bonds as they are written, in a Kekulé form where there is one.
fn raw_bonds(source: &Source) -> Vec<Bond> {
    let kekule = kekulize(source).unwrap_or_default();
    let bond = |(index, bond): (BondIdx, &chematic::core::BondEntry)| Bond {
        ends: [bond.atom1.0 as usize, bond.atom2.0 as usize],
        order: match kekule.get(&index).copied().unwrap_or(bond.order) {
            BondOrder::Single | BondOrder::Up | BondOrder::Down => Order::Single,
            BondOrder::Double => Order::Double,
            BondOrder::Triple => Order::Triple,
            BondOrder::Quadruple => Order::Quadruple,
            BondOrder::Dative => Order::Dative,
            BondOrder::Aromatic => Order::Aromatic,
            _ => Order::Any,
        },
        geometry: Geometry::Free,
    };
    source.bonds().map(bond).collect()
}

/// Hydrogens of an atom where bonds `~` count in no valence.
fn raw_hydrogens(source: &Source, index: AtomIdx) -> u8 {
    let aromatic = source.atom(index).aromatic;
    implicit_hcount_with(source, index, aromatic, |bond| {
        match source.bond(bond).order {
            BondOrder::QueryAny => BondOrder::Zero,
            order => order,
        }
    })
}

/// A stereocentre; `None` where it has not three or four neighbours.
fn centre(source: &Source, graph: &Graph, index: AtomIdx) -> Option<Centre> {
    let written = source.stereo_neighbor_order(index)?;
    let mut neighbours: Vec<usize> = written
        .iter()
        .map(|&other| match other {
            STEREO_H_SENTINEL => HIDDEN,
            other => other as usize,
        })
        .collect();
    let mut clockwise = source.atom(index).chirality == chematic::core::Chirality::Clockwise;
    if neighbours.len() == 3 && !neighbours.contains(&HIDDEN) {
        // An electron pair counts as the last neighbour; RDKit has it elsewhere at an atom that
        // closes one ring and has no double bond.
        let saturated = graph.around[index.0 as usize]
            .iter()
            .all(|&(_, bond)| graph.bonds[bond].order == Order::Single);
        neighbours.push(HIDDEN);
        clockwise ^= source.smiles_ring_closure_count(index) == 1 && saturated;
    }
    Some(Centre {
        atom: index.0 as usize,
        neighbours: neighbours.try_into().ok()?,
        clockwise,
    })
}

/// Finds the double bonds that have two geometries, and which one is given.
fn set_geometries(source: &Source, model: Option<&RdkitSanitizedModel>, bonds: &mut [Bond]) {
    if !bonds.iter().any(|bond| bond.order == Order::Double) {
        return;
    }
    let stereo = rdkit_legacy_stereo(source).ok();
    let rings = find_sssr_shared(source);
    let classes = topological_equivalence_classes(source);
    for bond in bonds.iter_mut() {
        if bond.order != Order::Double {
            continue;
        }
        let ends = bond.ends.map(|end| AtomIdx(end as u32));
        let Some((index, _)) = source.bond_between(ends[0], ends[1]) else {
            continue;
        };
        let at = index.0 as usize;
        let kept = stereo
            .as_ref()
            .is_none_or(|found| found.bond_stereo[at] > 1);
        if kept && let Some(given) = given(source, index, ends) {
            bond.geometry = given;
            continue;
        }
        let aromatic = model.is_some_and(|model| model.bonds[at] == Some(BondOrder::Aromatic));
        let small = rings
            .rings()
            .iter()
            .any(|ring| ring.len() < SMALLEST_RING && ends.iter().all(|end| ring.contains(end)));
        let two_sided = |end: AtomIdx| two_sided(source, &classes, index, end);
        if !aromatic && !small && ends.iter().all(|&end| two_sided(end)) {
            bond.geometry = Geometry::Unknown;
        }
    }
}

/// The geometry that the marks beside a double bond give.
fn given(source: &Source, double: BondIdx, ends: [AtomIdx; 2]) -> Option<Geometry> {
    let mark = |end: AtomIdx| {
        let others = source.neighbors(end).filter(|(_, bond)| *bond != double);
        let mut marks = others.filter_map(|(other, bond)| {
            let up = marker_side(source, bond, end)?;
            Some((other.0 as usize, up))
        });
        marks.next()
    };
    let (first, second) = (mark(ends[0])?, mark(ends[1])?);
    Some(Geometry::Given {
        beside: [first.0, second.0],
        cis: first.1 == second.1,
    })
}

/// Whether an end of a double bond has two sides that differ.
fn two_sided(source: &Source, classes: &[usize], double: BondIdx, end: AtomIdx) -> bool {
    let others: Vec<(AtomIdx, BondIdx)> = source
        .neighbors(end)
        .filter(|(_, bond)| *bond != double)
        .collect();
    let single = |(_, bond): &(AtomIdx, BondIdx)| {
        !matches!(
            source.bond(*bond).order,
            BondOrder::Double | BondOrder::Triple
        )
    };
    let class = |place: usize| classes[others[place].0.0 as usize];
    match others.len() {
        1 => others.iter().all(single),
        2 => others.iter().all(single) && class(0) != class(1),
        _ => false,
    }
}
