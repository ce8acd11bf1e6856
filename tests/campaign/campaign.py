#!/usr/bin/env python3
"""Thousands of simulated roll-outs with faults, kills and resumes; each report against the truth.

    campaign.py --build FOLDER --count N [--seed S] [--jobs N] [--work FOLDER]
    campaign.py --build FOLDER --only SEED:ROUND

All that is drawn in a round comes from its seed and number.  What is rolled out to is mock-fleet;
what it serves is asked from its control socket and, independently of it, by handshake.
The work folder of a round that failed is kept; the last line is the result.
"""
import argparse
import concurrent.futures
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # the source tree stays as it is
import fleet  # noqa: E402
import judge  # noqa: E402

RUN_LIMIT = 120  # seconds: a run that takes longer is a failure
RESUMES = 3
SIGNALS = {"KILL": 9, "TERM": 15}


class Plan:
    """What a round will do, drawn at once, so that a change of one draw is seen in one place."""

    def __init__(self, seed, number):
        draw = random.Random(f"{seed}:{number}")
        self.boxes = fleet.draw_boxes(draw, number)
        self.random_faults = None
        self.faults = {}
        self.previous = False
        self.swap = None
        if draw.random() < 0.4:
            self.random_faults = f"{draw.randrange(1 << 31)}:{draw.choice((3, 6, 12, 25))}"
        else:
            self.faults = fleet.draw_faults(draw, self.boxes)
            self.previous = draw.random() < 0.35
            self.swap = fleet.draw_swap(draw, self.boxes, RESUMES)
        self.options = self.draw_options(draw)
        self.heal_early = draw.random() < 0.5
        self.kills = [self.draw_kill(draw, 0.75)]
        self.kills += [self.draw_kill(draw, 0.3) for _ in range(RESUMES - 1)] + [None]

    def draw_options(self, draw):
        options = ["--jobs", str(draw.choice((1, 2, 256)))]
        if draw.random() < 0.75:
            options += ["--no-canary"]
        if draw.random() < 0.2:
            options += ["--serial", draw.choice(("1", "1,50%", "3"))]
        if draw.random() < 0.1:
            options += ["--max-fail", "2"]
        if draw.random() < 0.08:
            options += ["--recheck", "2s"]
        if self.previous and draw.random() < 0.3:
            options += ["--rollback-on-failure"]
        return options

    def draw_kill(self, draw, chance):
        """(signal, after so many lines of the fleet's log), or None."""
        signal = draw.choice(("KILL", "KILL", "KILL", "TERM"))
        lines = draw.randrange(1, 18 * len(self.boxes))
        return (signal, lines) if draw.random() < chance else None


