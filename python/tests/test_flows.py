"""Training, evaluation, optimization, and the faces of other packages."""

import math
import os
import signal
from pathlib import Path

import pytest

import molgpt
from molgpt import moses
from molgpt.estimator import MoleculeDensity
from molgpt.guacamol import DistributionMatchingGenerator, GoalDirectedGenerator


def _rows(path: Path, count: int) -> "list[str]":
    return path.read_text().splitlines()[1 : count + 1]


def test_training_from_a_list_and_from_a_file(data: Path, tiny: Path, tmp_path: Path) -> None:
    rows = _rows(data / "test.csv", 1000)
    heard: "list[str]" = []
    run = molgpt.train(
        rows,
        config=tiny,
        set={"epochs": 1},
        output=tmp_path / "run",
        progress=lambda stage, done, total, remark: heard.append(stage),
    )
    assert run.steps > 0 and run.loss is not None and run.folder == tmp_path / "run"
    assert "training" in heard
    assert run.history and run.record["seed"] == 0 and "<svg" in run._repr_html_()
    assert len(run.model.sample(5)) == 5
    file = tmp_path / "mine.csv"
    file.write_text("smiles\n" + "\n".join(rows) + "\n")
    again = molgpt.train(file, config=tiny, set={"epochs": 1}, output=tmp_path / "again")
    assert list(again.model.sample(5)) == list(run.model.sample(5))
    with pytest.raises(molgpt.SettingError, match="argument `overwrite`"):
        molgpt.train(rows, config=tiny, output=tmp_path / "run")


def test_fine_tuning(data: Path, tmp_path: Path, model: molgpt.Model) -> None:
    rows = _rows(data / "test.csv", 300)
    run = molgpt.train(rows, from_=model, epochs=1, output=tmp_path / "run", set={"layers": model.info["config"]["layers"]})
    assert run.record["parent"] == "pretrained"


def test_ctrl_c_saves_and_resume_goes_on(data: Path, tiny: Path, tmp_path: Path) -> None:
    whole = molgpt.train(data / "test.csv", config=tiny, set={"epochs": 1}, output=tmp_path / "whole")
    sent: "list[int]" = []

    def interrupt(stage: str, done: int, total: int, remark: str) -> None:
        if stage == "training" and done > 0 and not sent:
            sent.append(done)
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt, match="resume=True"):
        molgpt.train(data / "test.csv", config=tiny, set={"epochs": 1}, output=tmp_path / "part", progress=interrupt)
    rest = molgpt.train(data / "test.csv", output=tmp_path / "part", resume=True)
    assert rest.steps == whole.steps and rest.loss == whole.loss
    assert list(rest.model.sample(9)) == list(whole.model.sample(9))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"data": []}, "argument `data` is empty"),
        ({"data": "no.csv"}, "no.csv"),
        ({"data": ["C("] * 100}, "molecule"),
        ({"data": ["CCO"] * 100, "set": {"layrs": 3}}, "layrs"),
        ({"data": ["CCO"] * 100, "from_": "nothing"}, "no model"),
    ],
)
def test_bad_training(arguments: "dict[str, object]", told: str, tmp_path: Path) -> None:
    with pytest.raises(molgpt.MolgptError, match=told):
        molgpt.train(output=tmp_path / "run", **arguments)  # type: ignore[arg-type]


def test_evaluation(model: molgpt.Model, data: Path, tmp_path: Path) -> None:
    generated = model.sample(500)
    known = molgpt.canonical(generated)
    report = molgpt.evaluate(generated, train=data / "test.csv", test=_rows(data / "test_scaffolds.csv", 1000))
    assert report.validity.count == sum(one is not None for one in known) and report.validity.of == 500
    value, interval = report.validity.value, report.validity.interval
    assert value is not None and interval is not None and interval[0] < value < interval[1]
    assert report.fcd.value is None and "chemnet" in (report.fcd.reason or "")
    assert report.figure("moses", "test", "snn").value is not None
    assert report.figure("moses", "nothing").value is None
    assert Path(report.save(tmp_path / "report")).is_file() and (tmp_path / "report" / "report.json").is_file()
    assert "iframe" in report._repr_html_() and "500 strings" in repr(report)
    metrics = moses.of_report(report)
    assert set(metrics) >= {"valid", "unique@1000", "FCD/Test", "SNN/TestSF", "IntDiv", "Filters", "logP", "Novelty"}
    assert metrics["valid"] == value and math.isnan(metrics["FCD/Test"])
    with pytest.raises(molgpt.InputError, match="argument `generated` is empty"):
        molgpt.evaluate([])


