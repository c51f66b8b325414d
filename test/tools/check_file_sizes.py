"""Refuses source files above 500 lines (tests and scripts too) and folders without a README of at most a page."""
import os
import sys
import repository

WALL = 500
README_WALL = 120
SOURCE = (".h", ".cpp", ".c", ".def", ".g4", ".dl", ".dlir", ".py", ".sh", ".cmake", ".test", "CMakeLists.txt")
NEED_README = ("support", "data", "ir", "grammar", "frontend", "passes", "codegen", "runtime", "driver", "test",
               "examples", "docs", "bench")
# Pages that are references, not introductions.
LONG_PAGES = ("docs/", "README.md", "ir/README.md")


def check(root):
    found = []
    folders = set()
    paths = repository.files(root)
    for path in paths:
        lines = repository.read(root, path).count("\n")
        if path.endswith(SOURCE):
            if lines > WALL:
                found.append("%s: %d lines, the wall is %d" % (path, lines, WALL))
            folder = os.path.dirname(path)
            if path.endswith((".h", ".cpp", ".g4")) and not path.startswith("test/"):
                folders.add(folder)
        if path.endswith("README.md") and not path.startswith(LONG_PAGES) and lines > README_WALL:
            found.append("%s: %d lines, a page is %d" % (path, lines, README_WALL))
    folders |= {path.split("/")[0] for path in paths if path.split("/")[0] in NEED_README}
    for folder in sorted(folders):
        if folder and os.path.join(folder, "README.md") not in paths:
            found.append("%s: no README.md" % folder)
    return found


def self_test():
    assert repository.in_scratch({"ir/x.cpp": "x\n" * 501, "ir/README.md": ""}, check)
    assert not repository.in_scratch({"ir/x.cpp": "x\n" * 500, "ir/README.md": ""}, check)
    assert repository.in_scratch({"ir/x.cpp": "x\n"}, check)
    assert repository.in_scratch({"passes/README.md": "x\n" * 121}, check)


if __name__ == "__main__":
    sys.exit(repository.main(check, self_test))
