#!/usr/bin/env python3
"""Spellings of large ring systems, with RDKit's word on each.

    pip install rdkit==2026.9.1
    python3 tests/golden/rings.py rings.tsv          # 200 ring systems, 100 spellings each
    cut -f2 rings.tsv | molgpt canonicalize - -o rings.ours.tsv
    python3 tests/golden/agreement.py compare rings.tsv rings.ours.tsv
    python3 tests/golden/rings.py random.tsv --of rings.tsv     # 100 random spellings (doRandom) of 200 of them

Polycyclic aromatic hydrocarbons grown on the honeycomb, with and without nitrogen, hydrogen and
substituents; fused systems of five-, six- and seven-membered rings with heteroatoms; fullerenes from
C20 to C60, wound up from their face spirals, and their adducts; porphyrins, phthalocyanines and their
metals; cyclophanes, belts and rings of rings. The spellings of each: RDKit's canonical form, its
random spellings, Kekulé forms, and the form of toolkits that write every flat atom in lower case.
Rows as in agreement.py. Same seed, same rows.
"""

import argparse
import collections
import itertools
import random

from rdkit import Chem, RDLogger

from agreement import Table, listen, rows

SPELLINGS = 100


# ---- graphs of carbon

def from_edges(edges, numbers=None):
    """The molecule of a graph whose atoms are all flat, if it has alternating bonds."""
    size = 1 + max(max(edge) for edge in edges)
    molecule = Chem.RWMol()
    for at in range(size):
        atom = Chem.Atom(numbers[at] if numbers else 6)
        atom.SetIsAromatic(True)
        molecule.AddAtom(atom)
    for a, b in edges:
        molecule.AddBond(a, b, Chem.BondType.AROMATIC)
    for bond in molecule.GetBonds():
        bond.SetIsAromatic(True)
    return molecule


def sanitized(molecule):
    try:
        copy = Chem.Mol(molecule)
        Chem.SanitizeMol(copy)
        return copy
    except Exception:  # noqa: BLE001 - no alternating bonds, or too many
        return None


def honeycomb(draw, rings):
    """Edges of hexagons that share edges, grown at random."""
    cells = {(0, 0)}
    while len(cells) < rings:
        q, r = draw.choice(sorted(cells))
        step = draw.choice(((1, 0), (-1, 0), (0, 1), (0, -1), (1, -1), (-1, 1)))
        cells.add((q + step[0], r + step[1]))
    places = {}
    edges = set()
    for q, r in sorted(cells):
        # Corners of a hexagon in coordinates that neighbours share.
        x, y = 2 * q + r, 3 * r
        corners = [(x, y + 2), (x + 1, y + 1), (x + 1, y - 1), (x, y - 2), (x - 1, y - 1), (x - 1, y + 1)]
        ids = [places.setdefault(corner, len(places)) for corner in corners]
        for a, b in zip(ids, ids[1:] + ids[:1]):
            edges.add((min(a, b), max(a, b)))
    return sorted(edges)


def fused(draw, rings):
    """Edges of a chain or tree of rings of 5, 6 and 7 atoms, and the atoms of its odd rings."""
    edges = [(a, (a + 1) % 6) for a in range(6)]
    size = 6
    odd = []
    for _ in range(rings - 1):
        degree = collections.Counter(itertools.chain(*edges))
        rim = [edge for edge in edges if degree[edge[0]] == 2 and degree[edge[1]] == 2]
        if not rim:
            break
        a, b = draw.choice(rim)
        more = draw.choice((3, 3, 4, 4, 4, 5))
        ring = [a, *range(size, size + more), b]
        edges += list(zip(ring, ring[1:]))
        if more != 4:
            odd.append(ring[1:-1])
        size += more
    return edges, odd


