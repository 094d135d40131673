# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The bus that all requesters share, and the memory behind it."""


class Memory:
    """Says when a burst is answered."""

    def __init__(self, config):
        self.banked = config["dram.banked"]
        self.latency = config["dram.latencyCycles"]
        self.row_bytes = config["dram.rowBytes"]
        self.miss = config["dram.missCycles"]
        self.turnaround = config["dram.turnaroundCycles"]
        self.interval = config["dram.refreshInterval"]
        self.refresh = config["dram.refreshCycles"]
        banks = config["dram.banks"] if self.banked else 1
        self.open_rows = [None] * banks
        self.first = [0] * banks  # of the last burst of each bank
        self.bank_free = [0] * banks
        self.wrote = None  # whether the last burst did
        self.done = 0

    def refreshes(self, time):
        """How many refreshes have begun."""
        return time // self.interval if self.interval else 0

    def after_refresh(self, time):
        count = self.refreshes(time)
        return max(time, count * self.interval + self.refresh) if count else time

    def answer(self, time, address, beats, writes):
        row = address // self.row_bytes
        bank = row % len(self.open_rows)
        first = max(time, self.bank_free[bank])
        is_open = self.open_rows[bank] == row and self.refreshes(self.first[bank]) == self.refreshes(first)
        begin = self.after_refresh(first) + (0 if is_open or not self.banked else self.miss)
        turn = 0 if self.wrote in (None, writes) else self.turnaround
        self.done = max(begin + self.latency, self.done + turn) + beats
        self.bank_free[bank], self.open_rows[bank], self.first[bank] = begin + beats, row, first
        self.wrote = writes
        return self.done


class Bus:
    """Grants bursts in turn. A requester has `ready`, a time or None, `burst`: its address, its size, and more; and
    `stores`."""

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
        return chosen, time, self.memory.answer(time, address, beats, chosen.stores)
