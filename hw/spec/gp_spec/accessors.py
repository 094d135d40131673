# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""C functions that read and write the registers, their fields, and texts of their values."""

from .registers import comment

HEADER = """\
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Functions for the registers of the NPU, in C11 without a library. Generated
 * by hw/spec/generate from registers.json; npu_registers.h has the constants,
 * docs/reference/npu-registers.md is the reference. Registers of 64 bits are
 * read and written as two words, the low one first.
 */
#ifndef NPU_ACCESSORS_H
#define NPU_ACCESSORS_H

#include "npu_registers.h"

/*
 * How the registers are reached. Offsets are multiples of 4 from the first
 * register. Each access is one of 32 bits, and they happen in program order.
 */
struct npu_bus {
  void *context; /* first argument of both functions; owned by the caller */
  uint32_t (*read)(void *context, uint32_t offset);
  void (*write)(void *context, uint32_t offset, uint32_t value);
};

static inline uint64_t npu_read_pair(const struct npu_bus *bus, uint32_t offset) {
  const uint64_t low = bus->read(bus->context, offset);
  return (uint64_t)bus->read(bus->context, offset + 4u) << 32 | low;
}

static inline void npu_write_pair(const struct npu_bus *bus, uint32_t offset, uint64_t value) {
  bus->write(bus->context, offset, (uint32_t)value);
  bus->write(bus->context, offset + 4u, (uint32_t)(value >> 32));
}

"""


def reader(register, index, offset):
    name, wide = register["name"], register["width"] == 64
    body = f"npu_read_pair(bus, {offset})" if wide else f"bus->read(bus->context, {offset})"
    return (
        f"static inline uint{register['width']}_t npu_read_{name}(const struct npu_bus *bus{index}) {{\n"
        f"  return {body};\n}}\n"
    )


def writer(register, index, offset):
    name, wide = register["name"], register["width"] == 64
    body = f"npu_write_pair(bus, {offset}, value)" if wide else f"bus->write(bus->context, {offset}, value)"
    return (
        f"static inline void npu_write_{name}(const struct npu_bus *bus{index}, uint{register['width']}_t value) {{\n"
        f"  {body};\n}}\n"
    )


def field_reader(register, field):
    name = f"{register['name']}_{field['name']}"
    macro = f"NPU_{name.upper()}"
    return (
        f"static inline uint32_t npu_{name}(uint32_t {register['name']}) {{\n"
        f"  return ({register['name']} & {macro}_MASK) >> {macro}_SHIFT;\n}}\n"
    )


def text_of(enum):
    name = enum["name"]
    text = comment(f"{enum['meaning']}, in words. Never NULL")
    text += f"static inline const char *npu_{name}_text(uint32_t {name}) {{\n  switch ({name}) {{\n"
    for value in enum["values"]:
        meaning = value["meaning"].replace("`", "'")
        text += f'  case NPU_{name.upper()}_{value["name"].upper()}:\n    return "{value["name"]}: {meaning}";\n'
    return text + f'  default:\n    return "a {name} that this header does not know";\n  }}\n}}\n\n'


def accessors_header(registers):
    """The header npu_accessors.h."""
    text = HEADER
    for register in registers.registers:
        several = register["count"] > 1
        index = ", uint32_t i" if several else ""
        offset = f"NPU_{register['name'].upper()}" + ("(i)" if several else "")
        text += comment(register["meaning"])
        if register["access"] != "command":
            text += reader(register, index, offset)
        if register["access"] != "read":
            text += writer(register, index, offset)
        for field in register["fields"]:
            if register["access"] != "command":
                text += field_reader(register, field)
        text += "\n"
    for enum in registers.enums.values():
        text += text_of(enum)
    return text + "#endif\n"
