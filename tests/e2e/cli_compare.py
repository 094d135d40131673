#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests of what the glowplug command says of outputs: right, wrong and where, or not comparable.

usage: cli_compare.py --glowplug FILE --models DIR --hello FILE --deadly FILE [unittest options]
"""

import shutil
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

sys.dont_write_bytecode = True

import cli  # noqa: E402
from cli import COMPARISON, DONE, CommandTest, glowplug, save_tensor  # noqa: E402

NOT_COMPARABLE = 5


class DifferenceTest(CommandTest):
    """What is said of outputs that are not as they should be."""

    def setUp(self):
        super().setUp()
        graph = helper.make_graph(
            [helper.make_node("Div", ["x", "x"], ["y"]), helper.make_node("Cast", ["x"], ["z"], to=TensorProto.INT64)],
            "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [3, 4])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, [3, 4]),
             helper.make_tensor_value_info("z", TensorProto.INT64, [3, 4])])
        self.model = self.folder / "div.onnx"
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=7), self.model)
        self.inputs = self.folder / "tree" / "div" / "test_data_set_0"
        self.inputs.mkdir(parents=True)
        shutil.copy(self.model, self.inputs.parent / "model.onnx")
        self.x = np.arange(1, 13, dtype=np.float32).reshape(3, 4)
        self.x[0, 3] = self.x[2, 1] = 0
        save_tensor(self.inputs / "input_0.pb", self.x, "x")
        self.write(np.where(self.x == 0, np.float32(np.nan), np.float32(1)), self.x.astype(np.int64))

    def write(self, y, z):
        save_tensor(self.inputs / "output_0.pb", y, "y")
        save_tensor(self.inputs / "output_1.pb", z, "z")

    def compare(self, expected):
        arguments = ["run", self.model, "--inputs", self.inputs, "--compare", self.inputs]
        answer = self.json(expected, *arguments)
        return answer["compare"], glowplug(*arguments)[1]

    def test_nan_that_is_expected_is_right(self):
        answer, text = self.compare(DONE)
        self.assertEqual((answer["verdict"], answer["nan_for_number"]), ("pass", 0))
        self.assertNotIn("first", answer)
        self.assertIn("compare  pass: 0 of 24 elements outside the limit, max error 0,", text)

    def test_nan_where_a_number_was_expected(self):
        self.write(np.where(self.x == 0, np.float32(0), np.float32(1)), self.x.astype(np.int64))
        answer, text = self.compare(COMPARISON)
        self.assertEqual((answer["mismatches"], answer["nan_for_number"], answer["number_for_nan"]), (2, 2, 0))
        first = {"output": "y", "index": [0, 3], "got": "nan", "want": "0"}
        self.assertEqual((answer["first"], answer["worst"]), (first, first))
        self.assertIn("output 'y': 2 of 12 elements outside the limit (2 NaN where a number was expected); "
                      "first at [0, 3]: got nan, want 0\n", text)
        self.assertIn("max error of the finite ones 0,", text)
        done, out, _ = glowplug("onnx-test", self.folder / "tree")
        self.assertEqual(done, COMPARISON)
        self.assertIn("output 'y': 2 of 12 elements outside the limit (2 NaN where a number was expected); "
                      "first at [0, 3]: got nan, want 0\n", out)

    def test_first_and_worst_of_all_outputs(self):
        y, z = np.ones((3, 4), np.float32), self.x.astype(np.int64)
        y[0, 3] = y[2, 1] = np.nan
        y[1, 2], z[2, 3] = np.inf, 2**62 + 1
        self.write(y, z)
        answer, text = self.compare(COMPARISON)
        self.assertEqual((answer["mismatches"], answer["infinite"], answer["number_for_nan"]), (2, 1, 0))
        self.assertEqual(answer["first"], {"output": "y", "index": [1, 2], "got": "1", "want": "inf"})
        self.assertIn("output 'y': 1 of 12 elements outside the limit (1 infinite", text)
        self.assertIn("output 'z': 1 of 12 elements differ, max error 4.61e+18; "
                      f"first at [2, 3]: got 12, want {2**62 + 1}\n", text)

    def test_ops_of_each_backend_are_counted(self):
        # One that took nothing shows: hello adds matrices of f32 only.
        arguments = ["run", self.model, "--plugin", cli.HELLO, "--backend", "hello", "--compare", "reference"]
        answer = self.json(DONE, *arguments)
        self.assertEqual(answer["op_counts"]["hello"], 0)
        self.assertGreater(answer["op_counts"]["reference"], 0)
        self.assertRegex(glowplug(*arguments)[1], r"(?m)^ops      0 on hello, \d+ on reference$")
        path = self.folder / "div.gpx"
        self.json(DONE, "compile", self.model, "-o", path, "--plugin", cli.HELLO, "--backend", "hello")
        self.assertEqual(self.json(DONE, "run", path, "--plugin", cli.HELLO)["op_counts"], answer["op_counts"])
        self.assertEqual(list(self.json(DONE, "run", self.model)["op_counts"]), ["cpu"])


class NotComparableTest(CommandTest):
    """Floats that decide integers, by kernels that round too much: then most elements may be one step off, or more."""

    def case(self, name, scale):
        """x [256,64] times weights, quantised in steps of `scale`."""
        random = np.random.default_rng(7)
        weights = random.standard_normal((64, 256)).astype(np.float32)
        constants = [numpy_helper.from_array(weights, "w"), numpy_helper.from_array(np.float32(scale), "s"),
                     numpy_helper.from_array(np.uint8(128), "z")]
        nodes = [helper.make_node("MatMul", ["x", "w"], ["m"]),
                 helper.make_node("QuantizeLinear", ["m", "s", "z"], ["q"]),
                 helper.make_node("DequantizeLinear", ["q", "s", "z"], ["y"])]
        graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [256, 64])],
                                  [helper.make_tensor_value_info("y", TensorProto.FLOAT, [256, 256])], constants)
        data = self.folder / name / "test_data_set_0"
        data.mkdir(parents=True)
        model = data.parent / "model.onnx"
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7), model)
        save_tensor(data / "input_0.pb", random.standard_normal((256, 64)).astype(np.float32), "x")
        return model, ["run", model, "--inputs", data, "--compare", "reference"]

    def test_exact_kernels_pass(self):
        _, arguments = self.case("coarse", 0.05)
        answer = self.json(DONE, *arguments)["compare"]
        self.assertEqual(answer["verdict"], "pass")
        self.assertLess(answer["decided_otherwise"], answer["elements"] / 1000)

    def test_one_step_off_in_many_elements_is_not_comparable(self):
        _, arguments = self.case("coarse", 0.05)
        arguments += ["--backend-option", "arithmetic=fp16-accumulate"]
        answer = self.json(NOT_COMPARABLE, *arguments)["compare"]
        self.assertEqual((answer["verdict"], answer["mismatches"]), ("not comparable", 0))
        self.assertGreater(answer["decided_otherwise"], answer["elements"] / 100)
        status, text, _ = glowplug(*arguments)
        self.assertEqual(status, NOT_COMPARABLE)
        self.assertIn("compare  not comparable: 0 of 65536 elements", text)
        self.assertIn("at most 1 % may be", text)

    def test_many_steps_off_is_wrong(self):
        _, arguments = self.case("fine", 0.002)
        answer = self.json(COMPARISON, *arguments, "--backend-option", "arithmetic=fp16-accumulate")["compare"]
        self.assertEqual(answer["verdict"], "fail")

    def test_cases_are_counted_apart(self):
        self.case("coarse", 0.05)
        self.case("fine", 0.002)
        arguments = ["onnx-test", self.folder, "--compare", "reference",
                     "--backend-option", "arithmetic=fp16-accumulate"]
        answer = self.json(COMPARISON, *arguments)
        self.assertEqual([answer[key] for key in ("total", "passed", "failed", "not_comparable")], [2, 0, 1, 1])
        self.assertEqual([case["name"] for case in answer["not_comparable_cases"]], ["coarse"])
        self.assertIn("0 passed, 1 failed, 1 not comparable", glowplug(*arguments)[1])
        self.json(NOT_COMPARABLE, *arguments, "--only", "coarse")
        self.assertEqual(self.json(DONE, *arguments[:4], "--only", "coarse")["passed"], 1)


if __name__ == "__main__":
    cli.main()
