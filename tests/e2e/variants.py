#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models whose dims vary: .gpx files with variants, what they refuse, and what `inspect` says of such models.

usage: variants.py --glowplug FILE [--backend NAME] [unittest options]
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

DONE, MODEL, USAGE = range(3)
TOOL = BACKEND = None


def glowplug(*arguments):
    """Runs the command; gives status, standard output and standard error."""
    done = subprocess.run([TOOL, *map(str, arguments)], capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout, done.stderr


def value(name, shape, dtype=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, dtype, shape)


def save(path, nodes, inputs, outputs, constants=()):
    graph = helper.make_graph(nodes, "graph", inputs, outputs,
                              [numpy_helper.from_array(array, name) for name, array in constants])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, str(path))
    return path


def save_inputs(folder, *arrays):
    folder.mkdir(exist_ok=True)
    for index, array in enumerate(arrays):
        (folder / f"input_{index}.pb").write_bytes(numpy_helper.from_array(array).SerializeToString())
    return folder


class CommandTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="glowplug variants "))
        self.addCleanup(shutil.rmtree, self.folder)
        self.weight = np.random.default_rng(1).standard_normal((64, 128)).astype(np.float32)

    def network(self):
        """y = relu(x w) and its sums over rows: dims N and W; the sums have N elements."""
        nodes = [helper.make_node("MatMul", ["x", "w"], ["p"]), helper.make_node("Relu", ["p"], ["y"]),
                 helper.make_node("ReduceSum", ["y", "axes"], ["s"], keepdims=0),
                 helper.make_node("Concat", ["s", "s"], ["t"], axis=0)]
        return save(self.folder / "net.onnx", nodes, [value("x", ["N", "W", 64])],
                    [value("y", ["N", "W", 128]), value("t", ["M"])],
                    [("w", self.weight), ("axes", np.array([1, 2], np.int64))])

    def call(self, expected, *arguments):
        status, out, err = glowplug(*arguments)
        self.assertEqual(status, expected, err)
        return out, err

    def json(self, expected, *arguments):
        return json.loads(self.call(expected, *arguments, "--json")[0])

    def error(self, expected, *arguments):
        return self.json(expected, *arguments)["error"]["message"]

    def compiled(self, *options):
        path = self.folder / "net.gpx"
        answer = self.json(DONE, "compile", self.network(), "-o", path, "--backend", BACKEND, *options)
        return path, answer


