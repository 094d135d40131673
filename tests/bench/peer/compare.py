#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times generated models on Glowplug and on ONNX Runtime, side by side.

usage: compare.py --glowplug FILE [--model NAME...] [--int8 SCHEME] [--threads N...] [--pairs N]

ONNX Runtime comes from a Python of its own, named by GLOWPLUG_ORT_PYTHON:

  python3 -m venv /tmp/ort && /tmp/ort/bin/pip install onnx onnxruntime
  GLOWPLUG_ORT_PYTHON=/tmp/ort/bin/python compare.py --glowplug build/dev/bin/glowplug

Without it nothing is measured, and the exit status is 0. Every measurement is a fresh process. The
two sides take turns, and each pair gives a ratio; the table shows the medians. A pair is
dropped when a probe says that the machine was busy. The outputs are compared first, against the
committed ones. A ratio below 1 means that Glowplug is faster.

With --int8, glowplug quantises each model first, and both sides run the same file in QDQ form. What
both make of it must be as near to the outputs of the model in floats, within half a decibel: where
floats lie between integers, as softmax does, a step may fall to either side.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ORT_BENCH = os.path.join(HERE, "ort_bench.py")
GENERATOR = os.path.join(HERE, "../../data/generate.py")
MODELS = ["resnet50", "mobilenetv2", "squeezenet11", "vgg16", "bert_base"]
SYMBOLIC = {"mobilenetv2", "bert_base", "bert_base_fused", "bert_small", "bert_small_fused",
            "tiny_kws", "tiny_ad"}  # fmt: skip
# A pair whose probe is below this part of the best one is dropped ...
QUIET = 0.95
# ... unless fewer than these would be left.
LEAST_PAIRS = 3


def run_json(command, environment=None):
    """The JSON that a command prints; its output as an error otherwise."""
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        text = (done.stderr or done.stdout).strip()
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {text[-400:]}")
    return json.loads(done.stdout)


class Bench:
    """Measures one model with one number of threads."""

    def __init__(self, arguments, python, folder, name, threads):
        self.arguments, self.python, self.threads = arguments, python, threads
        self.model = os.path.join(folder, name, "model.onnx")
        self.data = os.path.join(folder, name, "test_data_set_0")
        self.dims = ["--dim", "N=1"] if name in SYMBOLIC else []
        if arguments.int8:
            self.quantize(os.path.join(folder, name, "int8.onnx"))

    def quantize(self, path):
        """Makes the int8 model of this one, with outputs by ONNX Runtime."""
        model, self.model = self.model, path
        self.floats = self.data
        outputs = path + ".data"
        if not os.path.exists(outputs):
            glowplug, profile = self.arguments.glowplug, path + ".profile"
            for command in (
                ["profile", model, "--inputs", self.data, "-o", profile],
                ["quantize", model, "--profile", profile, "--scheme", self.arguments.int8]
                + ["--inputs", self.data, "-o", path],
            ):
                run_json([glowplug, *command, *self.dims, "--json"])
            shutil.copytree(self.data, outputs)
            run_json([self.python, ORT_BENCH, path, outputs, "1", "1", "--save"])
        self.data = outputs

    def check(self):
        """Raises unless the outputs agree with ONNX Runtime's."""
        command = [self.arguments.glowplug, "run", self.model, *self.dims]
        command += ["--backend", self.arguments.backend, "--threads", str(self.threads)]
        command += ["--inputs", self.data, "--json"]
        if not self.arguments.int8:
            run_json([*command, "--compare", self.data])
            return
        with tempfile.TemporaryDirectory() as mine:
            run_json([*command, "--outputs", mine])
            script = os.path.join(HERE, "accuracy.py")
            ours, theirs = run_json([self.python, script, self.floats, mine, self.data])["db"]
        if ours < theirs - 0.5:
            raise ValueError(f"{ours:.1f} dB, but {theirs:.1f} dB of ONNX Runtime")

    def ours(self):
        return run_json(
            [self.arguments.glowplug, "bench", self.model, *self.dims]
            + ["--backend", self.arguments.backend, "--threads", str(self.threads)]
            + ["--runs", str(self.arguments.runs), "--json"]
        )

    def theirs(self):
        command = [self.python, ORT_BENCH, self.model, self.data, str(self.threads)]
        return run_json(command + [str(self.arguments.runs)])

    def pairs(self):
        """Interleaved measurements; every other pair starts with the other side."""
        result = []
        for index in range(self.arguments.pairs):
            if index % 2:
                theirs = self.theirs()
                result.append((self.ours(), theirs))
            else:
                ours = self.ours()
                result.append((ours, self.theirs()))
        best = max(theirs["probe"] for _, theirs in result)
        quiet = [pair for pair in result if pair[1]["probe"] >= QUIET * best]
        return (quiet, len(result)) if len(quiet) >= LEAST_PAIRS else (result, len(result))


