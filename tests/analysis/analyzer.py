#!/usr/bin/env python3
"""gcc -fanalyzer over src and mock-devices, with the flags of the release.

    analyzer.py BUILD

Prints each warning that is not in analyzer.supp beside this file, and each line there that matches
none; ends with status 1 if there is any.  A line is "FILE FUNCTION WARNING", after a "#" line why.
"""
import concurrent.futures
import json
import os
import re
import shlex
import subprocess
import sys

WARNING = re.compile(r"^(\S+?):(\d+):\d+: warning: (.*) \[(-Wanalyzer-[\w-]+)\]$")
FUNCTION = re.compile(r"^\S+?: In function [‘'](\w+)[’']:$")


def analyse(project, entry):
    """[(file, function, warning, sentence)] of one translation unit."""
    words = shlex.split(entry["command"])
    words[words.index("-o") + 1] = "/dev/null"
    words = [word for word in words if word != "-Werror" and not word.endswith("ccache")]
    words[1:1] = ["-fanalyzer", "-fdiagnostics-plain-output"]
    run = subprocess.run(words, cwd=entry["directory"], text=True, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    found, function = [], ""
    for line in run.stdout.splitlines():
        inside, warning = FUNCTION.match(line), WARNING.match(line)
        function = inside.group(1) if inside else function
        if warning:
            file = os.path.relpath(os.path.join(entry["directory"], warning.group(1)), project)
            found.append((file, function, warning.group(4),
                          f"{file}:{warning.group(2)}: {function}: {warning.group(3)}"))
    if run.returncode:
        found.append((entry["file"], "", "", f"{entry['file']}: gcc ended with {run.returncode}"))
    return found


def known(path):
    with open(path) as lines:
        return {tuple(line.split()) for line in lines if line.strip() and line[0] != "#"}


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    project = os.path.dirname(os.path.dirname(here))
    with open(os.path.join(sys.argv[1], "compile_commands.json")) as database:
        units = [entry for entry in json.load(database)
                 if os.path.relpath(entry["file"], project).startswith(("src/", "mock-devices/"))]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = sum(pool.map(lambda unit: analyse(project, unit), units), [])
    suppressed = known(os.path.join(here, "analyzer.supp"))
    new = sorted({one[3] for one in found if one[:3] not in suppressed})
    vain = sorted(" ".join(one) for one in suppressed - {one[:3] for one in found})
    for line in new:
        print(line)
    for line in vain:
        print(f"tests/analysis/analyzer.supp: '{line}' no longer happens; take it out")
    print(f"{len(units)} files, {len(new)} warnings, {len(suppressed)} suppressed")
    return 1 if new or vain or not units else 0


sys.exit(main())
