# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`real_models make`: writes FOLDER/NAME/model.onnx with its inputs in test_data_set_0 and so on."""

import fnmatch
import hashlib
import pathlib
import sys
import traceback

import onnx

import catalogue
import samples

SUMS = pathlib.Path(__file__).parent / "sums.txt"


def digest(path):
    """The SHA-256 of a file, in hexadecimal."""
    total = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            total.update(block)
    return total.hexdigest()


def known_sums():
    """Name -> SHA-256, of the models that are the same everywhere."""
    lines = [line.split() for line in SUMS.read_text().splitlines() if line and not line.startswith("#")]
    return {name: value for value, name in lines}


def _write(entry, folder):
    path = catalogue.place(folder, entry)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Under another name until it is whole, so that an interrupted run leaves no half of a model.
    part = path.with_name("part.onnx")
    entry.write(part, folder)
    part.rename(path)
    model = onnx.load(path, load_external_data=False)
    for index, sizes in enumerate(entry.sets):
        arrays = samples.draw(model, sizes, seed=index)
        samples.write(path.parent / f"test_data_set_{index}", arrays.values(), "input")


def _first_line(error):
    """Exporters add whole graphs to what they say."""
    return (str(error).strip().splitlines() or [""])[0]


def make(folder, only, again):
    """Makes what is missing; returns how many models could not be made or are not what they should be."""
    sums, faults = known_sums(), 0
    for entry in catalogue.entries():
        path = catalogue.place(folder, entry)
        if not fnmatch.fnmatchcase(entry.name, only):
            continue
        try:
            if again or not path.exists():
                _write(entry, folder)
        except Exception as error:  # A tool that cannot change one model must not keep the others away.
            faults += 1
            print(
                f"{entry.name}: cannot be made: {type(error).__name__}: {_first_line(error)}",
                file=sys.stderr,
                flush=True,
            )
            (path.parent / "fault.txt").write_text(traceback.format_exc())
            continue
        value = digest(path)
        word = "" if entry.same_everywhere else "  (its ranges depend on the CPU)"
        if entry.same_everywhere and sums.get(entry.name, value) != value:
            faults += 1
            word = f"  differs from {SUMS.name}"
        print(f"{value}  {entry.name}{word}", flush=True)
    return faults
