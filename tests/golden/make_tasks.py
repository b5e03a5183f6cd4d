"""Writes tasks.tsv.gz: the scores of molecules in the rule-based tasks of PMO (Gao et al. 2022) and of GuacaMol's suite 2 (Brown et
al. 2019), by RDKit.

The definitions are those of the current Therapeutics Data Commons (tdc/chem_utils/oracle/oracle.py of commit c310c35f) and of guacamol
0.5.5, which agree on the 18 tasks of both, written down here without these packages. Similarities are Tanimoto's of count fingerprints without folding, and of the bits of
Gobbi's pharmacophores (PHCO).

    python tests/golden/make_tasks.py
"""

import functools
import gzip
import math
import os
import re
import sys

import rdkit
from rdkit import Chem, DataStructs
from rdkit.Chem import Descriptors, GraphDescriptors, rdFingerprintGenerator, rdMolDescriptors
from rdkit.Chem.Pharm2D import Generate, Gobbi_Pharm2D
from rdkit.Chem.QED import qed

COUNT = 2_000
HERE = os.path.dirname(os.path.abspath(__file__))

MORGAN = {
    "ECFP4": rdFingerprintGenerator.GetMorganGenerator(radius=2),
    "ECFP6": rdFingerprintGenerator.GetMorganGenerator(radius=3),
    "FCFP4": rdFingerprintGenerator.GetMorganGenerator(
        radius=2, atomInvariantsGenerator=rdFingerprintGenerator.GetMorganFeatureAtomInvGen()
    ),
}


@functools.lru_cache(maxsize=1)
def pharmacophores(mol):
    return Generate.Gen2DFingerprint(mol, Gobbi_Pharm2D.factory)


def fingerprint(mol, kind):
    if kind == "PHCO":
        return pharmacophores(mol)
    if kind == "AP":
        return rdMolDescriptors.GetAtomPairFingerprint(mol, maxLength=10)
    return MORGAN[kind].GetSparseCountFingerprint(mol)


def similar(target, kind, change=lambda x: x):
    of_target = fingerprint(Chem.MolFromSmiles(target), kind)
    return lambda mol: change(DataStructs.TanimotoSimilarity(of_target, fingerprint(mol, kind)))


def clip(upper):
    return lambda x: min(x / upper, 1.0)


def gaussian(mean, deviation):
    return lambda x: math.exp(-0.5 * ((x - mean) / deviation) ** 2)


def at_most(mean, deviation):
    return lambda x: gaussian(mean, deviation)(x) if x > mean else 1.0


def at_least(mean, deviation):
    return lambda x: gaussian(mean, deviation)(x) if x < mean else 1.0


def log_p(change):
    return lambda mol: change(Descriptors.MolLogP(mol))


def tpsa(change):
    return lambda mol: change(rdMolDescriptors.CalcTPSA(mol))


def bertz(change):
    return lambda mol: change(GraphDescriptors.BertzCT(mol))


def count(symbol, change):
    return lambda mol: change(sum(atom.GetSymbol() == symbol for atom in Chem.AddHs(mol).GetAtoms()))


def isomer(formula):
    wanted = {symbol: int(number or 1) for symbol, number in re.findall(r"([A-Z][a-z]*)(\d*)", formula)}
    parts = [count(symbol, gaussian(number, 1)) for symbol, number in wanted.items()]
    total = gaussian(sum(wanted.values()), 2)
    parts.append(lambda mol: total(Chem.AddHs(mol).GetNumAtoms()))
    return mean(*parts)


def mean(*parts):
    return lambda mol: math.prod(part(mol) for part in parts) ** (1 / len(parts))


def arithmetic_mean(*parts):
    return lambda mol: sum(part(mol) for part in parts) / len(parts)


def has(smarts):
    pattern = Chem.MolFromSmarts(smarts)
    return lambda mol: float(mol.HasSubstructMatch(pattern))


def lacks(smarts):
    return lambda mol: 1 - has(smarts)(mol)


SITAGLIPTIN = "Fc1cc(c(F)cc1F)CC(N)CC(=O)N3Cc2nnc(n2CC3)C(F)(F)F"
# As TDC spells it for valsartan.
OF_VALSARTAN = Chem.MolFromSmiles("NC(CC(=O)N1CCn2c(nnc2C(F)(F)F)C1)Cc1cc(F)c(F)cc1F")
# The molecule whose decoration, or scaffold, is to be another one.
HOPPED = "CCCOc1cc2ncnc(Nc3ccc4ncsc4c3)c2cc1S(=O)(=O)C(C)(C)C"
HOPPED_SCAFFOLD = "[#7]-c1n[c;h1]nc2[c;h1]c(-[#8])[c;h0][c;h1]c12"