def wind(faces):
    """Edges of the polyhedron with these faces in spiral order (Fowler and Manolopoulos, An Atlas of
    Fullerenes, 1995); None where they do not close."""
    links = {(0, 1)}
    rim = collections.deque([[0, faces[0] - 1], [1, faces[1] - 1]])
    for face in range(2, len(faces)):
        left = faces[face]
        last = face == len(faces) - 1
        if last and (len(rim) != left or any(open_ != 1 for _, open_ in rim)):
            return None
        while True:
            if last:
                for other, _ in rim:
                    links.add((other, face))
                break
            for side in (-1, 0):
                if left == 0 or not rim:
                    return None
                links.add((rim[side][0], face))
                rim[side][1] -= 1
                left -= 1
                while rim and rim[side][1] == 0:
                    (rim.pop if side == -1 else rim.popleft)()
                    if not rim or left == 0:
                        return None
                    links.add((rim[side][0], face))
                    rim[side][1] -= 1
                    left -= 1
            if left < 1:
                return None
            rim.append([face, left])
            break
    near = collections.defaultdict(set)
    for a, b in links:
        near[a].add(b)
        near[b].add(a)
    if any(len(near[face]) != faces[face] for face in range(len(faces))):
        return None
    corners = [c for c in itertools.combinations(range(len(faces)), 3)
               if c[1] in near[c[0]] and c[2] in near[c[0]] and c[2] in near[c[1]]] if len(faces) < 45 else None
    if corners is None or len(corners) != 2 * (len(faces) - 2):
        return None
    edges = set()
    by_side = collections.defaultdict(list)
    for at, corner in enumerate(corners):
        for side in itertools.combinations(corner, 2):
            by_side[side].append(at)
    for ends in by_side.values():
        if len(ends) != 2:
            return None
        edges.add(tuple(ends))
    return sorted(edges)


SPIRALS = {  # places of the pentagons, counted from 1
    20: [range(1, 13)], 24: [(1, 2, 3, 4, 5, 7, 8, 10, 11, 12, 13, 14)],
    60: [(1, 7, 9, 11, 13, 15, 18, 20, 22, 24, 26, 32)],
}


def fullerene(draw, atoms):
    """Edges of a fullerene with so many atoms."""
    size = atoms // 2 + 2
    for pentagons in SPIRALS.get(atoms, ()):
        edges = wind([5 if at + 1 in pentagons else 6 for at in range(size)])
        if edges:
            return edges
    for _ in range(200_000):
        first = draw.randrange(0, 3)
        pentagons = set(draw.sample(range(size), 12)) if draw.random() < 0.5 else {
            *range(first), *draw.sample(range(first, size), 12 - first)}
        edges = wind([5 if at in pentagons else 6 for at in range(size)])
        if edges:
            return edges
    return None


# ---- molecules

