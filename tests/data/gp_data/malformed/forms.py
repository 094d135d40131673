# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Types of few bits, blocks, and the forms of old and new versions, each with something wrong."""

import numpy as np
from onnx import TensorProto, helper

from gp_data.malformed.base import ANY, FLOAT, INT64_MAX, MODEL, OK, File, floats, graph, model, node_model, value

UINT8, INT8, INT64, E4M3FN, E5M2, UINT4, INT4, E8M0, INT2 = 2, 3, 7, 17, 19, 21, 22, 24, 26
MICROSOFT = "com.microsoft"


def spoilt():
    for name, expect, made in stored():
        yield File(f"small_{name}", expect, made.SerializeToString())
    for group in (blocks(), products(), casts(), legacy()):
        for op, name, expect, made in group:
            yield File(f"op_{op}_form_{name}", expect, made.SerializeToString())


def stored():
    """Initializers of small types."""

    def with_data(dtype, dims, raw=None, **fields):
        proto = TensorProto(name="c", data_type=dtype, dims=dims, **fields)
        if raw is not None:
            proto.raw_data = raw
        nodes = [helper.make_node("Cast", ["c"], ["y"], "n", to=FLOAT)]
        result = model(graph(nodes, [value("u", [1])], [onnx_output("y")], [proto]), opset=25, ir_version=13)
        return result

    yield "sound", OK, with_data(INT4, [3], b"\x21\x03")
    yield "typed", OK, with_data(UINT4, [3], int32_data=[0x21, 3])
    yield "typed_negative", OK, with_data(E5M2, [1], int32_data=[-4])
    for name, raw in (("short", b"\x21"), ("long", b"\x21\x03\x00"), ("unpacked", b"\1\2\3"), ("empty", b"")):
        yield f"raw_{name}", MODEL, with_data(INT4, [3], raw)
    yield "typed_short", MODEL, with_data(INT4, [3], int32_data=[1])
    yield "typed_unpacked", MODEL, with_data(INT4, [3], int32_data=[1, 2, 3])
    for entry in (256, -129, 2**31 - 1, -(2**31)):
        yield f"typed_{entry}", MODEL, with_data(INT4, [1], int32_data=[entry])
    yield "floats", MODEL, with_data(E4M3FN, [1], float_data=[1.0])
    for name, dims in (("2_40", [2**40]), ("max", [INT64_MAX]), ("squared", [2**32, 2**32]), ("negative", [-1])):
        yield f"dims_{name}", MODEL, with_data(INT2, dims, b"\0")
    yield "dims_zero", OK, with_data(INT2, [0], b"")
    for dtype in (27, 28, 29):
        yield f"type_{dtype}", MODEL, with_data(dtype, [1], b"\0")


def onnx_output(name):
    return helper.make_tensor_value_info(name, FLOAT, None)


