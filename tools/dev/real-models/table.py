# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Results as a table."""

import dataclasses
import statistics

# Those of BAD fail a run of the tool.
VERDICTS = ("right", "near", "refused", "wrong", "crash", "too slow", "unstable", "no judge")
BAD = ("wrong", "crash", "too slow")
LONGEST_REASON = 300


@dataclasses.dataclass
class Result:
    """One model with one set of inputs; times in milliseconds, None where there are none.

    `own` is how far ONNX Runtime without optimisations is from itself with them.
    """

    name: str
    sizes: str
    verdict: str
    error: float | None = None
    own: float | None = None
    limit: float | None = None
    ours: float | None = None
    theirs: float | None = None
    compiled: float | None = None
    reason: str = ""


def _number(value, form):
    return "" if value is None else format(value, form)


def _reason(text):
    line = " ".join(text.split()).replace("|", "\\|")
    return line if len(line) <= LONGEST_REASON else line[: LONGEST_REASON - 3] + "..."


def _ratio(result):
    return result.ours / result.theirs if result.ours and result.theirs else None


def row(result):
    """One line of the table."""
    numbers = [(result.error, ".1e"), (result.own, ".1e"), (result.limit, ".0e"), (result.ours, ".3g")]
    numbers += [(result.theirs, ".3g"), (_ratio(result), ".2f"), (result.compiled and result.compiled / 1000, ".1f")]
    cells = [result.name, result.sizes, result.verdict, *(_number(*one) for one in numbers), _reason(result.reason)]
    return "| " + " | ".join(cells) + " |"


COLUMNS = (
    "Model", "Inputs", "Verdict", "Error", "ONNX Runtime with itself", "Limit", "ms", "ms, ONNX Runtime", "Ratio",
    "Compile s", "Why",
)  # fmt: skip
HEAD = f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}"


def summary(results):
    """One line: how many of each verdict, and the time against ONNX Runtime."""
    counts = [(verdict, sum(r.verdict == verdict for r in results)) for verdict in VERDICTS]
    words = [f"{count} {verdict}" for verdict, count in counts if count]
    text = f"{len(results)} runs of {len({r.name for r in results})} models: {', '.join(words) or 'none'}"
    ratios = [ratio for ratio in map(_ratio, results) if ratio]
    if ratios:
        text += f"; time against ONNX Runtime, one thread: median {statistics.median(ratios):.2f}"
    return text


def failed(results):
    """Whether anything is wrong: a refusal is not."""
    return any(result.verdict in BAD for result in results)


def page(results, backends):
    """The table in Markdown, what needs work first."""
    order = {verdict: index for index, verdict in enumerate(BAD + ("refused",))}
    ranked = sorted(results, key=lambda r: order.get(r.verdict, len(order)))
    head = (
        f"# Real models\n\nWritten by `tools/dev/real_models run`, on {', '.join(backends)}. "
        "Errors are shares of the largest element of an output; both times are on one thread.\n"
    )
    return "\n".join([head, summary(results), "", HEAD, *map(row, ranked), ""])
