"""Canonical forms, properties, drawings and fingerprints; what may be given as molecules."""

import math

import pytest

import molgpt

TEXTS = ["OCC", "C(", "", None, float("nan"), "c1ccccc1O"]
CANONICAL = ["CCO", None, None, None, None, "Oc1ccccc1"]


def test_one_molecule_or_several() -> None:
    assert molgpt.canonical("OCC") == "CCO"
    assert molgpt.canonical("C(") is None
    assert molgpt.canonical(TEXTS) == CANONICAL
    assert molgpt.canonical([]) == []
    # Above a chunk, on several threads, in order.
    assert molgpt.canonical(TEXTS * 1000) == CANONICAL * 1000


def test_columns_and_arrays() -> None:
    numpy = pytest.importorskip("numpy")
    assert molgpt.canonical(numpy.array(["OCC", "CO"])) == ["CCO", "CO"]
    assert molgpt.canonical(("OCC",)) == ["CCO"]
    assert molgpt.canonical(text for text in ["OCC"]) == ["CCO"]


def test_pandas() -> None:
    pandas = pytest.importorskip("pandas")
    assert molgpt.canonical(pandas.Series(TEXTS, index=range(9, 15))) == CANONICAL
    frame = molgpt.describe(TEXTS).to_pandas()
    assert list(frame.smiles.isna()) == [False, True, True, True, True, False]
    assert frame.weight[0] == pytest.approx(46.069, abs=1e-3)


def test_polars() -> None:
    polars = pytest.importorskip("polars")
    assert molgpt.canonical(polars.Series(["OCC", None])) == ["CCO", None]
    assert molgpt.describe(["OCC"]).to_polars()["donors"][0] == 1


def test_rdkit_molecules() -> None:
    chem = pytest.importorskip("rdkit.Chem")
    assert molgpt.canonical(chem.MolFromSmiles("OCC")) == "CCO"
    assert molgpt.canonical([chem.MolFromSmiles("OCC"), None]) == ["CCO", None]


def test_a_bad_molecule_stays_in_its_row() -> None:
    table = molgpt.describe(["OCC", "C(", None, "\ud800C"], ["qed", "rings", "scaffold"])
    assert table.columns == ["smiles", "qed", "rings", "scaffold", "reason"]
    assert len(table) == 4
    assert table.smiles == ["CCO", None, None, None]
    assert table["qed"][0] == pytest.approx(0.4068, abs=1e-4)
    assert math.isnan(table["qed"][1])
    assert table["rings"] == [0, None, None, None]
    assert table["reason"][0] is None
    assert all(table["reason"][row] for row in (1, 2, 3))


@pytest.mark.parametrize("molecules", [3, b"CCO", [3], [b"CCO"], [["CCO"]]])
def test_what_is_no_molecule_at_all_is_a_type_error(molecules: object) -> None:
    with pytest.raises(TypeError):
        molgpt.canonical(molecules)  # type: ignore[call-overload]


def test_a_frame_is_told_to_give_its_column() -> None:
    pandas = pytest.importorskip("pandas")
    with pytest.raises(TypeError, match="one column"):
        molgpt.canonical(pandas.DataFrame({"smiles": ["CCO"]}))


def test_names_of_properties() -> None:
    with pytest.raises(molgpt.SettingError, match="did you mean"):
        molgpt.describe(["CCO"], ["lopg"])
    with pytest.raises(KeyError, match="no column"):
        molgpt.describe(["CCO"], ["qed"])["logp"]


def test_drawings() -> None:
    drawing = molgpt.draw(["CCO", "C("], ["ethanol", "<b>"])
    svg = drawing.svg
    assert svg[0] is not None and svg[0].startswith("<svg") and svg[1] is None
    page = drawing._repr_html_()
    assert "ethanol" in page and "<b>" not in page
    with pytest.raises(ValueError, match="captions"):
        molgpt.draw(["CCO"], ["a", "b"])


def test_fingerprints_leave_without_a_copy() -> None:
    numpy = pytest.importorskip("numpy")
    array = molgpt.fingerprints(["CCO", "C("])
    assert array.shape == (2, 1024) and len(array) == 2
    bits = numpy.asarray(array)
    assert bits.ctypes.data == array.__array_interface__["data"][0]
    # RDKit 2026.9.1: GetMorganGenerator(radius=2, fpSize=1024).
    assert numpy.flatnonzero(bits[0]).tolist() == [33, 80, 222, 294, 386, 807]
    assert not bits[1].any()
    with pytest.raises(ValueError):
        bits[0, 0] = 1


def test_scores_of_goals() -> None:
    scores = molgpt.score(["Cc1ccccc1", "C(", None], "qed")
    assert 0 < scores[0] < 1 and math.isnan(scores[1]) and math.isnan(scores[2])
    goal = '[[part]]\nproperty = "logp"\nrange = [1, 3]\n'
    assert molgpt.score(["Cc1ccccc1"], goal)[0] == pytest.approx(1.0)
    with pytest.raises(molgpt.SettingError, match="neither a file nor a goal"):
        molgpt.score(["CCO"], "qde")
    with pytest.raises(molgpt.InputError, match="data/make_oracles.py"):
        molgpt.score(["CCO"], "jnk3", oracles="nowhere")
