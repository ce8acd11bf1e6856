#!/usr/bin/env python3
"""measure.py COMMAND...: its exit status; seconds and MiB at most, as "1.25 17", to file $MEASURED."""
import os
import resource
import subprocess
import sys
import time

begin = time.monotonic()
status = subprocess.run(sys.argv[1:]).returncode
most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
with open(os.environ["MEASURED"], "w") as out:
    out.write(f"{time.monotonic() - begin:.2f} {most}\n")
sys.exit(status if status >= 0 else 128 - status)
