# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Generator of the test models, operator cases and malformed files."""
