#!/usr/bin/env sh
# Samples and judges anew what this folder reports, with the program as it is built now. Half an hour of processor time, most of
# it for ChemNet on the reference sets, which is done once.
#
#     sh reports/remake.sh [target/release/molgpt]
set -eu
cd "$(dirname "$0")/.."
molgpt=${1:-target/release/molgpt}
[ -f data/full/train.csv ] || python3 data/make.py
[ -f data/fcd_torch-1.0.7-py3-none-any.whl ] || sh data/fetch_chemnet.sh

# remake NAME MODEL TITLE
remake() {
    mkdir -p "runs/$1"
    "$molgpt" sample -n 30000 --seed 1 --model "$2" -o "runs/$1/generated.csv"
    "$molgpt" evaluate "runs/$1/generated.csv" --train data/full/train.csv --test data/full/test.csv \
        --test-scaffolds data/full/test_scaffolds.csv -o "reports/$1" --overwrite --title "$3"
}
# Percentiles of the test set's likelihoods, with which the playground compares.
"$molgpt" score data/test.csv --model pretrained --format jsonl | python3 -c '
import json, sys
nll = sorted(row["nll"] for row in map(json.loads, sys.stdin) if row.get("nll") is not None)
last = len(nll) - 1
print(f"{len(nll):,} molecules of the test set")
for percent in range(101):
    print(round(nll[(percent * last + 50) // 100], 3))
' > src/playground/pretrained.txt
remake pretrained pretrained "The pretrained model"
remake moses reports/moses/model.safetensors "The MOSES run"
