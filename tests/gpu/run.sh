#!/usr/bin/env bash
# What only a machine with an NVIDIA device can tell: whether the device computes what the processor computes, and how fast
# it trains and samples. Needs no network; ends within 11 minutes. Writes OUTPUT/gpu.json, and the output of every part.
#
#     tests/gpu/run.sh --program PROGRAM --output OUTPUT [--graphics TEST] [--data DATA] [--torch SCRIPT] [--device DEVICE]
#
#   --program   molgpt, built with --features cuda
#   --graphics  the built test binary of tests/graphics.rs: cargo test --release --features cuda --test graphics --no-run
#   --output    a folder for the figures, the run and the molecules
#   --data      training molecules [default: data/molecules.csv]
#   --torch     a PyTorch script that trains the same network: SCRIPT train --data --layers --heads --width --context
#               --dropout --batch --pad-to --steps --compile, with a line of key=value pairs at its end
#   --device    cuda by default; a stand-in such as flex proves this script where there is no device
#
# Smaller numbers for stand-ins, by variables: GPU_CONFIG, GPU_MINUTES of training, GPU_STEPS and GPU_BATCH of the
# measurements, GPU_SAMPLES, GPU_SECONDS for everything together.
#
# Exit code: 0 all parts ran, 1 a part failed, 2 usage, 3 none failed and some were skipped.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
program='' graphics='' output='' data=$root/data/molecules.csv torch='' device=cuda
usage() {
    echo "error: $1" >&2
    sed -n 's/^#     \(tests\)/\1/p' "${BASH_SOURCE[0]}" >&2
    exit 2
}
while [ $# -gt 0 ]; do
    [ $# -gt 1 ] || usage "$1 has no value"
    case $1 in
        --program) program=$2 ;;
        --graphics) graphics=$2 ;;
        --output) output=$2 ;;
        --data) data=$2 ;;
        --torch) torch=$2 ;;
        --device) device=$2 ;;
        *) usage "$1 is not known" ;;
    esac
    shift 2
done
[ -n "$program" ] && [ -n "$output" ] || usage "--program and --output are needed"
[ -x "$program" ] || usage "\`$program\` is no program"
[ -r "$data" ] || usage "\`$data\` cannot be read"
config=${GPU_CONFIG:-$root/configs/molgpt.toml}
minutes=${GPU_MINUTES:-3}
steps=${GPU_STEPS:-100}
samples=${GPU_SAMPLES:-1000000}
deadline=$((SECONDS + ${GPU_SECONDS:-640}))
mkdir -p "$output" || exit 2
output=$(cd "$output" && pwd)
rm -rf "$output/run" "$output/molecules.csv" "$output"/*.out "$output"/*.err

# CUDA's compiler and headers: those of the variable, of the toolkit, or of Python packages. PyTorch's own lack some headers.
if [ "${device%%:*}" = cuda ] && [ -z "${CUDA_PATH:-}" ]; then
    packages=$(python3 -c 'import sysconfig; print(sysconfig.get_path("purelib"))' 2> /dev/null)
    for place in /usr/local/cuda "$packages"/nvidia/cu*; do
        if [ -e "$place/include/cuda_runtime.h" ] && [ -e "$place/include/crt" ]; then
            export CUDA_PATH=$place LD_LIBRARY_PATH=$place/lib64:$place/lib:${LD_LIBRARY_PATH:-}
            break
        fi
    done
fi

# A text as a JSON string, without control characters.
quoted() {
    printf '%s' "$1" | tr '\n\t' '  ' | tr -d '\000-\037' | sed 's/\\/\\\\/g; s/"/\\"/g; s/^/"/; s/$/"/'
}
# What stands in a config under a name.
setting() {
    sed -n "s/^$1 *= *\([0-9.]*\).*/\1/p" "$config" | head -n 1
}
parts='' failed=0 skipped=0
# Notes a part: its name, verdict, seconds, a JSON value, a reason.
note() {
    local reason=null
    [ -z "$5" ] || reason=$(quoted "$5")
    parts+=$(printf '%s\n    "%s": {"verdict": "%s", "seconds": %s, "figures": %s, "reason": %s}' \
        "${parts:+,}" "$1" "$2" "$3" "${4:-null}" "$reason")
    echo "$1: $2${5:+: $5} ($3 s)"
}
skip() {
    skipped=$((skipped + 1))
    note "$1" skipped 0 null "$2"
}
fail() {
    failed=$((failed + 1))
    note "$1" failed "$2" null "$3"
}
# Runs a command for at most so many seconds and no longer than the time that is left; its output goes to NAME.out and
# NAME.err. Sets `took`, and `why` where it fails.
took=0 why=''
attempt() {
    local name=$1 limit=$2 began ended status
    shift 2
    took=0 why=''
    local left=$((deadline - SECONDS))
    [ "$left" -lt "$limit" ] && limit=$left
    if [ "$limit" -le 0 ]; then
        why='no time is left'
        return 1
    fi
    began=$(date +%s%N)
    timeout --kill-after=15 "$limit" "$@" > "$output/$name.out" 2> "$output/$name.err"
    status=$?
    ended=$(date +%s%N)
    took=$(awk -v from="$began" -v to="$ended" 'BEGIN { printf "%.3f", (to - from) / 1e9 }')
    case $status in
        0) return 0 ;;
        124 | 137) why="not done after $limit seconds" ;;
        *) why="exit code $status: $(tail -n 3 "$output/$name.err")" ;;
    esac
    return 1
}
kernels() {
    find "${XDG_CACHE_HOME:-$HOME/.cache}/molgpt/kernels" -type f 2> /dev/null | wc -l
}
kernels_before=$(kernels)

