#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests of `glowplug conformance verify|merge|diff`, and of the files of a report.

usage: conformance.py --glowplug FILE --samples FILE --schema FILE [unittest options]

--samples is the program that writes reports of made-up runs. The pages are opened in headless Chromium; where
there is none, PageTest alone is skipped (status 77).
"""

import argparse
import html
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml

DONE, WORSE, USAGE = 0, 1, 2
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
TOOL = SCHEMA = SAMPLES = None


def run(expected, *arguments):
    """The answer as JSON."""
    done = subprocess.run(
        [TOOL, "conformance", *map(str, arguments), "--json"], capture_output=True, text=True, timeout=120)  # fmt: skip
    assert done.returncode == expected, (done.returncode, done.stdout, done.stderr)
    return json.loads(done.stdout)


def words(expected, *arguments):
    """(standard output, standard error)"""
    done = subprocess.run([TOOL, "conformance", *map(str, arguments)], capture_output=True, text=True, timeout=120)
    assert done.returncode == expected, (done.returncode, done.stdout, done.stderr)
    return done.stdout, done.stderr


class FolderTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="glowplug reports "))
        self.addCleanup(shutil.rmtree, self.folder)

    def changed(self, change, name="bad"):
        """A copy of a sample's report.json, after `change` of its JSON."""
        report = json.loads((SAMPLES / name / "report.json").read_text())
        change(report)
        path = self.folder / "changed.json"
        path.write_text(json.dumps(report))
        return path


class CommandTest(FolderTest):
    def test_verify_says_what_follows(self):
        answer = run(DONE, "verify", SAMPLES / "good")
        self.assertTrue(answer["verified"])
        self.assertEqual(answer["result"]["conformant"], ["INT8 1.0"])
        self.assertEqual(answer["result"]["verdicts"]["pass"], 51)
        out, _ = words(DONE, "verify", SAMPLES / "bad" / "report.json")
        self.assertIn("profiles conformant to none\nverified all of it follows from its figures\n", out)

    def test_verify_finds_what_does_not_follow(self):
        def pretend(report):
            case = next(case for case in report["cases"] if case["verdict"] == "crash")
            case["verdict"] = "pass"

        answer = run(WORSE, "verify", self.changed(pretend))
        self.assertFalse(answer["verified"])
        self.assertIn("case 'ops/Slice/u8/n1': its verdict is \"pass\" in the report, but \"crash\" follows from its "
                      "figures", answer["errors"])  # fmt: skip
        lost = []
        _, err = words(WORSE, "verify", self.changed(lambda report: lost.append(report["cases"].pop()["name"])))
        self.assertTrue(err.startswith(f"glowplug: error: case '{lost[0]}' is planned and has no record"), err)

    def test_verify_compares_the_plugin(self):
        other = self.folder / "other.so"
        other.write_bytes(b"other")
        (error,) = run(WORSE, "verify", SAMPLES / "good", "--plugin", other)["errors"]
        self.assertIn("but the report is of aaaa", error)

    def test_wrong_usage(self):
        self.assertEqual(run(USAGE)["error"]["kind"], "usage")
        self.assertIn("there is no report", run(USAGE, "verify", self.folder)["error"]["message"])
        _, err = words(USAGE, "verify")
        self.assertIn("see `glowplug conformance verify --help`", err)
        _, err = words(USAGE, "diff", "a", "b", "--reprot", "c")
        self.assertIn("unknown option '--reprot'; did you mean '--report'?", err)
        self.assertIn("--sign-with and --key need each other",
                      run(USAGE, "merge", SAMPLES / "good", "-o", self.folder / "m", "--sign-with", "gpg")
                      ["error"]["message"])  # fmt: skip
        out, _ = words(DONE, "merge", "--help")
        self.assertIn("usage: glowplug conformance merge REPORT... -o DIR", out)

    def test_merge_gives_the_whole_run(self):
        merged = self.folder / "merged"
        run(DONE, "merge", SAMPLES / "shard2", SAMPLES / "shard1", "-o", merged)
        run(DONE, "verify", merged)
        some = json.loads((merged / "report.json").read_text())
        whole = json.loads((SAMPLES / "bad" / "report.json").read_text())
        self.assertEqual([one["shard"] for one in some["environment"]], [1, 2])
        for report in some, whole:
            del report["environment"], report["timing"]
        self.assertEqual(some, whole)
        self.assertEqual(sorted(path.name for path in (merged / "failures").iterdir()), ["shard1", "shard2"])
        message = run(USAGE, "merge", SAMPLES / "shard1", "-o", self.folder / "part")["error"]["message"]
        self.assertEqual(message, "shard 2 of 2 is missing")
        message = run(USAGE, "merge", SAMPLES / "shard1", "-o", merged)["error"]["message"]
        self.assertIn("is there already, and not empty", message)
        # What does not follow is not merged.
        bad = self.changed(lambda report: report["totals"]["L1"].update(fail=0), "shard1")
        self.assertIn("follows", run(WORSE, "merge", bad, "-o", self.folder / "x")["error"]["message"])

    def test_a_signature_is_made_and_checked(self):
        if not shutil.which("minisign"):
            self.skipTest("there is no minisign")
        key, public, signed = (self.folder / name for name in ("lab.key", "lab.pub", "signed"))
        subprocess.run(["minisign", "-G", "-W", "-s", key, "-p", public], check=True, capture_output=True)
        run(DONE, "merge", SAMPLES / "good", "-o", signed, "--sign-with", "minisign", "--key", key)
        self.assertEqual(run(DONE, "verify", signed, "--public-key", public)["notes"], [])
        self.assertIn("it is signed by minisign", run(DONE, "verify", signed)["notes"][0])
        with open(signed / "SHA256SUMS", "a") as sums:
            sums.write("\n")
        errors = run(WORSE, "verify", signed, "--public-key", public)["errors"]
        self.assertIn("minisign failed with status", errors[-1])
        (error,) = run(WORSE, "verify", SAMPLES / "good", "--public-key", public)["errors"]
        self.assertIn("there is no signature", error)

    def test_diff_tells_regressions(self):
        answer = run(WORSE, "diff", SAMPLES / "good", SAMPLES / "bad")
        self.assertTrue(answer["regressions"])
        self.assertEqual([change["name"] for change in answer["new_failures"]],
                         ["ops/Pad/u8/n0", "ops/Slice/u8/n1", "graphs/u8/n4/tosa_single"])  # fmt: skip
        self.assertEqual(answer["profiles_lost"],
                         [{"name": "INT8", "before": "conformant", "after": "not_conformant"}])  # fmt: skip
        page = self.folder / "page.html"
        out, _ = words(DONE, "diff", SAMPLES / "bad", SAMPLES / "good", "--report", page)
        self.assertIn("fixed            ops/Slice/u8/n1: crash -> pass\n", out)
        self.assertTrue(out.endswith("nothing became worse\n"))
        self.assertIn("Since the earlier report", page.read_text())


