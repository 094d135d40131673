# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reads the NPU's sizes and instruction set, and writes them in other languages."""

from .cpp import header
from .data import Fault, load, load_config
from .page import page
from .registers import header as registers_header
from .registers import page as registers_page
from .verilog import package

__all__ = [
    "Fault", "header", "load", "load_config", "package", "page", "registers_header", "registers_page",
]  # fmt: skip