def summary(pairs):
    """The medians over the pairs."""

    def median(values):
        return statistics.median(values)

    return {
        "ours_ms": median(ours["median_ms"] for ours, _ in pairs),
        "ort_ms": median(theirs["median_ms"] for _, theirs in pairs),
        "ratio": median(ours["median_ms"] / theirs["median_ms"] for ours, theirs in pairs),
        "ratio_of_min": median(ours["min_ms"] / theirs["min_ms"] for ours, theirs in pairs),
        "compile_ms": median(ours["compile_ms"] for ours, _ in pairs),
        "ort_load_ms": median(theirs["load_ms"] for _, theirs in pairs),
        "peak_mib": max(ours["peak_rss_bytes"] for ours, _ in pairs) / 2**20,
        "ort_peak_mib": max(theirs["peak_rss_bytes"] for _, theirs in pairs) / 2**20,
    }


HEADER = (
    f"{'model':<16} {'threads':>7} {'ours ms':>9} {'ORT ms':>9} {'ratio':>6} {'of min':>6} "
    f"{'compile':>8} {'load':>8} {'MiB':>6} {'ORT MiB':>7} {'pairs':>6}"
)


def line(row):
    return (
        f"{row['model']:<16} {row['threads']:>7} {row['ours_ms']:>9.2f} {row['ort_ms']:>9.2f} "
        f"{row['ratio']:>6.2f} {row['ratio_of_min']:>6.2f} {row['compile_ms']:>8.0f} "
        f"{row['ort_load_ms']:>8.0f} {row['peak_mib']:>6.0f} {row['ort_peak_mib']:>7.0f} "
        f"{row['pairs']:>6}"
    )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--glowplug", required=True, metavar="FILE")
    parser.add_argument("--backend", default="cpu", metavar="NAME")
    parser.add_argument("--model", nargs="+", default=MODELS, metavar="NAME")
    parser.add_argument("--int8", metavar="SCHEME", help="a scheme of glowplug quantize")
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2], metavar="N")
    parser.add_argument("--pairs", type=int, default=5, metavar="N")
    parser.add_argument("--runs", type=int, default=50, metavar="N", help="runs a process [50]")
    parser.add_argument("--data", metavar="DIR", help="where the models are or go")
    parser.add_argument("--json", metavar="FILE", help="write the rows there too")
    arguments = parser.parse_args()
    python = os.environ.get("GLOWPLUG_ORT_PYTHON")
    if not python:
        print("skipped: GLOWPLUG_ORT_PYTHON names no Python with onnxruntime")
        return 0
    rows, failed = [], False
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.data or scratch
        generate = ["/usr/bin/python3", GENERATOR, folder, "--only", *arguments.model]
        subprocess.run(generate, check=True)
        print(f"load average before: {os.getloadavg()[0]:.2f}")
        print(HEADER)
        for name in arguments.model:
            for threads in arguments.threads:
                try:
                    bench = Bench(arguments, python, folder, name, threads)
                    bench.check()
                    kept, made = bench.pairs()
                except (RuntimeError, ValueError, KeyError) as error:
                    print(f"{name:<16} {threads:>7} failed: {error}")
                    failed = True
                    continue
                row = {"model": name, "threads": threads, **summary(kept)}
                row["pairs"] = f"{len(kept)}/{made}"
                row["onnxruntime"] = kept[0][1]["version"]
                rows.append(row)
                print(line(row), flush=True)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(rows, file, indent=1)
            file.write("\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
