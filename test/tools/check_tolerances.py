"""Agreement is compared by bits: tolerances occur only where the meaning itself is approximate."""
import re
import sys
import repository

ALLOWED = ("test/passes/", "test/accuracy/", "test/gradients/", "test/end_to_end/", "test/unit/passes/",
           "test/unit/accuracy/", "test/unit/gradients/", "test/unit/linalg/", "test/unit/numerics/", "test/frontend/prelude/", "test/docs/", "test/tools/",
           "test/programs/differences.cpp", "test/fuzz/corpus/")
TOLERANCE = re.compile(r"EXPECT_NEAR|ASSERT_NEAR|EXPECT_FLOAT_EQ|EXPECT_DOUBLE_EQ|ASSERT_FLOAT_EQ|ASSERT_DOUBLE_EQ"
                       r"|\b(tolerance|epsilon|allclose|isclose|ulps?)\b|\bnear\s*\(", re.IGNORECASE)


def check(root):
    found = []
    for path in repository.files(root):
        if not path.startswith("test/") or path.startswith(ALLOWED) or path.endswith(".md"):
            continue
        for number, line in enumerate(repository.read(root, path).splitlines(), 1):
            if TOLERANCE.search(line):
                found.append("%s:%d: a tolerance outside passes, accuracy, gradients, end_to_end" % (path, number))
    return found


def self_test():
    line = "EXPECT_NEAR(a, b, 1e-5);\n"
    assert repository.in_scratch({"test/agreement/x.cpp": line}, check)
    assert repository.in_scratch({"test/runtime/x.test": "numpy.allclose(a, b)\n"}, check)
    assert not repository.in_scratch({"test/gradients/x.cpp": line}, check)
    assert not repository.in_scratch({"test/agreement/x.cpp": "EXPECT_EQ(a, b);\n"}, check)


if __name__ == "__main__":
    sys.exit(repository.main(check, self_test))
