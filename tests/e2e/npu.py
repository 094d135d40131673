#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs quantised models on the simulated NPU: the numbers have to be those of the interpreter, bit for bit.

usage: npu.py --glowplug FILE --models DIR [--digits FILE] [--only NAME...] [--all] [--rows 8 16 32]
              [--table] [--energy]
              [--devices [--chip-rows R...] [--memories NAME...] [--results FILE] [--page FILE]] [--keep DIR]

Each model is quantised, run by the interpreter alone, and run by the NPU with the interpreter for what the NPU does not
take; the outputs have to have the same bytes, on arrays of every size, with ideal and with banked memory, without a
conflict of banks or a race. Cycles must not depend on the data. With the CPU for the rest, outputs have to pass the
comparison. --all adds the large models (twenty minutes and more, 6 GB). --table prints the share of the array's
multiplications that are the model's, with and without loading ahead, and with a memory that answers at once. --energy
prints what an inference takes in energy at the first of --rows, by component of the device. --keep keeps the quantised
models, and takes those that are there.

--devices does something else: it runs each model by the replay and by the SystemC model, alone and with units in RTL,
and prints the cycles. All have to give the same bytes and the same times, layer by layer. The whole NPU in RTL also
runs with slow memories, which must change no byte, and after power-ups with random bits, which must change nothing.
--chip-rows are the sizes for which it was built. --page runs the
networks and machines of docs/reference/npu-networks.md, of which --only, --rows and --memories take a part, and writes
the page; --results keeps the answers in a file, and takes those that are there, so that the page may come of several
runs.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

from npu_devices import DEVICES, Answers, check_devices, hashes
from npu_page import MEMORIES as PAGE_MEMORIES
from npu_page import NETWORKS, SLOW_NETWORKS, SLOW_ROWS, write_page

SMALL = ["tiny_ic", "tiny_kws", "tiny_vww", "tiny_ad", "bert_small"]
LARGE = ["squeezenet11", "mobilenetv2", "resnet50", "bert_base", "vgg16"]
SCHEMES = ["asymmetric", "symmetric", "symmetric-uint8", "power-of-two"]
SYMBOLIC = {"tiny_kws", "tiny_ad", "bert_small", "bert_base", "mobilenetv2", "digits"}

# Share of the array's multiplications at 16 x 16 in percent, banked memory, the first run included: what was reached,
# less one. A program that falls below has lost what it had.
FLOORS = {
    "tiny_ic": 80, "tiny_kws": 48, "tiny_vww": 30, "bert_small": 58,
    "squeezenet11": 62, "mobilenetv2": 61, "resnet50": 97, "bert_base": 87, "vgg16": 87,
}

MEMORIES = {
    "ideal": {"banked": 0},
    "banked": {"banked": 1},
    "at once": {"banked": 0, "bytesPerCycle": 64, "latencyCycles": 1},
    # Runs seldom fit into a row, and a row that is not open costs much: who opens one at another burst shows.
    "small rows": {"banked": 1, "rowBytes": 512, "banks": 2, "missCycles": 60},
    # As DDR3 at 500 MHz: what a controller loses to turning the bus and to refreshing.
    "refreshing": {"banked": 1, "turnaroundCycles": 4, "refreshInterval": 3900, "refreshCycles": 350},
}

# Sizes of the array at which --devices compares, and of the whole NPU in RTL that are built unless asked otherwise.
RTL_ROWS = [8, 16]
CHIP_ROWS = [4, 16]


class Failure(Exception):
    pass


def check(holds, what):
    if not holds:
        raise Failure(what)


