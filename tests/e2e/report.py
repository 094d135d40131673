#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests of what `glowplug run` says of backends that count cycles: figures, trace, page.

usage: report.py --glowplug FILE --models DIR --plugins DIR [unittest options]

The plugins of tests/abi make up runs and instr programs, so that every figure is known. The pages
are opened in headless Chromium; where there is none, PageTest alone is skipped (status 77).
"""

import argparse
import html
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

DONE, MODEL, USAGE, BACKEND, COMPARISON = range(5)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
TOOL = MODELS = COUNTING = TILES = None


def run(*arguments):
    done = subprocess.run([TOOL, "run", *map(str, arguments)], capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


class CountingTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="glowplug report "))
        self.addCleanup(shutil.rmtree, self.folder)
        self.model = MODELS / "tiny_ic" / "model.onnx"

    def counting(self, *arguments):
        status, out, err = run(self.model, "--plugin", COUNTING, "--backend", "counting", "--json", *arguments)
        self.assertEqual(status, DONE, err)
        return json.loads(out)

    def error(self, *arguments):
        status, out, err = run(*arguments)
        self.assertEqual(status, USAGE, err)
        self.assertEqual(out, "")
        return err


def layer_sums(sizes):
    """(cycles of all layers, cycles) of parts with so many layers, as the plugin makes them up."""
    layers = sum(500 * n * (n + 1) for n in sizes)
    return layers, layers + 24 * len(sizes)


class FiguresTest(CountingTest):
    def test_figures_of_all_parts_are_in_the_answer(self):
        answer = self.counting()
        sizes = {}
        for layer in answer["layers"]:
            sizes[layer["part"]] = sizes.get(layer["part"], 0) + 1
        self.assertGreater(len(sizes), 1, "the window of the model makes two parts")
        layers, cycles = layer_sums(sizes.values())
        self.assertEqual(answer["cycles"], cycles)
        self.assertEqual(answer["macs"], layers * 128)
        self.assertEqual(answer["utilization"], round(layers * 128 / (cycles * 256), 4))
        self.assertEqual(answer["host_ms"], 2.5 * len(sizes))
        self.assertEqual(answer["device_ms"], round(cycles / 500e3, 4))
        self.assertEqual(answer["bank_conflicts"], 3 * len(sizes))
        self.assertEqual(answer["layers"][1]["name"], "layer <1>")
        self.assertEqual(answer["layers"][1]["bound"], "dma")
        self.assertEqual(answer["layers"][1]["roofline_cycles"], 1600)
        self.assertEqual(answer["layers"][1]["gap"], 1.25)

    def test_stalls_of_each_engine_sum_to_100_percent(self):
        stalls = self.counting()["stalls"]
        self.assertEqual(sorted(stalls), ["array", "dma", "vector"])
        for causes in stalls.values():
            self.assertAlmostEqual(sum(causes.values()), 100, places=9)
        self.assertEqual(stalls["dma"], {"busy": 25.0, "bus taken": 75.0})

    def check_energy(self, answer):
        """Layer i of a part takes 150 * (i + 1) pJ, a third of it in DRAM; each part takes 7 pJ besides."""
        parts = [[row for row in answer["layers"] if row["part"] == part]
                 for part in sorted({row["part"] for row in answer["layers"]})]
        for rows in parts:
            self.assertEqual([row["energy_pj"] for row in rows], [150 * (i + 1) for i in range(len(rows))])
            self.assertEqual([row["energy"] for row in rows],
                             [{"array": 100 * (i + 1), "dram": 50 * (i + 1)} for i in range(len(rows))])
        layers = sum(row["energy_pj"] for row in answer["layers"])
        self.assertEqual(answer["energy_pj"], layers + 7 * len(parts))
        self.assertEqual(answer["energy"], {"array": layers * 2 / 3 + 7 * len(parts), "dram": layers / 3})
        self.assertEqual(answer["average_power_mw"],
                         round(answer["energy_pj"] / (answer["cycles"] / 500e3) / 1e6, 4))
        self.assertEqual((answer["area_um2"], answer["area"]), (2e6, {"array": 2e6}))
        self.assertEqual(answer["energy_basis"], {"technology": "made <up>", "note": "For tests.", "sources": {
            "array": {"energy": "a guess", "area": "another guess"}, "dram": {"energy": "a guess"}}})

    def test_energy_and_area_are_in_the_answer(self):
        answer = self.counting()
        self.check_energy(answer)
        isolated = self.counting("--isolate", "all")
        self.check_energy(isolated)
        for figures in (answer, isolated):
            for key in ("compile_ms", "load_ms", "run_ms", "cached"):
                del figures[key]
        self.assertEqual(answer, isolated)

    def test_backends_without_energy_give_the_rest(self):
        older = COUNTING.with_name("counting_without_energy.so")
        status, out, err = run(self.model, "--plugin", older, "--backend", "counting", "--json")
        self.assertEqual(status, DONE, err)
        answer, full = json.loads(out), self.counting()
        self.assertEqual(answer["cycles"], full["cycles"])
        self.assertEqual(set(full) - set(answer),
                         {"energy_pj", "average_power_mw", "energy", "area_um2", "area", "energy_basis"})
        self.assertEqual(set(full["layers"][0]) - set(answer["layers"][0]), {"energy_pj", "energy"})

    def test_energy_is_counted_only_where_it_is_shown(self):
        fails = self.model, "--plugin", COUNTING, "--backend", "counting", "--backend-option", "rule=energy_fails"
        self.assertEqual(run(*fails)[0], DONE)
        self.assertEqual(run(*fails, "--trace", self.folder / "trace.json")[0], DONE)
        for options in (["--json"], ["--report", self.folder / "page.html"]):
            status, _, err = run(*fails, *options)
            self.assertEqual(status, BACKEND)
            self.assertIn("counting: last_energy failed: internal error: the meter is broken", err)

    def test_words_say_it_in_one_line(self):
        status, out, _ = run(self.model, "--plugin", COUNTING, "--backend", "counting")
        self.assertEqual(status, DONE)
        self.assertRegex(out, r"(?m)^cycles   \d+, 50\.0 % of the peak, 6 bank conflicts; 5\.00 ms on the host$")

    def test_backends_that_do_not_count_say_nothing(self):
        status, out, _ = run(self.model, "--backend", "cpu", "--json")
        self.assertEqual(status, DONE)
        self.assertNotIn("cycles", json.loads(out))
        for option in ("--trace", "--report"):
            file = self.folder / "file"
            message = self.error(self.model, "--backend", "cpu", option, file)
            self.assertIn("no backend that ran a part of the model counts cycles", message)
            self.assertIn(option, message)
            self.assertFalse(file.exists())

    def test_a_trace_holds_every_span(self):
        file = self.folder / "trace.json"
        answer = self.counting("--trace", file)
        events = json.loads(file.read_text())["traceEvents"]
        spans = [event for event in events if event["ph"] == "X"]
        parts = len({layer["part"] for layer in answer["layers"]})
        # Per layer itself and 4 tiles of 6 spans, and the drain of each part.
        self.assertEqual(len(spans), len(answer["layers"]) * 25 + parts)
        self.assertEqual(max(event["ts"] + event["dur"] for event in spans), answer["cycles"])
        groups = [event["args"]["name"] for event in events if event["name"] == "process_name"]
        self.assertEqual(groups, ["layers", "engines", "queues", "semaphores", "memory"])
        tracks = {event["args"]["name"] for event in events if event["name"] == "thread_name"}
        self.assertLessEqual({"array", "dma", "dma (2)", "array queue", "semaphore 3", "bank 0"}, tracks)
        # What Perfetto needs: spans of one track follow one another.
        ends = {}
        for event in sorted(spans, key=lambda event: event["ts"]):
            key = event["pid"], event["tid"]
            self.assertGreaterEqual(event["ts"], ends.get(key, 0), event)
            ends[key] = event["ts"] + event["dur"]

    def test_files_are_there_whole_or_not_at_all(self):
        message = self.error(self.model, "--plugin", COUNTING, "--backend", "counting",
                             "--report", self.folder / "none" / "page.html")
        self.assertIn("page.html", message)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_npu_is_an_option_of_the_backend_that_has_it(self):
        self.counting("--npu", "other.json")
        message = self.error(self.model, "--backend", "cpu", "--npu", "other.json")
        self.assertIn("--npu needs a backend with an option 'npu', but cpu, reference have none", message)
        program = self.folder / "model.gpx"
        subprocess.run([TOOL, "compile", self.model, "-o", program, "--plugin", COUNTING, "--backend", "counting"],
                       check=True, capture_output=True)
        status, out, err = run(program, "--plugin", COUNTING, "--npu", "other.json", "--json")
        self.assertEqual(status, DONE, err)
        self.assertIn("cycles", json.loads(out))

    def test_broken_records_are_the_fault_of_the_backend(self):
        status, _, err = run(self.model, "--plugin", COUNTING, "--backend", "counting",
                             "--backend-option", "rule=stall_sum")
        self.assertEqual(status, BACKEND)
        self.assertIn("counting: last_run broke a rule: the stalls of 'array' sum to", err)


class TimelineTest(CountingTest):
    SHOWN = """\
