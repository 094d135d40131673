#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Imports and runs the light models of the ONNX project on the CPU backend.

usage: light.py --glowplug FILE --models DIR

Their weights are constants, so their numbers say little: every output is one repeated value. What is checked is
that real files import and run, and that the outputs agree with the interpreter.
Ends with status 77 (skipped) where DIR has no models.
"""

import argparse
import json
import pathlib
import subprocess
import sys

SKIPPED = 77


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glowplug", required=True)
    parser.add_argument("--models", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    models = sorted(arguments.models.glob("light_*.onnx"))
    if not models:
        print(f"skipped: no light models in {arguments.models}")
        return SKIPPED

    wrong = 0
    for model in models:
        command = [arguments.glowplug, "run", str(model), "--backend", "cpu", "--inputs", "random:1",
                   "--compare", "reference", "--threads", "2", "--json"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        answer = json.loads(done.stdout)
        passed = done.returncode == 0 and answer["compare"]["verdict"] == "pass"
        shape = answer["outputs"][0]["shape"] if passed else None
        print(f"{model.stem:<24} {'pass' if passed else answer} {shape or ''}", flush=True)
        wrong += not passed
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
