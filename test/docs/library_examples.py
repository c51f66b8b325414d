"""Turns the `Example:` lines of the prelude's comments into one program of tests; every entry must have one.

    library_examples.py PRELUDE_FILE...

Example: `EXPRESSION` is `VALUE`.       equal to six digits
Example: `EXPRESSION`: TYPE -> TYPE.    with x of the first type the value is of the second
Example: `EXPRESSION`.                  it runs
"""
import re
import sys

ENTRY = re.compile(r"(?:fn|model) (\w+)|(\w+) = ")


def test_of(name, example):
    value = re.fullmatch(r"`(.*)` is `(.*)`\.", example)
    if value:
        return "test %s_ { assert(near(%s, %s)) }" % (name, value.group(1), value.group(2))
    typed = re.fullmatch(r"`(.*)`: (.*) -> (.*)\.", example)
    if typed:
        expression, given, result = typed.groups()
        return ("model %s_model()(x: %s) -> %s { %s }\ntest %s_ { net = %s_model();  x: %s = 1;  y = net(x);  assert(all(y == y)) }"
                % (name, given, result, expression, name, name, given))
    runs = re.fullmatch(r"`(.*)`\.", example)
    return runs and "test %s_ { y = %s }" % (name, runs.group(1))


def main(paths):
    missing = []
    for path in paths:
        comment = []
        for line in open(path, encoding="utf-8"):
            entry = ENTRY.match(line)
            if entry:
                name = entry.group(1) or entry.group(2)
                examples = [text[len("Example: "):] for text in comment if text.startswith("Example: ")]
                test = test_of(name, examples[0]) if len(examples) == 1 else None
                if test is None or len(comment) < 2:
                    missing.append("%s: `%s` needs a comment and one line `Example: ...` of the known forms" % (path, name))
                else:
                    print(test)
            comment = comment + [line[2:].strip()] if line.startswith("##") else []
    sys.stderr.write("".join(text + "\n" for text in missing))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
