#!/bin/sh
# Opens a report made of a hostile file, and the pages of a sweep and an audit, in Chromium: no script runs, no
# handler stays, the console is silent. Then the playground, by tests/playground.mjs. Without Chromium it says that it was
# skipped.
#
#     sh tests/browser.sh target/release/molgpt
set -eu
command -v chromium > /dev/null || { echo "skipped: pages in a browser, for want of chromium"; exit 0; }
molgpt=$(realpath "$1")
root=$(realpath "$(dirname "$0")/..")
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
"$molgpt" evaluate "$name" --train "$name" -o report > report.txt
# `set -e` does not see a negated command.
absent() {
    if grep "$@"; then exit 1; fi
}
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
absent CONSOLE report.log
absent -iE '<script|<[a-z]+ [^>]*onerror=|<[a-z]+ [^>]*onload=' report.dom
[ "$(grep -c '<svg' report.dom)" -gt 0 ]
printf 'smiles\nCCO\nc1ccccc1\nCCN\n' > few.csv
"$molgpt" -q sweep --model pretrained --train few.csv --temperatures 1 -n 20 -o sweep > sweep.txt
"$molgpt" -q audit --model pretrained --train few.csv --test few.csv -n 20 -o audit > audit.txt
for study in sweep audit; do
    open $study/$study.html $study
    absent CONSOLE $study.log
    absent -i '<script' $study.dom
    [ "$(grep -c '<svg' $study.dom)" -gt 0 ]
done
echo "no script ran, the console is silent"
cd "$root"
[ -d node_modules/axe-core ] ||
    npm install --silent --no-save --no-package-lock --no-fund --no-audit playwright-core@1.65.1 axe-core@4.14.1 ||
    { echo "skipped: the playground in a browser, for want of npm"; exit 0; }
node tests/playground.mjs "$molgpt"
