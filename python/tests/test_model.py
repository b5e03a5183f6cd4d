"""Sampling and likelihoods."""

import math
import pickle
import threading
from pathlib import Path

import pytest

import molgpt


def test_the_same_seed_gives_the_same_molecules(model: molgpt.Model) -> None:
    first = model.sample(50, seed=3, threads=1)
    again = model.sample(50, seed=3, threads=2)
    assert list(first) == list(again) == first.smiles
    assert first.nll.tolist() == again.nll.tolist()
    assert list(first) != list(model.sample(50, seed=4))
    assert first[0] == first[:1][0] == first["smiles"][0]
    assert first.to_dict()["cut"][0] is False
    assert "<svg" in first._repr_html_()


def test_likelihoods_are_those_of_sampling(model: molgpt.Model) -> None:
    molecules = model.sample(20, seed=1)
    assert model.nll(molecules) == pytest.approx(molecules.nll.tolist(), abs=1e-3)
    tokens = model.token_nll([molecules[0]])[0]
    assert tokens is not None and math.fsum(tokens) == pytest.approx(model.nll([molecules[0]])[0])
    assert len(tokens) == len(model.tokens(molecules[0])) + 1
    nll = model.nll(["CCO", "[Xe]", None, "C" * 4000])
    assert nll[0] > 0 and all(math.isnan(value) for value in nll[1:])


def test_next_tokens_and_logits(model: molgpt.Model) -> None:
    numpy = pytest.importorskip("numpy")
    every = model.next_tokens("c1cc", top=10_000)
    assert math.fsum(share for _, share in every) == pytest.approx(1.0)
    assert every == sorted(every, key=lambda pair: -pair[1])
    logits = numpy.asarray(model.logits("c1cc"))
    assert logits.shape == (len(model.encode("c1cc")) + 1, len(model.vocabulary))
    assert model.vocabulary[int(logits[-1].argmax())] == every[0][0]
    with pytest.raises(molgpt.SettingError, match="tokens"):
        model.logits("C" * 4000)
    with pytest.raises(molgpt.MolgptError):
        model.logits("no smiles")


def test_what_happens_inside(model: molgpt.Model) -> None:
    numpy = pytest.importorskip("numpy")
    tokens, hidden, attention = model.trace("c1ccccc1O")
    config, count = model.info["config"], len(tokens)
    assert "".join(tokens[1:]) == "c1ccccc1O"
    assert hidden.shape == (config["layers"] + 1, count, config["width"])
    assert attention.shape == (config["layers"], config["heads"], count, count)
    weights = numpy.asarray(attention)
    assert numpy.allclose(weights.sum(-1), 1, atol=1e-5) and not numpy.triu(weights, 1).any()
    embedded = numpy.asarray(model.embed(["c1ccccc1O", "[Xe]", None], threads=1))
    assert numpy.allclose(embedded[0], numpy.asarray(hidden)[-1].mean(0), atol=1e-5)
    assert numpy.isnan(embedded[1:]).all()
    with pytest.raises(molgpt.SettingError, match="argument `blocks`"):
        model.embed(["C"], blocks=99)


def test_wishes_and_structures(model: molgpt.Model) -> None:
    found = model.sample(5, where=["logp=1..3", "rings=2"], without="[F,Cl]", unique=True, seed=1)
    table = molgpt.describe(found, ["logp", "rings"])
    assert all(1 <= logp <= 3 for logp in table["logp"]) and table["rings"] == [2] * 5
    assert found.draws > 5 and found.counts is not None
    grown = molgpt.load("randomized").sample(3, scaffold="[*]c1ccncc1", seed=1)
    assert all(canonical is not None for canonical in molgpt.canonical(grown))


def test_novel_molecules(model: molgpt.Model) -> None:
    first = model.sample(1, valid=True, seed=5)
    other = model.sample(1, valid=True, seed=5, novel=first)
    assert molgpt.canonical(first[0]) != molgpt.canonical(other[0])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"temperature": -1}, "argument `temperature`"),
        ({"top_p": 2}, "argument `top_p`"),
        ({"where": "logp=9.."}, "argument `max_draws`"),
        ({"where": "lopg=1..2"}, "argument `where`"),
        ({"scaffold": "[*]CC", "near": "CCO"}, "one structure"),
        ({"prompt": "C?"}, "token"),
        ({"device": "tpu"}, "argument `device`"),
        ({"conditions": {"logp": 2}}, "log_p"),
        ({"novel": "missing.csv"}, "missing.csv"),
        ({"novel": []}, "argument `novel` is empty"),
    ],
)
def test_bad_arguments(model: molgpt.Model, arguments: "dict[str, object]", told: str) -> None:
    with pytest.raises(molgpt.MolgptError, match=told) as caught:
        model.sample(1, max_draws=50, **arguments)  # type: ignore[arg-type]
    assert "setting `" not in str(caught.value)


@pytest.mark.parametrize("n", [-1, 1.5, "3"])
def test_bad_types(model: molgpt.Model, n: object) -> None:
    with pytest.raises((TypeError, OverflowError)):
        model.sample(n)  # type: ignore[arg-type]


def test_files_and_pickles(model: molgpt.Model, tmp_path: Path) -> None:
    model.save(tmp_path / "model.safetensors")
    for other in (molgpt.load(tmp_path / "model.safetensors"), pickle.loads(pickle.dumps(model))):
        assert list(other.sample(3)) == list(model.sample(3))
    with pytest.raises(molgpt.SettingError, match="no model"):
        molgpt.load(tmp_path / "other")
    (tmp_path / "bad.safetensors").write_bytes(b"no model")
    with pytest.raises(molgpt.MolgptError):
        molgpt.load(tmp_path / "bad.safetensors")
    with pytest.raises(molgpt.MolgptError, match="folder"):
        model.save(tmp_path / "no" / "folder" / "model.safetensors")


def test_weights(model: molgpt.Model) -> None:
    numpy = pytest.importorskip("numpy")
    weights = {name: numpy.asarray(array) for name, array in model.weights().items()}
    assert sum(array.size for array in weights.values()) == model.info["parameters"]
    assert next(iter(weights.values())).shape == (len(model.vocabulary), model.info["config"]["width"])


def test_several_threads_and_a_model_that_is_collected() -> None:
    found: "dict[int, list[str]]" = {}

    def work(seed: int) -> None:
        found[seed] = list(molgpt.load().sample(200, seed=seed % 2))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] == found[2] and found[1] == found[3] and found[0] != found[1]
