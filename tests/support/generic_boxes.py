"""Boxes for tests/e2e/generic.sh: every log-on with every body, as a mock device wants it and as options say it.

    generic_boxes.py roster USER PASSWORD        lines for mock-fleet --fleet
    generic_boxes.py inventory USER ANNOUNCED    the inventory for what the fleet has announced
"""

import json
import sys

JSON = '{"tls":{"cert":"{leaf}","ca":["{issuers}"],"key":"{key}","on":true}}'
CSRF = 'name="csrf" value="*"'
LOGIN = ["csrf={token}", "who={user}", "pw={password}"]
AUTHS = ["none", "basic", "digest", "bearer", "form"]

# What is sent, by name: the options of upload:; with True for each log-on, else for Basic alone.
BODIES = {
    "multipart": (True, {"form": "multipart", "fields": ["note=a b&c", "key@box.pem={key}{chain}"]}),
    "urlencoded": (True, {"form": "urlencoded", "fields": ["note=a b&c", "c={chain}", "k={key}"]}),
    "json": (True, {"form": "json", "method": "PUT", "body": JSON}),
    "raw": (True, {"form": "raw", "method": "PATCH", "type": "application/x-pem-file", "body": "{bundle}"}),
    "parts": (False, {"fields": ["c@c.pem={leaf}", "ca@ca.pem={intermediates}{root}", "k={key:base64}"]}),
    "pkcs12": (False, {"fields": ["pw={pkcs12-password}", "file@a.p12={pkcs12}"]}),
    "old-pkcs12": (False, {"form": "urlencoded", "fields": ["pw={pkcs12-password}", "file={pkcs12:base64}"]}),
    "json-pkcs12": (False, {"form": "json", "body": '{"pw":"{pkcs12-password}","p12":"{pkcs12:base64}"}'}),
    "header": (False, {"fields": ["f@a.pem={bundle}"], "header": "X-Api: {user} {password}"}),
}


def boxes():
    for name, (everywhere, upload) in BODIES.items():
        for auth in AUTHS if everywhere else ["basic"]:
            yield f"{auth}-{name}", auth, upload


def roster(user, password):
    for name, auth, upload in boxes():
        habits = {"auth": auth}
        if auth == "form":
            habits |= {"token": CSRF, "login-page": "/in", "login-path": "/in", "login-form": "urlencoded",
                       "login-fields": "\n".join(LOGIN), "logout-path": "/out"}
        for key in ("form", "method", "body", "header"):
            if key in upload:
                habits[f"upload-{key}"] = upload[key]
        if "fields" in upload:
            # The box does not look at file names.
            lines = [line.split("=", 1) for line in upload["fields"]]
            habits["upload-fields"] = "\n".join(f"{field.split('@')[0]}={value}" for field, value in lines)
        print(json.dumps({"name": name, "family": "generic-upload", "user": user, "password": password,
                          "names": [f"{name}.example.test"], "set": habits}))


def inventory(user, announced):
    places = [json.loads(line) for line in open(announced)]
    places = {place["name"]: place for place in places if "name" in place}
    devices = []
    for name, auth, upload in boxes():
        options = {"auth": auth, "look": {"ok": "certificates"},
                   "upload": {"path": "/upload", "ok": "it is done", "error": "refused"} | upload}
        if auth == "form":
            options |= {"token": CSRF, "login": {"page": "/in", "path": "/in", "fields": LOGIN},
                        "logout": {"path": "/out"}}
        if "pkcs12" in name:
            options["pkcs12"] = {"password": "file:p12.pw", "old": "old" in name}
        port = places[name]["ports"]["https"]
        devices.append({"name": name, "role": "other", "driver": "generic-upload", "host": places[name]["address"],
                        "port": port, "services": [f"https:{port}"], "names": [f"{name}.example.test"],
                        "user": user, "password": "file:box.pw", "options": options})
    print(json.dumps({"devices": devices}, indent=1))


{"roster": roster, "inventory": inventory}[sys.argv[1]](*sys.argv[2:])
