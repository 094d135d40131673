#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Proves properties of units of hw/rtl, by yosys-smtbmc with z3, or by the solver of yosys itself.

usage: prove.py --package npu_pkg.sv --work DIR [--part bounded|induction|cover] [PROOF...]
       prove.py --package npu_pkg.sv --work DIR --faults [PROOF...]

A proof is bounded model checking from the reset on and k-induction, so it holds for all time, and its cover points are
reached, so its assumptions can be met. --faults breaks the unit on purpose instead (faults.json), one text at a time,
and wants each proof to fail. Exit status 1 if something is not as it should be.
"""

import argparse
import dataclasses
import json
import pathlib
import re
import subprocess
import sys
import time

FOLDER = pathlib.Path(__file__).resolve().parent
RTL = FOLDER.parents[2] / "hw/rtl"


@dataclasses.dataclass
class Proof:
    """`top` of <unit>_proof.sv, with `parameters`; `wires` of it are registers of the unit."""

    unit: str
    sources: list
    parameters: dict
    wires: dict
    words: dict  # wires that are the elements of a memory, and how many
    steps: int  # bounded
    induction: int
    cover: int
    by_yosys: bool = False  # the induction, with a bounded check of its own

    @property
    def top(self):
        return self.unit + "_proof"


def fifo(depth):
    wires = {"put": "u_fifo.put_q", "get": "u_fifo.get_q"}
    return Proof("fifo", ["npu_fifo.sv"], {"Depth": depth}, wires, {"words": ("u_fifo.data_q", depth)}, 8, 2, 8)


def queue(depth, open_):
    wires = {
        "put": "u_waiting.put_q", "get": "u_waiting.get_q", "in": "u_waiting.count_q", "head": "u_waiting.valid_q",
        "is_full": "u_waiting.full_q", "open_put": "u_open.put_q", "open_get": "u_open.get_q",
        "open_in": "u_open.count_q", "open_head": "u_open.valid_q", "open_full": "u_open.full_q",
        "pending": "pending_q",
    }  # fmt: skip
    wires = {name: "u_queue." + register for name, register in wires.items()}
    words = {"words": ("u_queue.u_waiting.data_q", depth), "open_words": ("u_queue.u_open.data_q", open_)}
    parameters = {"Depth": depth, "Open": open_, "Semaphores": 2}
    return Proof("queue", ["npu_fifo.sv", "npu_queue.sv", "npu_tags.sv"], parameters, wires, words, 4, 2, 7, True)


def semaphores(queues, count):
    parameters = {"Queues": queues, "Semaphores": count}
    return Proof("semaphores", ["npu_semaphores.sv"], parameters, {}, {}, 4, 3, 5)


PROOFS = {
    "fifo2": fifo(2), "fifo3": fifo(3), "fifo4": fifo(4), "queue": queue(2, 2), "semaphores": semaphores(3, 2),
}  # fmt: skip
PARTS = ("bounded", "induction", "cover")


class Failure(Exception):
    pass


def script(proof, rtl, package, smt2):
    files = [package, *(rtl / name for name in proof.sources), FOLDER / f"{proof.top}.sv"]
    lines = ["read_verilog -sv -formal -defer " + " ".join(map(str, files))]
    lines += [f"chparam -set {name} {value} {proof.top}" for name, value in proof.parameters.items()]
    lines += [f"hierarchy -check -top {proof.top}", f"rename -top {proof.top}", "proc", "flatten", "opt_clean"]
    lines += ["memory_map", f"cd {proof.top}"]
    for wire, register in proof.wires.items():
        lines.append(f"connect -set {wire} \\{register}")
    for wire, (memory, count) in proof.words.items():
        names = [f"{wire}_{index}" for index in range(count)]
        lines += [f"rename \\{memory}[{index}] {name}" for index, name in enumerate(names)]
        lines.append(f"connect -set {wire} {','.join(reversed(names))}")
    lines += ["cd", "async2sync", "opt_expr", "opt_clean", "dffunmap", "opt_expr"]
    lines += [f"write_smt2 -wires {smt2}", "delete t:$cover", f"write_ilang {smt2.with_suffix('.il')}"]
    return "\n".join(lines) + "\n"


def solve(smt2, *arguments):
    """Whether the solver agrees, and what it says."""
    command = ["yosys-smtbmc", "-s", "z3", "--unroll", "--noprogress", *map(str, arguments), str(smt2)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    status = re.search(r"Status: (\w+)", done.stdout)
    if not status:
        raise Failure(f"{' '.join(command)}: {(done.stderr or done.stdout).strip()[-500:]}")
    said = re.search(r"(?:Assert failed in|Unreached cover statement at) .*?([\w.]+:\d+)", done.stdout)
    return status[1].upper() == "PASSED", said[1] if said else ""


def solve_by_yosys(smt2, top, steps):
    """As solve, for the induction."""
    command = f"sat -verify -prove-asserts -set-assumes -tempinduct -maxsteps {steps} {top}"
    files = ["read_ilang", str(smt2.with_suffix(".il"))]
    done = subprocess.run(
        ["yosys", "-p", " ".join(files) + "; " + command], capture_output=True, text=True, check=False
    )
    if "Induction step proven: SUCCESS!" in done.stdout:
        return True, ""
    if "FAIL!" in done.stdout or "FAIL!" in done.stderr or "did fail" in done.stderr:
        return False, "yosys finds no proof"
    raise Failure(f"yosys: {done.stderr.strip()[-500:]}")


def induction(smt2, proof):
    if proof.by_yosys:
        return solve_by_yosys(smt2, proof.top, proof.induction)
    return solve(smt2, "-i", "-t", proof.induction)


def build(name, proof, rtl, package, work):
    smt2 = work / f"{name}.smt2"
    text = script(proof, rtl, package, smt2)
    done = subprocess.run(["yosys", "-q", "-"], input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(f"{name}: yosys: {done.stderr.strip()[-1000:]}")
    return smt2


def prove(name, proof, package, work, parts):
    smt2 = build(name, proof, RTL, package, work)
    solvers = {
        "bounded": lambda: solve(smt2, "-t", proof.steps),
        "induction": lambda: induction(smt2, proof),
        "cover": lambda: solve(smt2, "-c", "-t", proof.cover),
    }
    for part in parts:
        begin = time.monotonic()
        passed, said = solvers[part]()
        print(f"{name}: {part}: {'holds' if passed else 'FAILS: ' + said} ({time.monotonic() - begin:.1f} s)")
        if not passed:
            raise Failure(f"{name}: {part} fails")


def find_faults(name, proof, package, work):
    """Each of the unit's faults makes the bounded check or the induction fail."""
    missed = []
    for number, fault in enumerate(json.loads((FOLDER / "faults.json").read_text(encoding="utf-8"))):
        if name not in fault["proofs"]:
            continue
        folder = work / f"{name}-fault-{number}"
        folder.mkdir(exist_ok=True)
        for source in proof.sources:
            text = (RTL / source).read_text(encoding="utf-8")
            if source == fault["file"]:
                if text.count(fault["old"]) != 1:
                    raise Failure(f"{source}: {fault['old']!r} does not stand there once")
                text = text.replace(fault["old"], fault["new"])
            (folder / source).write_text(text, encoding="utf-8")
        smt2 = build(name, proof, folder, package, folder)
        how, passed = "bounded", True
        if not proof.by_yosys:
            passed, said = solve(smt2, "-t", proof.steps)
        if passed:
            how = "induction"
            passed, said = induction(smt2, proof)
        print(f"{name}: {fault['about']}: {'NOT FOUND' if passed else how + ': ' + said}")
        missed += [fault["about"]] if passed else []
    if missed:
        raise Failure(f"{name}: not found: {', '.join(missed)}")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--package", type=pathlib.Path)
    parser.add_argument("--work", type=pathlib.Path)
    parser.add_argument("--faults", action="store_true")
    parser.add_argument("--part", action="append", choices=PARTS)
    parser.add_argument("proofs", nargs="*", metavar="PROOF")
    options = parser.parse_args()
    if not options.package or not options.work:
        parser.error("--package and --work are missing")
    options.work.mkdir(parents=True, exist_ok=True)
    try:
        for name in options.proofs or PROOFS:
            if name not in PROOFS:
                raise Failure(f"{name}: no such proof")
            arguments = name, PROOFS[name], options.package.resolve(), options.work.resolve()
            if options.faults:
                find_faults(*arguments)
            else:
                prove(*arguments, options.part or PARTS)
    except (Failure, OSError) as failure:
        print(f"prove: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
