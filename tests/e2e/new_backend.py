#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A new backend from the installed SDK alone: `glowplug new-backend`, then the project's own ci.sh.

usage: new_backend.py --glowplug FILE --build DIR --root DIR --work DIR [--cases DIR]

Each example of the SDK becomes a project, is built without a warning, and passes its tests. What
is wrong on the command line leaves nothing behind.
"""

import argparse
import filecmp
import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

ARGUMENTS = None
FLAGS = "-Wall -Wextra -Wpedantic -Werror"


def environment(tools=()):
    """What a project is built with: the command, the system, and `tools`."""
    folders = [ARGUMENTS.glowplug.parent, "/usr/bin", "/bin", *tools]
    return {**os.environ, "PATH": ":".join(map(str, folders)), "CC": "gcc", "CXX": "g++",
            "CFLAGS": FLAGS, "CXXFLAGS": FLAGS}


def call(*command, cwd=None, tools=()):
    done = subprocess.run([str(word) for word in command], cwd=cwd, env=environment(tools), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


class NewBackendTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        work = ARGUMENTS.work
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        cls.sdk = work / "sdk"
        status, text = call("cmake", "--install", ARGUMENTS.build, "--component", "sdk", "--prefix", cls.sdk)
        if status != 0:
            raise RuntimeError(text)
        cls.templates = cls.sdk / "share/glowplug/template"
        cls.examples = json.loads((cls.templates / "examples.json").read_text())

    def new(self, *options, sdk=None):
        """Runs the verb in the work folder."""
        return call(ARGUMENTS.glowplug, "new-backend", "--sdk", sdk or self.sdk, *options, cwd=ARGUMENTS.work)

    def make(self, *options):
        status, text = self.new(*options)
        self.assertEqual(status, 0, text)

    def build(self, folder, tools=()):
        """Runs the project's ci.sh."""
        script = ARGUMENTS.work / folder / "ci.sh"
        return call(script, f"-DCMAKE_PREFIX_PATH={self.sdk}", tools=tools)

    def check_project(self, folder, name, tools=()):
        """The project builds, its tests pass, and the backend did the work."""
        status, text = self.build(folder, tools)
        self.assertEqual(status, 0, text)
        self.assertIn("100% tests passed", text)
        self.assertNotIn("warning", text)
        project = ARGUMENTS.work / folder
        plugin = project / f"build/lib/glowplug/plugins/{name}.so"
        self.assertTrue(plugin.with_suffix(".json").exists())
        for model in sorted((project / "tests").glob("*.onnx")):
            status, text = call(ARGUMENTS.glowplug, "run", model, "--plugin", plugin, "--backend", name,
                                "--compare", "reference", "--json")
            self.assertEqual(status, 0, text)
            self.assertEqual(set(json.loads(text)["op_counts"]), {name}, model)

    def test_each_example_becomes_a_project(self):
        meant = set()
        for example in self.examples:
            folder, tier, language = (example[key] for key in ("folder", "tier", "language"))
            with self.subTest(folder):
                tools = []
                if language == "rust":
                    rustc = shutil.which("rustc")
                    if not rustc:
                        print("no rustc: the example in Rust is not built", file=sys.stderr)
                        continue
                    tools = [pathlib.Path(rustc).parent]
                name = f"my-{folder}"
                if (tier, language) in meant:
                    self.make(name, "--example", folder)
                else:
                    self.make(name, "--tier", tier, "--lang", language)
                meant.add((tier, language))
                old = next(line for line in (self.templates / folder / "CMakeLists.txt").read_text().splitlines()
                           if line.startswith("project("))[len("project("):].split()[0]
                for file in (ARGUMENTS.work / name).rglob("*"):
                    self.assertNotEqual(file.stem, old)
                    if file.is_file() and file.suffix in (".c", ".cpp", ".rs", ".txt"):
                        self.assertNotRegex(file.read_text(), rf'(?<![\w-]){old}(?![\w-])', file)
                self.check_project(name, name, tools)

                if folder == "int8" and ARGUMENTS.cases:
                    self.check_cases(name)

    def check_cases(self, name):
        """Each case in integers has the bytes of the interpreter."""
        plugin = ARGUMENTS.work / name / f"build/lib/glowplug/plugins/{name}.so"
        status, text = call(ARGUMENTS.glowplug, "onnx-test", ARGUMENTS.cases, "--plugin", plugin,
                            "--backend", name, "--compare", "reference", "--summary")
        self.assertEqual(status, 0, text)
        self.assertRegex(text, r"(\d{3}) cases, \1 passed.*, 0 failed")

    def test_a_wrong_backend_fails_its_tests(self):
        """An operation, the group of a depthwise convolution, the waits of a schedule."""
        for name, options, file, right, wrong, message in [
            ("wrong", [], "wrong.c", "a - b", "b - a", "outside the limit"),
            ("groups", ["--example", "int8"], "ops.c", "at[1] / per_group", "0 * per_group", "outside the limit"),
            ("races", ["--tier", "2", "--lang", "c++"], "schedule.cpp",
             "if (uses[buffer].write)", "if (uses[buffer].write && engine == loader)", "unordered with instruction"),
        ]:
            with self.subTest(name):
                self.make(name, *options)
                source = ARGUMENTS.work / name / file
                text = source.read_text()
                self.assertIn(right, text)
                source.write_text(text.replace(right, wrong))
                status, text = self.build(name)
                self.assertNotEqual(status, 0)
                self.assertIn(message, text)

    def test_lists_what_it_wrote(self):
        status, text = self.new("listed", "-o", "into/listed", "--json")
        self.assertEqual(status, 0, text)
        answer = json.loads(text)
        self.assertEqual(answer["folder"], "into/listed")
        for file in answer["files"]:
            self.assertTrue((ARGUMENTS.work / "into/listed" / file).exists(), file)
        self.assertIn("listed.c", answer["files"])

    def refused(self, *options, sdk=None):
        """The message of a call that fails and writes nothing."""
        before = sorted(ARGUMENTS.work.rglob("*"))
        status, text = self.new(*options, sdk=sdk)
        self.assertEqual(status, 2, text)
        self.assertEqual(sorted(ARGUMENTS.work.rglob("*")), before)
        return text

    def test_checks_the_name(self):
        for name in ("", "Upper", "under_score", "sp ace", "../up", "9lives", "-", "a-", "ä", "a" * 41):
            with self.subTest(name):
                text = self.refused("--output=x", "--", name)
                self.assertIn(f"but got '{name}'", text)
        self.assertIn("is a backend of Glowplug", self.refused("cpu"))
        self.assertIn("NAME is required", self.refused())

    def test_refuses_an_existing_folder(self):
        (ARGUMENTS.work / "there").mkdir()
        self.assertIn("'there' exists", self.refused("there"))
        (ARGUMENTS.work / "file").touch()
        self.assertIn("'file' exists", self.refused("fresh", "-o", "file"))
        (ARGUMENTS.work / "link").symlink_to("nowhere")
        self.assertIn("'link' exists", self.refused("fresh", "-o", "link"))

    def test_refuses_what_there_is_not(self):
        self.assertIn("no example of tier 2 in rust", self.refused("fresh", "--tier", "2", "--lang", "rust"))
        self.assertIn("no example 'nothing'; there are hello", self.refused("fresh", "--example", "nothing"))
        self.assertIn("is no folder; give the SDK with --sdk",
                      self.refused("fresh", sdk=ARGUMENTS.work / "nowhere"))
        self.assertIn("--tier", self.refused("fresh", "--tier", "3"))

    def test_leaves_nothing_half_written(self):
        broken = ARGUMENTS.work / "broken"
        shutil.copytree(self.sdk, broken)
        (broken / "share/glowplug/template/hello/CMakeLists.txt").write_text("nothing\n")
        self.assertIn("has no project", self.refused("fresh", sdk=broken))
        (broken / "share/glowplug/template/examples.json").write_text("[{]")
        self.assertIn("examples.json", self.refused("fresh", sdk=broken))

    def test_models_are_those_of_the_script(self):
        source = ARGUMENTS.root / "backend-api/template"
        made = ARGUMENTS.work / "models"
        status, text = call("/usr/bin/python3", source / "generate_models.py", made)
        self.assertEqual(status, 0, text)
        files = sorted(file.relative_to(source) for file in source.rglob("*.onnx"))
        self.assertEqual(files, sorted(file.relative_to(made) for file in made.rglob("*.onnx")))
        self.assertEqual(filecmp.cmpfiles(source, made, files, shallow=False), ([*files], [], []))


def main():
    global ARGUMENTS
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("glowplug", "build", "root", "work"):
        parser.add_argument(f"--{name}", required=True, type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--cases", type=pathlib.Path, help="of integer operators, for the example int8")
    ARGUMENTS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
