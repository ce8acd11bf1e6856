#!/usr/bin/env python3
"""Run a roll-out to its report, stop the program there, and look for secrets in all its memory.

usage: scan_memory.py KEY.pem PASSWORD-FILE -- COMMAND...
       scan_memory.py --only PID KEY.pem PASSWORD-FILE

The command's standard output is a pipe that nobody reads: a report longer than the pipe keeps the
program waiting when all is done and nothing is given up yet.  Prints a line per kind of secret: how
many copies are in pages that are locked and left out of dumps and children, and how many elsewhere.
"""
import base64
import fcntl
import os
import re
import signal
import struct
import subprocess
import sys
import termios
import time

PIPE = 4096
PATIENCE = 150


def rsa_numbers(pem):
    """The numbers of an RSA key in their usual order: n, e, d, p, q, ..."""
    text = subprocess.run(
        ["openssl", "rsa", "-in", pem, "-traditional", "-outform", "DER"],
        check=True, capture_output=True).stdout
    numbers, at = [], 4
    while at < len(text):
        length, at = text[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            length, at = int.from_bytes(text[at:at + size], "big"), at + size
        numbers.append(text[at:at + length].lstrip(b"\0"))
        at += length
    return numbers[1:], text


def needles(pem, password_file):
    """name -> byte strings; each long enough not to occur by chance."""
    lines = [line.encode() for line in open(pem).read().split("\n")
             if line and not line.startswith("-----")]
    numbers, traditional = rsa_numbers(pem)
    private = dict(zip("d p q dmp1 dmq1 iqmp".split(), numbers[2:]))
    password = open(password_file, "rb").read().strip()
    found = {
        # The first line is the same for all keys of a length, the last one short.
        "key as PEM": lines[2:-1],
        "key as DER": [traditional[traditional.index(numbers[2]) - 6:][:40]],  # from e into d
        "password": [password, base64.b64encode(b"admin:" + password)],
    }
    for name, number in private.items():
        found["number " + name] = [number[8:40], number[::-1][8:40]]
    return found


def mappings(pid):
    """start, end, name, is it of the kind secrets have."""
    begin = None
    for line in open(f"/proc/{pid}/smaps"):
        head = re.match(r"([0-9a-f]+)-([0-9a-f]+) (r\S*) \S+ \S+ \S+ *(.*)", line)
        if head:
            begin, end, name = int(head[1], 16), int(head[2], 16), head[4]
        elif line.startswith("VmFlags:") and begin is not None:
            flags = line.split()[1:]
            yield begin, end, name, {"lo", "dd"} <= set(flags)
            begin = None


def scan(pid, wanted):
    counts = {name: [0, 0] for name in wanted}
    places, size = set(), 0
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for begin, end, name, kept in mappings(pid):
            try:
                memory.seek(begin)
                data = memory.read(end - begin)
            except (OSError, OverflowError, ValueError):
                continue  # of the kernel: vvar
            size += len(data)
            for kind, pieces in wanted.items():
                copies = max(data.count(piece) for piece in pieces)
                counts[kind][0 if kept else 1] += copies
                if copies and not kept:
                    places.add(f"{kind} in {name or 'unnamed pages'}")
    return counts, places, size


def report(who, pid, wanted):
    counts, places, size = scan(pid, wanted)
    print(f"{who}: {size >> 10} KiB searched")
    for kind, (locked, loose) in counts.items():
        print(f"{who}: {kind}: {locked} locked, {loose} loose")
    for place in sorted(places):
        print(f"{who}: {place}", file=sys.stderr)
    sys.stdout.flush()


def state_of(pid):
    return open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0]


def wait_for_report(child, pipe):
    """The pipe is full, and the program sleeps over it."""
    waiting = struct.pack("i", 0)
    for _ in range(PATIENCE * 20):
        waiting = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, struct.pack("i", 0)))[0]
        if waiting >= PIPE and state_of(child.pid) == "S":
            return
        if child.poll() is not None:
            sys.exit(f"the program ended with {child.returncode} before its report was full: {waiting}")
        time.sleep(0.05)
    sys.exit("no report")


def run(command, wanted):
    out, into = os.pipe()
    fcntl.fcntl(into, fcntl.F_SETPIPE_SZ, PIPE)
    child = subprocess.Popen(command, stdout=into, stdin=subprocess.DEVNULL)
    os.close(into)
    wait_for_report(child, out)
    child.send_signal(signal.SIGSTOP)
    report("certroll", child.pid, wanted)
    child.send_signal(signal.SIGCONT)
    while os.read(out, 65536):
        pass
    print("certroll: ended with", child.wait())


def main(words):
    only = None
    if words[0] == "--only":
        only, words = int(words[1]), words[2:]
    wanted = needles(*words[:2])
    if only:
        report("other", only, wanted)
    else:
        run(words[3:], wanted)


main(sys.argv[1:])
