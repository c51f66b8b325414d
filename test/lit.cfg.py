"""lit configuration: text tests (.dl, .dlir, .test). Unit tests have their own in unit/lit.cfg.py.

Substitutions: %dlc (the compiler), %bin (executables of the build), %lib (its archives), %tools (test/tools), %src
(the repository), %python, %data (the shared data folder; tests that use it say REQUIRES: shared-data).
"""
import os
import sys
import lit.formats

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.dirname(here)
build = lit_config.params.get("build", os.path.join(root, "build", "release"))
data = os.environ.get("DLC_SHARED_DATA", os.path.join(os.path.dirname(root), "shared", "data"))

config.name = "dlc"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".dl", ".dlir", ".test"]
config.excludes = ["Inputs", "fuzz"]
config.test_source_root = here
config.test_exec_root = os.path.join(build, "test-output")

binaries = os.path.join(build, "bin")
if not os.path.exists(os.path.join(binaries, "dlc")):
    lit_config.fatal("no compiler at %s: build first (test/run.sh)" % os.path.join(binaries, "dlc"))

config.substitutions += [
    ("%dlc", os.path.join(binaries, "dlc")),
    ("%bin", binaries),
    ("%lib", os.path.join(build, "lib")),
    ("%tools", os.path.join(here, "tools")),
    ("%src", root),
    ("%python", sys.executable),
    ("%data", data),
]
config.environment["PATH"] = os.pathsep.join(["/usr/lib/llvm-19/bin", config.environment.get("PATH", "")])
for name in ("HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

if os.path.isdir(data):
    config.available_features.add("shared-data")
with open("/proc/cpuinfo") as file:
    flags = set(next((line for line in file if line.startswith("flags")), "").split())
if {"avx2", "fma"} <= flags:
    config.available_features.add("x86-64-v3")
if {"avx512f", "avx512bw", "avx512vl", "avx512dq"} <= flags:
    config.available_features.add("x86-64-v4")
