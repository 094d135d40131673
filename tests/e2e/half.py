#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Half-precision networks are as exact as their roundings let them be, on every backend and kind of kernel.

usage: half.py --glowplug FILE --data DIR --models DIR [--size small|full] [--only NETWORK.FORM...]

--data is tests/data; --models is what its generate_half.py wrote. Each model runs on the CPU backend with its tiled and
with its generic kernels and on the interpreter, each time with --compare reference, and its outputs are held against
true values of ONNX Runtime: those in --data, or, where the environment variable GLOWPLUG_ORT_PYTHON names a Python with
onnxruntime, those that it computes now (make_half_goldens.py; the only way with --size full).

The limit. A half model says: compute each node, round its result. How far that leads from the true values was
measured with ONNX Runtime: a float32 model that rounds after each node is off by some root mean square and by some
maximum. Another correct run makes roundings of the same size, but of other signs: where the arithmetic of one node
differs in its last bit, all that follows does. So the errors of two correct runs are two draws of one distribution, and
no element can be held against its own rounding. All elements of an output share the early roundings, so that the root
mean square of one draw is near that of another, not equal; and folding a BatchNormalization into weights rounds those
once more. Correct runs were measured at 0.8 to 1.8 of the yardstick; a run with 3 bits fewer, as bfloat16 in the place
of float16, is off by about 8 times as much (8 to 18 were measured, and 4 to 8 where the operands of the products alone
lose bits). The limit lies between: 3 times the root mean square and 4 times the maximum. That it can fail is shown: the
bfloat16 form of each network, held against the limits of its float16 form, and float32 products of rounded operands.
"""

import argparse
import hashlib
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

from onnx import TensorProto, numpy_helper

# Of the errors that simulated roundings make; see above.
RMS_FACTOR, MOST_FACTOR = 3.0, 4.0
# Of the limit of --compare reference.
RATIO_LIMIT = 0.5
RUNS = {
    "tiled": ["--backend", "cpu"],
    "generic": ["--backend", "cpu", "--backend-option", "kernels=generic"],
    "reference": ["--backend", "reference"],
}


def read_output(path):
    """A tensor file: the numbers as float32, and the type."""
    tensor = TensorProto.FromString(path.read_bytes())
    if tensor.data_type == TensorProto.BFLOAT16:
        words = np.frombuffer(tensor.raw_data, "<u2").astype(np.uint32) << 16
        return words.view(np.float32).reshape(tensor.dims), "bf16"
    array = numpy_helper.to_array(tensor)
    return array.astype(np.float32), {"float16": "f16", "float32": "f32"}.get(array.dtype.name, array.dtype.name)


class Judge:
    """The true values, and the limit of the errors."""

    def __init__(self, arguments):
        sys.path.insert(0, str(arguments.data))
        from gp_data import half, half_goldens

        self.half, self.goldens = half, half_goldens
        python = os.environ.get("GLOWPLUG_ORT_PYTHON")
        if arguments.size != "small" and not python:
            sys.exit("--size full needs GLOWPLUG_ORT_PYTHON")
        if python:
            with tempfile.TemporaryDirectory() as folder:
                command = [python, arguments.data / "make_half_goldens.py", "--size", arguments.size, "--out", folder]
                networks = sorted({key.split(".")[0] for key in arguments.only})
                command += ["--only", *networks] if networks else []
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
                self.records, version = half_goldens.load(folder)
        else:
            self.records, version = half_goldens.load()
        print(f"true values: ONNX Runtime {version}, {'computed now' if python else 'committed'}")

    def faults(self, key, folder):
        """What is wrong with the outputs in a folder, and the errors of the first as a text."""
        form, wrong, text = self.half.FORMS[key.split(".")[1]], [], ""
        half_type = "bf16" if form.dtype == TensorProto.BFLOAT16 else "f16"
        for index, output in enumerate(self.records[key].outputs):
            path = folder / f"output_{index}.pb"
            if not path.exists():
                return [f"there is no output {index}"], "-"
            values, dtype = read_output(path)
            if dtype != ("f32" if form.float_io else half_type) or values.shape != output.truth.shape:
                wrong.append(f"output '{output.name}' is {dtype}{list(values.shape)}")
                continue
            rms, most = self.goldens.errors(values, output.truth)
            if index == 0:
                ulp = np.spacing(np.float32(abs(output.truth).max())) * (2**16 if half_type == "bf16" else 2**13)
                text = f"{rms / output.rms:4.2f} {most / output.most:4.2f} {most / ulp:5.1f}"
            # Not "greater": a NaN is no number below the limit either.
            if not (rms <= RMS_FACTOR * output.rms and most <= MOST_FACTOR * output.most):
                wrong.append(
                    f"output '{output.name}': errors are {rms:.3g} (root mean square) and {most:.3g} (largest), "
                    f"but need to be {RMS_FACTOR * output.rms:.3g} and {MOST_FACTOR * output.most:.3g} at most"
                )
        return wrong, text


def run(tool, folder, out, *options):
    """What the command answers, and an error text or an empty one."""
    command = [tool, "run", folder / "model.onnx", "--inputs", folder / "test_data_set_0", "--outputs", out, "--json"]
    done = subprocess.run(list(map(str, [*command, *options])), capture_output=True, text=True)
    try:
        answer = json.loads(done.stdout)
    except json.JSONDecodeError:
        return {}, f"status {done.returncode}: {(done.stdout + done.stderr).strip()[-400:]}"
    if done.returncode == 0:
        return answer, ""
    return answer, answer.get("error", {}).get("message") or f"status {done.returncode}: {answer.get('compare')}"


def check(tool, judge, folder):
    """Prints the row of one model; gives what is wrong with it."""
    key, wrong, row = folder.name, [], []
    digest = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    if digest != judge.records[key].sha256:
        return [f"{key}: the true values belong to another model"]
    for name, options in RUNS.items():
        with tempfile.TemporaryDirectory() as out:
            answer, fault = run(tool, folder, out, *options, "--compare", "reference")
            faults, text = ([fault], "-") if fault else judge.faults(key, pathlib.Path(out))
        ratio = answer.get("compare", {}).get("max_error_over_limit", math.nan)
        row.append(f"{text:>16} {ratio:4.2f}")
        if not 0 < ratio <= RATIO_LIMIT:
            faults.append(f"{ratio} of the limit of --compare reference, but needs to be {RATIO_LIMIT} at most")
        wrong += [f"{key}, {name}: {fault}" for fault in faults]
    print(f"{key:<24} {'  '.join(row)}", flush=True)
    return wrong


def check_limit(tool, judge, folder, judged_as, *options):
    """A run with 3 bits fewer than float16 has must be noticed."""
    with tempfile.TemporaryDirectory() as out:
        _, fault = run(tool, folder, out, "--backend", "cpu", *options)
        if fault:
            return [f"{folder.name}, bf16 in the place of f16: {fault}"]
        faults, text = judge.faults(judged_as, pathlib.Path(out))
    print(f"{judged_as:<24} {text:>16}  by bf16: {' '.join(options) or folder.name}", flush=True)
    return [] if faults else [f"{judged_as}: bf16 in the place of f16 is not noticed"]


def check_reference_limit(tool, folder, *options):
    """--compare reference must notice it too."""
    with tempfile.TemporaryDirectory() as out:
        answer, _ = run(tool, folder, out, "--backend", "cpu", *options, "--compare", "reference")
    compare = answer.get("compare", {})
    ratio, verdict = compare.get("max_error_over_limit", math.nan), compare.get("verdict")
    print(f"{folder.name:<24} {ratio:16.2f}  of the limit of --compare reference: {' '.join(options)}", flush=True)
    return [] if verdict == "fail" else [f"{folder.name}: --compare reference does not notice bf16 in the place of f16"]


def check_limits(tool, judge, folders):
    wrong, bf16_products = [], ("--backend-option", "arithmetic=bf16")
    for folder in folders:
        network, form = folder.name.split(".")
        if form == "bf16_mixed":  # float32 outputs, as those of f16_mixed
            wrong += check_limit(tool, judge, folder, f"{network}.f16_mixed")
        if form == "f16_mixed" and network in ("bert", "gpt"):  # whose products are float32
            wrong += check_limit(tool, judge, folder, folder.name, *bf16_products)
            wrong += check_reference_limit(tool, folder, *bf16_products)
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glowplug", required=True)
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--models", required=True, type=pathlib.Path)
    parser.add_argument("--size", choices=["small", "full"], default="small")
    parser.add_argument("--only", nargs="+", default=[], metavar="NETWORK.FORM")
    arguments = parser.parse_args()
    sys.dont_write_bytecode = True
    folders = [path.parent for path in sorted(arguments.models.glob("*/model.onnx"))]
    folders = [folder for folder in folders if not arguments.only or folder.name in arguments.only]
    if not folders:
        sys.exit(f"no models in {arguments.models}")
    judge = Judge(arguments)
    print("errors of the first output: root mean square and largest, as multiples of what simulated roundings make;")
    print("and the largest in units of the last place of the largest element;")
    print("then as a part of the limit of --compare reference")
    print(f"{'':<24} {'  '.join(f'{name:>21}' for name in RUNS)}")
    wrong = [text for folder in folders for text in check(arguments.glowplug, judge, folder)]
    wrong += check_limits(arguments.glowplug, judge, folders)
    print("\n".join(wrong) if wrong else f"{len(folders)} models are as exact as their roundings let them be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
