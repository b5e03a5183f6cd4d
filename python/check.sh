#!/usr/bin/env sh
# Builds the wheel, installs it into an empty environment, and tests it there: first with no other package, then with those that
# people have beside it. `sh python/check.sh [PYTHON]`
set -eu
cd "$(dirname "$0")/.."
python=${1:-python3}
environment=target/python-$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
rm -rf "$environment" target/wheels
"$python" -m venv "$environment"
bin=$PWD/$environment/bin
"$bin/pip" install --quiet --disable-pip-version-check "maturin>=1.9,<2"
"$bin/maturin" build --quiet --release --locked --manifest-path python/Cargo.toml --out target/wheels
"$bin/pip" uninstall --quiet --yes maturin
"$bin/pip" install --quiet --disable-pip-version-check --no-deps --no-index target/wheels/molgpt-*.whl
ls -l target/wheels
"$bin/python" -c 'import molgpt; print(molgpt.load().sample(3)[:])'
"$bin/molgpt" --version
"$bin/pip" install --quiet --disable-pip-version-check pytest mypy numpy pandas polars rdkit nbclient nbformat ipykernel
(cd python && "$bin/mypy")
# The installed package, not the sources beside the tests.
"$bin/pytest" -q -p no:cacheprovider -c python/pyproject.toml --rootdir python python/tests
