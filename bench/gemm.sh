#!/usr/bin/env bash
# f32 matrix product on one thread against the peak of fused multiply-adds measured in the same run.
#   bench/gemm.sh [N]      needs build/release; N is the matrix size (default 1024)
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
size=${1:-1024}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
clang++-19 -O2 -march=native -Wno-invalid-feature-combination "$root/bench/fma_peak.cpp" -o fma_peak
"$root/build/release/bin/dlc" -D n="$size" "$root/bench/gemm.dl" -o gemm

seconds() { # wall-clock seconds of a command, the best of five
  python3 - "$@" <<'PY'
import subprocess, sys, time
best = 1e9
for _ in range(5):
    start = time.perf_counter()
    subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
    best = min(best, time.perf_counter() - start)
print(best)
PY
}
peak=$(./fma_peak)
short=$(seconds ./gemm product --turns 2 --threads 1)
long=$(seconds ./gemm product --turns 42 --threads 1)
python3 -c "
n, peak = $size, $peak
rate = 2 * n ** 3 * 40 / ($long - $short) * 1e-9
print('peak %.1f GFLOP/s, product of %d: %.1f GFLOP/s, %.0f %% of the peak' % (peak, n, rate, 100 * rate / peak))"
