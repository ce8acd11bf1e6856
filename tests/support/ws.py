#!/usr/bin/env python3
"""A WebSocket client of its own making, for tests: ws.py HOST PORT PATH.

Each line of standard input is sent as a text message; "!HEX" is sent as these bytes, without a frame.
Each message that comes is a line of standard output; pings are "ping", the end is "closed CODE".
Standard input's end closes the connection.  Certificates are not checked.
"""
import base64
import hashlib
import os
import select
import socket
import ssl
import struct
import sys

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def upgrade(stream, host, path):
    key = base64.b64encode(os.urandom(16))
    stream.sendall(
        b"GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n" % (path.encode(), host.encode(), key))
    head = b""
    while b"\r\n\r\n" not in head:
        more = stream.recv(1)
        if not more:
            sys.exit("closed before the upgrade")
        head += more
    want = base64.b64encode(hashlib.sha1(key + GUID).digest())
    if not head.startswith(b"HTTP/1.1 101 ") or b"Sec-WebSocket-Accept: " + want + b"\r\n" not in head:
        sys.exit("no upgrade: " + head.split(b"\r\n")[0].decode())


def frame(opcode, content):
    mask = os.urandom(4)
    length = len(content)
    if length < 126:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | length)
    elif length < 65536:
        head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, length)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, length)
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(content))


def take(data):
    """One frame of a server: opcode, content, what is left; None while it is not whole."""
    if len(data) < 2:
        return None
    length, at = data[1], 2
    if length > 125:
        at = 4 if length == 126 else 10
        if len(data) < at:
            return None
        length = int.from_bytes(data[2:at], "big")
    if len(data) < at + length:
        return None
    return data[0] & 15, data[at:at + length], data[at + length:]


def end(text):
    print(text, flush=True)
    sys.exit(0)


def show(opcode, content):
    if opcode == 8:
        end("closed %s" % (int.from_bytes(content[:2], "big") or "without a code"))
    print({9: "ping", 10: "pong"}.get(opcode, content.decode()), flush=True)


def talk(stream):
    left, lines = b"", b""
    while True:
        ready = [stream] if stream.pending() else select.select([stream, 0], [], [])[0]
        if stream in ready:
            try:
                more = stream.recv(65536)
            except OSError:
                more = b""
            left += more
            while (found := take(left)) is not None:
                left = found[2]
                show(*found[:2])
            if not more:
                end("closed with half a frame" if left else "closed")
        if 0 in ready:
            more = os.read(0, 65536)
            if not more:
                stream.sendall(frame(8, struct.pack("!H", 1000)))
                sys.exit(0)
            *whole, lines = (lines + more).split(b"\n")
            for line in whole:
                stream.sendall(bytes.fromhex(line[1:].decode()) if line[:1] == b"!" else frame(1, line))


def main(host, port, path):
    context = ssl._create_unverified_context()
    with context.wrap_socket(socket.create_connection((host, int(port)), 10)) as stream:
        stream.settimeout(None)
        upgrade(stream, host, path)
        talk(stream)


main(*sys.argv[1:])
