#!/usr/bin/env bash
# Seconds per epoch of the MNIST examples beside PyTorch's, same network, batch and threads.
#   bench/compare.sh DATA [THREADS [EPOCHS]]      DATA: the folder with the MNIST files; needs build/release
# The first call makes a Python environment with torch in build/bench-venv.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
data=$(realpath "${1:?folder with the MNIST files}")
threads=${2:-2}
epochs=${3:-10}
python=$root/build/bench-venv/bin/python
dlc=$root/build/release/bin/dlc
if ! [[ -x $python ]] || ! "$python" -c 'import numpy, torch' 2>/dev/null; then
  python3 -m venv "$root/build/bench-venv"
  "$python" -m pip install -q numpy torch
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for network in mlp lenet; do
  echo "== $network, $threads threads, batch 64"
  start=$(date +%s%N)
  "$dlc" "$root/examples/$network.dl" --data-dir "$data" -o "$network"
  echo "dlc: $((($(date +%s%N) - start) / 1000000)) ms, $(stat -c %s "$network") bytes"
  "./$network" train --data-dir "$data" --threads "$threads" --epochs "$epochs"
  echo "-- PyTorch"
  "$python" "$root/bench/torch_reference.py" "$network" --data-dir "$data" --threads "$threads" --epochs "$epochs"
done
