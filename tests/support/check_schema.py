#!/usr/bin/env python3
"""check_schema.py SCHEMA good|tests|bad|report FILE...: is each file as the schema has it?

good    YAML inventories that must be accepted
tests   the same, whose drivers and options are those of the unit tests' own drivers
bad     YAML inventories that must be refused
report  JSON reports that must be accepted, and must have no member that the schema does not name
"""
import copy
import json
import re
import sys

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    """Plain YAML 1.2, as editors read it: no sexagesimal numbers, no dates, no "yes"."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("bool", r"^(true|false)$", "tf"),
    ("int", r"^-?(0|[1-9][0-9]*)$", "-0123456789"),
    ("float", r"^-?[0-9]+\.[0-9]+$", "-0123456789"),
    ("null", r"^(~|null|)$", ["~", "n", ""]),
):
    Loader.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), list(first))


def closed(schema):
    """A copy in which no object has members that are not named."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    copied = {key: closed(part) for key, part in schema.items()}
    if "properties" in schema and schema.get("type") == "object":
        copied.setdefault("additionalProperties", False)
    return copied


def of_drivers(error):
    path = list(error.absolute_path)
    return "options" in path or path[-1:] == ["driver"]


def problems(kind, validator, path):
    with open(path, encoding="utf-8") as file:
        document = json.load(file) if kind == "report" else yaml.load(file, Loader)
    errors = list(validator.iter_errors(document))
    if kind in ("tests", "bad"):
        errors = [error for error in errors if kind == "bad" or not of_drivers(error)]
    return ["%s: %s" % ("/".join(map(str, error.absolute_path)), error.message[:200]) for error in errors]


def main():
    schema_path, kind, *paths = sys.argv[1:]
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(closed(copy.deepcopy(schema)) if kind == "report" else schema)
    failed = not paths
    for path in paths:
        found = problems(kind, validator, path)
        if (kind == "bad") == bool(found):
            continue
        failed = True
        print("%s: %s" % (path, "; ".join(found) if found else "is accepted"))
    sys.exit(1 if failed else 0)


main()
