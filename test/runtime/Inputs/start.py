"""start.py PROGRAM: bounds of size and start-up, and what must not be linked."""
import os
import resource
import subprocess
import sys

program = sys.argv[1]
size = os.path.getsize(program)
symbols = subprocess.run(["llvm-nm-19", program], capture_output=True, text=True).stdout
if "openIdxTable" in symbols and " w " not in [line for line in symbols.splitlines() if "openIdxTable" in line][0]:
    sys.exit("the idx reader is linked though the program does not name it")
if "__asan_init" in symbols:
    sys.exit(0)  # a sanitized build has other bounds
if "not a dynamic executable" not in subprocess.run(["ldd", program], capture_output=True, text=True).stderr + \
        subprocess.run(["ldd", program], capture_output=True, text=True).stdout and \
        "statically linked" not in subprocess.run(["ldd", program], capture_output=True, text=True).stdout:
    sys.exit("not static")
if size > 6_000_000:
    sys.exit("the executable has %d bytes" % size)


def busy():
    """Seconds of processor time of children: other programs do not count."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


best = 1.0
for _ in range(20):
    begin = busy()
    subprocess.run([program, "apply", "--from", "none", "--x", "1,2,3,4", "--n", "3"], stdout=subprocess.DEVNULL, check=True)
    best = min(best, busy() - begin)
print("size %.2f MB, start %.2f ms" % (size / 1e6, best * 1e3))
if best > 0.010:
    sys.exit("the start takes %.1f ms" % (best * 1e3))
