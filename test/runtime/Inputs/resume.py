"""resume.py SCENARIO PROGRAM [LIBRARY]: breaks runs of the hand-written program in many ways and compares the final files
with those of a run that was left alone, byte by byte. Every scenario works in a folder of its own below the current one."""
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time

scenario, program = sys.argv[1], sys.argv[2]
EPOCHS = ["--epochs", "6", "--seed", "5"]


def start(*arguments, environment=None, prepare=None):
    return subprocess.Popen([program, "fit", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env={**os.environ, **(environment or {})}, preexec_fn=prepare)


def run(*arguments, **options):
    process = start(*arguments, **options)
    out, err = process.communicate(timeout=60)
    return process.returncode, out + err


def read(path):
    with open(path, "rb") as file:
        return file.read()


def same(folder):
    for name in ("last.safetensors", "best.safetensors", "metrics.csv"):
        if read(os.path.join(folder, name)) != read(os.path.join("straight", name)):
            sys.exit("%s/%s differs from the straight run" % (folder, name))


def expect(condition, text):
    if not condition:
        sys.exit(text)


shutil.rmtree(scenario, ignore_errors=True)
os.mkdir(scenario)
os.chdir(scenario)
code, text = run(*EPOCHS, "--run", "straight", "--threads", "2")
expect(code == 0, text)

if scenario == "kills":
    # SIGKILL at random moments, with snapshots at every resume point, until the run gets through.
    rng = random.Random(1)
    kills = 0
    for number in range(4):
        folder = "killed-%d" % number
        arguments = [*EPOCHS, "--pause", "4", "--run", folder, "--checkpoint-every", "0", "--threads", str(1 + number % 2)]
        longest = 0.09
        while True:
            process = start(*arguments)
            time.sleep(rng.uniform(0.01, longest))
            process.kill()
            text = "".join(process.communicate())
            if process.returncode == 0:
                break
            expect(process.returncode == -signal.SIGKILL, text)
            kills += 1
            longest *= 1.1  # so that it gets through on a slow machine, too
            if os.path.isdir(folder) and any(re.fullmatch(r"snapshot-\d+\.safetensors", name) for name in os.listdir(folder)):
                arguments = ["--resume", folder, "--checkpoint-every", "0"]
            else:
                shutil.rmtree(folder, ignore_errors=True)
        same(folder)
        snapshots = [name for name in os.listdir(folder) if name.startswith("snapshot-") and name.endswith(".safetensors")]
        expect(len(snapshots) == 2, "two snapshots are kept, found %s" % snapshots)
    expect(kills >= 4, "only %d kills" % kills)

elif scenario == "signals":
    for number, which in enumerate((signal.SIGINT, signal.SIGTERM)):
        folder = "stopped-%d" % number
        process = start(*EPOCHS, "--pause", "20", "--run", folder)
        while not os.path.exists(os.path.join(folder, "events.jsonl")):
            time.sleep(0.01)
        time.sleep(0.1)
        process.send_signal(which)
        out, err = process.communicate(timeout=60)
        expect(process.returncode == 128 + which, "exit code %d: %s" % (process.returncode, err))
        expect("--resume %s` continues" % folder in err, err)
        expect(not os.path.exists(os.path.join(folder, "last.safetensors")), "an interrupted run has no last weights")
        code, text = run("--resume", folder)
        expect(code == 0, text)
        same(folder)

elif scenario == "renames":
    # A kill just before any rename leaves the old files.
    library, limit = sys.argv[3], 0
    while True:
        limit += 1
        folder = "renamed-%d" % limit
        code, text = run(*EPOCHS, "--run", folder, "--checkpoint-every", "0",
                         environment={"LD_PRELOAD": library, "KILL_AT_RENAME": str(limit), "ASAN_OPTIONS": "verify_asan_link_order=0"})
        if code == 0:
            break
        expect(code == -signal.SIGKILL, text)
        if not any(name.startswith("snapshot-") and name.endswith(".safetensors") for name in os.listdir(folder)):
            continue  # before the very first snapshot there is nothing to go on from
        if limit % 5 == 0 or limit < 12:
            code, text = run("--resume", folder)
            expect(code == 0, text)
            same(folder)
    expect(limit > 30, "only %d renames" % limit)

elif scenario == "full":
    # Files cannot grow: the snapshot fails, is named, and the one before it is whole.
    process = start(*EPOCHS, "--pause", "20", "--run", "full", "--checkpoint-every", "0")
    while not os.path.exists("full/events.jsonl") or len(os.listdir("full")) < 6:
        time.sleep(0.01)
    time.sleep(0.05)
    process.kill()
    process.communicate()

    def noSpace():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))

    code, text = run("--resume", "full", "--checkpoint-every", "0", prepare=noSpace)
    expect(code == 3, "exit code %d: %s" % (code, text))
    expect("error: " in text and "File too large" in text, text)
    code, text = run("--resume", "full")
    expect(code == 0, text)
    same("full")
