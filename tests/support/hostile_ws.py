#!/usr/bin/env python3
"""A WebSocket server that misbehaves: hostile_ws.py PORT CERTIFICATE KEY HABIT.

It speaks just enough of an Application Platform's manager to get as far as its habit, and writes what
it was asked to standard output.  Built from RFC 6455; shares nothing with the program under test.
"""
import base64
import hashlib
import socket
import ssl
import sys
import time

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
PORT, CERT, KEY, HABIT = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]


def frame(payload, opcode=1, fin=True, mask=False, claim=None):
    length = len(payload) if claim is None else claim
    head = bytes([(0x80 if fin else 0) | opcode])
    bit = 0x80 if mask else 0
    if length < 126:
        head += bytes([bit | length])
    elif length < 65536:
        head += bytes([bit | 126]) + length.to_bytes(2, "big")
    else:
        head += bytes([bit | 127]) + length.to_bytes(8, "big")
    return head + (b"\0\0\0\0" if mask else b"") + payload


def read_exact(link, count):
    data = b""
    while len(data) < count:
        more = link.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def read_message(link):
    """One unfragmented message of a client: it must be masked."""
    while True:
        head = read_exact(link, 2)
        length = head[1] & 127
        assert head[1] & 128, "the client does not mask"
        if length == 126:
            length = int.from_bytes(read_exact(link, 2), "big")
        mask = read_exact(link, 4)
        data = bytes(byte ^ mask[i % 4] for i, byte in enumerate(read_exact(link, length)))
        if head[0] & 15 == 1:
            print(data.decode(), flush=True)
            return data
        if head[0] & 15 == 8:
            raise EOFError


def upgrade(link):
    request = b""
    while b"\r\n\r\n" not in request:
        request += read_exact(link, 1)
    print(request.split(b"\r\n")[0].decode(), flush=True)
    key = [line.split(b": ")[1] for line in request.split(b"\r\n") if line.startswith(b"Sec-WebSocket-Key: ")][0]
    proof = base64.b64encode(hashlib.sha1(key + GUID).digest())
    extra = b""
    if HABIT == "status-404":
        link.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        raise EOFError
    if HABIT == "no-http":
        link.sendall(b"SSH-2.0-OpenSSH\r\n\r\n")
        raise EOFError
    if HABIT == "endless-head":
        for _ in range(100):
            link.sendall(b"X: " + b"x" * 1020 + b"\r\n")
        time.sleep(5)
    if HABIT == "silent-upgrade":
        time.sleep(20)
    if HABIT == "wrong-accept":
        proof = base64.b64encode(b"x" * 20)
    if HABIT == "extension":
        extra = b"Sec-WebSocket-Extensions: permessage-deflate\r\n"
    answer = (b"HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nConnection: Upgrade\r\n"
              b"Sec-WebSocket-Accept: " + proof + b"\r\n" + extra + b"\r\n")
    if HABIT == "slow-head":
        for byte in answer:
            link.sendall(bytes([byte]))
    elif HABIT == "one-piece":  # the first messages come in the same record as the answer
        link.sendall(answer + frame(b'{"mt":"Hello"}') + frame(b"", 9))
    else:
        link.sendall(answer)


CHALLENGE = b'{"mt":"AppChallengeResult","challenge":"0123456789012345"}'


def answer_challenge(link):
    if HABIT == "silent":
        time.sleep(20)
    elif HABIT == "cut":
        raise EOFError
    elif HABIT == "goodbye":
        link.sendall(frame(b"\x03\xe8", 8))
        time.sleep(1)
        raise EOFError
    elif HABIT == "huge":
        link.sendall(frame(b"", claim=1 << 40))
        time.sleep(2)
    elif HABIT == "large":
        link.sendall(frame(b"x" * 300000))
        time.sleep(2)
    elif HABIT == "masked":
        link.sendall(frame(CHALLENGE, mask=True))
        time.sleep(2)
    elif HABIT == "not-utf8":
        link.sendall(frame(b"\xff\xfe\xfd"))
        time.sleep(2)
    elif HABIT == "chatter":
        for _ in range(200):
            link.sendall(frame(b'{"mt":"Chatter"}'))
            time.sleep(0.005)
        time.sleep(2)
    elif HABIT == "fragments":
        link.sendall(frame(CHALLENGE[:10], fin=False) + frame(b"", 9) + frame(CHALLENGE[10:], 0))
    elif HABIT == "pings":
        link.sendall(frame(b"ping", 9) * 100 + frame(CHALLENGE))
    elif HABIT == "binary":
        link.sendall(frame(b"\0\1\2", 2) + frame(CHALLENGE))
    elif HABIT == "deep":
        link.sendall(frame(b"[" * 100000) + frame(CHALLENGE))
    else:
        link.sendall(frame(CHALLENGE))


def serve(link):
    upgrade(link)
    while True:
        message = read_message(link)
        if b'"AppChallenge"' in message:
            answer_challenge(link)
        elif b'"AppLogin"' in message:
            link.sendall(frame(b'{"mt":"AppLoginResult","ok":true}'))
        elif b'"AppPlatformInfoRequest"' in message:
            link.sendall(frame(b'{"mt":"AppPlatformInfoResult","version":"14r1"}'))


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERT, KEY)
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", PORT))
listener.listen()
print("ready", flush=True)
while True:
    plain, _ = listener.accept()
    try:
        serve(context.wrap_socket(plain, server_side=True))
    except (EOFError, OSError, ssl.SSLError):
        plain.close()
