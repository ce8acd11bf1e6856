#!/usr/bin/env python3
"""Servers that never stop, or never get on: hostile_http.py CERTIFICATE KEY HABIT...

Each habit has a port on loopback of its own, printed as "HABIT PORT"; those with "plain-" before
them do without TLS.  Each connection meets the habit anew, until the client has gone.
"""
import base64
import json
import re
import socket
import ssl
import sys
import threading
import time

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
DEPTH = 20000


def forever(link, piece):
    while True:
        link.sendall(piece)


def drip(link, text):
    """A byte per second."""
    for byte in text:
        link.sendall(bytes([byte]))
        time.sleep(1)
    time.sleep(60)


def read_request(link):
    head = b""
    while b"\r\n\r\n" not in head:
        more = link.recv(65536)
        if not more:
            raise EOFError
        head += more
    return head


def whole(link, status, body, *headers):
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", "")
    link.sendall("\r\n".join(lines).encode() + body)


def every_request(answer):
    def habit(link):
        while True:
            read_request(link)
            answer(link)
    return habit


def after_request(answer):
    def habit(link):
        read_request(link)
        answer(link)
    return habit


def echo(link):
    """What it was told in confidence it says to everybody, in what it is asked and in what it refuses."""
    while True:
        head = read_request(link)
        told = re.search(rb"(?i)authorization: basic (\S+)", head)
        if not told:
            whole(link, "401 Who", b"", 'WWW-Authenticate: Basic realm="x"')
            continue
        words = "I do not know " + base64.b64decode(told[1]).decode()
        asked = head.startswith(b"GET")
        whole(link, "200 OK" if asked else "500 No", json.dumps({
            "description": words, "versionID": words, "productType": words, "serialNumber": words}).encode())
        if not asked:
            return  # with a body that nobody has read


STALE = 'WWW-Authenticate: Digest realm="x", nonce="{}", stale=true, qop="auth"'
HABITS = {
    "silent": lambda link: time.sleep(60),
    "drip-handshake": lambda link: drip(link, b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc" * 9),
    "drip-head": after_request(lambda link: drip(link, OK * 9)),
    "drip-body": after_request(lambda link: drip(link, OK + b"\r\n" + b"<a/>" * 99)),
    "endless-head": after_request(lambda link: (link.sendall(OK), forever(link, b"X-Y: " + b"z" * 999 + b"\r\n"))),
    "endless-line": after_request(lambda link: (link.sendall(OK + b"X: "), forever(link, b"z" * 9999))),
    "endless-body": after_request(lambda link: (link.sendall(OK + b"\r\n"), forever(link, b"<a/>" * 9999))),
    "endless-trailer": after_request(lambda link: (
        link.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n"), forever(link, b"X-Y: " + b"z" * 999 + b"\r\n"))),
    "endless-continue": after_request(lambda link: forever(link, b"HTTP/1.1 100 Continue\r\n\r\n")),
    "endless-stale": every_request(lambda link: whole(
        link, "401 Unauthorized", b"", STALE.format(time.monotonic_ns()))),
    "endless-busy": every_request(lambda link: whole(link, "503 Busy", b"", "Retry-After: 1")),
    "huge-length": after_request(lambda link: (
        link.sendall(OK + b"Content-Length: 999999999999\r\n\r\n"), forever(link, b"<a/>" * 9999))),
    "deep-xml": every_request(lambda link: whole(link, "200 OK", b"<a>" * DEPTH)),
    "deep-json": every_request(lambda link: whole(link, "200 OK", b"[" * DEPTH + b"]" * DEPTH)),
    "bomb-xml": every_request(lambda link: whole(
        link, "200 OK", b'<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "' + b"&b;" * 999 + b'">]><a>&c;</a>')),
    "echo": echo,
    "endless-raw": lambda link: (link.recv(1), forever(link, b"z" * 9999 + b"\n")),
    "drip-raw": lambda link: (link.recv(1), drip(link, b"z" * 999)),
    "handshake": lambda link: time.sleep(1),
}


BEFORE_TLS = ("silent", "drip-handshake")


def meet(link, habit, context):
    try:
        with link:
            plain = habit.startswith("plain-") or habit in BEFORE_TLS
            link = link if plain else context.wrap_socket(link, server_side=True)
            HABITS[habit.removeprefix("plain-")](link)
    except (OSError, EOFError, ValueError):
        pass


def serve(habit, server, context):
    while True:
        link, _ = server.accept()
        threading.Thread(target=meet, args=(link, habit, context), daemon=True).start()


def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    for habit in sys.argv[3:]:
        server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=serve, args=(habit, server, context)).start()
        print(habit, server.getsockname()[1], flush=True)


main()
