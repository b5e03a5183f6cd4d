#!/usr/bin/env python3
"""Makes oracles/{drd2,gsk3b,jnk3}.safetensors, the learned tasks of PMO (Gao et al. 2022) as molgpt reads them.

    python3 data/make_oracles.py                # downloads a package with pip, then writes the three files
    python3 data/make_oracles.py WHEEL          # the same from a wheel that is already here
    python3 data/make_oracles.py --model MODEL.pkl --fingerprint fcfp6 FILE.safetensors    # a model of one's own

The models are those of the Therapeutics Data Commons for scikit-learn since 0.24 (`drd2_current` and the like), out of the wheel
of molscore 1.9.5 (MIT licence). A model of one's own is a pickle by scikit-learn: an `SVC` of the kernel `rbf` with `probability=True`, or
a `RandomForestClassifier` or `ExtraTreesClassifier`, of classes 0 and 1, fitted on a folded fingerprint: `ecfp4`, `ecfp6`, `fcfp4`
or `fcfp6` for counts, `ecfp4_bits` and so on for bits.

Standard library only: the pickle is read by stubs that stand for scikit-learn and numpy, so that no version of them has to fit, and
nothing in it can execute.

A file holds a JSON header (`kind`, `fingerprint`, `length`, `source`, `license`, and the SHA-256 of all that follows), and

- `svc`: `coefficients`, `gamma`, `intercept`, `platt` (A and B), and the support vectors by rows: where each `starts`, its
  `columns` and `counts`;
- `forest`: nodes in preorder, so that the left child is the next node: `feature` (65535 for a leaf), `at_most` (the largest count
  that goes left), `next` (of a leaf the index of its value in `probabilities`, else the right child), and the `roots` of the trees.
"""

import argparse
import array
import hashlib
import io
import json
import math
import pathlib
import pickle
import struct
import sys
import tempfile
import zipfile

from packages import compare, pip

PACKAGE = "molscore==1.9.5"
WHEEL_SHA256 = "6ebc2af51891dddc03d0f4ee94c52381caefe74d06552d55cbac2cb33461e6a1"
HERE = pathlib.Path(__file__).resolve().parent
# oracle -> its fingerprint
ORACLES = {"drd2": "fcfp6", "gsk3b": "ecfp4_bits", "jnk3": "ecfp4_bits"}
FINGERPRINTS = [name + bits for name in ["ecfp4", "ecfp6", "fcfp4", "fcfp6"] for bits in ["", "_bits"]]
LEAF = 65535
TYPES = {"F64": "d", "U32": "I", "U16": "H", "U8": "B"}


class Stub:
    """An object of scikit-learn: the arguments that make it and its state."""

    def __init__(self, *arguments):
        self.arguments = arguments

    def __setstate__(self, state):
        self.state = state


class Dtype:
    """numpy's type of an element: the format of `struct`, or named fields."""

    FORMATS = {"f8": "d", "i8": "q", "i4": "i", "u1": "B"}

    def __init__(self, name, *_):
        self.name, self.order, self.fields = name, "<", None
        self.size = int(name[1:])

    def __setstate__(self, state):
        _, self.order, _, names, fields = state[:5]
        if names:
            self.fields = {name: fields[name][:2] for name in names}
            self.size = state[5]

    def read(self, data, offset=0, step=None):
        """The elements of `data`, the first at `offset`, one every `step` bytes."""
        if self.fields:
            return {name: kind.read(data, place, self.size) for name, (kind, place) in self.fields.items()}
        one = struct.Struct((">" if self.order == ">" else "<") + self.FORMATS[self.name])
        step = step or self.size
        return [one.unpack_from(data, place)[0] for place in range(offset, len(data) - one.size + 1, step)]


class Array:
    """numpy's array: shape and flat elements, the last index first; fields are lists of their own."""

    def __setstate__(self, state):
        _, shape, dtype, is_fortran, data = state
        self.fill(data, dtype, shape, "F" if is_fortran else "C")

    def fill(self, data, dtype, shape, order):
        if order == "F" and sum(length > 1 for length in shape) > 1:
            raise ValueError("an array lies by columns")
        self.shape, self.flat = shape, dtype.read(data)
        return self


class Unpickler(pickle.Unpickler):
    """Makes stubs of whatever belongs to scikit-learn and numpy, and refuses all else."""

    def find_class(self, module, name):
        if module.split(".")[0] == "sklearn":
            return type(name, (Stub,), {})
        if module.split(".")[0] == "numpy":
            known = {
                "ndarray": Array,
                "dtype": Dtype,
                "_reconstruct": lambda *_: Array(),
                "_frombuffer": lambda *content: Array().fill(*content),
                "scalar": lambda dtype, data: dtype.read(data)[0],
            }
            if name in known:
                return known[name]
        raise pickle.UnpicklingError(f"{module}.{name} is not expected")


