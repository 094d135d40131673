# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The page of docs/reference on whole networks: what every device of the NPU answered."""

from npu_devices import DEVICES, INTERPRETER, SLOW_MEMORIES, cycles_off, same_times, slow

# The networks of the page, and the sizes of the array on which they run.
NETWORKS = {
    "tiny_ic": [4, 8, 16],
    "tiny_kws": [4, 8, 16],
    "tiny_vww": [4, 8, 16],
    "tiny_ad": [4, 8, 16],
    "digits": [4, 8, 16],
    "bert_small": [8, 16],
    "mobilenetv2": [8, 16],
    "squeezenet11": [8, 16],
    "resnet50": [8, 16],
}
MEMORIES = ["ideal", "banked", "refreshing", "small rows"]
# Where the whole NPU also runs with slow memories.
SLOW_NETWORKS = ["tiny_ic", "tiny_kws", "tiny_vww", "tiny_ad", "digits", "bert_small"]
SLOW_ROWS = 16

PAGE = """<!-- Made by tests/e2e/npu.py --devices --page. -->
# Networks on the NPU, in every form of it

The same compiled program on the replay of the timing contract, on the SystemC model, on the model with units in RTL,
and on the whole NPU in RTL. Networks are quantised to 8 bits. Cycles are those of a first run, with the fetch of the
program. One command makes the page:

```text
cmake --preset ci -B build/networks "-DGLOWPLUG_CHIP_ROWS=4;8;16"
cmake --build build/networks --target glowplug gp_plugin_cpu gp_plugin_npu_sim npu-device
tests/data/generate.py build/models --only {models}
tests/e2e/npu.py --devices --page docs/reference/npu-networks.md --results build/npu-networks.jsonl \\
    --keep build/npu-networks --glowplug build/networks/bin/glowplug --models build/models \\
    --digits tests/data/digits/model.onnx
```

It takes hours, most of them for ResNet-50; `--only tiny_ic tiny_kws` and the like takes minutes. An answer that stands
in the file of results, of the same programs and model, is not asked for again.

R is `array.rows`; all else is as in `hw/spec/npu.json`, except the memory:

{memories}

"Off" is the greatest difference in cycles between the replay and any device, in the whole network or in one of its
layers. "Bytes" compares the outputs of every device with those of the reference interpreter.

| Network | R | Memory | {devices} | Off | Bytes |
|---|---|---|{dashes}---|---|
{lines}
{missing}
## Slow memories

The whole NPU in RTL at R = {slow_rows}, behind a memory that keeps no contract: in some of the cycles it is not ready,
or silent; each burst takes a random number of cycles; answers to different requesters are mixed. The columns say how
many more cycles a network takes than with the ideal memory, which answers after 100 cycles. The outputs have the same
bytes.

| Network | Ideal memory | {slow_heads} | Bytes |
|---|---|{slow_dashes}---|
{slow_lines}
"""


def describe(memory, sizes):
    if memory == "ideal":
        return "- ideal: no banks, every row is open."
    what = ", ".join(f"`dram.{name}` {value}" for name, value in sizes.items())
    return f"- {memory}: {what}."


def network_line(answers, name, rows, memory):
    """A line, and whether it is complete and shows no difference; none if nothing is known."""
    known = {device: answers.get(name, rows, memory, device) for device in DEVICES
             if answers.has(name, rows, memory, device)}
    if "replay" not in known or not answers.has(name, 0, "", INTERPRETER):
        return None, False
    first, expected = known["replay"], answers.get(name, 0, "", INTERPRETER)["outputs"]
    off = max(cycles_off(answer, first) for answer in known.values())
    equal = all(answer["outputs"] == expected for answer in known.values())
    cells = [f"{known[device]['cycles']:,}" if device in known else "-" for device in DEVICES]
    line = " | ".join([name, str(rows), memory, *cells, str(off), "equal" if equal else "DIFFERENT"])
    alike = all(same_times(answer, first) for answer in known.values())
    return f"| {line} |", len(known) == len(DEVICES) and alike and equal


def slow_line(answers, name):
    places = [(name, SLOW_ROWS, "ideal", slow(memory)) for memory in SLOW_MEMORIES]
    if not all(answers.has(*place) for place in (*places, (name, SLOW_ROWS, "ideal", "replay"))):
        return None
    first = answers.get(name, SLOW_ROWS, "ideal", "replay")
    found = [answers.get(*place) for place in places]
    cells = [f"{100 * answer['cycles'] / first['cycles'] - 100:+.1f} %" for answer in found]
    equal = all(answer["outputs"] == first["outputs"] for answer in found)
    return "| " + " | ".join([name, f"{first['cycles']:,}", *cells, "equal" if equal else "DIFFERENT"]) + " |"


def slow_head(memory):
    stall, latency, _ = memory.split(":")
    return f"{stall} % not ready, latency up to {latency}"


def write_page(path, answers, memories):
    """Writes what is known of the networks. How many machines of the page are missing, or show a difference."""
    lines, missing, bad = [], [], 0
    for name, sizes in NETWORKS.items():
        for rows in sizes:
            for memory in MEMORIES:
                line, is_good = network_line(answers, name, rows, memory)
                lines += [line] if line else []
                missing += [] if line else [f"{name}, R = {rows}, {memory}"]
                bad += not is_good
    slow_lines = [slow_line(answers, name) for name in SLOW_NETWORKS]
    bad += sum(line is None or "DIFFERENT" in line for line in slow_lines)
    text = PAGE.format(
        models=" ".join(name for name in NETWORKS if name != "digits"),
        memories="\n".join(describe(memory, memories[memory]) for memory in MEMORIES),
        devices=" | ".join(device[0].upper() + device[1:] for device in DEVICES), dashes="---|" * len(DEVICES),
        lines="\n".join(lines),
        missing=f"\nNot run yet: {'; '.join(missing)}.\n" if missing else "", slow_rows=SLOW_ROWS,
        slow_heads=" | ".join(map(slow_head, SLOW_MEMORIES)), slow_dashes="---|" * len(SLOW_MEMORIES),
        slow_lines="\n".join(filter(None, slow_lines)))  # fmt: skip
    path.write_text(text, encoding="utf-8")
    return bad
