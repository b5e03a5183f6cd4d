#!/usr/bin/env python3
"""Analogues of five drugs (docs/steer.md), counted by what they keep of the original, by RDKit.

    pip install rdkit==2026.9.1
    python3 tests/golden/analogues.py MOLGPT MODEL      # the program, and a model: `randomized`, or a run folder

200 unique analogues of each drug with a similarity of at least 0.5, seed 1; stereochemistry does not count. A molecule keeps
the scaffold if its Bemis-Murcko scaffold is that of the drug. It changes at one place if it is the drug but for what stands
at one single bond outside rings (a hydrogen, too), and at least two thirds of both are the same: a matched molecular pair.
"""

import csv
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from rdkit import Chem, RDLogger
from rdkit.Chem.rdMMPA import FragmentMol
from rdkit.Chem.Scaffolds.MurckoScaffold import MurckoScaffoldSmiles

DRUGS = {
    "celecoxib": "Cc1ccc(-c2cc(C(F)(F)F)nn2-c2ccc(S(N)(=O)=O)cc2)cc1",
    "imatinib": "Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1",
    "rosuvastatin": "CC(C)c1nc(N(C)S(C)(=O)=O)nc(-c2ccc(F)cc2)c1/C=C/[C@@H](O)C[C@@H](O)CC(=O)O",
    "osimertinib": "C=CC(=O)Nc1cc(Nc2nccc(-c3cn(C)c4ccccc34)n2)c(OC)cc1N(C)CCN(C)C",
    "linezolid": "CC(=O)NC[C@H]1CN(c2ccc(N3CCOCC3)c(F)c2)C(=O)O1",
}
CUT = "[!#1]!@!=!#[!#1]"
SAME = 2 / 3


def flat(smiles):
    molecule = Chem.MolFromSmiles(smiles)
    Chem.RemoveStereochemistry(molecule)
    return molecule


def parts(molecule):
    """What is left of a molecule without what stands at one single bond: SMILES, and its heavy atoms."""
    found = {}
    for _, both in FragmentMol(molecule, minCuts=1, maxCuts=1, maxCutBonds=100, pattern=CUT, resultsAsMols=False):
        for part in both.split("."):
            found[part] = Chem.MolFromSmiles(part).GetNumHeavyAtoms() - 1
    for atom in molecule.GetAtoms():
        if atom.GetTotalNumHs() == 0:
            continue
        open_ = Chem.RWMol(molecule)
        point = open_.AddAtom(Chem.Atom(0))
        open_.GetAtomWithIdx(point).SetAtomMapNum(1)
        own = open_.GetAtomWithIdx(atom.GetIdx())
        if own.GetNumExplicitHs() > 0:
            own.SetNumExplicitHs(own.GetNumExplicitHs() - 1)
        open_.AddBond(atom.GetIdx(), point, Chem.BondType.SINGLE)
        Chem.SanitizeMol(open_)
        found[Chem.MolToSmiles(open_)] = molecule.GetNumHeavyAtoms()
    return found


def main():
    RDLogger.DisableLog("rdApp.*")
    program, model = sys.argv[1:]
    for name, smiles in DRUGS.items():
        drug = flat(smiles)
        scaffold, own, size = MurckoScaffoldSmiles(mol=drug), parts(drug), drug.GetNumHeavyAtoms()
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "analogues.csv")
            wish = ["--near", f"{smiles}=0.5..", "--unique", "-n", "200", "--seed", "1"]
            begun = time.monotonic()
            done = subprocess.run(
                [program, "sample", "--model", model, *wish, "-o", file], check=True, capture_output=True, text=True
            )
            seconds = time.monotonic() - begun
            with open(file, newline="") as rows:
                analogues = [flat(row["smiles"]) for row in csv.DictReader(rows)]
        keep = sum(MurckoScaffoldSmiles(mol=analogue) == scaffold for analogue in analogues)
        single = 0
        for analogue in analogues:
            least = SAME * max(size, analogue.GetNumHeavyAtoms())
            single += any(part in own and atoms >= least for part, atoms in parts(analogue).items())
        found = re.search(r"yield ([\d.]+) %", done.stderr)[1]
        print(f"{name}: {len(analogues)} analogues, yield {found} %, {seconds:.0f} s, {keep} keep the scaffold, {single} change at one place")


if __name__ == "__main__":
    main()
