#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks from the include lines that no part of the tree reaches where it must not.

usage: check_layering.py [ROOT]

The table below is the rule of the design: folders use only what stands below them.
What the table does not order may stand in any order, but not in a circle.
Exit status 1 and one line per offence otherwise.
"""

import os
import re
import subprocess
import sys

# The parts of core, lowest first. A part may include its own and lower ranks.
# What stands in one line is of one rank and must not include each other.
CORE = [
    ["support"],  # types and numbers of no particular stage
    ["semantics"],  # the rules of the primitives, which dialect and image keep; see NO_MLIR
    ["prim"],  # the primitive dialect, which everything is lowered to
    ["graph", "instr"],  # dialects that use prim's attributes
    ["image"],  # prim written as a flat program
    ["reference"],  # interprets images; the judge depends on as little as possible
    ["fold"],  # evaluates prim through the interpreter
    ["artifact"],  # files of compiled programs
    ["runtime"],  # plugins and execution; see NO_MLIR
    ["isolation"],  # plugins in worker processes; see NO_MLIR
    ["report"],  # shows what a run took; see NO_MLIR
    ["importer", "transforms"],  # both build graph and prim, neither the other
    ["quantize"],  # quantised models as integers
    ["lowering", "schedule"],
    ["partition"],  # asks the backends, so it stands above runtime
    ["driver"],  # puts it all together
    ["locate"],  # finds what a backend gets wrong; see NO_MLIR
    ["host"],  # what programs embed; see NO_LLVM
    ["conformance"],  # proves backends; above host, which compiles its models
]

# Folders within a part of core, with the folders of that part that each may include
# besides itself. A folder that is not named may include all of its part.
WITHIN = {
    "core/importer/file": [],  # knows neither formats nor MLIR
    "core/importer/build": ["core/importer/file"],  # knows no format
    "core/importer/onnx/proto": [],  # messages; the driver and conformance use them too
    "core/importer/onnx/model": ["core/importer/file", "core/importer/onnx/proto"],
    "core/importer/onnx": ["core/importer/file", "core/importer/build"],
    "core/conformance/record": [],  # workers and readers of reports need no more
    "core/conformance/report": ["core/conformance/record"],  # judges without what ran
    "core/conformance/abi": [],  # the runner of other levels stands above it
    "core/conformance/worker": ["core/conformance/abi"],
}

# Path prefix -> (prefixes that it may include besides itself, reason). The longest
# matching prefix counts. "sdk" stands for <glowplug/...>.
FOLDERS = {
    "backend-api/include": ([], "a vendor's compiler sees nothing but C headers"),
    "backend-api/glue": (["sdk"], "it is installed with the SDK headers alone"),
    "backend-api/template": (["sdk"], "it builds out of tree against the SDK"),
    "backend-api/process": ([], "core, plugins and workers link it alone"),
    "backend-api": (["sdk", "backend-api"], "the ABI knows none of its users"),
    "backends/cpu/runtime": (["sdk", "backend-api"], "running needs no compiler"),
    "backends/cpu/compiler": (
        ["sdk", "backend-api", "backends/cpu/runtime"],
        "a backend uses the SDK only, as a vendor's does",
    ),
    "backends/cpu": (
        ["sdk", "backend-api", "backends/cpu"],
        "a backend uses the SDK only, as a vendor's does",
    ),
    "backends/npu-sim/runtime": (
        ["hw/spec", "simulator/isa", "simulator/timing", "simulator/device", "simulator/process"],
        "running needs no compiler and knows no ABI",
    ),
    "backends/npu-sim/compiler": (
        [
            "sdk", "backend-api", "backends/npu-sim/runtime", "hw/spec",
            "simulator/isa", "simulator/timing", "simulator/device",
        ],
        "a compiler needs the device's rules, and to see that its programs keep them",
    ),  # fmt: skip
    "backends/npu-sim": (
        [
            "sdk", "backend-api", "hw/spec",
            "simulator/isa", "simulator/timing", "simulator/energy", "simulator/device",
        ],
        "a backend uses the SDK and what its device publishes",
    ),  # fmt: skip
    "hw": ([], "hardware is described without its users"),
    "simulator/isa": (["hw/spec"], "programs are the ground that the rest stands on"),
    "simulator/timing": (["hw/spec", "simulator/isa"], "a compiler links it as its cost model"),
    "simulator/energy": (["hw/spec", "simulator/isa", "simulator/timing"], "counts need times, and no data"),
    "simulator/device": (["sdk", "hw/spec", "simulator/isa"], "effects know no time"),
    "simulator/model": (
        ["sdk", "hw/spec", "simulator/isa", "simulator/timing", "simulator/device"],
        "it models hw and nothing else",
    ),
    "simulator/process": (
        ["backend-api/process", "sdk", "hw/spec", "simulator"],
        "it models hw, in a worker process",
    ),
    "simulator/platform": (
        ["sdk", "hw/spec", "hw/driver", "simulator"],
        "its CPU runs the driver",
    ),
    "simulator": (["sdk", "hw/spec", "simulator"], "it models hw and nothing else"),
    "tools": (["sdk", "backend-api", "core", "tools"], "tools never name a backend"),
    "tests": (["sdk", "backend-api", "backends", "core", "hw", "simulator", "tests"], ""),
}

# Third-party headers -> (prefixes that may include them, reason).
LIBRARIES = {
    "mlir/": (["core", "tools", "tests"], "MLIR stops at the ABI"),
    "llvm/": (
        ["core", "tools", "tests", "backends/cpu"],
        "the SDK, the simulator and the NPU do without LLVM",
    ),
    "onnx/": ([], "core/importer/onnx/proto has the messages that we read; libonnx is not for hostile files"),
    "google/protobuf/": (
        ["core/importer/onnx", "core/driver", "core/quantize/ptq", "core/conformance/graphs", "tests"],
        "the ONNX front and the quantiser read models, the driver reads tensor files, conformance makes some",
    ),
    "CLI/": (["tools", "simulator/platform", "simulator/player", "tests"], "only commands have a command line"),
    "gtest/": (["tests"], "only tests test"),
    "gmock/": (["tests"], "only tests test"),
    "benchmark/": (["tests"], "only tests measure"),
    "systemc": (
        ["simulator/model", "simulator/platform", "simulator/process", "tests"],
        "times and effects do without SystemC",
    ),
    "tlm": (
        ["simulator/model", "simulator/platform", "simulator/process", "tests"],
        "times and effects do without SystemC",
    ),
}  # fmt: skip

# Sources from which no MLIR header may be reached, over any number of includes:
# running a compiled model needs no compiler.
NO_MLIR = [
    "core/support", "core/semantics", "core/reference", "core/artifact", "core/runtime", "core/isolation",
    "core/report", "core/image", "core/host", "core/importer/file", "core/importer/onnx/model", "core/locate",
    "core/quantize/ptq", "core/conformance",
]  # fmt: skip
# Headers from which no LLVM header may be reached: whoever embeds Glowplug need not have LLVM.
NO_LLVM = re.compile(r"core/host/(?!Convert\.h)\w+\.h|core/host/include/.*")
# The one door between the prim dialect and the image.
MLIR_EXCEPTIONS = re.compile(r"core/image/(instr/)?(Writer|Reader)\w*\.(h|cpp)")

# Includes that may close a circle of folders: (file, header).
SOURCES = (".h", ".hpp", ".c", ".cc", ".cpp", ".inc", ".td", ".sv", ".svh")
C_INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.M)
TD_INCLUDE = re.compile(r'^\s*include\s+"([^"]+)"', re.M)
OURS = ("backend-api/", "backends/", "core/", "hw/", "simulator/", "tests/", "tools/")


def below(path, prefixes):
    return any(path == p or path.startswith(p.rstrip("/") + "/") for p in prefixes)


def core_part(path):
    return path.split("/")[1]


def core_rank(part):
    return next((rank for rank, parts in enumerate(CORE) if part in parts), None)


def check_within(source, target):
    """A fault of one include inside a part of core, or None."""
    place = max((p for p in WITHIN if below(source, [p])), key=len, default=None)
    if place is None or below(target, [place] + WITHIN[place]):
        return None
    return f"{place} must not use {os.path.dirname(target)}, which does not stand below it"


def check_core(source, target):
    """A fault of one include inside core, or None."""
    part, other = core_part(source), core_part(target)
    if part == other:
        return check_within(source, target)
    ranks = core_rank(part), core_rank(other)
    if None in ranks:
        unknown = part if ranks[0] is None else other
        return f"core/{unknown} has no place in tools/dev/check_layering.py"
    if ranks[1] >= ranks[0]:
        return f"core/{part} must not use core/{other}, which does not stand below it"
    return None


def check_include(source, target):
    """A fault of `source` including `target` (both as written), or None."""
    for library, (users, reason) in LIBRARIES.items():
        if target.startswith(library):
            if not below(source, users):
                return f"{library.rstrip('/')} is not for {folder(source)}: {reason}"
            return None
    sdk = target.startswith("glowplug/")
    if not sdk and not target.startswith(OURS):
        return None
    if source.startswith("core/"):
        if sdk or target.startswith("backend-api/"):
            return None
        if target.startswith("core/"):
            return check_core(source, target)
        return f"core must not use {folder(target)}: core names no backend and no tool"
    prefix = max((p for p in FOLDERS if below(source, [p])), key=len, default=None)
    if prefix is None:
        return None
    allowed, reason = FOLDERS[prefix]
    if sdk:
        inside = prefix == "backend-api/include"
        return None if inside or "sdk" in allowed else f"{prefix} must stand alone: {reason}"
    if below(target, [prefix]) or below(target, allowed):
        return None
    return f"{prefix} must not use {folder(target)}: {reason}"


def folder(path):
    return "/".join(path.split("/")[:2])


def includes(root, path):
    """[(line number, header)] of a source."""
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        text = file.read()
    pattern = TD_INCLUDE if path.endswith(".td") else C_INCLUDE
    return [
        (text.count("\n", 0, m.start(1)) + 1, m.group(1)) for m in pattern.finditer(text)
    ]


def reaches(path, libraries, graph, seen):
    """The chain of includes from `path` to a header of `libraries`, or None."""
    for _, target in graph.get(path, []):
        if target.startswith(libraries):
            return [path, target]
        if target in seen:
            continue
        seen.add(target)
        chain = reaches(target, libraries, graph, seen)
        if chain:
            return [path] + chain
    return None


def folder_uses(graph):
    """{folder: {other folder: the first include that makes it use that one}}, without tests."""
    uses = {}
    for path, targets in graph.items():
        for line, target in targets:
            pair = os.path.dirname(path), os.path.dirname(target)
            if path.startswith("tests/") or not target.startswith(OURS):
                continue
            if pair[0] != pair[1]:
                uses.setdefault(pair[0], {}).setdefault(pair[1], (path, line, target))
    return uses


def circle_through(start, uses):
    """The includes of a shortest way from a folder to itself, or None."""
    ways = {start: []}
    queue = [start]
    for here in queue:
        for other, include in uses.get(here, {}).items():
            if other == start:
                return ways[here] + [include]
            if other not in ways:
                ways[other] = ways[here] + [include]
                queue.append(other)
    return None


def check_circles(graph):
    """One fault per circle of folders; a folder is named in one of its circles only."""
    uses = folder_uses(graph)
    faults = []
    reported = set()
    for start in sorted(uses):
        circle = None if start in reported else circle_through(start, uses)
        if not circle:
            continue
        reported.update(os.path.dirname(path) for path, _, _ in circle)
        path, line, _ = circle[0]
        steps = ", ".join(f"{p}:{at} uses {target}" for p, at, target in circle)
        faults.append(f"{path}:{line}: folders must not use each other in a circle: {steps}")
    return faults


def check(root, paths):
    """All faults as texts, sorted."""
    graph = {path: includes(root, path) for path in sorted(paths)}
    faults = []
    for path, targets in graph.items():
        for line, target in targets:
            fault = check_include(path, target)
            if fault:
                faults.append(f"{path}:{line}: {fault}")
        if below(path, NO_MLIR) and not MLIR_EXCEPTIONS.fullmatch(path):
            chain = reaches(path, "mlir/", graph, set())
            if chain:
                faults.append(f"{path}:1: must do without MLIR: {' -> '.join(chain)}")
        if NO_LLVM.fullmatch(path):
            chain = reaches(path, ("llvm/", "mlir/"), graph, set())
            if chain:
                faults.append(f"{path}:1: must do without LLVM: {' -> '.join(chain)}")
    return faults + check_circles(graph)


def sources(root):
    """All sources that git knows or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=root, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return [
        path
        for path in listed.stdout.splitlines()
        if path.endswith(SOURCES) and os.path.isfile(os.path.join(root, path))
    ]


def main(arguments):
    root = arguments[0] if arguments else os.path.join(os.path.dirname(__file__), "../..")
    paths = sources(root)
    faults = check(root, paths)
    print("\n".join(faults) or f"layering: {len(paths)} files are in order")
    return 1 if faults or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
