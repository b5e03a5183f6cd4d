#!/bin/sh
# Opens a report made of a hostile file in Chromium: no script runs, no handler stays, the console is silent.
#
#     sh tests/browser.sh target/release/molgpt
set -eu
molgpt=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
name='evil<img src=x onerror=console.error(1)>&"'"'"'.csv'
cat > "$name" <<'ROWS'
smiles
"<script>console.log('ran')</script>"
"""><img src=x onerror=console.error(1)>"
"C<svg onload=console.error(1)>"
"</style><script>document.title='ran'</script>"
"javascript:console.log(1)"
"C‮C"
CCO
c1ccccc1
CCN
ROWS
"$molgpt" -q evaluate "$name" --train "$name" -o report
open() {
    chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
        --disable-component-update --disable-sync --user-data-dir="$folder/profile" --enable-logging=stderr \
        --virtual-time-budget=3000 --dump-dom "file://$folder/$1" > "$2.dom" 2> "$2.log"
}
# A page that does what must not happen, so that silence means something.
echo '<img src=x onerror="console.error(1)"><script>console.log("ran")</script>' > control.html
open control.html control
[ "$(grep -c CONSOLE control.log)" = 2 ] || { echo "the control page is not heard"; exit 1; }
open report/report.html report
! grep CONSOLE report.log
! grep -iE '<script|<[a-z]+ [^>]*onerror=|<[a-z]+ [^>]*onload=' report.dom
[ "$(grep -c '<svg' report.dom)" -gt 0 ]
echo "no script ran, the console is silent"
