# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The bus that all requesters share, and the memory behind it."""


class Memory:
    """Says when a burst is answered."""

    def __init__(self, config):
        self.banked = config["dram.banked"]
        self.latency = config["dram.latencyCycles"]
        self.row_bytes = config["dram.rowBytes"]
        self.miss = config["dram.missCycles"]
        self.open_rows = [None] * config["dram.banks"]
        self.bank_free = [0] * config["dram.banks"]
        self.done = 0

    def answer(self, time, address, beats):
        begin = time
        if self.banked:
            row = address // self.row_bytes
            bank = row % len(self.open_rows)
            begin = max(time, self.bank_free[bank]) + (0 if self.open_rows[bank] == row else self.miss)
            self.bank_free[bank] = begin + beats
            self.open_rows[bank] = row
        self.done = max(begin + self.latency, self.done) + beats
        return self.done


class Bus:
    """Grants bursts in turn. A requester has `ready`, a time or None, and `burst`: its address, its size, and more."""

    def __init__(self, config, requesters):
        self.width = config["dram.bytesPerCycle"]
        self.memory = Memory(config)
        self.requesters = requesters
        self.last = len(requesters) - 1
        self.free = 0

    def grant(self):
        """(requester, time, done) of the next grant, or None if none is asked for.

        A requester that asks for nothing now can do so only after this grant, in a later cycle: it does not compete."""
        times = [requester.ready for requester in self.requesters if requester.ready is not None]
        if not times:
            return None
        time = max(self.free, min(times))
        count = len(self.requesters)
        for distance in range(1, count + 1):
            number = (self.last + distance) % count
            chosen = self.requesters[number]
            if chosen.ready is not None and chosen.ready <= time:
                break
        self.last = number
        address, size = chosen.burst[:2]
        beats = (address + size - 1) // self.width - address // self.width + 1
        self.free = time + beats
        return chosen, time, self.memory.answer(time, address, beats)