# The device computes what the processor computes.
if [ -z "$graphics" ]; then
    skip graphics 'no test binary given'
else
    required=''
    [ "${device%%:*}" = cuda ] && required=cuda
    if attempt graphics 170 env MOLGPT_REQUIRE_DEVICE="$required" "$graphics" --nocapture; then
        reason=$(grep -ho 'skipped: .*' "$output/graphics.out" "$output/graphics.err" | head -n 1)
        passed=$(sed -n 's/.* \([0-9]*\) passed.*/\1/p' "$output/graphics.out" | tail -n 1)
        if [ -n "$reason" ] && [ -z "$required" ]; then
            skip graphics "${reason#skipped: }"
        else
            # With wgpu built in, its test may be skipped where the demanded one ran.
            note graphics ran "$took" "{\"passed\": ${passed:-0}}" "$reason"
        fi
    else
        fail graphics "$took" "$why"
    fi
fi

# Training for a while, kernels that are compiled and tuned counted in.
limit=$(awk -v minutes="$minutes" 'BEGIN { printf "%d", minutes * 60 + 120 }')
train=(train "$data" --config "$config" --epochs 1000 --max-minutes "$minutes" --device "$device" -o "$output/run")
if attempt train "$limit" "$program" -q "${train[@]}" && [ -s "$output/run/model.safetensors" ]; then
    figures=$(awk -F, -v batch="$(setting batch_size)" '
        NR == 1 { for (column = 1; column <= NF; column++) at[$column] = column; next }
        { step = $at["step"]; seconds = $at["seconds"] }
        NR == 2 { first_step = step; first = seconds }
        $at["loss"] != "" { loss = $at["loss"] }
        $at["validation_loss"] != "" { held_out = $at["validation_loss"] }
        END {
            rate = seconds > first ? (step - first_step) / (seconds - first) : 0
            printf "{\"steps\": %d, \"seconds_of_steps\": %.3f, \"seconds_to_first_loss\": %.3f, ", step, seconds, first
            printf "\"steps_per_s\": %.4f, \"molecules_per_s\": %.1f, ", rate, rate * batch
            printf "\"loss\": %.6f, \"validation_loss\": %s}", loss, held_out == "" ? "null" : held_out
        }' "$output/run/history.csv")
    note train ran "$took" "$figures" ''
    model=$output/run
else
    fail train "$took" "${why:-no model was left}"
    # A run that was cut short may have left a model.
    model=pretrained
    [ -s "$output/run/model.safetensors" ] && model=$output/run
fi

# Steps of a fixed shape: with the config's optimizer, and with AdamW as PyTorch has it.
measure=(bench train --config "$config" --steps "$steps" --device "$device")
[ -z "${GPU_BATCH:-}" ] || measure+=(--batch "$GPU_BATCH")
for optimizer in own adamw; do
    [ "$optimizer" = own ] || measure+=(--adamw)
    if attempt "bench_$optimizer" 90 "$program" "${measure[@]}"; then
        note "bench_$optimizer" ran "$took" "$(cat "$output/bench_$optimizer.out")" ''
    else
        fail "bench_$optimizer" "$took" "$why"
    fi
done

# The same network in PyTorch, compiled, in bfloat16.
if [ -z "$torch" ]; then
    echo 'skipped: no PyTorch script given'
    skip torch 'no PyTorch script given'
elif ! python3 -c 'import torch' 2> /dev/null; then
    skip torch 'Python has no torch'
else
    length=$(($(setting context) - 1))
    batch=${GPU_BATCH:-$(setting batch_size)}
    where=cpu
    [ "${device%%:*}" = cuda ] && where=$device
    same=(train --data "$data" --layers "$(setting layers)" --heads "$(setting heads)" --width "$(setting width)"
        --context "$((length + 1))" --dropout "$(setting dropout)" --batch "$batch" --pad-to "$length" --steps "$steps")
    [ "$where" = cpu ] || same+=(--compile)
    if attempt torch 120 python3 "$root/tests/gpu/torch_on_device.py" "$where" "$torch" "${same[@]}"; then
        figures=$(awk -v tokens=$((batch * length)) '
            /(^| )train=1 / { line = $0 }
            END {
                count = split(line, pairs, " ")
                printf "{"
                for (place = 1; place <= count; place++) {
                    split(pairs[place], pair, "=")
                    printf "\"%s\": %s, ", pair[1], pair[2]
                    if (pair[1] == "median_step_ms" && pair[2] > 0) rate = tokens / pair[2] * 1000
                }
                printf "\"tokens_per_s_of_the_median_step\": %.1f}", rate
            }' "$output/torch.out")
        note torch ran "$took" "$figures" ''
    else
        fail torch "$took" "$why"
    fi
fi

# Many molecules.
if attempt sample 180 "$program" -q sample -n "$samples" --model "$model" --device "$device" -o "$output/molecules.csv"; then
    rows=$(($(wc -l < "$output/molecules.csv") - 1))
    rate=$(awk -v rows="$rows" -v seconds="$took" 'BEGIN { printf "%.1f", rows / seconds }')
    kind=trained
    [ "$model" = pretrained ] && kind=pretrained
    figures="{\"molecules\": $rows, \"molecules_per_s\": $rate, \"model\": \"$kind\"}"
    if [ "$rows" -eq "$samples" ]; then
        note sample ran "$took" "$figures" ''
    else
        fail sample "$took" "$rows molecules and not $samples"
    fi
else
    fail sample "$took" "$why"
fi

name=null driver=null memory=null
if [ "${device%%:*}" = cuda ] && line=$(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2> /dev/null); then
    IFS=, read -r name driver memory <<< "$(head -n 1 <<< "$line")"
    name=$(quoted "$name") driver=$(quoted "${driver# }") memory=$(quoted "${memory# }")
elif [ "${device%%:*}" != cuda ]; then
    name=$(quoted "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), a stand-in")
fi
cat > "$output/gpu.json" << END
{
  "schema_version": 1,
  "device": $(quoted "$device"),
  "device_name": $name,
  "driver": $driver,
  "memory": $memory,
  "version": $(quoted "$("$program" --version)"),
  "config": $(quoted "$(basename "$config")"),
  "data": $(quoted "$(basename "$data")"),
  "minutes_of_training": $minutes,
  "kernels_kept_before": $kernels_before,
  "kernels_kept_after": $(kernels),
  "seconds": $SECONDS,
  "failed": $failed,
  "skipped": $skipped,
  "parts": {$parts
  }
}
END
echo "figures: $output/gpu.json"
[ "$failed" -eq 0 ] || exit 1
[ "$skipped" -eq 0 ] || exit 3