def svc(state):
    """The tensors of a support vector classifier, and the length of its fingerprint."""
    if state["kernel"] != "rbf" or state["_sparse"]:
        raise ValueError("it is no SVC of dense input and the kernel rbf")
    if not state["_probA"].flat:
        raise ValueError("it was not fitted with probability=True")
    vectors = state["support_vectors_"]
    rows, length = vectors.shape
    starts, columns, counts = [0], [], []
    for row in range(rows):
        for column, count in enumerate(vectors.flat[row * length : (row + 1) * length]):
            if count:
                if count != int(count) or not 0 < count < 256:
                    raise ValueError(f"a support vector has {count} where a count of at most 255 fits")
                columns.append(column)
                counts.append(int(count))
        starts.append(len(columns))
    return length, [
        # Those with an underscore are libsvm's own: scikit-learn turns the signs of the others.
        ("coefficients", "F64", state["_dual_coef_"].flat),
        ("gamma", "F64", [float(state["_gamma"])]),
        ("intercept", "F64", state["_intercept_"].flat),
        ("platt", "F64", [state["_probA"].flat[0], state["_probB"].flat[0]]),
        ("starts", "U32", starts),
        ("columns", "U16", columns),
        ("counts", "U8", counts),
    ]


def forest(state):
    """The tensors of a random forest, and the length of its fingerprint."""
    features, limits, nexts, roots = [], [], [], []
    probabilities = {}
    for tree in state["estimators_"]:
        tree = tree.state["tree_"]
        length = tree.arguments[0]
        nodes, values = tree.state["nodes"].flat, tree.state["values"].flat
        roots.append(len(features))
        # Nodes still to be written, each with the place of the parent whose right child it is.
        waiting = [(0, None)]
        while waiting:
            node, parent = waiting.pop()
            place = len(features)
            if parent is not None:
                nexts[parent] = place
            left, right = nodes["left_child"][node], nodes["right_child"][node]
            if left < 0:
                no, yes = values[2 * node : 2 * node + 2]
                features.append(LEAF)
                limits.append(0)
                nexts.append(probabilities.setdefault(yes / (no + yes), len(probabilities)))
            else:
                features.append(nodes["feature"][node])
                # Counts are whole: at most the threshold is at most the whole number below it.
                limits.append(math.floor(nodes["threshold"][node]))
                if not 0 <= limits[-1] < 256:
                    raise ValueError(f"a tree asks for {limits[-1]} where a count of at most 255 fits")
                nexts.append(0)
                waiting += [(right, place), (left, None)]
    return length, [
        ("probabilities", "F64", list(probabilities)),
        ("next", "U32", nexts),
        ("roots", "U32", roots),
        ("feature", "U16", features),
        ("at_most", "U8", limits),
    ]


def convert(pickled, fingerprint, source, license):
    """The bytes of the safetensors file of a pickled model."""
    model = Unpickler(io.BytesIO(pickled)).load()
    name = type(model).__name__
    makers = {"SVC": svc, "RandomForestClassifier": forest, "ExtraTreesClassifier": forest}
    if name not in makers:
        raise ValueError(f"a {name} is neither an SVC nor a random forest")
    if model.state["classes_"].flat != [0, 1]:
        raise ValueError("its classes are not 0 and 1")
    length, tensors = makers[name](model.state)
    if length >= LEAF:
        raise ValueError(f"its fingerprint is {length} long: at most {LEAF - 1} fit")
    body, header = b"", {}
    for tensor, kind, values in tensors:
        packed = array.array(TYPES[kind], values)
        if sys.byteorder == "big":
            packed.byteswap()
        data = packed.tobytes()
        header[tensor] = {"dtype": kind, "shape": [len(values)], "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    metadata = {
        "kind": makers[name].__name__,
        "fingerprint": fingerprint,
        "length": str(length),
        "source": source,
        "license": license,
        "sha256": hashlib.sha256(body).hexdigest(),
    }
    text = json.dumps({"__metadata__": metadata, **header}).encode("ascii")
    # Numbers begin at a multiple of eight bytes.
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + body


def write(path, pickled, fingerprint, source, license):
    path.parent.mkdir(parents=True, exist_ok=True)
    content = convert(pickled, fingerprint, source, license)
    path.write_bytes(content)
    print(f"{path}: {len(content):,} bytes")


def make(wheel):
    compare(wheel, PACKAGE, WHEEL_SHA256)
    with zipfile.ZipFile(wheel) as archive:
        for name, fingerprint in ORACLES.items():
            inside = f"molscore/data/models/molopt/{name}_current.pkl"
            source = f"{inside} of {PACKAGE}, which has it from the Therapeutics Data Commons"
            write(HERE / "oracles" / f"{name}.safetensors", archive.read(inside), fingerprint, source, "MIT")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", type=pathlib.Path, help="the wheel; with --model, the file to write")
    parser.add_argument("--model", type=pathlib.Path, help="a pickle by scikit-learn")
    parser.add_argument("--fingerprint", choices=FINGERPRINTS)
    arguments = parser.parse_args()
    if arguments.model:
        if not (arguments.file and arguments.fingerprint):
            parser.error("--model goes with --fingerprint and the file to write")
        content = arguments.model.read_bytes()
        try:
            write(arguments.file, content, arguments.fingerprint, arguments.model.name, "unknown")
        except (ValueError, pickle.UnpicklingError) as error:
            sys.exit(f"{arguments.model}: {error}")
    elif arguments.file:
        make(arguments.file)
    else:
        with tempfile.TemporaryDirectory() as folder:
            make(pip(folder, PACKAGE, "--quiet", "--disable-pip-version-check"))


if __name__ == "__main__":
    main()
