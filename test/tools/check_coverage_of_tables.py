"""Every row of the project's tables is tested and documented: operations, passes, messages, flags, prelude entries."""
import os
import re
import sys
import repository

TEST_FILES = (".dl", ".dlir", ".test", ".cpp")


class Project:
    def __init__(self, root):
        self.root = root
        self.paths = repository.files(root)
        self.tests = {p: repository.read(root, p) for p in self.paths if p.startswith("test/") and p.endswith(TEST_FILES)}
        self.examples = {p: repository.read(root, p) for p in self.paths if p.startswith("examples/") and p.endswith(".dl")}

    def text(self, path):
        return repository.read(self.root, path) if path in self.paths else ""

    def in_tests(self, pattern, suffixes=TEST_FILES):
        return any(p.endswith(suffixes) and re.search(pattern, t) for p, t in self.tests.items())


def check_operations(project, found):
    page = project.text("ir/README.md")
    for name, mnemonic in re.findall(r'^DL_OP\((\w+), "(\w+)"', project.text("ir/op_table.def"), re.MULTILINE):
        if not project.in_tests(r"[^\w%%@.]%s\b" % mnemonic, (".dlir",)):
            found.append("operation %s: no .dlir test uses it" % mnemonic)
        if "`%s`" % mnemonic not in page:
            found.append("operation %s: not in ir/README.md" % mnemonic)


def check_batching(project, found):
    """Every operation has a line in the table of batching rules, which has no way round."""
    path = "passes/batching/batch_rules.cpp"
    if path not in project.paths:
        return
    rules = project.text(path)
    for name in re.findall(r"^DL_OP\((\w+),", project.text("ir/op_table.def"), re.MULTILINE):
        if not re.search(r"case OpKind::%s:" % name, rules):
            found.append("operation %s: no batching rule" % name)
    if "default:" in rules:
        found.append("%s: a default hides operations without a rule" % path)


def check_passes(project, found):
    page = project.text("passes/README.md")
    rows = re.findall(r"^DL_PASS\((\w+),", project.text("passes/pass_list.def"), re.MULTILINE)
    for name in rows:
        if not project.in_tests(r"--passes=[\w,-]*\b%s\b" % re.escape(name)):
            found.append("pass %s: no test runs it by --passes" % name)
        if name not in page:
            found.append("pass %s: not in passes/README.md" % name)


def check_messages(project, found):
    page = project.text("docs/errors.md")
    expected = [e for t in project.tests.values() for e in re.findall(r"expected-(?:error|warning)\S* *{{(.*?)}}", t)]
    rows = re.findall(r'^DL_DIAGNOSTIC\((\w+), \w+, \w+,\s*"((?:[^"\\]|\\.)*)"', "".join(project.text(path) for path in sorted(project.paths) if path.startswith("support/kinds/")),
                      re.MULTILINE)
    for code, text in rows:
        longest = max(re.split(r"\{\d\}", text), key=len).strip()
        if not project.in_tests(r"\b%s\b" % code) and not any(longest in one for one in expected):
            found.append("message %s (%s): no test expects it" % (code, text))
        if "\n## %s " % code not in page:
            found.append("message %s (%s): no paragraph in docs/errors.md" % (code, text))
    known = {code for code, _ in rows}
    told = re.findall(r"^## (DL\d+) ", page, re.MULTILINE)
    for code in sorted(set(told)):
        if code not in known:
            found.append("docs/errors.md: %s is no message" % code)
        if told.count(code) > 1:
            found.append("docs/errors.md: %s has two paragraphs" % code)


def check_flags(project, found):
    page = project.text("docs/driver.md")
    hidden = {"input"}  # the file itself
    for name, short in re.findall(r'\("([a-z][a-z-]*)(?:,([A-Za-z]))?",', project.text("driver/options.cpp")):
        if name in hidden:
            continue
        forms = [r"--%s\b" % name] + ([r"(?<!\w)-%s" % short] if short else [])
        if not any(project.in_tests(form, (".dl", ".dlir", ".test")) for form in forms):
            found.append("flag --%s: no test uses it" % name)
        if "`--%s" % name not in page:
            found.append("flag --%s: not in docs/driver.md" % name)


