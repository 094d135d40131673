# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Nets for pictures: those of torchvision, and a U-Net."""

import torch
import torchvision

import weights
from export import Net

# Name, and the side of the square picture that a net is made for.
CLASSIFIERS = {
    "resnet18": 224,
    "efficientnet_b0": 224,
    "mobilenet_v3_large": 224,
    "regnet_y_400mf": 224,
    "shufflenet_v2_x1_0": 224,
    "densenet121": 224,
    "convnext_tiny": 224,
    "swin_t": 224,
    "vit_b_16": 224,
}


class Segmentation(torch.nn.Module):
    """A net of torchvision that answers with a dictionary, as one that answers with its scores."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net(x)["out"]


def _double(before, after):
    return torch.nn.Sequential(
        torch.nn.Conv2d(before, after, 3, padding=1, bias=False),
        torch.nn.BatchNorm2d(after),
        torch.nn.ReLU(),
        torch.nn.Conv2d(after, after, 3, padding=1, bias=False),
        torch.nn.BatchNorm2d(after),
        torch.nn.ReLU(),
    )


class UNet(torch.nn.Module):
    """Four levels; upwards by transposed convolution, or by resizing."""

    def __init__(self, width=16, levels=4, classes=2, transposed=True):
        super().__init__()
        sizes = [width << level for level in range(levels)]
        self.down = torch.nn.ModuleList(_double(a, b) for a, b in zip([3] + sizes, sizes))
        if transposed:
            self.up = torch.nn.ModuleList(torch.nn.ConvTranspose2d(2 * s, s, 2, stride=2) for s in sizes[:-1])
        else:
            self.up = torch.nn.ModuleList(
                torch.nn.Sequential(torch.nn.Upsample(scale_factor=2, mode="bilinear"), torch.nn.Conv2d(2 * s, s, 1))
                for s in sizes[:-1]
            )
        self.merge = torch.nn.ModuleList(_double(2 * s, s) for s in sizes[:-1])
        self.head = torch.nn.Conv2d(width, classes, 1)

    def forward(self, x):
        kept = []
        for level, block in enumerate(self.down):
            x = block(x if level == 0 else torch.nn.functional.max_pool2d(x, 2))
            kept.append(x)
        for level in reversed(range(len(self.up))):
            x = self.merge[level](torch.cat([self.up[level](x), kept[level]], 1))
        return self.head(x)


def _net(build, side, batches=(1,), sides=()):
    def make():
        example = (weights.image(2, 3, side, side),)
        return weights.fill(build(), example), (weights.image(1, 3, side, side),)

    shapes = [[b, 3, side, side] for b in batches] + [[1, 3, s, s] for s in sides]
    axes = {0: "batch", 2: "height", 3: "width"} if sides else {0: "batch"}
    return Net(make, inputs=["x"], outputs=["y"], axes={"x": axes, "y": axes}, sets=[{"x": s} for s in shapes])


def nets():
    """Name -> Net."""
    made = {}
    for name, side in CLASSIFIERS.items():
        made[name] = _net(lambda name=name: torchvision.models.get_model(name, weights=None), side, (1, 2))
    segmentation = torchvision.models.segmentation.deeplabv3_mobilenet_v3_large
    made["deeplabv3"] = _net(
        lambda: Segmentation(segmentation(weights=None, weights_backbone=None, num_classes=21)), 256
    )
    made["unet"] = _net(UNet, 128, sides=(64,))
    made["unet_resize"] = _net(lambda: UNet(transposed=False), 128, sides=(64,))
    return made
