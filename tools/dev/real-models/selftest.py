#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The parts of real_models that need no packages: when results agree, what an answer means, the table, the inputs."""

import pathlib
import stat
import sys
import tempfile
import types
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import numpy as np  # noqa: E402

import command  # noqa: E402
import judge  # noqa: E402
import samples  # noqa: E402
import table  # noqa: E402


def floats(*values, kind=np.float32):
    return np.array(values, kind)


class JudgeTest(unittest.TestCase):
    def difference(self, actual, expected):
        return judge.difference([actual], [expected])

    def verdict(self, name, error=0.0, fault="", own=judge.Difference()):
        return judge.verdict(name, judge.Difference(error, fault), own)

    def test_relates_errors_to_the_largest_element(self):
        found = self.difference(floats(0.5, -100), floats(0, -100))
        self.assertAlmostEqual(found.error, 0.005)
        self.assertEqual(found.fault, "")

    def test_takes_the_worst_output(self):
        right, wrong = floats(1, 2), floats(1, 3)
        self.assertAlmostEqual(judge.difference([right, wrong], [right, right]).error, 0.5)
        self.assertAlmostEqual(judge.difference([wrong, right], [right, right]).error, 0.5)

    def test_wants_what_is_not_finite_in_its_place(self):
        strange = floats(np.nan, np.inf, -np.inf, 1)
        self.assertEqual(self.difference(strange, strange), judge.Difference())
        for values in ((1, np.inf, -np.inf, 1), (np.nan, -np.inf, -np.inf, 1), (np.nan, np.inf, -np.inf, np.nan)):
            found = self.difference(floats(*values), strange)
            self.assertEqual(found.error, np.inf, values)
            self.assertIn("instead of", found.fault)

    def test_judges_the_rest_beside_what_is_not_finite(self):
        found = self.difference(floats(np.inf, 1, 5), floats(np.inf, 2, 4))
        self.assertAlmostEqual(found.error, 0.25)

    def test_finds_anything_beside_zeros_infinitely_far(self):
        self.assertEqual(self.difference(floats(0, 1e-9), floats(0, 0)).error, np.inf)
        self.assertEqual(self.difference(floats(0, 0), floats(0, 0)).error, 0)

    def test_does_not_overflow_in_halves(self):
        found = self.difference(floats(60000, kind=np.float16), floats(-60000, kind=np.float16))
        self.assertEqual(found.error, 2)

    def test_wants_integers_and_bools_exactly(self):
        self.assertEqual(self.difference(np.array([1, 2]), np.array([1, 2])).fault, "")
        self.assertEqual(self.difference(np.array([1, 3]), np.array([1, 2])).fault, "output 0: 1 of 2 integers differ")
        self.assertIn("1 of 2", self.difference(np.array([True, True]), np.array([True, False])).fault)

    def test_wants_shape_type_and_number(self):
        one = floats(1, 2)
        for actual in ([one.reshape(1, 2)], [one.astype(np.float64)], [], [one, one]):
            self.assertTrue(judge.difference(actual, [one]).fault, actual)
        self.assertEqual(self.difference(np.zeros((0, 4)), np.zeros((0, 4))), judge.Difference())

    def test_allows_more_where_types_are_narrow(self):
        self.assertEqual(self.verdict("net.op17", 0.005), "wrong")
        for form in ("fp16", "fp16_io", "qdq", "qoperator", "dynamic"):
            self.assertEqual(self.verdict(f"net.op17.{form}", 0.005), "right", form)
            self.assertEqual(self.verdict(f"net.op17.{form}", 0.05), "wrong", form)

    def test_takes_the_nearest_judge(self):
        found = judge.nearest([floats(1, 2)], [[floats(1, 4)], [floats(1, 2.5)], [floats(1, 2, 3)]])
        self.assertAlmostEqual(found.error, 0.2)
        self.assertIn("instead of", judge.nearest([floats(1)], [[floats(1, 2)]]).fault)

    def test_cannot_tell_where_judges_disagree(self):
        far = judge.Difference(0.1)
        self.assertEqual(self.verdict("net.qdq", 0.005, own=far), "right")
        self.assertEqual(self.verdict("net.qdq", 0.39, own=far), "unstable")
        self.assertEqual(self.verdict("net.qdq", 0.41, own=far), "wrong")
        self.assertEqual(self.verdict("net.qdq", 0.02, own=judge.Difference(0.009)), "wrong")

    def test_no_limit_takes_a_fault(self):
        self.assertEqual(self.verdict("net.qdq", 0.0, "shape", judge.Difference(0.1)), "wrong")
        self.assertEqual(self.verdict("net", 0.0, "shape", judge.Difference(0, "shape")), "unstable")
        self.assertEqual(self.verdict("net", np.inf, "nan", judge.Difference(0.1)), "wrong")

    def test_measures_the_spread_of_the_worst_output(self):
        expected = [floats(0, 0, 0, 10), floats(4), np.array([7])]
        self.assertAlmostEqual(judge.spread([floats(2, 2, 2, 12), floats(4), np.array([9])], expected), 0.2)
        self.assertEqual(judge.spread([floats(1)], [floats(0)]), np.inf)
        self.assertEqual(judge.spread([floats(0), floats()], [floats(0), floats()]), 0)

    def test_compares_distances_from_the_model_in_float(self):
        self.assertEqual(judge.beside_float(0.039, 0.01), "near")
        self.assertEqual(judge.beside_float(0.041, 0.01), "wrong")
        self.assertEqual(judge.beside_float(np.nan, 0.01), "wrong")
        for broken in (0.11, np.inf, np.nan):
            self.assertEqual(judge.beside_float(0.01, broken), "unstable")


