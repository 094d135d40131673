#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests of the glowplug command: exit status, messages, JSON keys, determinism.

usage: cli.py --glowplug FILE --models DIR --hello FILE --deadly FILE [unittest options]
"""

import argparse
import hashlib
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

DONE, MODEL, USAGE, BACKEND, COMPARISON = range(5)
VERBS = ["run", "compile", "inspect", "interpret", "reduce", "backends", "bench", "onnx-test", "doctor"]
TOOL = MODELS = HELLO = DEADLY = None


def glowplug(*arguments, env=None, cwd=None):
    """Runs the command; gives status, standard output and standard error."""
    done = subprocess.run([TOOL, *map(str, arguments)], capture_output=True, text=True, cwd=cwd,
                          env={**os.environ, **(env or {})}, timeout=300)
    return done.returncode, done.stdout, done.stderr


def save_tensor(path, array, name=""):
    path.write_bytes(numpy_helper.from_array(np.asarray(array), name).SerializeToString())


class CommandTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="glowplug cli "))
        self.addCleanup(shutil.rmtree, self.folder)
        self.model = MODELS / "tiny_ic" / "model.onnx"
        self.data = MODELS / "tiny_ic" / "test_data_set_0"

    def json(self, expected, *arguments, **settings):
        status, out, err = glowplug(*arguments, "--json", **settings)
        self.assertEqual(status, expected, err)
        return json.loads(out)

    def error(self, expected, kind, *arguments, **settings):
        """The message of a failure, which is the same in words and in JSON."""
        answer = self.json(expected, *arguments, **settings)
        self.assertEqual(answer["error"]["kind"], kind)
        status, out, err = glowplug(*arguments, **settings)
        self.assertEqual(status, expected)
        self.assertEqual(out, "", "data goes to standard output, words do not")
        self.assertIn(answer["error"]["message"], err)
        return answer["error"]["message"]

    def compiled(self, *options):
        path = self.folder / "model.gpx"
        self.json(DONE, "compile", self.model, "-o", path, *options)
        return path


class HelpTest(CommandTest):
    def test_each_verb_explains_itself_in_28_lines(self):
        for verb in VERBS:
            with self.subTest(verb):
                status, out, err = glowplug(verb, "--help")
                self.assertEqual((status, err), (DONE, ""))
                self.assertLessEqual(len(out.splitlines()), 28)
                self.assertTrue(out.startswith(f"glowplug {verb} - "))
                parts = [out.index(part) for part in ("usage:", "examples:", "options:", "exit status:")]
                self.assertEqual(parts, sorted(parts))

    def test_the_command_lists_its_verbs(self):
        status, out, _ = glowplug("--help")
        self.assertEqual(status, DONE)
        self.assertLessEqual(len(out.splitlines()), 29)
        for verb in VERBS:
            self.assertIn(f"  {verb} ", out)

    def test_versions(self):
        status, out, _ = glowplug("--version")
        self.assertEqual(status, DONE)
        self.assertRegex(out, r"^glowplug \d+\.\d+\.\d+, backend ABI \d+\.\d+, LLVM 19")


class UsageTest(CommandTest):
    def test_nearest_verb(self):
        self.assertIn("did you mean 'compile'", self.error(USAGE, "usage", "compil"))
        self.assertIn("run, compile", self.error(USAGE, "usage", "xyzzy"))
        self.assertIn("needs a verb", glowplug()[2])

    def test_nearest_option(self):
        self.assertIn("did you mean '--compare'",
                      self.error(USAGE, "usage", "run", self.model, "--compair", "reference"))

    def test_nearest_backend(self):
        self.assertIn("did you mean 'reference'",
                      self.error(USAGE, "usage", "run", self.model, "--backend", "refrence"))

    def test_missing_arguments(self):
        self.assertIn("-o", self.error(USAGE, "usage", "compile", self.model))
        self.assertIn("MODEL", self.error(USAGE, "usage", "run"))
        self.assertIn("no file", self.error(USAGE, "usage", "run", self.folder / "none.onnx"))

    def test_values_out_of_range(self):
        for arguments in (["--threads", "0"], ["--threads", "x"], ["--inputs", "random:x"], ["--inputs", "/nowhere"],
                          ["--compare", "/nowhere"], ["--dim", "N"], ["--dim", "N=-1"], ["--bind", "x"],
                          ["--bind", "x=/nowhere"], ["--backend-option", "x"], ["--backend-option", "npu:x=1"]):
            with self.subTest(arguments):
                self.error(USAGE, "usage", "run", self.model, *arguments)

    def test_settings_that_the_model_does_not_have(self):
        self.assertIn("'Q', which was given a size (--dim Q=SIZE)",
                      self.error(USAGE, "usage", "run", self.model, "--dim", "Q=1"))

    def test_unknown_backend_option(self):
        self.assertIn("colour", self.error(BACKEND, "backend", "run", self.model,
                                           "--backend-option", "colour=red"))

    def test_missing_plugin(self):
        self.assertIn("none.so", self.error(BACKEND, "backend", "run", self.model, "--plugin", self.folder / "none.so"))
        not_a_plugin = self.folder / "text.so"
        not_a_plugin.write_text("not a library")
        self.assertIn("text.so", self.error(BACKEND, "backend", "backends", "--plugin", not_a_plugin))


class RunTest(CommandTest):
    def test_keys(self):
        answer = self.json(DONE, "run", self.model, "--inputs", self.data, "--compare", "reference", "--threads", 1)
        self.assertLessEqual({"backend", "outputs", "compare", "compile_ms", "run_ms"}, set(answer))
        self.assertEqual(answer["backend"], "cpu")
        self.assertEqual(set(answer["outputs"][0]), {"name", "shape", "dtype", "sha256"})
        self.assertEqual(answer["outputs"][0]["shape"], [1, 10])
        self.assertEqual(answer["outputs"][0]["dtype"], "f32")
        self.assertEqual(set(answer["compare"]),
                         {"verdict", "elements", "mismatches", "nan_for_number", "number_for_nan", "infinite",
                          "max_error", "max_error_over_limit", "decided_otherwise"})
        self.assertEqual(answer["compare"]["verdict"], "pass")
        self.assertEqual(answer["compare"]["elements"], 10)

    def test_expected_files(self):
        self.json(DONE, "run", self.model, "--inputs", self.data, "--compare", self.data)
        wrong = self.folder / "wrong"
        wrong.mkdir()
        expected = numpy_helper.to_array(onnx.load_tensor(self.data / "output_0.pb"))
        save_tensor(wrong / "output_0.pb", expected + np.float32(0.01))
        answer = self.json(COMPARISON, "run", self.model, "--inputs", self.data, "--compare", wrong)
        self.assertEqual(answer["compare"]["verdict"], "fail")
        self.assertEqual(answer["compare"]["mismatches"], 10)
        self.assertEqual(answer["compare"]["first"]["index"], [0, 0])
        save_tensor(wrong / "output_0.pb", expected[:, :9])
        self.assertIn("f32[1,9]", self.error(COMPARISON, "comparison", "run", self.model, "--inputs", self.data,
                                             "--compare", wrong))

    def test_outputs_are_written_as_they_are_compared(self):
        folder = self.folder / "made" / "out"
        answer = self.json(DONE, "run", self.model, "--inputs", self.data, "--outputs", folder)
        written = onnx.load_tensor(folder / "output_0.pb")
        self.assertEqual(written.name, answer["outputs"][0]["name"])
        values = numpy_helper.to_array(written)
        self.assertEqual(hashlib.sha256(values.tobytes()).hexdigest(), answer["outputs"][0]["sha256"].split(":")[-1])
        answer = self.json(DONE, "run", self.model, "--inputs", self.data, "--compare", folder)
        self.assertEqual(answer["compare"]["max_error"], 0)
        (self.folder / "file").write_text("")
        self.assertIn("file", self.error(USAGE, "usage", "run", self.model, "--inputs", self.data, "--outputs",
                                         self.folder / "file"))

    def test_one_wrong_step_of_an_integer_would_show(self):
        path = pathlib.Path(__file__).resolve().parents[1] / "data/quantized/digits_qdq_u8_u8.onnx"
        answer = self.json(DONE, "run", path, "--dim", "N=1", "--compare", "reference")["compare"]
        self.assertGreater(answer["max_error"], 0)
        limit = answer["max_error"] / answer["max_error_over_limit"]
        self.assertLess(limit, 1e-3)  # one step of the output is 0.18

    def test_imprecise_kernels_fail(self):
        answer = self.json(COMPARISON, "run", self.model, "--inputs", self.data, "--compare", "reference",
                           "--backend-option", "arithmetic=bf16")
        self.assertGreater(answer["compare"]["max_error_over_limit"], 10)

    def test_backends_agree(self):
        cpu, reference = (self.json(DONE, "run", self.model, "--inputs", "random:7", "--backend", name,
                                    "--compare", "reference") for name in ("cpu", "reference"))
        self.assertEqual(reference["backend"], "reference")
        self.assertEqual(cpu["compare"]["verdict"], reference["compare"]["verdict"])

    def test_random_inputs_depend_on_the_seed_only(self):
        first, again, other = (
            self.json(DONE, "run", self.model, "--inputs", f"random:{seed}")["outputs"][0]["sha256"]
            for seed in (1, 1, 2))
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)

    def test_wrong_inputs_are_named(self):
        inputs = self.folder / "in"
        inputs.mkdir()
        name = onnx.load_tensor(self.data / "input_0.pb").name
        save_tensor(inputs / "input_0.pb", np.zeros((1, 2), np.float32), name)
        path = self.compiled()
        message = self.error(USAGE, "usage", "run", path, "--inputs", inputs)
        for part in (name, "f32[1,2]", "f32[1,"):
            self.assertIn(part, message)
        save_tensor(inputs / "input_0.pb", np.zeros((1, 2), np.float32), name + "x")
        self.assertIn(f"did you mean '{name}'", self.error(USAGE, "usage", "run", path, "--inputs", inputs))
        (inputs / "input_0.pb").unlink()
        self.assertIn("missing", self.error(USAGE, "usage", "run", path, "--inputs", inputs))
        (inputs / "input_0.pb").write_bytes(b"\x08\xff\xff")
        self.assertIn("input_0.pb", self.error(USAGE, "usage", "run", path, "--inputs", inputs))


class CompileTest(CommandTest):
    def test_same_bytes_every_time_and_everywhere(self):
        first = self.compiled().read_bytes()
        elsewhere = self.folder / "else where"
        elsewhere.mkdir()
        shutil.copy(self.model, elsewhere / "copy.onnx")
        status, _, err = glowplug("compile", "copy.onnx", "-o", "b.gpx", cwd=elsewhere,
                                  env={"LC_ALL": "C", "TZ": "UTC", "OMP_NUM_THREADS": "1"})
        self.assertEqual(status, DONE, err)
        self.assertEqual(first, (elsewhere / "b.gpx").read_bytes())
        self.assertEqual(sorted(p.name for p in elsewhere.iterdir()), ["b.gpx", "copy.onnx"])

    def test_another_process_runs_it(self):
        for backend in ("cpu", "reference"):
            with self.subTest(backend):
                path = self.compiled("--backend", backend)
                direct = self.json(DONE, "run", self.model, "--backend", backend, "--inputs", self.data)
                loaded = self.json(DONE, "run", path, "--inputs", self.data)
                self.assertEqual(loaded["backend"], backend)
                self.assertEqual(loaded["compile_ms"], 0)
                self.assertEqual(direct["outputs"], loaded["outputs"])

    def test_cache(self):
        cache = self.folder / "cache"
        plain = self.compiled().read_bytes()
        for cached in (False, True):
            answer = self.json(DONE, "compile", self.model, "-o", self.folder / "model.gpx", "--cache", cache)
            self.assertEqual(answer["cached"], cached)
            self.assertEqual((self.folder / "model.gpx").read_bytes(), plain)
        answer = self.json(DONE, "compile", self.model, "-o", self.folder / "m.gpx", "--cache", cache, "--explain")
        self.assertTrue(answer["ops"], "what a cache does not hold is compiled")
        self.assertFalse(answer["cached"])
        direct = self.json(DONE, "run", self.model, "--inputs", self.data)
        found = self.json(DONE, "run", self.model, "--inputs", self.data, "--cache", cache)
        self.assertEqual(found["outputs"], direct["outputs"])
        self.assertTrue(found["cached"], "inputs do not count where the model needs no value")
        self.assertFalse(direct["cached"])
        self.json(DONE, "bench", self.model, "--runs", 1, "--cache", cache)
        self.assertEqual([path.suffix for path in cache.iterdir()], [".gpx"])
        (cache / "file").write_text("")
        self.error(USAGE, "usage", "run", self.model, "--cache", cache / "file" / "folder")
        self.error(USAGE, "usage", "run", self.folder / "model.gpx", "--cache", cache)

    def test_external_data_is_part_of_a_cached_model(self):
        weights = np.ones((2, 2), np.float32)
        proto = numpy_helper.from_array(weights, "w")
        proto.data_location = onnx.TensorProto.EXTERNAL
        proto.ClearField("raw_data")
        proto.external_data.add(key="location", value="w.bin")
        graph = helper.make_graph([helper.make_node("Add", ["x", "w"], ["y"])], "add",
                                  [helper.make_tensor_value_info("x", 1, [2, 2])],
                                  [helper.make_tensor_value_info("y", 1, [2, 2])], [proto])
        model = self.folder / "add.onnx"
        model.write_bytes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)],
                                            ir_version=8).SerializeToString())
        arguments = ("run", model, "--allow-external-data", "--cache", self.folder / "cache")
        hashes = set()
        for value in (1, 2):
            (self.folder / "w.bin").write_bytes((weights * value).tobytes())
            for cached in (False, True):
                answer = self.json(DONE, *arguments)
                self.assertEqual(answer["cached"], cached)
                hashes.add(answer["outputs"][0]["sha256"])
        self.assertEqual(len(hashes), 2)

    def test_inputs_are_part_of_the_key_of_a_model_that_needs_a_value(self):
        graph = helper.make_graph([helper.make_node("Reshape", ["x", "shape"], ["y"])], "reshape",
                                  [helper.make_tensor_value_info("x", 1, [4]),
                                   helper.make_tensor_value_info("shape", TensorProto.INT64, [2])],
                                  [helper.make_tensor_value_info("y", 1, None)])
        model = self.folder / "reshape.onnx"
        model.write_bytes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)],
                                            ir_version=8).SerializeToString())
        for first, shape, cached in ((1, [2, 2], False), (1, [2, 2], True), (1, [4, 1], False), (2, [4, 1], False)):
            save_tensor(self.folder / "input_0.pb", np.full(4, first, np.float32))
            save_tensor(self.folder / "input_1.pb", np.array(shape, np.int64))
            answer = self.json(DONE, "run", model, "--inputs", self.folder, "--cache", self.folder / "cache")
            self.assertEqual(answer["outputs"][0]["shape"], shape)
            self.assertEqual(answer["cached"], cached, (first, shape))

    def test_running_needs_no_compiler(self):
        for library in (TOOL,):
            needed = subprocess.run(["readelf", "-d", library], capture_output=True, text=True, check=True).stdout
            self.assertNotIn("MLIR", needed)
            linked = subprocess.run(["ldd", library], capture_output=True, text=True, check=True).stdout
            self.assertNotIn("MLIR", linked)
        path = self.compiled("--backend", "reference")
        status, _, loaded = glowplug("run", path, env={"LD_DEBUG": "files"})
        self.assertEqual(status, DONE)
        self.assertIn("libLLVM", loaded)
        self.assertNotIn("MLIR", loaded)
        self.assertNotIn("glowplug-compiler", loaded)

    def test_explain_and_dump(self):
        dump = self.folder / "dump"
        answer = self.json(DONE, "compile", self.model, "-o", self.folder / "m.gpx", "--explain",
                           "--dump-ir", dump)
        self.assertTrue(answer["ops"])
        self.assertEqual(set(answer["ops"][0]), {"name", "kind", "integer", "backend", "part", "refusals"})
        files = sorted(p.name for p in dump.iterdir())
        self.assertEqual(files[0], "01-import.mlir")
        self.assertTrue(any(name.endswith("-partition.mlir") for name in files))
        self.assertIn("prim.conv", (dump / [n for n in files if n.endswith("-partition.mlir")][0]).read_text())

    def test_what_is_wrong_with_a_model(self):
        path = self.folder / "bad.onnx"
        for content in (b"", b"\x00" * 64, self.model.read_bytes()[:1000]):
            path.write_bytes(content)
            self.error(MODEL, "model", "compile", path, "-o", self.folder / "out.gpx")
        self.assertFalse((self.folder / "out.gpx").exists())

    def test_unsupported_ops_are_all_named(self):
        nodes = [helper.make_node("Frobnicate", ["x"], ["y"], name="first"),
                 helper.make_node("Transmogrify", ["y"], ["z"], name="second")]
        info = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [2]) for n in "xz"]
        path = self.folder / "odd.onnx"
        onnx.save(helper.make_model(helper.make_graph(nodes, "g", info[:1], info[1:])), path)
        message = self.error(MODEL, "model", "run", path)
        for part in ("Frobnicate", "first", "Transmogrify", "second"):
            self.assertIn(part, message)

    def test_cannot_write(self):
        self.error(USAGE, "usage", "compile", self.model, "-o", self.folder / "no" / "such.gpx")


class BindingTest(CommandTest):
    """A model whose result shape is an input."""

    def setUp(self):
        super().setUp()
        node = helper.make_node("Reshape", ["x", "shape"], ["y"])
        graph = helper.make_graph(
            [node], "reshape", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 6]),
                                helper.make_tensor_value_info("shape", TensorProto.INT64, [2])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)])
        self.model = self.folder / "reshape.onnx"
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)]), self.model)
        self.inputs = self.folder / "in"
        self.inputs.mkdir()
        save_tensor(self.inputs / "input_0.pb", np.arange(12, dtype=np.float32).reshape(2, 6), "x")
        save_tensor(self.inputs / "input_1.pb", np.array([3, 4]), "shape")

    def test_asks_for_what_it_needs(self):
        self.assertIn("--bind shape=", self.error(USAGE, "usage", "run", self.model))

    def test_inputs_of_a_folder_are_bound(self):
        answer = self.json(DONE, "run", self.model, "--inputs", self.inputs)
        self.assertEqual(answer["outputs"][0]["shape"], [3, 4])

    def test_a_compiled_model_refuses_other_values(self):
        path = self.folder / "m.gpx"
        self.json(DONE, "compile", self.model, "-o", path, "--bind", f"shape={self.inputs / 'input_1.pb'}")
        self.assertTrue(self.json(DONE, "inspect", path)["inputs"][1]["bound"])
        self.json(DONE, "run", path, "--inputs", self.inputs)
        self.json(DONE, "run", path)
        save_tensor(self.inputs / "input_1.pb", np.array([4, 3]), "shape")
        self.assertIn("'shape' was bound", self.error(USAGE, "usage", "run", path, "--inputs", self.inputs))


class ArtifactTest(CommandTest):
    def test_damage_is_found(self):
        path = self.compiled()
        good = path.read_bytes()
        for what, content in (("short", good[:-1]), ("short", good[:100]), ("tail", good + b"\0"),
                              ("damaged", good[:-1] + bytes([good[-1] ^ 1])),
                              ("version", good[:8] + b"\x63" + good[9:])):
            path.write_bytes(content)
            for verb in ("run", "bench", "inspect"):
                self.assertIn(what, self.error(MODEL, "model", verb, path))

    def test_options_that_come_too_late(self):
        path = self.compiled()
        self.assertIn("--backend", self.error(USAGE, "usage", "run", path, "--backend", "reference"))
        self.assertIn("holds only", self.error(USAGE, "usage", "run", path, "--compare", "reference"))

    def test_inspect(self):
        answer = self.json(DONE, "inspect", self.compiled())
        self.assertEqual(answer["kind"], "program")
        self.assertEqual([part["backend"] for part in answer["parts"]], ["cpu"])
        self.assertEqual(answer["inputs"][0]["dtype"], "f32")
        model = self.json(DONE, "inspect", self.model)
        self.assertEqual(model["kind"], "model")
        self.assertEqual(model["inputs"][0]["name"], answer["inputs"][0]["name"])


class SeveralBackendsTest(CommandTest):
    """One plan over several plugins."""

    def setUp(self):
        super().setUp()
        nodes = [helper.make_node("Add", ["x", "w"], ["a"], name="first"),
                 helper.make_node("Softmax", ["a"], ["b"], name="second"),
                 helper.make_node("Mul", ["b", "x"], ["y"], name="third")]
        info = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [4, 4]) for n in "xby"]
        weights = numpy_helper.from_array(np.arange(16, dtype=np.float32).reshape(4, 4) / 16, "w")
        self.model = self.folder / "three.onnx"
        onnx.save(helper.make_model(helper.make_graph(nodes, "g", info[:1], info[1:], [weights]),
                                    opset_imports=[helper.make_opsetid("", 13)]), self.model)
        self.options = ["--plugin", HELLO, "--backend", "hello", "--backend", "cpu"]

    def test_work_goes_to_the_first_that_takes_it(self):
        path = self.folder / "m.gpx"
        answer = self.json(DONE, "compile", self.model, "-o", path, "--explain", *self.options)
        self.assertEqual(answer["backend"], "hello,cpu")
        backends = [op["backend"] for op in answer["ops"]]
        self.assertEqual((backends[0], backends[-1]), ("hello", "hello"))
        refused = [op for op in answer["ops"] if op["backend"] == "cpu"]
        self.assertTrue(refused)
        for op in refused:
            self.assertEqual(op["refusals"][0]["backend"], "hello")
            self.assertTrue(op["refusals"][0]["reason"])
        direct = self.json(DONE, "run", self.model, "--compare", "reference", *self.options)
        loaded = self.json(DONE, "run", path, "--plugin", HELLO)
        self.assertEqual(direct["outputs"], loaded["outputs"])
        self.assertIn("unknown backend 'hello'", self.error(USAGE, "usage", "run", path))

    def test_the_order_is_the_users(self):
        answer = self.json(DONE, "run", self.model, "--plugin", HELLO, "--backend", "cpu", "--backend", "hello")
        self.assertEqual(answer["backend"], "cpu")
        answer = self.json(DONE, "run", self.model, "--plugin", HELLO, "--backend", "hello", "--compare", "reference")
        self.assertEqual(answer["backend"], "hello,reference")


class OtherVerbsTest(CommandTest):
    def test_backends(self):
        answer = self.json(DONE, "backends")
        names = [backend["name"] for backend in answer["backends"]]
        self.assertIn("cpu", names)
        self.assertEqual(names[-1], "reference")
        cpu = answer["backends"][names.index("cpu")]
        self.assertIn("target", [option["key"] for option in cpu["options"]])
        self.assertIn("Conv", [op["op"] for op in cpu["ops"]])

    def test_bench(self):
        for subject in (self.compiled(), self.model):
            answer = self.json(DONE, "bench", subject, "--runs", 5, "--inputs", self.data)
            self.assertLessEqual({"min_ms", "median_ms", "p90_ms", "compile_ms", "peak_rss_bytes", "arena_bytes"},
                                 set(answer))
            self.assertLessEqual(answer["min_ms"], answer["median_ms"])
            self.assertLessEqual(answer["median_ms"], answer["p90_ms"])
            self.assertGreater(answer["arena_bytes"], 0)

    def test_onnx_test(self):
        tree = self.folder / "tree"
        for name in ("right", "wrong", "odd"):
            shutil.copytree(MODELS / "tiny_kws", tree / name)
        expected = tree / "wrong" / "test_data_set_0" / "output_0.pb"
        save_tensor(expected, numpy_helper.to_array(onnx.load_tensor(expected)) + np.float32(0.1))
        node = helper.make_node("Frobnicate", ["x"], ["y"])
        info = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [2]) for n in "xy"]
        onnx.save(helper.make_model(helper.make_graph([node], "g", info[:1], info[1:])), tree / "odd" / "model.onnx")
        answer = self.json(COMPARISON, "onnx-test", tree)
        counts = {"total": 3, "passed": 1, "failed": 1, "not_comparable": 0, "unsupported": 1, "crashed": 0}
        self.assertEqual({key: answer[key] for key in counts}, counts)
        self.assertEqual([failure["name"] for failure in answer["failures"]], ["wrong"])
        self.assertEqual(answer["unsupported_cases"][0]["name"], "odd")
        self.assertEqual(self.json(DONE, "onnx-test", tree, "--only", "right")["passed"], 1)
        self.error(USAGE, "usage", "onnx-test", self.folder / "nowhere")


class CrashTest(CommandTest):
    """A plugin that ends its process, in a worker and in that of the command."""

    def message(self, function, kind, *options):
        return self.error(BACKEND, "backend", "run", self.model, "--plugin", DEADLY, "--backend", "deadly", *options,
                          env={"GLOWPLUG_TEST_MISTAKE": f"{function}:{kind}"})

    def test_compilers_are_isolated(self):
        for function in ("gp_plugin_entry", "create", "describe", "check", "compile"):
            self.assertIn(f"{function} crashed: signal 11 (Segmentation fault)", self.message(function, "segv"))
            self.assertIn(f"{function} ended its process: it exited with status 0", self.message(function, "exit"))

    def test_the_op_is_named(self):
        self.assertRegex(self.message("compile-conv", "segv", "--repro", self.folder),
                         r"deadly: compile crashed: .* at address 0x10\n  to make the call again: .*\n"
                         r"  that is part 0, op '.+' \(Conv\)$")
        self.assertRegex(self.message("check-conv", "segv", "--repro", self.folder),
                         r"deadly: check crashed: .*\n  to make the call again: .*\n"
                         r"  after \d+ verdicts; the next op is '.+' \(Conv\)$")

    def test_in_process_a_signal_names_the_part(self):
        for function in ("load", "run"):
            self.assertEqual(self.message(function, "abort"),
                             f"deadly: {function} of part 0 crashed: signal 6 (Aborted)")
            self.assertEqual(self.message(function, "exit"), f"deadly: {function} ended the process")
        self.assertIn("compile crashed", self.message("compile", "stack", "--isolate", "none"))

    def test_runs_are_isolated_on_request(self):
        self.assertEqual(self.message("run", "segv", "--isolate", "all", "--repro", "none"),
                         "deadly: run of part 0 crashed: signal 11 (Segmentation fault) at address 0x10")
        message = self.message("run", "segv", "--isolate", "all", "--repro", self.folder)
        again = message.split("to make the call again: ")[1]
        self.assertEqual(subprocess.run(again, shell=True, capture_output=True).returncode, 0)
        self.assertIn("took longer than 1 s", self.message("run", "hang", "--isolate", "all", "--call-timeout", "1"))

    def test_the_next_backend_takes_over(self):
        status, out, err = glowplug("run", self.model, "--plugin", DEADLY, "--backend", "deadly", "--backend", "cpu",
                                    "--fallback", env={"GLOWPLUG_TEST_MISTAKE": "check:segv"})
        self.assertEqual(status, DONE, err)
        self.assertIn("going on without 'deadly'", err)

    def test_what_a_plugin_prints_does_not_break_json(self):
        for calls in ("compile", "all", "none"):
            for function in ("compile", "run"):
                self.json(DONE, "run", self.model, "--plugin", DEADLY, "--backend", "deadly", "--isolate", calls,
                          env={"GLOWPLUG_TEST_MISTAKE": f"{function}:print"})


def main():
    global TOOL, MODELS, HELLO, DEADLY
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glowplug", required=True, type=pathlib.Path)
    parser.add_argument("--models", required=True, type=pathlib.Path)
    parser.add_argument("--hello", required=True, type=pathlib.Path)
    parser.add_argument("--deadly", required=True, type=pathlib.Path)
    arguments, rest = parser.parse_known_args()
    TOOL, MODELS, HELLO, DEADLY = (
        path.resolve() for path in (arguments.glowplug, arguments.models, arguments.hello, arguments.deadly))
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
