#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that the test models say something.

usage: check_vacuity.py

A model whose outputs are constant, saturated or the same for every input would let
a wrong backend pass. Judged are the golden outputs of all data sets.
"""

import sys

import numpy as np

sys.dont_write_bytecode = True

from gp_data import model_goldens  # noqa: E402


def faults(sets):
    """What is wrong with the outputs of one model.

    `sets` is a list of flat float arrays, one per data set, of one length but
    for the first, which may be longer.
    """
    found = []
    first = sets[0]
    if not all(np.isfinite(values).all() for values in sets):
        return ["holds inf or NaN"]
    distinct = len(np.unique(first)) / first.size
    if distinct < 0.9:
        found.append(f"only {distinct:.1%} of the elements are distinct")
    if np.abs(first).max() > 1e4:
        found.append(f"reaches {np.abs(first).max():.3g}")
    if first.min() >= 0 and abs(first.sum() - 1) < 1e-3 and first.max() > 0.999:
        found.append("its softmax is saturated")
    same = np.stack([values for values in sets if values.size == sets[-1].size])
    if len(same) < 2:
        return found + ["there is nothing to compare"]
    spread = (same - same.mean(axis=0)).std() / max(same.std(), 1e-30)
    if not spread >= 0.1:
        found.append(f"inputs account for only {spread:.1%} of the spread")
    winners = len(set(same.argmax(axis=1)))
    if winners < 2:
        found.append("every input has the same argmax")
    return found


def main():
    index = model_goldens.load_index()
    failed = False
    for name, record in index["models"].items():
        sets = model_goldens.load(name, record)
        found = faults([outputs[0].values for outputs in sets])
        print(f"{name}: {'; '.join(found) or 'ok'}")
        failed |= bool(found)
    return 1 if failed or not index["models"] else 0


if __name__ == "__main__":
    sys.exit(main())
