#!/usr/bin/env python3
"""seeds.py PROJECT PKI OUT: where each harness begins, made of the data the other tests have anyway."""

import base64
import pathlib
import re
import sys

project, pki, out = (pathlib.Path(word) for word in sys.argv[1:])
data = project / "tests" / "data"
CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----(.*?)-----END", re.S)


def seed(harness, name, content):
    folder = out / harness
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def ders(path):
    return [base64.b64decode(block) for block in CERTIFICATE.findall(path.read_bytes())]


def served(column, chain):
    return bytes([column]) + b"".join(len(der).to_bytes(2, "big") + der for der in chain)


def frame(opcode, payload, mask=b""):
    head = bytes([0x80 | opcode, (0x80 if mask else 0) | len(payload)])
    return head + mask + bytes(byte ^ mask[i % 4] if mask else byte for i, byte in enumerate(payload))


def in_pieces(stream, size):
    pieces = [stream[at:at + size] for at in range(0, len(stream), size)]
    return b"".join(bytes([len(piece)]) + piece + b"\0" for piece in pieces)


for path in sorted((data / "inventory").rglob("*.yaml")):
    if path.stat().st_size < 100_000:
        seed("inventory", f"{path.parent.name}-{path.name}", path.read_bytes())

for path in sorted((data / "har").glob("*.har")):
    seed("har", path.name, path.read_bytes())

for path in sorted((project / "tests" / "drivers" / "replay").glob("*.txt")):
    seed("job", path.name, path.read_bytes())

together = {}
for path in sorted(pki.glob("*")):
    if path.suffix in (".pem", ".key", ".der", ".p7b", ".p12", ".pfx", ".crt"):
        seed("gather", path.name, path.read_bytes())
        together[path.stem] = path
for name, path in together.items():
    chain = ders(path)
    if path.suffix == ".pem" and chain:
        rest = [ders(pki / f"{issuer}.pem")[0] for issuer in ("issuing", "policy", "root")]
        seed("served", name, served(len(name) % 7, chain + rest))
        seed("bundle", name, path.read_bytes())
leaf, key = (pki / "leaf-both.pem").read_bytes(), (pki / "leaf.key").read_bytes()
issuers = b"".join((pki / f"{name}.pem").read_bytes() for name in ("issuing", "policy", "root"))
seed("bundle", "whole", leaf + issuers + key)
seed("bundle", "windows", (issuers + leaf + key).replace(b"\n", b"\r\n"))
seed("gather", "whole", leaf + issuers + key)

seed("reply", "xml", b'<info><sys version="1" hw="2"/><a><b x="y"/><b x="&lt;"/></a></info>\0X: 1')
seed("reply", "json", b'{"mt":"ok","error":false,"n":12}\0line')
seed("reply", "head", b'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="a\\"b", qop="auth"\r\nStatus: x\r\n')
seed("reply", "lines", b"Filename: a.pem\nStatus: Used\n\nSuccess!\n\0Success!")

seed("plan", "whole", b'{"schema":1,"plan":{"inventory":"' + b"0" * 64 + b'","bundle":"' + b"1" * 64 +
     b'","options":{"limit":"a","serial":"1,10%","per_site":1},"devices":[{"name":"a","firmware":"13r3",'
     b'"endpoints":[{"service":"https","name":"a.example.com","leaf":"' + b"2" * 64 + b'"}]}]}}')

talk = frame(1, b'{"mt":"hello"}') + frame(9, b"x") + frame(1, b'{"mt":"more"}') + frame(8, b"\x03\xe8")
for size in (1, 7, 100):
    seed("frames", f"pieces-{size}", in_pieces(talk, size))
mask = b"\x01\x02\x03\x04"
seed("mock_websocket", "talk", frame(1, b'{"mt":"hello"}', mask) + frame(9, b"x", mask) +
     frame(8, b"\x03\xe8", mask))

BODY = (b'--x\r\nContent-Disposition: form-data; name="cert"; filename="a.pem"\r\n'
        b"Content-Type: application/x-pem-file\r\n\r\nbytes\r\n--x--\r\n")
seed("mock_http", "upload", b"POST /CMD0/mod_cmd.xml?mod=X509&form=1 HTTP/1.1\r\nHost: a\r\n"
     b"Content-Type: multipart/form-data; boundary=x\r\nConnection: keep-alive, close\r\n"
     b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY)
seed("mock_http", "get", b"GET /%41?a=b%20c HTTP/1.0\r\n\r\n")
(out / "complete").touch()
