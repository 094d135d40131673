#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Profiles and quantises generated models, and holds them to what they reached.

usage: quantize.py --glowplug FILE --models DIR [--only NAME...] [--all] [--ort PYTHON]

Profiles are of random samples, and what is measured is of others: the weights are random too, so the numbers are
floors against regressions, not accuracies. A few samples would not do: the noise of one alone varies by 10 dB. The
small models are always run; --all adds the large ones (5 minutes, 4 GB) and prints for every model the noise of each
layer. --ort compares every model with what ONNX Runtime makes of the same file, and lets it run every other file that
is written, under a Python that has it; the environment variable GLOWPLUG_ORT_PYTHON may name it as well.
"""

import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import numpy_helper

SCHEMES = ["asymmetric", "symmetric", "symmetric-uint8", "power-of-two"]

# Models whose batch size is open.
SYMBOLIC = {"tiny_kws", "tiny_ad", "bert_base", "bert_small", "bert_small_fused", "mobilenetv2"}

# Signal to noise of the worst output in dB by scheme: 3 dB below what was measured.
FLOORS = {
    "tiny_ic": dict(zip(SCHEMES, (21, 27, 30, 25))),
    "tiny_kws": dict(zip(SCHEMES, (29, 26, 29, 22))),
    "tiny_vww": dict(zip(SCHEMES, (18, 13, 18, 12))),
    "tiny_ad": dict(zip(SCHEMES, (16, 15, 16, 13))),
    "bert_small": dict(zip(SCHEMES, (24, 23, 23, 19))),
    "bert_small_fused": {"asymmetric": 24},
}
LARGE = {
    "bert_base": {"asymmetric": 14},
    "resnet50": dict(zip(SCHEMES, (7, 5, 7, 3))),
    "vgg16": {"asymmetric": 4, "symmetric-uint8": -2},
    "squeezenet11": dict(zip(SCHEMES, (29, 24, 28, 21))),
    "mobilenetv2": dict(zip(SCHEMES, (14, 13, 14, 11))),
}

# Floats between integers: softmax, layer normalisation. That a right kernel rounds a tie of them otherwise than the
# interpreter is lawful, but so rare that it would be news here.
COMPARED = {"bert_small", "bert_small_fused"}
HUGE = {"bert_base", "resnet50", "vgg16"}  # fewer samples

# Reads a file and runs it on whatever fits its inputs; ends with a message if that fails.
ORT_READS = """
import sys, numpy, onnxruntime
options = onnxruntime.SessionOptions(); options.log_severity_level = 3
for path in sys.argv[1:]:
    session = onnxruntime.InferenceSession(path, options)
    kinds = {"tensor(float)": numpy.float32, "tensor(int64)": numpy.int64, "tensor(int32)": numpy.int32}
    feed = {port.name: numpy.ones([size if isinstance(size, int) else 1 for size in port.shape], kinds[port.type])
            for port in session.get_inputs()}
    for port, got in zip(session.get_outputs(), session.run(None, feed)):
        assert numpy.isfinite(got).all(), f"{path}: output {port.name} is not finite"
"""

ORT = """
import sys, numpy, onnx, onnxruntime
from onnx import numpy_helper
def load(path):
    tensor = onnx.TensorProto(); tensor.ParseFromString(open(path, "rb").read())
    return numpy_helper.to_array(tensor)
options = onnxruntime.SessionOptions(); options.log_severity_level = 3
session = onnxruntime.InferenceSession(sys.argv[1], options)
feed = {port.name: load(f"{sys.argv[2]}/input_{i}.pb") for i, port in enumerate(session.get_inputs())}
for i, got in enumerate(session.run(None, feed)):
    want = load(f"{sys.argv[3]}/output_{i}.pb")
    noise = ((want.astype(float) - got) ** 2).sum()
    print(300.0 if noise == 0 else 10 * numpy.log10((want.astype(float) ** 2).sum() / noise))
