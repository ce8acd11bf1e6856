"""Mock devices for the campaign: what they are, what goes wrong with them, and what they serve."""
import base64
import concurrent.futures
import hashlib
import json
import os
import re
import socket
import ssl
import subprocess
import time

PASSWORD = "campaign-Secret-Word"
STEPS = {
    "innovaphone": ("info", "login", "state", "upload", "trust"),
    "innovaphone-ap": ("websocket", "challenge", "login", "info", "key", "upload", "result"),
}
UPLOAD_FAULTS = ("keep-old", "fail-but-install", "drop-intermediate", "wrong-order", "need-reset",
                 "revert-later:1", "revert-later:60")
STEP_FAULTS = ("reset-connection", "never-answer", "cut-body", "slow", "busy")
OTHER_FAULTS = ("refuse-login", "never-answer@tls", "tls10-only", "requires-client-cert",
                "reset-connection@tls", "busy:2", "wrong-clock:-7200", "slow:40", "no-native-auth",
                "pending-reset", "blacklist:1", "refuse-login blacklist:1", "refuse-login blacklist:2")


def draw_boxes(draw, number):
    """Six to eight boxes, at addresses of their own: random faults are drawn by address."""
    boxes = []
    for i in range(draw.randint(6, 8)):
        platform = draw.random() < 0.35
        boxes.append({
            "name": f"{'ap' if platform else 'pbx'}{i}",
            "family": "innovaphone-ap" if platform else "innovaphone",
            "firmware": draw.choice(("13r3", "14r1", "14r1", "15r1")),
            "password": PASSWORD,
            "ports": {"https": 0} if platform or draw.random() < 0.3 else {"https": 0, "sips": 0},
            "address": f"127.{80 + number // 250 % 100}.{number % 250}.{i + 1}",
            "reset": None if platform else draw.choice((None, None, "now", "now")),
            "role": "ap" if platform else draw.choice(("pbx-slave", "rp", "other")),
        })
    return boxes


def draw_fault(draw, family):
    kind = draw.random()
    if kind < 0.5:
        return draw.choice(UPLOAD_FAULTS)
    if kind < 0.8:
        fault = draw.choice(STEP_FAULTS)
        step = draw.choice(STEPS[family])
        return f"{fault}@{step}" + {"slow": ":300", "busy": ":1"}.get(fault, "")
    return draw.choice(OTHER_FAULTS)


def draw_faults(draw, boxes):
    return [(box["address"], fault)
            for box in boxes for _ in range(draw.choice((0, 0, 1, 1, 1, 2)))
            for fault in draw_fault(draw, box["family"]).split()]


def draw_swap(draw, boxes, runs):
    """(address, run): from that run on there is another box; or None."""
    gateways = [box["address"] for box in boxes if box["family"] == "innovaphone"]
    return (draw.choice(gateways), draw.randrange(runs)) if gateways and draw.random() < 0.4 else None


