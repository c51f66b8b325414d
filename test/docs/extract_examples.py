"""Writes the examples of a page as programs that can be run.

    extract_examples.py PAGE NAME FRAME FOLDER     FOLDER/example.dl: FRAME with the block "```dl NAME" of PAGE in place of "# EXAMPLE"
    extract_examples.py --complete PAGE FRAMES     fails if a block of PAGE has no frame NAME.dl in FRAMES, or a frame no block

A frame holds what the example leaves open (data, sizes, a test of what it gives); files it needs follow behind "#--- NAME".
"# EXAMPLE a -> b" writes b in place of a.
"""
import os
import re
import sys

BLOCK = re.compile(r"^```dl (\w+)\n(.*?)^```$", re.M | re.S)


def blocks(page):
    with open(page, encoding="utf-8") as f:
        return dict(BLOCK.findall(f.read()))


def write(page, name, frame, folder):
    with open(frame, encoding="utf-8") as f:
        program, *files = re.split(r"^#--- (.*)\n", f.read(), flags=re.M)
    marker = re.search(r"^( *)# EXAMPLE(?: (.*) -> (.*))?$", program, re.M)
    indent, old, new = marker.groups()
    text = blocks(page)[name].replace(old, new) if old else blocks(page)[name]
    example = "".join(indent + line + "\n" if line else "\n" for line in text.splitlines())
    os.makedirs(folder, exist_ok=True)
    parts = {"example.dl": program[:marker.start()] + example + program[marker.end():]}
    parts.update(zip(files[::2], files[1::2]))
    for part, text in parts.items():
        with open(os.path.join(folder, part), "w", encoding="utf-8") as f:
            f.write(text)


def complete(page, frames):
    named, framed = set(blocks(page)), {os.path.splitext(name)[0] for name in os.listdir(frames)}
    for name in sorted(named ^ framed):
        print(name, "has no frame" if name in named else "is no example of the page")
    return named == framed


if sys.argv[1] == "--complete":
    sys.exit(0 if complete(*sys.argv[2:]) else 1)
write(*sys.argv[1:])
