#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests that the trained digits model has its recorded accuracy on every backend.

usage: digits.py --glowplug FILE --data DIR [unittest options]

DIR is tests/data.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import onnx

# What ONNX Runtime tells right of the 540 held-out images; no two scores that decide
# are closer than 0.007.
RIGHT, TOTAL = 532, 540
# The same, of models that ONNX Runtime's tool quantised (tests/data/quantized).
QUANTIZED = {"digits_qdq_u8": 532, "digits_qdq_i8": 532, "digits_qdq_i8_symmetric": 533,
             "digits_qdq_u8_u8": 533, "digits_qoperator_u8": 532}
TOOL = DATA = None


def evaluate(*options):
    """Status, answer by backend, and standard error of the evaluation script."""
    command = [sys.executable, DATA / "digits" / "evaluate.py", "--glowplug", TOOL, "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr


class DigitsTest(unittest.TestCase):
    def test_recorded_accuracy(self):
        status, answer, error = evaluate("--backend", "reference", "--backend", "cpu")
        self.assertEqual(status, 0, error)
        expected = {"right": RIGHT, "total": TOTAL, "accuracy": RIGHT / TOTAL}
        self.assertEqual(answer, {"reference": expected, "cpu": expected})

    def test_accuracy_of_integers(self):
        for name, right in QUANTIZED.items():
            with self.subTest(name):
                status, answer, error = evaluate("--model", DATA / "quantized" / f"{name}.onnx")
                self.assertEqual(status, 0, error)
                self.assertEqual(answer["cpu"]["right"], right)

    def test_a_spoilt_model_is_told(self):
        model = onnx.load(DATA / "digits" / "model.onnx")
        for tensor in model.graph.initializer:
            if tensor.name == "dense.bias":
                tensor.raw_data = bytes(2) + b"\xc8\x42" + tensor.raw_data[4:]  # 100 for "0"
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "spoilt.onnx"
            onnx.save(model, path)
            status, answer, error = evaluate("--model", path)
        self.assertEqual(status, 0, error)
        self.assertLess(answer["cpu"]["accuracy"], 0.2)

    def test_a_model_that_does_not_run_is_an_error(self):
        status, answer, error = evaluate("--backend", "none")
        self.assertNotEqual(status, 0)
        self.assertIsNone(answer)
        self.assertIn("none", error)


def main():
    global TOOL, DATA
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glowplug", required=True)
    parser.add_argument("--data", required=True, type=pathlib.Path)
    arguments, rest = parser.parse_known_args()
    TOOL, DATA = arguments.glowplug, arguments.data
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
