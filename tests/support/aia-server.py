"""Publishes the files of a folder as a CA would, and misbehaves where asked to.

usage: aia-server.py PORT FOLDER; each request is a line on standard output
  /NAME          the file
  /hop/N/NAME    N redirects, then the file
  /loop          redirects for ever
  /local         redirects to a file of this machine
  /big           more bytes than any certificate
  /slow          a byte now and then
"""
import http.server
import os
import sys
import time

port, folder = int(sys.argv[1]), sys.argv[2]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print(self.path, sorted(self.headers.keys()), flush=True)
        parts = self.path.split("/")
        if parts[1] == "hop" and parts[2] != "0":
            return self.redirect("/hop/%d/%s" % (int(parts[2]) - 1, parts[3]))
        if parts[1] == "loop":
            return self.redirect("/loop")
        if parts[1] == "local":
            return self.redirect("file:///etc/hostname")
        if parts[1] == "big":
            return self.give(b"x" * 200000, announce=False)
        if parts[1] == "slow":
            return self.drip()
        path = os.path.join(folder, parts[-1])
        if not os.path.isfile(path):
            return self.send_error(404)
        with open(path, "rb") as file:
            self.give(file.read())

    def redirect(self, to):
        self.send_response(302)
        self.send_header("Location", to)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def give(self, body, announce=True):
        self.send_response(200)
        if announce:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def drip(self):
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(300):
                time.sleep(0.1)
                self.wfile.write(b"x")
        except OSError:
            pass  # it was cut off, as it should be

    def log_message(self, *arguments):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
