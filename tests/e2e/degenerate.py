#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Judges what operators give for empty tensors, zero denominators and values that are not finite.

usage: degenerate.py --glowplug FILE --cases DIR [--backend NAME...]

The interpreter shares the lowering with every backend, so it is judged too. Each case has to pass; what is refused is
listed here, with what the message has to say.
"""

import argparse
import json
import subprocess
import sys

REFUSED = {
    # A scale of 0 is taken for a fault of whoever made the model.
    "dequantize_scale_0": "x_scale needs to be finite and above 0, but is 0",
    "quantize_scale_0": "y_scale needs to be finite and above 0, but is 0",
    "dynamic_quantize_empty": "x is empty",
    "gru_no_steps": "the sequence is empty",
    "lstm_no_steps": "the sequence is empty",
    "rnn_no_steps": "the sequence is empty",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glowplug", required=True)
    parser.add_argument("--cases", required=True)
    parser.add_argument("--backend", action="append")
    arguments = parser.parse_args()
    wrong = []
    for backend in arguments.backend or ["reference", "cpu"]:
        done = subprocess.run([arguments.glowplug, "onnx-test", arguments.cases, "--backend", backend, "--json"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            answer = json.loads(done.stdout)
        except json.JSONDecodeError:
            sys.exit(f"{backend}: status {done.returncode}: {done.stdout}{done.stderr}")
        reasons = {one["name"]: one["reason"] for one in answer["failures"] + answer["unsupported_cases"]}
        for name in sorted(reasons.keys() | REFUSED.keys()):
            if name not in REFUSED:
                wrong.append(f"{backend}: {name}: {reasons[name]}")
            elif REFUSED[name] not in reasons.get(name, ""):
                wrong.append(f"{backend}: {name}: is not refused with '{REFUSED[name]}', but: {reasons.get(name)}")
        print(f"{backend + ':':<11}{answer['total']} cases, {answer['passed']} passed, {len(REFUSED)} to be refused",
              flush=True)
        if answer["fell_back"] or answer["passed"] + len(REFUSED) != answer["total"]:
            wrong.append(f"{backend}: {answer['fell_back']} cases ran on the interpreter")
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