TASKS = {
    "albuterol_similarity": similar("CC(C)(C)NCC(O)c1ccc(O)c(CO)c1", "FCFP4", clip(0.75)),
    "amlodipine_mpo": mean(
        similar(r"Clc1ccccc1C2C(=C(/N/C(=C2/C(=O)OCC)COCCN)C)\C(=O)OC", "ECFP4"),
        lambda mol: gaussian(3, 0.5)(rdMolDescriptors.CalcNumRings(mol)),
    ),
    "aripiprazole_similarity": similar("Clc4cccc(N3CCN(CCCCOc2ccc1c(NC(=O)CC1)c2)CC3)c4Cl", "ECFP4", clip(0.75)),
    "celecoxib_rediscovery": similar("CC1=CC=C(C=C1)C1=CC(=NN1C1=CC=C(C=C1)S(N)(=O)=O)C(F)(F)F", "ECFP4"),
    "deco_hop": arithmetic_mean(
        similar(HOPPED, "PHCO", clip(0.85)),
        lacks("CS([#6])(=O)=O"),
        lacks("[#7]-c1ccc2ncsc2c1"),
        has(HOPPED_SCAFFOLD),
    ),
    "fexofenadine_mpo": mean(
        similar("CC(C)(C(=O)O)c1ccc(cc1)C(O)CCCN2CCC(CC2)C(O)(c3ccccc3)c4ccccc4", "AP", clip(0.8)),
        tpsa(at_least(90, 10)),
        log_p(at_most(4, 1)),
    ),
    "isomers_c11h24": isomer("C11H24"),
    "isomers_c7h8n2o2": isomer("C7H8N2O2"),
    "isomers_c9h10n2o2pf2cl": isomer("C9H10N2O2PF2Cl"),
    "median1": mean(similar("CC1(C)C2CCC1(C)C(=O)C2", "ECFP4"), similar("CC(C)C1CCC(C)CC1O", "ECFP4")),
    "median2": mean(
        similar("O=C1N(CC(N2C1CC3=C(C2C4=CC5=C(OCO5)C=C4)NC6=C3C=CC=C6)=O)C", "ECFP6"),
        similar("CCCC1=NN(C2=C1N=C(NC2=O)C3=C(C=CC(=C3)S(=O)(=O)N4CCN(CC4)C)OCC)C", "ECFP6"),
    ),
    "mestranol_similarity": similar(
        "COc1ccc2[C@H]3CC[C@@]4(C)[C@@H](CC[C@@]4(O)C#C)[C@@H]3CCc2c1", "AP", clip(0.75)
    ),
    "osimertinib_mpo": mean(
        similar("COc1cc(N(C)CCN(C)C)c(NC(=O)C=C)cc1Nc2nccc(n2)c3cn(C)c4ccccc34", "FCFP4", clip(0.8)),
        similar("COc1cc(N(C)CCN(C)C)c(NC(=O)C=C)cc1Nc2nccc(n2)c3cn(C)c4ccccc34", "ECFP6", at_most(0.85, 0.1)),
        tpsa(at_least(100, 10)),
        log_p(at_most(1, 1)),
    ),
    "perindopril_mpo": mean(
        similar("O=C(OCC)C(NC(C(=O)N1C(C(=O)O)CC2CCCCC12)C)CCC", "ECFP4"),
        lambda mol: gaussian(2, 0.5)(rdMolDescriptors.CalcNumAromaticRings(mol)),
    ),
    "qed": qed,
    "ranolazine_mpo": mean(
        similar("COc1ccccc1OCC(O)CN2CCN(CC(=O)Nc3c(C)cccc3C)CC2", "AP", clip(0.7)),
        log_p(at_least(7, 1)),
        tpsa(at_least(95, 20)),
        count("F", gaussian(1, 1)),
    ),
    "scaffold_hop": arithmetic_mean(
        similar(HOPPED, "PHCO", clip(0.75)),
        has("[#6]-[#6]-[#6]-[#8]-[#6]~[#6]~[#6]~[#6]~[#6]-[#7]-c1ccc2ncsc2c1"),
        lacks(HOPPED_SCAFFOLD),
    ),
    "sitagliptin_mpo": mean(
        similar(SITAGLIPTIN, "ECFP4", gaussian(0, 0.1)),
        log_p(gaussian(Descriptors.MolLogP(Chem.MolFromSmiles(SITAGLIPTIN)), 0.2)),
        tpsa(gaussian(rdMolDescriptors.CalcTPSA(Chem.MolFromSmiles(SITAGLIPTIN)), 5)),
        isomer("C16H15F6N5O"),
    ),
    "thiothixene_rediscovery": similar("CN(C)S(=O)(=O)c1ccc2Sc3ccccc3C(=CCCN4CCN(C)CC4)c2c1", "ECFP4"),
    "troglitazone_rediscovery": similar("Cc1c(C)c2OC(C)(COc3ccc(CC4SC(=O)NC4=O)cc3)CCc2c(C)c1O", "ECFP4"),
    "valsartan_smarts": mean(
        has("CN(C=O)Cc1ccc(c2ccccc2)cc1"),
        log_p(gaussian(Descriptors.MolLogP(OF_VALSARTAN), 0.2)),
        tpsa(gaussian(rdMolDescriptors.CalcTPSA(OF_VALSARTAN), 5)),
        bertz(gaussian(GraphDescriptors.BertzCT(OF_VALSARTAN), 30)),
    ),
    "zaleplon_mpo": mean(
        similar("O=C(C)N(CC)C1=CC=CC(C2=CC=NC3=C(C=NN23)C#N)=C1", "ECFP4"),
        isomer("C19H17N3O2"),
    ),
}

