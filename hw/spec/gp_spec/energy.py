# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The energy of actions and the area of cells: reading energy.json and area.json, and checking them."""

import json
import math
import re

from .data import Fault, camel

TOKEN = re.compile(r"\s*([A-Za-z]+\.[A-Za-z]+|sqrt|max|\d+|[-+*/(),])")
MOST_SCALES = 2
PAGE = " (docs/reference/npu-energy.md)"
AREA_KINDS = ("um2", "sram_bits")


class Energy:
    """energy.json and area.json, with what follows from them."""

    def __init__(self, data, area, spec):
        self.data = data
        self.area = area
        self.primitives = data["primitives"]
        self.factors = data["factors"]
        self.components = data["components"]
        self.actions = data["actions"]
        self.parameters = {parameter["name"] for parameter in spec.parameters}
        self.check()

    def check(self):
        for kind in ("primitives", "factors", "components", "actions"):
            check_names(f"energy.json: {kind}", self.data[kind])
        for primitive in self.primitives:
            check_figure("energy.json", self.data["sources"], primitive, "pj")
        for factor in self.factors:
            self.tokens(factor)
        for action in self.actions:
            self.check_action(action)
        self.check_use()
        check_names("area.json: cells", self.area["cells"])
        for cell in self.area["cells"]:
            check_figure("area.json", self.area["sources"], cell, "um2")
        if "sram_bit" not in names(self.area["cells"]):
            raise Fault("area.json: cells: sram_bit is missing")
        check_names("area.json: components", self.area["components"])
        for component in self.area["components"]:
            self.check_area(component)

    def check_action(self, action):
        where = f"energy.json: {action['name']}"
        if component_of(action) not in names(self.components):
            raise Fault(f"{where}: {component_of(action)} is not a component")
        if ("parts" in action) != ("scale" in action):
            raise Fault(f"{where}: parts and scale come together, or neither")
        for name, times in action.get("parts", {}).items():
            if name not in names(self.primitives):
                raise Fault(f"{where}: {name} is not a primitive")
            check_positive(f"{where}: {name}", times)
        for name in action.get("scale", []):
            if name not in names(self.factors):
                raise Fault(f"{where}: {name} is not a factor")
        if len(action.get("scale", [])) > MOST_SCALES:
            raise Fault(f"{where}: {MOST_SCALES} factors at most")

    def check_area(self, component):
        where = f"area.json: {component['name']}"
        if component["name"] not in names(self.components):
            raise Fault(f"{where} is not a component of energy.json")
        for kind in AREA_KINDS:
            for name, value in component[kind].items():
                if name != "one" and name not in names(self.factors):
                    raise Fault(f"{where}: {kind}: {name} is not a factor")
                # A line through what was measured may begin below 0.
                if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
                    raise Fault(f"{where}: {kind}: {name}: must be a number, but is {value!r}")

    def check_use(self):
        """What nothing uses is a mistake of spelling somewhere else."""
        used = {
            "primitives": {name for action in self.actions for name in action.get("parts", {})},
            "factors": {name for action in self.actions for name in action.get("scale", [])}.union(
                name for component in self.area["components"] for kind in AREA_KINDS for name in component[kind]
            ),
            "components": {component_of(action) for action in self.actions if "parts" in action},
        }
        for kind, found in used.items():
            unused = names(self.data[kind]) - found
            if unused:
                raise Fault(f"energy.json: {kind}: no action with a price uses {min(unused)}")

    def tokens(self, factor):
        """The words of a factor's formula: parameters, numbers, sqrt, max, signs."""
        text, words, at = factor["formula"].rstrip(), [], 0
        while at < len(text):
            found = TOKEN.match(text, at)
            if not found:
                raise Fault(f"energy.json: {factor['name']}: {text[at:].strip()!r} is no formula")
            words.append(found[1])
            at = found.end()
        unknown = {word for word in words if "." in word} - self.parameters
        if unknown:
            raise Fault(f"energy.json: {factor['name']}: {min(unknown)} is not a parameter")
        try:
            self.evaluate(words, dict.fromkeys(self.parameters, 16))
        except (SyntaxError, TypeError, ArithmeticError, ValueError):
            raise Fault(f"energy.json: {factor['name']}: {text!r} is no formula") from None
        return words

    @staticmethod
    def evaluate(words, config):
        text = " ".join(str(config[word]) if "." in word else word for word in words)
        return float(eval(text, {"__builtins__": {}, "sqrt": math.sqrt, "max": max}))  # only tokens

    def factor(self, name, config):
        """The value of a factor for a configuration."""
        return self.evaluate(self.tokens(next(f for f in self.factors if f["name"] == name)), config)

    def picojoules(self, action):
        """The price before scaling; 0 for an action that is only counted."""
        prices = {primitive["name"]: primitive["pj"] for primitive in self.primitives}
        return math.fsum(times * prices[name] for name, times in action.get("parts", {}).items())

    def scaled(self, action, config):
        """The price for a configuration."""
        return self.picojoules(action) * math.prod(self.factor(name, config) for name in action.get("scale", []))

    def area_parts(self, component):
        """(square micrometres, factor or "one") of a component of area.json: they are multiplied, and add up."""
        bit = next(cell["um2"] for cell in self.area["cells"] if cell["name"] == "sram_bit")
        parts = [(um2, name) for name, um2 in component["um2"].items()]
        return parts + [(bits * bit, name) for name, bits in component["sram_bits"].items()]

    def area_of(self, component, config):
        """Square micrometres for a configuration."""
        return math.fsum(
            um2 * (1 if name == "one" else self.factor(name, config)) for um2, name in self.area_parts(component)
        )

    def sources_of(self, component):
        """Where the prices of a component come from, as one text: the names that the page explains."""
        prices = {primitive["name"]: primitive["source"] for primitive in self.primitives}
        used = [prices[n] for a in self.actions if component_of(a) == component for n in a.get("parts", {})]
        return ", ".join(name for name in self.data["sources"] if name in used) + PAGE

    def area_source(self):
        """Where areas come from, likewise."""
        return f"yosys 0.23 on hw/rtl, {', '.join(self.area['sources'])}{PAGE}"

    def note(self):
        """What all figures are worth."""
        return f"{self.data['title'].partition('. ')[2]} {self.area['title']}"


def names(items):
    return {item["name"] for item in items}


def component_of(action):
    return action["name"].split(".")[0]


def check_names(where, items):
    seen = set()
    for item in items:
        if camel(item["name"], True) in seen:
            raise Fault(f"{where}: {item['name']} is there twice")
        seen.add(camel(item["name"], True))


def check_positive(where, value):
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
        raise Fault(f"{where}: must be a number above 0, but is {value!r}")


def check_figure(file, sources, item, unit):
    where = f"{file}: {item['name']}"
    check_positive(f"{where}: {unit}", item.get(unit))
    if item.get("source") not in sources:
        raise Fault(f"{where}: {item.get('source')!r} is not a source")


def load_energy(folder, spec):
    def read(name):
        with open(folder / name, encoding="utf-8") as file:
            try:
                return json.load(file)
            except json.JSONDecodeError as error:
                raise Fault(f"{name}: {error}") from None

    return Energy(read("energy.json"), read("area.json"), spec)
