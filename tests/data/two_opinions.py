# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The outputs of the degenerate cases: what ONNX Runtime and ONNX's reference evaluator agree on, or what is stated.

Where they disagree, or none of them answers, the case says what is true and why:

  truth    "onnxruntime", "onnx", or a list of tensors as values.py reads them
  because  the reason: what the text of the operator says, or which of the two does not do it

Where only one of them answers, it is believed. Each answer is computed in a process of its own: dividing the least
integer by -1 ends ONNX Runtime's.
"""

import multiprocessing
import warnings

import numpy as np
import onnx

from gp_data import values


def by_onnxruntime(model, inputs):
    from make_goldens import session

    return session(model).run(None, inputs)


def by_onnx(model, inputs):
    from onnx.reference import ReferenceEvaluator

    warnings.simplefilter("ignore")  # numpy warns of what these cases are about
    return ReferenceEvaluator(onnx.load_from_string(model)).run(None, inputs)


def answer_to(pipe, run, model, inputs):
    try:
        pipe.send([np.asarray(array) for array in run(model, inputs)])
    except Exception as error:
        pipe.send(str(error) or repr(error))


def answer(run, model, inputs):
    """The outputs, or why there are none."""
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=answer_to, args=(there, run, model, inputs))
    process.start()
    there.close()
    try:
        return here.recv()
    except EOFError:
        return "the process ended"
    finally:
        process.join()


def same(mine, other):
    """Whether two answers are equal, but for rounding and the sign of zeros and NaNs."""
    return len(mine) == len(other) and all(
        a.dtype == b.dtype and a.shape == b.shape
        and np.allclose(a.astype(np.float64), b.astype(np.float64), rtol=1e-5, atol=1e-7, equal_nan=True)
        for a, b in zip(mine, other)
    )  # fmt: skip


def golden(case, model, inputs):
    """The outputs of a case; a RuntimeError where it has to say more, or less."""
    answers = {"onnxruntime": answer(by_onnxruntime, model, inputs), "onnx": answer(by_onnx, model, inputs)}
    given = {name: arrays for name, arrays in answers.items() if not isinstance(arrays, str)}
    agree = len(given) == 2 and same(*given.values())
    truth = case.get("truth")
    if truth is None:
        if not given or (len(given) == 2 and not agree):
            raise RuntimeError(f"needs 'truth' and 'because': {answers}")
        return list(given.values())[0]
    if not case.get("because"):
        raise RuntimeError("needs 'because'")
    if isinstance(truth, list):
        stated = [values.parse(text, "")[0] for text in truth]
        if any(same(stated, arrays) for arrays in given.values()):
            raise RuntimeError("states what one of the two answers")
        return stated
    if len(given) < 2 or truth not in given:
        raise RuntimeError(f"needs no 'truth', or another: {answers}")
    if agree:  # ONNX Runtime leaves memory of some empty sums as it is, so now and then it is right
        print(f"{case['name']}: both agree in this run")
    return given[truth]
