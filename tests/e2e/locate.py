#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests of `run --locate` and `reduce` with a plugin that is wrong on purpose.

usage: locate.py --glowplug FILE --plugin FILE --tiles FILE --include DIR [unittest options]
"""

import argparse
import json
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

DONE, MODEL, USAGE, BACKEND, COMPARISON, NOTHING = range(6)
TOOL = PLUGIN = TILES = INCLUDE = None


def glowplug(*arguments):
    """Runs the command; gives status, standard output and standard error."""
    done = subprocess.run([TOOL, *map(str, arguments)], capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout, done.stderr


def write_model(path):
    """A convolution, a depthwise one, a pool and a product, with names."""
    random = np.random.default_rng(1)

    def weights(name, *shape):
        return numpy_helper.from_array(random.standard_normal(shape).astype(np.float32), name)

    nodes = [
        helper.make_node("Conv", ["x", "w0"], ["a"], "stem", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["a"], ["b"], "stem_relu"),
        helper.make_node("Conv", ["b", "w1", "bias"], ["c"], "depthwise", group=6),
        helper.make_node("MaxPool", ["c"], ["d"], "pool", kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["d"], ["e"], "flatten"),
        helper.make_node("MatMul", ["e", "w2"], ["y"], "product"),
    ]
    graph = helper.make_graph(
        nodes, "small", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3, 6, 6])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2, 5])],
        [weights("w0", 6, 3, 3, 3), weights("w1", 6, 1, 3, 3), weights("bias", 6), weights("w2", 24, 5)])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=7), path)


class SmallModelTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="glowplug locate "))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.model = cls.folder / "small.onnx"
        write_model(cls.model)

    def backend(self, fault):
        return ["--plugin", PLUGIN, "--backend", "faulty", "--backend-option", f"faulty:fault={fault}"]


class LocateTest(SmallModelTest):
    def locate(self, fault, expected=COMPARISON):
        arguments = ["run", self.model, *self.backend(fault), "--compare", "reference", "--locate"]
        status, text, err = glowplug(*arguments)
        self.assertEqual(status, expected, err)
        status, out, _ = glowplug(*arguments, "--json")
        self.assertEqual(status, expected)
        return json.loads(out), text, err

    def test_nothing_is_said_where_nothing_is_wrong(self):
        answer, text, _ = self.locate("", DONE)
        self.assertNotIn("locate", answer)
        self.assertNotIn("locate", text)

    def test_wrong_group(self):
        answer, text, _ = self.locate("group")
        found = answer["locate"]
        self.assertEqual([op["name"] for op in found["ops"]], ["depthwise"])
        self.assertEqual((found["found"], found["part"], found["backend"]), (True, 0, "faulty"))
        self.assertEqual((found["first"]["index"], found["first"]["mismatches"]), ([0, 5, 0, 0], 32))
        self.assertAlmostEqual(float(found["first"]["got"]), float(found["first"]["want"]) + 1, delta=1e-4)
        self.assertIn("(Conv 'depthwise') is wrong alone", text)
        self.assertIn("first at [0, 5, 0, 0]: got ", text)

    def test_nan(self):
        found = self.locate("nan")[0]["locate"]
        self.assertEqual([(op["kind"], op["name"]) for op in found["ops"]], [("MatMul", "product")])
        self.assertEqual((found["first"]["index"], found["first"]["got"]), ([1, 4], "nan"))
        self.assertEqual((found["first"]["mismatches"], found["first"]["nan_for_number"]), (1, 1))

    def test_wrong_epilogue(self):
        found = self.locate("epilogue")[0]["locate"]
        self.assertEqual([op["kind"] for op in found["ops"]], ["Conv"])
        self.assertIn("stem", found["ops"][0]["name"])

    def test_ops_that_are_wrong_together(self):
        answer, text, _ = self.locate("pair")
        self.assertEqual([op["kind"] for op in answer["locate"]["ops"]], ["Conv", "Window"])
        self.assertIn("are wrong together", text)

    def test_part_after_others(self):
        """Sorting is left to the interpreter, so that the product is in the second part of the plugin."""
        model = self.folder / "parts.onnx"
        values = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [4, 6]),
                  helper.make_tensor_value_info("y", TensorProto.FLOAT, [3, 4])]
        nodes = [helper.make_node("Neg", ["x"], ["a"], "first"),
                 helper.make_node("TopK", ["a", "k"], ["b", "positions"], "sort"),
                 helper.make_node("Reshape", ["b", "shape"], ["c"], "reshape"),
                 helper.make_node("MatMul", ["c", "w"], ["y"], "last")]
        constants = [numpy_helper.from_array(np.array([3]), "k"), numpy_helper.from_array(np.array([3, 4]), "shape"),
                     numpy_helper.from_array(np.ones((4, 4), np.float32), "w")]
        onnx.save(helper.make_model(helper.make_graph(nodes, "parts", values[:1], values[1:], constants),
                                    opset_imports=[helper.make_opsetid("", 14)], ir_version=7), model)
        status, out, err = glowplug("run", model, *self.backend("nan"), "--compare", "reference", "--locate", "--json")
        self.assertEqual(status, COMPARISON, err)
        found = json.loads(out)["locate"]
        self.assertGreater(found["part"], 0)
        self.assertEqual(([op["name"] for op in found["ops"]], found["first"]["index"]), (["last"], [2, 3]))

    def test_compile_that_fails(self):
        answer, _, err = self.locate("compile", BACKEND)
        for message in (answer["error"]["message"], err):
            self.assertIn("(Window 'pool') is wrong alone", message)
            self.assertIn("no registers are left for the window", message)

    def test_crash(self):
        arguments = ["run", self.model, *self.backend("crash"), "--compare", "reference", "--locate"]
        status, _, err = glowplug(*arguments, "--isolate", "all")
        self.assertEqual(status, BACKEND)
        self.assertIn("(Window 'pool') is wrong alone", err)

    def test_usage(self):
        status, _, err = glowplug("run", self.model, "--locate")
        self.assertEqual(status, USAGE)
        self.assertIn("--locate needs --compare reference", err)


class ReduceTest(SmallModelTest):
    def reduce(self, fault):
        target = self.folder / f"repro {fault}"
        status, out, err = glowplug("reduce", self.model, *self.backend(fault), "-o", target, "--json")
        self.assertEqual(status, DONE, err)
        return target, json.loads(out)

    def build(self, source, plugin=None):
        """Compiles a case as a vendor would, and runs it: status and output."""
        binary = source.with_suffix("")
        made = subprocess.run(["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-I", INCLUDE, source, "-o", binary,
                               "-ldl"], capture_output=True, text=True)
        self.assertEqual(made.returncode, 0, made.stderr)
        done = subprocess.run([binary, plugin or PLUGIN], capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout

    def check(self, fault, most, expected):
        """The case has at most `most` ops, shows the fault, and shows nothing without it."""
        folder, answer = self.reduce(fault)
        self.assertLessEqual(answer["ops"], most)
        for name in ("case.gpim", "input_0.pb", "output_0.pb"):
            self.assertTrue((folder / name).is_file(), name)
        status, out = self.build(folder / "repro.c")
        self.assertEqual(status, 1, out)
        self.assertRegex(out, expected)
        right = folder / "right.c"
        text, count = re.subn(f'"fault", "{fault}"', '"fault", ""', (folder / "repro.c").read_text())
        self.assertEqual(count, 1)
        right.write_text(text)
        status, out = self.build(right)
        self.assertEqual((status, out.splitlines()[-1]), (0, "the fault is gone"), out)
        return answer

    def test_group(self):
        self.check("group", 1, r"first at \[0, 5, 0, 0\]: got \S+, want \S+ within")

    def test_nan(self):
        self.check("nan", 1, r"1 of 5 elements are wrong, 1 of them NaN; first at \[0, 4\]: got nan, want")

    def test_epilogue(self):
        self.check("epilogue", 1, "elements are wrong")

    def test_pair(self):
        self.check("pair", 3, "1 of .* elements are wrong")

    def test_compile(self):
        self.check("compile", 1, "compile failed with status 5: no registers are left for the window")

    def test_crash(self):
        folder, answer = self.reduce("crash")
        self.assertEqual(answer["ops"], 1)
        status, _ = self.build(folder / "repro.c")
        self.assertEqual(status, -signal.SIGABRT)

    def test_backend_that_schedules(self):
        """The tiles of this plugin are copies, whatever the op: a wrong Neg that goes by way of an instr program."""
        model, target = self.folder / "neg.onnx", self.folder / "repro tiles"
        values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [4, 8]) for name in "xy"]
        graph = helper.make_graph([helper.make_node("Neg", ["x"], ["y"], "negate")], "neg", values[:1], values[1:])
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7), model)
        status, _, err = glowplug("reduce", model, "--plugin", TILES, "--backend", "tiles", "-o", target)
        self.assertEqual(status, DONE, err)
        status, out = self.build(target / "repro.c", TILES)
        self.assertEqual(status, 1, out)
        self.assertIn("output 0 '': 1 of 1 elements are wrong, 1 of them NaN; first at [0, 0]: got nan, ", out)

    def test_nothing_to_reduce(self):
        target = self.folder / "none"
        status, _, err = glowplug("reduce", self.model, *self.backend(""), "-o", target)
        self.assertEqual(status, NOTHING)
        self.assertIn("parts and ops are right on their own inputs (parts: 1, programs run: 6)", err)
        self.assertFalse(target.exists())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--glowplug", required=True)
    for name in ("plugin", "tiles", "include"):
        parser.add_argument(f"--{name}", required=True)
    options, rest = parser.parse_known_args()
    TOOL, PLUGIN, TILES, INCLUDE = options.glowplug, options.plugin, options.tiles, options.include
    unittest.main(argv=[sys.argv[0], *rest])