"""


class Failure(Exception):
    pass


def check(holds, what):
    if not holds:
        raise Failure(what)


class Runner:
    def __init__(self, glowplug, models, folder, ort, tables):
        self.glowplug, self.models, self.folder, self.ort, self.tables = glowplug, models, folder, ort, tables

    def run(self, *arguments, status=0):
        command = [str(self.glowplug), *map(str, arguments)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        check(done.returncode == status,
              f"{' '.join(command)}\nneeds status {status}, but ended with {done.returncode}:\n"
              f"{done.stdout}{done.stderr}")
        return done.stdout if status == 0 else done.stderr

    def model(self, name):
        return self.models / name / "model.onnx"

    def profile(self, name, *options):
        path = self.folder / f"{name}.profile"
        self.run("profile", self.model(name), "--inputs", self.samples(name, 1), "-o", path, *self.dims(name),
                 *options)
        return path

    @staticmethod
    def dims(name):
        return ["--dim", "N=1"] if name in SYMBOLIC else []

    @staticmethod
    def samples(name, seed):
        return f"random:{seed}x{16 if name.startswith('tiny') else 2 if name in HUGE else 4}"

    def quantize(self, name, profile, *options, out="out.onnx"):
        path = self.folder / out
        answer = self.run("quantize", self.model(name), "--profile", profile, "-o", path,
                          "--inputs", self.samples(name, 1000), *self.dims(name), "--json", *options)
        self.check_readable(path)
        return path, json.loads(answer)

    def check_readable(self, path):
        """Any reader of ONNX reads what was written: by its form, and by another runtime where there is one."""
        if path.suffix != ".onnx":
            return
        check_form(path)
        if self.ort:
            done = subprocess.run([self.ort, "-c", ORT_READS, path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True)
            check(done.returncode == 0, f"ONNX Runtime does not run {path}:\n{done.stdout}")

    def same_as_ort(self, name, path):
        """How close another runtime comes, on the first data set."""
        data = self.models / name / "test_data_set_0"
        self.run("run", path, "--inputs", data, "--outputs", self.folder / "ours")
        done = subprocess.run([self.ort, "-c", ORT, path, data, self.folder / "ours"], check=True,
                              stdout=subprocess.PIPE, text=True)
        return min(map(float, done.stdout.split()))


def check_form(path):
    """The rules that any reader of the file relies on."""
    model = onnx.load(str(path))
    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    made, names, values = {}, set(), set()

    def give(name, taken, what):
        check(not name or name not in taken, f"{path}: two {what} are called '{name}'")
        taken.add(name)

    for name in [tensor.name for tensor in graph.initializer] + [port.name for port in graph.input]:
        give(name, values, "values")
    for node in graph.node:
        give(node.name, names, "nodes")
        for name in node.input:
            check(not name or name in values, f"{path}: node '{node.name}' reads '{name}' before it is made")
        for name in node.output:
            give(name, values, "values")
            made[name] = node
        if node.op_type in ("QuantizeLinear", "DequantizeLinear"):
            for name in node.input[1:]:
                check(name in constants, f"{path}: node '{node.name}' has no constant '{name}'")
            scale = numpy_helper.to_array(constants[node.input[1]])
            check((scale > 0).all(), f"{path}: {node.name} has a scale that is not positive")
        if node.op_type == "DequantizeLinear" and node.input[0] in constants:
            kind = constants[node.input[0]].data_type
            check(kind in (onnx.TensorProto.INT8, onnx.TensorProto.UINT8, onnx.TensorProto.INT32),
                  f"{path}: {node.name} reads a constant of type {kind}")
    for port in graph.output:
        check(port.name in values, f"{path}: nothing makes output '{port.name}'")
    keys = [entry.key for entry in model.metadata_props]
    check(len(keys) == len(set(keys)), f"{path}: metadata have a key twice: {keys}")
    return graph, made


def count_integers(path):
    """Contractions of which every operand is dequantised, and those in float."""
    graph, made = check_form(path)
    integer = floating = 0
    for node in graph.node:
        if node.op_type in ("Conv", "Gemm", "MatMul"):
            reads = [made.get(name) for name in node.input if name]
            if all(maker is not None and maker.op_type == "DequantizeLinear" for maker in reads):
                integer += 1
            else:
                floating += 1
    return integer, floating


def check_model(runner, name, floors):
    profile = runner.profile(name)
    reached = []
    for scheme, floor in floors.items():
        report = runner.folder / "layers.txt"
        path, answer = runner.quantize(name, profile, "--scheme", scheme, "--report", report)
        if runner.tables:
            print(f"{name}, {scheme}:\n{report.read_text()}", flush=True)
        integer, floating = count_integers(path)
        check(floating == 0 and integer > 0, f"{name}: {floating} contractions are left in float under {scheme}")
        check(all(layer["scheme"] == scheme for layer in answer["layers"]), f"{name}: a layer is left in float")
        got = answer["output_sqnr_db"]
        check(got >= floor, f"{name} under {scheme}: {got:.1f} dB, but {floor} dB were reached before")
        reached.append(f"{scheme} {got:.1f}")
        if name in COMPARED and scheme == "asymmetric":
            answer = json.loads(runner.run("run", path, "--inputs", runner.models / name / "test_data_set_0",
                                           "--compare", "reference", "--json"))["compare"]
            check(answer["decided_otherwise"] == 0, f"{name}: floats decide otherwise than in the reference: {answer}")
        if runner.ort:
            close = runner.same_as_ort(name, path)
            reached[-1] += f" (ORT {close:.0f})"
            check(close > got + 3, f"{name}: ONNX Runtime differs by {close:.1f} dB")
    print(f"{name:<18} {', '.join(reached)}", flush=True)


def check_options(runner):
    """Every option does something, and the same thing every time."""
    name = "tiny_kws"
    profile = runner.profile(name, "--threads", "1")
    first = profile.read_bytes()
    check(runner.profile(name, "--threads", "2").read_bytes() == first, "a profile depends on the number of threads")
    plain, _ = runner.quantize(name, profile)
    again, _ = runner.quantize(name, profile, out="again.onnx")
    check(plain.read_bytes() == again.read_bytes(), "the same command gave other bytes")
    for options in (["--per-tensor"], ["--equalize"], ["--no-bias-correction"], ["--calibrate", "percentile:99.9"],
                    ["--calibrate", "mse"], ["--calibrate", "kl"], ["--scheme", "symmetric"]):
        path, answer = runner.quantize(name, profile, *options, out="other.onnx")
        check(path.read_bytes() != plain.read_bytes(), f"{options} changes nothing")
        check(answer["output_sqnr_db"] > 10, f"{options}: {answer['output_sqnr_db']} dB")
    report = runner.folder / "report.txt"
    runner.quantize(name, profile, "--report", report)
    check("sqnr_db" in report.read_text().splitlines()[0], "the report has no column sqnr_db")

    # Samples as .npy are the same samples.
    data = runner.models / name / "test_data_set_0"
    arrays = runner.folder / "arrays"
    arrays.mkdir()
    tensor = onnx.TensorProto.FromString((data / "input_0.pb").read_bytes())
    np.save(arrays / "input_0.npy", numpy_helper.to_array(tensor))
    profiles = []
    for folder in (data, arrays):
        profiles.append(runner.folder / "samples.profile")
        runner.run("profile", runner.model(name), "--inputs", folder, "-o", profiles[-1])
        profiles[-1] = json.loads(profiles[-1].read_text())
        check(profiles[-1].pop("inputs") == str(folder), "a profile does not say of what")
    check(profiles[0] == profiles[1], "samples as .npy give another profile")
    sqnr = [json.loads(runner.run("quantize", runner.model(name), "--profile", profile, "-o", runner.folder / "x.onnx",
                                  "--inputs", folder, "--json"))["output_sqnr_db"] for folder in (data, arrays)]
    check(sqnr[0] == sqnr[1] != 0, f"samples as .npy measure {sqnr[1]} dB, as .pb {sqnr[0]} dB")

    # Straight to a program, which is the one that the file compiles to.
    program, _ = runner.quantize(name, profile, out="out.gpx")
    hashes = [json.loads(runner.run("run", path, "--inputs", data, "--json"))["outputs"][0]["sha256"]
              for path in (plain, program)]
    check(hashes[0] == hashes[1], "the program gives other numbers than the model")


def check_keeping(runner):
    """Layers stay in float on demand, and as few as an accuracy needs."""
    name = "tiny_vww"
    profile = runner.profile(name)
    path, answer = runner.quantize(name, profile)
    before, layer = answer["output_sqnr_db"], answer["layers"][0]["layer"]
    path, answer = runner.quantize(name, profile, "--keep-float", layer)
    check(answer["layers"][0]["scheme"] == "float", "--keep-float keeps nothing")
    check(count_integers(path)[1] == 1, "--keep-float does not leave one convolution in float")
    wanted = before + 6
    path, answer = runner.quantize(name, profile, "--keep-accuracy", f"{wanted:.3f}")
    kept = [layer for layer in answer["layers"] if layer["scheme"] == "float"]
    check(answer["output_sqnr_db"] >= wanted, f"--keep-accuracy {wanted}: got {answer['output_sqnr_db']}")
    check(0 < len(kept) < len(answer["layers"]), f"--keep-accuracy kept {len(kept)} layers")
    check(all("dB" in layer["reason"] for layer in kept), "a kept layer has no reason")
    check(all(layer["sqnr_db"] is not None for layer in answer["layers"]), "a layer was not measured")
    check(answer["interrupted"] is False, "the search says that it was interrupted")
    most = 51  # for these 29 layers: what the first line of progress says
    check(answer["models_tried"] <= most, f"{answer['models_tried']} models tried, more than {most}")
    print(f"keep-accuracy      {before:.1f} dB -> {answer['output_sqnr_db']:.1f} dB with {len(kept)} of "
          f"{len(answer['layers'])} layers in float, {answer['models_tried']} models tried")


def check_progress(runner):
    """A search tells how far it is; an interrupted one gives what it has."""
    name = "tiny_vww"
    profile, out = runner.profile(name), runner.folder / "interrupted.onnx"
    command = [str(part) for part in (
        runner.glowplug, "quantize", runner.model(name), "--profile", profile, "-o", out, "--inputs",
        runner.samples(name, 1000), *runner.dims(name), "--json", "--keep-accuracy")]

    for group in (False, True):  # a terminal sends Ctrl-C to the whole group of processes
        running = subprocess.Popen([*command, "40"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   start_new_session=True)
        first = next((line for line in running.stderr if line.startswith("--keep-accuracy")), "")
        check("--keep-accuracy 40: model 2 of at most" in first, f"the first line of progress is {first!r}")
        (os.killpg if group else os.kill)(running.pid, signal.SIGINT)
        answer, rest = running.communicate(timeout=120)
        check(running.returncode == 6, f"status {running.returncode} after an interrupt: {rest}")
        check(f"interrupted: {out} is the best of" in rest, rest)
        answer = json.loads(answer)
        check(answer["interrupted"] is True and answer["output_sqnr_db"] > 0, f"{answer}")
        runner.check_readable(out)
        check(sorted(path.name for path in runner.folder.iterdir() if path.name.startswith(out.name)) == [out.name],
              "an interrupted search left files behind")
        out.unlink()


def check_quantizable(runner):
    """Models whose names or numbers are a trap."""
    folder = runner.folder / "quantizable"
    generator = pathlib.Path(__file__).resolve().parents[1] / "data/generate_quantizable.py"
    subprocess.run([sys.executable, "-B", generator, folder], check=True)
    for case in sorted(folder.iterdir()):
        profile, model, reached = runner.folder / "case.profile", case / "model.onnx", {}
        runner.run("profile", model, "--inputs", case / "samples", "-o", profile)
        for options in ([], ["--per-tensor"], ["--equalize"], ["--calibrate", "kl"], ["--calibrate", "mse"],
                        ["--keep-float", "y"]):
            path = runner.folder / "case.onnx"
            answer = json.loads(runner.run("quantize", model, "--profile", profile, "-o", path, "--inputs",
                                           case / "samples", "--json", *options))
            runner.check_readable(path)
            reached[" ".join(options)] = answer["output_sqnr_db"]
            check(answer["output_sqnr_db"] > 15, f"{case.name} {options}: {answer['output_sqnr_db']:.1f} dB")
        # What one bit of eight costs, layer for layer.
        loss = reached[""] - reached["--calibrate kl"]
        check(loss < 6.1, f"{case.name}: kl costs {loss:.1f} dB")
    print(f"quantizable        {len(list(folder.iterdir()))} models")


def check_digits(runner):
    """A trained model loses at most half a point: what every scheme promises, whatever the calibration."""
    data = pathlib.Path(__file__).resolve().parents[1] / "data"
    digits = runner.folder / "digits"
    subprocess.run([sys.executable, "-B", data / "generate_digits.py", digits], check=True)
    model, profile = digits / "model.onnx", runner.folder / "digits.profile"
    runner.run("profile", model, "--inputs", digits / "calibration", "-o", profile)

    def right(path):
        done = subprocess.run([sys.executable, "-B", data / "digits/evaluate.py", "--glowplug", runner.glowplug,
                               "--model", path, "--backend", "cpu", "--json"],
                              check=True, stdout=subprocess.PIPE, text=True)
        answer = json.loads(done.stdout)["cpu"]
        return answer["right"], answer["total"]

    before, total = right(model)
    reached = []
    for scheme in SCHEMES:
        for options in ([], ["--calibrate", "mse"], ["--calibrate", "kl"], ["--per-tensor", "--equalize"]):
            path = runner.folder / "digits.onnx"
            runner.run("quantize", model, "--profile", profile, "-o", path, "--scheme", scheme, *options)
            runner.check_readable(path)
            got, _ = right(path)
            check(200 * (before - got) <= total, f"digits under {scheme} {options}: {got} of {total}, float {before}")
            reached.append(got)
    print(f"digits             float {before} of {total}, integers {min(reached)} to {max(reached)}", flush=True)


def check_errors(runner):
    """Each mistake has its status and names what is wrong; nothing is written."""
    name = "tiny_ic"
    model, profile = runner.model(name), runner.profile(name)
    out = runner.folder / "never.onnx"
    other = runner.model("tiny_kws")
    broken = runner.folder / "broken.profile"
    broken.write_text(profile.read_text().replace('"first_bin"', '"last_bin"'))
    empty = runner.folder / "empty"
    empty.mkdir()
    cases = [
        (["quantize", other, "--profile", profile, "-o", out], 2, ["is the profile of another model", "tiny_kws"]),
        (["quantize", model, "--profile", broken, "-o", out], 2, ["tensors[0]", "'first_bin' is missing"]),
        (["quantize", model, "--profile", model, "-o", out], 2, ["not JSON"]),
        (["quantize", model, "--profile", runner.folder / "none", "-o", out], 2, ["none"]),
        (["quantize", model, "--profile", profile, "-o", out, "--scheme", "ternary"], 2, ["ternary", "power-of-two"]),
        (["quantize", model, "--profile", profile, "-o", out, "--calibrate", "best"], 2, ["best", "percentile"]),
        (["quantize", model, "--profile", profile, "-o", out, "--keep-float", "conv00"], 2, ["conv00", "conv0"]),
        (["quantize", model, "--profile", profile, "-o", out, "--keep-accuracy", "30"], 2, ["--inputs"]),
        (["quantize", model, "--profile", profile, "-o", runner.folder / "out.bin"], 2, ["out.bin", ".gpx"]),
        (["quantize", model, "--profile", profile, "-o", "/nowhere/out.onnx"], 2, ["/nowhere/out.onnx"]),
        (["profile", model, "--inputs", empty, "-o", out], 2, ["holds no samples"]),
        (["profile", model, "--inputs", "random:0x0", "-o", out], 2, ["random:0x0"]),
        (["profile", profile, "-o", out], 1, [str(profile)]),
    ]
    for arguments, status, parts in cases:
        message = runner.run(*arguments, status=status)
        for part in parts:
            check(part in message, f"{arguments}: the message has no '{part}': {message}")
        check(not out.exists(), f"{arguments}: a file was written")
    # What is wrong with the file in between is said of the user's.
    open_batch, its_profile = runner.model("tiny_kws"), runner.profile("tiny_kws")
    message = runner.run("quantize", open_batch, "--profile", its_profile, "-o", runner.folder / "never.gpx", status=2)
    check(str(open_batch) in message and "--dim N" in message, message)
    check("glowplug-quantized" not in message and tempfile.gettempdir() + "/glowplug" not in message, message)

    # Weights in a file of their own are refused by name, allowed or not.
    outside = runner.folder / "outside.onnx"
    onnx.save(onnx.load(str(model)), str(outside), save_as_external_data=True, location="outside.bin",
              size_threshold=0)
    for allowed in ([], ["--allow-external-data"]):
        for verb in (["profile", outside, "-o", out], ["quantize", outside, "--profile", profile, "-o", out]):
            message = runner.run(*verb, *allowed, status=1)
            check(str(outside) in message and ("external" in message or "another file" in message), message)
            check(not out.exists(), f"{verb}: a file was written")

    path, _ = runner.quantize(name, profile)
    message = runner.run("profile", path, "-o", out, status=1)
    check("quantised already" in message, message)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glowplug", required=True)
    parser.add_argument("--models", required=True, type=pathlib.Path)
    parser.add_argument("--only", nargs="+", metavar="NAME")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--ort", metavar="PYTHON", default=os.environ.get("GLOWPLUG_ORT_PYTHON"))
    arguments = parser.parse_args()
    floors = {**FLOORS, **(LARGE if arguments.all or arguments.only else {})}
    if arguments.only:
        floors = {name: floors[name] for name in arguments.only}
    if arguments.ort and subprocess.run([arguments.ort, "-c", "import onnxruntime"], capture_output=True).returncode:
        print(f"error: --ort names {arguments.ort}, which has no onnxruntime", file=sys.stderr)
        return 2
    if not arguments.ort:
        print("skipped: reading the files with ONNX Runtime; GLOWPLUG_ORT_PYTHON names no Python that has it")
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(arguments.glowplug, arguments.models, pathlib.Path(folder), arguments.ort, arguments.all)
        steps = [(check_model, name, floor) for name, floor in floors.items()]
        if not arguments.only:
            steps += [(check_options,), (check_keeping,), (check_progress,), (check_quantizable,), (check_digits,),
                      (check_errors,)]
        for step, *rest in steps:
            try:
                step(runner, *rest)
            except Failure as failure:
                print(f"FAILED: {failure}", flush=True)
                failed += 1
    print(f"{len(steps) - failed} of {len(steps)} steps passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
