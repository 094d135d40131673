# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Initializers whose size, type or storage is wrong."""

import struct

import numpy as np
from onnx import TensorProto, helper

from gp_data.malformed.base import (
    ANY,
    FLOAT,
    INT64,
    INT64_MAX,
    MODEL,
    OK,
    File,
    floats,
    graph,
    model,
    node_model,
    spoilt_tensor,
    tensor,
    value,
)

RAW = struct.pack("<3f", 1, 2, 3)


def add(constant, dtype=FLOAT):
    """x + the constant, for x of three elements."""
    node = helper.make_node("Add", ["x", "c"], ["y"], "the_node")
    return model(graph([node], [value("x", [3], dtype)], [value("y", [3], dtype)], [constant]), 14)


def spoilt():
    for group in (dims(), storage(), types(), values(), external()):
        for name, expect, made in group:
            yield File(f"tensor_{name}", expect, made.SerializeToString())


def dims():
    for name, shape in {
        "minus_1": [-1],
        "int64_min": [-(2**63)],
        "int64_max": [INT64_MAX],
        "minus_squared": [-1, -3],
        "2_32_squared": [2**32, 2**32],
        "2_16_cubed": [2**16] * 3,
        "wraps_to_3": [3, 2**62, 4, 1],
        "wraps_bytes": [2**62],
        "past_2_31": [2**31],
        "2_31_minus_1": [2**31 - 1],
        "4_million": [2**20],
        "rank_9": [1] * 8 + [3],
        "rank_100000": [1] * 99999 + [3],
    }.items():
        yield f"dims_{name}", MODEL, add(spoilt_tensor("c", FLOAT, shape, raw_data=RAW))
    yield "dims_0", MODEL, add(spoilt_tensor("c", FLOAT, [0]))
    yield "dims_0_with_data", MODEL, add(spoilt_tensor("c", FLOAT, [0], raw_data=RAW))
    yield "dims_0_and_huge", MODEL, add(spoilt_tensor("c", FLOAT, [0, 2**62, 2**62]))
    yield "dims_rank_8", ANY, add(spoilt_tensor("c", FLOAT, [1] * 7 + [3], raw_data=RAW))
    yield "dims_none", OK, add(spoilt_tensor("c", FLOAT, [], raw_data=RAW[:4]))
    yield "dims_none_with_3", MODEL, add(spoilt_tensor("c", FLOAT, [], raw_data=RAW))


def storage():
    for name, expect, fields in [
        ("raw_short", MODEL, {"raw_data": RAW[:8]}),
        ("raw_long", MODEL, {"raw_data": RAW + RAW}),
        ("raw_not_whole", MODEL, {"raw_data": RAW[:11]}),
        ("raw_one_byte_more", MODEL, {"raw_data": RAW + b"\0"}),
        ("raw_empty", MODEL, {"raw_data": b""}),
        ("none", MODEL, {}),
        ("floats", OK, {"float_data": [1, 2, 3]}),
        ("floats_short", MODEL, {"float_data": [1, 2]}),
        ("floats_long", MODEL, {"float_data": [1, 2, 3, 4]}),
        ("raw_and_floats", MODEL, {"raw_data": RAW, "float_data": [1, 2, 3]}),
        ("in_int32_data", MODEL, {"int32_data": [1, 2, 3]}),
        ("in_int64_data", MODEL, {"int64_data": [1, 2, 3]}),
        ("in_double_data", MODEL, {"double_data": [1, 2, 3]}),
        ("in_string_data", MODEL, {"string_data": [b"1", b"2", b"3"]}),
        ("floats_and_int32", MODEL, {"float_data": [1, 2, 3], "int32_data": [1, 2, 3]}),
    ]:
        yield f"data_{name}", expect, add(spoilt_tensor("c", FLOAT, [3], **fields))
    segment = spoilt_tensor("c", FLOAT, [3], raw_data=RAW)
    segment.segment.begin, segment.segment.end = 0, 2**62
    yield "data_segment", MODEL, add(segment)


