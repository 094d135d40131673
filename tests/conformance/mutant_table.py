# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes what became of all variants as a page of the reference."""

HEADER = """\
# Who tests the tests

The suite of conformance is itself tested on plugins that are wrong on purpose. Each *mutant* is one of our plugins
or examples with one mistake of the kind that people make; the suite has to fail it. *Lawful variants* compute in
another way that is right as well; the suite has to pass them. A wrong variant runs at level `quick`, and at `full` if
it survives that. This page is made by

```text
tests/conformance/mutants.py --build build/ci --out made-mutants \\
    --results tests/conformance/mutant_results.jsonl --table docs/reference/conformance-mutants.md
```

which runs the variants that changed since the results were stored, or all of them with `--fresh`.
"""

WRONG = """
## Wrong variants

Seconds are those of the whole run until it stopped, and ops those of the program that is kept.

| Plugin | Variant | Class | Mistake | Level | Killed by | Seconds | Ops |
|---|---|---|---|---|---|---|---|
"""
LAWFUL = """
## Lawful variants

| Plugin | Variant | What is different | Result |
|---|---|---|---|
"""


# Verdicts of variants that are not done.
OPEN = {"unknown": "did not run yet", "undecided": "**survives** so far, and did not run at full"}


def share(part, whole):
    return f"{part} of {whole}" + (f" ({100 * part // whole} %)" if whole else "")


def summary(wrong, lawful):
    known = [row for row in wrong + lawful if row["verdict"] != "unknown"]
    unknown = len(wrong) + len(lawful) - len(known)
    wrong = [row for row in wrong if row in known]
    lawful = [row for row in lawful if row in known]
    killed = [row for row in wrong if row["verdict"] == "fail"]
    quick = [row for row in killed if row["level"] == "quick"]
    kept = [row for row in killed if row["ops"] is not None]
    return [
        ("wrong variants that fail, of those that ran", share(len(killed), len(wrong))),
        ("wrong variants that fail at level `quick`", share(len(quick), len(wrong))),
        ("lawful variants that fail", share(sum(row["verdict"] != "pass" for row in lawful), len(lawful))),
        ("variants that did not run yet", str(unknown)),
        ("failures kept as a program; others are about calls of the plugin", share(len(kept), len(killed))),
        ("of these, programs of at most three ops", share(sum(row["ops"] <= 3 for row in kept), len(kept))),
        ("of these, `repro.c` compiles with the header of the SDK alone",
         share(sum(row["repro"] != "does not compile" for row in kept), len(kept))),
        ("of these, `repro.c` shows the failure by itself",
         share(sum(row["repro"] == "fails alone" for row in kept), len(kept))),
    ]  # fmt: skip


def wrong_line(row):
    mutant = row["mutant"]
    if row["verdict"] in OPEN:
        case = OPEN[row["verdict"]]
    elif row["verdict"] == "fail":
        case = f"`{row['case']}`"
    else:
        case = "**survives**: " + mutant.get("survives", "")
    ops = "" if row["ops"] is None else str(row["ops"])
    return (f"| {row['plugin']} | {mutant['id']} | {mutant.get('class', '')} | {mutant['about']} | {row['level']} "
            f"| {case} | {row['seconds']} | {ops} |\n")  # fmt: skip


def write_table(path, rows):
    wrong = [row for row in rows if row["mutant"]["kind"] == "wrong"]
    lawful = [row for row in rows if row["mutant"]["kind"] == "lawful"]
    with open(path, "w", encoding="utf-8") as page:
        page.write(HEADER)
        page.write("\n| What | How many |\n|---|---|\n")
        for what, count in summary(wrong, lawful):
            page.write(f"| {what} | {count} |\n")
        page.write(WRONG)
        page.writelines(wrong_line(row) for row in wrong)
        page.write(LAWFUL)
        for row in lawful:
            result = f"**fails** `{row['case']}`"
            if row["verdict"] in ("pass", *OPEN):
                result = {"pass": "passes", **OPEN}[row["verdict"]]
            page.write(f"| {row['plugin']} | {row['mutant']['id']} | {row['mutant']['about']} | {result} |\n")