def blocks():
    def quantized(x, scale, op="QuantizeLinear", makes=UINT8, **attributes):
        return node_model(op, [x, scale], opset=21, makes=makes, **attributes)

    scales = np.ones((2, 3), np.float32)
    yield "QuantizeLinear", "blocks_sound", OK, quantized([2, 6], scales, axis=1, block_size=2)
    for size in (-1, 0, 1, 3, 6, 2**40, INT64_MAX):
        yield "QuantizeLinear", f"block_size_{size}", MODEL, quantized([2, 6], scales, axis=1, block_size=size)
    for shape in ((3,), (2,), (2, 3, 1), (3, 2), (1, 3), (2, 6)):
        bad = quantized([2, 6], np.ones(shape, np.float32), axis=1, block_size=2)
        yield "QuantizeLinear", f"blocks_of_{'_'.join(map(str, shape))}", MODEL, bad
    for axis in (2, -3, INT64_MAX):
        yield "QuantizeLinear", f"blocks_axis_{axis}", MODEL, quantized([2, 6], scales, axis=axis, block_size=2)
    for name, shape in (("rows", [0, 6]), ("columns", [2, 0])):
        bad = np.ones((shape[0], -(-shape[1] // 4)), np.float32)
        yield "QuantizeLinear", f"blocks_no_{name}", ANY, quantized(shape, bad, axis=1, block_size=4)
    yield "QuantizeLinear", "blocks_rank_0", MODEL, quantized([], floats(1).reshape(()), axis=0, block_size=2)
    whole = quantized([1] * 8, np.ones([1] * 8, np.float32), axis=0, block_size=1)
    yield "QuantizeLinear", "blocks_rank_8", OK, whole
    for dtype in (0, E8M0, 8, 27, 99, -1):
        expect = OK if dtype == 0 else MODEL
        made = quantized([2], floats(1).reshape(()), output_dtype=dtype)
        yield "QuantizeLinear", f"output_dtype_{dtype}", expect, made
    for dtype in (INT8, INT4, 99):
        made = quantized(([2], UINT8), floats(1).reshape(()), "DequantizeLinear", FLOAT, output_dtype=dtype)
        made.opset_import[0].version = 23
        yield "DequantizeLinear", f"output_dtype_{dtype}", MODEL, made


def products():
    b, scales = np.zeros((2, 1, 8), np.uint8), np.ones(2, np.float32)

    def product(x=(3, 16), b=b, scales=scales, *more, **attributes):
        attributes = {"K": 16, "N": 2, "block_size": 16, **attributes}
        return node_model("MatMulNBits", [list(x), b, scales, *more], domain=MICROSOFT, **attributes)

    yield "MatMulNBits", "sound", OK, product()
    for key in ("K", "N", "block_size"):
        for number in (-1, 0, 15, 2**20, 2**40, INT64_MAX):
            yield "MatMulNBits", f"{key}_{number}", MODEL, product(**{key: number})
    for bits in (-1, 0, 1, 3, 5, 8, 16, INT64_MAX):
        yield "MatMulNBits", f"bits_{bits}", MODEL, product(bits=bits)
    yield "MatMulNBits", "b_short", MODEL, product(b=b[:1])
    yield "MatMulNBits", "b_int8", MODEL, product(b=b.astype(np.int8))
    yield "MatMulNBits", "scales_long", MODEL, product(scales=np.ones(3, np.float32))
    yield "MatMulNBits", "scales_double", MODEL, product(scales=np.ones(2))
    yield "MatMulNBits", "points_long", MODEL, product((3, 16), b, scales, np.zeros(3, np.uint8))
    yield "MatMulNBits", "points_float_long", MODEL, product((3, 16), b, scales, np.zeros(3, np.float32))
    yield "MatMulNBits", "group_index", MODEL, product((3, 16), b, scales, None, np.zeros(16, np.int32))
    yield "MatMulNBits", "bias_long", MODEL, product((3, 16), b, scales, None, None, np.zeros(3, np.float32))
    yield "MatMulNBits", "x_rank_0", MODEL, product(())
    yield "MatMulNBits", "x_columns", MODEL, product((3, 17))
    yield "MatMulNBits", "x_empty", ANY, product((0, 16))


def casts():
    for op in ("Cast", "BitCast"):
        for to in (0, 8, 14, 27, 99, -1, INT64_MAX):
            yield op, f"to_{to}", MODEL, node_model(op, [[2]], opset=26, to=to)
        yield op, "without_to", MODEL, node_model(op, [[2]], opset=26)
    for to in (1, INT64, INT4, UINT8):
        yield "BitCast", f"width_{to}", MODEL, node_model("BitCast", [([2], INT2)], opset=26, to=to)
    for key, bad in (("saturate", 2), ("saturate", -1), ("round_mode", "away"), ("round_mode", "")):
        made = node_model("Cast", [[2]], opset=25, to=E4M3FN, makes=E4M3FN, **{key: bad})
        yield "Cast", f"{key}_{bad}", MODEL, made
    yield "Cast", "declared_as_other", MODEL, node_model("Cast", [[2]], opset=25, to=E4M3FN, makes=E5M2)
    yield "Relu", "of_codes", MODEL, node_model("Relu", [([2], E4M3FN)], opset=25, makes=E4M3FN)
    made = node_model("Concat", [([2], INT4), ([2], INT8)], opset=25, makes=INT4, axis=0)
    yield "Concat", "of_codes_and_bytes", MODEL, made
    pads = np.array([1, 1])
    yield "Pad", "of_powers", MODEL, node_model("Pad", [([2], E8M0), pads], opset=25, makes=E8M0)


def legacy():
    def add(x, y, **attributes):
        return node_model("Add", [x, y], opset=6, **attributes)

    yield "Add", "sound_6", OK, add([2, 3], [3], broadcast=1)
    yield "Add", "unlike_6", MODEL, add([2, 3], [3])
    yield "Add", "larger_6", MODEL, add([3], [2, 3], broadcast=1)
    for axis in (1, 2, -3, INT64_MAX, -INT64_MAX):
        yield "Add", f"axis_{axis}_6", MODEL, add([2, 3], [2], broadcast=1, axis=axis)
    yield "Add", "broadcast_2_6", MODEL, add([2, 3], [3], broadcast=2)
    image = [[1, 2, 2], [2, 2], [2, 2], [2, 2], [2, 2]]
    for name, expect, more in (
        ("training", MODEL, {}),
        ("spatial", MODEL, {"is_test": 1}),
        ("sound", OK, {"is_test": 1, "spatial": 0}),
    ):
        made = node_model("BatchNormalization", image, opset=6, **more)
        yield "BatchNormalization", f"{name}_6", expect, made
    for scale in (0.0, -1.0, np.nan, np.inf, 1e30):
        made = node_model("Upsample", [[1, 1, 2, 2]], opset=6, height_scale=scale, width_scale=1.0)
        yield "Upsample", f"scale_{scale}_6", MODEL, made
    yield "Upsample", "rank_3_6", MODEL, node_model("Upsample", [[1, 2, 2]], opset=6, height_scale=1.0, width_scale=1.0)
    yield "CumProd", "axis_2", MODEL, node_model("CumProd", [[2], np.array(2)], opset=26)
    yield "SwiGLU", "unlike", MODEL, node_model("SwiGLU", [[2], [3]], opset=28)
    yield "SpaceToDepth", "mode", MODEL, node_model("SpaceToDepth", [[1, 1, 2, 2]], opset=28, blocksize=2, mode="X")