def test_any_function_is_a_score(model: molgpt.Model) -> None:
    seen: "list[str]" = []

    def nitrogens(smiles: "list[str]") -> "list[float]":
        seen.extend(smiles)
        return [min(text.count("N") + text.count("n"), 6) / 6 for text in smiles]

    found = molgpt.optimize(nitrogens, calls=150)
    assert len(found) == 150 == len(set(seen)) and sorted(seen) == sorted(s for s in found.smiles if s)
    scores = found["score"].tolist()
    assert scores == sorted(scores, reverse=True) and len(found.model.sample(3)) == 3
    threads = molgpt.optimize(nitrogens, calls=150, threads=1)
    assert threads.smiles == found.smiles
    word = molgpt.optimize("qed", calls=50)
    assert word["score"].tolist() == pytest.approx(molgpt.score(word.smiles, "qed"))


def test_a_goal_file_has_stages(tmp_path: Path) -> None:
    goal = tmp_path / "goal.toml"
    goal.write_text("[[stage]]\nscore = 'qed'\ncalls = 10\n[[stage]]\nscore = 'fsp3'\n")
    found = molgpt.optimize(goal, calls=30, set={"batch": 8}, progress=False)
    assert found["stage"] == [2] * 20 + [1] * 10
    with pytest.raises(molgpt.SettingError, match="argument `until` does not go with stages"):
        molgpt.optimize(goal, calls=30, until=0.9, progress=False)


def test_scores_that_fail(tmp_path: Path) -> None:
    def fails(smiles: "list[str]") -> "list[float]":
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        molgpt.optimize(fails, calls=50)
    with pytest.raises(molgpt.InputError, match="0 numbers for"):
        molgpt.optimize(lambda smiles: [], calls=50)
    with pytest.raises(TypeError):
        molgpt.optimize(lambda smiles: ["high"] * len(smiles), calls=50)  # type: ignore[list-item,misc]
    nothing = molgpt.optimize(lambda smiles: [math.nan] * len(smiles), calls=50)
    assert all(math.isnan(score) for score in nothing["score"].tolist())
    with pytest.raises(molgpt.SettingError, match="argument `calls`"):
        molgpt.optimize("qed", calls=0)


@pytest.mark.parametrize("kept", [False, True])
def test_an_interrupted_search_has_what_was_scored(kept: bool, tmp_path: Path) -> None:
    seen: "dict[str, float]" = {}

    def score(smiles: "list[str]") -> "list[float]":
        scores = [len(text) / 100 for text in smiles]
        if len(seen) >= 60:
            os.kill(os.getpid(), signal.SIGINT)
        seen.update(zip(smiles, scores))
        return scores

    output = tmp_path / "run" if kept else None
    with pytest.raises(KeyboardInterrupt, match="resume=True" if kept else "`partial`") as raised:
        molgpt.optimize(score, calls=10_000, output=output)
    partial = raised.value.partial  # type: ignore[attr-defined]
    assert isinstance(partial, molgpt.Optimized) and len(partial) >= 60
    assert all(seen[text] == one for text, one in zip(partial.smiles, partial["score"].tolist()) if text)
    assert partial["score"].tolist() == sorted(partial["score"].tolist(), reverse=True)
    assert len(partial.model.sample(3)) == 3


def test_an_exception_of_the_score_has_what_was_scored_before() -> None:
    seen: "list[str]" = []

    def score(smiles: "list[str]") -> "list[float]":
        if len(seen) >= 60:
            raise OSError("the docking machine is gone")
        seen.extend(smiles)
        return [0.5] * len(smiles)

    with pytest.raises(OSError, match="docking") as raised:
        molgpt.optimize(score, calls=10_000)
    assert sorted(raised.value.partial.smiles) == sorted(seen)  # type: ignore[attr-defined]
    with pytest.raises(ZeroDivisionError) as early:
        molgpt.optimize(lambda smiles: [1 / 0], calls=50)
    assert not hasattr(early.value, "partial")


