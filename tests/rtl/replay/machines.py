# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Machines that differ in all sizes that the timing depends on. What one leaves out is as in hw/spec/npu.json."""

MACHINES = {
    "default": {},
    "array of 4, narrow bus": {"array": {"rows": 4}, "dram": {"banked": 1, "bytesPerCycle": 1, "rowBytes": 256}},
    "array of 8": {"array": {"rows": 8}, "queue": {"open": 2}, "dram": {"banked": 1, "bytesPerCycle": 4}},
    "array of 8, small rows": {
        "array": {"rows": 8},
        "dram": {"banked": 1, "rowBytes": 512, "banks": 2, "missCycles": 60},
    },
    "array of 32, memory at once": {
        "array": {"rows": 32},
        "dma": {"outstanding": 2, "storeBursts": 1},
        "dram": {"bytesPerCycle": 64, "latencyCycles": 1, "turnaroundCycles": 7},
    },
    "array of 32, slow memory": {
        "array": {"rows": 32},
        "queue": {"depth": 256, "open": 256},
        "fetch": {"depth": 64},
        "dma": {"outstanding": 256, "storeBursts": 256},
        "dram": {"banked": 1, "bytesPerCycle": 32, "latencyCycles": 1000, "missCycles": 200},
    },
    "no depth": {"queue": {"depth": 1, "open": 1}, "fetch": {"depth": 1}, "dma": {"outstanding": 1, "storeBursts": 1}},
    "little depth": {
        "queue": {"depth": 2, "open": 3},
        "fetch": {"depth": 3},
        "dma": {"outstanding": 3, "storeBursts": 2},
        "dram": {"bytesPerCycle": 64, "latencyCycles": 10},
    },
    "one bank": {
        "scratchpad": {"banks": 3},
        "dram": {"banked": 1, "banks": 1, "rowBytes": 256, "bytesPerCycle": 64, "latencyCycles": 2},
    },
    "array of 4, short way to memory": {
        "array": {"rows": 4},
        "queue": {"depth": 3},
        "fetch": {"depth": 64},
        "dram": {"banked": 1, "missCycles": 5, "latencyCycles": 1},
    },
    "other pipes": {
        "array": {"rows": 8, "pipeCycles": 9, "meshCycles": 1},
        "vector": {"pipeCycles": 20},
        "depthwise": {"fillCycles": 0},
        "dma": {"copyCycles": 1},
    },
    "array of 8, memory that turns and refreshes": {
        "array": {"rows": 8},
        "dram": {"banked": 1, "turnaroundCycles": 4, "refreshInterval": 390, "refreshCycles": 35, "rowBytes": 1024},
    },
    "ideal memory that refreshes all the time": {
        "dram": {"turnaroundCycles": 30, "refreshInterval": 64, "refreshCycles": 61, "latencyCycles": 5},
    },
}
