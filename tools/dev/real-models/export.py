# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Exports nets of torch in the forms that real models have."""

import dataclasses
import warnings

import onnx
import torch

# The exporter by tracing does not know the fused operator that attention takes otherwise.
torch.backends.mha.set_fastpath_enabled(False)


@dataclasses.dataclass
class Net:
    """A net, and how it is exported.

    `make` gives a net and the arguments that it is traced with. `sets` are sizes of inputs to try: name -> shape, with
    the limit of its integers, or the word for its kind of noise, at the end (see samples.py). Only the first set fits
    a static export.
    """

    make: object
    inputs: list
    outputs: list
    axes: dict
    sets: list
    variants: bool = True


def _clean(path):
    """Takes out what differs between machines: places in source files, and notes on the trace."""
    model = onnx.load(path)
    graphs = [model.graph] + [f for f in model.functions]
    while graphs:
        graph = graphs.pop()
        del graph.metadata_props[:]
        for node in graph.node:
            node.doc_string = ""
            del node.metadata_props[:]
            graphs += [a.g for a in node.attribute if a.type == onnx.AttributeProto.GRAPH]
        for value in [*graph.value_info, *getattr(graph, "output", []), *getattr(graph, "initializer", [])]:
            if hasattr(value, "metadata_props") and not isinstance(value, str):
                del value.metadata_props[:]
    del model.metadata_props[:]
    onnx.save(model, path)


def export(net, path, opset, dynamic):
    """The exporter by tracing, which most files in use were written with."""
    module, example = net.make()
    axes = net.axes if dynamic or not set(net.axes) & set(net.inputs) else {}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module, example, path, opset_version=opset, input_names=net.inputs, output_names=net.outputs,
            dynamic_axes=axes, dynamo=False,
        )  # fmt: skip
    _clean(path)


def export_dynamo(net, path):
    """The exporter by torch.export, the newer one; static."""
    module, example = net.make()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module, example, path, opset_version=20, input_names=net.inputs, output_names=net.outputs, dynamo=True,
            external_data=False, verbose=False,
        )  # fmt: skip
    _clean(path)
