#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A part of a compiled model on bare metal: exported, and run by the driver on a platform, on model and RTL of the NPU.

usage: bare_metal.py --bin DIR --root DIR --headers DIR --models DIR --integers DIR --compiler FILE [unittest options]

--bin holds glowplug and npu-platform, --headers npu_registers.h and npu_accessors.h; --compiler is a C compiler, and
clang if it is to compile for other machines. --models holds what tests/data/generate.py made, --integers what
tests/data/generate_ops.py made of the set integers.
"""

import argparse
import hashlib
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BIN = ROOT = HEADERS = MODELS = INTEGERS = COMPILER = None
DONE, WRONG, USAGE = 0, 1, 2
MODEL = "tiny_kws"
# Models that are one part, of which inputs and outputs are integers.
WHOLE = ["qconv_3x3_u8_i8", "qconv_depthwise_64", "qconv_batch_3"]
MACHINES = ["riscv32-unknown-elf", "armv7m-none-eabi"]
# A program in C that says what part.h says.
SAYS = """
#include "npu_part_data.h"
#include <inttypes.h>
#include <stdio.h>
static void rows(const char *what, const struct npu_part_segment *row, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i)
    printf("%s %s %" PRIu64 " %" PRIu64 "\\n", what, row[i].name, row[i].offset, row[i].bytes);
}
int main(void) {
  const struct npu_part *part = &npu_part_data;
  printf("name %s\\nmemory %" PRIu64 "\\ncommands %" PRIu64 " %" PRIu32 "\\n", part->name, part->memory_bytes,
         part->commands_offset, part->commands);
  for (int i = 0; i < 8; ++i)
    printf("base%d 0x%" PRIx64 "\\n", i, part->bases[i]);
  printf("configuration 0x%" PRIx64 "\\n", part->config_hash);
  rows("segment", part->segments, part->segment_count);
  rows("output", part->outputs, part->output_count);
  return 0;
}
"""


def call(expected, *command):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=300)
    assert done.returncode == expected, (command, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout, done.stderr


def glowplug(*arguments, expected=DONE):
    return call(expected, BIN / "glowplug", *arguments)


def platform(*arguments, expected=DONE):
    return call(expected, BIN / "npu-platform", *arguments)


class BareMetal(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(tempfile.mkdtemp(prefix="glowplug-bare-metal-"))
        cls.addClassCleanup(shutil.rmtree, cls.work)
        model, profile, small = MODELS / MODEL / "model.onnx", cls.work / "profile", cls.work / f"{MODEL}.onnx"
        dims = ["--dim", "N=1"]
        glowplug("profile", model, "--inputs", "random:1x2", "-o", profile, *dims)
        glowplug("quantize", model, "--profile", profile, "--scheme", "symmetric", "-o", small, *dims)
        cls.gpx = cls.work / f"{MODEL}.gpx"
        glowplug("compile", small, *dims, "--recipe", "tosa_single", "-o", cls.gpx, "--backend", "npu-sim")
        cls.part = cls.work / "part"
        text, _ = glowplug("export", cls.gpx, cls.part, "--json")
        cls.exported = json.loads(text)
        cls.rows = json.loads((cls.part / "part.json").read_text())
        text, _ = glowplug("run", cls.gpx, "--json")
        cls.answer = json.loads(text)
        cls.shown = {}
        for npu in ("model", "rtl"):
            cls.shown[npu] = platform(cls.part, "--npu", npu, "--outputs", cls.work / npu)[0]

    def test_outputs_in_memory(self):
        self.assertTrue(self.rows["outputs"])
        for npu in ("model", "rtl"):
            for output in self.rows["outputs"]:
                got = (self.work / npu / f"{output['name']}.bin").read_bytes()
                self.assertEqual(got, (self.part / f"{output['name']}.bin").read_bytes(), npu)
                self.assertEqual(len(got), output["bytes"])

    def test_model_and_rtl_say_the_same(self):
        lines = {npu: text.splitlines() for npu, text in self.shown.items()}
        self.assertIn("on the model", lines["model"].pop(0))
        self.assertIn("on the rtl", lines["rtl"].pop(0))
        self.assertEqual(lines["model"], lines["rtl"])

    def test_each_run(self):
        text = self.shown["rtl"]
        runs = dict(re.findall(r"(?m)^run      ([^:]+): (.*)$", text))
        good = "all is well; interrupts 1"
        self.assertEqual(runs, {
            "first": good,
            "second": good,
            "broken": "the program ended with a fault; interrupts 1",
            "after the fault": good,
            "stopped": "the program was stopped; interrupts 1",
            "after the stop": good,
        })  # fmt: skip
        self.assertIn("fault    command: No queue takes the command", text)
        cycles = {int(number) for number in re.findall(r"(?m)^took     (\d+) cycles", text)}
        self.assertEqual(len(cycles), 1)
        self.assertEqual(cycles, {self.answer["cycles"]})

    def test_part_h_says_the_same(self):
        for machine in MACHINES if "clang" in COMPILER.name else []:
            source = self.work / "data.c"
            source.write_text('#include "npu_part_data.h"\nconst struct npu_part *part = &npu_part_data;\n')
            call(DONE, COMPILER, f"--target={machine}", "-std=c11", "-ffreestanding", "-nostdlibinc", "-Wall",
                 "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", *self.includes(), source)  # fmt: skip
        source, program = self.work / "says.c", self.work / "says"
        source.write_text(SAYS)
        call(DONE, COMPILER, "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", *self.includes(), source, "-o",
             program)  # fmt: skip
        rows = self.rows
        expected = [f"name {MODEL}", f"memory {rows['memory_bytes']}",
                    f"commands {rows['commands']['address']} {rows['commands']['count']}"]  # fmt: skip
        expected += [f"{row['name']} {row['value']}" for row in rows["registers"]]
        expected += [f"segment {row['name']} {row['address']} {row['bytes']}" for row in rows["segments"]]
        expected += [f"output {row['name']} {row['address']} {row['bytes']}" for row in rows["outputs"]]
        self.assertEqual(call(DONE, program)[0].splitlines(), expected)

    def includes(self):
        return [f"-I{folder}" for folder in (ROOT / "hw/driver", HEADERS, self.part)]

    def test_same_bytes_twice(self):
        again = self.work / "again"
        glowplug("export", self.gpx, again)
        for path in self.part.iterdir():
            self.assertEqual(path.read_bytes(), (again / path.name).read_bytes(), path.name)
        _, text = glowplug("export", self.gpx, again, expected=USAGE)
        self.assertIn("is there already, and not empty", text)

    def test_another_number_of_rows(self):
        four = self.work / "four.json"
        four.write_text('{"array": {"rows": 4}}')
        shown = [platform("--config", four, "--npu", npu)[0].splitlines()[1:] for npu in ("model", "rtl")]
        self.assertTrue(shown[0])
        self.assertEqual(shown[0], shown[1])

    def test_refusals(self):
        _, text = glowplug("export", self.gpx, self.work / "none", "--part", 77, expected=USAGE)
        self.assertRegex(text, r"--part needs to be one of \d+, but got 77")
        small = self.work / "small.json"
        small.write_text('{"array": {"rows": 32}}')
        _, text = platform(self.part, "--config", small, expected=WRONG)
        self.assertIn("the program is for an NPU of other sizes", text)
        _, text = platform(self.part, "--config", small, "--npu", "rtl", expected=WRONG)
        self.assertIn("the hardware was built for", text)
        self.assertIn("part.json: cannot be read", platform(self.work / "nothing", expected=WRONG)[1])

    def broken(self, name, change):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.work))
        shutil.copytree(self.part, folder, dirs_exist_ok=True)
        path = folder / name
        path.write_bytes(change(path.read_bytes()))
        return platform(folder, expected=WRONG)[1]

    def test_broken_files(self):
        self.assertRegex(self.broken("constants.bin", lambda data: data[:-1]), r"needs \d+ bytes, but got \d+")
        self.assertIn("needs a hexadecimal number, but got",
                      self.broken("part.json", lambda data: data.replace(b'"0x', b'"1x', 1)))  # fmt: skip
        self.assertIn("part.json: ", self.broken("part.json", lambda data: data[:-10]))

    def test_a_wrong_bit_shows(self):
        def flip(data):
            return data[:100] + bytes([data[100] ^ 0x40]) + data[101:]

        name = next(row["name"] for row in self.rows["segments"] if row["name"].startswith("input"))
        text = self.broken(f"{name}.bin", flip)
        self.assertIn("memory holds other outputs", text)
        self.assertIn("the CPU sees other outputs", text)


class WholeModel(unittest.TestCase):
    def test_outputs_are_those_of_a_run(self):
        with tempfile.TemporaryDirectory(prefix="glowplug-bare-metal-") as folder:
            work = pathlib.Path(folder)
            for name in WHOLE:
                model, part = INTEGERS / name / "model.onnx", work / name
                options = ["--recipe", "tosa_single", "--backend", "npu-sim", "--inputs", "random:5"]
                answer = json.loads(glowplug("run", model, *options, "--json")[0])
                glowplug("export", model, part, *options)
                for npu in ("model", "rtl"):
                    text, _ = platform(part, "--npu", npu, "--outputs", work / npu / name)
                    got = [hashlib.sha256((work / npu / name / f"output_{i}.bin").read_bytes()).hexdigest()
                           for i in range(len(answer["outputs"]))]  # fmt: skip
                    self.assertEqual(got, [output["sha256"] for output in answer["outputs"]], name)
                    cycles = set(re.findall(r"(?m)^took     (\d+) cycles", text))
                    self.assertEqual(cycles, {str(answer["cycles"])}, name)


def main():
    global BIN, ROOT, HEADERS, MODELS, INTEGERS, COMPILER
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("bin", "root", "headers", "models", "integers", "compiler"):
        parser.add_argument(f"--{name}", required=True, type=pathlib.Path)
    options, rest = parser.parse_known_args()
    BIN, ROOT, HEADERS, MODELS, INTEGERS = (path.resolve() for path in (
        options.bin, options.root, options.headers, options.models, options.integers))  # fmt: skip
    COMPILER = options.compiler
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
