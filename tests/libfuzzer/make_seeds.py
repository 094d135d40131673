#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the seeds of the corpora, good-*: real files, as small as they come.

usage: make_seeds.py --glowplug FILE [--corpus DIR]

Needed again when a format gets a new version; run.py then says that a file called good-* is refused. What fuzzing has
found (found.tar.xz, crash-*) is left as it is. Runs with Debian's Python, which has onnx.
"""

import argparse
import glob
import json
import os
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

from bad_inputs import MAKERS  # noqa: E402

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

# Cases of generate_ops.py whose images together have every kind of op, and those for the NPU.
IMAGES = {
    "conv": "conv_2d_one_channel", "conv-transpose": "conv_transpose_2d_1x1", "matmul": "matmul_1d_1d",
    "map": "add_special_14", "cast": "cast_f32_to_u8_7", "reduce": "reduce_max_i32_7", "arg": "arg_max_default_7",
    "scan": "cum_sum_11", "sort": "top_k_attribute_7", "window": "max_pool_2d", "transpose": "depth_to_space_7",
    "gather": "gather_7", "gather-nd": "gather_nd_rows_12", "scatter": "scatter_elements_add_16",
    "softmax": "softmax_1d_13", "layer-norm": "layer_norm_last_no_bias", "gelu": "gelu_20", "pad": "pad_attributes_7",
    "concat": "concat_axis_0_7", "slice": "slice_attributes_default_axes_7", "rnn": "rnn_7",
    "resize": "resize_nearest_down_10", "lrn": "lrn_size_3", "expand": "expand_i64_scalar_13",
}  # fmt: skip
INTEGERS = {
    "conv": "integers/qconv_scale_above_1", "matmul": "integers/qmatmul_k_1",
    "add": "integers/qlinearadd_i8_scalar", "table": "integers/qlinearsigmoid_i8",
    "pool": "integers/qlinearaveragepool_i8_3x3", "max-pool": "islands/island_max_pool_i8",
    "concat": "islands/island_concat_equal_i8",
}  # fmt: skip
# Cases of generate_forms.py: element types of few bits, and operators of old and new versions.
FORMS = (
    "cast_float_to_int4", "cast_float8e5m2_to_float16", "cast_like_between_floats", "bitcast_int4_to_uint4",
    "quantize_blocks_whole", "dequantize_mx_ragged", "quantize_float8e4m3fn_0", "matmul_n_bits_4_point",
    "pad_int4_value", "add_middle_6", "prelu_channels_6", "batchnorm_per_element_6", "upsample_6", "mod_floats_28",
)  # fmt: skip
MANIFEST = {
    "name": "x", "library": "x.so", "abi_major": 0, "abi_minor": 4, "container_version": 2, "opset_version": 1,
    "sanitizer": "none", "processes": False, "blob": "checked",
}  # fmt: skip
LARGEST_ONNX = 1200
# Some of whose inputs have to be known at compile time.
NEED_VALUES = ("pad_run_time_pads_", "reverse_sequence_")


def call(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def read(pattern):
    (path,) = glob.glob(pattern)
    with open(path, "rb") as file:
        return file.read()


def one_model_per_operator(folder):
    """Case -> bytes: the smallest model that has each operator."""
    import onnx

    best = {}
    for path in sorted(glob.glob(f"{folder}/*/*/model.onnx")):
        size = os.path.getsize(path)
        if os.path.basename(os.path.dirname(path)).startswith(NEED_VALUES):
            continue
        for node in onnx.load(path).graph.node if size <= LARGEST_ONNX else []:
            best.setdefault((node.domain, node.op_type), (size, path))
            best[node.domain, node.op_type] = min(best[node.domain, node.op_type], (size, path))
    return {os.path.basename(os.path.dirname(path)).replace("_", "-"): read(path) for _, path in best.values()}


def sections(gpx):
    count = struct.unpack_from("<I", gpx, 12)[0]
    for row in range(count):
        offset, size = struct.unpack_from("<QQ", gpx, 64 + 64 * row)
        yield gpx[offset : offset + size]


def compiled(glowplug, model, folder, backend, *options):
    """The .gpx file of a model and the folder with its IR."""
    os.makedirs(folder, exist_ok=True)
    target = os.path.join(folder, "model.gpx")
    call(glowplug, "compile", model, "-o", target, "--backend", backend, "--dump-ir", folder, *options)
    return read(target), folder


def with_open_dim(model, folder):
    """A copy of a model, the first size of whose input has no value."""
    import onnx

    os.makedirs(folder)
    target = os.path.join(folder, "open.onnx")
    proto = onnx.load(model)
    for value in (*proto.graph.input, *proto.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "N"
    onnx.save(proto, target)
    return target


def small_profile(plain):
    """A profile of one tensor with few bins: mutations of it are quick to read."""
    profile = json.loads(plain)
    tensor = {
        "name": "x", "shape": [1, 2, 3], "count": 7, "non_finite": 1, "min": -0.75, "max": 1.5, "mean": 0.5,
        "bin_width_log2": -2, "first_bin": -3, "bins": [1, 0, 0, 2, 0, 1, 0, 0, 2], "channel_axis": 1,
        "channel_mean": [0.25, 0.5], "channel_min": [-0.75, 0.0], "channel_max": [0.5, 1.5],
    }  # fmt: skip
    return json.dumps({**profile, "tensors": [tensor]}).encode() + b"\n"


def seeds_of(glowplug, folder):
    """Target -> name -> bytes."""
    data = os.path.join(ROOT, "tests/data")
    call(sys.executable, f"{data}/generate_ops.py", f"{folder}/cases/plain")
    for kind in ("integers", "islands"):
        call(sys.executable, f"{data}/generate_ops.py", f"{folder}/cases/{kind}", "--set", kind)
    seeds = {name: {} for name in MAKERS}
    seeds["onnx"] = one_model_per_operator(f"{folder}/cases")
    call(sys.executable, f"{data}/generate_forms.py", f"{folder}/forms")
    for case in FORMS:
        seeds["onnx"]["form-" + case.replace("_", "-")] = read(f"{folder}/forms/{case}/model.onnx")
    for name, case in IMAGES.items():
        model = f"{folder}/cases/plain/{case}/model.onnx"
        gpx, ir = compiled(glowplug, model, f"{folder}/reference-{name}", "reference")
        seeds["image"][name] = read(f"{ir}/*part0*.gpim")
        if name in ("conv", "softmax", "sort", "pad"):
            seeds["artifact"][name] = gpx
    model = with_open_dim(f"{folder}/cases/plain/{IMAGES['softmax']}/model.onnx", f"{folder}/variants")
    seeds["artifact"]["variants"], _ = compiled(glowplug, model, f"{folder}/variants", "reference", "--dim", "N=2,3")
    for name, case in INTEGERS.items():
        model = f"{folder}/cases/{case}/model.onnx"
        gpx, ir = compiled(glowplug, model, f"{folder}/npu-{name}", "npu-sim")
        seeds["instr"][name] = read(f"{ir}/*part0*.gpin")
        seeds["image"][f"integer-{name}"] = read(f"{ir}/*part0.npu-sim.gpim")
        seeds["machine"]["npu-sim"] = read(f"{ir}/*part0*.gpmd")
        (seeds["npu-blob"][name],) = [s for s in sections(gpx) if s.startswith(b"npu-sim\0")]
    for name in ("conv", "softmax"):
        model = f"{folder}/cases/plain/{IMAGES[name]}/model.onnx"
        gpx, _ = compiled(glowplug, model, f"{folder}/cpu-{name}", "cpu")
        (seeds["cpu-blob"][name],) = [s for s in sections(gpx) if s.startswith(b"gplgcpub")]
    model = f"{folder}/cases/plain/{IMAGES['conv']}/model.onnx"
    call(glowplug, "profile", model, "-o", f"{folder}/profile", "--inputs", "random:0", "--backend", "reference")
    seeds["profile"]["plain"] = read(f"{folder}/profile")
    seeds["profile"]["small"] = small_profile(seeds["profile"]["plain"])
    seeds["manifest"]["plain"] = json.dumps(MANIFEST, indent=2).encode() + b"\n"
    seeds["npu-config"]["standard"] = read(f"{ROOT}/hw/spec/npu.json")
    return seeds


def write(corpus, seeds):
    for target, files in seeds.items():
        folder = os.path.join(corpus, target)
        os.makedirs(folder, exist_ok=True)
        for path in glob.glob(f"{folder}/good-*"):
            os.remove(path)
        for name, content in files.items():
            with open(os.path.join(folder, f"good-{name}"), "wb") as file:
                file.write(content)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glowplug", required=True, metavar="FILE")
    parser.add_argument("--corpus", default=os.path.join(HERE, "corpus"), metavar="DIR")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seeds = seeds_of(os.path.realpath(arguments.glowplug), folder)
    write(arguments.corpus, seeds)


if __name__ == "__main__":
    main()
