#!/usr/bin/env python3
"""reports.py FORMAT FILE: is the file a report of this form that no certificate has broken?

Every form is read by a parser of somebody else where there is one.  On standard output: what a test
compares, one line per endpoint.
"""
import csv
import io
import json
import re
import sys
import unicodedata
import xml.etree.ElementTree as ET

COLUMNS = """device service name address state standing outcome leaf_sha256 leaf issuer serial not_after
days_left chain_not_after chain_days_left chain_ends path_not_after path_days_left path_ends tls_version
changed finding_ids detail changes changed_since""".split()
NUMBERS = {"days_left", "chain_days_left", "path_days_left"}
ALWAYS = {"device", "state", "standing", "outcome", "changed", "name"}


def check(good, sentence):
    if not good:
        sys.exit(f"{sys.argv[1]}: {sentence}")


def read():
    with open(sys.argv[2], "rb") as file:
        text = file.read().decode("utf-8")  # raises for broken UTF-8
    for char in text:
        steers = unicodedata.bidirectional(char) in (
            "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
        control = unicodedata.category(char) in ("Cc", "Zl", "Zp") and char not in "\n\r"
        check(not steers and not control, f"U+{ord(char):04X} went through")
    check("\r" not in text.replace("\r\n", ""), "a lone carriage return")
    return text


def is_finding(one):
    return (set(one) == {"id", "severity", "place", "sentence", "remedy"} and
            one["severity"] in ("error", "warning", "note") and all(isinstance(x, str) for x in one.values()))


def is_cert(one):
    return (set(one) == {"subject", "issuer", "not_before", "not_after", "sha256"} and
            re.fullmatch("[0-9a-f]{64}", one["sha256"]))


def check_endpoint(row):
    known = set(COLUMNS) | {"chain", "findings"}
    check(set(row) <= known, f"unknown members {set(row) - known}")
    check(ALWAYS <= set(row), f"missing members {ALWAYS - set(row)}")
    for name, value in row.items():
        if name in ("chain", "findings"):
            check(all(map(is_cert if name == "chain" else is_finding, value)), f"{name}: {value}")
        else:
            check(isinstance(value, int if name in NUMBERS else str), f"{name}: {value!r}")
    check(row.get("finding_ids", "").split() == [one["id"] for one in row["findings"]], "finding_ids")
    print(row["device"], row["standing"], row.get("finding_ids", ""), row.get("days_left", "-"))


def check_json(text):
    root = json.loads(text)
    check(list(root) == ["schema", "kind", "findings", "devices", "endpoints"], f"members {list(root)}")
    check(root["schema"] == 1 and all(map(is_finding, root["findings"])), "head")
    for device in root["devices"]:
        check({"device", "role", "trust", "outcome", "sentence", "findings"} <= set(device), "device")
    for row in root["endpoints"]:
        check_endpoint(row)


def check_jsonl(text):
    check(text.endswith("\n"), "the last line is not ended")
    for line in text.splitlines():
        check_endpoint(json.loads(line))


def check_csv(text):
    check(text.count("\r\n") == text.count("\n"), "lines end with CR LF (RFC 4180)")
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    check(list(rows[0]) == COLUMNS, "columns")
    for row in rows:
        check(None not in row and None not in row.values(), "number of fields")
        for name, value in row.items():
            check(name in NUMBERS or value[:1] not in tuple("=+-@\t\r"), f"formula in {name}")
        print(row["device"], row["standing"], row["finding_ids"], row["days_left"] or "-")


def check_junit(text):
    root = ET.fromstring(text)
    cases = root.findall("testcase")
    check(root.tag == "testsuite" and int(root.get("tests")) == len(cases), "tests")
    check(int(root.get("failures")) == len(root.findall("testcase/failure")), "failures")
    check(all(e.tag in ("testsuite", "testcase", "failure", "skipped", "system-out") for e in root.iter()), "tags")
    for case in cases:
        failure = case.find("failure")
        print(case.get("classname"), "well" if failure is None else failure.get("type"))


LABELS = r'\{[a-z_0-9]+="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-z_0-9]+="(?:[^"\\\n]|\\[\\"n])*")*\}'


def check_prometheus(text):
    known, seen = set(), set()
    for line in text.split("\n")[:-1]:
        if line.startswith("# TYPE "):
            check(line.split()[2] not in known, f"told twice: {line}")
            known.add(line.split()[2])
        if line.startswith("#"):
            continue
        sample = re.fullmatch(rf"([a-z_0-9]+)({LABELS})? -?[0-9]+", line)
        check(sample and sample[1] in known, f"no sample: {line}")
        check(sample[0].rsplit(" ", 1)[0] not in seen, f"twice: {line}")
        seen.add(sample[0].rsplit(" ", 1)[0])
    print(len(seen))


DATUM = r"(?:'[^'=|]+'|[^'=| ]+)=-?[0-9]+(?:;-?[0-9]*:?;-?[0-9]*:?)?"


def check_nagios(text):
    lines = text.split("\n")
    check(re.fullmatch(rf"CERTROLL (OK|WARNING|CRITICAL|UNKNOWN) - [^|]+ \| {DATUM}(?: {DATUM})*", lines[0]),
          f"first line: {lines[0]}")
    check("|" not in "".join(lines[1:]), "performance data in the long text")
    print(lines[0].split(" - ")[0])


def check_text(text):
    check("\r" not in text, "carriage return")


globals()["check_" + sys.argv[1]](read())