instr    copies for the machine toy: 2 instructions, 3 buffers, {bytes} bytes
       0 ..       18  instruction 0 'neg' on 'load' (Copy)
      18 ..       36  instruction 1 on 'store' (Copy)
load: busy 18 of 36 cycles
store: busy 18 of 36 cycles
"""

    def setUp(self):
        super().setUp()
        self.model = self.folder / "neg.onnx"
        value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [4, 8]) for name in "xy"]
        graph = helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "neg", value[:1], value[1:])
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)]), self.model)
        self.tiles = "--plugin", TILES, "--backend", "tiles"

    def inspect(self, expected, *arguments):
        done = subprocess.run([TOOL, "inspect", *map(str, arguments)], capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, expected, done.stderr)
        return done.stdout if expected == DONE else done.stderr

    def test_a_model_is_shown_as_its_backend_schedules_it(self):
        shown = self.inspect(DONE, self.model, *self.tiles, "--timeline")
        size = re.search(r"(\d+) bytes", shown)[1]
        self.assertEqual(shown, "part     0 on tiles\n" + self.SHOWN.format(bytes=size))
        answer = json.loads(self.inspect(DONE, self.model, *self.tiles, "--timeline", "--json"))
        self.assertEqual(answer["kind"], "instr")
        (part,) = answer["parts"]
        self.assertEqual((part["part"], part["backend"], part["cycles"]), (0, "tiles", 36))
        self.assertEqual(part["timeline"][1], {"engine": "store", "action": "Copy", "name": "",
                                               "start_cycle": 18, "end_cycle": 36})

    def test_dumped_programs_are_shown_with_their_machine(self):
        dump = self.folder / "dump"
        subprocess.run([TOOL, "compile", self.model, *self.tiles, "-o", self.folder / "neg.gpx", "--dump-ir", dump],
                       check=True, capture_output=True)
        (program,), (machine,) = dump.glob("*-part0.tiles.gpin"), dump.glob("*-part0.tiles.gpmd")
        size = program.stat().st_size
        shown = self.SHOWN.format(bytes=size)
        self.assertEqual(self.inspect(DONE, program, "--machine", machine, "--timeline"), shown)
        lines = self.inspect(DONE, program, "--machine", machine).splitlines(keepends=True)
        self.assertEqual(lines[0], shown.splitlines(keepends=True)[0])
        self.assertIn("input    f32[4,8] in buffer 0\n", lines)
        self.assertTrue(any(line.startswith("instr    0 Copy on load 'neg' {") for line in lines), lines)
        self.assertTrue(any(line.startswith("instr    1 Copy on store after 0 {") for line in lines), lines)
        answer = json.loads(self.inspect(DONE, program, "--machine", machine, "--json"))
        self.assertEqual([one["action_type"] for one in answer["program"]["instructions"]], ["Copy", "Copy"])
        self.assertIn("name its machine with --machine", self.inspect(USAGE, program))
        broken = self.folder / "broken.gpin"
        broken.write_bytes(program.read_bytes()[:-100])
        self.assertIn("broken.gpin: ", self.inspect(MODEL, broken, "--machine", machine))
        self.assertIn("neg.onnx: ", self.inspect(MODEL, program, "--machine", self.model))
        self.assertIn("holds code", self.inspect(USAGE, self.folder / "neg.gpx", "--timeline"))

    def test_interpret(self):
        dump, outputs = self.folder / "dumped", self.folder / "outputs"
        subprocess.run([TOOL, "compile", self.model, *self.tiles, "-o", self.folder / "neg.gpx", "--dump-ir", dump],
                       check=True, capture_output=True)
        (program,), (machine,) = dump.glob("*-part0.tiles.gpin"), dump.glob("*-part0.tiles.gpmd")
        inputs = self.folder / "inputs"
        inputs.mkdir()
        x = np.arange(32, dtype=np.float32).reshape(4, 8)
        (inputs / "input_0.pb").write_bytes(numpy_helper.from_array(x, "of any name").SerializeToString())
        run = [TOOL, "interpret", program, "--machine", machine]
        done = subprocess.run([*run, "--inputs", inputs, "--outputs", outputs], capture_output=True, text=True)
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertIn("output   output_0 f32[4,8] sha256 ", done.stdout)
        result = onnx.TensorProto.FromString((outputs / "output_0.pb").read_bytes())
        np.testing.assert_array_equal(numpy_helper.to_array(result), x)  # this plugin copies

        def error(expected, *arguments):
            done = subprocess.run([TOOL, "interpret", *map(str, arguments)], capture_output=True, text=True)
            self.assertEqual(done.returncode, expected, done.stderr)
            return done.stderr

        self.assertIn("name its machine with --machine", error(USAGE, program))
        self.assertIn("neither an instr program", error(USAGE, self.model))
        self.assertIn("cannot read", error(USAGE, self.folder / "none.gpin"))
        broken = self.folder / "broken.gpin"
        broken.write_bytes(program.read_bytes()[:-100])
        self.assertIn("broken.gpin: ", error(MODEL, broken, "--machine", machine))
        (inputs / "input_0.pb").write_bytes(numpy_helper.from_array(x.T).SerializeToString())
        self.assertIn("input 'input_0' needs f32[4,8], but got f32[8,4]",
                      error(USAGE, program, "--machine", machine, "--inputs", inputs))

    def test_machines_and_images_are_shown(self):
        dump = self.folder / "shown"
        subprocess.run([TOOL, "compile", self.model, *self.tiles, "-o", self.folder / "neg.gpx", "--dump-ir", dump],
                       check=True, capture_output=True)
        (image,), (machine,) = dump.glob("*-part0.tiles.gpim"), dump.glob("*-part0.tiles.gpmd")
        shown = self.inspect(DONE, image)
        self.assertIn("image    neg.0: 1 ops, 0 bodies of composites, 0 segments", shown)
        self.assertRegex(shown, r"op       0 Map@1 'y' \(%0 'x' f32\[4,8\]\) -> %1.* f32\[4,8\] \{\"region\":")
        answer = json.loads(self.inspect(DONE, image, "--json"))
        self.assertEqual((answer["kind"], answer["body"]["values"][0]["shape"]), ("image", [4, 8]))
        shown = self.inspect(DONE, machine)
        for line in ("machine  toy", "space    dram ", "engine   load ", "path     dram to "):
            self.assertIn(line, shown)
        answer = json.loads(self.inspect(DONE, machine, "--json"))
        self.assertEqual((answer["kind"], answer["name"]), ("machine", "toy"))
        for file in (image, machine):
            broken = self.folder / ("broken" + file.suffix)
            broken.write_bytes(file.read_bytes()[:-40])
            self.assertIn(broken.name + ": ", self.inspect(MODEL, broken))
            self.assertIn("is not an instr program", self.inspect(USAGE, file, "--timeline"))

    def test_a_program_that_is_refused_is_not_compiled(self):
        fails = *self.tiles, "--backend-option", "rule=race"
        message = self.inspect(BACKEND, self.model, *fails, "--timeline")
        self.assertIn("tiles: schedule broke a rule: instruction 1 on 'store'", message)
        output = self.folder / "refused.gpx"
        done = subprocess.run([TOOL, "compile", self.model, *fails, "-o", output], capture_output=True, text=True)
        self.assertEqual(done.returncode, BACKEND)
        self.assertIn("tiles: schedule broke a rule: instruction 1 on 'store'", done.stderr)
        self.assertFalse(output.exists())

    def test_backends_without_instr_programs_say_so(self):
        self.assertIn("no backend of cpu gives instr programs",
                      self.inspect(USAGE, self.model, "--timeline", "--backend", "cpu"))
        self.assertIn("is not an instr program", self.inspect(USAGE, self.model, "--machine", self.model))


def pixels(file):
    """Rows of (r, g, b) of a PNG as browsers write them: 8 bits, not interlaced."""
    data = file.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed = 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + size]
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", body)
        elif kind == b"IDAT":
            packed += body
        at += 12 + size
    assert depth == 8 and colour in (2, 6) and interlace == 0, (depth, colour, interlace)
    step = 3 if colour == 2 else 4
    raw, stride = zlib.decompress(packed), width * step
    rows, last = [], bytes(stride)
    for y in range(height):
        kind = raw[y * (stride + 1)]
        line = bytearray(raw[y * (stride + 1) + 1 : (y + 1) * (stride + 1)])
        for i in range(stride):
            left = line[i - step] if i >= step else 0
            up = last[i]
            corner = last[i - step] if i >= step else 0
            if kind == 1:
                guess = left
            elif kind == 2:
                guess = up
            elif kind == 3:
                guess = (left + up) // 2
            elif kind == 4:
                guess = min((abs(up - corner), 0, left), (abs(left - corner), 1, up),
                            (abs(left + up - 2 * corner), 2, corner))[2]
            else:
                break
            line[i] = (line[i] + guess) & 255
        last = line
        rows.append([tuple(line[i : i + 3]) for i in range(0, stride, step)])
    return rows


class PageTest(CountingTest):
    def browse(self, page, *options, address=""):
        done = subprocess.run(
            [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND",
             f"--user-data-dir={self.folder / 'profile'}", *options, page.as_uri() + address],
            capture_output=True, text=True, timeout=120)  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def element(self, dom, name):
        """The text of the element with this id, without inner tags."""
        found = re.search(rf'<(\w+)[^>]*\bid="{name}"[^>]*>(.*?)</\1>', dom, re.S)
        self.assertIsNotNone(found, f"no element {name}")
        return html.unescape(re.sub(r"<[^>]*>", " ", found[2])).strip()

    def test_the_page_shows_the_numbers_of_the_run(self):
        page = self.folder / "page.html"
        answer = self.counting("--report", page)
        dom = self.browse(page, "--dump-dom")
        cycles, layers = answer["cycles"], answer["layers"]
        self.assertEqual(self.element(dom, "cycles"), f"{cycles:,}")
        self.assertEqual(self.element(dom, "utilization"), f"{answer['utilization'] * 100:.1f} %")
        self.assertEqual(self.element(dom, "bank-conflicts"), "6")
        # These are written by the script, after it has drawn.
        spans = len(layers) * 24 + 2
        self.assertEqual(self.element(dom, "timeline-status"),
                         f"{spans:,} spans, {spans:,} shown: cycles 0 to {cycles:,}")
        maps = self.element(dom, "memory")
        self.assertIn(f"64.0 KiB, {2 * len(layers)} buffers, in use up to 64.0 KiB (100 %)", maps)
        table = self.element(dom, "layer-table")
        for layer in layers:
            self.assertIn(layer["name"], table)
            self.assertIn(f"{layer['roofline_cycles']:,}", table)
        stalls = self.element(dom, "stall-table")
        for causes in answer["stalls"].values():
            for cause, percent in causes.items():
                self.assertIn(cause, stalls)
                self.assertIn(f"{percent:.2f} %", stalls)
        picojoules = answer["energy_pj"]
        self.assertEqual(self.element(dom, "energy"), f"{picojoules / 1000:.1f} nJ")
        self.assertEqual(self.element(dom, "area"), "2.00 mm\u00b2")
        self.assertIn(f"{answer['energy']['dram'] / picojoules * 100:.1f} %", self.element(dom, "component-table"))
        energies = self.element(dom, "energy-table")
        for layer in layers:
            self.assertIn(layer["name"], energies)
            amount = layer["energy_pj"]
            self.assertIn(f"{amount:.0f} pJ" if amount < 999.5 else f"{amount / 1000:.2f} nJ", energies)
        # Each canvas got a size of its own from the script.
        self.assertEqual(len(re.findall(r"<canvas[^>]*\bwidth=", dom)), 3)

    def test_an_address_names_the_cycles_to_show(self):
        page = self.folder / "page.html"
        self.counting("--report", page)
        dom = self.browse(page, "--dump-dom", address="#cycles=1000-3000")
        # Layer 1 and the ends of its neighbours: of layer 0 none, as it ends at 1000.
        self.assertRegex(self.element(dom, "timeline-status"), r"770 spans, \d\d shown: cycles 1,000 to 3,000")

    def test_rows_keys_and_the_wheel_do_what_they_say(self):
        page = self.folder / "page.html"
        answer = self.counting("--report", page)
        # A hand that uses the page; what it sees goes into a list at the end.
        hand = """
          <script>
          const seen = document.body.appendChild(document.createElement("ol"));
          const note = (text) => { paintAll(); const item = document.createElement("li");
                                   item.textContent = text; seen.append(item); };
          const range = () => `${view.from} ${view.to} ${view.layer}`;
          const press = (key) => document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
          addEventListener("error", (event) => note(`error ${event.message}`));
          const row = document.querySelector('tr[data-layer="3"]');
          row.click(); note(range()); note(row.className);
          press("Escape"); note(range());
          document.getElementById("zoom-all").click(); note(range());
          document.getElementById("zoom-in").click(); note(range());
          press("ArrowRight"); note(range());
          timeline.dispatchEvent(new WheelEvent("wheel", { deltaY: -300, clientX: 600, cancelable: true }));
          note(String(view.to - view.from < data.cycles / 4));
          timeline.dispatchEvent(new MouseEvent("dblclick")); note(range());
          const order = () => [...document.querySelectorAll("#layer-table tbody tr")].map((r) => r.dataset.layer);
          const head = (name) => [...document.querySelectorAll("#layer-table th")].find(
            (h) => h.textContent === name).click();
          head("cycles"); note(order().slice(0, 3).join(" "));
          head("cycles"); note(order().slice(-3).join(" "));
          head("layer"); note(order().slice(0, 3).join(" "));
          const [folded] = groups.filter((group) => group.kind === "engines");
          const y = timeline.getBoundingClientRect().top + layOut().rows.find((r) => r.group === folded).y + 5;
          for (const type of ["pointerdown", "pointerup"])
            timeline.dispatchEvent(new PointerEvent(type, { clientX: timeline.getBoundingClientRect().left + 20,
                                                            clientY: y, pointerId: 1 }));
          note(`engines ${folded.isOpen}`);
          </script>"""
        page.write_text(page.read_text().replace("</body>", hand + "</body>"))
        dom = self.browse(page, "--dump-dom")
        seen = re.findall(r"<li>([^<]*)</li>", dom)
        cycles, layer = answer["cycles"], answer["layers"][3]
        begin, end = layer["begin_cycle"], layer["end_cycle"]
        margin = (end - begin) / 10

        def shown(first, last, followed=-1):
            return f"{first:.12g} {last:.12g} {followed}"

        longest = sorted(range(len(answer["layers"])), key=lambda i: -answer["layers"][i]["cycles"])
        # Sorting keeps the order of what is equal: the layers of both parts have the same names.
        names = sorted(reversed(longest), key=lambda i: int(answer["layers"][i]["name"][7:-1]))
        self.assertEqual(seen, [
            shown(begin - margin, end + margin, 3), "chosen", shown(begin - margin, end + margin),
            shown(0, cycles), shown(cycles / 4, cycles * 3 / 4), shown(cycles * 5 / 16, cycles * 13 / 16),
            "true", shown(0, cycles), " ".join(map(str, longest[:3])), " ".join(map(str, reversed(longest[:3]))),
            " ".join(map(str, names[:3])), "engines false"])  # fmt: skip

    def test_fifty_thousand_spans_are_drawn_and_seen(self):
        page = self.folder / "page.html"
        answer = self.counting("--report", page, "--backend-option", "spans=25000")
        dom = self.browse(page, "--dump-dom")
        status = self.element(dom, "timeline-status")
        spans, shown = (int(text.replace(",", "")) for text in re.findall(r"([\d,]+) (?:spans|shown)", status))
        self.assertGreaterEqual(spans, 50000)
        # Semaphores are many, so their group begins folded; they have a sixth of the spans.
        self.assertAlmostEqual(shown / spans, 5 / 6, delta=0.001)
        self.assertTrue(status.endswith(f"cycles 0 to {answer['cycles']:,}"), status)

        picture = self.folder / "page.png"
        self.browse(page, f"--screenshot={picture}", "--window-size=1000,700", "--hide-scrollbars")
        rows = pixels(picture)
        self.assertEqual((len(rows), len(rows[0])), (700, 1000))
        # The timeline is in the picture: many rows of pixels where most are coloured.
        coloured = [sum(max(p) - min(p) > 40 for p in row) for row in rows]
        self.assertGreater(sum(count > 500 for count in coloured), 30)
        hues = {tuple(c // 32 for c in p) for row in rows for p in row if max(p) - min(p) > 40}
        self.assertGreater(len(hues), 20, "layers have colours of their own")


def main():
    global TOOL, MODELS, COUNTING, TILES
    parser = argparse.ArgumentParser()
    parser.add_argument("--glowplug", required=True)
    parser.add_argument("--models", required=True, type=pathlib.Path)
    parser.add_argument("--plugins", required=True, type=pathlib.Path)
    options, rest = parser.parse_known_args()
    TOOL, MODELS = options.glowplug, options.models
    COUNTING, TILES = options.plugins / "counting.so", options.plugins / "tiles.so"
    if "PageTest" in rest and not CHROMIUM:
        print("skipped: there is no chromium; Debian's package of this name has it", file=sys.stderr)
        return 77
    os.environ["DBUS_SESSION_BUS_ADDRESS"] = "disabled:"
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    sys.exit(main())
