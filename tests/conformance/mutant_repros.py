# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whether what the suite keeps of a failure is worth it: small, and a C program that shows it alone."""

import json
import os
import subprocess

from mutant_plugins import ROOT


def ops_of(build, image):
    """How many ops the program in the file \\p image has, without constants."""
    done = subprocess.run([os.path.join(build, "bin", "glowplug"), "inspect", image, "--json"],
                          capture_output=True, text=True, check=True)  # fmt: skip
    ops = json.loads(done.stdout)["body"]["ops"]
    return sum(op["attributes_type"].lower() != "constant" for op in ops)


def shows_it(folder, library):
    """Whether repro.c compiles with the headers of the SDK alone, and then fails on \\p library."""
    program = os.path.join(folder, "repro")
    include = os.path.join(ROOT, "backend-api", "include")
    command = ["cc", "-std=c11", "-Wall", "-Werror", "-I" + include, "repro.c", "-o", program, "-ldl", "-lm"]
    if subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode != 0:
        return "does not compile"
    try:
        done = subprocess.run([program, library], cwd=folder, capture_output=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        return "fails alone"
    # A signal is a negative number.
    return "fails alone" if done.returncode == 1 or done.returncode < 0 else "passes alone"


def judge_repro(build, folder, library):
    """{"ops", "repro"} of the failure kept in \\p folder."""
    image = os.path.join(folder, "case.gpim")
    if not os.path.exists(image):
        return {"ops": None, "repro": "none"}
    return {"ops": ops_of(build, image), "repro": shows_it(folder, library)}
