# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The engines of `load_a`, `load_w` and `store`."""

import collections

import runs
from compute import sync


class Dma:
    """Asks the bus for the bursts of one command at a time, whose end is known with the grant of its last burst."""

    def __init__(self, config, bases):
        self.line = runs.line_bytes(config["array.rows"])
        self.bases = bases
        self.pipe = config["dma.copyCycles"]
        self.stores = False
        self.port = 0
        self.granted_last = -1
        # Times of the newest bursts, oldest first: a burst waits for the one that lies a whole limit back.
        self.limits = collections.deque([0] * config["dma.outstanding"], config["dma.outstanding"])
        self.grants = collections.deque([0] * config["dma.storeBursts"], config["dma.storeBursts"])
        self.bursts = iter(())
        self.burst = None
        self.ready = None  # from when the bus may grant the burst

    def begin(self, start, command):
        """(front_free, end) of a command that starts at `start`, or None where the bus decides."""
        name = command["name"]
        if name == "sync":
            return sync(start)
        if name in ("load", "store"):
            self.start, self.stores = start, name == "store"
            self.bursts = runs.bursts(command, self.bases, self.line)
            self.next_burst()
            return None
        cycles = (runs.copy_cycles if name == "copy" else runs.fill_cycles)(command, self.line)
        self.port = max(start, self.port) + cycles
        return self.port, self.port + self.pipe

    def next_burst(self):
        self.burst = next(self.bursts, None)
        if self.burst is None:
            self.ready = None
            return
        self.ready = max(self.start, self.granted_last, self.limits[0]) + 1
        if self.stores:
            self.port = max(self.port, self.start, self.grants[0]) + self.burst[2]
            self.ready = max(self.ready, self.port + 1)

    def granted(self, time, done):
        """Takes the bus's answer; (front_free, end) with the last burst of the command, else None."""
        if self.stores:
            end = done
            self.grants.append(time)
        else:
            end = self.port = max(self.port, done) + self.burst[2]
        self.limits.append(end)
        self.granted_last = time
        self.next_burst()
        return None if self.burst else (time + 2, end + 1)
