# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reads the sizes of a machine and the commands of cases and models, by the data of hw/spec."""

import dataclasses
import json
import pathlib
import struct
import sys

SPEC_FOLDER = pathlib.Path(__file__).resolve().parents[3] / "hw/spec"
sys.path.insert(0, str(SPEC_FOLDER))

import gp_spec  # noqa: E402

SPEC = gp_spec.load(SPEC_FOLDER)
COMMANDS = {command["code"]: command for command in SPEC.commands}
BASE_REGISTERS = SPEC.isa["baseRegisters"]
COMMAND_BYTES = SPEC.isa["commandBits"] // 8
# The head of a program's file form, which a compiled model holds for each of its parts: this text, the hash of the
# configuration, the number of commands, and how many bytes lie at each base register.
MAGIC = b"GP-NPU-1"
HEAD_BYTES = 128
# What the base registers point to lies one behind the other, and then the program (docs/reference/npu-sim.md).
SEGMENT_BYTES = 4096


class Fault(Exception):
    """The files are not for this machine."""


class Deadlock(Exception):
    """The program does not end."""


@dataclasses.dataclass
class Case:
    name: str
    address: int  # of the first command
    bases: list
    commands: list  # of dicts: a field's value by its name, an enum's value as its word, and "name"


def load_config(path=None):
    """Sizes by dotted name: those of a file, over those of hw/spec/npu.json."""
    config = gp_spec.load_config(SPEC, SPEC_FOLDER / "npu.json")
    if path is not None:
        groups = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
        config.update({f"{group}.{name}": size for group, sizes in groups.items() for name, size in sizes.items()})
    return config


def field_value(field, word):
    low, high = field["bits"]
    width = high - low + 1
    value = word >> low & (1 << width) - 1
    if field["signed"] and value >> width - 1:
        value -= 1 << width
    return field["enum"][value] if "enum" in field else value


def decode(word):
    """A command of 512 bits as a dict."""
    values = {field["name"]: field_value(field, word) for field in SPEC.header}
    if values["opcode"] not in COMMANDS:
        raise Fault(f"{values['opcode']} is no opcode")
    command = COMMANDS[values["opcode"]]
    values["name"] = command["name"]
    values.update({field["name"]: field_value(field, word) for field in command["fields"]})
    return values


def load_case(folder, config):
    folder = pathlib.Path(folder)
    description = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    registers = {register["number"]: int(register["value"], 16) for register in description["registers"]}
    expected = SPEC.config_hash(config)
    if registers.get(BASE_REGISTERS) != expected:
        raise Fault(f"{folder}: is for another configuration: {registers.get(BASE_REGISTERS):#x}, not {expected:#x}")
    if "address" not in description["commands"]:
        raise Fault(f"{folder}: the commands lie in no memory, so their fetch has no time")
    lines = (folder / "commands.hex").read_text(encoding="utf-8").split("\n")
    words = [line.split("//")[0].strip() for line in lines]
    commands = [decode(int(word, 16)) for word in words if word]
    if len(commands) != description["commands"]["count"]:
        raise Fault(f"{folder}: {len(commands)} commands, but {description['commands']['count']} are stated")
    bases = [registers[number] for number in range(BASE_REGISTERS)]
    return Case(description["name"], int(description["commands"]["address"], 16), bases, commands)


def load_model(path, config):
    """The programs of a compiled model, in the order of the file, with the addresses that npu-sim gives them."""
    data = pathlib.Path(path).read_bytes()
    head = MAGIC + struct.pack("<Q", SPEC.config_hash(config))
    at = data.find(head)
    if at < 0:
        raise Fault(f"{path}: holds no program for this configuration")
    programs = []
    while at >= 0:
        count, *extents = struct.unpack_from(f"<{1 + BASE_REGISTERS}Q", data, at + len(head))
        begin = at + HEAD_BYTES
        words = [data[i : i + COMMAND_BYTES] for i in range(begin, begin + count * COMMAND_BYTES, COMMAND_BYTES)]
        commands = [decode(int.from_bytes(word, "little")) for word in words]
        bases, place = [], 0
        for extent in extents:
            bases.append(place)
            place += -(-extent // SEGMENT_BYTES) * SEGMENT_BYTES
        programs.append(Case(f"{path} program {len(programs)}", place, bases, commands))
        at = data.find(head, begin + count * COMMAND_BYTES)
    return programs
