"""What the check scripts share: the files of the project, and the frame of a script with a self-test."""
import os
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SKIPPED = {".git", ".cache", ".venv", "__pycache__", "runs"}


def files(root=ROOT):
    """Paths of the project's own files, relative to root, sorted; build trees and run folders are left out."""
    found = []
    for folder, names, entries in os.walk(root):
        top = folder == root
        names[:] = sorted(n for n in names if n not in SKIPPED and not (top and n.startswith("build")))
        found += [os.path.relpath(os.path.join(folder, e), root) for e in sorted(entries)]
    return [path for path in found if path != ".git" and not path.endswith(".pyc")]


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def in_scratch(contents, check):
    """Writes {path: text} into a scratch folder and returns check(folder): for self-tests."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in contents.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)) or root, exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        return check(root)


def main(check, self_test):
    """check(root) returns a list of violations; self_test() asserts that check catches what it is for."""
    if "--self-test" in sys.argv:
        self_test()
        print("self-test passed")
        return 0
    violations = check(ROOT)
    for line in violations:
        print(line)
    print("%d violations" % len(violations))
    return 1 if violations else 0
