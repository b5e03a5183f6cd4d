"""The command ``molgpt``: the program, in the same words as the one that is built by cargo."""

from __future__ import annotations

import os
import signal
import sys

from . import _molgpt


def main() -> None:
    # The program has its own answer to Ctrl-C; until it does, the system's.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    code = _molgpt.command(["molgpt", *sys.argv[1:]])
    # The program has written all that it had to; the interpreter has nothing to tidy.
    os._exit(code)


if __name__ == "__main__":
    main()