# Molecules that the tasks are about, and those near: few others score above 0 in all parts.
NEAR = [
    SITAGLIPTIN,
    "NC(CC(=O)N1CCn2c(nnc2C(F)(F)F)C1)Cc1cc(F)c(F)cc1F",
    "CCCCC(=O)N(Cc1ccc(-c2ccccc2-c2nnn[nH]2)cc1)C(C(=O)O)C(C)C",
    "CN(C=O)Cc1ccc(-c2ccc(S(N)(=O)=O)cc2C(F)(F)F)cc1",
    "COc1ccc(S(N)(=O)=O)c(-c2ccc(CN(C)C(C)=O)cc2)c1",
    "COc1ccc(-c2nnn[nH]2)c(-c2ccc(CN(C)C(C)=O)cc2)c1",
    "CCN(Cc1ccc(-c2cc(OC)ccc2S(N)(=O)=O)cc1)C(C)=O",
    "COc1ccc2c(c1)CCC1C2CCC2(C)C1CCC2(O)C#C",
    "Nc1ccc(P(=O)(CF)c2cccnc2Cl)cc1F",
    "CP(=O)(O)OC1=NNC=C1Cl",
    "O=[N+]([O-])c1ccc(S(=O)C)cc1",
    "CC(C)(C)NCC(O)c1ccc(O)c(CO)c1",
    "COc1cc(N(C)CCN(C)C)c(NC(=O)C=C)cc1Nc2nccc(n2)c3cn(C)c4ccccc34",
    HOPPED,
    "CCCOc1cc2ncnc(Nc3ccc4ncsc4c3)c2cc1S(N)(=O)=O",
    "CCCOc1cc2ncnc(Nc3ccc4[nH]ncc4c3)c2cc1S(=O)(=O)C(C)(C)C",
    "CCCOc1cc2ncnc(Nc3ccc4ncoc4c3)c2cc1S(=O)(=O)N(C)C",
    "COCCOc1cc2ncnc(Nc3cccc(C#C)c3)c2cc1OCCOC",
    "CCCOc1cc2nccc(Nc3ccc4ncsc4c3)c2cc1S(=O)(=O)C(C)(C)C",
    "CCCOC1=CC2=NC=NC(Nc3ccc4ncsc4c3)=C2C=C1",
    "CCCOC(C)=CC(C)=CCNc1ccc2ncsc2c1",
    "CCCOc1cccc(C(=O)Nc2ccc3ncsc3c2)c1",
]


def main():
    with gzip.open(os.path.join(HERE, "molecules.tsv.gz"), "rt") as rows:
        smiles = [row.split("\t")[0] for row in rows.read().splitlines()[2:]]
    # Every second one, so that the rare kinds at the end are among them.
    smiles = (NEAR + smiles[:: len(smiles) // COUNT])[:COUNT]
    names = sorted(TASKS)
    lines = [f"# RDKit {rdkit.__version__}, tests/golden/make_tasks.py", "\t".join(["smiles", *names])]
    for text in smiles:
        mol = Chem.MolFromSmiles(text)
        lines.append("\t".join([text, *(f"{TASKS[name](mol):.9f}" for name in names)]))
    with open(os.path.join(HERE, "tasks.tsv.gz"), "wb") as file:
        with gzip.GzipFile("", "wb", mtime=0, fileobj=file) as packed:
            packed.write(("\n".join(lines) + "\n").encode())
    print(len(smiles), "molecules,", len(names), "tasks", file=sys.stderr)


main()