def fingerprints(pem):
    blocks = re.findall(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", pem, re.S)
    return [hashlib.sha256(base64.b64decode(block)).hexdigest() for block in blocks]


def handshake(address, port, name):
    """Fingerprints of the chain served there, [] without a handshake; by Python's ssl."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection((address, port), timeout=3) as raw, \
                context.wrap_socket(raw, server_hostname=name) as link:
            # public since Python 3.13
            chain = getattr(link, "get_unverified_chain", None) or link._sslobj.get_unverified_chain
            return [hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem_of(one))).hexdigest()
                    for one in chain()]
    except OSError:
        return []


def pem_of(certificate):
    return certificate if isinstance(certificate, str) else certificate.public_bytes()


class Mock:
    """A mock-fleet, and what this round wants from it."""

    def __init__(self, program, folder, boxes, random_faults, keys):
        self.folder, self.boxes = folder, boxes
        self.names = {box["address"]: box["name"] for box in boxes}
        self.reverting = set()
        self.swapped = set()
        self.log = os.path.join(folder, "fleet.log")
        self.control = os.path.join(folder, "control")
        open(self.log, "w").close()
        self.reader, self.lines = open(self.log, "rb"), 0
        roster = os.path.join(folder, "roster")
        with open(roster, "w") as out:
            for box in boxes:
                members = ("name", "family", "firmware", "password", "ports")
                out.write(json.dumps({member: box[member] for member in members}) + "\n")
        self.command = [program, "--fleet", roster, "--first", boxes[0]["address"],
                        "--control", self.control, "--log", self.log, "--user", "admin",
                        "--factory-keys", keys]
        if random_faults:
            self.command += ["--random-faults", random_faults]

    def __enter__(self):
        with open(os.path.join(self.folder, "fleet.err"), "w") as errors:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, text=True,
                                            stdout=subprocess.PIPE, stderr=errors)
        for line in self.process.stdout:
            said = json.loads(line)
            if said.get("ready"):
                break
            box = next(box for box in self.boxes if box["name"] == said["name"])
            assert box["address"] == said["address"]
            box["ports"] = said["ports"]
        else:
            raise RuntimeError("the mock fleet did not start")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.process.stdout.close()
        self.reader.close()
        if self.process.wait() not in (0, -15):
            raise RuntimeError(f"the mock fleet ended with status {self.process.returncode}")

    def say(self, command):
        with socket.socket(socket.AF_UNIX) as to:
            to.connect(self.control)
            to.sendall(command.encode() + b"\n")
            answer = json.loads(to.makefile().readline())
        if "error" in answer:
            raise RuntimeError(f"{command}: {answer['error']}")
        words = command.split()
        if words[0] == "fault" and words[2].startswith("revert-later"):
            self.reverting.add(self.names[words[1]])
        if words[0] == "fault" and words[2] == "swap-identity":
            self.swapped.add(self.names[words[1]])
        if words[0] == "unfault":
            self.swapped.clear()
        return answer

    def strangers(self):
        """Boxes that are not those which the pins in the state folder are of."""
        try:
            with open(os.path.join(self.folder, "state", "pins")) as pins:
                known = dict(re.findall(r"^(\S+?)@.* id=(\S+)$", pins.read(), re.M))
        except FileNotFoundError:
            return set()
        return {box["name"] for box in self.boxes if box["name"] in known
                and (known[box["name"]] == hardware_id(box["address"])) == (box["name"] in self.swapped)}

    def truth(self):
        return {box["name"]: self.say(f"state {box['address']}") for box in self.boxes}

    def log_lines(self):
        """How long the log is by now; asked a thousand times a second, so it reads only what is new."""
        self.lines += self.reader.read().count(b"\n")
        return self.lines

    mark = log_lines

    def since(self, mark):
        """The events of the log from a line on, by name of the box."""
        events = []
        with open(self.log) as log:
            for line in log.read().split("\n")[mark:-1]:
                event = json.loads(line)
                event["box"] = self.names.get(event["device"])
                events.append(event)
                if event.get("fault") == "revert-later":
                    self.reverting.add(event["box"])
        return events

    def write_inventory(self, boxes):
        path = os.path.join(self.folder, "pw")
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w") as out:
            out.write(PASSWORD + "\n")
        with open(os.path.join(self.folder, "inventory.yaml"), "w") as out:
            out.write("defaults: {user: admin, password: 'file:pw'}\ndevices:\n")
            for box in boxes:
                services = ", ".join(f"'{name}:{port}'" for name, port in box["ports"].items())
                reset = f", options: {{reset: {{mode: {box['reset']}}}}}" if box["reset"] else ""
                out.write(f"  - {{name: {box['name']}, driver: {box['family']}, role: {box['role']}, "
                          f"host: '{box['address']}:{box['ports']['https']}', "
                          f"names: [{box['name']}.example.test], services: [{services}]{reset}}}\n")

    def check_handshakes(self, complain, healed):
        """The control socket says what is served; does a client that is none of ours see the same?"""
        ports = [(box, port) for box in self.boxes for port in box["ports"].values()]
        with concurrent.futures.ThreadPoolExecutor(len(ports)) as pool:
            served = list(pool.map(lambda one: handshake(
                one[0]["address"], one[1], f"{one[0]['name']}.example.test"), ports))
        truth = self.truth()
        for (box, port), seen in zip(ports, served):
            if (seen or healed) and seen != truth[box["name"]]["chain"] \
                    and box["name"] not in self.reverting:
                complain(f"{box['name']}:{port} serves {seen}, the mock says {truth[box['name']]}")


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def certificate(work, name, section, issuer, common):
    def path(suffix, of=name):
        return os.path.join(work, f"{of}.{suffix}")
    openssl("genrsa", "-out", path("key"), "2048")
    openssl("req", "-new", "-key", path("key"), "-subj", f"/CN={common}", "-out", path("csr"))
    signer = ["-signkey", path("key")] if issuer == name else \
        ["-CA", path("crt", issuer), "-CAkey", path("key", issuer)]
    serial = hashlib.sha256(os.urandom(16)).hexdigest()[:16]
    openssl("x509", "-req", "-in", path("csr"), *signer, "-days", "90", "-set_serial", "0x1" + serial,
            "-extfile", os.path.join(work, "ext"), "-extensions", section, "-out", path("crt"))


def hardware_id(address):
    """What the mock gateway at an address calls itself, as long as it is itself."""
    return "IP811-00-90-33-" + "-".join(f"{int(part):02x}" for part in address.split(".")[1:])


def make_factory_keys(work):
    """Two keys for the factories of all fleets: making them anew was half the work of a round."""
    path = os.path.join(work, "factory.key")
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as out:
        for _ in range(2):
            subprocess.run(["openssl", "genrsa", "2048"], check=True, stdout=out,
                           stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return path


EXTENSIONS = """[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth, clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = DNS:*.example.test, DNS:example.test
"""


def make_bundle(work, name):
    """Leaf, two intermediates, root and key; the file, and the fingerprints of its chain."""
    if not os.path.exists(os.path.join(work, "inner.crt")):
        with open(os.path.join(work, "ext"), "w") as out:
            out.write(EXTENSIONS)
        certificate(work, "root", "ca", "root", "Campaign Root")
        certificate(work, "outer", "ca", "root", "Campaign Intermediate 1")
        certificate(work, "inner", "ca", "outer", "Campaign Intermediate 2")
    certificate(work, name, "leaf", "inner", "example.test")
    pem = ""
    for part in (name + ".crt", "inner.crt", "outer.crt", "root.crt", name + ".key"):
        with open(os.path.join(work, part)) as text:
            pem += text.read()
    bundle = os.path.join(work, name + ".pem")
    with open(os.open(bundle, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as out:
        out.write(pem)
    return bundle, fingerprints(pem)
