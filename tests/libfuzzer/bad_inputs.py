# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Bad inputs for each target, and the class of error that each has to give.

A maker yields (name, bytes, expected): `expected` is a part of the outcome that the target reports, which is
"KIND: MESSAGE"; None stands for an input that is odd but accepted.
"""

import hashlib
import json
import struct

DEEP = 100_000


def u64(*values):
    return struct.pack(f"<{len(values)}Q", *(value & (1 << 64) - 1 for value in values))


def patched(data, old, new):
    """`data` with the first `old` replaced; both have one length."""
    assert len(old) == len(new) and old in data, (old, len(data))
    return data.replace(old, new, 1)


def flatbuffer(good, identifier, damaged=None):
    """What can be wrong with any FlatBuffer. `damaged`: what is said of all that is none, if it is one text."""
    for name, data in [("empty", b""), ("one-byte", good[:1]), ("15-bytes", good[:15])]:
        yield name, data, damaged or "needs 16 to "
    for name, data in [("zeros", bytes(64)), ("text", b"this is a text, not what was asked for\n")]:
        yield name, data, damaged or "needs the identifier " + identifier.decode()
    yield "other-identifier", patched(good, identifier, b"TFL3"), damaged or "'TFL3'"
    for name, data in [
        ("cut-in-the-middle", good[: len(good) // 2]),
        ("root-outside", b"\xff\xff\xff\x7f" + good[4:]),
        ("root-at-itself", b"\0\0\0\0" + good[4:]),
    ]:
        yield name, data, damaged or "is not a well-formed FlatBuffer"
    # What these hit differs: a table, a number, or nothing that counts.
    for place in (8, 12, 16, 20, len(good) // 4, len(good) // 2):
        yield f"ones-at-{place}", good[:place] + b"\xff\xff\xff\xff" + good[place + 4 :], None


def json_texts(no_json, no_object, deep=None):
    """What can be wrong with any JSON, by what is said of it."""
    yield "empty", b"", no_json
    yield "deep-arrays", b"[" * DEEP, deep or no_json
    yield "deep-objects", b'{"a":' * DEEP, deep or no_json
    yield "deep-arrays-closed", b"[" * DEEP + b"]" * DEEP, deep or no_object
    yield "array", b"[]", no_object
    yield "number", b"1e999", ""
    yield "not-utf8", b'{"name":"\xff\xfe"}', no_json
    yield "lone-surrogate", b'{"name":"\\ud800"}', ""
    yield "nul", b'{"name":"a\0b"}', no_json
    yield "cut", b'{"name":"', no_json
    yield "trailing", b"{}{}", no_json


def changed(good, **fields):
    """The JSON object with these fields changed; those that are ... are left out."""
    value = json.loads(good)
    value.update(fields)
    return json.dumps({k: v for k, v in value.items() if v is not ...}).encode()


def manifest(seeds):
    good = seeds["manifest"]["plain"]
    yield from json_texts("backend: /plugins/x.json: is not JSON", "is not a JSON object", "nest")
    yield "name-absent", changed(good, name=...), "'name' needs a string that is not empty, but is missing"
    yield "name-empty", changed(good, name=""), "'name' needs"
    yield "name-number", changed(good, name=7), "'name' needs"
    yield "abi-negative", changed(good, abi_minor=-1), "'abi_minor' needs an integer from 0"
    yield "abi-2-32", changed(good, abi_minor=2**32), "'abi_minor' needs"
    yield "abi-2-64", changed(good, abi_minor=2**64), "'abi_minor' needs"
    yield "abi-fraction", changed(good, abi_minor=0.5), "'abi_minor' needs"
    yield "abi-text", changed(good, abi_major="0"), "'abi_major' needs"
    yield "abi-1e999", good.replace(b'"abi_major": 0', b'"abi_major": 1e999'), "backend: "
    yield "library-above", changed(good, library="../x.so"), "'library' needs a file name"
    yield "library-absolute", changed(good, library="/lib/x.so"), "'library' needs a file name"
    yield "blob-unknown", changed(good, blob="maybe"), "'blob' needs"
    yield "processes-text", changed(good, processes="yes"), "'processes' needs"
    yield "duplicate-key", good.replace(b'{', b'{"name": "a", "name": "b",', 1), None


def profile(seeds):
    good = seeds["profile"]["plain"]
    first = json.loads(good)["tensors"][0]

    def tensor(**fields):
        return changed(good, tensors=[{k: v for k, v in {**first, **fields}.items() if v is not ...}])

    yield from json_texts("it is not JSON", "profile is not an object")
    yield "other-format", changed(good, format="npz"), "'format' needs to be"
    yield "version-2", changed(good, version=2), "'version' needs to be"
    yield "version-fraction", changed(good, version=1.5), "'version' needs to be an integer"
    yield "hash-short", changed(good, model_sha256="00"), "'model_sha256' needs to be"
    yield "samples-0", changed(good, samples=0), "'samples' needs to be"
    yield "samples-2-64", changed(good, samples=2**64 - 1), "'samples' needs to be"
    yield "tensors-object", changed(good, tensors={}), "'tensors' needs to be an array"
    yield "tensor-number", changed(good, tensors=[7]), "tensors[0] is not an object"
    yield "tensor-twice", changed(good, tensors=[first, first]), "is there twice"
    yield "name-absent", tensor(name=...), "'name' is missing"
    yield "shape-negative", tensor(shape=[-1]), "'shape' needs"
    yield "shape-long", tensor(shape=[1] * 65), "'shape' needs"
    yield "count-negative", tensor(count=-1), "'count' needs"
    yield "non-finite-beyond-count", tensor(non_finite=2**62), "'non_finite' needs"
    yield "min-above-max", tensor(min=3.0, max=-3.0), "'max' needs"
    yield "min-1e999", good.replace(b'"min":', b'"min":1e999,"x":', 1), "not JSON"
    yield "width-huge", tensor(bin_width_log2=2**31), "'bin_width_log2' needs"
    yield "first-bin-huge", tensor(first_bin=-(2**63)), "'first_bin' needs"
    yield "first-bin-wraps", tensor(first_bin=2**64 - 5), "'first_bin' needs"
    yield "bins-too-many", tensor(bins=[0] * 2049), "'bins' needs"
    yield "bins-negative", tensor(bins=[-1]), "'bins' needs"
    yield "bins-overflow", tensor(bins=[2**63 - 1] * 3), "'bins' needs"
    yield "bins-other-sum", tensor(bins=[1]), "'bins' needs"
    yield "axis-past-rank", tensor(channel_axis=9), "'channel_axis' needs"
    yield "channels-too-few", tensor(channel_axis=0, channel_mean=[]), "'channel_mean' needs"


def npu_config(seeds):
    def rows(text):
        return b'{"array": {"rows": %s}}' % str(text).encode()

    yield from json_texts("is not a JSON object", "is not a JSON object")
    yield "unknown-group", b'{"cache": {"ways": 4}}', "cache.ways is not a parameter"
    yield "group-number", b'{"array": 4}', "array is not a group"
    yield "unknown-name", b'{"array": {"depth": 4}}', "array.depth is not a parameter"
    for name, number in [("zero", 0), ("negative", -16), ("huge", 2**31), ("2-63", 2**63), ("2-64", 2**64 - 1)]:
        yield f"rows-{name}", rows(number), f"array.rows must lie in 4..32, but is {number}"
    yield "rows-odd", rows(12), "array.rows must be a power of two"
    yield "rows-fraction", rows(16.0), "array.rows is not an integer"
    yield "rows-text", rows('"16"'), "array.rows is not an integer"
    yield "rows-1e999", rows("1e999"), "not a JSON object"
    yield "scratchpad-huge", b'{"scratchpad": {"banks": 16, "bankBytes": 2097152}}', "the scratchpad has at most"


def image(seeds):
    good = seeds["image"]["conv"]
    yield from flatbuffer(good, b"GPIM")
    shape = u64(1, 1, 9, 7)  # of the input of the Conv
    for name, other, expected in [
        ("negative", u64(1, 1, -1, 7), "needs dims of at least 0, but got -1"),
        ("2-63", u64(1, 1, 2**63 - 1, 7), "needs a size below 2^63 bytes"),
        ("2-32-squared", u64(1, 1, 2**32, 2**32), "needs a size below 2^63 bytes"),
        ("2-16-cubed", u64(1, 2**16, 2**16, 2**16), "'y0' (Conv)"),
        ("empty", u64(0, 1, 9, 7), "needs the result shape [0,1,7,5]"),
        ("other", u64(1, 1, 9, 8), "needs the result shape [1,1,7,6]"),
    ]:  # fmt: skip
        yield f"dims-{name}", patched(good, shape, other), expected


def artifact_with(good, edit):
    """A .gpx file whose bytes `edit` has changed, with hashes that fit again."""
    data = bytearray(good)
    edit(data)
    count = struct.unpack_from("<I", data, 12)[0]
    for row in range(64, min(64 + 64 * count, len(data) - 63), 64):
        offset, size = struct.unpack_from("<QQ", data, row)
        if offset + size <= len(data):
            data[row + 16 : row + 48] = hashlib.sha256(data[offset : offset + size]).digest()
    data[32:64] = hashlib.sha256(data[64 : 64 + 64 * count]).digest()
    return bytes(data)


def set_at(place, value):
    def edit(data):
        data[place : place + len(value)] = value

    return edit


def artifact(seeds):
    good = seeds["artifact"]["conv"]
    for name, data in [
        ("empty", b""), ("one-byte", good[:1]), ("cut-in-the-middle", good[: len(good) // 2]),
        ("cut-at-the-end", good[:-1]), ("tail", good + bytes(64)), ("text", b"this is a text\n"),
        ("file-bytes-2-63", artifact_with(good, set_at(16, u64(2**63)))),
    ]:  # fmt: skip
        yield name, data, "error: file is cut short"
    yield "zeros", bytes(64), "this is not a .gpx file"
    yield "magic", b"PK\x03\x04" + good[4:], "this is not a .gpx file"
    for version in (0, 1, 99):
        data = artifact_with(good, set_at(8, struct.pack("<I", version)))
        yield f"version-{version}", data, f"format version is {version}"
    yield "sections-0", artifact_with(good, set_at(12, struct.pack("<I", 0))), "says 0 sections"
    yield "sections-2-32", good[:12] + b"\xff\xff\xff\xff" + good[16:], "do not fit the file"
    for name, offset, size in [
        ("offset-odd", 193, 64), ("offset-2-63", 2**63, 64), ("end-wraps", 2**64 - 64, 128), ("size-2-60", 192, 2**60),
    ]:  # fmt: skip
        yield f"section-{name}", artifact_with(good, set_at(64, u64(offset, size))), "does not lie in the file"
    plan = struct.unpack_from("<Q", good, 64)[0]
    flipped = good[: plan + 40] + bytes([good[plan + 40] ^ 1]) + good[plan + 41 :]
    yield "plan-flipped", flipped, "the hash of section 0 does not fit"
    # With hashes that fit.
    for place in range(0, 64, 4):
        yield f"plan-ones-at-{place}", artifact_with(good, set_at(plan + place, b"\xff\xff\xff\x7f")), None


def instr(seeds):
    good = seeds["instr"]["conv"]
    yield from flatbuffer(good, b"GPIN", "is not an instr program, or is damaged")
    machine = hashlib.sha256(seeds["machine"]["npu-sim"]).digest()
    yield "other-machine", patched(good, machine, bytes(32)), "machine"
    yield "image", seeds["image"]["conv"], "is not an instr program"


def machine(seeds):
    good = seeds["machine"]["npu-sim"]
    yield from flatbuffer(good, b"GPMD", "is not a machine description, or is damaged")
    yield "scratchpad-0", patched(good, u64(256 * 1024), u64(0)), None
    yield "scratchpad-2-64", patched(good, u64(256 * 1024), u64(-1)), None


def sealed(blob, segments=0, plugin=b"npu-sim"):
    digest = hashlib.sha256(blob).digest()
    return plugin.ljust(16, b"\0") + u64(len(blob), segments) + digest + blob


def npu_blob(seeds):
    good = seeds["npu-blob"]["conv"]
    segments = struct.unpack_from("<Q", good, 24)[0]
    inside = good[64:]
    yield "empty", b"", "no seal"
    yield "one-byte", good[:1], "no seal"
    yield "cut", good[:-1], "damaged"
    yield "flipped", good[:100] + bytes([good[100] ^ 1]) + good[101:], "damaged"
    yield "of-another-plugin", sealed(inside, segments, b"hello"), "of another plugin"
    yield "segments-2-64", sealed(inside, 2**64 - 1), "segments"
    yield "nothing-inside", sealed(b""), "magic"
    for name, place, value, expected in [
        ("magic", 0, b"GP-NPUB9", "magic"), ("program-bytes", 8, u64(2**63), "program"),
        ("machine", 24, u64(1), "configuration"), ("commands-2-61", 32, u64(2**61), "command"),
        ("extent-2-41", 40, u64(2**41), "extent of base 0"), ("extent-2-40", 40, u64(2**40), "error: "),
        ("head-not-zero", 104, b"\x01", "head"), ("opcode", 144, b"\x4d", "command 0"),
    ]:  # fmt: skip
        data = inside[:place] + value + inside[place + len(value) :]
        yield name, sealed(data, segments), expected
    yield "cut-inside", sealed(inside[:-1], segments), "error: "
    yield "trailing", sealed(inside + b"\0", segments), "follow"


def cpu_blob(seeds):
    good = seeds["cpu-blob"]["conv"]
    yield "empty", b"", "only 0 bytes"
    yield "short", good[:100], "only 100 bytes"
    yield "magic", b"npu-sim\0" + good[8:], "does not begin like one"
    yield "version", good[:8] + struct.pack("<I", 99) + good[12:], "version 99"
    # The checksum of what follows is repaired by the target itself, which then loads it once more.
    for name, place, value in [
        ("kernels", 12, b"\xff\xff\xff\xff"), ("steps-offset", 16, u64(2**63)), ("steps-count", 24, u64(2**60)),
        ("steps-unaligned", 16, u64(129)), ("buffers-count", 40, u64(2**60)), ("rodata-count", 56, u64(-1)),
        ("object-count", 72, u64(8)), ("notes", 88, u64(1)), ("inputs", 96, u64(0)), ("segments", 104, u64(0)),
        ("workspace", 112, u64(-1)), ("checksum", 120, u64(0)),
    ]:  # fmt: skip
        yield name, good[:place] + value + good[place + len(value) :], "malformed program"


# The ONNX importer has a corpus of its own, of over a thousand bad files (tests/data/generate_malformed.py); these
# are of each kind.
ONNX = """
magic_one_byte magic_zip magic_tflite magic_hdf5 truncated_000 truncated_040 truncated_135 truncated_270 wire_field_0
wire_wire_6 wire_wire_7 wire_group_without_end wire_end_without_group wire_varint_of_11_bytes wire_length_beyond_file
wire_length_2_63 wire_length_minus_1 wire_random_tail twice_graph twice_opset_other nested_if_1 nested_if_33
name_nul_op name_not_utf8_op name_escape_op model_ir_version_-1 model_opset_0 model_opset_absent model_domain_unknown
model_written_twice model_cycle model_cycle_by_shape model_undefined model_output_not_made model_no_outputs
model_initializer_input_shape model_output_without_name model_sparse_out_of_range model_input_dim_9223372036854775807
model_elements_2_16_cubed model_elements_product_wraps_to_3 model_rank_9 model_attribute_int_with_ints
model_attribute_twice model_loop_forever model_scan_axis model_if_float model_function_recursion
model_folds_to_8_to_the_40th model_claims_4_gib tensor_dims_minus_1 tensor_dims_int64_max tensor_dims_2_32_squared
tensor_dims_wraps_to_3 tensor_dims_0_and_huge tensor_data_raw_short tensor_data_raw_not_whole
tensor_data_raw_and_floats tensor_data_in_int32_data tensor_data_segment tensor_type_0 tensor_type_99
tensor_type_string_raw tensor_external_parent tensor_external_hidden_parent tensor_external_absolute
tensor_external_proc tensor_external_offset_minus_1 tensor_external_length_2_60 tensor_external_sum_wraps
tensor_external_offset_text tensor_external_unknown_key tensor_external_location_twice op_Conv_stride_0
op_Conv_dilation_huge op_Conv_group_0 op_Conv_pads_huge op_Conv_auto_pad_unknown op_Conv_weights_rank_9
op_Conv_input_rank_0 op_MaxPool_kernel_huge op_AveragePool_pads_huge op_Gemm_scalar op_MatMul_huge op_Add_empty_and_3
op_Einsum_equation_iiiiiiiii_jk__i op_LRN_size_-9223372036854775808 op_Cast_to_1099511627776
op_QuantizeLinear_its_scale_0 op_QuantizeLinear_its_scale_nan op_QuantizeLinear_vector_axis_min
op_QLinearConv_w_scale_last_nan op_QLinearConv_w_scale_length op_QLinearMatMul_inner
""".split()


def onnx(seeds):
    for name in ONNX:
        yield name.replace("_", "-").lower(), seeds["malformed"][name], ""


MAKERS = {
    "manifest": manifest,
    "profile": profile,
    "npu-config": npu_config,
    "image": image,
    "artifact": artifact,
    "instr": instr,
    "machine": machine,
    "npu-blob": npu_blob,
    "cpu-blob": cpu_blob,
    "onnx": onnx,
}
