# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The data itself: reading it, and checking that it makes sense."""

import json
import re


class Fault(Exception):
    """The data break a rule."""


class Spec:
    """isa.json and parameters.json, with what follows from them."""

    def __init__(self, isa, parameters):
        self.isa = isa
        self.queues = [q["name"] for q in isa["queues"]]
        self.header = isa["header"]
        self.commands = isa["commands"]
        self.parameters = parameters
        self.check()

    def check(self):
        bits, body = self.isa["commandBits"], self.isa["bodyBit"]
        check_fields("header", self.header, 0, body)
        codes = [c["code"] for c in self.commands]
        if len(set(codes)) != len(codes) or 0 in codes:
            raise Fault("isa.json: opcodes must differ from each other and from 0")
        for command in self.commands:
            check_fields(command["name"], command["fields"], body, bits)
            if not set(command["queues"]) <= set(self.queues):
                raise Fault(f"isa.json: {command['name']} names an unknown queue")
            for field in command["fields"]:
                check_multiple(command, field)
            for access in command.get("accesses", []):
                check_access(command, access)

    def encoding_hash(self):
        """Changes with whatever changes the meaning of a command's bits."""
        text = f"isa {self.isa['version']}\n"
        for command in [{"name": "header", "code": 0, "fields": self.header}, *self.commands]:
            text += f"{command['name']} {command['code']}\n"
            for field in command["fields"]:
                text += f"{field['name']} {field['bits'][0]} {field['bits'][1]} {int(field['signed'])}\n"
        return fnv1a(text)

    def config_hash(self, config):
        """The hash that a program and its machine must share."""
        text = f"{self.encoding_hash():016x}\n"
        for parameter in self.parameters:
            if parameter["binds"]:
                text += f"{parameter['name']}={config[parameter['name']]}\n"
        return fnv1a(text)


def fnv1a(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def check_fields(owner, fields, begin, end):
    """Fields rise without overlap, lie in [begin, end), and hold their ranges."""
    at = begin
    for field in fields:
        low, high = field["bits"]
        where = f"isa.json: {owner}.{field['name']}"
        if low < at or high < low or high >= end:
            raise Fault(f"{where}: bits {low}..{high} overlap or leave {begin}..{end - 1}")
        width = high - low + 1
        least, most = (-(2 ** (width - 1)), 2 ** (width - 1) - 1) if field["signed"] else (0, 2**width - 1)
        if not least <= field["min"] <= field["max"] <= most:
            raise Fault(f"{where}: the range does not fit {width} bits")
        at = high + 1


MULTIPLES = ("R", "line")  # or a number
SPACES = ("scratchpad", "accumulator", "dram")


def check_multiple(command, field):
    multiple = field.get("multiple", 1)
    if multiple not in MULTIPLES and not (isinstance(multiple, int) and multiple >= 1):
        raise Fault(f"isa.json: {command['name']}.{field['name']}: {multiple} is not a multiple")
    if len(conditions(command, field)) > 2:
        raise Fault(f"isa.json: {command['name']}.{field['name']}: two conditions at most")


def check_access(command, access):
    """Its names are fields of the command, with as many counts as steps."""
    where = f"isa.json: {command['name']}: access by {access['field']}"
    expand(command, [access["field"], access["run"], *([access["base"]] if "base" in access else [])])
    if access["space"] not in SPACES or (access["space"] == "dram") != ("base" in access):
        raise Fault(f"{where}: needs a space, and a base register for dram only")
    counts, steps = expand(command, access["counts"]), expand(command, access["steps"])
    if len(counts) != len(steps) or len(counts) > 4:
        raise Fault(f"{where}: {len(counts)} counts need as many steps, and at most 4")


def series(command, name):
    """The fields that a name stands for: that one, or name0, name1, ..."""
    pattern = re.compile(re.escape(name) + r"\d?")
    found = [f["name"] for f in command["fields"] if pattern.fullmatch(f["name"])]
    if not found:
        raise Fault(f"isa.json: {command['name']} has no field {name}")
    return found


def expand(command, names):
    """Names of fields and `R` in a list, each series in full."""
    return [n for name in names for n in ([name] if name == "R" else series(command, name))]


def conditions(command, field):
    """When a field must be a multiple: [(field, whether it equals, value)]; all must hold."""
    result = []
    for part in filter(None, field.get("when", "").split(",")):
        name, sign, value = (part.split() + ["!=", "0"])[:3]
        other = next((f for f in command["fields"] if f["name"] == name), None)
        names = (other or {}).get("enum", [])
        if other is None or sign not in ("=", "!=") or (names and value not in names):
            raise Fault(f"isa.json: {command['name']}.{field['name']}: {part.strip()} is no condition")
        result.append((other, sign == "=", names.index(value) if names else int(value)))
    return result


def multiple_text(command, field, quote=""):
    """`; a multiple of R where op is not copy`, or nothing."""
    if "multiple" not in field:
        return ""
    unit = "the line" if field["multiple"] == "line" else field["multiple"]
    texts = []
    for other, equal, value in conditions(command, field):
        name = f"{quote}{other['name']}{quote}"
        if "enum" not in other:
            value = "set" if (equal, value) == (False, 0) else value
            equal = equal or value == "set"
        else:
            value = f"{quote}{other['enum'][value]}{quote}"
        texts.append(f"{name} is {'' if equal else 'not '}{value}")
    return f"; a multiple of {unit}" + (" where " + " and ".join(texts) if texts else "")


def load(folder):
    def read(name):
        with open(folder / name, encoding="utf-8") as file:
            return json.load(file)

    # Imported here, as that module needs this one.
    from .registers import Registers

    spec = Spec(read("isa.json"), read("parameters.json")["parameters"])
    spec.registers = Registers(read("registers.json"))
    return spec


def load_config(spec, path):
    """The values of a configuration by dotted name; all are there and in range."""
    with open(path, encoding="utf-8") as file:
        groups = json.load(file)
    config = {f"{g}.{n}": v for g, values in groups.items() for n, v in values.items()}
    for parameter in spec.parameters:
        name = parameter["name"]
        if name not in config:
            raise Fault(f"{path}: {name} is missing")
        value = config[name]
        if not isinstance(value, int) or not parameter["min"] <= value <= parameter["max"]:
            raise Fault(f"{path}: {name} must lie in {parameter['min']}..{parameter['max']}, but is {value}")
        if parameter["powerOfTwo"] and value & (value - 1):
            raise Fault(f"{path}: {name} must be a power of two, but is {value}")
    unknown = set(config) - {p["name"] for p in spec.parameters}
    if unknown:
        raise Fault(f"{path}: {min(unknown)} is not a parameter")
    return config


def camel(name, upper=False):
    """load_a -> loadA or LoadA; array.rows -> arrayRows."""
    words = re.split(r"[_.]", name)
    text = "".join(w[:1].upper() + w[1:] for w in words)
    return text if upper else text[:1].lower() + text[1:]


def members(fields):
    """Fields as members of a struct: [(name, fields, comment)]; x0, x1, ... form an array."""
    result = {}
    for field in fields:
        series = re.fullmatch(r"(\D+)(\d)(\D*)", field["name"])
        name = camel(series[1] + series[3]) if series else camel(field["name"])
        result.setdefault((name, bool(series)), []).append(field)
    return [(name, is_array, group) for (name, is_array), group in result.items()]