def check_prelude(project, found):
    users = "\n".join(list(project.examples.values()) + [t for p, t in project.tests.items() if p.endswith(".dl")])
    used = set(re.findall(r"\w+", users))
    for path in project.paths:
        if not (path.startswith("frontend/prelude/") and path.endswith(".dl")):
            continue
        before = ""
        for line in repository.read(project.root, path).splitlines():
            match = re.match(r"(?:fn|model) (\w+)", line)
            if match:
                if match.group(1) not in used:
                    found.append("prelude %s (%s): no test or example uses it" % (match.group(1), path))
                if not before.startswith("##") and "##" not in line:
                    found.append("prelude %s (%s): no `##` line above it" % (match.group(1), path))
            before = line


def check(root):
    project, found = Project(root), []
    for part in (check_operations, check_batching, check_passes, check_messages, check_flags, check_prelude):
        part(project, found)
    return found


def self_test():
    def caught(contents, word):
        return any(word in line for line in repository.in_scratch(contents, check))

    op = {"ir/op_table.def": 'DL_OP(Neg, "neg", Elementwise)\n', "ir/README.md": "`neg`", "test/x.dlir": "%y: f32 = neg %x"}
    assert not repository.in_scratch(op, check)
    assert caught({**op, "test/x.dlir": ""}, "no .dlir test")
    assert caught({**op, "ir/README.md": ""}, "not in ir/README.md")
    rule = {**op, "passes/batching/batch_rules.cpp": "switch (kind) {\n  case OpKind::Neg: return batchElementwise;\n}\n"}
    assert not repository.in_scratch(rule, check)
    assert caught({**rule, "passes/batching/batch_rules.cpp": "switch (kind) {}\n"}, "no batching rule")
    assert caught({**rule, "passes/batching/batch_rules.cpp": "case OpKind::Neg:\ndefault:\n"}, "a default hides")
    row = {"passes/pass_list.def": 'DL_PASS(fuse, 0, None, Fused, "joins")\n', "passes/README.md": "fuse",
           "test/passes/fuse.dlir": "# RUN: %dlc %s --passes=fuse"}
    assert not repository.in_scratch(row, check)
    assert caught({**row, "test/passes/fuse.dlir": ""}, "no test runs it")
    kind = {"support/kinds/language.def": 'DL_DIAGNOSTIC(DL0201, UnknownName, Error, "unknown name `{0}`")\n',
            "docs/errors.md": "# x\n\n## DL0201 unknown name\n", "test/x.dl": "# expected-error {{unknown name `a`}}"}
    assert not repository.in_scratch(kind, check)
    assert caught({**kind, "test/x.dl": ""}, "no test expects it")
    assert caught({**kind, "docs/errors.md": ""}, "no paragraph")
    assert caught({**kind, "docs/errors.md": 2 * kind["docs/errors.md"]}, "two paragraphs")
    flag = {"driver/options.cpp": '("emit,e", text("X"), "print")', "docs/driver.md": "`--emit STAGE`", "test/x.dl": "# RUN: %dlc --emit=ir"}
    assert not repository.in_scratch(flag, check)
    assert caught({**flag, "test/x.dl": ""}, "no test uses it")
    entry = {"frontend/prelude/a.dl": "## max(0, x)\nfn relu(x) { max(0, x) }\n", "test/x.dl": "relu(1)"}
    assert not repository.in_scratch(entry, check)
    assert caught({**entry, "test/x.dl": ""}, "no test or example")
    assert caught({**entry, "frontend/prelude/a.dl": "fn relu(x) { x }\n"}, "no `##`")


if __name__ == "__main__":
    sys.exit(repository.main(check, self_test))
