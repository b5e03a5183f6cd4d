#!/usr/bin/env python3
"""Remakes data/natural_products.csv and the sets of tests/data from the Chemical Component Dictionary.

The dictionary (wwPDB, public domain, CC0 1.0) is the copy inside the Python package biotite. Needs:

    pip install biotite==1.6.0 rdkit==2026.9.1

Structures come from the dictionary's atoms, bonds, charges and ideal coordinates (stereochemistry);
SMILES are RDKit's canonical ones. Natural products are told by their NP-likeness (Ertl, Roggo and
Schuffenhauer 2008, doi:10.1021/ci700286x) with the model that RDKit ships.
"""

import gzip
import math
import os
import pickle
import random
from collections import defaultdict

import biotite.structure.info
from biotite.structure.io.pdbx import BinaryCIFFile
from rdkit import Chem, RDConfig, RDLogger
from rdkit.Chem import QED, Descriptors, rdFingerprintGenerator
from rdkit.Geometry import Point3D

RDLogger.DisableLog("rdApp.*")
HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.join(HERE, "..", "tests", "data")
BONDS = {
    "SING": Chem.BondType.SINGLE,
    "DOUB": Chem.BondType.DOUBLE,
    "TRIP": Chem.BondType.TRIPLE,
    "AROM": Chem.BondType.AROMATIC,
}
ORGANIC = {"H", "C", "N", "O", "S", "P", "F", "Cl", "Br", "I"}


def components():
    """(id, SMILES) of every released component that RDKit takes, in order of id."""
    folder = os.path.dirname(biotite.structure.info.__file__)
    block = BinaryCIFFile.read(os.path.join(folder, "components.bcif")).block
    column = lambda table, name: block[table][name].as_array()
    released = dict(zip(column("chem_comp", "id"), column("chem_comp", "pdbx_release_status")))
    places = [
        [column("chem_comp_atom", name % axis) for axis in "xyz"]
        for name in ("pdbx_model_Cartn_%s_ideal", "model_Cartn_%s")
    ]
    atoms, bonds = defaultdict(list), defaultdict(list)
    table = [column("chem_comp_atom", name) for name in ("comp_id", "atom_id", "type_symbol", "charge")]
    for row, (component, name, symbol, charge) in enumerate(zip(*table)):
        atoms[component].append((name, symbol.capitalize(), charge, row))
    table = [column("chem_comp_bond", name) for name in ("comp_id", "atom_id_1", "atom_id_2", "value_order")]
    for component, first, second, order in zip(*table):
        bonds[component].append((first, second, str(order).upper()))
    for component in sorted(atoms):
        if released.get(component) == "REL":
            try:
                yield component, smiles(atoms[component], bonds[component], places)
            except Exception:  # RDKit refuses about 1 % of them.
                continue


def smiles(atoms, bonds, places):
    molecule, index, points = Chem.RWMol(), {}, []
    for name, symbol, charge, row in atoms:
        atom = Chem.Atom("H" if symbol == "D" else symbol)
        if symbol == "D":
            atom.SetIsotope(2)
        try:
            atom.SetFormalCharge(int(charge))
        except ValueError:
            pass
        atom.SetNoImplicit(True)
        index[name] = molecule.AddAtom(atom)
        point = None
        for axes in places:
            try:
                point = Point3D(*(float(axis[row]) for axis in axes))
                break
            except ValueError:
                continue
        points.append(point)
    for first, second, order in bonds:
        molecule.AddBond(index[first], index[second], BONDS[order])
    molecule = molecule.GetMol()
    if len(points) > 1 and None not in points:
        conformer = Chem.Conformer(len(points))
        for place, point in enumerate(points):
            conformer.SetAtomPosition(place, point)
        molecule.AddConformer(conformer)
    Chem.SanitizeMol(molecule)
    if molecule.GetNumConformers():
        Chem.AssignStereochemistryFrom3D(molecule)
    text = Chem.MolToSmiles(Chem.RemoveHs(molecule))
    if Chem.MolFromSmiles(text) is None:
        raise ValueError(text)
    return text


def likeness():
    path = os.path.join(RDConfig.RDContribDir, "NP_Score", "publicnp.model.gz")
    with gzip.open(path) as file:
        rows = pickle.load(file)
    scores = rows if isinstance(rows, dict) else {bit: float(row[0]) for row in rows for bit in row[1:]}
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2)

    def score(molecule):
        bits = generator.GetSparseCountFingerprint(molecule).GetNonzeroElements()
        total = sum(scores.get(bit, 0.0) for bit in bits) / molecule.GetNumAtoms()
        beyond = abs(total) - 4
        return total if beyond <= 0 else math.copysign(4 + math.log10(beyond + 1), total)

    return score


def salt(text):
    """The hydrochloride of an amine or the sodium salt of an acid; None for others."""
    molecule = Chem.MolFromSmiles(text)
    acid = Chem.MolFromSmarts("[CX3](=O)[OX2H1]")
    amine = Chem.MolFromSmarts("[NX3;H1,H2;!$(N-C=[O,N,S]);!$(N-[a,N,O,S])]")
    for pattern, place, charge, ion in ((acid, 2, -1, "[Na+]"), (amine, 0, 1, "[Cl-]")):
        match = molecule.GetSubstructMatch(pattern)
        if match:
            atom = molecule.GetAtomWithIdx(match[place])
            atom.SetFormalCharge(charge)
            atom.SetNumExplicitHs(atom.GetTotalNumHs() + charge)
            atom.SetNoImplicit(True)
            Chem.SanitizeMol(molecule)
            return Chem.MolToSmiles(Chem.MolFromSmiles(Chem.MolToSmiles(molecule) + "." + ion))
    return None


def write(folder, name, rows, count=None):
    rows = list(dict.fromkeys(rows))
    random.Random(2026).shuffle(rows)
    with open(os.path.join(folder, name), "w") as file:
        file.write("\n".join(["smiles", *rows[:count]]) + "\n")
    print(name, len(rows[:count]), "of", len(rows))


def main():
    score = likeness()
    natural, drugs, unusual, salts = [], [], [], []
    for _, text in components():
        molecule = Chem.MolFromSmiles(text)
        elements = {atom.GetSymbol() for atom in molecule.GetAtoms()}
        weight = Descriptors.MolWt(molecule)
        if "C" not in elements or not 100 <= weight <= 1000 or "." in text:
            continue
        if not elements <= ORGANIC:
            unusual.append(text)
        elif score(molecule) > 1 and weight >= 150:
            natural.append(text)
        elif QED.qed(molecule) > 0.6:
            drugs.append(text)
            salts.append(salt(text))
    write(HERE, "natural_products.csv", natural)
    write(TESTS, "drugs.csv", drugs, 500)
    write(TESTS, "unusual_elements.csv", unusual, 400)
    write(TESTS, "salts.csv", [text for text in salts if text], 400)


if __name__ == "__main__":
    main()
