"""lit configuration of the unit tests: every case of every executable unit_* in the build's bin/ is one test."""
import os
import subprocess
import lit.formats
import lit.Test

here = os.path.dirname(os.path.abspath(__file__))
build = lit_config.params.get("build", os.path.join(os.path.dirname(os.path.dirname(here)), "build", "release"))
binaries = os.path.join(build, "bin")


class UnitTests(lit.formats.TestFormat):
    """Lists the cases with --gtest_list_tests and runs each in a process of its own."""

    def getTestsInDirectory(self, suite, path, litConfig, localConfig):
        if path:
            return
        for name in sorted(os.listdir(binaries)) if os.path.isdir(binaries) else []:
            if not name.startswith("unit_"):
                continue
            listing = subprocess.run([os.path.join(binaries, name), "--gtest_list_tests"], capture_output=True, text=True)
            if listing.returncode != 0:
                litConfig.error("cannot list the cases of %s: %s" % (name, listing.stderr))
            group = ""
            for line in listing.stdout.splitlines():
                line = line.split("#")[0].rstrip()
                if line.endswith(".") and not line.startswith(" "):
                    group = line
                elif line.startswith("  ") and "DISABLED_" not in group + line:
                    yield lit.Test.Test(suite, (name, group + line.strip()), localConfig)

    def execute(self, test, litConfig):
        name, case = test.path_in_suite[-2:]
        run = subprocess.run([os.path.join(binaries, name), "--gtest_filter=" + case], capture_output=True, text=True,
                             errors="replace", cwd=test.suite.exec_root)
        good = run.returncode == 0 and "[  PASSED  ] 1 test" in run.stdout
        if run.returncode == 0 and "[  SKIPPED ] 1 test" in run.stdout:
            return lit.Test.UNSUPPORTED, run.stdout
        return (lit.Test.PASS, "") if good else (lit.Test.FAIL, run.stdout + run.stderr)


config.name = "unit"
config.test_format = UnitTests()
config.test_source_root = here
config.test_exec_root = os.path.join(build, "test-output", "unit")
os.makedirs(config.test_exec_root, exist_ok=True)
