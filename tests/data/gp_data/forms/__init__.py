# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Forms of ONNX that neither Debian's python3-onnx nor ONNX Runtime know: its element types of 2 to 8 bits, and the
operators of version 6. A module has a function cases(), which yields Case objects."""
