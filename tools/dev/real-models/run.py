# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`real_models run`: each model on Glowplug and on ONNX Runtime."""

import fnmatch
import pathlib
import shutil
import tempfile

import onnx

import judge
import ort
import samples
import table
from command import Glowplug

SECONDS_OF_TIMING = 1.5


def _timed(glowplug, path, data, cache, once):
    """Milliseconds of a run on one thread; `once` is how long the first took."""
    runs = max(3, min(200, int(1000 * SECONDS_OF_TIMING / max(once, 0.01))))
    verdict, answer = glowplug.call("bench", path, "--inputs", data, "--cache", cache, "--threads", 1, "--runs", runs)
    return None if verdict else answer["median_ms"]


def _expected(path, model, data):
    """(arrays, answer, Difference to an unoptimised run, milliseconds) of ONNX Runtime."""
    arrays = ort.inputs(model, data)
    session = ort.Judge(path)
    right = session.run(arrays)
    try:
        own = judge.difference(ort.Judge(path, optimised=False).run(arrays), right)
    except Exception:  # Some operators exist only in the form that an optimisation gives them.
        own = judge.Difference()
    return right, own, session.milliseconds(arrays, SECONDS_OF_TIMING)


def run_one(glowplug, name, path, data):
    """The Result of one model with one set of inputs."""
    model = onnx.load(path, load_external_data=False)
    result = table.Result(name, _sizes(data), "no judge")
    expected = own = None
    try:
        expected, own, result.theirs = _expected(path, model, data)
        samples.write(data, expected, "output")
    except Exception as error:  # ONNX Runtime raises types of its own for each status.
        result.reason = f"ONNX Runtime: {error}"
    with tempfile.TemporaryDirectory() as folder:
        out, cache = pathlib.Path(folder) / "outputs", pathlib.Path(folder) / "cache"
        verdict, answer = glowplug.call("run", path, "--inputs", data, "--outputs", out, "--cache", cache)
        if verdict:
            result.verdict, result.reason = verdict, answer
            return result
        result.compiled = answer["compile_ms"]
        if expected is None:
            return result
        found = judge.difference(samples.read(out, "output"), expected)
        result.error, result.limit = found.error, judge.limit(name, own)
        result.verdict, result.reason = judge.verdict(name, found, own), found.fault
        result.ours = _timed(glowplug, path, data, cache, answer["run_ms"])
    return result


def _sizes(data):
    """The shapes of a folder's inputs, the first three of them."""
    shapes = ["x".join(map(str, array.shape)) or "scalar" for array in samples.read(data, "input")]
    return ", ".join(shapes[:3]) + (", ..." if len(shapes) > 3 else "")


def run(folder, tool, only, backends, seconds, page):
    """All models of `folder` that match `only`. Returns the results."""
    glowplug, results = Glowplug(shutil.which(tool) or tool, backends, seconds), []
    for path in sorted(pathlib.Path(folder).glob("*/model.onnx")):
        name = path.parent.name
        if not fnmatch.fnmatchcase(name, only):
            continue
        for data in sorted(path.parent.glob("test_data_set_*")):
            results.append(run_one(glowplug, name, path, data))
            print(table.row(results[-1]), flush=True)
            if page:
                pathlib.Path(page).write_text(table.page(results, backends))
    return results
