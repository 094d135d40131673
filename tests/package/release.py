#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""tools/release gives the same bytes each time, and what it writes is consistent.

usage: release.py --root ROOT --build BUILD --release DIR

The release is left in DIR, for other tests.
"""

import argparse
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

OPTIONS = None


def release(*arguments, **environment):
    return subprocess.run([OPTIONS.root / "tools/release", *arguments], text=True, capture_output=True, timeout=600,
                          env={**os.environ, **environment})  # fmt: skip


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


class ReleaseTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = OPTIONS.release
        shutil.rmtree(cls.folder, ignore_errors=True)
        done = release(cls.folder, "--build", OPTIONS.build, "--allow-changes")
        assert done.returncode == 0, done.stderr
        cmake = (OPTIONS.root / "CMakeLists.txt").read_text()
        cls.version = re.search(r"^project\(glowplug VERSION (\S+)", cmake, re.M)[1]

    def test_twice_gives_the_same_bytes(self):
        other = self.folder.with_name("release again")
        shutil.rmtree(other, ignore_errors=True)
        self.addCleanup(shutil.rmtree, other, ignore_errors=True)
        elsewhere = {"TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8", "SOURCE_DATE_EPOCH": "1", "PERL_HASH_SEED": "7"}
        done = release(other, "--build", OPTIONS.build, "--allow-changes", **elsewhere)
        self.assertEqual(done.returncode, 0, done.stderr)
        first, second = contents(self.folder), contents(other)
        self.assertEqual(sorted(first), sorted(second))
        self.assertEqual([name for name in first if first[name] != second[name]], [])

    def test_names_and_sums(self):
        packages = {"glowplug": "amd64", "libglowplug": "amd64", "glowplug-dev": "amd64", "glowplug-doc": "all"}
        machine = subprocess.run(["dpkg", "--print-architecture"], text=True, capture_output=True).stdout.strip()
        debs = [f"{name}_{self.version}_{kind.replace('amd64', machine)}.deb" for name, kind in packages.items()]
        files = [*debs, f"glowplug-{self.version}.tar.xz", f"glowplug-{self.version}.spdx.json"]
        sums = dict(reversed(line.split("  ")) for line in (self.folder / "SHA256SUMS").read_text().splitlines())
        self.assertEqual(sorted(sums), sorted(files))
        for name, expected in sums.items():
            self.assertEqual(hashlib.sha256((self.folder / name).read_bytes()).hexdigest(), expected, name)

    def test_the_archive_is_the_commit(self):
        def lines(*command):
            done = subprocess.run(command, cwd=OPTIONS.root, text=True, capture_output=True, check=True)
            return done.stdout.splitlines()

        names = lines("tar", "-tf", self.folder / f"glowplug-{self.version}.tar.xz")
        packed = {name.split("/", 1)[1] for name in names if not name.endswith("/")}
        self.assertEqual(packed, set(lines("git", "ls-tree", "-r", "--name-only", "HEAD")))

    def test_the_bill_of_materials(self):
        bill = json.loads((self.folder / f"glowplug-{self.version}.spdx.json").read_text())
        self.assertEqual(bill["spdxVersion"], "SPDX-2.3")
        self.assertEqual(bill["dataLicense"], "CC0-1.0")
        self.assertRegex(bill["creationInfo"]["created"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        packages = {package["SPDXID"]: package for package in bill["packages"]}
        self.assertEqual(len(packages), len(bill["packages"]), "two packages have one id")
        for name, package in packages.items():
            self.assertRegex(name, r"^SPDXRef-[A-Za-z0-9.-]+$")
            self.assertIn("downloadLocation", package)
        for relation in bill["relationships"]:
            for end in ("spdxElementId", "relatedSpdxElement"):
                self.assertIn(relation[end], {"SPDXRef-DOCUMENT", *packages})
        named = {package["packageFileName"] for package in packages.values() if "packageFileName" in package}
        self.assertEqual(named, {name for name in contents(self.folder) if name.endswith((".deb", ".tar.xz"))})
        for package in packages.values():
            if "packageFileName" in package:
                data = (self.folder / package["packageFileName"]).read_bytes()
                self.assertEqual(package["checksums"][0]["checksumValue"], hashlib.sha256(data).hexdigest())
        relations = [tuple(relation.values()) for relation in bill["relationships"]]
        self.assertIn(("SPDXRef-libglowplug", "DEPENDS_ON", "SPDXRef-debian-libmlir-19"), relations)
        self.assertIn(("SPDXRef-glowplug", "DEPENDS_ON", "SPDXRef-debian-libsystemc"), relations)
        self.assertIn(("SPDXRef-glowplug", "CONTAINS", "SPDXRef-debian-libcli11-dev"), relations)


class RefusalTest(unittest.TestCase):
    def setUp(self):
        # Of its own: other tests write into the build folder at the same time.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="glowplug release "))
        self.addCleanup(shutil.rmtree, self.folder)

    def refused(self, message, *arguments):
        done = release(*arguments)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(message, done.stderr)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_wrong_arguments(self):
        self.refused("needs the folder to make")
        self.refused("but got '--quick'", self.folder / "new", "--quick")
        self.refused("--build needs a folder", self.folder / "new", "--build")
        self.refused("needs one folder", self.folder / "new", self.folder / "newer")

    def test_a_tree_that_is_no_commit(self):
        folder = self.folder
        (folder / "tools").mkdir()
        tool = shutil.copy(OPTIONS.root / "tools/release", folder / "tools")
        git = ["git", "-C", folder, "-c", "user.name=test", "-c", "user.email=test@glowplug.invalid"]

        def error():
            done = subprocess.run([tool, folder / "out"], text=True, capture_output=True)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertEqual([path.name for path in folder.iterdir() if path.name not in ("tools", ".git", "new")], [])
            return done.stderr

        self.assertIn("needs a checkout of git", error())
        subprocess.run([*git, "init", "--quiet"], check=True)
        subprocess.run([*git, "add", "tools"], check=True)
        subprocess.run([*git, "commit", "--quiet", "-m", "test"], check=True)
        (folder / "new").write_text("new")
        self.assertIn("needs a checkout without changes", error())

    def test_a_folder_that_exists(self):
        self.refused("exists", self.folder)

    def test_a_folder_that_is_no_build(self):
        docs = OPTIONS.root / "docs"
        self.refused("is not a build folder", self.folder / "new", "--build", docs, "--allow-changes")


def main():
    global OPTIONS
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("root", "build", "release"):
        parser.add_argument(f"--{name}", required=True, type=lambda text: pathlib.Path(text).resolve())
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
