#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Mistakes in the data of an instruction are refused by name.

usage: spec_test.py SPEC, the folder of isa.json and gp_spec
"""

import copy
import json
import pathlib
import sys
import unittest

SPEC = pathlib.Path(sys.argv.pop())
sys.path.insert(0, str(SPEC))

from gp_spec import data  # noqa: E402


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


if __name__ == "__main__":
    unittest.main()
