#!/bin/sh
# check_package.sh SOURCE BUILD: installs the probe, builds a project against the install, audits it.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$2" --component probe --prefix "$work/installed" > "$work/log"
cmake -G Ninja -S "$1" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/installed" >> "$work/log"
cmake --build "$work/build" >> "$work/log"
mkdir "$work/trace"
DETAUDIT_CONTROL="trace=$work/trace" "$work/build/package_user"
test -s "$work/trace/p0.dtrace"
