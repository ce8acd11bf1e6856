#!/usr/bin/env python3
"""check_html.py PAGE: is the HTML report well made?  Prints what is wrong; status 1 if anything is.

Nesting, ids, labels, headings, tables, nothing from elsewhere, the hashes of its content security
policy, and the contrast of every pair of colours in its style, light and dark (WCAG 2.1, 1.4.3, 1.4.11).
"""
import base64
import hashlib
import re
import sys
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SHAPES = {"rect", "circle", "line", "path"}
KNOWN = set("""html head meta title style script body a header main section footer h1 h2 h3 h4 p ul ol li
    div span bdi strong code time table thead tbody tr th td details summary label input select option button
    svg text""".split()) | SHAPES

wrong = []


def complain(text):
    wrong.append(text)


class Page(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.labels, self.fields, self.targets = [], [], set(), [], []
        self.headings, self.texts, self.metas, self.tags, self.html = [], {}, {}, [], {}

    def handle_startendtag(self, tag, attributes):
        if tag not in SHAPES:
            complain(f"<{tag}/> outside a drawing")
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if len(values) != len(attributes):
            complain(f"<{tag}>: an attribute twice")
        if tag not in KNOWN:
            complain(f"<{tag}>: no element of this page")
        self.tags.append(tag)
        self.check_attributes(tag, values)
        if tag == "html":
            self.html = values
        if tag == "meta":
            self.metas[values.get("name") or values.get("http-equiv") or "charset"] = values.get("content", "")
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append(int(tag[1]))
        if tag in ("input", "select", "textarea"):
            self.fields.append(values.get("id"))
        if tag == "label":
            self.labels.add(values.get("for"))
        if tag == "th" and values.get("scope") not in ("col", "row"):
            complain("<th> without scope")
        if tag == "svg" and values.get("aria-hidden") != "true" and "svg" not in self.open:
            complain("<svg> that is neither hidden nor named")
        if tag not in VOID:
            self.open.append(tag)

    def check_attributes(self, tag, values):
        for name, value in values.items():
            if name.startswith("on") or name in ("style", "src", "srcset", "action", "background", "data"):
                complain(f"<{tag} {name}>: must not be")
            if name == "href" and not value.startswith("#"):
                complain(f"<{tag} href={value}>: leads elsewhere")
            if name == "id":
                self.ids.append(value)
            if name == "href" and "=" not in value:
                self.targets.append(value[1:])
            if name in ("aria-labelledby", "aria-describedby"):
                self.targets.append(value)

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            complain(f"</{tag}> closes {self.open[-1:] or 'nothing'}")
        else:
            self.open.pop()

    def handle_data(self, data):
        if self.open:
            self.texts[self.open[-1]] = self.texts.get(self.open[-1], "") + data
        if re.search(r"[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", data):
            complain(f"a character that steers: {data!r}")


def check_structure(page):
    if page.open:
        complain(f"never closed: {page.open}")
    if page.html.get("lang") != "en":
        complain("no language")
    for name in ("title", "h1"):
        if not page.texts.get(name, "").strip():
            complain(f"no {name}")
    for tag in ("title", "h1", "main", "header", "footer"):
        if page.tags.count(tag) != 1:
            complain(f"<{tag}> {page.tags.count(tag)} times")
    if not re.search(r"failed|unreachable|well|needs-reset|would-change", page.texts.get("title", "")):
        complain("the title does not tell the result")
    for twice in {one for one in page.ids if page.ids.count(one) > 1} if len(page.ids) < 500 else ():
        complain(f"id {twice} twice")
    if len(set(page.ids)) != len(page.ids):
        complain("an id twice")
    for field in page.fields:
        if field not in page.labels:
            complain(f"field {field} has no label")
    for target in set(page.targets) - set(page.ids):
        complain(f"nothing has the id {target}")
    for before, after in zip([0] + page.headings, page.headings):
        if after > before + 1:
            complain(f"heading h{after} below h{before}")


def check_policy(page):
    policy = page.metas.get("Content-Security-Policy", "")
    for directive in ("default-src 'none'", "base-uri 'none'", "form-action 'none'"):
        if directive not in policy:
            complain(f"policy without {directive}")
    if "unsafe" in policy:
        complain("policy with unsafe-something")
    for name in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.texts[name].encode()).digest()).decode()
        if f"{name}-src 'sha256-{digest}'" not in policy:
            complain(f"policy does not name the hash of the {name}")
    if re.search(r"url\(|@import|https?:|fetch\(|XMLHttpRequest|import\(", page.texts["style"] + page.texts["script"]):
        complain("style or script ask for something from elsewhere")


def luminance(colour):
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def schemes(style):
    found = []
    for root in re.findall(r":root\s*\{([^}]*)\}", style):
        found.append(dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", root)))
    if len(found) != 2 or set(found[0]) != set(found[1]) or not found[0]:
        complain("not one set of colours for light and one for dark")
        return []
    return zip(("light", "dark"), found)


TONES = ("bad", "warn", "good", "note")


def pairs():
    """What stands on what: text needs 4.5, edges of controls and marks of drawings 3."""
    for ground in ("page", "card"):
        for text in ("text", "dim", "link") + TONES:
            yield text, ground, 4.5
        for mark in ("edge",) + TONES:
            yield mark, ground, 3
    for tone in TONES:
        yield tone, tone + "-bg", 4.5
        yield "text", tone + "-bg", 4.5


def check_contrast(style):
    for scheme, colours in schemes(style):
        for front, ground, least in pairs():
            ratio = contrast(colours[front], colours[ground])
            if ratio < least:
                complain(f"{scheme}: --{front} on --{ground} has a contrast of {ratio:.2f}, not {least}")
    for value in re.findall(r"(?:[^-]color|background|fill|stroke):\s*([^;]+);", style):
        if not re.match(r"var\(--|none$", value.strip()):
            complain(f"a colour outside the table: {value}")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    page = Page()
    page.feed(text)
    page.close()
    check_structure(page)
    check_policy(page)
    check_contrast(page.texts["style"])
    print("\n".join(wrong[:20]) or f"well made: {len(text)} bytes, {len(page.tags)} elements")
    return 1 if wrong else 0


sys.exit(main())
