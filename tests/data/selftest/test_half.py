# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The half-precision networks are what they are said to be, and those of the golden outputs."""

import hashlib
import os
import sys
import unittest

import numpy as np
from onnx import TensorProto

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from gp_data import half, half_goldens  # noqa: E402
from gp_data.half import numbers, ops  # noqa: E402
from gp_data.half.convert import BFLOAT16, FLOAT, FLOAT16, float_tensor, half_tensor  # noqa: E402


class NumbersTest(unittest.TestCase):
    def test_rounds_to_the_nearest_and_ties_to_even(self):
        for dtype, step in ((FLOAT16, 2.0**-10), (BFLOAT16, 2.0**-7)):
            given = np.array([1, 1 + step / 2, 1 + step * 0.51, 1 + 1.5 * step, -1 - 1.5 * step], np.float32)
            wanted = [1, 1, 1 + step, 1 + 2 * step, -1 - 2 * step]
            self.assertEqual(numbers.rounded(given, dtype).tolist(), wanted)

    def test_special_numbers_stay(self):
        for dtype in (FLOAT16, BFLOAT16):
            given = np.array([0.0, -0.0, np.inf, -np.inf, np.nan], np.float32)
            np.testing.assert_array_equal(numbers.rounded(given, dtype), given)
            self.assertTrue(np.signbit(numbers.rounded(given, dtype)[1]))

    def test_converters_neither_overflow_nor_make_zeros(self):
        given = np.array([3e38, -1e6, 1e-12, -1e-12, 0.0, np.inf], np.float32)
        wanted = [65504, -65504, 2.0**-24, -(2.0**-24), 0, np.inf]
        self.assertEqual(numbers.converted(given, FLOAT16).tolist(), wanted)

    def test_both_forms_of_a_tensor_hold_the_same_numbers(self):
        for count in (16, 17):  # int32_data, raw_data
            given = numbers.rounded(np.linspace(-3, 3, count, dtype=np.float32), BFLOAT16)
            tensor = half_tensor("x", given, BFLOAT16)
            self.assertEqual(bool(tensor.raw_data), count == 17)
            np.testing.assert_array_equal(np.frombuffer(float_tensor(tensor).raw_data, "<f4"), given)

    def test_common_numbers_are_of_both_types(self):
        given = np.array([1.2345, 1e-30, 1e30, -7.77, 65000.0], np.float32)
        for dtype in (FLOAT16, BFLOAT16):
            np.testing.assert_array_equal(numbers.rounded(ops.common(given), dtype), ops.common(given))


class NetworksTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.models, cls.bases = {}, {}
        for network in half.NETWORKS["small"]:
            cls.bases[network] = half.float_model(network, "small")
            for form in half.FORMS:
                cls.models[network, form] = half.half_model(cls.bases[network], form)

    def test_are_those_of_the_goldens(self):
        records, _ = half_goldens.load()
        for (network, form), model in self.models.items():
            digest = hashlib.sha256(model.SerializeToString()).hexdigest()
            self.assertEqual(digest, records[f"{network}.{form}"].sha256)

    def test_outputs_tell_elements_apart(self):
        records, _ = half_goldens.load()
        for record in records.values():
            for output in record.outputs:
                self.assertGreater(output.truth.std(), 0.2)
                self.assertLess(abs(output.truth).max(), 100)
                # What rounding makes is far below what the numbers are.
                self.assertLess(output.rms, 0.05 * output.truth.std())

    def test_have_the_types_of_their_form(self):
        for (network, form), model in self.models.items():
            kind = half.FORMS[form]
            floats = {t.data_type for t in model.graph.initializer} & {FLOAT, FLOAT16, BFLOAT16}
            mixed = bool(kind.keep) and any(node.op_type == "BatchNormalization" for node in model.graph.node)
            self.assertEqual(floats, {kind.dtype} | ({FLOAT} if mixed else set()), (network, form))
            types = {info.type.tensor_type.elem_type for info in model.graph.output}
            self.assertEqual(types, {FLOAT if kind.float_io else kind.dtype})

    def test_mixed_forms_are_not_sorted_and_others_are(self):
        for (network, form), model in self.models.items():
            seen = {v.name for v in [*model.graph.input, *model.graph.initializer]} | {""}
            late = 0
            for node in model.graph.node:
                late += any(name not in seen for name in node.input)
                seen.update(node.output)
            self.assertEqual(late > 0, half.FORMS[form].float_io and (network != "bert" or "mixed" in form))

    def test_kept_operators_see_float32_only(self):
        for (network, form), model in self.models.items():
            made = {name: node for node in model.graph.node for name in node.output}
            for node in model.graph.node:
                if node.op_type not in half.FORMS[form].keep:
                    continue
                for name in node.input:
                    maker = made.get(name)
                    if maker is not None and maker.op_type == "Cast":
                        self.assertEqual(maker.attribute[0].i, TensorProto.FLOAT, (network, form, node.name))


if __name__ == "__main__":
    unittest.main()
