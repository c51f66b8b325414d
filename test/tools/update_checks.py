"""Rewrites the golden lines of tests that say `# GOLDEN: dlc ARGUMENTS`: what stands below the line `# ---` is the output.

    %python update_checks.py --check DLC TEST...    fails when a file differs from what the compiler prints
    %python update_checks.py DLC TEST...            writes it; the reader of the diff judges
"""
import os
import shlex
import subprocess
import sys

MARK = "# ---\n"


def golden(dlc, path, text):
    """The text with its golden part renewed, or None when the file has none."""
    head, mark, _ = text.partition(MARK)
    commands = [line.split("GOLDEN: dlc", 1)[1] for line in head.splitlines() if "# GOLDEN: dlc" in line]
    if not mark or len(commands) != 1:
        return None
    words = [path if word == "%s" else word for word in shlex.split(commands[0])]
    run = subprocess.run([dlc] + words, capture_output=True, text=True)
    folder = os.path.dirname(os.path.abspath(path)) + "/"
    lines = (run.stdout + run.stderr).replace(path, os.path.basename(path)).replace(folder, "").splitlines()
    return head + mark + "".join(("# " + line).rstrip() + "\n" for line in lines)


def main(arguments):
    check = arguments[0] == "--check"
    dlc, paths = arguments[int(check)], arguments[int(check) + 1:]
    stale = 0
    for path in paths:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        renewed = golden(dlc, path, text)
        if renewed is None:
            print("%s: no `# GOLDEN: dlc ...` line with a `# ---` line below" % path)
            stale += 1
        elif renewed != text:
            stale += check
            print("%s: %s" % (path, "differs" if check else "rewritten"))
            if not check:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(renewed)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
