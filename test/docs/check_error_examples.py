"""Runs the examples of docs/errors.md: a wrong program gets exactly the message below it, the repaired one gets none.

    check_error_examples.py DLC [CODE...]             fails when an example (of these codes) is missing or differs
    check_error_examples.py --update DLC [CODE...]    writes what dlc prints now; the reader of the diff judges
    check_error_examples.py --self-test

Below the paragraph of a code stand fenced blocks, either programs or commands:

    dl wrong, text, dl right     both go to `dlc check`; the text is the message without quoted source and notes
    dl wrong build, ...          the same for what is found behind the check: `dlc --emit=loops`
    dlir wrong, ...              the same for IR text: `dlc --emit=ir`, with `build` behind `--passes=expand_grad`
    sh wrong, sh right           lines `$ COMMAND` and what they print; a block `dl` above them is `file.dl`

A block `csv NAME` above the first code is a file for all of them.
"""
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Codes without an example, each with the reason.
WITHOUT = {
    "DL0123": "the program has hundreds of brackets",
    "DL2007": "the program has hundreds of brackets",
    "DL2009": "the program is one line of hundreds of characters",
}
ARGUMENTS = {
    "dl": ["check"],
    "dl build": ["--emit=loops"],
    "dlir": ["--emit=ir"],
    "dlir build": ["--passes=expand_grad", "--emit=ir"],
}
HEAD = re.compile(r"(?:file\.\w+:\d+:\d+: )?(?:error|warning): .* \[(\w+)\]$")
NOT_SHOWN = re.compile(r" *\d* \| |   = note: ")  # the quoted source; further places
FORMS = (r"(dl|dlir) wrong( build)?", r"text", r"(dl|dlir) right( build)?"), (r"sh wrong", r"sh right"), (r"dl", r"sh wrong", r"sh right")


class Block:
    def __init__(self, kind, first):
        self.kind, self.first, self.lines = kind, first, []


def sections(page):
    """[(code, blocks)] of the lines of the page; what stands above the first code has the code ""."""
    found, inside = [("", [])], None
    for number, line in enumerate(page):
        heading = re.match(r"## (DL\d+) ", line)
        if line.startswith("```"):
            inside = Block(line[3:], number + 1) if inside is None else None
            if inside:
                found[-1][1].append(inside)
        elif inside:
            inside.lines.append(line)
        elif heading:
            found.append((heading.group(1), []))
    return found


