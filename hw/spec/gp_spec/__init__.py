# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reads the NPU's sizes, instruction set and prices, and writes them in other languages."""

from .accessors import accessors_header
from .cpp import header
from .data import Fault, load, load_config
from .energy import load_energy
from .energy_cpp import energy_header
from .energy_page import energy_page, energy_table
from .page import page
from .registers import header as registers_header
from .registers import page as registers_page
from .verilog import package

__all__ = [
    "Fault", "accessors_header", "energy_header", "energy_page", "energy_table", "header", "load", "load_config",
    "load_energy", "package", "page", "registers_header", "registers_page",
]  # fmt: skip
