"""The notebooks run from start to end, with less training and fewer molecules than their outputs show."""

import re
import shutil
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
#: What bars are made of.
BAR = re.compile("[\r█━]")
EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
NEEDS = {"embedding": ["numpy", "pandas", "rdkit"], "optimize": ["rdkit", "pandas"], "own_data": ["pandas"]}


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebook(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Bars are for somebody who looks on.
    monkeypatch.setenv("MOLGPT_QUIET", "1")
    for package in NEEDS.get(path.stem, []):
        pytest.importorskip(package)
    # Where the notebook looks for data/, in a folder of its own.
    (tmp_path / "data").symlink_to(EXAMPLES.parents[1] / "data")
    folder = tmp_path / "python" / "examples"
    folder.mkdir(parents=True)
    book = nbformat.read(path, as_version=4)
    for cell in book.cells:
        cell.source = re.sub(r"minutes=2\b", "minutes=0.1", cell.source)
        cell.source = cell.source.replace("augment=0,", "augment=0, minutes=0.1,")
        cell.source = re.sub(r"calls=1500\b", "calls=100", cell.source)
        cell.source = cell.source.replace("nrows=3000", "nrows=600")
        cell.source = re.sub(r"sample\(200, valid=True, unique=True, novel=[^,]*, where=[^)]*\)", "sample(200)", cell.source)
    nbclient.NotebookClient(book, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    assert all(cell.get("execution_count") for cell in book.cells if cell.cell_type == "code")
    assert not _bars(book)
    shutil.rmtree(tmp_path, ignore_errors=True)


def test_outputs_are_committed() -> None:
    for path in EXAMPLES.glob("*.ipynb"):
        book = nbformat.read(path, as_version=4)
        code = [cell for cell in book.cells if cell.cell_type == "code"]
        assert any(cell.outputs for cell in code), f"{path.name} has no outputs"
        faults = [one for cell in code for one in cell.outputs if one.output_type == "error"]
        assert not faults, f"{path.name} ends with an error"
        assert not _bars(book), f"{path.name} has bars in its outputs"


def _bars(book: "nbformat.NotebookNode") -> "list[str]":
    """Texts of outputs in which there is a bar."""
    outputs = [one for cell in book.cells if cell.cell_type == "code" for one in cell.outputs]
    return [one.text for one in outputs if one.output_type == "stream" and BAR.search(one.text)]
