#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Quantises the trained digits model and runs it on the simulated NPU: accuracy, cycles, and a report to look at.

usage: show_npu_demo.py GLOWPLUG FOLDER

The integer model, what it was made from and the report stay in FOLDER. Exit status 4 where the NPU and the interpreter
disagree.
"""

import pathlib
import sys

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/data"), str(ROOT / "tests/data/digits"), str(ROOT / "tools/dev")]

import evaluate  # noqa: E402
import numpy as np  # noqa: E402
from gp_data import digits  # noqa: E402
from gp_data.layout import write_tensors  # noqa: E402
from show_demo import glowplug  # noqa: E402


def quantize(tool, folder):
    """The digits model in integers, calibrated on images that it was trained on."""
    samples = folder / "calibration"
    samples.mkdir(parents=True, exist_ok=True)
    np.save(samples / "images.npy", digits.load_calibration())
    profile, model = folder / "digits.profile", folder / "digits.int8.onnx"
    glowplug(tool, "profile", digits.MODEL, "--inputs", samples, "-o", profile)
    # Zero points of 0 are what the NPU's rescales like best.
    glowplug(tool, "quantize", digits.MODEL, "--profile", profile, "--scheme", "symmetric", "-o", model)
    return model


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    tool, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    model = quantize(tool, folder)
    images, labels = digits.load_test()
    right = {}
    for name, path, backend in (("float", digits.MODEL, "cpu"), ("npu", model, "npu-sim")):
        print(f"running {len(labels)} images, {name}", file=sys.stderr)
        right[name] = len(labels) - evaluate.count_wrong(tool, path, backend)

    image, report, trace = folder / "image", folder / "digits-npu.html", folder / "digits-npu.trace.json"
    image.mkdir(exist_ok=True)
    write_tensors(str(image), "input", ["image"], [images[:1]])
    run = glowplug(tool, "run", model, "--inputs", image, "--backend", "npu-sim", "--backend", "cpu",
                   "--compare", "reference", "--report", report, "--trace", trace)
    busiest = max(run["layers"], key=lambda layer: layer["cycles"])
    compared = run["compare"]
    rows = [
        ("model", f"digits in 8 bits, {model.stat().st_size / 1e3:.0f} kB, on {run['backend']}"),
        ("accuracy", f"{right['npu'] / len(labels):.2%}: {right['npu']} of {len(labels)} held-out images "
                     f"(float on the CPU: {right['float']})"),
        ("one image", f"{run['cycles']:,} cycles for {run['macs']:,} multiply-adds: "
                      f"{run['utilization']:.1%} of the array, {run['bank_conflicts']} bank conflicts"),
        ("most cycles", f"{busiest['name']}: {busiest['cycles']:,}, bound by {busiest['bound']}"),
        ("against the interpreter",
         f"{compared['verdict']}: {compared['mismatches']} of {compared['elements']} outside"),
        ("report", report),
        ("timeline", f"{trace} (open in ui.perfetto.dev)"),
    ]
    print()
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"{name:<{width}}  {value}")
    return 0 if compared["verdict"] == "pass" else 4


if __name__ == "__main__":
    sys.exit(main())
