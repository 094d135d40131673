#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests of `glowplug conformance export-rtl`, and of the players of what it writes.

usage: export_rtl.py --bin DIR --plugin FILE --without FILE --root DIR [unittest options]

--bin holds glowplug, npu-player and npu-player-rtl; --plugin is npu-sim, --without one that has no group "replay".
--root holds the sources: one test builds the player in Verilog with a fault in the hardware.
"""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import zlib

BIN = PLUGIN = WITHOUT = ROOT = None
DONE, WRONG, USAGE = 0, 1, 2
FIRST_WORDS, REGISTER_WORDS, REGION_WORDS = 8, 2, 4
UNKNOWN, STORE, SYNC = 7, 3, 1


def call(expected, *command):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=300)
    assert done.returncode == expected, (done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout + done.stderr


def export(folder, *options, expected=DONE, plugin=None, filters=()):
    filters = [word for name in filters for word in ("--filter", name)]
    return call(expected, BIN / "glowplug", "conformance", "export-rtl", folder, "--plugin", plugin or PLUGIN,
                "--level", "smoke", *filters, *options)  # fmt: skip


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def memory_of(text):
    """address -> byte, of a file for $readmemh."""
    memory, at = {}, 0
    for word in re.sub(r"//.*", "", text).split():
        if word[0] == "@":
            at = int(word[1:], 16)
        else:
            memory[at] = int(word, 16)
            at += 1
    return memory


class Exported(unittest.TestCase):
    """One export for all tests; each changes a copy of a case."""

    @classmethod
    def setUpClass(cls):
        cls.temporary = pathlib.Path(tempfile.mkdtemp(prefix="glowplug rtl "))
        cls.addClassCleanup(shutil.rmtree, cls.temporary)
        cls.folder = cls.temporary / "cases"
        cls.answer, _ = json.JSONDecoder().raw_decode(export(cls.folder, "--json"))  # progress follows
        cls.index = json.loads((cls.folder / "index.json").read_text())

    def case(self, *units):
        """A copy of the smallest case with commands of all of these units."""
        fit = [case for case in self.index["cases"] if set(units) <= case["units"].keys()]
        self.assertTrue(fit, f"no case uses {units}")
        smallest = min(fit, key=lambda case: (sum(case["units"].values()), case["name"]))
        copy = pathlib.Path(tempfile.mkdtemp(dir=self.temporary)) / "case"
        shutil.copytree(self.folder / smallest["name"], copy)
        return copy

    def play(self, folder, expected, *options):
        return call(expected, BIN / "npu-player", folder, *options)

    def play_verilog(self, folder, expected, player=None):
        return call(expected, player or BIN / "npu-player-rtl", f"+case={folder}")

    def assert_fails(self, folder, why):
        """Both players say so."""
        self.assertIn(why, self.play(folder, WRONG))
        text = self.play_verilog(folder, WRONG)
        self.assertRegex(text, "(?m)^FAIL ")
        self.assertNotIn("PASS", text)
        return text


class ExportTest(Exported):
    def test_same_bytes_twice(self):
        again = self.temporary / "again"
        export(again)
        self.assertEqual(files(self.folder), files(again))
        export(self.temporary / "other", "--seed", "7", filters=["ops/MatMul/*"])
        changed = files(self.temporary / "other")
        for name in (name for name in changed if name.endswith("preload.hex")):
            self.assertNotEqual(changed[name], files(self.folder)[name], name)

    def test_totals_and_reasons(self):
        self.assertEqual(self.answer["exported"], len(self.index["cases"]))
        self.assertEqual(self.answer["left_out"], len(self.index["left_out"]))
        self.assertEqual(self.answer["failed"], 0)
        self.assertGreater(self.answer["exported"], 30)
        self.assertGreater(self.answer["units"]["matrix"], 0)
        self.assertGreater(self.answer["units"]["vector"], 0)
        for case in self.index["left_out"]:
            self.assertTrue(case["reason"], case)

    def test_files_agree(self):
        for entry in self.index["cases"]:
            folder = self.folder / entry["name"]
            case = json.loads((folder / "case.json").read_text())
            preload = memory_of((folder / "preload.hex").read_text())
            signature = memory_of((folder / "signature.hex").read_text())
            self.assertEqual(len((folder / "commands.hex").read_text().split()), case["commands"]["count"])
            self.assertTrue(case["signature"])
            for region in case["signature"]:
                begin, poison = int(region["address"], 16), int(region["poison"], 16)
                places = range(begin, begin + region["bytes"])
                expected = bytes(signature[at] for at in places)
                self.assertEqual(zlib.crc32(expected), int(region["crc32"], 16))
                self.assertEqual({preload[at] for at in places}, {poison})
                self.assertTrue(poison not in expected or len(set(expected)) == 256)

    def test_left_out_with_reason(self):
        folder = self.temporary / "mixed"
        export(folder, filters=["ops/MatMul/i8/*", "ops/Map/f32/*"])
        index = json.loads((folder / "index.json").read_text())
        self.assertTrue(index["cases"])
        self.assertTrue(all(case["name"].startswith("ops/Map/f32/") for case in index["left_out"]))
        self.assertTrue(all(case["reason"].startswith("refused: ") for case in index["left_out"]))

    def test_refusals_leave_nothing(self):
        folder = self.temporary / "refused"
        text = export(folder, expected=USAGE, plugin=WITHOUT)
        self.assertIn("the plugin has no group 'replay'", text)
        text = export(folder, expected=USAGE, filters=["ops/Map/f32/*"])
        self.assertRegex(text, r"none of \d+ cases can be exported; the first: ops/Map/f32/.*: refused: ")
        text = export(folder, expected=USAGE, filters=["graphs/*"])
        self.assertIn("no case of level 1 has a name that is asked for", text)
        self.assertFalse(folder.exists())
        before = files(self.folder)
        self.assertIn("is there already, and not empty", export(self.folder, expected=USAGE))
        self.assertEqual(before, files(self.folder))
        self.assertEqual([], list(self.temporary.glob("*.??????")))


class PlayTest(Exported):
    def test_all_pass_on_the_models(self):
        count = self.answer["exported"]
        self.assertIn(f"{count} of {count} cases pass", self.play(self.folder, DONE))
        self.play(self.folder, DONE, "--rtl", "dma,fetch")
        text = self.play(self.folder, DONE, "--rtl", "array,vector")
        self.assertIn(f"{count} of {count} cases pass", text)
        self.assertTrue(any(int(n) > 0 for n in re.findall(r"(\d+) in hardware", text)))

    def test_the_whole_chip_has_the_timeline_of_the_model(self):
        model = self.play(self.folder, DONE, "--device", "model", "--commands")
        chip = self.play(self.folder, DONE, "--rtl", "chip", "--commands")
        counts = re.findall(r"(\d+) commands, \d+ cycles, (\d+) in hardware", chip)
        self.assertTrue(counts and all(int(all_of_them) == int(done) > 0 for all_of_them, done in counts), counts)
        # All but how many commands the hardware did.
        bare = [re.sub(r", \d+ in hardware", "", text) for text in (model, chip)]
        self.assertIn("front_free", bare[0])
        self.assertEqual(*bare)

    def test_all_pass_in_verilog(self):
        for case in self.index["cases"]:
            self.assertRegex(self.play_verilog(self.folder / case["name"], DONE), "(?m)^PASS ")

    def test_an_unknown_opcode(self):
        folder = self.case("matrix")
        commands = (folder / "commands.hex").read_text().split()
        commands[-1] = f"{int(commands[-1], 16) >> 8 << 8 | UNKNOWN:0128x}"
        (folder / "commands.hex").write_text("\n".join(commands) + "\n")
        text = self.play_verilog(folder, WRONG)
        self.assertIn(f"the device reports an error: got 0x{UNKNOWN:x}", text)

    def test_a_bit_of_the_data(self):
        folder = self.case("matrix", "vector")
        text = (folder / "preload.hex").read_text()
        at = text.index("\n", text.index("@", text.index("// input"))) + 1
        changed = text[:at] + f"{int(text[at:at + 2], 16) ^ 0x40:02x}" + text[at + 2:]
        (folder / "preload.hex").write_text(changed)
        self.assert_fails(folder, "has the CRC")

    def test_a_bit_of_a_command(self):
        folder = self.case("matrix", "vector")
        commands = (folder / "commands.hex").read_text().split()
        last = max(i for i, code in enumerate(commands) if int(code, 16) & 0xFF == STORE)
        # The lowest bit of the place in memory.
        commands[last] = f"{int(commands[last], 16) ^ 1 << 99:0128x}"
        (folder / "commands.hex").write_text("\n".join(commands) + "\n")
        call(WRONG, BIN / "npu-player", folder)
        self.assertIn("FAIL", self.play_verilog(folder, WRONG))

    def test_a_signature_that_is_still_poison(self):
        folder = self.case("matrix", "vector")
        codes = [int(code, 16) for code in (folder / "commands.hex").read_text().split()]
        # Without its body a store is a sync: waits and signals stay.
        codes = [code >> 8 << 8 & (1 << 96) - 1 | SYNC if code & 0xFF == STORE else code for code in codes]
        (folder / "commands.hex").write_text("".join(f"{code:0128x}\n" for code in codes))
        self.assertIn("was never written", self.assert_fails(folder, "was never written"))

    def change_head(self, folder, change):
        words = re.sub(r"//.*", "", (folder / "player.hex").read_text()).split()
        change(words)
        (folder / "player.hex").write_text("\n".join(words) + "\n")

    def test_no_signature(self):
        def none(words):
            del words[FIRST_WORDS + REGISTER_WORDS * int(words[4], 16) :]
            words[5] = f"{0:016x}"

        folder = self.case("matrix")
        self.change_head(folder, none)
        self.assertIn("there is no signature region", self.assert_fails(folder, "there is no signature region"))

    def test_an_empty_signature(self):
        def empty(words):
            words[-REGION_WORDS + 1] = f"{0:016x}"

        folder = self.case("matrix")
        self.change_head(folder, empty)
        self.assertIn("is empty", self.assert_fails(folder, "is empty"))

    def test_a_missing_file_is_one_failed_case(self):
        several = self.temporary / "several"
        shutil.copytree(self.case("matrix"), several / "good")
        shutil.copytree(self.case("matrix"), several / "bad")
        (several / "bad" / "player.hex").unlink()
        text = self.play(several, WRONG)
        self.assertRegex(text, r"(?m)^FAIL .*bad: .*player.hex: cannot be read")
        self.assertRegex(text, r"(?m)^PASS .*good")
        self.play_verilog(several / "bad", WRONG)
        self.assertIn("there is no case.json in it", self.play(self.temporary / "nothing", WRONG))

    def test_another_machine(self):
        other = self.temporary / "other.json"
        other.write_text('{"array": {"rows": 8}}')
        text = self.play(self.case("matrix"), WRONG, "--npu", other)
        self.assertRegex(text, "the case is for the configuration [0-9a-f]{16}, but the machine is")
        folder = self.temporary / "small"
        export(folder, "--option", f"npu={other}", filters=["ops/MatMul/i8/*"])
        self.play(folder, DONE, "--npu", other)
        case = next(path.parent for path in folder.rglob("case.json"))
        self.assertIn("0x100", self.play_verilog(case, WRONG))


class BrokenTest(Exported):
    def test_hardware_with_a_fault(self):
        """The array forgets the zero points of its inputs."""
        # Verilator's make takes no spaces.
        folder = pathlib.Path(tempfile.mkdtemp(prefix="glowplug-rtl-"))
        self.addCleanup(shutil.rmtree, folder)
        shutil.copytree(ROOT / "hw", folder / "hw")
        array = folder / "hw/rtl/npu_array.sv"
        text = array.read_text()
        self.assertEqual(text.count("x - x_zp_q"), 1)
        array.write_text(text.replace("x - x_zp_q", "x"))
        call(DONE, sys.executable, ROOT / "hw/spec/generate", "--package", folder / "npu_pkg.sv")
        sources = [*(ROOT / "hw/npu.f").read_text().split(), "hw/player/npu_in_order.sv", "hw/player/player.v"]
        call(DONE, "verilator", "--cc", "--exe", "--build", "-O3", "--x-assign", "fast", "--x-initial", "fast",
             "--noassert", "-Wno-fatal", "-MAKEFLAGS", "OPT_FAST=-O0 OPT_SLOW=-O0 OPT_GLOBAL=-O0",
             "--Mdir", folder / "built", "--top-module", "player", "--prefix", "Vplayer",
             folder / "npu_pkg.sv", *(folder / source for source in sources),
             ROOT / "simulator/player/VerilogMain.cpp")  # fmt: skip
        player = folder / "built/Vplayer"
        verdicts = {}
        for case in self.index["cases"]:
            if "matrix" in case["units"]:
                done = subprocess.run([player, f"+case={self.folder / case['name']}"], capture_output=True, text=True)
                verdicts[case["name"]] = done.returncode
        # Without a zero point the fault does not matter.
        self.assertIn(DONE, verdicts.values(), verdicts)
        self.assertIn(WRONG, verdicts.values(), verdicts)


def main():
    global BIN, PLUGIN, WITHOUT, ROOT
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("bin", "plugin", "without", "root"):
        parser.add_argument(f"--{name}", required=True, type=pathlib.Path)
    options, rest = parser.parse_known_args()
    BIN, PLUGIN, WITHOUT, ROOT = (
        path.resolve() for path in (options.bin, options.plugin, options.without, options.root))  # fmt: skip
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
