#!/usr/bin/env python3
"""Remakes `describe.tsv.gz`: the columns of `molgpt describe`, by RDKit.

    pip install rdkit==2026.9.1
    python tests/golden/make_describe.py

Molecules: the 5,000 of `patterns.tsv.gz`, in its order, one a row. `lipinski` and `veber` are 1 where the rules hold that
`src/chem/property.rs` states; `mcf` and `pains` are 1 where none of the patterns of that kind in
`src/chem/filters/filters.tsv` (those of molsets 0.3.1) is in the molecule with its hydrogens.
"""

import gzip
import hashlib
import os
import pathlib
import sys

import rdkit
from rdkit import Chem, RDConfig, RDLogger
from rdkit.Chem import Crippen, Descriptors, QED, rdMolDescriptors

sys.path.append(os.path.join(RDConfig.RDContribDir, "SA_Score"))
import sascorer

HERE = pathlib.Path(__file__).resolve().parent
COLUMNS = (
    "formula charge weight log_p qed tpsa sa fsp3 bertz heavy_atoms rings aromatic_rings aliphatic_rings "
    "donors acceptors rotatable_bonds radical_electrons lipinski veber mcf pains"
)


def molecules():
    with gzip.open(HERE / "patterns.tsv.gz", "rt") as file:
        rows = (line.rstrip("\n").split("\t") for line in file)
        return [row[1] for row in rows if row[0] == "molecule"]


def alerts():
    groups = {"mcf": [], "pains": []}
    for line in open(HERE.parent.parent / "src" / "chem" / "filters" / "filters.tsv"):
        name, smarts = line.rstrip("\n").split("\t")
        groups["mcf" if name.startswith("MCF") else "pains"].append(Chem.MolFromSmarts(smarts))
    return groups


def row(smiles, groups):
    molecule = Chem.MolFromSmiles(smiles)
    full = Chem.AddHs(molecule)
    weight = Descriptors.MolWt(molecule)
    log_p = Crippen.MolLogP(molecule)
    polar = rdMolDescriptors.CalcTPSA(molecule)
    rotatable = rdMolDescriptors.CalcNumRotatableBonds(molecule)
    broken = [
        weight > 500,
        log_p > 5,
        rdMolDescriptors.CalcNumLipinskiHBD(molecule) > 5,
        rdMolDescriptors.CalcNumLipinskiHBA(molecule) > 10,
    ]
    free = [int(not any(full.HasSubstructMatch(alert) for alert in groups[name])) for name in ("mcf", "pains")]
    return (
        rdMolDescriptors.CalcMolFormula(molecule),
        Chem.GetFormalCharge(molecule),
        f"{weight:.6f}",
        f"{log_p:.6f}",
        f"{QED.qed(molecule):.6f}",
        f"{polar:.6f}",
        f"{sascorer.calculateScore(molecule):.6f}",
        f"{rdMolDescriptors.CalcFractionCSP3(molecule):.6f}",
        f"{Descriptors.BertzCT(molecule):.6f}",
        molecule.GetNumHeavyAtoms(),
        rdMolDescriptors.CalcNumRings(molecule),
        rdMolDescriptors.CalcNumAromaticRings(molecule),
        rdMolDescriptors.CalcNumAliphaticRings(molecule),
        rdMolDescriptors.CalcNumHBD(molecule),
        rdMolDescriptors.CalcNumHBA(molecule),
        rotatable,
        Descriptors.NumRadicalElectrons(molecule),
        int(sum(broken) <= 1),
        int(rotatable <= 10 and polar <= 140),
        *free,
    )


def main():
    RDLogger.DisableLog("rdApp.*")
    groups = alerts()
    lines = [f"# RDKit {rdkit.__version__}, tests/golden/make_describe.py", "\t".join(COLUMNS.split())]
    lines += ["\t".join(map(str, row(smiles, groups))) for smiles in molecules()]
    data = ("\n".join(lines) + "\n").encode()
    path = HERE / "describe.tsv.gz"
    path.write_bytes(gzip.compress(data, 9, mtime=0))
    print(f"{path}: {len(lines) - 2} molecules, sha256 of the text {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()
