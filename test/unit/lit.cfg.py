"""lit configuration of the unit tests: every case of every executable unit_* in the build's bin/ is one test."""
import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(here), "tools"))
from unit_tests import UnitTests

build = lit_config.params.get("build", os.path.join(os.path.dirname(os.path.dirname(here)), "build", "release"))

config.name = "unit"
config.test_format = UnitTests(os.path.join(build, "bin"))
config.test_source_root = here
config.test_exec_root = os.path.join(build, "test-output", "unit")
os.makedirs(config.test_exec_root, exist_ok=True)
