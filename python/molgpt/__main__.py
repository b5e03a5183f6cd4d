"""``python -m molgpt``: the command."""

from ._command import main

main()
