#!/usr/bin/env bash
# Installs what is missing, builds everything in release mode and runs every test and check.
#   test/run.sh [PATH...]     only the tests under these paths (default: all)
# The last line is "N passed, N failed"; the exit status is 0 only when nothing failed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
build=${DLC_BUILD:-$root/build/release}
paths=()
for path in "$@"; do paths+=("$(realpath "$path")"); done

bash "$here/setup.sh"
cd "$root"
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
jobs=$(nproc)
bash "$here/configure.sh" release "$build"
ninja -C "$build" -j "$jobs"
exec python3 "$here/tools/run_lit.py" --build "$build" -j "$jobs" "${paths[@]}"
