# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a program as a case that the players take (docs/guide/rtl.md)."""

import json
import zlib

from case import BASE_REGISTERS, COMMAND_BYTES, COMMANDS, SPEC
from programs import PATTERN, REGION, SIGNATURE_BASE, SIGNATURE_BYTES

POISON = 0xA5
# Multiples of a burst, as a machine asks for, which need not be those of anything larger.
OFF_BASES = (0, 64, 192, 64 * 9, 64 * 21)


def encode(command):
    """A dict of fields as a command of 512 bits; fields that are left out have their least absolute value."""
    word = 0
    for field in SPEC.header + COMMANDS[command["opcode"]]["fields"]:
        value = command.get(field["name"], max(field["min"], 0))
        if "enum" in field and not isinstance(value, int):
            value = field["enum"].index(value)
        if not field["min"] <= value <= field["max"]:
            raise ValueError(f"{command['name']}: {field['name']} is {value}")
        low, high = field["bits"]
        word |= (value & (1 << high - low + 1) - 1) << low
    return word


def write_case(folder, name, commands, config):
    bases = [number * (REGION + 4096) + off for number, off in enumerate(OFF_BASES)]
    bases += [0] * (BASE_REGISTERS - len(bases))
    address = (bases[SIGNATURE_BASE] + SIGNATURE_BYTES + 4095) // 4096 * 4096
    memory = address + len(commands) * COMMAND_BYTES
    crc = zlib.crc32(bytes([PATTERN] * SIGNATURE_BYTES))
    registers = [*enumerate(bases), (BASE_REGISTERS, SPEC.config_hash(config))]
    words = [1, memory, COMMAND_BYTES, len(commands), len(registers), 1, address, 0]
    words += [word for register in registers for word in register]
    words += [bases[SIGNATURE_BASE], SIGNATURE_BYTES, crc, POISON]
    description = {
        "name": name,
        "registers": [{"number": number, "value": f"{value:#x}"} for number, value in registers],
        "commands": {"count": len(commands), "address": f"{address:#x}"},
    }
    poison = " ".join([f"{POISON:02x}"] * SIGNATURE_BYTES)
    files = {
        "case.json": json.dumps(description),
        "player.hex": "\n".join(f"{word:016x}" for word in words),
        "preload.hex": f"@{bases[SIGNATURE_BASE]:x}\n{poison}",
        "commands.hex": "\n".join(f"{encode(command):0{2 * COMMAND_BYTES}x}" for command in commands),
    }
    folder.mkdir(parents=True)
    for file, text in files.items():
        (folder / file).write_text(text + "\n", encoding="utf-8")
