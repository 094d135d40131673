#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks the links of a built site.

usage: check_links.py DIR

Each link to a page leads to a file and an anchor that exist; scripts, styles, fonts and pictures come from the site
itself. Links of text to other hosts are allowed: nobody has to follow them. Exit status 1 and one line per fault.
"""

import html.parser
import pathlib
import re
import sys
import urllib.parse

LOADS = {("script", "src"), ("img", "src"), ("link", "href"), ("iframe", "src"), ("object", "data"), ("source", "src")}
STYLE_URL = re.compile(r"url\(\s*[\"']?([^\"')]+)|@import\s+[\"']([^\"']+)")


class Page(html.parser.HTMLParser):
    """The anchors of a page and what it refers to: (target, whether it is loaded)."""

    def __init__(self, text):
        super().__init__()
        self.anchors, self.references = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        for name in ("id", "name"):
            if values.get(name):
                self.anchors.add(values[name])
        if tag == "link" and values.get("rel") in ("canonical", "next", "prev"):
            return
        for name in ("href", "src", "data"):
            if values.get(name):
                self.references.append((values[name], (tag, name) in LOADS))


def faults(folder):
    folder = pathlib.Path(folder).resolve()
    pages = {path: Page(path.read_text()) for path in sorted(folder.rglob("*.html"))}
    found = []
    for path, page in pages.items():
        for target, loaded in page.references:
            fault = fault_of(folder, pages, path, target, loaded)
            if fault:
                found.append(f"{path.relative_to(folder)}: link to '{target}': {fault}")
    for path in sorted(folder.rglob("*.css")):
        for match in STYLE_URL.finditer(path.read_text()):
            if re.match(r"(https?:)?//", match[1] or match[2]):
                found.append(f"{path.relative_to(folder)}: loads '{match[1] or match[2]}' from another host")
    return found


def fault_of(folder, pages, path, target, loaded):
    parts = urllib.parse.urlsplit(target)
    if parts.scheme == "data":
        return None
    if parts.scheme or parts.netloc:
        return "it is loaded from another host" if loaded else None
    base = folder if parts.path.startswith("/") else path.parent
    file = (base / urllib.parse.unquote(parts.path).lstrip("/")).resolve() if parts.path else path
    if path.name == "404.html" and parts.path.startswith("/"):
        return None  # its links begin at the root of a server
    if not file.is_file():
        return "there is no such file"
    if parts.fragment and file in pages and urllib.parse.unquote(parts.fragment) not in pages[file].anchors:
        return "the page has no such anchor"
    return None


def main():
    found = faults(sys.argv[1])
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
