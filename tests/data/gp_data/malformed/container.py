# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Files that are spoilt as protobuf, before any meaning."""

import onnx

from gp_data.build import varint
from gp_data.malformed.base import ANY, MODEL, OK, File, field, model, relu_graph, small_model


def spoilt():
    good = small_model()
    data = good.SerializeToString()
    yield File("good", OK, data)
    yield from not_onnx()
    # The opset import comes last and is needed, so no prefix is a model.
    for length in range(len(data)):
        yield File(f"truncated_{length:03}", MODEL, data[:length])
    yield from wire(data)
    yield from repeated(good, data)
    yield from nested(data)
    yield from names()


def not_onnx():
    for name, data in {
        "one_byte": b"\x08",
        "text": b"this is not a model\n" * 20,
        "json": b'{"irVersion": "8", "graph": {}}\n',
        "zip": b"PK\x03\x04" + bytes(60),
        "gzip": b"\x1f\x8b\x08" + bytes(60),
        "hdf5": b"\x89HDF\r\n\x1a\n" + bytes(60),
        "tflite": b"\x1c\0\0\0TFL3" + bytes(60),
        "elf": b"\x7fELF\x02\x01\x01" + bytes(60),
        "png": b"\x89PNG\r\n\x1a\n" + bytes(60),
        "zeros": bytes(64),
        "ones": b"\xff" * 64,
    }.items():
        yield File(f"magic_{name}", MODEL, data)


def wire(data):
    """Broken tags, varints and lengths after a good model."""
    eleven = b"\x80" * 10 + b"\x01"
    for name, expect, tail in [
        ("field_0", MODEL, b"\0\0"),
        ("wire_6", MODEL, varint(20 << 3 | 6) + b"\0"),
        ("wire_7", MODEL, varint(20 << 3 | 7) + b"\0"),
        ("group_without_end", MODEL, field(20, 3) + field(1, 0, b"\x01")),
        ("end_without_group", MODEL, field(20, 4)),
        ("group_of_other_number", MODEL, field(20, 3) + field(21, 4)),
        ("group_unknown", ANY, field(20, 3) + field(1, 0, b"\x01") + field(20, 4)),
        ("groups_nested_100000", MODEL, field(20, 3) * 100000 + field(20, 4) * 100000),
        ("unknown_field", OK, field(1000, 2, b"hello")),
        ("unknown_fixed", OK, field(1001, 5, b"\1\2\3\4") + field(1002, 1, bytes(8))),
        ("varint_of_11_bytes", MODEL, field(1, 0, eleven)),
        ("tag_of_11_bytes", MODEL, eleven),
        ("length_beyond_file", MODEL, varint(7 << 3 | 2) + varint(1000) + b"abc"),
        ("length_2_31", MODEL, varint(7 << 3 | 2) + varint(2**31) + b"abc"),
        ("length_2_63", MODEL, varint(7 << 3 | 2) + varint(2**63) + b"abc"),
        ("length_minus_1", MODEL, varint(7 << 3 | 2) + varint(2**64 - 1) + b"abc"),
        ("fixed64_cut", MODEL, field(1002, 1, bytes(7))),
        ("graph_as_varint", ANY, field(7, 0, b"\x05")),
        ("random_tail", MODEL, bytes((i * 37 + 11) & 255 for i in range(99))),
    ]:
        yield File(f"wire_{name}", expect, data + tail)


def repeated(good, data):
    """Singular fields that come twice: the last counts, messages merge."""
    yield File("twice_ir_version", OK, data + field(1, 0, varint(8)))
    yield File("twice_producer", OK, data + field(2, 2, b"again"))
    yield File("twice_graph", MODEL, data + field(7, 2, good.graph.SerializeToString()))
    yield File("twice_graph_name", OK, data + field(7, 2, field(2, 2, b"other")))
    opset = good.opset_import[0].SerializeToString()
    yield File("twice_opset_same", ANY, data + field(8, 2, opset))
    other = onnx.OperatorSetIdProto(domain="", version=9).SerializeToString()
    yield File("twice_opset_other", MODEL, data + field(8, 2, other))
    packed = field(1, 2, varint(2) + varint(9))  # dims, packed
    tensor = packed + field(2, 0, varint(1)) + field(8, 2, b"packed") + field(9, 2, bytes(72))
    yield File("packed_dims", OK, data + field(7, 2, field(5, 2, tensor)))
    yield File("empty_nodes_2_20", MODEL, data + field(7, 2, field(1, 2) * (2**20 + 1)))
    yield File("empty_initializers_2_20", MODEL, data + field(7, 2, field(5, 2) * 2**20))
    yield File("empty_inputs_2_20", MODEL, data + field(7, 2, field(11, 2) * 2**20))


def if_in_if(depth):
    """An If whose then-branch holds an If, and so on: built from the inside."""
    branch = relu_graph().SerializeToString()
    for _ in range(depth):
        attribute = field(1, 2, b"then_branch") + field(6, 2, branch) + field(20, 0, b"\x05")
        node = field(1, 2, b"c") + field(2, 2, b"o") + field(4, 2, b"If") + field(5, 2, attribute)
        branch = field(1, 2, node) + field(2, 2, b"g")
    return field(1, 0, b"\x08") + field(7, 2, branch) + field(8, 2, field(2, 0, b"\x0d"))


def nested(data):
    for depth in (1, 31, 32, 33, 100, 1000, 10000):
        yield File(f"nested_if_{depth}", MODEL, if_in_if(depth))
    # A type of a sequence of a sequence of ...
    kind = b""
    for _ in range(3000):
        kind = field(4, 2, field(1, 2, kind))
    info = field(1, 2, b"deep") + field(2, 2, kind)
    yield File("nested_types_3000", MODEL, data + field(7, 2, field(11, 2, info)))


def names():
    """Odd bytes in names, which errors may have to print."""
    for name, text in {
        "nul": b"a\0b",
        "not_utf8": b"\xff\xfe\x80",
        "newline": b"two\nlines",
        "escape": b"\x1b[31mred",
        "percent": b"%s%n%d{}{0}",
        "quote": b"\"'`\\",
        "at_limit": b"n" * 65536,
        "past_limit": b"n" * 65537,
        "1_mib": b"n" * (1 << 20),
    }.items():
        for kind in ("value", "op"):
            node = field(1, 2, b"x") + field(2, 2, text if kind == "value" else b"y")
            node += field(3, 2, text) + field(4, 2, text if kind == "op" else b"Relu")
            info = model(relu_graph()).graph.output[0].SerializeToString()
            if kind == "value":
                info = field(1, 2, text) + info[3:]
            content = field(1, 2, node) + field(2, 2, b"g")
            content += field(11, 2, relu_graph().input[0].SerializeToString())
            content += field(12, 2, info)
            data = field(1, 0, b"\x08") + field(7, 2, content)
            data += field(8, 2, field(2, 0, b"\x0d"))
            refused = kind == "op" or len(text) > 65536
            expect = MODEL if refused else ANY
            yield File(f"name_{name}_{kind}", expect, data)
