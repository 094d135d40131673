#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the ONNX node tests of Debian's libonnx-testdata and states the counts.

usage: node_tests.py --glowplug FILE [--backend NAME...]

Fails if a case gives wrong numbers or crashes, if a backend hands work to another one, or if fewer cases pass than
did when the number below was written: coverage only grows.
"""

import argparse
import json
import subprocess
import sys

CASES = "/usr/share/libonnx-testdata/data/node"
TOTAL, AT_LEAST = 932, 855


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glowplug", required=True)
    parser.add_argument("--backend", action="append")
    arguments = parser.parse_args()
    wrong = 0
    for backend in arguments.backend or ["reference", "cpu"]:
        command = [arguments.glowplug, "onnx-test", CASES, "--backend", backend, "--json"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            answer = json.loads(done.stdout)
        except json.JSONDecodeError:
            sys.exit(f"{backend}: status {done.returncode}: {done.stdout}{done.stderr}")
        print(f"{backend + ':':<11}" + ", ".join(f"{answer[key]} {key}" for key in
                                            ("total", "passed", "failed", "unsupported", "crashed")), flush=True)
        for failure in answer["failures"]:
            print(f"  {failure['name']}: {failure['reason']}")
        wrong += (answer["failed"] + answer["crashed"] + answer.get("fell_back", 0) > 0
                  or answer["total"] != TOTAL or answer["passed"] < AT_LEAST or done.returncode != 0)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
