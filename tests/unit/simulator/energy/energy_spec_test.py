#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Mistakes in the prices of actions and the areas of cells are refused by name.

usage: energy_spec_test.py SPEC COSTS, the folder of energy.json and gp_spec, and the page npu-cost.md
"""

import copy
import fnmatch
import json
import math
import pathlib
import sys
import unittest

COSTS = pathlib.Path(sys.argv.pop())
SPEC = pathlib.Path(sys.argv.pop())
sys.path.insert(0, str(SPEC))

from gp_spec import data, energy  # noqa: E402


def read(name):
    return json.loads((SPEC / name).read_text(encoding="utf-8"))


class Mistakes(unittest.TestCase):
    def setUp(self):
        self.spec = data.load(SPEC)
        self.prices, self.area = read("energy.json"), read("area.json")

    def refused(self, change):
        """What is said of both tables after `change` to them."""
        prices, area = copy.deepcopy(self.prices), copy.deepcopy(self.area)
        change(prices, area)
        with self.assertRaises(data.Fault) as caught:
            energy.Energy(prices, area, self.spec)
        return str(caught.exception)

    def set_first(self, kind, **values):
        return self.refused(lambda prices, area: prices[kind][0].update(values))

    def test_the_data_are_sound(self):
        table = energy.Energy(self.prices, self.area, self.spec)
        config = data.load_config(self.spec, SPEC / "npu.json")
        bias = next(a for a in table.actions if a["name"] == "vector.bias")
        self.assertEqual(table.scaled(bias, config), 0.1)
        self.assertEqual(table.factor("skew", config), 120)
        self.assertEqual(table.factor("line", config), 16)
        self.assertEqual(table.factor("accumulator_bank", config), math.sqrt(0.5))

    def test_figures(self):
        for value in (-1, 0, "0.1", True, None, math.nan, math.inf):
            self.assertIn("energy.json: int8_add: pj: must be a number above 0", self.set_first("primitives", pj=value))
        self.assertIn("'rumour' is not a source", self.set_first("primitives", source="rumour"))
        self.assertIn("area.json: not: um2", self.refused(lambda prices, area: area["cells"][0].update(um2=-1)))
        self.assertIn("sram_bit is missing", self.refused(lambda prices, area: area["cells"].pop()))

    def test_actions(self):
        self.assertIn("energy.json: arrays.mac: arrays is not", self.set_first("actions", name="arrays.mac"))
        self.assertIn("array.mac: int9_add is not a primitive", self.set_first("actions", parts={"int9_add": 1}))
        self.assertIn("array.mac: int8_add: must be", self.set_first("actions", parts={"int8_add": -1}))
        self.assertIn("array.mac: columns is not a factor", self.set_first("actions", scale=["columns"]))
        self.assertIn("2 factors at most", self.set_first("actions", scale=["rows", "skew", "bus"]))
        self.assertIn("array.useful_mac is there twice", self.set_first("actions", name="array.useful_mac"))
        self.assertIn("come together", self.refused(lambda prices, area: prices["actions"][0].pop("scale")))

    def test_formulas(self):
        for formula in ("array.rows +", "array.rows; 1", "__import__('os')", "array.rows ** 2", "array.rows 2", "()"):
            self.assertIn("is no formula", self.set_first("factors", formula=formula), formula)
        self.assertIn("array.columns is not a parameter", self.set_first("factors", formula="array.columns"))

    def test_each_cell_of_yosys_has_one_area(self):
        kinds = "NOT_ AND_ OR_ XOR_ MUX_ DFF_P_ DFF_PN0_ DFFE_PP_ DFFE_PN1P_ SDFF_PP0_ SDFFE_PP0P_ SDFFCE_PN1N_"
        found = [
            [cell["name"] for cell in self.area["cells"] if fnmatch.fnmatchcase(f"$_{kind}", cell["yosys"])]
            for kind in kinds.split()
        ]
        self.assertEqual(len({name for cells in found for name in cells}), 11)
        self.assertTrue(all(len(cells) == 1 for cells in found), found)

    def test_areas_of_components(self):
        def first(**values):
            return self.refused(lambda prices, area: area["components"][0].update(values))

        self.assertIn("area.json: arrays is not a component of energy.json", first(name="arrays"))
        self.assertIn("area.json: array: um2: columns is not a factor", first(um2={"columns": 1}))
        self.assertIn("area.json: array: sram_bits: rows: must be a number, but is '1'", first(sram_bits={"rows": "1"}))
        self.assertIn("area.json: array: um2: one: must be a number, but is nan", first(um2={"one": math.nan}))
        self.assertIn("array is there twice", self.refused(
            lambda prices, area: area["components"].append(area["components"][0])))

    def test_areas_are_those_of_the_synthesised_units(self):
        table = energy.Energy(self.prices, self.area, self.spec)
        rows = [line.strip("| \n").split(" | ") for line in COSTS.read_text(encoding="utf-8").splitlines()]
        measured = {(row[0].strip("`"), row[1]): float(row[5]) for row in rows if row[0].startswith("`npu_")}
        for size in (4, 8, 16):
            config = data.load_config(self.spec, SPEC / "npu.json")
            config["array.rows"] = size
            for component in self.area["components"]:
                units = component["units"].items()
                found = sum(n * measured.get((unit, "-"), measured.get((unit, str(size)))) for unit, n in units)
                # Of that table the last digit is rounded.
                slack = 0.02 * found + 0.0005 * sum(n for _, n in units)
                self.assertAlmostEqual(table.area_of(component, config) / 1e6, found, delta=slack,
                                       msg=f"{component['name']} with {size} rows")

    def test_what_nothing_uses(self):
        self.assertIn(
            "no action with a price uses spare",
            self.refused(lambda prices, area: prices["factors"].append({"name": "spare", "formula": "1"})),
        )


if __name__ == "__main__":
    unittest.main()
