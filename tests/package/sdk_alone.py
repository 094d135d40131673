#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The SDK that is configured alone looks for nothing that it does not need, and is the SDK of a whole build.

usage: sdk_alone.py --root ROOT --sdk DIR --work DIR

DIR of --sdk is the component `sdk` of a whole build, installed.
"""

import argparse
import filecmp
import pathlib
import re
import shutil
import subprocess
import sys


def run(*command):
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nneeds status 0, but ended with {done.returncode}:\n{done.stdout}")


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("root", "sdk", "work"):
        parser.add_argument(f"--{name}", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    work = arguments.work
    shutil.rmtree(work, ignore_errors=True)
    # Debian's default compiler: none of the versions that the rest is built with.
    run("cmake", "-S", arguments.root, "-B", work / "build", "-G", "Ninja", "-D", "GLOWPLUG_SDK_ONLY=ON",
        "-D", "CMAKE_C_COMPILER=gcc", "-D", "CMAKE_CXX_COMPILER=g++")  # fmt: skip
    cache = (work / "build/CMakeCache.txt").read_text()
    looked_for = re.findall(r"^((?:MLIR|LLVM|Protobuf|ONNX|SYSTEMC|OPENSSL|CLI11|fmt|GTest)\w*):", cache, re.M | re.I)
    if looked_for:
        sys.exit(f"the SDK alone needs no {', '.join(looked_for)}")
    run("cmake", "--build", work / "build")
    run("cmake", "--install", work / "build", "--prefix", work / "sdk")
    if files(work / "sdk") != files(arguments.sdk):
        sys.exit(f"needs the files\n{files(arguments.sdk)}\nbut got\n{files(work / 'sdk')}")
    _, different, errors = filecmp.cmpfiles(arguments.sdk, work / "sdk", files(arguments.sdk), shallow=False)
    if different or errors:
        sys.exit(f"needs the bytes of a whole build, but {different + errors} differ")
    print(f"{len(files(arguments.sdk))} files, the same as of a whole build")


if __name__ == "__main__":
    main()
