# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The trained digits model's images, as the model takes them."""

import os

import numpy as np

ROOT = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "digits")
MODEL = os.path.join(ROOT, "model.onnx")


def images(name):
    """float32 [N, 1, 8, 8] in 0..1; stored are the grey levels 0..16."""
    return np.load(os.path.join(ROOT, f"{name}_images.npy")).astype(np.float32) / 16


def load_test():
    """The held-out images and, as int64, what they show."""
    return images("test"), np.load(os.path.join(ROOT, "test_labels.npy")).astype(np.int64)


def load_calibration():
    """Images that the model was trained on, to calibrate quantisation with."""
    return images("calibration")
