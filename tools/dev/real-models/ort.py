# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ONNX Runtime, which judges and which times are compared with."""

import time

import onnxruntime

import samples

LEVELS = onnxruntime.GraphOptimizationLevel
onnxruntime.set_default_logger_severity(4)


class Judge:
    """A model in ONNX Runtime, on one thread."""

    def __init__(self, path, optimised=True):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 4
        if not optimised:
            options.graph_optimization_level = LEVELS.ORT_DISABLE_ALL
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def run(self, arrays):
        return self.session.run(None, arrays)

    def milliseconds(self, arrays, seconds):
        """The median over as many runs as fit `seconds`, at least three."""
        self.run(arrays)
        times, end = [], time.perf_counter() + seconds
        while len(times) < 3 or time.perf_counter() < end:
            start = time.perf_counter()
            self.run(arrays)
            times.append(1000 * (time.perf_counter() - start))
        return sorted(times)[len(times) // 2]


def inputs(model, folder):
    """Name -> array, of a folder that make.py wrote."""
    names = [name for name, _ in samples.declared(model)]
    return dict(zip(names, samples.read(folder, "input"), strict=True))
