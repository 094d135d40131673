#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs one model on the CPU plugin, compares it with the interpreter, and prints the table of time and error.

usage: show_demo.py GLOWPLUG MODEL_FOLDER
"""

import json
import pathlib
import subprocess
import sys


def glowplug(tool, *arguments):
    """Runs the command and returns its JSON answer; its progress stays visible."""
    command = [tool, *map(str, arguments), "--json"]
    print("$", " ".join(["glowplug", *command[1:]]), file=sys.stderr)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode not in (0, 4):
        sys.exit(f"glowplug {arguments[0]} ended with status {done.returncode}: {done.stdout.strip()}")
    return json.loads(done.stdout)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    tool, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    model, inputs = folder / "model.onnx", folder / "test_data_set_0"
    program = folder / "model.gpx"

    glowplug(tool, "compile", model, "-o", program)
    run = glowplug(tool, "run", model, "--inputs", inputs, "--compare", "reference")
    golden = glowplug(tool, "run", program, "--inputs", inputs, "--compare", inputs)
    times = {n: glowplug(tool, "bench", program, "--threads", n, "--runs", 20) for n in (1, 2)}

    rows = [
        ("model", f"{folder.name}, {model.stat().st_size / 1e6:.0f} MB, program {program.stat().st_size / 1e6:.0f} MB"),
        ("backend", run["backend"]),
        ("compile", f"{run['compile_ms']:.0f} ms"),
        *((f"run, {n} thread{'s' if n > 1 else ''}",
           f"min {t['min_ms']:.1f} ms, median {t['median_ms']:.1f} ms, p90 {t['p90_ms']:.1f} ms")
          for n, t in times.items()),
        ("memory", f"arena {times[1]['arena_bytes'] / 1e6:.1f} MB, peak {times[1]['peak_rss_bytes'] / 1e6:.0f} MB"),
    ]
    for name, answer in (("against the interpreter", run), ("against ONNX Runtime's output", golden)):
        c = answer["compare"]
        rows.append((name, f"{c['verdict']}: max error {c['max_error']:.2e}, "
                           f"{c['max_error_over_limit']:.3f} of the limit, "
                           f"{c['mismatches']} of {c['elements']} outside"))
    print()
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"{name:<{width}}  {value}")
    return 0 if all(a["compare"]["verdict"] == "pass" for a in (run, golden)) else 4


if __name__ == "__main__":
    sys.exit(main())
