# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Detectors of torchvision: boxes are chosen inside, by NonZero, TopK and NonMaxSuppression."""

import torch
from torchvision.models import detection

import weights
from export import Net

SIDE = 320


class Detector(torch.nn.Module):
    """One picture in, one set of boxes out: torchvision takes and gives lists."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        found = self.net([x[0]])[0]
        return found["boxes"], found["labels"], found["scores"]


def _detector(build):
    def make():
        example = (torch.sigmoid(weights.image(1, 3, SIDE, SIDE)),)
        net = weights.fill(Detector(build()), example)
        return net, example

    axes = {"boxes": {0: "found"}, "labels": {0: "found"}, "scores": {0: "found"}}
    return Net(make, ["x"], list(axes), axes, [{"x": [1, 3, SIDE, SIDE, "unit"]}], variants=False)


def nets():
    """Name -> Net. Weights are random, so that scores are low: thresholds let boxes through all the same."""
    none = {"weights": None, "weights_backbone": None}
    return {
        "ssdlite320": _detector(
            lambda: detection.ssdlite320_mobilenet_v3_large(**none, score_thresh=0.02, detections_per_img=50)
        ),
        "fasterrcnn320": _detector(
            lambda: detection.fasterrcnn_mobilenet_v3_large_320_fpn(
                **none,
                box_score_thresh=0.02,
                box_detections_per_img=50,
                rpn_pre_nms_top_n_test=200,
                rpn_post_nms_top_n_test=50,
            )  # fmt: skip
        ),
    }
