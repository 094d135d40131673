#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests of models whose results have sizes that depend on data, from file to file.

usage: varying.py --glowplug FILE --models DIR [unittest options]

DIR is what tests/data/generate_varying.py wrote.
"""

import argparse
import json
import pathlib
import shutil
import sys
import unittest

sys.dont_write_bytecode = True

import cli  # noqa: E402
import numpy  # noqa: E402
import onnx  # noqa: E402
import onnx.numpy_helper  # noqa: E402
from cli import DONE, CommandTest  # noqa: E402

FAILED = 4


class VaryingTest(CommandTest):
    def data_set(self, name, number=0):
        return cli.MODELS / name / f"test_data_set_{number}"

    def path(self, name):
        return cli.MODELS / name / "model.onnx"

    def test_artifacts_run_as_their_models(self):
        for name in ("rows", "flatten_columns", "topk", "detections", "branches", "rows_of_loop"):
            with self.subTest(name):
                file = self.folder / f"{name}.gpx"
                self.json(DONE, "compile", self.path(name), "-o", file)
                for number in range(3):
                    inputs = self.data_set(name, number)
                    answer = self.json(DONE, "run", file, "--inputs", inputs, "--compare", inputs)
                    self.assertEqual(answer["compare"]["verdict"], "pass")

    def test_interpreter_judges(self):
        for name in ("softmax", "extremes", "slices", "unique_unsorted", "detections", "rows_of_loop"):
            with self.subTest(name):
                inputs = self.data_set(name)
                answer = self.json(DONE, "run", self.path(name), "--inputs", inputs, "--compare", "reference")
                self.assertEqual(answer["compare"]["verdict"], "pass")

    def test_isolated_backends_give_sizes(self):
        inputs = self.data_set("products", 3)
        answer = self.json(DONE, "run", self.path("products"), "--inputs", inputs, "--compare", inputs,
                           "--isolate", "all")
        self.assertEqual(answer["compare"]["verdict"], "pass")

    def test_another_size_is_wrong(self):
        # All rows were chosen; none are expected.
        answer = self.json(FAILED, "run", self.path("rows"), "--inputs", self.data_set("rows", 1), "--compare",
                           self.data_set("rows", 2))
        self.assertEqual(answer["compare"]["verdict"], "fail")
        self.assertEqual(answer["compare"]["mismatches"], 28)

    def test_files_show_what_is_open(self):
        file = self.folder / "shown.gpx"
        self.json(DONE, "compile", self.path("detections"), "-o", file)
        answer = self.json(DONE, "inspect", file)
        self.assertEqual([port["name"] for port in answer["outputs"]], ["found", "sel"])
        self.assertEqual([port["shape"] for port in answer["outputs"]], [["?", 6], ["?", 3]])

    def test_bounds_may_be_dims(self):
        model = onnx.load(self.path("rows"))
        for port in model.graph.input:
            port.type.tensor_type.shape.dim[0].dim_param = "N"
        source, file = self.folder / "rows.onnx", self.folder / "rows.gpx"
        onnx.save(model, source)
        self.json(DONE, "compile", source, "--dim", "N=3,7", "-o", file)
        answer = self.json(DONE, "inspect", file)
        self.assertEqual(answer["inputs"][1]["shape"], ["N", 4])
        self.assertEqual(answer["outputs"][0]["shape"], ["?", 4])
        inputs = self.data_set("rows")
        answer = self.json(DONE, "run", file, "--inputs", inputs, "--compare", inputs)
        self.assertEqual(answer["compare"]["verdict"], "pass")

    def test_profiles_are_of_what_counts(self):
        # The first row, which stands where nothing was chosen, is not.
        samples = self.folder / "samples"
        shutil.copytree(self.data_set("products", 4), samples / "0")
        rows = numpy.arange(28, dtype=numpy.float32).reshape(7, 4)
        rows[0] = 1000
        tensor = onnx.numpy_helper.from_array(rows, "x")
        (samples / "0" / "input_1.pb").write_bytes(tensor.SerializeToString())
        file = self.folder / "rows.profile"
        self.json(DONE, "profile", self.path("products"), "--inputs", samples / "0", "-o", file)
        tensors = {tensor["name"]: tensor for tensor in json.loads(file.read_text())["tensors"]}
        self.assertEqual([tensors["r"][key] for key in ("count", "min", "max")], [4, 24, 27])

    def test_written_outputs_are_cut(self):
        folder = self.folder / "made"
        self.json(DONE, "run", self.path("rows"), "--inputs", self.data_set("rows"), "--outputs", folder)
        want = (self.data_set("rows") / "output_0.pb").read_bytes()
        self.assertEqual((folder / "output_0.pb").read_bytes(), want)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glowplug", required=True, type=pathlib.Path)
    parser.add_argument("--models", required=True, type=pathlib.Path)
    arguments, rest = parser.parse_known_args()
    cli.TOOL, cli.MODELS = arguments.glowplug.resolve(), arguments.models.resolve()
    unittest.main(argv=[sys.argv[0], *rest])
