#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Builds the documentation as a site: docs/, and the headers and schemas that are reference themselves.

usage: build.py DIR

A path of a page in a code span, such as `docs/guide/use.md`, becomes a link. DIR is replaced as a whole, and only if
the site is complete: no warning, no link that leads nowhere, nothing from another host.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

import check_links  # noqa: E402

# Page -> (source, title, language). What is Markdown already has no language.
SOURCES = {
    "host": ("core/host/include/glowplug/host.h", "The C interface for programs", "c"),
    "run": ("core/host/example/run.c", "A program that runs a model", "c"),
    "backend": ("backend-api/include/glowplug/backend.h", "The header of a backend", "c"),
    "image": ("backend-api/schema/image.fbs", "The schema of images", ""),
    "instr": ("backend-api/schema/instr.fbs", "The schema of instr programs", ""),
    "machine": ("backend-api/schema/machine.fbs", "The schema of machines", ""),
    "hello": ("backend-api/template/hello/hello.c", "A whole backend", "c"),
    "abi-changes": ("backend-api/CHANGELOG.md", "", None),
    "npu": ("backends/npu-sim/README.md", "", None),
    "contributing": ("CONTRIBUTING.md", "", None),
    "changes": ("CHANGELOG.md", "", None),
}
FENCE = re.compile(r"(^```.*?^```[^\n]*$)", re.M | re.S)
SPAN = re.compile(r"(?<!\[)`([\w./-]+)`")


class Failure(Exception):
    pass


def pages():
    """Path from the root of the repository -> path in the site's sources."""
    docs = [page.relative_to(ROOT / "docs").as_posix() for page in ROOT.glob("docs/**/*.md")]
    found = {f"docs/{page}": page for page in docs}
    found.update({source: f"sources/{page}.md" for page, (source, _, _) in SOURCES.items()})
    return found


def link_paths(text, page, known):
    """Makes links of code spans that are the path of a page."""
    folder = os.path.dirname(page)

    def link(match):
        beside = os.path.normpath(os.path.join("docs", folder, match[1]))
        target = known.get(match[1]) or known.get(beside)
        if target is None or target == page:
            return match[0]
        return f"[`{match[1]}`]({os.path.relpath(target, folder or '.')})"

    parts = FENCE.split(text)
    return "".join(part if part.startswith("```") else SPAN.sub(link, part) for part in parts)


def write_sources(folder):
    known = pages()
    shutil.copytree(ROOT / "docs", folder)
    (folder / "sources").mkdir()
    for page, (source, title, language) in SOURCES.items():
        text = (ROOT / source).read_text()
        if language is not None:
            text = f"# {title}\n\n`{source}`\n\n````{language}\n{text}````\n"
        (folder / "sources" / f"{page}.md").write_text(text)
    for source, page in known.items():
        if source in ("CHANGELOG.md", "backend-api/CHANGELOG.md"):
            continue  # history names what was there at the time
        path = folder / page
        path.write_text(link_paths(path.read_text(), page, known))


def check_navigation(text, sources):
    """Every page can be found."""
    listed = set(re.findall(r"^ +- (?:.*: )?(\S+\.md)$", text, re.M))
    lost = {str(page.relative_to(sources)) for page in sources.rglob("*.md")} - listed
    if lost:
        raise Failure(f"tools/site/mkdocs.yml: needs each page in nav, but lacks {', '.join(sorted(lost))}")


def configuration(sources, site):
    """mkdocs.yml with the folders, and a list of all decisions at the end of the navigation."""
    text = (HERE / "mkdocs.yml").read_text()
    decisions = sorted(page.name for page in (ROOT / "docs/adr").glob("*.md"))
    text += "  - Decisions:\n" + "".join(f"      - adr/{name}\n" for name in decisions)
    text = text.replace("custom_dir: theme", f"custom_dir: {HERE / 'theme'}")
    return text + f"docs_dir: {sources}\nsite_dir: {site}\n"


def build(folder):
    """Builds the site in the new folder `folder`."""
    with tempfile.TemporaryDirectory(prefix="glowplug-site-") as work:
        work = pathlib.Path(work)
        write_sources(work / "docs")
        text = configuration(work / "docs", folder)
        check_navigation(text, work / "docs")
        (work / "mkdocs.yml").write_text(text)
        done = subprocess.run(["mkdocs", "build", "--strict", "--config-file", work / "mkdocs.yml"],
                              text=True, capture_output=True)
    if done.returncode != 0:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line and not line.startswith("INFO")]
        raise Failure("\n".join(["mkdocs needs to succeed without a warning, but said:", *lines]))
    finish(folder)
    faults = check_links.faults(folder)
    if faults:
        raise Failure("\n".join(faults))


def finish(folder):
    """Makes the search work without a server, and the same sources give the same bytes."""
    index = (folder / "search/search_index.json").read_text()
    (folder / "search/index.js").write_text(f"var __search = {{ index: Promise.resolve({index}) }};\n")
    (folder / "search/search_index.json").unlink()
    shutil.copy(HERE / "worker.js", folder / "search/worker.js")
    for name in ("sitemap.xml", "sitemap.xml.gz"):  # names the day, and hosts have none here
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "assets/javascripts/lunr", ignore_errors=True)  # other languages
    for path in folder.rglob("*.map"):
        path.unlink()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="DIR", type=pathlib.Path)
    folder = parser.parse_args().folder.resolve()
    if folder.exists() and any(folder.iterdir()) and not (folder / "search/index.js").exists():
        sys.exit(f"{folder}: needs an empty folder or an older site, but got something else")
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = pathlib.Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        build(made)
        made.chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)
    except Failure as failure:
        sys.exit(f"tools/docs: {failure}")
    finally:
        shutil.rmtree(made, ignore_errors=True)
    print(f"{folder / 'index.html'}")


if __name__ == "__main__":
    main()
