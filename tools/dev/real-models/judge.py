# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""When two runs of a model agree. Needs numpy only."""

import dataclasses

import numpy as np

# Largest difference of floats, as a share of the largest element of an output. Halves round to 5e-4 at each step, and a
# quantised net turns a difference of one float's last bit into a step of its scale.
LIMITS = {"float": 1e-3, "half": 1e-2, "quantised": 1e-2}
# Where ONNX Runtime with optimisations and without them differ by more than the limit, neither judges; a result is
# wrong all the same if it is this many times as far from both.
OWN_SHARE = 4
# A narrow model that is farther than this from the one in float is broken, and judges nothing.
BROKEN = 0.1
FORMS = {"fp16": "half", "fp16_io": "half", "qdq": "quantised", "qoperator": "quantised", "dynamic": "quantised"}


@dataclasses.dataclass
class Difference:
    """`error`: of floats, the largest one relative to the largest element. `fault`: what no limit allows, or empty."""

    error: float = 0.0
    fault: str = ""


def family(name):
    """Which of LIMITS a model of this name has."""
    return FORMS.get(name.rsplit(".", 1)[-1], "float")


def _floats(actual, expected):
    """Values that are not finite have to stand in the same places."""
    actual, expected = (array.astype(np.float64) for array in (actual, expected))
    strange = ~np.isfinite(expected) | ~np.isfinite(actual)
    differ = strange & (actual != expected) & ~(np.isnan(actual) & np.isnan(expected))
    if differ.any():
        at = tuple(map(int, np.argwhere(differ)[0]))
        return Difference(np.inf, f"{actual[at]} instead of {expected[at]} at {list(at)}")
    if strange.all():
        return Difference()
    actual, expected = actual[~strange], expected[~strange]
    largest, worst = np.abs(expected).max(), np.abs(actual - expected).max()
    if worst == 0:
        return Difference()
    return Difference(float(worst / largest) if largest else np.inf)


def _one(actual, expected):
    if (actual.dtype, actual.shape) != (expected.dtype, expected.shape):
        return Difference(
            np.inf, f"{actual.dtype}{list(actual.shape)} instead of {expected.dtype}{list(expected.shape)}"
        )
    if expected.size == 0:
        return Difference()
    # The types of ml_dtypes, such as bfloat16, are of kind V.
    if expected.dtype.kind in "fV":
        return _floats(actual, expected)
    count = int((actual != expected).sum())
    return Difference(0.0, f"{count} of {expected.size} integers differ" if count else "")


def difference(actual, expected):
    """The worst over all outputs; the fault names the output."""
    if len(actual) != len(expected):
        return Difference(np.inf, f"{len(actual)} outputs instead of {len(expected)}")
    found = [_one(a, e) for a, e in zip(actual, expected)]
    faults = [f"output {index}: {one.fault}" for index, one in enumerate(found) if one.fault]
    return Difference(max((one.error for one in found), default=0.0), faults[0] if faults else "")


def limit(name):
    """The largest error that a model may have."""
    return LIMITS[family(name)]


def nearest(actual, judges):
    """The Difference to that one of several lists of outputs which is nearest."""
    return min((difference(actual, one) for one in judges), key=lambda found: (bool(found.fault), found.error))


def spread(actual, expected):
    """Root of the mean square difference, as a share of the largest element; the worst over all outputs of floats."""
    shares = [0.0]
    for a, e in zip(actual, expected, strict=True):
        if e.size and e.dtype.kind == "f":
            a, e = a.astype(np.float64), e.astype(np.float64)
            largest = np.abs(e).max()
            distance = np.sqrt(np.mean((a - e) ** 2))
            shares.append(float(distance / largest) if largest else (np.inf if distance else 0.0))
    return max(shares)


def beside_float(ours, theirs):
    """The verdict on a narrow model by its distances from the model in float, both as of `spread`.

    Each rounding of a half, and each step of a scale at a tie, falls otherwise in a correct run that sums in another
    order. Such a run is another one, but it is as near to the model in float as ONNX Runtime's.
    """
    if not theirs <= BROKEN:
        return "unstable"
    return "near" if ours <= OWN_SHARE * theirs else "wrong"


def verdict(name, found, own):
    """'right', 'wrong', or 'unstable' where the judges disagree; `own` is the Difference between them."""
    if found.error <= limit(name) and not found.fault:
        return "right"
    if own.fault:
        return "unstable"
    return (
        "unstable" if own.error > limit(name) and found.error <= OWN_SHARE * own.error and not found.fault else "wrong"
    )
