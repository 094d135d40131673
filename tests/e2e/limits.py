#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Shows that the limit of --compare reference is neither too wide nor too narrow.

usage: limits.py --glowplug FILE --models DIR [NAME...]

For each generated model the CPU backend has to pass, with 1 and with 2 threads; and each of its deliberately
imprecise variants (operands rounded to bf16 or TF32, sums kept in half precision) has to fail. Prints the
largest error of each as a multiple of the limit.
"""

import argparse
import json
import pathlib
import subprocess
import sys

# Exit statuses of glowplug.
DONE, DIFFERS = 0, 4
IMPRECISE = ["bf16", "tf32", "fp16-accumulate"]


def compare(tool, folder, *options):
    """Runs a model against the interpreter; gives the exit status and the JSON answer."""
    command = [tool, "run", folder / "model.onnx", "--backend", "cpu", "--inputs", folder / "test_data_set_0",
               "--compare", "reference", "--json", *options]
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, text=True)
    try:
        return done.returncode, json.loads(done.stdout)["compare"]
    except (json.JSONDecodeError, KeyError):
        sys.exit(f"{folder.name} {' '.join(options)}: status {done.returncode}: {done.stdout.strip()}")


def check(tool, folder):
    """Prints the row of one model; gives what is wrong with it."""
    wrong, row = [], []

    def expect(name, status, verdict, *options):
        got, answer = compare(tool, folder, *options)
        row.append(f"{name} {answer['max_error_over_limit']:.3g}")
        if got != status or answer["verdict"] != verdict:
            wrong.append(f"{folder.name}, {name}: needs status {status} and {verdict}, "
                         f"but got {got} and {answer['verdict']}")

    for threads in ("1", "2"):
        expect(f"threads={threads}", DONE, "pass", "--threads", threads)
    for variant in IMPRECISE:
        expect(variant, DIFFERS, "fail", "--backend-option", f"cpu:arithmetic={variant}")
    print(f"{folder.name:<16} {'  '.join(row)}", flush=True)
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glowplug", required=True)
    parser.add_argument("--models", required=True, type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    folders = sorted(path.parent for path in arguments.models.glob("*/model.onnx"))
    if arguments.names:
        folders = [arguments.models / name for name in arguments.names]
    if not folders:
        sys.exit(f"no models in {arguments.models}")
    wrong = [text for folder in folders for text in check(arguments.glowplug, folder)]
    print("\n".join(wrong) if wrong else f"{len(folders)} models: the limit passes what is right, fails what is not")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
