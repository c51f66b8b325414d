"""Runs lit over the suite and ends with the line "N passed, N failed", counted from lit's own results."""
import argparse
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LIT = "/usr/lib/llvm-19/build/utils/lit/lit.py"
PASSING = {"PASS", "XFAIL", "FLAKYPASS"}
SKIPPED = {"UNSUPPORTED", "EXCLUDED", "SKIPPED"}


def count(results):
    """(passed, failed, unsupported) of lit's JSON results; whatever is neither passed nor skipped has failed."""
    codes = [test["code"] for test in results["tests"]]
    passed = sum(code in PASSING for code in codes)
    skipped = sum(code in SKIPPED for code in codes)
    return passed, len(codes) - passed - skipped, sum(code == "UNSUPPORTED" for code in codes)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="the build folder")
    parser.add_argument("-j", "--jobs", default=str(os.cpu_count()))
    parser.add_argument("--filter", help="only tests whose path matches this expression")
    parser.add_argument("paths", nargs="*", help="tests or folders (default: all)")
    arguments = parser.parse_args()
    paths = arguments.paths or [os.path.join(ROOT, "test")]
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "results.json")
        command = [sys.executable, LIT, "-sv", "-j", arguments.jobs, "--output", report]
        command += ["--param", "build=" + os.path.abspath(arguments.build)]
        if arguments.filter:
            command += ["--filter", arguments.filter]
        status = subprocess.call(command + paths)
        if not os.path.exists(report):
            print("lit ended without results (status %d)" % status)
            return status or 1
        with open(report) as file:
            passed, failed, unsupported = count(json.load(file))
    if unsupported:
        print("%d tests need what this machine lacks (shared data or CPU features) and did not run" % unsupported)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or status or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
