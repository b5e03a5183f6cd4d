"""The benchmark packages as they are, made importable beside today's libraries.

molsets 0.3.1 and guacamol 0.5.5 were written for older pandas, numpy, scipy and RDKit. Their files
are not touched: what they miss is put back under its old name before they are imported.

    pip install rdkit==2026.9.1 numpy scipy pandas torch tqdm
    pip install --no-deps molsets==0.3.1 guacamol==0.5.5 fcd_torch==1.0.7
"""

import sys
import types

import numpy
import pandas
import scipy
from rdkit import Chem
from rdkit.Chem import AllChem, rdFingerprintGenerator, rdMolDescriptors


def absent(name, **contents):
    module = types.ModuleType(name)
    module.__dict__.update(contents)
    module.__path__ = []
    sys.modules[name] = module
    return module


def _generator(radius, size, _kept={}):
    key = radius, size
    if key not in _kept:
        _kept[key] = rdFingerprintGenerator.GetMorganGenerator(radius=radius, fpSize=size)
    return _kept[key]


def _bits(molecule, radius, nBits=2048):
    return _generator(radius, nBits).GetFingerprint(molecule)


def _counts(molecule, radius):
    return _generator(radius, 2048).GetSparseCountFingerprint(molecule)


numpy.NaN = numpy.nan
scipy.histogram = numpy.histogram
pandas.DataFrame.append = lambda self, other, sort: pandas.concat([self, other], sort=sort)
absent("rdkit.six", iteritems=lambda table: table.items())
absent("matplotlib", pyplot=absent("matplotlib.pyplot"))
AllChem.GetMorganFingerprintAsBitVect = _bits
rdMolDescriptors.GetMorganFingerprint = _counts
