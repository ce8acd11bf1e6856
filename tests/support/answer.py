"""Run a command on a terminal of its own: answer.py FLAG COMMAND...

When it asks "[y/N]", FLAG is made, FLAG.go is waited for, and the answer is y.  What it writes goes
to standard output; its exit status is ours.
"""

import os
import pty
import sys
import time

flag = sys.argv[1]


def answer(fd):
    with open(flag, "w"):
        pass
    while not os.path.exists(flag + ".go"):
        time.sleep(0.01)
    os.write(fd, b"y\n")


pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
try:
    while data := os.read(terminal, 65536):
        sys.stdout.buffer.write(data)
        if b"[y/N]" in data:
            answer(terminal)
except OSError:
    pass
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
