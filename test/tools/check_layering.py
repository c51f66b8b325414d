"""Refuses an #include that goes upwards, and foreign headers outside the folder that may see them."""
import re
import sys
import repository

# Which folders each folder may include, itself aside.
ALLOWED = {
    "support": set(),
    "data": {"support"},
    "ir": {"support", "data"},
    "frontend": {"support", "data", "ir"},
    "passes": {"support", "data", "ir"},
    "report": {"support", "ir", "passes"},
    "codegen": {"support", "data", "ir", "passes", "runtime"},
    "runtime": {"support", "data"},
    "driver": {"support", "data", "ir", "frontend", "passes", "report", "codegen", "runtime"},
}
# Finer rules: of a folder only these headers may be seen from there.
ONLY = {
    ("runtime", "support"): ("support/linalg/", "support/numerics/", "support/result.h", "support/format.h"),
    ("codegen", "runtime"): ("runtime/dlrt.h", "runtime/dlrt_program.h"),
    ("driver", "runtime"): ("runtime/dlrt.h", "runtime/dlrt_program.h", "runtime/abi_symbols.h"),
}
# Foreign headers and the folders that may see them.
FOREIGN = [
    (re.compile(r"(antlr4-runtime|DlLexer|DlParser|Dl\w*Visitor)"), ("frontend/parse", "grammar")),
    (re.compile(r"(llvm|llvm-c|lld|clang)/"), ("codegen/llvm",)),
    (re.compile(r"boost/program_options"), ("driver", "runtime/cli")),
]
LIGHT = re.compile(r"<(iostream|regex)>")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
SOURCE = (".h", ".cpp", ".def", ".c")


def violations_of(path, text):
    top = path.split("/")[0]
    if top not in ALLOWED or not path.endswith(SOURCE):
        return []
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        name = match.group(2)
        place = "%s:%d: " % (path, number)
        target = name.split("/")[0]
        if match.group(1) == '"' and target in ALLOWED and target != top:
            if target not in ALLOWED[top]:
                found.append(place + "%s may not include %s" % (top, name))
            elif (top, target) in ONLY and not name.startswith(ONLY[top, target]):
                found.append(place + "of %s, %s may include only %s" % (target, top, " ".join(ONLY[top, target])))
        for pattern, folders in FOREIGN:
            if pattern.match(name) and not any(path.startswith(folder + "/") for folder in folders):
                found.append(place + "%s is for %s only" % (name, " and ".join(folders)))
        if path.startswith("ir/") and path.endswith(".h") and LIGHT.search(line):
            found.append(place + "headers of ir/ stay light: no %s" % name)
    return found


def check(root):
    return [v for path in repository.files(root) for v in violations_of(path, repository.read(root, path))]


def self_test():
    def caught(path, line):
        return repository.in_scratch({path: line + "\n"}, check)

    assert caught("support/x.cpp", '#include "ir/type.h"')
    assert caught("ir/x.cpp", '#include "passes/pipeline.h"')
    assert caught("runtime/x.cpp", '#include "support/diagnostics.h"')
    assert caught("runtime/x.cpp", '#include "ir/type.h"')
    assert caught("codegen/loops/x.cpp", "#include <llvm/IR/Module.h>")
    assert caught("frontend/check/x.cpp", "#include <antlr4-runtime.h>")
    assert caught("passes/x.cpp", "#include <boost/program_options.hpp>")
    assert caught("ir/x.h", "#include <iostream>")
    assert not caught("codegen/llvm/x.cpp", "#include <llvm/IR/Module.h>")
    assert not caught("runtime/x.cpp", '#include "support/numerics/random.h"')
    assert not caught("driver/x.cpp", '#include "ir/module.h"')


if __name__ == "__main__":
    sys.exit(repository.main(check, self_test))