class VariantsTest(CommandTest):
    def check(self, path, n, w):
        """Runs one size, against numpy."""
        x = np.random.default_rng(n * 1000 + w).standard_normal((n, w, 64)).astype(np.float32)
        inputs, outputs = save_inputs(self.folder / "in", x), self.folder / "out"
        answer = self.json(DONE, "run", path, "--inputs", inputs, "--outputs", outputs)
        y, t = (numpy_helper.to_array(onnx.load_tensor(str(outputs / f"output_{i}.pb"))) for i in range(2))
        want = np.maximum(x @ self.weight, 0)
        np.testing.assert_allclose(y, want, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(t, np.tile(want.sum(axis=(1, 2)), 2), rtol=1e-4)
        return answer

    def test_each_size_runs(self):
        path, answer = self.compiled("--dim", "N=1,8", "--dim", "W=4..12:4")
        self.assertEqual(answer["variants"], [f"N={n}, W={w}" for n in (1, 8) for w in (4, 8, 12)])
        for n, w in ((8, 12), (1, 4), (8, 4), (1, 12), (8, 12)):
            self.assertEqual(self.check(path, n, w)["variant"], f"N={n}, W={w}")

    def test_sequences_have_one_length(self):
        """What is not always one tensor is compiled with all sizes known, and refused by name otherwise."""
        x = helper.make_tensor_sequence_value_info("x", TensorProto.FLOAT, ["N"])
        path = save(self.folder / "sequence.onnx",
                    [helper.make_node("ConcatFromSequence", ["x"], ["y"], axis=0)], [x], [value("y", ["M"])])
        self.assertEqual(self.json(DONE, "inspect", path)["wanted_dims"], ["x:length", "N"])
        options = ("-o", self.folder / "sequence.gpx", "--backend", BACKEND, "--dim", "x:length=2")
        self.assertIn("'x' is a sequence", self.error(MODEL, "compile", path, *options, "--dim", "N=1,2"))
        self.json(DONE, "compile", path, *options, "--dim", "N=3")
        a, b = np.arange(3, dtype=np.float32), np.arange(3, 6, dtype=np.float32)
        outputs = self.folder / "out"
        self.json(DONE, "run", self.folder / "sequence.gpx", "--inputs", save_inputs(self.folder / "in", a, b),
                  "--outputs", outputs)
        got = numpy_helper.to_array(onnx.load_tensor(str(outputs / "output_0.pb")))
        np.testing.assert_array_equal(got, np.concatenate([a, b]))

    def test_constants_are_stored_once(self):
        sizes = []
        for dims in ("N=2", "N=2,3,4,5"):
            path, _ = self.compiled("--dim", dims, "--dim", "W=4")
            sizes.append(path.stat().st_size)
        if BACKEND == "reference":  # its blobs hold no constants
            self.assertLess(sizes[1], sizes[0] + self.weight.nbytes // 2)
        self.assertLess(sizes[1], 4 * sizes[0])

    def test_a_compile_is_deterministic(self):
        first = self.compiled("--dim", "N=1,2", "--dim", "W=4")[0].read_bytes()
        self.assertEqual(self.compiled("--dim", "N=1,2", "--dim", "W=4")[0].read_bytes(), first)

    def test_other_sizes_are_refused_with_those_there_are(self):
        path, _ = self.compiled("--dim", "N=1,8", "--dim", "W=4")
        inputs = save_inputs(self.folder / "in", np.zeros((2, 4, 64), np.float32))
        self.assertIn("the model was not compiled for N=2, but for N=1; N=8",
                      self.error(USAGE, "run", path, "--inputs", inputs))
        inputs = save_inputs(self.folder / "in", np.zeros((8, 5, 64), np.float32))
        self.assertIn("input 'x' needs f32[N,4,64], but got f32[8,5,64]",
                      self.error(USAGE, "run", path, "--inputs", inputs))

    def test_random_inputs_take_a_size(self):
        path, _ = self.compiled("--dim", "N=1,8", "--dim", "W=4,5")
        self.assertEqual(self.json(DONE, "run", path)["variant"], "N=1, W=4")
        answer = self.json(DONE, "run", path, "--dim", "N=8")
        self.assertEqual((answer["variant"], answer["outputs"][0]["shape"]), ("N=8, W=4", [8, 4, 128]))
        self.assertEqual(self.json(DONE, "bench", path, "--dim", "W=5", "--runs", 1)["variant"], "N=1, W=5")
        self.assertIn("not compiled for N=3", self.error(USAGE, "run", path, "--dim", "N=3"))
        self.assertIn("no dimension 'K'", self.error(USAGE, "run", path, "--dim", "K=3"))
        inputs = save_inputs(self.folder / "in", np.zeros((8, 4, 64), np.float32))
        self.assertIn("--dim has no effect on the inputs",
                      self.error(USAGE, "run", path, "--dim", "N=8", "--inputs", inputs))

    def test_each_variant_is_compared_with_the_reference(self):
        model = self.network()
        for n in (1, 3):
            answer = self.json(DONE, "run", model, "--dim", f"N={n}", "--dim", "W=4", "--backend", BACKEND,
                               "--compare", "reference")
            self.assertEqual(answer["compare"]["verdict"], "pass")

    def test_inspect_names_the_dims(self):
        path, _ = self.compiled("--dim", "N=1,8", "--dim", "W=4")
        answer = self.json(DONE, "inspect", path)
        self.assertEqual(answer["inputs"][0]["shape"], ["N", 4, 64])
        self.assertEqual([output["shape"] for output in answer["outputs"]], [["N", 4, 128], ["?"]])
        self.assertEqual([variant["dims"] for variant in answer["variants"]], [{"N": 1}, {"N": 8}])
        self.assertIn("variant  N=8", self.call(DONE, "inspect", path)[0])

    def test_wrong_dims(self):
        model, path = self.network(), self.folder / "none.gpx"
        for options, text in (
                (["--dim", "N=1,2"], "needs a size for dimension 'W' of input 'x'"),
                (["--dim", "N=1,2", "--dim", "W=4", "--dim", "Q=1,2"], "no input has a dimension 'Q'"),
                (["--dim", "N=1..20", "--dim", "W=1..20"], "at most 256 combinations of sizes, but got 20 x 20"),
                (["--dim", "N=1,2", "--dim", "N=3"], "--dim N is given twice"),
                (["--dim", "N=1,2", "--dim", "N=3,4"], "--dim N is given twice"),
                (["--dim", "N=2,2"], "--dim N needs sizes that differ"),
                (["--dim", "N=4..1"], "--dim N needs a last size of at least 4"),
                (["--dim", "N=,"], "--dim N needs a size of at least 0")):
            with self.subTest(options):
                self.assertIn(text, self.error(USAGE, "compile", model, "-o", path, *options))
        self.assertIn("--dim N needs one size, but got 2; several are for 'compile'",
                      self.error(USAGE, "run", model, "--dim", "N=1,2", "--dim", "W=4"))
        self.assertFalse(path.exists())

    def test_damage_is_found(self):
        path, _ = self.compiled("--dim", "N=1,2", "--dim", "W=4")
        whole = path.read_bytes()
        for at in range(64, 2048, 97):
            broken = bytearray(whole)
            broken[at] ^= 0x10
            path.write_bytes(broken)
            status, _, err = glowplug("run", path)
            self.assertIn(status, (DONE, MODEL), err)  # DONE: between sections

    def test_the_cache_has_each_variant(self):
        cache = self.folder / "cache"
        self.assertFalse(self.compiled("--dim", "N=1,2", "--dim", "W=4", "--cache", cache)[1]["cached"])
        self.assertEqual(len(list(cache.glob("*.gpx"))), 2)
        self.assertTrue(self.compiled("--dim", "N=2,1", "--dim", "W=4", "--cache", cache)[1]["cached"])
        self.assertEqual(len(list(cache.glob("*.gpx"))), 2)


class DeclaredTest(CommandTest):
    """What models declare, and what `inspect` says of it."""

    def relu(self, shape, out=None):
        return save(self.folder / "relu.onnx", [helper.make_node("Relu", ["x"], ["y"])], [value("x", shape)],
                    [value("y", out or shape)])

    def test_unknown_dims_have_names_of_their_own(self):
        model = self.relu(["?", 3, "?", "?"])
        message = self.error(USAGE, "run", model)
        for name in ("x:0", "x:2", "x:3"):
            self.assertIn(f"--dim {name}=SIZE", message)
        answer = self.json(DONE, "run", model, "--dim", "x:0=1", "--dim", "x:2=5", "--dim", "x:3=7")
        self.assertEqual(answer["outputs"][0]["shape"], [1, 3, 5, 7])

    def test_minus_1_is_unknown(self):
        model = self.relu([2, 3], [2, 3])
        proto = onnx.load(str(model))
        for info in (proto.graph.input[0], proto.graph.output[0]):
            info.type.tensor_type.shape.dim[0].dim_value = -1
        onnx.save(proto, str(model))
        self.assertIn("--dim x:0=SIZE", self.error(USAGE, "run", model))
        self.assertEqual(self.json(DONE, "run", model, "--dim", "x:0=4")["outputs"][0]["shape"], [4, 3])
        proto.graph.input[0].type.tensor_type.shape.dim[0].dim_value = -2
        onnx.save(proto, str(model))
        self.assertIn("dim 0 needs to be at least 0, or -1, but got -2", self.error(MODEL, "run", model))

    def test_false_shapes_are_warned_about_once(self):
        model = self.relu(["N", 3], [1, 3])
        out, err = self.call(DONE, "run", model, "--dim", "N=2")
        self.assertEqual(err.count("warning"), 1, err)
        self.assertIn("output 'y': it is declared as f32[1, 3], but its value is f32[2,3]", err)
        _, err = self.call(DONE, "compile", model, "-o", self.folder / "y.gpx", "--dim", "N=2,3,4")
        self.assertEqual(err.count("warning"), 1, err)

    def test_inspect_asks_the_backends(self):
        answer = self.json(DONE, "inspect", self.network(), "--dim", "N=1", "--dim", "W=4", "--backend", BACKEND)
        self.assertTrue(answer["supported"])
        self.assertGreater(answer["backends"][BACKEND], 0)
        self.assertEqual(answer["operators"][0], {"name": "ai.onnx.Concat", "version": 13, "nodes": 1})

    def test_inspect_names_the_dims_that_are_wanted(self):
        answer = self.json(DONE, "inspect", self.network())
        self.assertTrue(answer["supported"])
        self.assertEqual(answer["wanted_dims"], ["N", "W"])
        self.assertNotIn("backends", answer)
        self.assertIn("wanted   --dim W=SIZE", self.call(DONE, "inspect", self.network())[0])

    def test_inspect_names_each_dim_once(self):
        model = save(self.folder / "add.onnx", [helper.make_node("Add", ["a", "b"], ["y"])],
                     [value("a", ["N", "?"]), value("b", ["N", "?"])], [value("y", ["N", None])])
        self.assertEqual(self.json(DONE, "inspect", model)["wanted_dims"], ["N", "a:1", "b:1"])

    def test_inspect_names_the_inputs_that_are_wanted(self):
        model = save(self.folder / "shape.onnx", [helper.make_node("Reshape", ["x", "shape"], ["y"])],
                     [value("x", [6]), value("shape", [2], TensorProto.INT64)], [value("y", None)])
        answer = self.json(DONE, "inspect", model)
        self.assertFalse(answer["supported"])
        self.assertEqual(answer["wanted_binds"], ["shape"])

    def test_inspect_lists_all_that_is_missing(self):
        def branch(name, op):
            return helper.make_graph([helper.make_node(op, ["x"], [name], name=f"{op} node")], name, [],
                                     [value(name, [2])])

        nodes = [helper.make_node("If", ["c"], ["y"], name="choice", then_branch=branch("a", "NoSuchOp"),
                                  else_branch=branch("b", "Neither")),
                 helper.make_node("Nor", ["y"], ["z"])]
        model = save(self.folder / "if.onnx", nodes, [value("c", [], TensorProto.BOOL), value("x", [2])],
                     [value("z", [2])])
        answer = self.json(DONE, "inspect", model)
        self.assertFalse(answer["supported"])
        missing = {entry["operator"]: entry["node"] for entry in answer["unsupported"]}
        self.assertIn("ai.onnx.Nor", missing)
        self.assertIn("in 'then_branch' of node 'choice' (If)", missing["ai.onnx.NoSuchOp"])
        self.assertIn("in 'else_branch' of node 'choice' (If)", missing["ai.onnx.Neither"])
        self.assertIn("not supported", self.call(DONE, "inspect", model)[0])


class DoctorTest(CommandTest):
    def test_says_what_there_is(self):
        answer = self.json(DONE, "doctor")
        self.assertIn(BACKEND, [backend["name"] for backend in answer["plugins"]["backends"]])
        self.assertGreater(answer["memory"]["bytes"], 0)
        self.assertGreaterEqual(answer["cpu"]["usable_threads"], 1)
        out, _ = self.call(DONE, "doctor")
        for word in ("cpu ", "memory ", "backend ", "workers ", "cache ", "tool "):
            self.assertIn(f"\n{word}", out)

    def test_measures_the_cache(self):
        cache = self.folder / "cache"
        self.assertEqual(self.json(DONE, "doctor", "--cache", cache)["cache"]["files"], 0)
        self.compiled("--dim", "N=1,2", "--dim", "W=4", "--cache", cache)
        answer = self.json(DONE, "doctor", "--cache", cache)["cache"]
        self.assertEqual((answer["files"], answer["exists"]), (2, True))
        self.assertEqual(answer["bytes"], sum(file.stat().st_size for file in cache.iterdir()))

    def test_names_a_backend_that_cannot_be_used(self):
        bad = self.folder / "libbad.so"
        bad.write_text("no library")
        status, _, err = glowplug("doctor", "--plugin", bad)
        self.assertEqual(status, 3, err)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--glowplug", required=True)
    parser.add_argument("--backend", default="reference")
    options, rest = parser.parse_known_args()
    TOOL, BACKEND = os.path.abspath(options.glowplug), options.backend
    unittest.main(argv=[sys.argv[0], *rest])
