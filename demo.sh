#!/usr/bin/env sh
# The whole main job: train briefly on the shipped molecules, sample, evaluate.
set -eu
cd "$(dirname "$0")"
cargo build --release --locked
molgpt=target/release/molgpt
"$molgpt" train data/molecules.csv --max-minutes 2 -o runs/demo --overwrite
"$molgpt" sample -n 1000 --model runs/demo/model.safetensors -o runs/demo/generated.csv
"$molgpt" evaluate runs/demo/generated.csv -o reports/demo --overwrite
