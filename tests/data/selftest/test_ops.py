# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The operator cases are well-formed, cover the opsets, and repeat byte for byte."""

import os
import sys
import tempfile
import unittest

import numpy as np

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import generate_ops  # noqa: E402
from gp_data import cases, op_goldens, values  # noqa: E402
from test_models import contents  # noqa: E402


class ValuesTest(unittest.TestCase):
    def test_reads_listed_numbers(self):
        array, constant = values.parse("i64[2,2](1,-2,3,4)!", "")
        self.assertTrue(constant)
        self.assertEqual(array.tolist(), [[1, -2], [3, 4]])
        self.assertEqual(array.dtype, np.int64)

    def test_gives_the_same_random_numbers_for_a_seed(self):
        first, constant = values.parse("f32[64] grid", "a")
        again, _ = values.parse("f32[64]", "a")
        other, _ = values.parse("f32[64]", "b")
        self.assertFalse(constant)
        np.testing.assert_array_equal(first, again)
        self.assertFalse(np.array_equal(first, other))

    def test_refuses_what_it_cannot_read(self):
        for text in ("f32", "f32[2] nonsense", "q7[2]", "f32[2", "f32[2](1)"):
            with self.assertRaises((ValueError, KeyError, TypeError)):
                values.parse(text, "")


class CasesTest(unittest.TestCase):
    def setUp(self):
        self.cases = cases.load_all()

    def test_covers_every_opset_from_7_to_21(self):
        opsets = {case["opset"] for case in self.cases}
        self.assertEqual(opsets, set(range(7, 22)))

    def test_has_a_golden_for_each_case_and_no_other(self):
        golden = op_goldens.load()
        self.assertEqual(list(golden), [case["name"] for case in self.cases])

    def test_refuses_a_stale_golden(self):
        case = dict(self.cases[0], opset=self.cases[0]["opset"] - 1)
        with tempfile.TemporaryDirectory() as folder:
            error = generate_ops.generate(case, folder, op_goldens.load())
        self.assertIn("another model", error)

    def test_writes_the_same_bytes_twice(self):
        golden = op_goldens.load()
        with tempfile.TemporaryDirectory() as first:
            with tempfile.TemporaryDirectory() as second:
                for case in self.cases[::7]:
                    for folder in (first, second):
                        self.assertIsNone(generate_ops.generate(case, folder, golden))
                self.assertEqual(contents(first), contents(second))

    def test_every_model_is_the_one_of_its_golden(self):
        golden = op_goldens.load()
        for case in self.cases:
            digest, outputs = golden[case["name"]]
            model, _ = cases.build(case, [(a.dtype, a.shape) for a in outputs])
            self.assertEqual(op_goldens.digest(model), digest, case["name"])


class WiderTest(unittest.TestCase):
    def test_every_model_is_the_one_of_its_golden(self):
        table, golden = cases.load_all("wider"), op_goldens.load("wider")
        self.assertEqual(list(golden), [case["name"] for case in table])
        for case in table:
            digest, outputs = golden[case["name"]]
            model, _ = cases.build(case, [(a.dtype, a.shape) for a in outputs])
            self.assertEqual(op_goldens.digest(model), digest, case["name"])


class DegenerateTest(unittest.TestCase):
    def setUp(self):
        self.cases = cases.load_all("degenerate")
        self.golden = op_goldens.load("degenerate")

    def test_every_model_is_the_one_of_its_golden(self):
        self.assertEqual(list(self.golden), [case["name"] for case in self.cases])
        for case in self.cases:
            digest, outputs = self.golden[case["name"]]
            model, _ = cases.build(case, [(a.dtype, a.shape) for a in outputs])
            self.assertEqual(op_goldens.digest(model), digest, case["name"])

    def test_every_decision_has_a_reason(self):
        for case in self.cases:
            self.assertEqual("truth" in case, bool(case.get("because")), case["name"])

    def test_stated_outputs_are_the_goldens(self):
        for case in self.cases:
            if not isinstance(case.get("truth"), list):
                continue
            outputs = self.golden[case["name"]][1]
            self.assertEqual(len(case["truth"]), len(outputs), case["name"])
            for text, array in zip(case["truth"], outputs):
                np.testing.assert_array_equal(values.parse(text, "")[0], array, case["name"])

    def test_is_about_zero_and_what_is_not_finite(self):
        odd = 0
        for case in self.cases:
            arrays = [*cases.build(case)[1].values(), *self.golden[case["name"]][1]]
            odd += any(a.size == 0 or not np.isfinite(a.astype(np.float64)).all() or (a == 0).any() for a in arrays)
        self.assertGreater(odd, 0.85 * len(self.cases))


if __name__ == "__main__":
    unittest.main()