class Runner:
    """Runs programs and commands in a scratch folder with the files of the page."""

    def __init__(self, dlc, folder):
        self.dlc, self.folder = os.path.abspath(dlc), folder
        tools = os.path.join(folder, "bin")
        os.mkdir(tools)
        os.symlink(self.dlc, os.path.join(tools, "dlc"))
        self.environment = dict(os.environ, PATH=tools + os.pathsep + os.environ["PATH"], LC_ALL="C")

    def write(self, name, lines):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write("".join(line + "\n" for line in lines))

    def program(self, block):
        """(status, lines of the messages) of a block with a program."""
        name = "file." + block.kind.split()[0]
        self.write(name, block.lines)
        arguments = ARGUMENTS[re.sub(" (wrong|right)", "", block.kind)]
        run = subprocess.run([self.dlc] + arguments + [name], cwd=self.folder, capture_output=True, text=True)
        return run.returncode, [line for line in run.stderr.splitlines() if not NOT_SHOWN.match(line)]

    def commands(self, block):
        """(statuses, lines as they should stand in the block) of a block with commands."""
        statuses, lines = [], []
        for line in block.lines:
            if line.startswith("$ "):
                run = subprocess.run(["bash", "-c", line[2:]], cwd=self.folder, env=self.environment, text=True,
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                statuses.append(run.returncode)
                lines += [line] + run.stdout.splitlines()
        return statuses, lines


def codes(lines):
    return [match.group(1) for match in map(HEAD.match, lines) if match]


def run_section(code, blocks, runner):
    """(what is wrong with the examples of a code, [(block, its lines renewed)])."""
    if code in WITHOUT:
        return (["has an example and a reason to have none"] if blocks else []), []
    kinds = [block.kind for block in blocks]
    if not any(len(form) == len(kinds) and all(map(re.fullmatch, form, kinds)) for form in FORMS):
        return ["has no example" if not blocks else "has the blocks %s, see the head of this script" % kinds], []
    found = ["`%s`: `dlc explain` would end here" % line for block in blocks for line in block.lines if re.match("##? ", line)]
    if kinds[-1] == "sh right":
        for block in blocks[:-2]:
            runner.write("file.dl", block.lines)
        runs = [runner.commands(block) for block in blocks[-2:]]
        if codes(runs[0][1]) != [code] or 0 in runs[0][0]:
            found.append("the wrong command gives %s" % runs[0][1])
        if any(runs[1][0]):
            found.append("the right command fails: %s" % runs[1][1])
        renewed = list(zip(blocks[-2:], [lines for _, lines in runs]))
    else:
        (status, lines), (right, complaints) = runner.program(blocks[0]), runner.program(blocks[2])
        if codes(lines) != [code] or bool(status) != ("error: " in lines[0]):
            found.append("the wrong program gets %s" % lines)
        if right or complaints:
            found.append("the right program fails: %s" % complaints)
        renewed = [(blocks[1], lines)]
    for block, lines in renewed:
        if block.lines != lines:
            found.append("dlc prints %s" % lines)
    return found, renewed


def run(text, dlc, only=()):
    """(violations, the text with renewed messages) of all codes, or of some only."""
    page = text.split("\n")
    (_, files), *rest = sections(page)
    violations, renewed = [], []
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(dlc, folder)
        for block in files:
            runner.write(block.kind.split()[1], block.lines)
        for code, blocks in rest:
            if only and code not in only:
                continue
            found, lines = run_section(code, blocks, runner)
            violations += ["%s %s" % (code, one) for one in found]
            renewed += lines
    for code in sorted(set(WITHOUT) - {code for code, _ in rest}):
        violations.append("%s is excused, but has no paragraph" % code)
    for block, lines in reversed(renewed):
        page[block.first:block.first + len(block.lines)] = lines
    return violations, "\n".join(page)


def self_test():
    """A shell script in the place of dlc complains about every file that holds `bad`."""
    fake = '#!/bin/sh\nfor last; do :; done\ngrep -q bad $last || exit 0\n' \
           'printf "%s:1:1: error: it is bad [DL0001]\\n  1 | bad\\n    | ^~~\\n   = help: be good\\n" $last >&2\nexit 1\n'
    excused = "".join("## %s x\n" % code for code in WITHOUT)
    message = "file.dl:1:1: error: it is bad [DL0001]\n   = help: be good\n"
    programs = excused + "## DL0001 x\n```dl wrong\nbad\n```\n```text\n" + message + "```\n```dl right\ngood\n```\n"
    shell = "## DL0001 x\n```dl\nbad\n```\n```sh wrong\n$ dlc check file.dl\n" + message.replace("   =", "  1 | bad\n    | ^~~\n   =") + \
            "```\n```sh right\n$ echo good > file.dl && dlc file.dl\n```\n"
    with tempfile.TemporaryDirectory() as folder:
        dlc = os.path.join(folder, "fake")
        with open(dlc, "w") as file:
            file.write(fake)
        os.chmod(dlc, 0o755)

        def caught(text, word):
            return any(word in one for one in run(text, dlc)[0])

        assert run(programs, dlc) == ([], programs)
        assert run(excused + shell, dlc) == ([], excused + shell)
        stale = programs.replace("be good", "be better")
        assert caught(stale, "dlc prints") and run(stale, dlc)[1] == programs
        assert caught(excused + shell.replace("be good", "be better"), "dlc prints")
        assert caught(programs.replace("DL0001", "DL0002"), "the wrong program gets")
        assert caught(programs.replace("\nbad", "\ngood"), "the wrong program gets []")
        assert caught(programs.replace("\ngood", "\nbad"), "the right program fails")
        assert caught((excused + shell).replace("echo good", "echo bad"), "the right command fails")
        assert caught((excused + shell).replace("\nbad", "\ngood"), "the wrong command gives")
        assert caught(programs + "## DL0003 x\n", "DL0003 has no example")
        assert not run(programs + "## DL0003 x\n", dlc, ["DL0001"])[0]
        assert caught(programs.replace("dl right", "dl"), "has the blocks")
        assert caught(programs.replace("\ngood", "\n## good"), "`dlc explain` would end here")
        assert caught(programs.replace(excused, ""), "is excused, but has no paragraph")
        assert caught(programs.replace("## DL0001 x\n", "") + excused, "has an example and a reason")


def main(arguments):
    if arguments == ["--self-test"]:
        self_test()
        print("self-test passed")
        return 0
    path = os.path.join(ROOT, "docs", "errors.md")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    update = arguments[0] == "--update"
    dlc, *only = arguments[int(update):]
    violations, renewed = run(text, dlc, only)
    if update:
        with open(path, "w", encoding="utf-8") as file:
            file.write(renewed)
    for one in violations:
        print(one)
    print("%d violations" % len(violations))
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
