#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests of models with branches and loops from file to file: compiled, kept, run, and judged by the interpreter.

usage: control.py --glowplug FILE --models DIR [unittest options]

DIR is what tests/data/generate_control.py wrote.
"""

import argparse
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True

import cli  # noqa: E402
from cli import DONE, CommandTest  # noqa: E402


class ControlTest(CommandTest):
    def path(self, name):
        return cli.MODELS / name / "model.onnx"

    def test_artifacts_run_as_their_models(self):
        for name in ("if", "if_nested", "loop_data", "loop_nested", "scan_long"):
            with self.subTest(name):
                file = self.folder / f"{name}.gpx"
                self.json(DONE, "compile", self.path(name), "-o", file)
                inputs = self.path(name).parent / "test_data_set_0"
                answer = self.json(DONE, "run", file, "--inputs", inputs, "--compare", inputs)
                self.assertEqual(answer["compare"]["verdict"], "pass")

    def test_interpreter_judges(self):
        for name in ("if", "if_computed", "loop_counted", "loop_while", "scan_long"):
            with self.subTest(name):
                inputs = self.path(name).parent / "test_data_set_0"
                answer = self.json(DONE, "run", self.path(name), "--inputs", inputs, "--compare", "reference")
                self.assertEqual(answer["compare"]["verdict"], "pass")

    def test_isolated_backends_run_bodies(self):
        inputs = self.path("loop_nested").parent / "test_data_set_0"
        answer = self.json(DONE, "run", self.path("loop_nested"), "--inputs", inputs, "--compare", inputs,
                           "--isolate", "all")
        self.assertEqual(answer["compare"]["verdict"], "pass")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glowplug", required=True, type=pathlib.Path)
    parser.add_argument("--models", required=True, type=pathlib.Path)
    arguments, rest = parser.parse_known_args()
    cli.TOOL, cli.MODELS = arguments.glowplug.resolve(), arguments.models.resolve()
    unittest.main(argv=[sys.argv[0], *rest])
