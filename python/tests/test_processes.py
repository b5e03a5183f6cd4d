"""Ctrl-C, forked and spawned processes, the command."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

import molgpt


def _sample(seed: int) -> "list[str]":
    return list(molgpt.load().sample(20, seed=seed))


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
def test_processes(method: str, model: molgpt.Model) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    here = _sample(7)
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map(_sample, [7, 7]) == [here, here]


def test_ctrl_c_answers_soon(model: molgpt.Model) -> None:
    sent: "list[float]" = []

    def interrupt() -> None:
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.5, interrupt)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        model.sample(10_000_000)
    assert time.monotonic() - sent[0] < 5.0
    # The model works on.
    assert len(model.sample(3)) == 3


def test_the_command() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "molgpt", "canonicalize", "-"], input="OCC\nC(\n", capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert "CCO" in run.stdout
    wrong = subprocess.run([sys.executable, "-m", "molgpt", "sample"], capture_output=True, text=True)
    assert wrong.returncode == 2 and "-n" in wrong.stderr
    missing = subprocess.run([sys.executable, "-m", "molgpt", "check", "no.csv"], capture_output=True, text=True)
    assert missing.returncode == 1 and "no.csv" in missing.stderr
