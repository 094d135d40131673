# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fetch, dispatch, issue and retirement of a whole program.

All that follows from known times is worked out at once, in any order; only the grants of the bus are made in the order
of time. That is lawful because every cause acts in a later cycle than itself."""

import collections
import dataclasses

from case import COMMAND_BYTES, SPEC, Deadlock
from compute import Array, Vector
from dma import Dma
from memory import Bus

TAGS = range(3)  # a command has so many waits and so many signals


@dataclasses.dataclass
class Command:
    fields: dict
    request: int = None
    arrived: int = None
    dispatched: int = None
    issue: int = None
    start: int = None
    front_free: int = None
    end: int = None


def earlier(time):
    """The cycle before a time that may not be known yet."""
    return None if time is None else time - 1


def later(time):
    return None if time is None else time + 1


class Fetch:
    """The last requester of the bus: each command is one burst."""

    stores = False

    def __init__(self, commands, address, depth):
        self.commands, self.address, self.depth = commands, address, depth
        self.next = 0

    @property
    def burst(self):
        return self.address + self.next * COMMAND_BYTES, COMMAND_BYTES

    @property
    def ready(self):
        if self.next == len(self.commands):
            return None
        time = self.commands[self.next - 1].request + 1 if self.next else 0
        if self.next >= self.depth:
            dispatched = self.commands[self.next - self.depth].dispatched
            if dispatched is None:
                return None
            time = max(time, dispatched + 1)
        return time

    def granted(self, time, done):
        command = self.commands[self.next]
        command.request, command.arrived = time, done
        self.next += 1


class Queue:
    """The commands of one engine, in program order."""

    def __init__(self, engine):
        self.engine = engine
        self.commands = []  # those dispatched
        self.issued = 0
        self.retired = 0

    def before(self, number):
        return self.commands[number - 1] if number else None


class Machine:
    def __init__(self, config, case):
        self.commands = [Command(fields) for fields in case.commands]
        engines = {
            "load_a": Dma(config, case.bases),
            "load_w": Dma(config, case.bases),
            "matrix": Array(config),
            "vector": Vector(config),
            "store": Dma(config, case.bases),
        }
        self.depth = config["queue.depth"]
        self.open = config["queue.open"]
        self.queues = [Queue(engines[name]) for name in SPEC.queues]
        self.tokens = collections.defaultdict(collections.deque)  # from when each token counts, by semaphore
        self.fetch = Fetch(self.commands, case.address, config["fetch.depth"])
        self.dispatched = 0
        self.bus = Bus(config, [engines["load_a"], engines["load_w"], engines["store"], self.fetch])

    def run(self):
        """Works out all times; returns the cycles of the program."""
        owners = {id(queue.engine): queue for queue in self.queues}
        while grant := self.bus.grant():
            requester, time, done = grant
            answer = requester.granted(time, done)
            if requester is self.fetch:
                self.advance()
            elif answer:
                queue = owners[id(requester)]
                self.finish(queue, queue.commands[queue.issued - 1], *answer)
                self.advance()
        stuck = next((n for n, command in enumerate(self.commands) if command.end is None), None)
        if stuck is not None:
            raise Deadlock(f"command {stuck} never ends")
        return max(command.end for command in self.commands)

    def advance(self):
        while self.dispatch() or any([self.issue(queue) for queue in self.queues]):
            pass

    def dispatch(self):
        """Whether the next command could be dispatched."""
        if self.dispatched == len(self.commands):
            return False
        command = self.commands[self.dispatched]
        queue = self.queues[command.fields["queue"]]
        causes = [command.arrived]
        if self.dispatched:
            causes.append(self.commands[self.dispatched - 1].dispatched)
        if len(queue.commands) >= self.depth:
            causes.append(queue.commands[-self.depth].issue)
        if None in causes:
            return False
        command.dispatched = max(causes) + 1
        queue.commands.append(command)
        self.dispatched += 1
        return True

    def issue(self, queue):
        """Whether the head of the queue could issue."""
        if queue.issued == len(queue.commands):
            return False
        command = queue.commands[queue.issued]
        before = queue.before(queue.issued)
        causes = [command.dispatched + 1]
        if before:
            causes.append(earlier(before.front_free))
            if command.fields["drain"]:
                causes.append(later(before.end))
        if queue.issued >= self.open:
            causes.append(later(queue.commands[queue.issued - self.open].end))
        waits = self.waits(command.fields)
        for semaphore, count in waits.items():
            tokens = self.tokens[semaphore]
            causes.append(tokens[count - 1] if len(tokens) >= count else None)
        if None in causes:
            return False
        for semaphore, count in waits.items():
            for _ in range(count):
                self.tokens[semaphore].popleft()
        command.issue = max(causes)
        command.start = command.issue + 1
        queue.issued += 1
        answer = queue.engine.begin(command.start, command.fields)
        if answer:
            self.finish(queue, command, *answer)
        return True

    @staticmethod
    def waits(fields):
        counts = collections.Counter()
        for tag in TAGS:
            if fields[f"wait{tag}_count"]:
                counts[fields[f"wait{tag}_sem"]] += fields[f"wait{tag}_count"]
        return counts

    def finish(self, queue, command, front_free, end):
        """Commands of a queue finish in its order, since each issues when the front of the one before is free."""
        before = queue.before(queue.issued - 1)
        command.front_free = front_free
        command.end = max(end, before.end + 1) if before else end
        for tag in TAGS:
            count = command.fields[f"signal{tag}_count"]
            self.tokens[command.fields[f"signal{tag}_sem"]].extend([command.end + 1] * count)