class Round:
    def __init__(self, tools, seed, number, folder):
        self.tools = tools
        self.plan = Plan(seed, number)
        self.folder = folder
        self.complaints = []
        self.runs = 0
        self.killed = False
        self.uploads = 0
        self.changes = 0
        self.told = {}  # device: what the newest report says

    def path(self, name):
        return os.path.join(self.folder, name)

    def complain(self, text):
        self.complaints.append(text)

    def certroll(self, name, arguments, kill=None):
        """Run it, perhaps end it; (status, standard output, was a signal sent?)."""
        command = [self.tools.certroll, *arguments, "--state", self.path("state")]
        lines = self.mock.log_lines()
        with open(self.path(name + ".out"), "w") as out, open(self.path(name + ".err"), "w") as err:
            err.write(" ".join(command) + f"  # {kill}\n")
            err.flush()
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
            sent = self.wait(child, kill, lines, name)
        with open(self.path(name + ".out")) as out:
            return child.returncode, out.read(), sent

    def wait(self, child, kill, lines, name):
        deadline = time.monotonic() + RUN_LIMIT
        while kill and child.poll() is None and time.monotonic() < deadline:
            if self.mock.log_lines() >= lines + kill[1]:
                child.send_signal(SIGNALS[kill[0]])
                break
            time.sleep(0.002)
        else:
            kill = None
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.complain(f"{name}: no end after {RUN_LIMIT} s")
            child.kill()
            child.wait()
        return kill is not None

    def roll_out(self, name, arguments, kill):
        """One run and its judgement; whether it came to an end by itself."""
        before, mark, strangers = self.mock.truth(), self.mock.mark(), self.mock.strangers()
        status, out, sent = self.certroll(name, arguments, kill)
        after = self.mock.truth()
        seen = judge.Seen(before, after, self.mock.since(mark), self.tools.new, self.mock.reverting,
                          strangers)
        self.runs += 1
        self.uploads += sum(seen.uploads.values())
        for complaint in judge.no_second_upload(seen, self.plan.options):
            self.complain(f"{name}: {complaint}")
        for complaint in judge.nothing_to_strangers(seen):
            self.complain(f"{name}: {complaint}")
        if sent and status == -SIGNALS["KILL"]:
            self.killed = True
            return False
        if not self.killed:
            for complaint in judge.journal_is_closed(self.history()):
                self.complain(f"{name}: {complaint}")
        report = judge.read_report(out)
        for complaint in judge.status_fits(status, sent, report):
            self.complain(f"{name}: {complaint}")
        if report is None:
            return not sent
        for complaint in judge.report_is_true(report, seen):
            self.complain(f"{name}: {complaint}")
        self.told.update({device["device"]: device for device in report["devices"]})
        return not sent

    def history(self, *run):
        status, out, _ = self.certroll("history", ["history", *run, "-o", "json"])
        if status:
            self.complain(f"history {' '.join(run)}: exit status {status}")
            return {"runs": []}
        return judge.read_report(out) or {"runs": []}

    def install_previous(self):
        words = ["deploy", self.tools.old_bundle, "-i", self.path("inventory.yaml")]
        status, out, _ = self.certroll("previous", words + self.tools.common + ["--no-canary"])
        if status:
            self.complain(f"previous: exit status {status}")

    def go(self):
        plan = self.plan
        with fleet.Mock(self.tools.mock, self.folder, plan.boxes, plan.random_faults,
                        self.tools.factory_keys) as self.mock:
            self.mock.write_inventory(plan.boxes)
            if plan.previous:
                self.install_previous()
            self.known = len(self.history()["runs"]) if plan.previous else 0
            for address, fault in plan.faults:
                self.mock.say(f"fault {address} {fault}")
            self.all_runs()
            self.mock.check_handshakes(self.complain, healed=not plan.random_faults)
            self.nobody_forgotten()
            self.journal_is_the_log()

    def all_runs(self):
        plan = self.plan
        deploy = ["deploy", self.tools.new_bundle, "-i", self.path("inventory.yaml")]
        deploy += self.tools.common + plan.options
        haste = self.tools.hasty  # for as long as boxes are silent
        self.swap(0)
        self.roll_out("run-0", deploy + haste, plan.kills[0])
        for i in range(1, RESUMES + 1):
            self.swap(i)
            if plan.heal_early or i == RESUMES:
                self.mock.say("unfault all")
                haste = haste if plan.random_faults else ["--no-canary"]
            begun = len(self.history()["runs"]) > self.known
            words = ["resume", "-i", self.path("inventory.yaml"), *self.tools.common]
            ended = self.roll_out(f"run-{i}", (words if begun else deploy) + haste, plan.kills[i])
            if ended and (plan.random_faults or plan.heal_early):
                break

    def swap(self, run):
        if self.plan.swap and self.plan.swap[1] == run:
            self.mock.say(f"fault {self.plan.swap[0]} swap-identity")

    def journal_is_the_log(self):
        """Every altering request that the fleet took is in the journal, and no other."""
        changes = []
        for run in reversed(self.history()["runs"]):
            changes += [{**change, "run": run["run"], "cut off": run["outcome"] == "cut off"}
                        for change in self.history(str(run["run"]))["changes"]]
        for complaint in judge.journal_is_the_log(changes, self.mock.since(0)):
            self.complain(complaint)
        self.changes = len(changes)

    def nobody_forgotten(self):
        """Each device: told in a report, or proved in the journal; and healed boxes all serve the new."""
        truth, exempt = self.mock.truth(), self.mock.reverting | self.mock.strangers()
        rows = {}
        for run in reversed(self.history()["runs"][: -self.known or None]):
            detail = self.history(str(run["run"]))
            rows.update({row["device"]: row for row in detail["devices"]})
        for box in self.plan.boxes:
            name = box["name"]
            row = rows.get(name)
            told = self.told.get(name)
            if not row and not told:
                self.complain(f"{name} is in no report and not in the journal")
            elif not told and row["outcome"] not in judge.WELL and not row["proved"]:
                self.complain(f"{name} is in no report, and the journal says {row['outcome']!r}")
            elif not told and truth[name]["chain"] != self.tools.new and name not in exempt:
                self.complain(f"{name}: proved in the journal, but serves something else")
            if not self.plan.random_faults and truth[name]["chain"] != self.tools.new:
                if name not in exempt:
                    self.complain(f"{name} does not serve the new chain although nothing is wrong "
                                  f"any more; told: {told and told['sentence']}")


