#!/usr/bin/env bash
# Mutated programs through the front end, with sanitizers; half of the time to the parser, half to the checker.
#   test/fuzz/run.sh [SECONDS]     (default 60)
# Seeds are test/fuzz/corpus and the smallest .dl files of the project. An input that crashes, hangs or leaks ends it with a
# failure and stays in build/fuzz. FUZZ_SEED chooses the mutations (default 1).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$(dirname "$here")")
seconds=${1:-60}
build=$root/build/fuzz
bash "$root/test/setup.sh"
cd "$root"
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
bash "$root/test/configure.sh" fuzz
ninja -C "$build" -j "$(nproc)" fuzz_parse fuzz_check
corpus=$(mktemp -d)
trap 'rm -rf "$corpus"' EXIT
mkdir "$corpus/parse" "$corpus/check" # each grows by what its target finds
number=0
while IFS= read -r -d '' file; do
  number=$((number + 1))
  cp "$file" "$corpus/parse/$number.dl"
  cp "$file" "$corpus/check/$number.dl"
done < <(find examples frontend/prelude test -name '*.dl' -size -701c -print0 -o -path 'test/fuzz/corpus/*' -type f -print0)
ulimit -s 1000000 2>/dev/null || true # sanitizers make frames large
# Where a process may not trace its own threads, leaks cannot be looked for.
"$build/bin/fuzz_parse" "$corpus/parse/1.dl" > /dev/null 2>&1 || export ASAN_OPTIONS=detect_leaks=0
for target in parse check; do
  echo "fuzz_$target: $((seconds / 2)) seconds from $number files"
  "$build/bin/fuzz_$target" -max_total_time=$((seconds / 2)) -timeout=60 -rss_limit_mb=4096 -max_len=2000 -seed="${FUZZ_SEED:-1}" \
    -dict="$here/dl.dict" -artifact_prefix="$build/" -verbosity=0 -print_final_stats=1 "$corpus/$target"
done
echo "fuzz: nothing found in $seconds seconds"
