# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The models are the same for ever, and the vacuity check can fail."""

import copy
import os
import sys
import tempfile
import unittest

import numpy as np

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import check_vacuity  # noqa: E402
import generate  # noqa: E402
from gp_data import model_goldens  # noqa: E402
from gp_data.models import MODELS  # noqa: E402
from gp_data.stream import Stream  # noqa: E402

QUICK = [name for name in MODELS if name.startswith(("tiny_", "bert_small"))]


class StreamTest(unittest.TestCase):
    def test_gives_these_numbers_for_ever(self):
        self.assertEqual(Stream("pin").raw(2).tolist(), PINNED_RAW)
        self.assertEqual(Stream("pin").bells(4).tolist(), PINNED_BELLS)

    def test_normal_has_the_deviation_asked_for(self):
        values = Stream("pin").normal((100000,), 2.0, 1.0).astype(np.float64)
        self.assertAlmostEqual(values.std(), 2.0, delta=0.02)
        self.assertAlmostEqual(values.mean(), 1.0, delta=0.02)

    def test_centred_rows_sum_to_zero(self):
        values = Stream("pin").centred((64, 8, 3, 3), 0.5).astype(np.float64)
        self.assertLess(np.abs(values.reshape(64, -1).sum(axis=1)).max(), 1e-5)
        self.assertAlmostEqual(values.std(), 0.5, delta=0.01)

    def test_row_sums_are_those_of_normal(self):
        rows = Stream("pin").normal((32, 9), 0.3).astype(np.float64)
        sums = Stream("pin").row_sums((32,), 9, 0.3, 0.4)
        np.testing.assert_allclose(sums, 0.4 * rows.sum(axis=1), atol=1e-6)


class GenerateTest(unittest.TestCase):
    def test_makes_the_models_of_the_goldens_twice_alike(self):
        index = model_goldens.load_index()
        with tempfile.TemporaryDirectory() as first:
            with tempfile.TemporaryDirectory() as second:
                for name in QUICK:
                    for folder in (first, second):
                        error = generate.generate(name, folder, 2, index)
                        self.assertIsNone(error)
                self.assertEqual(contents(first), contents(second))
                self.assertIn(f"{QUICK[0]}/test_data_set_0/output_0.pb", contents(first))

    def test_notices_a_stale_golden(self):
        index = copy.deepcopy(model_goldens.load_index())
        index["models"]["tiny_ic"]["sha256"] = "0" * 64
        with tempfile.TemporaryDirectory() as folder:
            error = generate.generate("tiny_ic", folder, 1, index)
        self.assertIn("another model", error)


class VacuityTest(unittest.TestCase):
    def setUp(self):
        self.good = [Stream(f"vacuity/{i}").normal((1000,)) for i in range(4)]

    def test_accepts_outputs_that_differ(self):
        self.assertEqual(check_vacuity.faults(self.good), [])

    def test_refuses_a_repeated_value(self):
        constant = [np.full(1000, 0.001, np.float32)] * 4
        self.assertTrue(check_vacuity.faults(constant))

    def test_refuses_the_same_answer_to_every_input(self):
        self.assertTrue(check_vacuity.faults(self.good[:1] * 4))

    def test_refuses_nan(self):
        self.good[2][5] = np.nan
        self.assertTrue(check_vacuity.faults(self.good))

    def test_refuses_a_saturated_softmax(self):
        sets = []
        for values in self.good:
            exponents = np.exp(50 * (values - values.max()).astype(np.float64))
            sets.append(exponents / exponents.sum())
        self.assertTrue(check_vacuity.faults(sets))

    def test_every_model_passes(self):
        self.assertEqual(check_vacuity.main(), 0)


def contents(root):
    """All files below `root`: relative path -> bytes."""
    result = {}
    for folder, _, files in os.walk(root):
        for name in files:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                result[os.path.relpath(path, root)] = file.read()
    return result


PINNED_RAW = [13238266827301902190, 6817294950261251093]
PINNED_BELLS = [38875, 24503, -29751, -4566]

if __name__ == "__main__":
    unittest.main()