class CommandTest(unittest.TestCase):
    def test_reads_statuses(self):
        said = '{"error": {"message": "no Foo"}}'
        self.assertEqual(command.outcome(0, '{"run_ms": 2}', ""), ("", {"run_ms": 2}))
        self.assertEqual(command.outcome(1, said, ""), ("refused", "no Foo"))
        self.assertEqual(command.outcome(2, said, ""), ("refused", "no Foo"))
        self.assertEqual(command.outcome(3, said, ""), ("crash", "status 3: no Foo"))
        self.assertEqual(command.outcome(-11, "", "a\nstack\n"), ("crash", "status -11: stack"))
        self.assertEqual(command.outcome(-9, "", ""), ("crash", "status -9: no message"))

    def test_calls_a_child_and_ends_it(self):
        with tempfile.TemporaryDirectory() as folder:
            tool = pathlib.Path(folder) / "tool"
            tool.write_text('#!/bin/sh\n[ "$1" = run ] || exec sleep 60\necho "{\\"words\\": \\"$*\\"}"\n')
            tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
            glowplug = command.Glowplug(str(tool), ["npu-sim", "cpu"], 0.5)
            words = "run m --backend npu-sim --backend cpu --json"
            self.assertEqual(glowplug.call("run", "m"), ("", {"words": words}))
            self.assertEqual(glowplug.call("bench", "m")[0], "too slow")


class TableTest(unittest.TestCase):
    RIGHT = table.Result("a", "1x3", "right", 1e-6, 1e-7, 1e-3, 2.0, 4.0, 1500.0)
    REFUSED = table.Result("b", "", "refused", reason="no |Foo|\nhere")

    def test_writes_rows(self):
        self.assertEqual(
            table.row(self.RIGHT), "| a | 1x3 | right | 1.0e-06 | 1.0e-07 | 1e-03 | 2 | 4 | 0.50 | 1.5 |  |"
        )
        self.assertEqual(table.row(self.REFUSED), "| b |  | refused |  |  |  |  |  |  |  | no \\|Foo\\| here |")
        columns = table.HEAD.splitlines()[0].count("|")
        self.assertEqual(table.row(self.RIGHT).count("|"), columns)

    def test_shortens_reasons(self):
        long = table.Result("b", "", "refused", reason="x" * 1000)
        self.assertLess(len(table.row(long)), 400)

    def test_sums_up(self):
        text = table.summary([self.RIGHT, self.RIGHT, self.REFUSED])
        self.assertEqual(
            text, "3 runs of 2 models: 2 right, 1 refused; time against ONNX Runtime, one thread: median 0.50"
        )
        self.assertEqual(table.summary([]), "0 runs of 0 models: none")

    def test_fails_for_wrong_numbers_and_crashes_only(self):
        self.assertFalse(
            table.failed([self.RIGHT, self.REFUSED, *(table.Result("c", "", v) for v in ("near", "unstable"))])
        )
        for verdict in ("wrong", "crash", "too slow"):
            self.assertTrue(table.failed([self.RIGHT, table.Result("c", "", verdict)]), verdict)

    def test_puts_first_what_needs_work(self):
        wrong = table.Result("z", "", "wrong")
        lines = table.page([self.RIGHT, self.REFUSED, wrong], ["cpu"]).splitlines()
        self.assertEqual([line[2] for line in lines if line.startswith("| ")][1:], ["z", "b", "a"])


class SamplesTest(unittest.TestCase):
    def one(self, kind, size, seed=0):
        return samples.one(np.dtype(kind), size, np.random.default_rng(seed))

    def test_draws_the_same_again(self):
        for kind, size in ((np.float32, [2, 3]), (np.int64, [2, 3, 10])):
            np.testing.assert_array_equal(self.one(kind, size), self.one(kind, size))
            self.assertTrue((self.one(kind, size) != self.one(kind, size, seed=1)).any())

    def test_keeps_types_shapes_and_limits(self):
        ids = self.one(np.int32, [50, 4, 7])
        self.assertEqual((ids.dtype, ids.shape, ids.min(), ids.max()), (np.int32, (50, 4), 0, 6))
        unit, raw = self.one(np.float16, [900, "unit"]), self.one(np.float32, [900, "bytes"])
        self.assertEqual(unit.dtype, np.float16)
        self.assertTrue(0 <= unit.min() < 0.1 and 0.9 < unit.max() <= 1 and 200 < raw.max() <= 255)
        self.assertLess(self.one(np.float32, [900, "sound"]).std(), 0.2)
        fixed = self.one(np.int64, {"value": 16000, "shape": []})
        self.assertEqual((fixed.shape, int(fixed)), ((), 16000))

    def test_reads_what_it_wrote(self):
        arrays = [floats(1, 2), np.array(5), np.zeros((0, 3), np.float16)]
        with tempfile.TemporaryDirectory() as folder:
            samples.write(pathlib.Path(folder) / "set", arrays, "input")
            read = samples.read(pathlib.Path(folder) / "set", "input")
        for array, again in zip(arrays, read, strict=True):
            np.testing.assert_array_equal(array, again)
            self.assertEqual(array.dtype, again.dtype)

    def test_takes_inputs_that_are_no_constants(self):
        value = lambda name: types.SimpleNamespace(  # noqa: E731
            name=name, type=types.SimpleNamespace(tensor_type=types.SimpleNamespace(elem_type=7))
        )
        graph = types.SimpleNamespace(initializer=[value("w")], input=[value("x"), value("w")])
        self.assertEqual(samples.declared(types.SimpleNamespace(graph=graph)), [("x", np.dtype(np.int64))])


if __name__ == "__main__":
    unittest.main()
