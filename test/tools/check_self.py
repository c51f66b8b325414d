"""The project speaks of itself only: no machine paths, no unfinished marks, no foreign hosts, no committed products."""
import re
import sys
import repository

# Written in pieces so that this file does not catch itself.
PATTERNS = [
    (re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b"), "an unfinished mark"),
    (re.compile(r"\bnot (yet )?implem" r"ented\b|\bfor n" r"ow\b", re.IGNORECASE), "an unfinished mark"),
    (re.compile(r"/wor" r"k/|/roo" r"t/|/hom" r"e/\w"), "a path of one machine"),
    (re.compile(r"(?<![\w$}])/tm" r"p/"), "a path of one machine"),
    (re.compile(r"\bissue #?\d", re.IGNORECASE), "a number without meaning here"),
    (re.compile(r"pypi\.o" r"rg|files\.python" r"hosted|registry\.np" r"mjs|crates\.i" r"o|deb\.deb" r"ian"), "a package host"),
]
NAME = re.compile(r"\.(o|a|so|exe|orig|rej)$")
BINARY = (".png", ".gz", ".npy", ".npz", ".safetensors")


def check(root):
    found = []
    for path in repository.files(root):
        if NAME.search(path):
            found.append("%s: a product does not belong here" % path)
        if path.endswith(BINARY):
            continue
        for number, line in enumerate(repository.read(root, path).splitlines(), 1):
            for pattern, what in PATTERNS:
                if pattern.search(line):
                    found.append("%s:%d: %s: %s" % (path, number, what, line.strip()[:80]))
    return found


def self_test():
    def caught(text):
        return repository.in_scratch({"ir/x.cpp": text + "\n"}, check)

    assert caught("// TO" + "DO: later")
    assert caught("// not implem" + "ented")
    assert caught("open(\"/wor" + "k/x\")")
    assert caught("cd /tm" + "p/x")
    assert repository.in_scratch({"ir/x.o": ""}, check)
    assert not caught("// the network; $dir/tmp/x is a path of the test")


if __name__ == "__main__":
    sys.exit(repository.main(check, self_test))
