from pathlib import Path

import pytest

import molgpt

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def model() -> molgpt.Model:
    return molgpt.load()


@pytest.fixture(scope="session")
def data() -> Path:
    return ROOT / "data"


@pytest.fixture(scope="session")
def tiny() -> Path:
    return ROOT / "configs" / "tiny.toml"