def adduct(draw, molecule, times):
    """The molecule with groups added over some of its double bonds."""
    edited = kekulized(molecule)
    if edited is None:
        return None
    for _ in range(times):
        doubles = [b for b in edited.GetBonds() if b.GetBondType() == Chem.BondType.DOUBLE]
        if not doubles:
            break
        bond = draw.choice(doubles)
        bond.SetBondType(Chem.BondType.SINGLE)
        ends = (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
        kind = draw.choice(("H", "F", "O", "C", "ring", "epoxide"))
        if kind == "ring":
            new = [edited.AddAtom(Chem.Atom(6)) for _ in range(4)]
            for a, b in zip([ends[0], *new], [*new, ends[1]]):
                edited.AddBond(a, b, Chem.BondType.SINGLE)
            edited.GetBondBetweenAtoms(new[1], new[2]).SetBondType(Chem.BondType.DOUBLE)
        elif kind == "epoxide":
            new = edited.AddAtom(Chem.Atom(draw.choice((6, 7, 8))))
            for end in ends:
                edited.AddBond(end, new, Chem.BondType.SINGLE)
        elif kind != "H":
            number = {"F": 9, "O": 8, "C": 6}[kind]
            for end in ends:
                edited.AddBond(end, edited.AddAtom(Chem.Atom(number)), Chem.BondType.SINGLE)
    return sanitized(edited)


def nitrogens(draw, molecule, share):
    """The molecule with nitrogen in the place of some CH."""
    edited = Chem.RWMol(molecule)
    for atom in edited.GetAtoms():
        if atom.GetTotalNumHs() == 1 and draw.random() < share:
            atom.SetAtomicNum(7)
            atom.SetNumExplicitHs(0)
    return sanitized(edited)


def groups(draw, molecule, count):
    """The molecule with substituents."""
    edited = Chem.RWMol(molecule)
    hosts = [a.GetIdx() for a in edited.GetAtoms() if a.GetAtomicNum() == 6 and a.GetTotalNumHs() > 0]
    for host in draw.sample(hosts, min(count, len(hosts))):
        part = Chem.MolFromSmiles(draw.choice(("C", "F", "Cl", "OC", "N(C)C", "C(C)(C)C", "C#N", "c1ccccc1", "S(=O)(=O)O", "[N+](=O)[O-]", "C=O")))
        first = edited.GetNumAtoms()
        edited.InsertMol(part)
        edited.AddBond(host, first, Chem.BondType.SINGLE)
    return sanitized(edited)


def quinone(draw, molecule):
    """The molecule with oxygen, nitrogen or methylene at two CH."""
    hosts = [a.GetIdx() for a in molecule.GetAtoms() if a.GetAtomicNum() == 6 and a.GetTotalNumHs() == 1]
    for _ in range(20):
        edited = Chem.RWMol(molecule)
        for host in draw.sample(hosts, 2):
            new = edited.AddAtom(Chem.Atom(draw.choice((8, 8, 7, 6, 16))))
            edited.AddBond(host, new, Chem.BondType.DOUBLE)
            edited.GetAtomWithIdx(host).SetNumExplicitHs(0)
        found = sanitized(edited)
        if found is not None:
            return found
    return None


def heteroaromatic(draw, rings):
    edges, odd = fused(draw, rings)
    numbers = [6] * (1 + max(max(edge) for edge in edges))
    for ring in odd:
        if len(ring) == 3:
            numbers[draw.choice(ring)] = draw.choice((7, 8, 16, 7, 34))
    molecule = from_edges(edges, numbers)
    for ring in odd:
        for at in ring:
            if numbers[at] == 7:
                molecule.GetAtomWithIdx(at).SetNumExplicitHs(1)
                molecule.GetAtomWithIdx(at).SetNoImplicit(True)
    return sanitized(molecule)


MACROCYCLES = [
    "c1cc2cc3ccc(cc4ccc(cc5ccc(cc1n2)[nH]5)n4)[nH]3",
    "C1=CC2=CC3=CC=C(N3)C=C3C=CC(=N3)C=C3C=CC(=N3)C=C1N2",
    "c1ccc(-c2c3ccc(n3)c(-c3ccccc3)c3ccc([nH]3)c(-c3ccccc3)c3ccc(n3)c(-c3ccccc3)c3ccc2[nH]3)cc1",
    "c1ccc2c(c1)-c1nc-2nc2[nH]c(nc3nc(nc4[nH]c(n1)c1ccccc41)-c1ccccc1-3)c1ccccc21",
    "c1ccc2cc3c(cc2c1)-c1nc-3nc2[nH]c(nc3nc(nc4[nH]c(n1)c1cc5ccccc5cc41)-c1cc4ccccc4cc1-3)c1cc3ccccc3cc21",
    "C1=CC2=NC1=CC1=CC=C(N1[Zn]N1C3=CC=C1C=C1C=CC(=N1)C=3)C=2",
    "[Mg]12N3C4=CC=C3C=C3C=CC(=N31)C=C1C=CC(N12)=CC1=NC(=C4)C=C1",
    "C1=CC=C2C(=C1)C1=NC2=NC2=C3C=CC=CC3=C3N2[Cu]N2C(=N1)C1=CC=CC=C1C2=NC1=NC(=N3)C2=CC=CC=C12",
    "c1cc2nc1cc1ccc([nH]1)c1ccc([nH]1)cc1ccc(n1)c2",
    "c1cc2[nH]c1cc1ccc([nH]1)-c1ccc([nH]1)cc1ccc(c2)n1",
    "C1CC2=NC1=CC1=CC=C(N1)C=C1C=CC(=N1)C=C1C=CC(=C2)N1",
    "C1CC2=NC1=CC1=CC=C(N1)C=C1CCC(=N1)C=C1C=CC(=C2)N1",
    "c1cc2cc3ccc(cc4ccc(cc5ccc(cc6ccc(cc1n2)[nH]6)n5)[nH]4)[nH]3",
    "c1cc2cc3ccc(cc4ccc(cc5ccc(cc6ccc(cc1n2)[nH]6)n5)n4)[nH]3",
    "c1cc2cc3ccc(o3)cc3ccc(cc4ccc(cc1n2)s4)n3",
    "c1cc2cc3ccc(s3)cc3ccc(cc4ccc(cc1n2)s4)n3",
    "CCC1=C(C)C2=CC3=NC(=CC4=C(C)C(CCC(=O)O)=C(N4)C=C4N=C(C=C1N2)C(C)=C4CCC(=O)O)C(C=C)=C3C",
    "CCC1=C(C)C2=CC3=C(C=C)C(C)=C4C=C5[C@@H](C)[C@H](CCC(=O)O)C6=[N]5[Mg]5(N43)N3C(=CC1=[N]25)C(C)=C1C(=O)[C@H](C(=O)OC)C6=C13",
    "Cc1c(C)c2[nH]c1cc1nc(cc3[nH]c(cc4nc(c2)C(C)(C)C4=O)c(C)c3C)C(C)=C1C",
    "c1cc2nc1c1ccc3cc4ccc(cc5nc(cc6[nH]c2c1c6)C=C5)n4-3",
    "c1ccc2c(c1)c1nc2nc2c3ccccc3c(n2[Pd]n2c(nc3nc(n1)-c1ccccc1-3)c1ccccc1c2)n1",
    "C1=CC(=NC1=C1C=CC(=C2C=CC=N2)N1)c1ccccn1",
]
CYCLOPHANES = [
    "C1CC2=CC=C(CCC3=CC=C1C=C3)C=C2",
    "C1Cc2cccc(c2)CCc2cccc1c2",
    "C1CC2=CC=C(O2)CCC3=CC=C1O3",
    "c1cc2cc(c1)Cc1cccc(c1)Cc1cccc(c1)Cc1cccc(c1)C2",
    "Oc1c2cccc1Cc1cccc(c1O)Cc1cccc(c1O)Cc1cccc(c1O)C2",
    "C1Cc2ccc(cc2)-c2ccc(cc2)CCc2ccc1cc2",
    "c1cc2ccc1CCc1ccc(cc1)CCc1ccc(cc1)CC2",
    "C1C=Cc2ccc(cc2)C=CCC1",
    "C1#Cc2ccccc2C#Cc2ccccc2C#Cc2ccccc21",
    "c1cc2C#Cc3cccc(c3)C#Cc3cccc(c3)C#Cc(c1)c2",
]


def ring_of(unit, times):
    """A ring of para-linked units; `unit` names its two ends with `{a}` and `{b}`."""
    return "".join(unit.format(a="%99" if at == 0 else "", b="%99" if at == times - 1 else "") for at in range(times))


def molecules(draw):
    """(kind, molecule), 200 in all."""
    for rings in (7, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30) * 4:
        for _ in range(500):
            molecule = sanitized(from_edges(honeycomb(draw, rings)))
            if molecule is not None:
                break
        else:
            continue
        kind = draw.choice(("pah", "pah", "pah", "pah_nitrogen", "pah_groups", "pah_adduct", "pah_quinone"))
        made = {"pah": lambda: molecule, "pah_nitrogen": lambda: nitrogens(draw, molecule, 0.4),
                "pah_groups": lambda: groups(draw, molecule, 4), "pah_adduct": lambda: adduct(draw, molecule, 2),
                "pah_quinone": lambda: quinone(draw, molecule)}[kind]()
        yield (kind, made) if made is not None else ("pah", molecule)
    count = 0
    while count < 42:
        molecule = heteroaromatic(draw, draw.choice((5, 6, 8, 10, 12, 14)))
        if molecule is not None:
            count += 1
            yield "heteroaromatic", nitrogens(draw, molecule, 0.15) or molecule
    for atoms in (20, 24, 26, 28, 30, 32, 34, 36, 38, 40, 42, 44, 46, 48, 50, 52, 60):
        edges = fullerene(draw, atoms)
        if edges is None:
            continue
        molecule = sanitized(from_edges(edges))
        if molecule is None:
            continue
        yield "fullerene", molecule
        for times in (1, 2, 5):
            found = adduct(draw, molecule, times)
            if found is not None:
                yield "fullerene_adduct", found
    for smiles in MACROCYCLES:
        molecule = Chem.MolFromSmiles(smiles)
        if molecule is not None:
            yield "macrocycle", molecule
            if draw.random() < 0.4:
                yield "macrocycle", groups(draw, molecule, 3) or molecule
    rings = [ring_of(unit, times) for unit in ("c{a}1ccc{b}(cc1)", "c{a}1ccc{b}s1", "C{a}C{b}") for times in ()]
    for times in (5, 6, 8, 12):
        rings.append("c%99" + "1ccc(cc1)-c" * (times - 1) + "1ccc%99cc1")
    for smiles in CYCLOPHANES + rings:
        molecule = Chem.MolFromSmiles(smiles)
        if molecule is not None:
            yield "cyclophane", molecule


# ---- spellings

def kekulized(molecule):
    """The molecule in a Kekulé form; None where RDKit gives up."""
    edited = Chem.RWMol(molecule)
    try:
        Chem.Kekulize(edited, clearAromaticFlags=True)
    except Chem.KekulizeException:
        return None
    return edited


def lower_case(kekule):
    """The molecule as toolkits write it that call every ring of flat atoms aromatic."""
    edited = Chem.RWMol(kekule)
    flat = set()
    for atom in edited.GetAtoms():
        doubles = [b for b in atom.GetBonds() if b.GetBondType() == Chem.BondType.DOUBLE]
        if len(doubles) == 1 and doubles[0].IsInRing() and atom.IsInRing():
            flat.add(atom.GetIdx())
    for bond in edited.GetBonds():
        if bond.IsInRing() and {bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()} <= flat:
            bond.SetBondType(Chem.BondType.AROMATIC)
            bond.SetIsAromatic(True)
    for at in flat:
        edited.GetAtomWithIdx(at).SetIsAromatic(True)
    return edited


def spell(molecule, draw, kekule=False):
    order = list(range(molecule.GetNumAtoms()))
    draw.shuffle(order)
    shuffled = Chem.RenumberAtoms(molecule, order)
    return Chem.MolToSmiles(shuffled, canonical=False, kekuleSmiles=kekule)


def random_spellings(source, draw, table):
    """Spellings that RDKit calls random of 200 of the systems; some of its own forms it cannot read."""
    systems = sorted({row[2] for row in rows(source) if row[2]})
    molecules = [m for m in map(Chem.MolFromSmiles, draw.sample(systems, len(systems))) if m is not None]
    for molecule in molecules[:200]:
        added = 0
        for text in Chem.MolToRandomSmilesVect(molecule, 4 * SPELLINGS, draw.randrange(1 << 30)):
            added += added < SPELLINGS and table.add("random", text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("--of", help="table of ring systems to spell at random")
    parser.add_argument("--seed", type=int, default=2026)
    arguments = parser.parse_args()
    RDLogger.DisableLog("rdApp.*")
    listen()
    draw = random.Random(arguments.seed)
    table = Table(arguments.out)
    if arguments.of:
        random_spellings(arguments.of, draw, table)
        table.close()
        return
    for kind, molecule in molecules(draw):
        kekule = kekulized(molecule)
        table.add(kind, Chem.MolToSmiles(molecule))
        for at in range(SPELLINGS - 1):
            if at % 10 < 2 and kekule is not None:
                if at % 10 == 0:
                    table.add(kind + "_kekule", spell(kekule, draw))
                else:
                    table.add(kind + "_lower", spell(lower_case(kekule), draw))
            else:
                table.add(kind, spell(molecule, draw))
    table.close()


if __name__ == "__main__":
    main()
