#!/usr/bin/env sh
# Compiles molgpt for browsers and packs it as web/molgpt.wasm.gz, which the program contains: `molgpt playground`
# writes it into pages. To be run after changes of the library that pages shall see.
#
#     sh web/build.sh
#
# Either `rustup target add wasm32-unknown-unknown` serves the standard library, or, on Debian, it is compiled, too:
# `apt-get install rustc-web rust-web-src lld-22`.
set -eu
cd "$(dirname "$0")/.."
target=wasm32-unknown-unknown
# Random numbers come from seeds: no source of others is needed. Memory beyond the usual 1 MiB for deep recursion.
flags='-C target-feature=+simd128 -C link-arg=-zstack-size=4194304 --cfg getrandom_backend="unsupported"'
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="$flags"
export CARGO_PROFILE_RELEASE_LTO=fat CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 CARGO_PROFILE_RELEASE_PANIC=abort
export CARGO_PROFILE_RELEASE_STRIP=symbols CARGO_TARGET_DIR=target/web
if [ -d "$(rustc --print sysroot)/lib/rustlib/$target" ]; then
    cargo build --release --locked -p molgpt-web --target $target
elif [ -d "$(/usr/bin/rustc --print sysroot)/lib/rustlib/src/rust/library" ]; then
    RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-22 \
        cargo build --release --locked -p molgpt-web --target $target -Z build-std=std,panic_abort
else
    echo "no standard library for $target: rustup target add $target" >&2
    exit 1
fi
gzip -9 -n -c target/web/$target/release/molgpt_web.wasm > web/molgpt.wasm.gz
ls -l target/web/$target/release/molgpt_web.wasm web/molgpt.wasm.gz
