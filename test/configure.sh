#!/usr/bin/env bash
# Configures a preset of CMakePresets.json with its compiler.
#   test/configure.sh PRESET [BUILD]     (default build/PRESET)
# When PATH leads to another clang than before, CMake drops the cache and with it the preset's choice of a compiler:
# such a folder is configured afresh.
set -euo pipefail
root=$(dirname "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)")
preset=$1
build=${2:-$root/build/$preset}
cd "$root"
shopt -s nullglob
for pair in CXX:clang++-19 C:clang-19; do
  for file in "$build"/CMakeFiles/*/CMake"${pair%%:*}"Compiler.cmake; do
    used=$(sed -n "s/^set(CMAKE_${pair%%:*}_COMPILER \"\(.*\)\")\$/\1/p" "$file")
    if [[ $used != "$(command -v "${pair#*:}")" ]]; then rm -rf "$build/CMakeCache.txt" "$build/CMakeFiles"; fi
  done
done
exec cmake --preset "$preset" -B "$build" -Wno-dev
