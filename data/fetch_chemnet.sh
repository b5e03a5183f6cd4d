#!/bin/sh
# Fetches ChemNet's weights for FCD: the wheel of the Python package fcd_torch (MIT licence), which
# molgpt reads as it is. Needs python3 with pip, and leaves the wheel beside this script.
set -e
cd "$(dirname "$0")"
python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest . fcd_torch==1.0.7
echo "63a24aae88c554a7ba6422cffdef3ad7c1befec73f835b70ead04097a1ebed6f  fcd_torch-1.0.7-py3-none-any.whl" | sha256sum -c
