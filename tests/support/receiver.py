#!/usr/bin/env python3
"""A receiver of webhooks that behaves as the path says: receiver.py PORT CERT KEY SECRET LOG.

One JSON object a line goes to LOG for each request: path, body, headers, and "signature": "good", "bad"
or "none", found out without certroll's code.  CERT "-": without TLS.

/ok          204                     /twice     503 two times, then 200
/busy        503, always             /limited   429 once, then 200
/redirect    302 to /ok              /no        403 with a text
/cut         no answer once          /hang      no answer, ever
/huge        200, and a body without end
/slow        200, and a body by drops
"""
import hashlib
import hmac
import http.server
import json
import ssl
import sys
import threading
import time

port, cert, key, secret, log = sys.argv[1:6]
seen = {}
lock = threading.Lock()


def judge(headers, body):
    stamp, signature = headers.get("X-Certroll-Timestamp"), headers.get("X-Certroll-Signature")
    if stamp is None and signature is None:
        return "none"
    with open(secret, "rb") as file:
        password = file.read().rstrip(b"\n")
    wanted = "v1=" + hmac.new(password, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    fresh = abs(time.time() - int(stamp)) < 60
    return "good" if fresh and hmac.compare_digest(wanted, signature) else "bad"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def endless(self, piece, pause):
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            for _ in range(4000):
                self.wfile.write(piece)
                self.wfile.flush()
                time.sleep(pause)
        except OSError:
            pass

    def note(self, body):
        with lock:
            seen[self.path] = seen.get(self.path, 0) + 1
            with open(log, "a", encoding="utf-8") as file:
                json.dump({"path": self.path, "body": body.decode("utf-8"), "method": self.command,
                           "signature": judge(self.headers, body), "headers": dict(self.headers)}, file)
                file.write("\n")
            return seen[self.path]

    def do_POST(self):
        count = self.note(self.rfile.read(int(self.headers["Content-Length"])))
        path = self.path.split("?")[0]
        if path == "/redirect":
            self.answer(302, Location="/ok")
        elif path == "/no":
            self.answer(403, b"who are you? \x1b[31m")
        elif path == "/busy" or (path == "/twice" and count <= 2):
            self.answer(503, b"later")
        elif path == "/limited" and count == 1:
            self.answer(429)
        elif path == "/hang" or (path == "/cut" and count == 1):
            time.sleep(60 if path == "/hang" else 0)
            self.close_connection = True
        elif path == "/huge":
            self.endless(b"x" * 65536, 0)
        elif path == "/slow":
            self.endless(b"x", 0.5)
        else:
            self.answer(204)

    do_GET = do_POST


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
server.daemon_threads = True
if cert != "-":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
server.serve_forever()
