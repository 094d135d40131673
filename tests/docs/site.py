#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The documentation builds as a site whose links and search work.

usage: site.py ROOT
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
ROOT = None
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


class SiteTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="glowplug docs "))
        self.addCleanup(shutil.rmtree, self.folder)
        self.site = self.folder / "site"

    def build(self, root):
        return subprocess.run([root / "tools/docs", self.site], text=True, capture_output=True, timeout=120)

    def copy(self):
        """What the site is made of, as a tree of its own."""
        root = self.folder / "tree"
        sys.path.insert(0, str(ROOT / "tools/site"))
        import build as site  # pylint: disable=import-outside-toplevel

        for folder in ("docs", "tools/site"):
            shutil.copytree(ROOT / folder, root / folder)
        for file in ["tools/docs", *(source for source, _, _ in site.SOURCES.values())]:
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, root / file)
        return root

    def error(self, root):
        done = self.build(root)
        self.assertNotEqual(done.returncode, 0)
        self.assertFalse(self.site.exists(), "a site that is not complete was left")
        return done.stderr


class WholeTest(SiteTest):
    def test_links_and_search_work_from_a_folder(self):
        done = self.build(ROOT)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.strip(), str(self.site / "index.html"))
        use = (self.site / "guide/use.html").read_text()
        self.assertIn('<a href="../reference/simulation.html"><code>docs/reference/simulation.md</code></a>', use)
        if not CHROMIUM:
            self.skipTest("there is no chromium; Debian's package of this name has it")
        found = self.search("non_max_suppression")
        self.assertRegex(found, r"[1-9]\d* matching documents?")
        self.assertIn("reference/primitives.html", found)
        self.assertRegex(self.search("zzyzx"), "No matching documents")

    def search(self, word):
        page = subprocess.run(
            [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={self.folder / 'profile'}",
             "--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=20000", "--dump-dom",
             f"{(self.site / 'index.html').as_uri()}?q={word}"],
            text=True, capture_output=True, timeout=120)  # fmt: skip
        return re.search(r'<div class="md-search-result".*?</div>.*?</ol>', page.stdout, re.S)[0]

    def test_the_same_sources_give_the_same_bytes(self):
        def contents():
            done = self.build(ROOT)
            self.assertEqual(done.returncode, 0, done.stderr)
            return {path.relative_to(self.site): path.read_bytes() for path in self.site.rglob("*") if path.is_file()}

        first = contents()
        self.assertGreater(len(first), 30)
        self.assertEqual(contents(), first)


class FaultTest(SiteTest):
    def test_a_link_to_no_page(self):
        root = self.copy()
        page = root / "docs/guide/use.md"
        page.write_text(page.read_text() + "\n[there](nowhere.md)\n")
        self.assertIn("nowhere.md", self.error(root))

    def test_a_link_to_no_anchor(self):
        root = self.copy()
        page = root / "docs/guide/use.md"
        page.write_text(page.read_text() + "\n[there](npu.md#nowhere)\n")
        self.assertIn("guide/use.html: link to 'npu.html#nowhere': the page has no such anchor", self.error(root))

    def test_a_picture_of_another_host(self):
        root = self.copy()
        page = root / "docs/guide/use.md"
        page.write_text(page.read_text() + "\n![picture](https://example.invalid/a.png)\n")
        self.assertIn("it is loaded from another host", self.error(root))

    def test_a_page_that_is_not_in_the_navigation(self):
        root = self.copy()
        (root / "docs/guide/lost.md").write_text("# Lost\n")
        self.assertIn("lacks guide/lost.md", self.error(root))

    def test_a_folder_that_is_no_site_is_kept(self):
        self.site.mkdir()
        (self.site / "mine").write_text("mine")
        self.assertNotEqual(self.build(ROOT).returncode, 0)
        self.assertEqual((self.site / "mine").read_text(), "mine")


def main():
    global ROOT
    ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
    os.environ["DBUS_SESSION_BUS_ADDRESS"] = "disabled:"
    unittest.main(verbosity=2)


if __name__ == "__main__":
    main()