def types():
    for dtype in (0, 99, -1, 2**31 - 1):
        constant = spoilt_tensor("c", 1, [3], raw_data=RAW)
        constant.data_type = dtype
        yield f"type_{dtype}", MODEL, add(constant)
    absent = spoilt_tensor("c", 1, [3], raw_data=RAW)
    absent.ClearField("data_type")
    yield "type_absent", MODEL, add(absent)
    text = TensorProto.STRING
    yield "type_string_raw", MODEL, add(spoilt_tensor("c", text, [3], raw_data=RAW))
    yield "type_string", MODEL, add(spoilt_tensor("c", text, [3], string_data=[b"a"] * 3))
    yield "type_complex", MODEL, add(
        spoilt_tensor("c", TensorProto.COMPLEX64, [3], float_data=[1] * 6)
    )
    for name, dtype in [("f8e4m3", 17), ("u4", 21), ("i4", 22)]:
        constant = spoilt_tensor("c", 1, [3], raw_data=b"\x12\x03")
        constant.data_type = dtype
        yield f"type_{name}", MODEL, add(constant)
    yield "type_other_than_input", MODEL, add(tensor("c", np.arange(3)))
    yield "type_i8_out_of_range", ANY, add(
        spoilt_tensor("c", TensorProto.INT8, [3], int32_data=[1, 300, -300]), TensorProto.INT8
    )
    yield "type_u8_negative", ANY, add(
        spoilt_tensor("c", TensorProto.UINT8, [3], int32_data=[1, 2, -1]), TensorProto.UINT8
    )
    yield "type_f16_wide", ANY, add(
        spoilt_tensor("c", TensorProto.FLOAT16, [3], int32_data=[1, 70000, -1]),
        TensorProto.FLOAT16,
    )


def values():
    nan = struct.pack("<3I", 0x7F800001, 0xFFFFFFFF, 0x7FC12345)
    yield "nan_payloads", OK, add(spoilt_tensor("c", FLOAT, [3], raw_data=nan))
    small = struct.pack("<3I", 1, 0x007FFFFF, 0x80000001)
    yield "subnormal", OK, add(spoilt_tensor("c", FLOAT, [3], raw_data=small))
    condition = spoilt_tensor("b", TensorProto.BOOL, [3], raw_data=b"\0\1\2")
    node = helper.make_node("Where", ["b", "x", "x"], ["y"], "the_node")
    made = graph([node], [value("x", [3])], [value("y", [3])], [condition])
    yield "bool_2", ANY, model(made)
    shape = spoilt_tensor("s", INT64, [1], raw_data=b"\3\0\0")
    made = node_model("Reshape", [[3]], initializers=[shape])
    made.graph.node[0].input.append("s")
    yield "shape_of_3_bytes", MODEL, made


def external():
    """External data is off unless asked for, so all of these are refused."""
    for name, entries in {
        "plain": {"location": "weights.bin"},
        "with_range": {"location": "weights.bin", "offset": "0", "length": "12"},
        "parent": {"location": "../secret"},
        "hidden_parent": {"location": "a/../../secret"},
        "absolute": {"location": "/etc/passwd"},
        "double_slash": {"location": "//etc/passwd"},
        "proc": {"location": "/proc/self/mem"},
        "symlink": {"location": "link.bin"},
        "symlinked_folder": {"location": "linked/secret"},
        "hard_link": {"location": "hard.bin"},
        "fifo": {"location": "fifo.bin"},
        "folder": {"location": "folder"},
        "missing": {"location": "nowhere.bin"},
        "offset_minus_1": {"location": "weights.bin", "offset": "-1"},
        "offset_10_15": {"location": "weights.bin", "offset": str(10**15)},
        "length_minus_1": {"location": "weights.bin", "length": "-1"},
        "length_2_60": {"location": "weights.bin", "length": str(2**60)},
        "sum_wraps": {"location": "weights.bin", "offset": str(2**63 - 1), "length": "12"},
        "offset_text": {"location": "weights.bin", "offset": "twelve"},
        "length_short": {"location": "weights.bin", "length": "8"},
        "unknown_key": {"location": "weights.bin", "__class__": "x"},
        "key_case": {"Location": "weights.bin"},
        "no_location": {"offset": "0"},
        "empty_location": {"location": ""},
        "nul_location": {"location": "weights.bin\0.txt"},
        "long_location": {"location": "w" * 100000},
        "no_entries": {},
        "model_itself": {"location": "tensor_external_model_itself.onnx"},
    }.items():
        constant = TensorProto(name="c", data_type=FLOAT, data_location=TensorProto.EXTERNAL)
        constant.dims.append(3)
        for key, text in entries.items():
            constant.external_data.add(key=key, value=text)
        yield f"external_{name}", MODEL, add(constant)
    twice = TensorProto(name="c", data_type=FLOAT, data_location=TensorProto.EXTERNAL)
    twice.dims.append(3)
    twice.external_data.add(key="location", value="weights.bin")
    twice.external_data.add(key="location", value="../secret")
    yield "external_location_twice", MODEL, add(twice)
    both = spoilt_tensor("c", FLOAT, [3], raw_data=floats(1, 2, 3).tobytes())
    both.data_location = TensorProto.EXTERNAL
    both.external_data.add(key="location", value="weights.bin")
    yield "external_and_raw", MODEL, add(both)
    stray = spoilt_tensor("c", FLOAT, [3], raw_data=floats(1, 2, 3).tobytes())
    stray.external_data.add(key="location", value="../secret")
    yield "external_entries_only", ANY, add(stray)
