#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares integer operators, islands and quantised models with ONNX Runtime: no element may differ. Then the models
under other recipes, of which ONNX Runtime has none, with the interpreter.

usage: quantized.py --glowplug FILE --data DIR --operators DIR... [--backend NAME...] [--only PREFIX...]

--data is tests/data; --operators are what generate_ops.py --set integers (and islands) wrote. Names each case that
fails with its first element that differs. Exit status 1 if there is any.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import numpy_helper


class Glowplug:
    """The command with one backend."""

    def __init__(self, tool, backend):
        self.tool, self.backend = tool, backend

    def call(self, verb, *arguments):
        command = [self.tool, verb, *map(str, arguments), "--backend", self.backend, "--json"]
        done = subprocess.run(command, capture_output=True, text=True)
        try:
            return json.loads(done.stdout)
        except json.JSONDecodeError:
            return {"error": {"message": f"status {done.returncode}: {done.stdout}{done.stderr}"}}

    def outputs(self, model, inputs, *options):
        """The outputs of one run, or a text on why there are none."""
        with tempfile.TemporaryDirectory() as folder:
            answer = self.call("run", model, "--inputs", inputs, "--outputs", folder, *options)
            if "error" in answer:
                return answer["error"]["message"]
            return read_tensors(pathlib.Path(folder), "output")


def read_tensors(folder, kind):
    count = len(list(folder.glob(f"{kind}_*.pb")))
    paths = [folder / f"{kind}_{index}.pb" for index in range(count)]
    return [numpy_helper.to_array(onnx.TensorProto.FromString(path.read_bytes())) for path in paths]


def first_difference(actual, expected):
    """Says where two lists of arrays differ first; empty if they do not."""
    if isinstance(actual, str):
        return actual
    if len(actual) != len(expected):
        return f"{len(actual)} outputs instead of {len(expected)}"
    for index, (a, e) in enumerate(zip(actual, expected)):
        if (a.dtype, a.shape) != (e.dtype, e.shape):
            return f"output {index} is {a.dtype}{list(a.shape)} instead of {e.dtype}{list(e.shape)}"
        differ = np.argwhere(a != e)
        if len(differ):
            at = tuple(differ[0])
            return (f"output {index}: {len(differ)} of {e.size} differ, the first at {list(map(int, at))}: "
                    f"{a[at]} instead of {e[at]}")
    return ""


def operators(glowplug, folder, only):
    """(cases run, list of failures) over ONNX Runtime's golden vectors."""
    answer = glowplug.call("onnx-test", folder)
    if "error" in answer:
        return 0, [f"onnx-test: {answer['error']['message']}"]
    failures = []
    # onnx-test allows floats some error; these are one product each.
    for case in sorted(folder.glob("dequantize_*")):
        data = case / "test_data_set_0"
        text = first_difference(glowplug.outputs(case / "model.onnx", data), read_tensors(data, "output"))
        failures += [f"{case.name}: {text}"] if text else []
    for row in answer["failures"]:
        case = folder / row["name"]
        data = case / "test_data_set_0"
        actual, expected = glowplug.outputs(case / "model.onnx", data), read_tensors(data, "output")
        text = first_difference(actual, expected)
        failures.append(f"{row['name']}: {text or row['reason']}")
    failures += [f"{row['name']}: {row['reason']}" for row in answer["unsupported_cases"]]
    fell_back = answer["fell_back"]
    if fell_back:
        failures.append(f"{fell_back} cases ran on another backend")
    return answer["total"], [text for text in failures if text.startswith(only)]


def models(glowplug, data, only):
    """(models run, list of failures) over the models that ONNX Runtime quantised."""
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(data))
    from gp_data import quantized
    from gp_data.layout import write_tensors

    count, failures = 0, []
    for name, entry in quantized.ENTRIES.items():
        if not name.startswith(only):
            continue
        golden, begin = np.load(quantized.golden_path(name)), 0
        model = onnx.load(quantized.model_path(name)).graph.input[0]
        dim = model.type.tensor_type.shape.dim[0].dim_param
        for index, array in enumerate(quantized.inputs(entry.net)):
            with tempfile.TemporaryDirectory() as folder:
                write_tensors(folder, "input", [model.name], [array])
                options = ["--dim", f"{dim}={len(array)}"] if dim else []
                actual = glowplug.outputs(quantized.model_path(name), folder, *options)
            text = first_difference(actual, [golden[begin : begin + len(array)]])
            if text:
                failures.append(f"{name}: input {index}: {text}")
                break
            begin += len(array)
        else:
            if begin != len(golden):
                failures.append(f"{name}: {begin} rows instead of {len(golden)}")
        count += 1
    return count, failures


# Every one of these leaves sums that a recipe brings back to bytes; the other operators have none.
SUMS = {"Conv", "Gemm", "Add", "AveragePool", "QLinearConv", "QGemm", "QLinearAdd", "QLinearAveragePool"}


def recipes(glowplug, data, only):
    """(runs, list of failures): under the integer recipes the models are what the interpreter makes of them."""
    from gp_data import quantized

    count, failures = 0, []
    for name in quantized.ENTRIES:
        path = quantized.model_path(name)
        graph = onnx.load(path).graph
        dim = graph.input[0].type.tensor_type.shape.dim[0].dim_param
        options = ["--dim", f"{dim}=2"] if dim else []
        sums = sum(node.op_type in SUMS for node in graph.node)
        for recipe in ("tosa_single", "tosa_double") if name.startswith(only) else ():
            count += 1
            what, chosen = f"{name}, {recipe}", [*options, "--recipe", recipe]
            answer = glowplug.call("run", path, "--compare", "reference", *chosen)
            if "error" in answer or answer["compare"]["verdict"] != "pass":
                failures.append(f"{what}: {answer.get('error', answer.get('compare'))}")
            with tempfile.TemporaryDirectory() as folder:
                answer = glowplug.call("compile", path, "-o", f"{folder}/a.gpx", "--explain", *chosen)
            # A function of one byte becomes a table, which is exact.
            tables = [entry for entry in answer.get("recipes", []) if entry["domain"] == "integers of a byte"]
            changed = len(answer.get("recipes", [])) - len(tables)
            if changed != sums:
                failures.append(f"{what}: {changed} rescales have it instead of {sums}")
            if any(table["differing"] != 0 for table in tables):
                failures.append(f"{what}: a table differs")
    return count, failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glowplug", required=True)
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--operators", required=True, nargs="+", type=pathlib.Path)
    parser.add_argument("--backend", action="append")
    parser.add_argument("--only", nargs="+", default=[""], metavar="PREFIX")
    arguments = parser.parse_args()
    only, wrong = tuple(arguments.only), 0
    for backend in arguments.backend or ["reference", "cpu"]:
        glowplug = Glowplug(arguments.glowplug, backend)
        results = [(folder.name, operators(glowplug, folder, only)) for folder in arguments.operators]
        results.append(("models", models(glowplug, arguments.data, only)))
        results.append(("models by recipe", recipes(glowplug, arguments.data, only)))
        for kind, (count, failures) in results:
            print(f"{backend}, {kind}: {count} run, {len(failures)} differ", flush=True)
            for failure in failures:
                print(f"  {failure}", flush=True)
            wrong += len(failures) + (count == 0 and only == ("",))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
