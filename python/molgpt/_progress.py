"""Progress of long calls: a bar on a terminal or in a notebook, or a function of the caller."""

from __future__ import annotations

import os
import sys
import time
from typing import Callable, Optional, Union

#: Called with the stage, what is done of it, its total (0: unknown) and a remark.
Listener = Callable[[str, int, int, str], object]
#: ``True`` shows a bar where there is somebody to look, unless the variable ``MOLGPT_QUIET`` is set; ``False``
#: nothing; a function hears of it.
Progress = Union[bool, Listener]

_Heard = Callable[[str, int, int, str, "list[str]"], None]


def listener(progress: Progress) -> Optional[_Heard]:
    """What the library calls, a few times a second."""
    if callable(progress):
        told = progress

        def tell(stage: str, done: int, total: int, remark: str, notes: list[str]) -> None:
            told(stage, done, total, remark)

        return tell
    return _Bar() if progress and _is_watched() else None


def _is_watched() -> bool:
    # What the program takes for no.
    if os.environ.get("MOLGPT_QUIET", "").lower() not in ("", "0", "n", "no", "f", "false", "off"):
        return False
    return "ipykernel" in sys.modules or bool(getattr(sys.stderr, "isatty", lambda: False)())


class _Bar:
    """One line on standard error, for work of more than two seconds."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._stage = ""
        self._shown = 0
        self._stage_began = self._began

    def __call__(self, stage: str, done: int, total: int, remark: str, notes: list[str]) -> None:
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._stage_began = stage, now
        if now - self._began < 2.0:
            return
        seconds = now - self._stage_began
        line = f"{stage} "
        if total > 0:
            share = min(done / total, 1.0)
            filled = round(share * 20)
            line += "━" * filled + "─" * (20 - filled) + f" {100 * share:3.0f} % "
            if done > 0 and seconds > 2.0:
                line += f"{_clock(seconds * (total - done) / done)} left "
        elif done > 0:
            line += f"{done:,} "
        line = (line + remark)[:118]
        sys.stderr.write("\r" + line.ljust(self._shown))
        sys.stderr.flush()
        self._shown = len(line)

    def close(self) -> None:
        if self._shown:
            sys.stderr.write("\r" + " " * self._shown + "\r")
            sys.stderr.flush()


def close(heard: Optional[_Heard]) -> None:
    """Takes a bar off the screen."""
    if isinstance(heard, _Bar):
        heard.close()


def _clock(seconds: float) -> str:
    whole = max(0, round(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