class Tools:
    """Programs, and the bundles made once."""

    def __init__(self, build, work):
        self.certroll = os.path.join(build, "certroll")
        self.mock = os.path.join(build, "mock-fleet")
        self.old_bundle, self.old = fleet.make_bundle(work, "old")
        self.new_bundle, self.new = fleet.make_bundle(work, "new")
        self.factory_keys = fleet.make_factory_keys(work)
        self.common = ["--yes", "--accept-new", "-o", "json", "--ca-file",
                       os.path.join(work, "root.crt"), "--settle", "300ms"]
        self.hasty = ["--timeout", "1s"]


def one_round(tools, seed, number, work):
    folder = os.path.join(work, f"{seed}-{number}")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder, 0o700)
    job = Round(tools, seed, number, folder)
    try:
        job.go()
    except (OSError, ValueError, KeyError, RuntimeError, subprocess.SubprocessError) as error:
        job.complain(f"the campaign itself: {type(error).__name__}: {error}")
    if not job.complaints:
        shutil.rmtree(folder)
    return number, job, folder


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", metavar="SEED:ROUND")
    parser.add_argument("--jobs", type=int, default=4 * (os.cpu_count() or 1))  # they mostly wait
    parser.add_argument("--work")
    options = parser.parse_args()
    seed, numbers = options.seed, range(options.count)
    if options.only:
        seed, number = (int(part) for part in options.only.split(":"))
        numbers = [number]
    work = options.work or tempfile.mkdtemp(prefix="certroll-campaign.")
    os.makedirs(work, 0o700, exist_ok=True)
    tools = Tools(os.path.abspath(options.build), work)
    began, failed, runs, uploads, changes = time.monotonic(), 0, 0, 0, 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        jobs = [pool.submit(one_round, tools, seed, number, work) for number in numbers]
        for done in concurrent.futures.as_completed(jobs):
            number, job, folder = done.result()
            runs, uploads, changes = runs + job.runs, uploads + job.uploads, changes + job.changes
            if job.complaints:
                failed += 1
                print(f"FAILED {seed}:{number}, kept in {folder}", flush=True)
                for complaint in job.complaints[:12]:
                    print(f"  {complaint}", flush=True)
    print(f"campaign: {len(jobs)} rounds with seed {seed}, {runs} runs, {uploads} uploads, "
          f"{changes} changes, {failed} failed, {time.monotonic() - began:.0f} s")
    if not failed and not options.work:
        shutil.rmtree(work)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
