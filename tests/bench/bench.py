#!/usr/bin/env python3
"""Measure certroll beside the tools people use today, on mock boxes of this machine.

One table on standard output, and the same as JSON.  Each figure is the median of runs in which all tools
take turns, so that whatever else the machine does hits all of them.  The boxes share the machine, and what
they cost is a column of its own: wall times are those of both together.  `./dev bench` starts this.
"""
import argparse
import ipaddress
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import urlopen

HERE = Path(__file__).resolve().parent
TICK = os.sysconf("SC_CLK_TCK")
PASSWORD = "ip811-Secret-Word"
UPLOAD = "/X509/mod_cmd.xml?cmd=servercert-upload"


def cpu_of(pid):
    """Processor seconds of a process that lives."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def run(command, **more):
    """Wall, processor seconds (with all descendants), peak KiB, exit status.

    The peak is time(1)'s: a process that we start ourselves inherits the peak of this interpreter.
    """
    begin = time.monotonic()
    peak = tempfile.NamedTemporaryFile()
    with subprocess.Popen(["time", "-q", "-f", "%M", "-o", peak.name, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          stdin=more.pop("stdin", subprocess.DEVNULL), **more) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - begin
    with peak:
        return wall, usage.ru_utime + usage.ru_stime, int(peak.read()), process.returncode


class Boxes:
    """A fleet of mock boxes, and files that name the first so many of them."""

    def __init__(self, bench, count, *options, first="127.70.0.1"):
        self.bench, self.count = bench, count
        self.first = ipaddress.ip_address(first)
        self.folder = Path(tempfile.mkdtemp(dir=bench.folder))
        ports = self.folder / "ports"
        self.process = subprocess.Popen(
            [bench.build / "mock-fleet", "--first", first, "--count", str(count), "--password", PASSWORD,
             "--port-file", ports, "--control", self.folder / "control", *map(str, options)],
            stdout=subprocess.DEVNULL)
        limit = time.monotonic() + 30
        while not ports.exists() or "ldaps" not in ports.read_text():
            if self.process.poll() is not None or time.monotonic() > limit:
                sys.exit("bench: the mock fleet did not start")
            time.sleep(0.02)
        self.port = dict(line.split()[:2] for line in ports.read_text().splitlines())["https"].strip(":")

    def __enter__(self):
        self.bench.bare(self, 1)  # the fleet makes its keys when they are first needed; the first box is never dead
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def hosts(self, count):
        return [str(self.first + at) for at in range(count)]

    def file(self, name, lines):
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n")
        path.chmod(0o600)
        return path

    def say(self, command):
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(str(self.folder / "control"))
            control.sendall(command.encode() + b"\n")
            control.shutdown(socket.SHUT_WR)
            while control.recv(65536):
                pass

    def inventory(self, count):
        self.file("pbx.pw", [PASSWORD])
        return self.file(f"{count}.yaml", [
            "defaults:", "  driver: innovaphone", "  role: other", "  user: admin", "  password: file:pbx.pw",
            f"  port: {self.port}", f'  services: ["https:{self.port}"]', "devices:",
            *(f"  - {{name: box{at}, host: {host}, names: [box{at}.example.test]}}"
              for at, host in enumerate(self.hosts(count)))])

    def targets(self, count):
        return self.file(f"{count}.targets", [f"{host}:{self.port}" for host in self.hosts(count)])


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, Path(folder)
        self.build = options.build.resolve()
        self.rows = []
        self.kib = {}  # per connection in flight
        self.make_bundles()

    def make_bundles(self):
        support = HERE.parent / "support"
        script = (f'. "{support}/lib.sh"; . "{support}/serve.sh"; . "{HERE}/fleet.sh"; '
                  'make_bench_bundles; cp -r "$bench_pki" "$0"')
        subprocess.run(["bash", "-c", script, self.folder / "pki"], check=True)
        self.root = self.folder / "pki/root.crt"
        self.served = self.folder / "pki/served.full.pem"
        self.whole = self.folder / "pki/whole.full.pem"

    def compare(self, scenario, boxes, tools, repeats, reset=None):
        """tools: name -> (count, function); taking turns."""
        found = {name: [] for name in tools}
        for _ in range(repeats):
            for name, (count, function) in tools.items():
                before = cpu_of(boxes.process.pid)
                wall, cpu, peak, status = function(boxes, count)
                server = cpu_of(boxes.process.pid) - before
                found[name].append((wall, cpu, peak, server, status))
                if reset:
                    boxes.say(reset)
        for name, (count, _) in tools.items():
            wall, cpu, peak, server = (statistics.median(run[at] for run in found[name]) for at in range(4))
            self.row({"scenario": scenario, "tool": name, "n": count, "runs": repeats, "wall_s": round(wall, 3),
                      "per_s": round(count / wall, 1), "client_cpu_ms_each": round(1000 * cpu / count, 3),
                      "server_cpu_ms_each": round(1000 * server / count, 3), "peak_mib": round(peak / 1024, 1),
                      "exit": sorted({run[4] for run in found[name]})})

    def row(self, row):
        first = next((one for one in self.rows if one["scenario"] == row["scenario"]
                      and one["tool"].startswith("certroll")), None)
        row["cpu_ratio"] = round(row["client_cpu_ms_each"] / (first or row)["client_cpu_ms_each"], 2)
        row["speed_ratio"] = round((first or row)["per_s"] / row["per_s"], 2)
        if not self.rows:
            print(f"{'scenario':<22}{'tool':<34}{'N':>6}{'wall s':>9}{'per s':>9}{'CPU ms':>9}"
                  f"{'x CPU':>7}{'x slower':>9}{'boxes ms':>9}{'peak MiB':>9}")
        self.rows.append(row)
        print(f"{row['scenario']:<22}{row['tool']:<34}{row['n']:>6}{row['wall_s']:>9.2f}{row['per_s']:>9.1f}"
              f"{row['client_cpu_ms_each']:>9.2f}{row['cpu_ratio']:>7.1f}{row['speed_ratio']:>9.1f}"
              f"{row['server_cpu_ms_each']:>9.2f}{row['peak_mib']:>9.1f}", flush=True)

    # --- who looks ----------------------------------------------------------------------------------

    def certroll(self, jobs=256, limit="30s"):
        def look(boxes, count):
            return run([self.build / "certroll", "audit", "-i", boxes.inventory(count), "--ca-file", self.root,
                        "--state", self.folder / "state", "--quiet", "--jobs", str(jobs), "--timeout", limit])
        return look

    def bare(self, boxes, count):
        return run([self.build / "bench/bare", str(boxes.first), str(count), boxes.port, "256"])

    def s_client(self, boxes, count, limit=()):
        with boxes.targets(count).open() as targets:
            return run(["xargs", "-P32", "-n1", *limit, "openssl", "s_client", "-servername", "box.example.test",
                        "-connect"], stdin=targets)

    def s_client_limited(self, boxes, count):
        return self.s_client(boxes, count, ("timeout", "5"))

    def sslscan(self, boxes, count):
        with boxes.targets(count).open() as targets:
            return run(["xargs", "-P32", "-n1", "sslscan", "--no-ciphersuites", "--no-fallback", "--no-groups",
                        "--no-renegotiation", "--no-compression", "--no-heartbleed", "--show-certificate"],
                       stdin=targets)

    def nmap(self, boxes, count):
        hosts = boxes.file("hosts", boxes.hosts(count))
        return run(["nmap", "-Pn", "-n", "-T4", "--script", "ssl-cert", "-p", boxes.port, "-iL", hosts])

    def curl(self, boxes, count):
        lines = [line for host in boxes.hosts(count)
                 for line in (f'url = "https://{host}:{boxes.port}/"', 'output = "/dev/null"')]
        return run(["curl", "-Z", "--parallel-max", "256", "-k", "-s", "-K", boxes.file("urls", lines)])

    def blackbox(self, boxes, count):
        """Only the exporter's own processor time; who asks it is not counted."""
        config = boxes.file("blackbox.yml", [json.dumps({"modules": {"tls": {
            "prober": "tcp", "timeout": "60s", "tcp": {"tls": True,
                                                       "tls_config": {"insecure_skip_verify": True}}}}})])
        with socket.socket() as spare:
            spare.bind(("127.0.0.1", 0))
            port = spare.getsockname()[1]
        exporter = subprocess.Popen(["prometheus-blackbox-exporter", f"--config.file={config}",
                                     f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        url = f"http://127.0.0.1:{port}/"
        try:
            self.wait_for(url)
            before, begin = cpu_of(exporter.pid), time.monotonic()
            probes = [f"{url}probe?module=tls&target={host}:{boxes.port}" for host in boxes.hosts(count)]
            with ThreadPoolExecutor(64) as pool:
                good = sum(pool.map(lambda probe: b"\nprobe_success 1" in urlopen(probe).read(), probes))
            wall, cpu = time.monotonic() - begin, cpu_of(exporter.pid) - before
            peak = next(int(line.split()[1]) for line in Path(f"/proc/{exporter.pid}/status").read_text()
                        .splitlines() if line.startswith("VmHWM"))
        finally:
            exporter.send_signal(signal.SIGTERM)
            exporter.wait()
        return wall, cpu, peak, 0 if good == count else 1

    @staticmethod
    def wait_for(url):
        for _ in range(100):
            try:
                return urlopen(url).close()
            except OSError:
                time.sleep(0.05)
        sys.exit(f"bench: nobody answers at {url}")

    # --- who installs -------------------------------------------------------------------------------

    def deploy(self, boxes, count, jobs=256):
        shutil.rmtree(self.folder / "deploy", ignore_errors=True)
        return run([self.build / "certroll", "deploy", self.whole, "-i", boxes.inventory(count), "--yes",
                    "--accept-new", "--no-canary", "--quiet", "--ca-file", self.root, "--jobs", str(jobs),
                    "--state", self.folder / "deploy"])

    def twice(self, boxes, count):
        inventory = boxes.inventory(count)
        text = inventory.read_text().replace("driver: innovaphone", "driver: twice")
        lines = [line.partition(", names:")[0] + "}" if ", names:" in line else line
                 for line in text.splitlines()]
        return run([self.build / "bench/twice", boxes.file("twice.yaml", lines), self.whole, "256"])

    def curl_upload(self, boxes, count, then="", jobs=32):
        """What people write: curl for the upload, s_client to see what is served then."""
        netrc = boxes.file("netrc", [f"default login admin password {PASSWORD}"])
        script = boxes.file("upload.sh", [
            f'curl -k -s --digest --netrc-file "{netrc}" -F "file=@{self.whole};type=application/x-pem-file" '
            f'"https://$1:{boxes.port}{UPLOAD}" | grep -q \'state="ok"\' || exit 1', then])
        with boxes.file("hosts", boxes.hosts(count)).open() as hosts:
            return run(["xargs", f"-P{jobs}", "-n1", "sh", script], stdin=hosts)

    def shell(self, boxes, count, jobs=1):
        return self.curl_upload(boxes, count, then=(
            f'echo | openssl s_client -connect "$1:{boxes.port}" 2>/dev/null | '
            f'openssl x509 -noout -checkend 604800 -checkhost box.example.test'), jobs=jobs)

    def shell_32(self, boxes, count):
        return self.shell(boxes, count, jobs=32)

    def ansible(self, boxes, count):
        hosts = boxes.file("ansible.ini", ["[boxes]", *boxes.hosts(count)])
        play = boxes.file("play.yml", [json.dumps([{
            "hosts": "boxes", "connection": "local", "gather_facts": False, "tasks": [{"uri": {
                "url": f"https://{{{{ inventory_hostname }}}}:{boxes.port}{UPLOAD}", "method": "POST",
                "user": "admin", "password": PASSWORD, "validate_certs": False, "status_code": [200, 422],
                "body_format": "form-multipart",
                "body": {"file": {"filename": str(self.whole)}}}}]}])])
        return run(["ansible-playbook", "-f", "50", "-i", hosts, play], cwd=boxes.folder,
                   env={**os.environ, "ANSIBLE_LOCALHOST_WARNING": "0", "HOME": str(boxes.folder)})

    # --- scenarios ----------------------------------------------------------------------------------

    def audit(self):
        quick, repeats = self.options.quick, self.options.repeats
        some = 100 if quick else 1000
        with Boxes(self, 10000, "--installed", self.served) as boxes:
            self.compare("healthy", boxes, {
                "certroll audit": (some, self.certroll()),
                "bare OpenSSL loop, no verdict": (some, self.bare),
                "curl -Z -k": (some, self.curl),
                "blackbox_exporter, 64 at once": (some, self.blackbox),
                "nmap -T4 --script ssl-cert": (some // 2, self.nmap),
                "xargs -P32 openssl s_client": (some // 4, self.s_client),
                "xargs -P32 sslscan": (some // 10, self.sslscan),
            }, repeats)
            self.compare("healthy, sizes", boxes, {f"certroll audit, {size}": (size, self.certroll())
                                                   for size in self.sizes()}, repeats)

    def latency(self, name, delay, ours, curl, few):
        repeats = self.options.repeats
        with Boxes(self, ours, "--installed", self.served, "--fault", f"slow@tls:{delay}") as boxes:
            self.compare(name, boxes, {
                "certroll audit -j 1024": (ours, self.certroll(1024)),
                "curl -Z -k": (curl, self.curl),
                "xargs -P32 openssl s_client": (few * 4, self.s_client),
                "nmap -T4 --script ssl-cert": (few, self.nmap),
            }, repeats)

    def slow(self):
        quick = self.options.quick
        self.latency("100 ms per box", 100, *((400, 200, 16) if quick else (4000, 1000, 32)))
        self.latency("1 s per box", 1000, *((100, 100, 8) if quick else (1000, 500, 16)))

    def dead(self):
        count = 200 if self.options.quick else 1000
        first = ipaddress.ip_address("127.70.0.1")
        faults = [word for at in range(19, count, 20) for word in ("--fault", f"{first + at}=never-answer@tls")]
        with Boxes(self, count, "--installed", self.served, *faults) as boxes:
            self.compare("5 % dead, limit 5 s", boxes, {
                "certroll audit -j 1024": (count, self.certroll(1024, "5s")),
                "xargs -P32 timeout 5 s_client": (count // 4, self.s_client_limited),
            }, self.options.repeats)

    def sizes(self):
        return (100, 1000) if self.options.quick else (100, 1000, 5000, 10000)

    def rollout(self):
        quick, repeats = self.options.quick, self.options.repeats
        some = 60 if quick else 500
        with Boxes(self, some) as boxes:
            self.compare("roll-out", boxes, {
                "certroll deploy, proved": (some, self.deploy),
                "engine: upload and verify alone": (some, self.twice),
                "xargs -P32 curl --digest, unproved": (some // 5, self.curl_upload),
                "xargs -P32 curl, s_client | x509": (some // 10, self.shell_32),
                "shell loop curl, s_client | x509": (some // 20, self.shell),
                "ansible uri, 50 forks, unproved": (some // 20, self.ansible),
            }, repeats, reset="factory all")
        with Boxes(self, 10000) as boxes:
            self.compare("roll-out, sizes", boxes, {f"certroll deploy, {size}": (size, self.deploy)
                                                    for size in self.sizes()}, 1, reset="factory all")

    def memory(self):
        """What one more connection in flight takes: every box waits a second, so that all are in flight."""
        few, many = (64, 256) if self.options.quick else (64, 1024)
        with Boxes(self, many, "--installed", self.served, "--fault", "slow@tls:1000") as boxes:
            self.per_connection("audit", few, many, lambda size: self.certroll(size, "60s")(boxes, many))
        with Boxes(self, many // 2) as boxes:
            def look(size):
                found = self.deploy(boxes, size, jobs=size)
                boxes.say("factory all")
                return found
            self.per_connection("roll-out", few, many // 2, look)

    def per_connection(self, what, few, many, look):
        peaks = {size: statistics.median(look(size)[2] for _ in range(self.options.repeats))
                 for size in (few, many)}
        self.kib[what] = round((peaks[many] - peaks[few]) / (many - few), 1)
        print(f"{what}: {self.kib[what]} KiB per connection in flight ({few} and {many} at once)", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = {"audit": Bench.audit, "latency": Bench.slow, "dead": Bench.dead, "rollout": Bench.rollout,
             "memory": Bench.memory}
    parser.add_argument("part", nargs="*", help=f"of: {', '.join(parts)}; none: all")
    parser.add_argument("--quick", action="store_true", help="few boxes, one run each")
    parser.add_argument("--repeats", type=int, help="runs of each tool (3)")
    parser.add_argument("--build", type=Path, default=HERE.parent.parent / "build", help="folder of the programs")
    parser.add_argument("--json", type=Path, help="where the figures go (BUILD/bench.json)")
    options = parser.parse_args()
    unknown = [part for part in options.part if part not in parts]
    if unknown:
        parser.error(f"no part {unknown[0]!r}; there are {', '.join(parts)}")
    options.repeats = options.repeats or (1 if options.quick else 3)
    with tempfile.TemporaryDirectory(prefix="certroll-bench.") as folder:
        bench = Bench(options, folder)
        for part in options.part or parts:
            parts[part](bench)
    path = options.json or options.build / "bench.json"
    path.write_text(json.dumps({"load": os.getloadavg(), "cpus": os.cpu_count(), "rows": bench.rows,
                                "kib_per_connection": bench.kib}, indent=1) + "\n")
    print(f"as JSON: {path}")


if __name__ == "__main__":
    main()
