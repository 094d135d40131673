#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Mistakes in the data of an instruction or a register are refused by name.

usage: spec_test.py SPEC, the folder of isa.json and gp_spec
"""

import copy
import json
import pathlib
import sys
import unittest

SPEC = pathlib.Path(sys.argv.pop())
sys.path.insert(0, str(SPEC))

from gp_spec import data, registers  # noqa: E402


class Mistakes(unittest.TestCase):
    def setUp(self):
        self.isa = json.loads((SPEC / "isa.json").read_text(encoding="utf-8"))
        self.parameters = json.loads((SPEC / "parameters.json").read_text(encoding="utf-8"))["parameters"]

    def refused(self, change):
        """What is said of the instruction set after `change` to `fill`."""
        isa = copy.deepcopy(self.isa)
        change(next(c for c in isa["commands"] if c["name"] == "fill"))
        with self.assertRaises(data.Fault) as caught:
            data.Spec(isa, self.parameters)
        return str(caught.exception)

    def set_field(self, **values):
        return self.refused(lambda c: c["fields"][0].update(values))

    def set_access(self, **values):
        return self.refused(lambda c: c["accesses"][0].update(values))

    def test_the_data_are_sound(self):
        data.Spec(self.isa, self.parameters)

    def test_bits_and_queues(self):
        self.assertIn("overlap or leave", self.set_field(bits=[96, 120]))
        self.assertIn("the range does not fit", self.set_field(max=1 << 24))
        self.assertIn("unknown queue", self.refused(lambda c: c["queues"].append("other")))
        self.assertIn("opcodes must differ", self.refused(lambda c: c.update(code=4)))

    def test_multiples(self):
        self.assertIn("fill.dst_addr: 0 is not a multiple", self.set_field(multiple=0))
        self.assertIn("row is not a multiple", self.set_field(multiple="row"))
        for when in ("other", "value < 3"):
            self.assertIn(f"{when} is no condition", self.set_field(multiple=4, when=when))
        self.assertIn("two conditions", self.set_field(multiple=4, when="value, run = 3, count0"))

    def test_accesses(self):
        for values in ({"field": "other"}, {"run": "other"}, {"counts": ["other"]}):
            self.assertIn("has no field other", self.set_access(**values))
        self.assertIn("needs a space", self.set_access(space="dram"))
        self.assertIn("needs a space", self.set_access(base="value"))
        self.assertIn("3 counts need as many steps", self.set_access(counts=["count0", "count1", "R"]))
        self.assertIn("5 counts", self.set_access(counts=["R", "count"], steps=["run", "dst_step"]))


class RegisterMistakes(unittest.TestCase):
    def refused(self, register, **values):
        """What is said of the register map after a change of one register."""
        map_ = json.loads((SPEC / "registers.json").read_text(encoding="utf-8"))
        next(r for r in map_["registers"] if r["name"] == register).update(values)
        with self.assertRaises(data.Fault) as caught:
            registers.Registers(map_)
        return str(caught.exception)

    def test_places(self):
        self.assertIn("0x30 is that of commands", self.refused("commands", offset="0x030"))
        self.assertIn("0x1000 has more than 12 bits", self.refused("bank_conflicts", offset="0xff8", count=2))
        self.assertIn("base: must lie at a multiple of 8", self.refused("base", offset="0x084"))
        self.assertIn("needs an access", self.refused("id", access="none"))
        self.assertIn("stands there twice", self.refused("id", name="version"))

    def test_fields(self):
        field = {"name": "code", "bits": [0, 3], "meaning": ""}
        self.assertIn("overlap or leave", self.refused("fault", fields=[field, field]))
        self.assertIn("overlap or leave", self.refused("fault", fields=[{**field, "bits": [30, 32]}]))
        narrow = {**field, "bits": [0, 2], "enum": "port"}
        self.assertIn("port is no enum that fits", self.refused("fault", fields=[narrow]))


if __name__ == "__main__":
    unittest.main()
