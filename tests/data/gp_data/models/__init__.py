# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The list of generated models."""

from dataclasses import dataclass
from typing import Callable

from gp_data.models import (
    bert,
    mlperf_tiny,
    mobilenetv2,
    resnet50,
    squeezenet11,
    vgg16,
)


@dataclass(frozen=True)
class Entry:
    """One model: how to build it and how to make its inputs."""

    build: Callable  # name -> Model
    make_inputs: Callable  # name, number of the data set -> list of arrays
    default: bool = True  # whether it is made when no name is given


MODELS = {
    "resnet50": Entry(resnet50.build, resnet50.make_inputs),
    "mobilenetv2": Entry(mobilenetv2.build, mobilenetv2.make_inputs),
    "squeezenet11": Entry(squeezenet11.build, squeezenet11.make_inputs),
    "vgg16": Entry(vgg16.build, vgg16.make_inputs),
    "bert_base": Entry(*bert.encoder(12, 768, 12, fused=False)),
    "bert_base_fused": Entry(*bert.encoder(12, 768, 12, fused=True), default=False),
    "bert_small": Entry(*bert.encoder(2, 128, 4, fused=False)),
    "bert_small_fused": Entry(*bert.encoder(2, 128, 4, fused=True)),
    "tiny_kws": Entry(mlperf_tiny.build_kws, mlperf_tiny.kws_inputs),
    "tiny_vww": Entry(mlperf_tiny.build_vww, mlperf_tiny.vww_inputs),
    "tiny_ic": Entry(mlperf_tiny.build_ic, mlperf_tiny.ic_inputs),
    "tiny_ad": Entry(mlperf_tiny.build_ad, mlperf_tiny.ad_inputs),
}
