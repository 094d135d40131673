# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The corpus of bad files is complete, and its runner notices misbehaviour."""

import os
import stat
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

from gp_data.malformed import container, models, ops, quantised, shapes, tensors  # noqa: E402

GENERATOR = os.path.join(os.path.dirname(HERE), "generate_malformed.py")
RUNNER = os.path.join(os.path.dirname(os.path.dirname(HERE)), "e2e", "malformed.py")

# Takes what it is told by the file's name for good or bad behaviour.
FAKE = """#!/bin/sh
case "$2" in
  *magic_zip*) kill -SEGV $$ ;;
  *magic_gzip*) sleep 5 ;;
  *magic_text*) echo "$2" >"$4"; exit 0 ;;
  *magic_json*) echo x >"$4.part"; echo "error: $2: bad" >&2; exit 1 ;;
  *magic_elf*) echo "error: it is bad" >&2; exit 1 ;;
  *magic_png*) echo "error: $2: bad" >&2; echo "error: $2: worse" >&2; exit 1 ;;
  *magic_hdf5*) echo "error: $2: bad" >&2; exit 3 ;;
  *magic_ones*) echo "hello"; echo "error: $2: bad" >&2; exit 1 ;;
  *magic_*) echo "error: $2: bad" >&2; exit 1 ;;
esac
"""


class CorpusTest(unittest.TestCase):
    def test_has_the_size_and_the_mixture_that_was_promised(self):
        files = [
            file
            for module in (container, models, ops, quantised, shapes, tensors)
            for file in module.spoilt()
        ]
        names = [file.name for file in files]
        self.assertEqual(len(names), len(set(names)))
        own = [file for file in files if not file.name.startswith("truncated_")]
        self.assertGreater(sum(file.expect == "model" for file in own), 600)
        self.assertGreater(sum(file.expect == "ok" for file in own), 25)


class RunnerTest(unittest.TestCase):
    def test_reports_each_kind_of_misbehaviour(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([GENERATOR, folder], check=True, stdout=subprocess.DEVNULL)
            fake = os.path.join(folder, "fake")
            with open(fake, "w", encoding="utf-8") as file:
                file.write(FAKE)
            os.chmod(fake, stat.S_IRWXU)
            done = subprocess.run(
                [RUNNER, "--glowplug", fake, "--corpus", folder]
                + ["--only", "magic_", "--slack", "0.1"],
                capture_output=True,
                text=True,
            )
        self.assertEqual(done.returncode, 1)
        for name, words in {
            "zip": "killed by SIGSEGV",
            "gzip": "still ran",
            "text": "exit status 0 instead of 1",
            "json": "left model.gpx.part behind",
            "elf": "does not name the file",
            "png": "2 errors instead of one",
            "hdf5": "exit status 3 instead of 1",
            "ones": "wrote to standard output",
        }.items():
            self.assertRegex(done.stdout, f"magic_{name}: .*{words}")
        self.assertNotIn("magic_tflite:", done.stdout)
        self.assertIn("11 files, 8 mishandled", done.stdout)


if __name__ == "__main__":
    unittest.main()
