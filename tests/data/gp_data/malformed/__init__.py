# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The corpus of bad ONNX files, one module per layer of what can be wrong."""
