#!/bin/sh
# The HTML report in a real headless browser: it renders, says nothing on the console, fits a
# telephone, and no name in it comes alive. Usage: report_page.sh WRITE_SAMPLE_PAGES. 77: no browser.
set -u

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
if [ -z "$browser" ]; then
  echo "skipped: no chromium"
  exit 77
fi

folder=$(mktemp -d)
failed=0
fail() {
  echo "FAILED $*"
  failed=1
}

# load PAGE: its document after loading in $folder/document, the console in $folder/console
load() {
  timeout 120 "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
    --user-data-dir="$folder/profile" --window-size=1200,900 --virtual-time-budget=5000 \
    --enable-logging=stderr --dump-dom "file://$folder/$1" >"$folder/document" 2>"$folder/log"
  grep ':CONSOLE' "$folder/log" >"$folder/console"
}

samples=$("$1" "$folder") || exit 1

# The control first: were it found clean, nothing below would mean anything.
load control.html
grep -q control "$folder/console" || fail "the console of the control page was not seen"
load control.measure.html
grep -q 'data-measured="overflow=[1-9]' "$folder/document" || fail "the control page is too wide"
grep -q 'cut=[1-9]' "$folder/document" || fail "the control page has a table that is cut"
grep -q 'squeezed=[1-9]' "$folder/document" || fail "the control page has a word in pieces"
grep -q 'scripts=[1-9]' "$folder/document" || fail "the control page has a script"
grep -q 'handlers=[1-9]' "$folder/document" || fail "the control page has a handler"

clean="overflow=0 cut=0 squeezed=0 headings=1 scripts=0 handlers=0 captions=0 empty=0"
for sample in $samples; do
  load "$sample.html"
  [ -s "$folder/console" ] && fail "$sample: console: $(head -3 "$folder/console")"
  grep -q '<h2 id="raw">' "$folder/document" || fail "$sample: the page is not whole"
  grep -q '<script\|<img' "$folder/document" && fail "$sample: a name became an element"
  load "$sample.measure.html"
  measured=$(sed -n 's/.*data-measured="\([^"]*\)".*/\1/p' "$folder/document")
  [ "$measured" = "$clean" ] || fail "$sample: measured '$measured', not '$clean'"
done
load hostile.html
grep -q '&lt;script&gt;alert(1)&lt;/script&gt;' "$folder/document" || fail "hostile names are shown"

if [ "$failed" -ne 0 ]; then
  echo "pages kept in $folder; again: sh $0 $1"
else
  rm -rf "$folder"
  echo "passed: $(echo $samples)"
fi
exit "$failed"
