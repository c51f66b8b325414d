"""The lit format of GoogleTest executables (a module of its own: lit's workers load it by name)."""
import os
import subprocess
import lit.formats
import lit.Test


class UnitTests(lit.formats.TestFormat):
    """Lists the cases with --gtest_list_tests and runs each in a process of its own."""

    def __init__(self, binaries):
        self.binaries = binaries

    def getTestsInDirectory(self, suite, path, litConfig, localConfig):
        if path:
            return
        for name in sorted(os.listdir(self.binaries)) if os.path.isdir(self.binaries) else []:
            if not name.startswith("unit_"):
                continue
            listing = subprocess.run([os.path.join(self.binaries, name), "--gtest_list_tests"], capture_output=True, text=True)
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
        run = subprocess.run([os.path.join(self.binaries, name), "--gtest_filter=" + case], capture_output=True, text=True,
                             errors="replace", cwd=test.suite.exec_root)
        good = run.returncode == 0 and "[  PASSED  ] 1 test" in run.stdout
        if run.returncode == 0 and "[  SKIPPED ] 1 test" in run.stdout:
            return lit.Test.UNSUPPORTED, run.stdout
        return (lit.Test.PASS, "") if good else (lit.Test.FAIL, run.stdout + run.stderr)
