#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""glowplug cosim: model and hardware of the NPU side by side, equal, late, and wrong.

usage: cosim.py --glowplug FILE --model FILE --acme FILE --made DIR

--model is the digits model in floats; --acme is the device of simulator/example.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys


def check(holds, what):
    if not holds:
        sys.exit(f"error: {what}")


class Tester:
    def __init__(self, options):
        self.options = options
        self.folder = options.made
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def call(self, *arguments, status=0, **variables):
        command = [str(self.options.glowplug), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, env={**os.environ, **variables})
        answer = f"{' '.join(command)}\nended with {done.returncode}:\n{done.stdout}{done.stderr}"
        check(done.returncode == status, f"{answer}\nneeds status {status}")
        return done

    def machine(self, name, content):
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(content))
        return path

    def quantized(self):
        profile, quantized = self.folder / "profile", self.folder / "int8.onnx"
        self.call("profile", self.options.model, "--dim", "N=1", "--inputs", "random:1x4", "-o", profile)
        self.call("quantize", self.options.model, "--dim", "N=1", "--profile", profile, "--scheme", "symmetric",
                  "-o", quantized)
        return quantized

    def compiled(self, quantized, npu):
        program = npu.with_suffix(".gpx")
        self.call("compile", quantized, "--dim", "N=1", "--recipe", "tosa_single", "--backend", "npu-sim", "-o",
                  program, "--backend-option", f"npu-sim:npu={npu}")
        return program

    def cosim(self, npu, *arguments, **keywords):
        done = self.call("cosim", self.program, "--npu", npu, "--json", *arguments, **keywords)
        return json.loads(done.stdout)

    def own_units(self):
        """The shipped units: no other number and no other cycle."""
        every = "array,vector,dma,fetch"
        for units in ("array", "vector", "array,vector", "depthwise", "dma", "fetch", every, None):
            given = ["--units", units] if units else []
            if units and "fetch" in units:
                given.append("--lockstep")
            answer = self.cosim(self.shipped, "--exact", *given)
            check(answer["results_equal"] and answer["times_equal"], f"{units}: {answer}")
            part = answer["parts"][0]
            check(part["units"] == (units or "array,vector").split(","), f"units are {part['units']}")
            # Fetch carries out no command.
            has_commands = units != "fetch"
            check((part["commands_in_hardware"] > 0) == has_commands, f"{units}: {part}")
            if units == every:
                check(part["commands_in_hardware"] > 0.9 * part["commands"], f"{units}: {part}")
            check(part["model_cycles"] == part["hardware_cycles"] > 0, f"{units}: {part}")
            check(part["difference"] is None and part["commands_at_other_times"] == 0, f"{units}: {part}")
        text = self.call("cosim", self.program, "--npu", self.shipped, "--units", "array").stdout
        check("results  equal" in text and "times    equal" in text, text)

    def whole_chip(self):
        """Nothing of the model is left, and no cycle is another."""
        answer = json.loads(self.call("cosim", self.program16, "--npu", self.banked16, "--json", "--exact", "--units",
                                      "chip").stdout)
        check(answer["results_equal"] and answer["times_equal"], f"{answer}")
        part = answer["parts"][0]
        check(part["units"] == ["chip"] and part["commands_in_hardware"] == part["commands"] > 0, f"{part}")
        seeded = ["cosim", self.program16, "--npu", self.banked16, "--exact", "--seed"]
        self.call(*seeded, 5, "--units", "chip")
        for arguments, got in (([5, "--units", "array"], "'array' and 5"), ([2**40, "--units", "chip"], f"{2**40}")):
            error = self.call(*seeded, *arguments, status=3).stderr
            check("needs the units 'chip' for a seed" in error and got in error, error)

    def page(self):
        """Model and hardware above one another: equal tracks, or spans that are said to be at other times."""
        page = self.folder / "cosim.html"
        for npu, labels in ((self.acme, {0}), (self.shipped, {0, 1})):
            self.call("cosim", self.program, "--npu", npu, "--units", "array", "--report", page,
                      "--backend-option", f"npu-sim:device-path={self.options.acme}")
            data = json.loads(re.search(r'id="data">(.*?)</script>', page.read_text(), re.DOTALL).group(1))
            tracks = {track.pop("name"): track for track in data["tracks"]}
            engines = {name.split(",")[0] for name in tracks}
            check(engines == {"load_a", "load_w", "matrix", "vector", "store"}, f"engines are {engines}")
            for engine in engines:
                model, hardware = tracks[f"{engine}, model"], tracks[f"{engine}, hardware"]
                check(len(model["step"]) == len(hardware["step"]) > 0, f"{engine}: {model}, {hardware}")
                check((model == hardware) == (labels == {0}), f"{engine}: {model}, {hardware}")
            given = {label for track in tracks.values() for label in track["label"]}
            check(given == labels, f"spans are {given} of {data['labels']}")

    def waves(self):
        """The signals of some commands; the file is whole, and opens in a viewer with what matters."""
        waves = self.folder / "chip.fst"
        chip = ["cosim", self.program16, "--npu", self.banked16, "--units", "chip", "--exact"]
        self.call(*chip, "--trace", waves, "--from-command", 20, "--to-command", 30)
        some = waves.stat().st_size
        saved = (self.folder / "chip.fst.gtkw").read_text()
        check(some > 1000 and f'[dumpfile] "{waves.resolve()}"' in saved, f"{some} bytes, {saved}")
        self.call(*chip, "--trace", waves, "--from-command", 20, "--to-command", 60)
        check(waves.stat().st_size > 1.5 * some, "more commands have no more signals")
        for arguments, status, part in [
            (["--trace", waves, "--from-command", "9999999"], 3, "there are no commands from 9999999"),
            (["--trace", waves, "--from-command", "7", "--to-command", "6"], 3, "waves from command 7 to command 6"),
            (["--trace", self.folder / "none" / "x.fst"], 3, "waves: cannot write"),
            (["--from-command", "7"], 2, "--from-command requires --trace"),
        ]:
            error = self.call(*chip, *arguments, status=status).stderr
            check(part in error, f"{arguments}: {error}")
        error = self.call("cosim", self.program, "--npu", self.shipped, "--trace", waves, status=3).stderr
        check("waves need the units 'chip'" in error, error)

    def another_latency(self):
        """Right numbers at other times: told, and a failure only with --exact."""
        acme = ["--units", "array", "--backend-option", f"npu-sim:device-path={self.options.acme}"]
        right = self.cosim(self.acme, "--exact", *acme)
        check(right["times_equal"] and right["results_equal"], f"the example is not exact: {right}")
        answer = self.cosim(self.shipped, *acme)
        check(answer["results_equal"] and not answer["times_equal"], f"{answer}")
        part = answer["parts"][0]
        # 2 R + 3 cycles in the model, 5 in the hardware.
        check(part["greatest_command_error"] == 5 - 19, f"greatest error {part['greatest_command_error']}")
        check(part["hardware_cycles"] < part["model_cycles"], f"{part}")
        check(part["commands_in_hardware"] <= part["commands_of_other_cycles"] < part["commands"], f"{part}")
        layers = [layer for layer in part["layers"] if layer["model_cycles"] != layer["hardware_cycles"]]
        check(layers, "no layer takes other cycles")
        self.cosim(self.shipped, "--exact", *acme, status=4)
        text = self.call("cosim", self.program, "--npu", self.shipped, *acme).stdout
        check("results  equal" in text and "times    differ" in text, text)

    def a_bug(self):
        """The first wrong command, with its text, byte, and both values."""
        acme = ["--units", "array", "--backend-option", f"npu-sim:device-path={self.options.acme}"]
        answer = self.cosim(self.acme, *acme, status=4, ACME_BUG="1")
        part = answer["parts"][0]
        found = part["difference"]
        check(not answer["results_equal"] and found, f"{answer}")
        check(found["engine"] == "matrix" and found["text"].startswith("matmul matrix"), f"{found}")
        check("pad_" in found["text"], f"the first wrong command has no padding: {found['text']}")
        check(found["place"].startswith("accumulator row") and found["got"] != found["want"], f"{found}")
        check(part["commands_that_differ"] >= 1, f"{part}")
        text = self.call("cosim", self.program, "--npu", self.acme, *acme, status=4, ACME_BUG="1").stdout
        check(f"differ first in command {found['command']}, number " in text, text)

    def refusals(self):
        for arguments, status, part in [
            (["--units", "array,core"], 3,
             "needs units of array, vector, depthwise, dma, fetch, chip, with commas, but got 'array,core'"),
            (["--units", "chip"], 3, "chip: the hardware was built for 4, 16 rows, but the configuration has 8"),
            (["--isolate", "all"], 2, "--isolate all has no such runs"),
            (["--backend-option", "npu-sim:device-path=/nowhere"], 3, "device /nowhere: it cannot be started"),
        ]:
            error = self.call("cosim", self.program, "--npu", self.shipped, *arguments, status=status).stderr
            check(part in error, f"{arguments}: {error}")
        error = self.call("cosim", self.options.model, "--dim", "N=1", "--backend", "cpu", status=2).stderr
        check("no backend of" in error, error)

    def run(self):
        self.shipped = self.machine("shipped", {"array": {"rows": 8}})
        self.acme = self.machine("acme", {"array": {"rows": 8, "meshCycles": 0, "pipeCycles": 5}})
        self.banked16 = self.machine("banked16", {"dram": {"banked": 1, "turnaroundCycles": 4}})
        quantized = self.quantized()
        self.program = self.compiled(quantized, self.shipped)
        self.program16 = self.compiled(quantized, self.banked16)
        for step in (self.own_units, self.whole_chip, self.page, self.waves, self.another_latency, self.a_bug,
                     self.refusals):
            step()
            print(f"{step.__name__}: as it should be", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glowplug", required=True, type=pathlib.Path)
    parser.add_argument("--model", required=True, type=pathlib.Path)
    parser.add_argument("--acme", required=True, type=pathlib.Path)
    parser.add_argument("--made", required=True, type=pathlib.Path)
    Tester(parser.parse_args()).run()


if __name__ == "__main__":
    main()
