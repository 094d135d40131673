# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`real_models run`: each model on Glowplug and on ONNX Runtime."""

import fnmatch
import pathlib
import sys
import tempfile

import onnx

import judge
import ort
import samples
import table


def _timed(glowplug, path, data, cache, once, seconds):
    """Milliseconds of a run on one thread; `once` is how long the first took."""
    if not seconds:
        return None
    runs = max(3, min(200, int(1000 * seconds / max(once, 0.01))))
    verdict, answer = glowplug.call("bench", path, "--inputs", data, "--cache", cache, "--threads", 1, "--runs", runs)
    return None if verdict else answer["median_ms"]


def _expected(path, model, data, seconds):
    """(outputs of one or two judges, milliseconds of the first): ONNX Runtime with optimisations and without them."""
    arrays = ort.inputs(model, data)
    session = ort.Judge(path)
    judges = [session.run(arrays)]
    try:
        judges.append(ort.Judge(path, optimised=False).run(arrays))
    except Exception as error:  # Some operators exist only in the form that an optimisation gives them.
        print(f"{path}: no second judge: {error}", file=sys.stderr)
    return judges, session.milliseconds(arrays, seconds) if seconds else None


def _beside_float(result, path, data, ours, theirs):
    """Judges by the model that a narrow one was made from."""
    base = path.parent.with_name(path.parent.name.rpartition(".")[0])
    arrays = ort.inputs(onnx.load(base / "model.onnx", load_external_data=False), base / data.name)
    true = ort.Judge(base / "model.onnx").run(arrays)
    distances = judge.spread(ours, true), judge.spread(theirs, true)
    result.verdict = judge.beside_float(*distances)
    result.reason = "from the model in float: {:.1e}, ONNX Runtime {:.1e}".format(*distances)


def run_one(glowplug, name, path, data, seconds):
    """The Result of one model with one set of inputs."""
    model = onnx.load(path, load_external_data=False)
    result = table.Result(name, _sizes(data), "no judge")
    judges = []
    try:
        judges, result.theirs = _expected(path, model, data, seconds)
        samples.write(data, judges[0], "output")
    except Exception as error:  # ONNX Runtime raises types of its own for each status.
        result.reason = f"ONNX Runtime: {error}"
    with tempfile.TemporaryDirectory() as folder:
        out, cache = pathlib.Path(folder) / "outputs", pathlib.Path(folder) / "cache"
        verdict, answer = glowplug.call("run", path, "--inputs", data, "--outputs", out, "--cache", cache)
        if verdict:
            result.verdict, result.reason = verdict, answer
            return result
        result.compiled = answer["compile_ms"]
        if not judges:
            return result
        found, own = judge.nearest(samples.read(out, "output"), judges), judge.difference(judges[-1], judges[0])
        result.error, result.limit, result.own = found.error, judge.limit(name), own.error
        result.verdict, result.reason = judge.verdict(name, found, own), found.fault
        if result.verdict != "right" and not found.fault and judge.family(name) != "float":
            _beside_float(result, path, data, samples.read(out, "output"), judges[0])
        result.ours = _timed(glowplug, path, data, cache, answer["run_ms"], seconds)
    return result


def _sizes(data):
    """The shapes of a folder's inputs, the first three of them."""
    shapes = ["x".join(map(str, array.shape)) or "scalar" for array in samples.read(data, "input")]
    return ", ".join(shapes[:3]) + (", ..." if len(shapes) > 3 else "")


def run(folder, only, glowplug, seconds, page):
    """All models of `folder` that match `only`, each timed for some seconds. Returns the results."""
    results = []
    for path in sorted(pathlib.Path(folder).glob("*/model.onnx")):
        name = path.parent.name
        if not fnmatch.fnmatchcase(name, only):
            continue
        for data in sorted(path.parent.glob("test_data_set_*")):
            results.append(run_one(glowplug, name, path, data, seconds))
            print(table.row(results[-1]), flush=True)
            if page:
                pathlib.Path(page).write_text(table.page(results, glowplug.backends))
    return results
