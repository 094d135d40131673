# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The list of models: a name, how its file is made, and the inputs that it is tried with."""

import dataclasses
import pathlib
import shutil

import onnx

import detectors
import export
import taken
import text
import token_loop
import variants
import vision

# Nets that the newer exporter is tried with too: one of each kind.
NEWER = ("resnet18", "mobilenet_v3_large", "convnext_tiny", "vit_b_16", "unet", "bert", "gpt", "lstm")


@dataclasses.dataclass
class Entry:
    """`write` gets the path of the model, and the folder of all models, where what it is made from is found."""

    name: str
    write: object
    sets: list
    same_everywhere: bool = True


def _variant(form, base, sets):
    """`base` in another form."""

    def write(path, folder):
        variants.make(form, folder / base / "model.onnx", path, sets[0])

    return Entry(f"{base}.{form}", write, sets, variants.FORMS[form])


def _taken(name, model):
    def write(path, folder):
        shutil.copyfile(folder / ".packages" / model.path, path)

    first = Entry(name, write, model.sets)
    return [first] + [_variant(form, name, model.sets) for form in model.forms]


def _exported(name, net):
    """The older exporter at opset 17 with fixed sizes, and at opset 20 with those left open that may be."""
    fixed = f"{name}.op17"
    entries = [Entry(fixed, lambda path, folder: export.export(net, path, 17, False), net.sets[:1])]
    entries.append(Entry(f"{name}.op20_open", lambda path, folder: export.export(net, path, 20, True), net.sets))
    if name in NEWER:
        entries.append(Entry(f"{name}.dynamo", lambda path, folder: export.export_dynamo(net, path), net.sets[:1]))
    return entries + [_variant(form, fixed, net.sets[:1]) for form in variants.FORMS if net.variants]


def _loop(name, growing):
    sets = [{"first": [1, token_loop.WORDS]}]
    return Entry(name, lambda path, folder: onnx.save(token_loop.build(growing), path), sets)


def entries():
    """All models, small to large; a model stands after the one that it is made from."""
    found = [entry for name, model in taken.MODELS.items() for entry in _taken(name, model)]
    found += [_loop("gpt_loop", False), _loop("gpt_loop_growing", True)]
    for module in (text, vision, detectors):
        found += [entry for name, net in module.nets().items() for entry in _exported(name, net)]
    return found


def place(folder, entry):
    return pathlib.Path(folder) / entry.name / "model.onnx"
