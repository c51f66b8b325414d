"""Runs a training to its end, runs it again with SIGKILLs in between and resumes, and compares the final weights by bytes.

    kill_and_resume.py EXE SCRATCH KILLS -- COMMAND FLAGS...
"""
import filecmp
import glob
import os
import shutil
import subprocess
import sys
import time


def main(arguments):
    executable, scratch, kills = arguments[0], arguments[1], int(arguments[2])
    command = [executable] + arguments[arguments.index("--") + 1:]
    shutil.rmtree(scratch, ignore_errors=True)
    os.makedirs(scratch)
    straight, broken = os.path.join(scratch, "straight"), os.path.join(scratch, "broken")
    subprocess.run(command + ["--run", straight], check=True, stdout=subprocess.DEVNULL)

    done = 0
    flags = ["--run", broken]
    for attempt in range(50):
        process = subprocess.Popen(command + flags + ["--checkpoint-every", "0.02"], stdout=subprocess.DEVNULL)
        seen = set(glob.glob(os.path.join(broken, "snapshot-*")))
        while process.poll() is None and done < kills:
            fresh = set(glob.glob(os.path.join(broken, "snapshot-*.safetensors"))) - seen
            if fresh:
                time.sleep(0.01 * (attempt % 3))
                process.kill()
                done += 1
                break
            time.sleep(0.002)
        if process.wait() == 0:
            break
        flags = ["--resume", broken]
    else:
        print("the run did not end")
        return 1
    same = filecmp.cmp(os.path.join(straight, "last.safetensors"), os.path.join(broken, "last.safetensors"), shallow=False)
    print("killed %d times: %s" % (done, "identical weights" if same else "the weights DIFFER"))
    return 0 if same and done == kills else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
