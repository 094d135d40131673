#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests of what the glowplug command says of backends: what each took, what it has to take, who has which name.

usage: cli_backends.py --glowplug FILE --models DIR --hello FILE --deadly FILE [unittest options]
"""

import json
import shutil
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

sys.dont_write_bytecode = True

import cli  # noqa: E402
from cli import BACKEND, COMPARISON, DONE, USAGE, CommandTest, glowplug, save_tensor  # noqa: E402


def plugin(name):
    """A plugin of tests/abi."""
    return cli.HELLO.parents[4] / "plugins" / f"{name}.so"


def save_model(path, nodes, inputs, outputs, constants=()):
    path.parent.mkdir(parents=True, exist_ok=True)
    graph = helper.make_graph(nodes, "g", inputs, outputs, list(constants))
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7), path)


def floats(name, shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


class ThreeOpsTest(CommandTest):
    """Two ops for hello around one that it refuses."""

    def setUp(self):
        super().setUp()
        self.model = self.folder / "three.onnx"
        nodes = [helper.make_node("Add", ["x", "x"], ["a"], name="first"),
                 helper.make_node("CumSum", ["a", "axis"], ["b"], name="second"),
                 helper.make_node("Mul", ["b", "x"], ["y"], name="third")]
        save_model(self.model, nodes, [floats("x", [4, 4])], [floats("y", [4, 4])],
                   [numpy_helper.from_array(np.int64(0), "axis")])
        self.options = ["--plugin", cli.HELLO, "--backend", "hello", "--backend", "cpu"]
        self.path = self.folder / "three.gpx"

    def test_each_verb_says_what_each_backend_took(self):
        expected = {"hello": 2, "cpu": 1}
        for arguments in (["compile", self.model, "-o", self.path, *self.options],
                          ["run", self.model, *self.options], ["run", self.path, "--plugin", cli.HELLO],
                          ["bench", self.model, "--runs", 1, *self.options],
                          ["bench", self.path, "--runs", 1, "--plugin", cli.HELLO]):
            with self.subTest(arguments):
                self.assertEqual(self.json(DONE, *arguments)["op_counts"], expected)
                self.assertIn("ops      2 on hello, 1 on cpu\n", glowplug(*arguments)[1])

    def test_all_ops_are_required(self):
        for verb in (["run"], ["bench", "--runs", 1], ["compile", "-o", self.path]):
            message = self.error(BACKEND, "backend", *verb, self.model, *self.options, "--require", "hello")
            self.assertIn("--require needs all of 3 ops on 'hello', but got 2 on hello, 1 on cpu", message)
            self.assertRegex(message, r"scan 'second' runs on cpu; not on hello: only map of version 1")
            self.assertNotIn("'first'", message)
        self.assertFalse(self.path.exists(), "nothing is written")
        self.json(DONE, "run", self.model, *self.options, "--require", "hello", "--require", "cpu")

    def test_some_ops_are_required(self):
        self.json(DONE, "run", self.model, *self.options, "--require", "hello:some", "--require", "cpu:some")
        save_model(self.model, [helper.make_node("CumSum", ["x", "axis"], ["y"], name="only")], [floats("x", [4])],
                   [floats("y", [4])], [numpy_helper.from_array(np.int64(0), "axis")])
        for required in (["hello:some"], ["hello"], ["hello", "cpu"]):
            message = self.error(BACKEND, "backend", "run", self.model, *self.options, "--compare", "reference",
                                 *(word for name in required for word in ("--require", name)))
            self.assertRegex(message, r"needs (all|some) of 1 ops on 'hello', but got 0 on hello, 1 on cpu\n"
                                      r"  scan 'only' runs on cpu; not on hello: ")

    def test_a_compiled_model_is_judged_by_its_plan(self):
        self.json(DONE, "compile", self.model, "-o", self.path, *self.options)
        run = ["run", self.path, "--plugin", cli.HELLO, "--require"]
        self.assertIn("2 on hello, 1 on cpu", self.error(BACKEND, "backend", *run, "hello"))
        self.json(DONE, *run, "hello:some")
        self.assertIn("needs some of 3 ops on 'npu'", self.error(BACKEND, "backend", *run, "npu:some"))

    def test_a_model_without_ops_is_nobodys_work(self):
        save_model(self.model, [helper.make_node("Reshape", ["x", "s"], ["y"])], [floats("x", [4])],
                   [floats("y", [2, 2])], [numpy_helper.from_array(np.array([2, 2], np.int64), "s")])
        self.assertIn("has none that a backend can take",
                      self.error(BACKEND, "backend", "run", self.model, *self.options, "--require", "cpu"))

    def test_wrong_requirements(self):
        for value, reason in (("hello:most", "needs NAME or NAME:some, but got 'hello:most'"),
                              (":some", "needs NAME"), ("npu-sim", "which is not used: add --backend npu-sim")):
            self.assertIn(reason, self.error(USAGE, "usage", "run", self.model, *self.options, "--require", value))
            self.assertIn(reason, self.error(USAGE, "usage", "onnx-test", cli.MODELS, *self.options,
                                             "--require", value))


class NamesTest(CommandTest):
    """Who is meant by a name."""

    def copy(self, name, manifest=None):
        library = self.folder / f"{name}.so"
        shutil.copy(cli.HELLO, library)
        if manifest:
            keys = json.loads(cli.HELLO.with_suffix(".json").read_text())
            library.with_suffix(".json").write_text(json.dumps({**keys, "library": library.name, **manifest}))
        return library

    def test_two_files_of_one_name(self):
        other = self.copy("other")
        for verb in (["run", self.model, "--backend", "hello"], ["backends"]):
            message = self.error(USAGE, "usage", *verb, "--plugin", cli.HELLO, "--plugin", other)
            self.assertIn(f"'{cli.HELLO}' and '{other}' both call themselves 'hello'", message)

    def test_a_file_takes_the_place_of_a_found_plugin_and_says_so(self):
        self.copy("found", {"name": "hello"})
        env = {"GLOWPLUG_PLUGIN_PATH": str(self.folder)}
        for verb in (["run", self.model, "--backend", "hello"], ["backends"],
                     ["onnx-test", cli.MODELS, "--only", "tiny_ic", "--backend", "hello"]):
            status, _, err = glowplug(*verb, "--plugin", cli.HELLO, env=env)
            self.assertEqual(status, DONE, err)
            self.assertIn(f"note: '{cli.HELLO}' takes the place of the backend 'hello' in {self.folder}/found.so", err)
            self.assertNotIn("takes the place", glowplug(*verb, env=env)[2])
        # The file that the search finds as well is one plugin.
        status, _, err = glowplug("backends", "--plugin", self.folder / "found.so", env=env)
        self.assertEqual((status, err), (DONE, ""))

    def test_a_library_without_a_manifest_is_reported(self):
        library = self.copy("undeclared")
        (self.folder / "helper.so").write_text("not a plugin")
        env = {"GLOWPLUG_PLUGIN_PATH": str(self.folder)}
        problem = f"{library}: needs a manifest beside it, but there is no {self.folder}/undeclared.json"
        self.assertEqual(self.json(BACKEND, "backends", env=env)["problems"], [problem])
        self.assertIn(problem, self.error(USAGE, "usage", "run", self.model, "--backend", "undeclared", env=env))
        # It is no obstacle to others, and a file needs no manifest.
        self.json(DONE, "run", self.model, env=env)
        self.json(DONE, "run", self.model, "--plugin", library, "--backend", "hello")

    def test_nobody_is_called_as_the_interpreter(self):
        self.copy("false", {"name": "reference"})
        problems = self.json(BACKEND, "backends", env={"GLOWPLUG_PLUGIN_PATH": str(self.folder)})["problems"]
        self.assertIn("name is 'reference', which is the name of the built-in interpreter", problems[0])


class IntegerBackendTest(CommandTest):
    """A backend of integers only: no epilogues, no constants as operations."""

    def setUp(self):
        super().setUp()
        random = np.random.default_rng(5)
        self.tree = self.folder / "tree"
        for groups in (1, 2, 8):
            weights = random.integers(-127, 128, (8, 8 // groups, 3, 3), np.int8)
            constants = [numpy_helper.from_array(value, name) for name, value in (
                ("xs", np.float32(0.03)), ("xz", np.uint8(120)), ("w", weights), ("ws", np.float32(0.01)),
                ("wz", np.int8(0)), ("ys", np.float32(0.2)), ("yz", np.uint8(128)))]
            node = helper.make_node("QLinearConv", ["x", "xs", "xz", "w", "ws", "wz", "ys", "yz"], ["y"], name="conv",
                                    group=groups, pads=[1, 1, 1, 1], strides=[2, 2])
            data = self.tree / f"groups{groups}" / "test_data_set_0"
            data.mkdir(parents=True)
            info = [helper.make_tensor_value_info(name, TensorProto.UINT8, shape)
                    for name, shape in (("x", [1, 8, 9, 9]), ("y", [1, 8, 5, 5]))]
            save_model(data.parent / "model.onnx", [node], info[:1], info[1:], constants)
            save_tensor(data / "input_0.pb", random.integers(0, 256, (1, 8, 9, 9), np.uint8), "x")
            # What is right is what the interpreter says.
            outputs = self.folder / "outputs"
            self.json(DONE, "run", data.parent / "model.onnx", "--inputs", data, "--backend", "reference",
                      "--outputs", outputs)
            shutil.copy(outputs / "output_0.pb", data)

    def test_refused_epilogues_and_constants_do_not_lose_convolutions(self):
        options = ["--plugin", plugin("conv"), "--backend", "conv", "--backend", "cpu"]
        model = self.tree / "groups8" / "model.onnx"
        answer = self.json(DONE, "compile", model, "-o", self.folder / "m.gpx", "--explain", *options)
        self.assertEqual([(op["kind"], op["backend"]) for op in answer["ops"]], [("conv", "conv"), ("map", "cpu")])
        self.assertEqual(answer["recipes"], [], "none is changed for a backend that has no rescale")

    def test_a_right_one_passes_and_a_wrong_group_shows(self):
        for compare in ("files", "reference"):
            for name, status, wrong in (("conv", DONE, []), ("conv_wrong_groups", COMPARISON, ["groups2", "groups8"])):
                answer = self.json(status, "onnx-test", self.tree, "--plugin", plugin(name), "--backend", "conv",
                                   "--require", "conv:some", "--compare", compare)
                self.assertEqual([case["name"] for case in answer["failures"]], wrong)
                self.assertEqual((answer["passed_without_op"], answer["unmet"]), (0, 0))
                self.assertEqual(answer["op_counts"], {"conv": 3, "reference": 3})

    def test_a_recipe_of_integers_is_judged_by_the_interpreter(self):
        options = ["onnx-test", self.tree, "--backend", "npu-sim", "--require", "npu-sim", "--compare", "reference"]
        for recipe in ("auto", "tosa_single", "tosa_double"):
            self.assertEqual(self.json(DONE, *options, "--recipe", recipe)["passed"], 3)
        # The integers of fp32_rne are nothing that it has.
        answer = self.json(BACKEND, *options, "--recipe", "fp32_rne")
        self.assertEqual((answer["passed"], answer["unmet"]), (3, 3))
        self.error(USAGE, "usage", *options, "--recipe", "fp16")

    def test_passes_without_an_op_are_counted_apart(self):
        options = ["onnx-test", self.tree, "--plugin", cli.HELLO, "--backend", "hello", "--backend", "cpu"]
        answer = self.json(DONE, *options)
        self.assertEqual((answer["passed"], answer["passed_without_op"]), (3, 3))
        self.assertEqual(answer["op_counts"], {"hello": 0, "cpu": 3, "reference": 0})
        _, text, _ = glowplug(*options)
        self.assertIn("hello: 3 cases, 3 passed (3 of them without an op on hello), 0 failed", text)
        self.assertIn("ops: 0 on hello, 3 on cpu, 0 on reference\n", text)

        answer = self.json(BACKEND, *options, "--require", "hello:some")
        self.assertEqual((answer["passed"], answer["unmet"]), (3, 3))
        self.assertEqual([case["name"] for case in answer["unmet_cases"]], ["groups1", "groups2", "groups8"])
        self.assertIn("needs some of 1 ops on 'hello', but got 0 on hello, 1 on cpu",
                      answer["unmet_cases"][0]["reason"])
        status, text, _ = glowplug(*options, "--require", "hello:some")
        self.assertEqual(status, BACKEND)
        self.assertIn("3 passed, but not as --require says", text)


class FaultTest(CommandTest):
    """Mistakes of plugins that are theirs, and not the model's."""

    def test_an_absurd_workspace(self):
        message = self.error(BACKEND, "backend", "run", self.model, "--plugin", plugin("workspace_absurd"),
                             "--backend", "hostile")
        self.assertIn("gp_compile_result.workspace_bytes is 1152921504606846976, but needs to be at most "
                      "140737488355328", message)


if __name__ == "__main__":
    cli.main()