def test_no_molecule_is_scored_twice(tmp_path: Path) -> None:
    seen: "list[str]" = []

    def score(smiles: "list[str]") -> "list[float]":
        seen.extend(smiles)
        if len(seen) > 60 and not (tmp_path / "went on").exists():
            raise OSError("the docking machine is gone")
        return [len(text) / 100 for text in smiles]

    with pytest.raises(OSError, match="docking"):
        molgpt.optimize(score, calls=100, output=tmp_path / "run")
    before = len(seen)
    (tmp_path / "went on").touch()
    found = molgpt.optimize(score, calls=100, output=tmp_path / "run", resume=True)
    assert len(found) == 100 and found.page is not None and found.page.is_file()
    # The batch that failed is asked again, all others not.
    assert len(seen) - len(set(seen)) <= 32 and before > 60


def test_guacamol_and_scikit_learn(data: Path, tiny: Path, tmp_path: Path) -> None:
    generator = DistributionMatchingGenerator()
    first = generator.generate(10)
    assert len(first) == 10 and first != generator.generate(10)

    class Scoring:
        def score_list(self, smiles: "list[str]") -> "list[float]":
            return [text.count("O") / 10 for text in smiles]

    assert len(GoalDirectedGenerator(calls=50).generate_optimized_molecules(Scoring(), 5)) == 5
    density = MoleculeDensity(epochs=1, set={"layers": 1, "width": 32, "heads": 2}, output=str(tmp_path / "run"))
    with pytest.raises(molgpt.SettingError, match="not fitted"):
        density.score_samples(["CCO"])
    rows = _rows(data / "test.csv", 600)
    density.fit(rows)
    assert density.score(rows) < 0 and len(density.sample(4)) == 4
    assert density.get_params()["epochs"] == 1
    with pytest.raises(ValueError, match="no parameter"):
        density.set_params(depth=3)


def test_optimize_keeps_a_scaffold() -> None:
    found = molgpt.optimize("qed", calls=12, scaffold="c1ccc([*])cc1[*]", set={"batch": 8}, progress=False)
    assert len(found) == 12
    rings = molgpt.optimize("qed", calls=12, set={"batch": 8}, progress=False)
    assert list(rings.smiles) != list(found.smiles)
    with pytest.raises(molgpt.SettingError, match="scaffold"):
        molgpt.optimize("qed", calls=12, scaffold="c1ccccc1", progress=False)


def test_optimize_tells_the_nearest_known_molecules() -> None:
    known = ["OCC", None, "CC(=O)Oc1ccccc1C(=O)O"]
    found = molgpt.optimize("qed", calls=12, known=known, set={"batch": 8}, progress=False)
    assert set(found["nearest"]) <= {"CCO", "CC(=O)Oc1ccccc1C(=O)O"}
    assert all(0 <= similarity < 1 for similarity in found["similarity"].tolist())
    assert "nearest" not in molgpt.optimize("qed", calls=12, set={"batch": 8}, progress=False).columns
    with pytest.raises(molgpt.SettingError, match="was not trained with `log_p`|it has none"):
        molgpt.optimize("qed", calls=12, conditions={"log_p": 2}, progress=False)
    with pytest.raises(molgpt.MolgptError, match="no molecule"):
        molgpt.optimize("qed", calls=12, known=["nothing"], progress=False)


def test_a_score_may_call_this_package_on_one_thread() -> None:
    def score(smiles: "list[str]") -> "list[float]":
        return [float(qed) for qed in molgpt.describe(smiles, ["qed"], threads=1)["qed"]]

    found = molgpt.optimize(score, calls=24, threads=1, set={"batch": 16}, progress=False)
    assert len(found) == 24
    with pytest.raises(molgpt.InputError, match="is infinite"):
        molgpt.optimize(lambda smiles: [-math.inf] * len(smiles), calls=24, progress=False)
