#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests the end of tools/demo: the digits model in 8 bits on the simulated NPU, and the report of a run.

usage: npu_demo.py --glowplug FILE --root DIR --made DIR
"""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys

# Held-out images that the quantised model tells right, of 540; in float 532.
RIGHT = 533
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def check(holds, what):
    if not holds:
        sys.exit(f"error: {what}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--glowplug", required=True)
    parser.add_argument("--root", required=True, type=pathlib.Path)
    parser.add_argument("--made", required=True, type=pathlib.Path)
    options = parser.parse_args()
    shutil.rmtree(options.made, ignore_errors=True)
    done = subprocess.run([sys.executable, options.root / "tools/dev/show_npu_demo.py", options.glowplug, options.made],
                          capture_output=True, text=True, timeout=300)
    print(done.stdout)
    check(done.returncode == 0, f"status {done.returncode}: {done.stderr}")
    shown = dict(re.split(r"  +", line, maxsplit=1) for line in done.stdout.splitlines() if line)
    check(shown["accuracy"].startswith(f"{RIGHT / 540:.2%}: {RIGHT} of 540 "), f"accuracy is {shown['accuracy']}")
    check(shown["against the interpreter"].startswith("pass: 0 of "), "the NPU and the interpreter disagree")
    cycles = re.match(r"([\d,]+) cycles for ([\d,]+) multiply-adds: ", shown["one image"])
    check(cycles, f"no cycles in {shown['one image']}")

    events = json.loads((options.made / "digits-npu.trace.json").read_text())["traceEvents"]
    ends = [event["ts"] + event["dur"] for event in events if event["ph"] == "X"]
    check(max(ends) <= int(cycles[1].replace(",", "")), "a span ends after the run")
    if not CHROMIUM:
        print("the report was not opened: there is no chromium")
        return
    dom = subprocess.run([CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom",
                          f"--user-data-dir={options.made / 'profile'}", (options.made / "digits-npu.html").as_uri()],
                         capture_output=True, text=True, timeout=120).stdout  # fmt: skip
    check(f'<dd id="cycles">{cycles[1]}</dd>' in dom, "the report has other cycles")
    status = re.search(r'id="timeline-status">([^<]*)<', dom)
    check(status and re.fullmatch(rf"[1-9][\d,]* spans, [1-9][\d,]* shown: cycles 0 to {cycles[1]}", status[1]),
          f"the timeline says {status and status[1]}")


if __name__ == "__main__":
    main()