class Runner:
    def __init__(self, glowplug, models, digits, folder):
        self.glowplug, self.models, self.digits, self.folder = glowplug, models, digits, folder

    def run(self, *arguments):
        command = [str(self.glowplug), *map(str, arguments)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        check(done.returncode == 0, f"{' '.join(command)}\nended with {done.returncode}:\n{done.stderr}")
        return done.stdout

    def model(self, name):
        return self.digits if name == "digits" else self.models / name / "model.onnx"

    def quantized(self, name):
        """The model in integers; profiled on random samples, since its weights are random as well."""
        path = self.folder / f"{name}.int8.onnx"
        if path.exists():
            return path
        model = self.model(name)
        dims = ["--dim", "N=1"] if name in SYMBOLIC else []
        profile = self.folder / f"{name}.profile"
        self.run("profile", model, "--inputs", "random:1x2", "-o", profile, *dims)
        self.run("quantize", model, "--profile", profile, "--scheme", "symmetric", "-o", path, *dims)
        return path

    def machine(self, rows, memory):
        path = self.folder / f"npu-{rows}-{memory.replace(' ', '-')}.json"
        text = json.dumps({"array": {"rows": rows}, "dram": MEMORIES[memory]})
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
        return path

    def execute(self, name, *options):
        dims = ["--dim", "N=1"] if name in SYMBOLIC else []
        return json.loads(self.run("run", self.quantized(name), *dims, "--recipe", "tosa_single", "--json", *options))

    def on_npu(self, name, rows, memory, *options):
        return self.execute(name, "--backend", "npu-sim", "--npu", self.machine(rows, memory),
                            "--backend-option", "npu-sim:check-races=on", *options)

    def compiled(self, name, rows, memory):
        dims = ["--dim", "N=1"] if name in SYMBOLIC else []
        path = self.folder / f"{name}-{rows}-{memory.replace(' ', '-')}.gpx"
        self.run("compile", self.quantized(name), *dims, "--recipe", "tosa_single", "-o", path, "--backend", "npu-sim",
                 "--backend-option", f"npu-sim:npu={self.machine(rows, memory)}")
        return path

    def on_device(self, program, rows, memory, options):
        options = [word for option in options for word in ("--backend-option", f"npu-sim:{option}")]
        return json.loads(self.run("run", program, "--npu", self.machine(rows, memory), "--json", *options))


def check_model(runner, name, sizes, memories):
    expected = hashes(runner.execute(name, "--backend", "reference"))
    line = []
    for rows in sizes:
        for memory in memories:
            answer = runner.on_npu(name, rows, memory)
            where = f"{name} on {rows} x {rows}, {memory} memory"
            check(hashes(answer) == expected, f"{where}: the outputs are not those of the interpreter")
            check(answer["bank_conflicts"] == 0, f"{where}: {answer['bank_conflicts']} conflicts of banks")
            check_energy(answer, where)
            other = runner.on_npu(name, rows, memory, "--inputs", "random:7")
            check(other["cycles"] == answer["cycles"], f"{where}: the time depends on the data")
            check(hashes(other) != expected, f"{where}: the outputs do not depend on the input")
            share = 100 * answer["utilization"]
            line.append(f"{rows}/{memory} {share:.1f} %")
            if rows == 16 and memory == "banked" and name in FLOORS:
                check(share >= FLOORS[name], f"{where}: {share:.1f} % of the array, but {FLOORS[name]} % were reached")
    answer = runner.execute(name, "--backend", "npu-sim", "--backend", "cpu", "--compare", "reference")
    check(answer["compare"]["verdict"] == "pass", f"{name} with the CPU for the rest: {answer['compare']}")
    print(f"{name:<14} {', '.join(line)}", flush=True)


def check_accuracy(runner):
    """The trained model tells the digits apart as well as in float, under every scheme."""
    data = pathlib.Path(__file__).resolve().parents[1] / "data"
    made = runner.folder / "trained"
    subprocess.run([sys.executable, "-B", data / "generate_digits.py", made], check=True, stdout=subprocess.DEVNULL)
    profile = made / "model.profile"
    runner.run("profile", made / "model.onnx", "--inputs", made / "calibration", "-o", profile)

    def right(path, backend):
        done = subprocess.run([sys.executable, "-B", data / "digits/evaluate.py", "--glowplug", runner.glowplug,
                               "--model", path, "--backend", backend, "--json"],
                              check=True, stdout=subprocess.PIPE, text=True)
        answer = json.loads(done.stdout)[backend]
        return answer["right"], answer["total"]

    before, total = right(made / "model.onnx", "cpu")
    line = []
    for scheme in SCHEMES:
        path = made / f"{scheme}.onnx"
        runner.run("quantize", made / "model.onnx", "--profile", profile, "-o", path, "--scheme", scheme)
        got, _ = right(path, "npu-sim")
        check(200 * (before - got) <= total, f"digits under {scheme}: {got} of {total}, in float {before}")
        line.append(f"{scheme} {got}")
    print(f"digits right   float {before} of {total}, {', '.join(line)}", flush=True)


def table(runner, names):
    print("| Model | MACs | off | on | memory at once | cycles |\n|---|---|---|---|---|---|")
    for name in names:
        off = runner.on_npu(name, 16, "banked", "--backend-option", "double-buffer=off")
        on = runner.on_npu(name, 16, "banked")
        once = runner.on_npu(name, 16, "at once")
        shares = " | ".join(f"{100 * answer['utilization']:.1f} %" for answer in (off, on, once))
        print(f"| {name} | {on['macs']:,} | {shares} | {on['cycles']:,} |", flush=True)


COMPONENTS = ["array", "vector", "depthwise", "scratchpad", "accumulator", "dma", "bus", "dram", "control"]


def check_energy(answer, name):
    """What layers took adds up, by layer and by component, to what the run took; figures have three decimals."""
    total, slack = answer["energy_pj"], 0.001 * (1 + len(answer["layers"])) * (1 + len(answer["energy"]))
    check(total > 0, f"{name}: an energy of {total} pJ")
    sums = {"components": sum(answer["energy"].values()), "layers": sum(row["energy_pj"] for row in answer["layers"])}
    for component, energy in answer["energy"].items():
        whole = sum(row["energy"][component] for row in answer["layers"])
        check(abs(whole - energy) <= slack, f"{name}: {component} took {energy} pJ, but in its layers {whole}")
    for what, whole in sums.items():
        check(abs(whole - total) <= slack, f"{name}: a run took {total} pJ, but its {what} {whole}")


def energy_table(runner, names, rows):
    print(f"| Model | MACs | mJ | pJ per MAC | without DRAM | {' | '.join(COMPONENTS)} |\n" + "|---" * 14 + "|")
    for name in names:
        answer = runner.execute(name, "--backend", "npu-sim", "--npu", runner.machine(rows, "banked"))
        check_energy(answer, name)
        total, macs, energy = answer["energy_pj"], answer["macs"], answer["energy"]
        shares = " | ".join(f"{100 * energy[component] / total:.1f} %" for component in COMPONENTS)
        chip = (total - energy["dram"]) / macs
        print(f"| {name} | {macs:,} | {total / 1e9:.3f} | {total / macs:.2f} | {chip:.2f} | {shares} |", flush=True)


def names_of(args):
    return args.only or (["digits"] if args.digits else []) + SMALL + (LARGE if args.all else [])


def compare_models(runner, args, names):
    """How many checks failed."""
    checks = [(check_model, (runner, name, args.rows or [8, 16, 32], ["ideal", "banked"])) for name in names]
    if args.digits and not args.only:
        checks.append((check_accuracy, (runner,)))
    failed = 0
    for function, arguments in checks:
        try:
            function(*arguments)
        except Failure as failure:
            failed += 1
            print(f"FAIL {failure}", flush=True)
    return failed


def compare_devices(runner, args):
    """How many networks failed, or parts of the page are not as they should be."""
    answers = Answers(runner, args.results)
    print("| Model | R | memory | " + " | ".join(DEVICES) + " |\n|" + "---|" * (3 + len(DEVICES)))
    failed = 0
    for name in args.only or (NETWORKS if args.page else names_of(args)):
        sizes = NETWORKS[name] if args.page else args.rows or RTL_ROWS
        chip_sizes = args.chip_rows or (sizes if args.page else CHIP_ROWS)
        memories = args.memories or (PAGE_MEMORIES if args.page else ["banked", "small rows", "refreshing"])
        slow_sizes = sizes if not args.page else [SLOW_ROWS] if name in SLOW_NETWORKS else []
        try:
            different = list(check_devices(
                runner, answers, name, [rows for rows in sizes if not args.rows or rows in args.rows], chip_sizes,
                memories, slow_sizes))  # fmt: skip
            check(not different, "\n     ".join(different))
        except Failure as failure:
            failed += 1
            print(f"FAIL {failure}", flush=True)
    if args.page:
        missing = write_page(args.page, answers, MEMORIES)
        print(f"{args.page}: {missing} lines are missing, incomplete or show a difference")
    return failed + (missing if args.page else 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glowplug", type=pathlib.Path, required=True)
    parser.add_argument("--models", type=pathlib.Path, required=True, help="folder made by tests/data/generate.py")
    parser.add_argument("--digits", type=pathlib.Path, help="the trained model of tests/data/digits")
    parser.add_argument("--only", nargs="+")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--rows", nargs="+", type=int)
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--energy", action="store_true")
    parser.add_argument("--devices", action="store_true")
    parser.add_argument("--chip-rows", nargs="+", type=int)
    parser.add_argument("--memories", nargs="+", choices=list(MEMORIES))
    parser.add_argument("--results", type=pathlib.Path)
    parser.add_argument("--page", type=pathlib.Path)
    parser.add_argument("--keep", type=pathlib.Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        runner = Runner(args.glowplug, args.models, args.digits, folder)
        if args.table:
            table(runner, names_of(args))
            return 0
        if args.energy:
            energy_table(runner, names_of(args), args.rows[0] if args.rows else 8)
            return 0
        if args.devices:
            failed = compare_devices(runner, args)
        else:
            failed = compare_models(runner, args, names_of(args))
    return 1 if failed else 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main())
