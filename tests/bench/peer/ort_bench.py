# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times one model on ONNX Runtime and prints JSON; compare.py runs it.

usage: ort_bench.py MODEL DATA_SET THREADS RUNS [--save]

With --save, the outputs take the place of those in DATA_SET.

The settings are those that ONNX Runtime is fastest with: all optimisations, spinning
threads, one thread a core, outputs allocated before, denormals flushed.
"""

import json
import os
import resource
import sys
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402
import onnx  # noqa: E402
import onnxruntime as ort  # noqa: E402

WARM_UPS = 5


def probe():
    """Billions of operations a second of a small product: is the core free?"""
    a = np.ones((384, 384), np.float32)
    best = float("inf")
    for _ in range(8):
        begin = time.perf_counter()
        a @ a
        best = min(best, time.perf_counter() - begin)
    return 2 * 384**3 / best / 1e9


def load_inputs(folder):
    arrays = []
    while os.path.exists(path := os.path.join(folder, f"input_{len(arrays)}.pb")):
        with open(path, "rb") as file:
            arrays.append(onnx.numpy_helper.to_array(onnx.load_tensor_from_string(file.read())))
    return arrays


def save_outputs(folder, session, arrays):
    for index, (info, array) in enumerate(zip(session.get_outputs(), arrays)):
        with open(os.path.join(folder, f"output_{index}.pb"), "wb") as file:
            file.write(onnx.numpy_helper.from_array(array, info.name).SerializeToString())


def open_session(model, threads):
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "1")
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    if threads > 1:
        # The calling thread is the first; the ids of the others count from 1.
        others = ";".join(str(cpu + 1) for cpu in range(1, threads))
        options.add_session_config_entry("session.intra_op_thread_affinities", others)
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    os.sched_setaffinity(0, {0})
    return session


def main():
    model, folder, threads, runs = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    before = probe()
    begin = time.perf_counter()
    session = open_session(model, threads)
    load_ms = 1e3 * (time.perf_counter() - begin)
    binding = session.io_binding()
    inputs = load_inputs(folder)
    for info, array in zip(session.get_inputs(), inputs):
        binding.bind_cpu_input(info.name, array)
    feeds = {info.name: array for info, array in zip(session.get_inputs(), inputs)}
    outputs = session.run(None, feeds)
    if "--save" in sys.argv[5:]:
        save_outputs(folder, session, outputs)
    for info, array in zip(session.get_outputs(), outputs):
        value = ort.OrtValue.ortvalue_from_shape_and_type(array.shape, array.dtype)
        binding.bind_ortvalue_output(info.name, value)
    times = []
    for index in range(WARM_UPS + runs):
        begin = time.perf_counter()
        session.run_with_iobinding(binding)
        if index >= WARM_UPS:
            times.append(1e3 * (time.perf_counter() - begin))
    times.sort()
    result = {
        "version": ort.__version__,
        "min_ms": times[0],
        "median_ms": times[len(times) // 2],
        "p90_ms": times[len(times) * 9 // 10],
        "load_ms": load_ms,
        "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "probe": min(before, probe()),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
