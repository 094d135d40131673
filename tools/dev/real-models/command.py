# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calls of the `glowplug` command."""

import json
import resource
import shutil
import subprocess

MEMORY = 16 << 30


class Glowplug:
    """The command, in a child that may neither take too long nor all memory."""

    def __init__(self, tool, backends, seconds):
        self.tool, self.backends, self.seconds = shutil.which(tool) or tool, backends, seconds
        self.options = [word for name in backends for word in ("--backend", name)]

    def call(self, verb, *arguments):
        """(verdict, answer or text); the verdict is empty if all went well."""
        command = [self.tool, verb, *map(str, arguments), *self.options, "--json"]
        confine = lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))  # noqa: E731
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=self.seconds, preexec_fn=confine)
        except subprocess.TimeoutExpired:
            return "too slow", f"no answer in {self.seconds} s"
        return outcome(done.returncode, done.stdout, done.stderr)


def outcome(status, output, errors):
    """What an exit status and the JSON of a command mean."""
    try:
        answer = json.loads(output)
    except json.JSONDecodeError:
        answer = {}
    if status == 0:
        return "", answer
    text = answer.get("error", {}).get("message") or (errors.strip().splitlines() or ["no message"])[-1]
    if status in (1, 2):
        return "refused", text
    return "crash", f"status {status}: {text}"
