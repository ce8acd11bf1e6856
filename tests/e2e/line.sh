#!/bin/bash
# A runtime API that misbehaves: answers too large, too slow, cut off, none at all; each ends in a sentence,
# within its time, and the key goes only to one that has said who it is.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

# One socket per habit; what is received is appended to "heard".
cat >"$workdir/habits.py" <<'PY'
import os, socket, sys, threading, time

folder = sys.argv[1]
INFO = b"Name: HAProxy\nVersion: 2.6.12\n\n"
answers = {b"show info": INFO, b"show cli level": b"admin\n\n",
           b"show ssl cert": b"# filename\nsite.pem\n\n"}

def sane(s, line):
    s.sendall(answers.get(line, b"Unknown command\n\n"))

def large(s, line):
    try:
        while True:
            s.sendall(b"x" * 65536)
    except OSError:
        pass

def slow(s, line):
    s.sendall(INFO[:10])
    time.sleep(20)

def pieces(s, line):
    for byte in answers.get(line, b"Unknown command\n\n"):
        s.sendall(bytes([byte]))
        time.sleep(0.001)

def silent(s, line):
    pass

def binary(s, line):
    s.sendall(b"\x00\xff\x1b[2J" * 100)

def serve(name, habit):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"{folder}/{name}.sock")
    listener.listen()
    while True:
        s, _ = listener.accept()
        heard = s.recv(65536)
        while b"<<" in heard and not heard.endswith(b"\n\n"):
            heard += s.recv(65536)
        with open(f"{folder}/heard", "ab") as log:
            log.write(heard)
        habit(s, heard.split(b"\n")[0])
        s.close()

for name, habit in list(globals().items()):
    if name in ("sane", "large", "slow", "pieces", "silent", "binary"):
        threading.Thread(target=serve, args=(name, habit), daemon=True).start()
time.sleep(0.2)
print("ready", flush=True)
time.sleep(120)
PY

# ask STATUS SOCKET SENTENCE: deploy over this socket.
ask() {
	{
		printf 'devices:\n  - {name: proxy, role: rp, driver: haproxy, host: 127.0.0.1, port: %s,\n' "$port"
		printf '     names: [www.example.test], options: {api: %s, certificate: site.pem}}\n' "$workdir/$2.sock"
	} >"$inventory"
	deploy "$1" --timeout 2s
	expect_grep "$3"
}

make_bundles
inventory=$workdir/inventory.yaml
free_port port
# Something to look at that is not the bundle.
start s_server openssl s_server -accept "127.0.0.1:$port" -quiet -cert "$bundle_pki/old.crt" -key "$bundle_pki/old.key"
wait_for_port "$port"
start habits python3 "$workdir/habits.py" "$workdir"
wait_until 5 grep -q ready "$workdir/habits.log" || fail 'the habits do not start'

ask 4 large 'info: the answer is too large'
ask 4 slow 'info: no answer in time'
ask 4 silent 'info: closed without an answer'
ask 1 binary 'this is not the runtime API of HAProxy'
refute_grep 'set ssl cert|BEGIN' "$workdir/heard"
ask 1 pieces "set: HAProxy refuses: 'Unknown command'"
ask 1 sane "set: HAProxy refuses: 'Unknown command'"
expect_grep 'set ssl cert site.pem <<' "$workdir/heard"
refute_grep 'commit' "$workdir/heard"
