"""Models: sampling, likelihoods, what comes next."""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Optional, Union

from . import _input, _molgpt, _progress
from ._errors import SettingError
from ._progress import Progress
from ._table import Molecules


class Trace(NamedTuple):
    """What a model computes on a text. Arrays are for ``numpy.asarray``."""

    #: The tokens that were read, ``[BOS]`` the first.
    tokens: list[str]
    #: Hidden states `[blocks + 1, tokens, width]`: before the first block, and after each.
    hidden: _molgpt.Array
    #: Attention weights `[blocks, heads, tokens, tokens]`: where each token looks; rows sum to 1.
    attention: _molgpt.Array


def load(model: Union[str, os.PathLike[str]] = "pretrained") -> Model:
    """A model: ``"pretrained"`` (inside the package, trained on MOSES), ``"randomized"`` (inside the package, trained
    on randomized spellings, for structures to keep), a model file, or a run folder."""
    return Model(_molgpt.Model.named(os.fspath(model)), os.fspath(model))


class Model:
    """A language model of molecules. Calls from several threads may use it at once."""

    def __init__(self, inner: _molgpt.Model, name: str) -> None:
        self._inner = inner
        self._name = name

    @property
    def info(self) -> dict[str, Any]:
        """Its number of parameters, configuration, vocabulary, conditions, and how it was trained."""
        found: dict[str, Any] = json.loads(self._inner.info())
        return found

    @property
    def vocabulary(self) -> list[str]:
        """Its tokens; a token's number is its place."""
        found: list[str] = self.info["vocabulary"]
        return found

    def sample(
        self,
        n: int,
        *,
        temperature: float = 1.0,
        top_k: int = 0,
        top_p: float = 1.0,
        prompt: str = "",
        seed: int = 0,
        grammar: bool = False,
        valid: bool = False,
        unique: bool = False,
        novel: Optional[_input.Data] = None,
        allow_radicals: bool = False,
        where: Union[str, Iterable[str], None] = None,
        contains: Union[str, Iterable[str], None] = None,
        without: Union[str, Iterable[str], None] = None,
        like: Union[str, Iterable[str], None] = None,
        filters: bool = False,
        scaffold: Union[str, Iterable[str], None] = None,
        grow_anywhere: bool = False,
        link: Union[str, Iterable[str], None] = None,
        morph: Optional[str] = None,
        extend: Optional[str] = None,
        superstructure: Optional[str] = None,
        near: Optional[str] = None,
        conditions: Optional[Mapping[str, float]] = None,
        guidance: float = 1.0,
        max_draws: Optional[int] = None,
        device: str = "cpu",
        threads: int = 0,
        progress: Progress = True,
    ) -> Molecules:
        """Writes ``n`` molecules: the same ones for the same seed, on any number of threads.

        ``valid``, ``unique``, ``novel`` (a file of molecules, or molecules) and the wishes are rejection sampling until
        there are ``n`` such. Wishes, one or several of each: ``where`` (``"log_p=1..4"``, ``"rings=2"``), ``contains``
        and ``without`` (SMARTS), ``like`` (``"CCO=0.4..0.9"``), ``filters`` (those of MOSES).

        A structure to keep is one of ``scaffold`` (SMILES with open points, ``"[*]c1ccccc1"``; with
        ``grow_anywhere`` the atoms at these may get further bonds), ``link`` (two fragments), ``morph`` (two
        fragments whose middle is replaced, ``"A[*].B[*]"``), ``extend``, ``superstructure`` and ``near``; the model
        ``"randomized"`` is for these.

        ``conditions`` asks a model that was trained with conditions: ``{"log_p": 2.5}``.

        Raises `SettingError` where an argument is out of its range, and where ``max_draws`` strings do not hold ``n``
        such molecules.
        """
        wanted = {
            "temperature": float(temperature),
            "top_k": top_k,
            "top_p": float(top_p),
            "prompt": prompt,
            "grammar": grammar,
            "conditions": [(name, float(value)) for name, value in (conditions or {}).items()],
            "guidance": float(guidance),
            "seed": seed,
            "valid": valid,
            "unique": unique,
            "novel": None if novel is None else _input.data(novel, "novel"),
            "allow_radicals": allow_radicals,
            "where": _input.words(where, "where"),
            "contains": _input.words(contains, "contains"),
            "without": _input.words(without, "without"),
            "like": _input.words(like, "like"),
            "filters": filters,
            "structure": _input.structure(
                scaffold=scaffold,
                grow_anywhere=grow_anywhere,
                link=link,
                morph=morph,
                extend=extend,
                superstructure=superstructure,
                near=near,
            ),
            "max_draws": max_draws,
        }
        heard = _progress.listener(progress)
        try:
            found = self._inner.sample(n, wanted, device, threads, heard)
        finally:
            _progress.close(heard)
        smiles = found["smiles"]
        if len(smiles) < n:
            raise SettingError(
                f"only {len(smiles)} of {n} molecules after {found['draws']} draws, the most that argument `max_draws` "
                f"allows: {found['counts']}"
            )
        columns = {"smiles": smiles, "nll": found["nll"], "cut": found["cut"]}
        return Molecules(columns, found["draws"], found["counts"])

    def nll(self, molecules: Iterable[Any], *, threads: int = 0) -> list[float]:
        """Negative log-likelihood of each text in nats, the end included; NaN where it has none."""
        scores, _ = self._inner.token_nll(_input.texts(molecules), threads)
        return [math.nan if tokens is None else math.fsum(tokens) for tokens in scores]

    def token_nll(self, molecules: Iterable[Any], *, threads: int = 0) -> list[Optional[list[float]]]:
        """Negative log-likelihoods of each text's tokens in nats, that of the end last; ``None`` where it has none."""
        return self._inner.token_nll(_input.texts(molecules), threads)[0]

    def tokens(self, smiles: str) -> list[str]:
        """The tokens of a text."""
        return self._inner.tokens(smiles)[0]

    def encode(self, smiles: str) -> list[int]:
        """The numbers of a text's tokens, without those of begin and end."""
        return self._inner.tokens(smiles)[1]

    def logits(self, smiles: str) -> _molgpt.Array:
        """Logits `[1 + tokens, vocabulary]` for ``numpy.asarray``: of the first token, then of the token after each
        one of the text."""
        return self._inner.logits(smiles)

    def next_tokens(self, smiles: str = "", top: int = 10) -> list[tuple[str, float]]:
        """The likeliest tokens after a text, with their probabilities at temperature 1."""
        vocabulary = self.vocabulary
        last = self._inner.logits(smiles).tolist()[-len(vocabulary) :]
        highest = max(last)
        weights = [math.exp(value - highest) for value in last]
        total = math.fsum(weights)
        ranked = sorted(zip(vocabulary, weights), key=lambda pair: -pair[1])
        return [(token, weight / total) for token, weight in ranked[:top]]

    def trace(self, smiles: str) -> Trace:
        """What the model computes on a text: hidden states and attention weights."""
        return Trace(*self._inner.trace(smiles))

    def embed(self, molecules: Iterable[Any], *, blocks: Optional[int] = None, threads: int = 0) -> _molgpt.Array:
        """Embeddings `[molecules, width]` for ``numpy.asarray``: means over the tokens of the hidden states after so
        many blocks (all, unless fewer are asked for). NaN for what the model cannot read."""
        layers: int = self.info["config"]["layers"]
        return self._inner.embed(_input.texts(molecules), layers if blocks is None else blocks, threads)

    def weights(self) -> dict[str, _molgpt.Array]:
        """Copies of its weights by name, for ``numpy.asarray``: the first is the token embedding."""
        return dict(self._inner.weights())

    def save(self, path: Union[str, os.PathLike[str]]) -> None:
        """Writes a model file."""
        self._inner.save(os.fspath(path))

    def to_huggingface(self, folder: Union[str, os.PathLike[str]]) -> None:
        """Writes a folder that Hugging Face ``transformers`` loads: a GPT-2 for learned positions, a
        GPT-NeoX for rotary ones, as the built-in model has."""
        self._inner.export(os.fspath(folder))

    def __repr__(self) -> str:
        info = self.info
        return f"Model({self._name!r}, {info['parameters']:,} parameters, {len(info['vocabulary'])} tokens)"

    def __reduce__(self) -> tuple[Any, ...]:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.safetensors")
            self.save(path)
            with open(path, "rb") as file:
                return _from_bytes, (file.read(), self._name)


def _from_bytes(content: bytes, name: str) -> Model:
    return Model(_molgpt.Model.from_bytes(content), name)
