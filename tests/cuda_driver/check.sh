#!/bin/sh
# What a CUDA program asks of the driver, without a device: CUDA's own compiler (of pip's packages) accepts every kernel
# for an H100, no launch is refused, and sampling reads from the device once per eight tokens. Says that it was skipped
# where the packages cannot be fetched.
#
#     sh tests/cuda_driver/check.sh PROGRAM [FOLDER FOR THE COMPILER]
set -eu
program=$(realpath "$1")
compiler=${2:-target/tools/cuda}
if ! [ -d "$compiler/nvidia" ]; then
    pip install --quiet --no-deps --target "$compiler" "nvidia-cuda-nvrtc==13.*" "nvidia-cuda-runtime==13.*" \
        "nvidia-cuda-crt==13.*" "nvidia-cuda-cccl==13.*" ||
        { echo "skipped: CUDA without a device, for want of its compiler"; exit 0; }
fi
CUDA_PATH=$(realpath "$compiler/nvidia/cu13")
here=$(realpath "$(dirname "$0")")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cc -O1 -shared -fPIC -fvisibility=hidden -w -o "$folder/libcuda.so" "$here/cuda.c" -lpthread
export CUDA_PATH CUDA_COUNTS="$folder/counts" XDG_CACHE_HOME="$folder/cache" LD_LIBRARY_PATH="$folder:$CUDA_PATH/lib"
fail() {
    echo "$1" >&2
    exit 1
}
count() {
    awk -v name="$1" '$1 == name { print $2 }' "$CUDA_COUNTS"
}
expect() {
    [ "$(count "$1")" "$2" "$3" ] || fail "$1 is $(count "$1"), and not $2 $3"
}

# 64 tokens: kernels give zeros, which end no molecule.
"$program" -q sample -n 64 --model pretrained --device cuda -o "$folder/molecules.csv"
expect refused -eq 0
expect modules -gt 20
expect copies_to_host -eq 8
echo "sampling: $(count modules) kernels loaded, $(count launches) launched, $(count copies_to_host) reads of the device"

# What is wrong is said in a sentence, and nothing panics.
refused() {
    if "$program" -q sample -n 64 --model pretrained --device "$1" -o "$folder/no.csv" 2> "$folder/errors"; then
        fail "--device $1 did not fail"
    fi
    grep -q "$2" "$folder/errors" || fail "--device $1 does not say \"$2\": $(cat "$folder/errors")"
}
refused cuda:1 'this machine has 1 CUDA devices'
CUDA_DEVICES=0 refused cuda 'this machine has 0 CUDA devices'
CUDA_BYTES=1000000 refused cuda 'out of memory'
CUDA_PATH=$folder refused cuda 'header cuda_runtime.h is not found'
LD_LIBRARY_PATH=$folder refused cuda 'libnvrtc) is not found'