class FilesTest(FolderTest):
    def test_reports_keep_the_published_schema(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("there is no jsonschema; Debian's package python3-jsonschema has it")
        schema = json.loads(SCHEMA.read_text())
        checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
        jsonschema.Draft202012Validator.check_schema(schema)
        for name in ("good", "bad", "shard1"):
            checker.validate(json.loads((SAMPLES / name / "report.json").read_text()))
        # A schema that takes everything would prove nothing.
        report = json.loads((SAMPLES / "bad" / "report.json").read_text())
        for path, value in ((("cases", 0, "verdict"), "fine"), (("cases", 0, "more"), 1), (("schema",), 2),
                            (("identity", "seed"), 1), (("waivers", 0, "expires"), "soon")):  # fmt: skip
            broken = json.loads(json.dumps(report))
            at = broken
            for key in path[:-1]:
                at = at[key]
            at[path[-1]] = value
            self.assertFalse(checker.is_valid(broken), path)

    def test_every_field_of_a_report_is_required_alike(self):
        """What the schema asks for is what `verify` asks for."""
        report = json.loads((SAMPLES / "bad" / "report.json").read_text())
        schema = json.loads(SCHEMA.read_text())
        self.assertEqual(sorted(schema["required"]), sorted(report))
        for name in schema["required"]:
            self.assertFalse(run(WORSE, "verify", self.changed(lambda report: report.pop(name)))["verified"], name)
        for name in schema["$defs"]["case"]["required"]:
            path = self.changed(lambda report: report["cases"][0].pop(name))
            self.assertFalse(run(WORSE, "verify", path)["verified"], name)

    def test_junit_is_what_servers_read(self):
        suites = xml.parse(SAMPLES / "bad" / "junit.xml").getroot()
        self.assertEqual(suites.tag, "testsuites")
        counts = {"tests": 0, "failures": 0, "errors": 0}
        for suite in suites:
            self.assertEqual(suite.tag, "testsuite")
            cases = list(suite)
            self.assertEqual({case.tag for case in cases}, {"testcase"})
            for attribute, tags in (("failures", ["failure"]), ("errors", ["error"]), ("skipped", ["skipped"])):
                self.assertEqual(int(suite.get(attribute)), sum(len(case.findall(tags[0])) for case in cases))
            self.assertEqual(int(suite.get("tests")), len(cases))
            for case in cases:
                self.assertLessEqual(len(list(case)), 1)
                self.assertTrue(case.get("name") and case.get("classname"))
                float(case.get("time"))
            for name in counts:
                counts[name] += int(suite.get(name))
        self.assertEqual(counts, {name: int(suites.get(name)) for name in counts})
        self.assertEqual(counts, {"tests": 78, "failures": 1, "errors": 2})


class PageTest(FolderTest):
    # What a reader does to the page, and then what is on it.
    HAND = """
      <script>
      const seen = document.body.appendChild(document.createElement("ol"));
      const note = (text) => { const item = document.createElement("li"); item.textContent = text;
                               seen.append(item); };
      addEventListener("error", (event) => note(`error ${event.message}`));
      const shown = () => document.getElementById("shown").textContent;
      const visible = () => [...document.querySelectorAll("#case-table tbody tr")].filter((row) => !row.hidden)
        .map((row) => row.cells[1].textContent).slice(0, 3).join(" ");
      const type = (id, value) => { const control = document.getElementById(id); control.value = value;
                                    control.dispatchEvent(new Event("input")); };
      note(shown());
      type("verdict-is", "crash"); note(shown()); note(visible()); note(location.hash);
      type("verdict-is", ""); type("op", "Conv"); note(shown());
      type("find", "TOSA n3"); note(shown()); note(visible());
      type("level", "L0 ABI"); note(shown());
      for (const id of ["find", "level", "op"]) type(id, "");
      note(shown());
      location.hash = document.querySelector(".matrix a.v-fail").getAttribute("href");
      addEventListener("hashchange", () => { note(shown()); note(visible()); });
      </script>"""

    def browse(self, page, *options, address=""):
        done = subprocess.run(
            [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND",
             "--enable-logging=stderr", f"--user-data-dir={self.folder / 'profile'}", "--virtual-time-budget=2000",
             *options, page.as_uri() + address],
            capture_output=True, text=True, timeout=120)  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([line for line in done.stderr.splitlines() if ":CONSOLE" in line], [])
        return done.stdout

    def element(self, dom, name):
        """The text of the element with this id, without inner tags."""
        found = re.search(rf'<(\w+)[^>]*\bid="{name}"[^>]*>(.*?)</\1>', dom, re.S)
        self.assertIsNotNone(found, f"no element {name}")
        return html.unescape(re.sub(r"<[^>]*>", " ", found[2])).strip()

    def test_the_page_shows_the_report(self):
        dom = self.browse(SAMPLES / "bad" / "report.html", "--dump-dom")
        self.assertEqual(self.element(dom, "verdict"), "Not conformant  3 cases failed.")
        counts = [self.element(dom, f"n-{name}") for name in ("cases", "passed", "failed", "unsupported", "waived")]
        self.assertEqual(counts, ["78", "47", "3", "26", "1"])
        for section, text in (("waivers", "a multiplier of the first silicon"), ("waivers", "expired"),
                              ("failures", "-128 <b>"), ("failures", "--level full --seed 42"),
                              ("untested", "has no group 'queue'"),
                              ("profiles", "needs the group topology")):  # fmt: skip
            self.assertIn(text, self.element(dom, section))
        self.assertEqual(self.element(dom, "shown"), "78 of 78 cases")

    def test_cases_are_found(self):
        page = self.folder / "page.html"
        page.write_text((SAMPLES / "bad" / "report.html").read_text().replace("</body>", self.HAND + "</body>"))
        dom = self.browse(page, "--dump-dom")
        self.assertEqual([html.unescape(text) for text in re.findall(r"<li>([^<]*)</li>", dom.rsplit("<ol>")[-1])], [
            "78 of 78 cases", "1 of 78 cases", "ops/Slice/u8/n1", "#verdict=crash", "20 of 78 cases",
            "2 of 78 cases", "ops/Conv/u8/n3/fp32_rne ops/Conv/u8/n3/tosa_single", "0 of 78 cases", "78 of 78 cases",
            "2 of 78 cases", "ops/Pad/u8/n0 ops/Pad/u8/n1"])  # fmt: skip

    def test_an_address_says_what_is_shown(self):
        dom = self.browse(SAMPLES / "bad" / "report.html", "--dump-dom", address="#verdict=fail")
        self.assertEqual(self.element(dom, "shown"), "1 of 78 cases")

    def test_twenty_thousand_cases(self):
        dom = self.browse(SAMPLES / "large" / "report.html", "--dump-dom", address="#find=copy299+n9")
        self.assertEqual(self.element(dom, "shown"), "2 of 23,478 cases")

    def test_it_prints(self):
        pdf = self.folder / "page.pdf"
        self.browse(SAMPLES / "bad" / "report.html", f"--print-to-pdf={pdf}")
        self.assertTrue(pdf.read_bytes().startswith(b"%PDF"))


def main():
    global TOOL, SCHEMA, SAMPLES
    parser = argparse.ArgumentParser()
    parser.add_argument("--glowplug", required=True)
    parser.add_argument("--samples", required=True)
    parser.add_argument("--schema", required=True, type=pathlib.Path)
    options, rest = parser.parse_known_args()
    TOOL, SCHEMA = options.glowplug, options.schema
    if "PageTest" in rest and not CHROMIUM:
        print("skipped: there is no chromium; Debian's package of this name has it", file=sys.stderr)
        return 77
    os.environ["DBUS_SESSION_BUS_ADDRESS"] = "disabled:"
    with tempfile.TemporaryDirectory(prefix="glowplug samples ") as folder:
        SAMPLES = pathlib.Path(folder)
        subprocess.run([options.samples, folder], check=True)
        unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
