# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs every .mlir file below this folder through the commands in it."""

import os
import sys

import lit.formats

build = lit_config.params["build"]

config.name = "glowplug"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(build, "tests", "lit")
# Stops a variable of one function from being used by accident in the next.
config.environment["FILECHECK_OPTS"] = "--enable-var-scope --dump-input=fail"
config.environment["PATH"] = os.pathsep.join(
    [os.path.join(build, "bin"), lit_config.params["llvm"], os.environ["PATH"]])
# Tests with many maps of one scalar op write each in one line.
config.substitutions.append(
    ("%expand-maps", f"{sys.executable} {os.path.join(config.test_source_root, 'expand_maps.py')}"))
