"""What must be true of a report: the rules of the campaign."""
import collections
import json
import signal
import time

WELL = ("changed", "unchanged")
BAD = ("failed", "not-begun", "reverted")
UNTOUCHED = ("unreachable", "not-begun", "stopped", "held", "unchanged")
STATUSES = (0, 1, 4, 75, 130)


class Seen:
    """What the fleet knows about a run: what was served before and after it, and what came in."""

    def __init__(self, before, after, events, new, reverting, strangers):
        self.before = {name: state["chain"] for name, state in before.items()}
        self.after = {name: state["chain"] for name, state in after.items()}
        self.new, self.reverting, self.strangers = new, reverting, strangers
        self.events = events
        self.uploads = collections.Counter(
            event["box"] for event in events if event.get("step") == "upload")


def read_report(text):
    """The JSON object on standard output, or None where a run had none to print."""
    begin = text.find("{")
    try:
        return json.loads(text[begin:]) if begin >= 0 else None
    except ValueError:
        return None  # cut off


def no_second_upload(seen, options):
    """What served exactly the new chain when the run began is not uploaded again."""
    if "--rollback-on-failure" in options:
        return
    for name, count in seen.uploads.items():
        if seen.before[name] == seen.new and name not in seen.reverting:
            yield f"{name} served the bundle already, and was uploaded {count} times"


def nothing_to_strangers(seen):
    """Another box than the known one gets neither credentials beyond its identity nor a bundle."""
    for event in seen.events:
        if event["box"] in seen.strangers and event.get("step") in ALTERING:
            yield f"{event['box']} is another box than the known one, and got {event['step']}"


ALTERING = ("upload", "trust", "untrust", "clear", "reset")


def journal_is_the_log(changes, events):
    """One by one: a request that alters a box is on disk before it is sent, and nothing else is."""
    written, taken = collections.defaultdict(list), collections.defaultdict(list)
    for change in changes:
        written[change["device"], change["step"]].append(change)
        if change["state"] == "begun" and not change["cut off"]:
            yield f"{change['device']}: {change['step']} of run {change['run']} never ended"
    for event in events:
        if event["event"] == "request" and event.get("step") in ALTERING and event.get("status") != 401:
            taken[event["box"], event["step"]].append(event)
    for box, step in written.keys() | taken.keys():
        rows, requests = written[box, step], taken[box, step]
        answered = [row for row in rows if row["state"] == "answered"]
        if len(requests) > len(rows):
            yield f"{box} took {step} {len(requests)} times, the journal has {len(rows)}"
        if len(answered) > len(requests):
            yield f"{box} took {step} {len(requests)} times, the journal has {len(answered)} answers"
        if len(rows) == len(requests):
            yield from moments_fit(box, step, rows, requests)


def seconds(text):
    return time.mktime(time.strptime(text, "%Y-%m-%d %H:%M:%S UTC"))


def moments_fit(box, step, rows, requests):
    """Within a second: the journal has no parts of it."""
    for row, request in zip(rows, requests):
        at = seconds(request["time"][:19].replace("T", " ") + " UTC")
        if at < seconds(row["begun"]) - 1 or \
                (row["state"] == "answered" and at > seconds(row["ended"]) + 1):
            yield f"{box} took {step} at {request['time']}, the journal says {row['begun']} to {row['ended']}"


def journal_is_closed(history):
    """Only SIGKILL leaves a run open."""
    for run in history["runs"]:
        if run["outcome"] in ("cut off", "running"):
            yield f"run {run['run']} is in the journal as {run['outcome']!r}"


def status_fits(status, sent, report):
    """A signal ends a run that has not begun, or whose report is being written, as it does any program."""
    if status not in STATUSES and not (sent and status == -signal.SIGTERM):
        yield f"exit status {status}"
    if report is None and status in (0, 1, 4):
        yield f"exit status {status}, but no report"
    outcomes = {device["outcome"] for device in report["devices"]} if report else set()
    if status == 0 and outcomes & set(BAD):
        yield f"exit status 0, but the report has {outcomes}"
    if status not in (0, 130) and outcomes and outcomes <= set(WELL) and not sent:
        yield f"exit status {status}, but all is well"
    if status == 130 and not sent:
        yield "exit status 130, but nobody interrupted"


def report_is_true(report, seen):
    names = [device["device"] for device in report["devices"]]
    for name in set(names):
        if names.count(name) > 1:
            yield f"{name} is in the report {names.count(name)} times"
    for device in report["devices"]:
        yield from device_is_true(device, seen)
    back = {device["device"] for device in report["devices"] if TAKEN_BACK in device["sentence"]}
    for endpoint in report["endpoints"]:
        yield from endpoint_is_true(endpoint, seen, endpoint["device"] in back)


def class_of(name, seen):
    """What a box serves, in the words of the rules."""
    chain = seen.after[name]
    if chain == seen.new:
        return "new"
    if chain[0] == seen.new[0]:
        return "partial"
    if chain == seen.before[name]:
        return "old"
    return "other"


TAKEN_BACK = "back on the bundle before"

# A piece of the sentence, and what must be served then.
SENTENCES = (
    (TAKEN_BACK, ("old",)),
    ("the way back failed", ("new", "old", "partial", "other")),  # the endpoints say it
    ("still serves the old certificate", ("old",)),
    ("serves another chain", ("partial",)),
    ("serves '", ("other", "old")),
)


def device_is_true(device, seen):
    name, outcome, sentence = device["device"], device["outcome"], device["sentence"]
    served = class_of(name, seen)
    told = f"{name}: {outcome}: {sentence!r}, but serves {served}"
    if name in seen.reverting:
        return
    if outcome in WELL and served != "new":
        yield told
    if outcome in ("needs-reset", "reverted") and served != "old" \
            and seen.after[name] != seen.before[name]:
        yield told
    if outcome in UNTOUCHED and seen.uploads[name] and TAKEN_BACK not in sentence:
        yield f"{told}; uploaded {seen.uploads[name]} times"
    if outcome not in ("failed", "reverted", "needs-reset"):
        return
    fitting = [classes for words, classes in SENTENCES if words in sentence]
    if fitting and served not in fitting[0]:
        yield told
    if not fitting and "cannot be seen" not in sentence and seen.after[name] != seen.before[name]:
        yield f"{told}, and does not say so"


def endpoint_is_true(endpoint, seen, taken_back):
    name, state = endpoint["device"], endpoint["state"]
    if name in seen.reverting or state == "unreachable":
        return
    chain = [certificate["sha256"] for certificate in endpoint["chain"]]
    if chain != seen.after[name]:
        yield (f"{name} {endpoint['service']}: the report shows {state} "
               f"{[one[:6] for one in chain]}, served is {[one[:6] for one in seen.after[name]]}")
    elif state == "proved" and chain != seen.new and not taken_back:
        yield f"{name} {endpoint['service']}: proved, but serves something else"
