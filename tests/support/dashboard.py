#!/usr/bin/env python3
"""dashboard.py FILE: is this a sound Grafana dashboard?  Its queries as a file of recording rules, for
promtool to check, on standard output."""
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    board = json.load(file)
variables = {variable["name"] for variable in board["templating"]["list"]}
ids, cells, queries = set(), set(), []
for panel in board["panels"]:
    assert panel["id"] not in ids, f"two panels with id {panel['id']}"
    ids.add(panel["id"])
    place = panel["gridPos"]
    assert place["x"] + place["w"] <= 24, f"{panel['title']} is wider than the page"
    for x in range(place["x"], place["x"] + place["w"]):
        for y in range(place["y"], place["y"] + place["h"]):
            assert (x, y) not in cells, f"{panel['title']} lies on another panel"
            cells.add((x, y))
    assert panel["targets"], f"{panel['title']} asks for nothing"
    queries += [target["expr"] for target in panel["targets"]]
queries = [query.replace("$device", ".*") for query in queries]
assert not any("$" in query for query in queries) and {"device", "datasource"} == variables
rules = [{"record": f"dashboard:{number}", "expr": query} for number, query in enumerate(queries)]
json.dump({"groups": [{"name": "dashboard", "rules": rules}]}, sys.stdout)
