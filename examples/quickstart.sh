#!/usr/bin/env bash
# From a fresh Debian 12 to a trained network: installs, builds, compiles an example, trains it, predicts.
#   examples/quickstart.sh [FOLDER]      where the example is built and trained (default: quickstart in the build folder)
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=${1:-$root/build/quickstart}

say() { printf '\n== %s\n' "$*"; }
# Shows a command before running it.
show() { printf '$ %s\n' "$*"; "$@"; }

say "packages"
bash "$root/test/setup.sh"

say "build the compiler (release)"
cd "$root"
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
show bash test/configure.sh release
show ninja -C build/release dlc dlrt

mkdir -p "$folder"
cp "$root/examples/digits.dl" "$folder/"
cd "$folder"
PATH=$root/build/release/bin:$PATH

say "draw the data set: digits.csv, and one image to classify"
show python3 "$root/examples/make_digits.py" .

say "compile the example"
show dlc digits.dl -o digits

say "train it"
show ./digits train --epochs 5

say "classify an image"
show ./digits predict --image seven.png

cat <<EOF

== what to try next, in $folder (with PATH=$root/build/release/bin:\$PATH)
  ./digits                                  its commands and flags
  ./digits train --lr 3e-3 --epochs 10      other settings; runs are kept in runs/
  ./digits info                             layers, shapes, parameters
  dlc -D width=64 digits.dl -o digits       a wider network
  dlc digits.dl --emit=ir                   what the compiler makes of it (also ast, checked, loops, llvm, asm)
  $root/examples/                           more programs; $root/README.md teaches the language
EOF
