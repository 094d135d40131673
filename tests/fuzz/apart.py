# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Judges a case of ONNX Runtime in a child process, because ONNX Runtime may crash."""

import json
import os


def judge_apart(judge, folder):
    """What judge(folder) returns, a pair of texts; or ("crashed", how its process ended)."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        with os.fdopen(writer, "w") as pipe:
            json.dump(judge(folder), pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    return tuple(json.loads(text)) if text else ("crashed", f"ONNX Runtime ended with status {status}")
