#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The checks of this folder find what they are for, and nothing else."""

import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import check_layering  # noqa: E402
import check_style  # noqa: E402

SPDX = "// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception\n"


class TreeTest(unittest.TestCase):
    """Writes small trees."""

    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.root = self._folder.name
        self.addCleanup(self._folder.cleanup)

    def write(self, **files):
        paths = []
        for name, text in files.get("files", {}).items():
            path = os.path.join(self.root, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            paths.append(name)
        return paths


class LayeringTest(TreeTest):
    def faults(self, files):
        return check_layering.check(self.root, self.write(files=files))

    def one(self, path, header):
        return self.faults({path: f'#include "{header}"\n'})

    def test_allows_what_stands_below(self):
        for path, header in [
            ("core/importer/Conv.cpp", "core/graph/Graph.h"),
            ("core/importer/onnx/ops/Conv.cpp", "core/importer/build/Emit.h"),
            ("core/driver/Compile.cpp", "core/importer/Import.h"),
            ("core/runtime/Plugin.cpp", "glowplug/backend.h"),
            ("backends/cpu/compiler/ops/Conv.cpp", "llvm/IR/IRBuilder.h"),
            ("tools/glowplug/Main.cpp", "core/driver/Compile.h"),
            ("tests/unit/core/X.cpp", "backends/cpu/compiler/X.h"),
            ("core/prim/Prim.cpp", "core/prim/PrimOps.h.inc"),
            ("core/driver/WorkerPool.cpp", "backend-api/process/Process.h"),
            ("simulator/process/Client.h", "backend-api/process/Process.h"),
        ]:
            self.assertEqual(self.one(path, header), [], (path, header))

    def test_refuses_what_stands_above_or_beside(self):
        for path, header in [
            ("core/support/Tensor.h", "core/prim/Prim.h"),
            ("backend-api/process/Process.h", "glowplug/backend.h"),
            ("simulator/isa/Program.h", "backend-api/process/Process.h"),
            ("core/graph/Graph.h", "core/importer/Import.h"),
            ("core/importer/Conv.cpp", "core/transforms/Passes.h"),
            ("core/importer/file/Bytes.cpp", "core/importer/build/Emit.h"),
            ("core/importer/build/Emit.cpp", "core/importer/onnx/node/Handler.h"),
            ("core/importer/onnx/model/Wire.cpp", "core/importer/onnx/node/Handler.h"),
            ("core/image/Shapes.cpp", "core/reference/Interpreter.h"),
            ("core/runtime/Run.cpp", "core/lowering/Lowering.h"),
            ("core/driver/Compile.cpp", "backends/cpu/plugin/Plugin.h"),
            ("core/driver/Compile.cpp", "tools/glowplug/Verb.h"),
            ("core/nowhere/X.cpp", "core/support/Tensor.h"),
            ("backends/cpu/plugin/Plugin.cpp", "core/support/Tensor.h"),
            ("backends/cpu/plugin/Plugin.cpp", "backends/npu-sim/plugin/Plugin.h"),
            ("backends/cpu/compiler/Compiler.cpp", "backends/cpu/plugin/Plugin.h"),
            ("backends/cpu/runtime/Pool.cpp", "backends/cpu/compiler/Compiler.h"),
            ("backends/npu-sim/compiler/Tile.cpp", "llvm/ADT/StringRef.h"),
            ("backend-api/glue/arena.h", "core/support/Tensor.h"),
            ("backend-api/template/hello/hello.c", "backend-api/schema/x.h"),
            ("simulator/timing/Timing.h", "backends/npu-sim/compiler/X.h"),
            ("tools/glowplug/Main.cpp", "backends/cpu/plugin/Plugin.h"),
        ]:
            self.assertEqual(len(self.one(path, header)), 1, (path, header))

    def test_refuses_libraries_in_the_wrong_place(self):
        for path, header in [
            ("backends/cpu/compiler/Compiler.cpp", "mlir/IR/Builders.h"),
            ("core/importer/onnx/Graph.cpp", "onnx/onnx_pb.h"),
            ("core/runtime/Session.cpp", "google/protobuf/message.h"),
            ("core/support/Tensor.cpp", "gtest/gtest.h"),
            ("core/driver/Options.cpp", "CLI/CLI.hpp"),
            ("hw/spec/x.h", "llvm/ADT/StringRef.h"),
        ]:
            self.assertEqual(len(self.one(path, header)), 1, (path, header))

    def test_follows_includes_to_mlir(self):
        files = {
            "core/runtime/Run.cpp": '#include "core/image/Builder.h"\n',
            "core/image/Builder.h": '#include "core/support/Types.h"\n',
            "core/support/Types.h": "#include <mlir/IR/Types.h>\n",
        }
        faults = self.faults(files)
        self.assertEqual(len(faults), 3)
        self.assertTrue(any("Run.cpp" in f and "Types.h -> mlir" in f for f in faults))

    def test_reads_table_gen_includes(self):
        files = {"core/prim/PrimOps.td": 'include "core/graph/GraphOps.td"\n'}
        self.assertEqual(len(self.faults(files)), 1)

    def test_finds_circles_of_folders(self):
        files = {
            "backends/cpu/compiler/a/A.cpp": '#include "backends/cpu/compiler/b/B.h"\n',
            "backends/cpu/compiler/b/B.h": '\n#include "backends/cpu/compiler/c/C.h"\n',
            "backends/cpu/compiler/c/D.cpp": '#include "backends/cpu/compiler/a/A.h"\n',
        }
        faults = self.faults(files)
        self.assertEqual(len(faults), 1)
        for path in files:
            self.assertIn(path, faults[0])
        del files["backends/cpu/compiler/c/D.cpp"]
        os.remove(os.path.join(self.root, "backends/cpu/compiler/c/D.cpp"))
        self.assertEqual(self.faults(files), [])

    def test_finds_a_circle_with_the_folder_above(self):
        files = {
            "simulator/model/Model.cpp": '#include "simulator/model/parts/Part.h"\n',
            "simulator/model/parts/Part.h": '#include "simulator/model/Model.h"\n',
        }
        self.assertEqual(len(self.faults(files)), 1)

    def test_tests_may_go_in_circles(self):
        files = {
            "tests/unit/a/A.cpp": '#include "tests/unit/b/B.h"\n',
            "tests/unit/b/B.h": '#include "tests/unit/a/A.h"\n',
        }
        self.assertEqual(self.faults(files), [])

    def test_says_the_line(self):
        files = {"core/support/A.h": '\n\n#include "core/prim/Prim.h"\n'}
        self.assertIn("core/support/A.h:3:", self.faults(files)[0])


class StyleTest(TreeTest):
    def faults(self, files):
        return check_style.check(self.root, self.write(files=files))[0]

    def test_accepts_a_plain_file(self):
        files = {"core/a/A.cpp": SPDX + "// Adds.\n", "core/a/A.h": SPDX + "#pragma once\n"}
        self.assertEqual(self.faults(files), [])

    def test_finds_each_offence(self):
        for text in [
            "// Adds.\n",
            SPDX + "int\tx;\n",
            SPDX + "int x; \n",
            SPDX + "int x;\r\n",
            SPDX + "int x;",
            SPDX + "int x;\n\n",
            "//===- A.cpp - Adds -===//\n" + SPDX,
            SPDX + "// A.cpp: adds.\n",
            SPDX + "// see /home/somebody/x\n",
            SPDX + "// TODO: more\n",
            SPDX + "int x;\n" * 800,
        ]:
            self.assertTrue(self.faults({"core/a/A.cpp": text}), text[:80])

    def test_wants_pragma_once(self):
        self.assertTrue(self.faults({"core/a/A.h": SPDX}))
        self.assertFalse(self.faults({"backend-api/include/glowplug/a.h": SPDX}))

    def test_measures_functions(self):
        body = "  ++x;\n" * 77
        for head, tail in [("int f(int x) {\n", "}\n"), ("static int f(int x,\n             int y) {\n", "}\n")]:
            lines = 77 + head.count("\n") + 1
            faults = self.faults({"core/a/A.cpp": SPDX + head + body + "  ++x;\n" * (80 - lines) + tail})
            self.assertEqual(faults, [], head)
            faults = self.faults({"core/a/A.cpp": SPDX + head + body + "  ++x;\n" * (81 - lines) + tail})
            self.assertIn("a function of 81 lines", faults[0])
        for head in ("namespace a {\n", "struct A {\n", "constexpr int table[] = {\n"):
            self.assertEqual(self.faults({"core/a/A.cpp": SPDX + head + body * 2 + "};\n"}), [], head)

    def test_mentions_large_files(self):
        paths = self.write(files={"core/a/A.cpp": SPDX + "int x;\n" * 600})
        faults, notices = check_style.check(self.root, paths)
        self.assertEqual((len(faults), len(notices)), (0, 1))

    def test_checks_paths_in_documents(self):
        files = {
            "core/a/A.cpp": SPDX,
            "core/a/README.md": "`A.cpp`, `core/a/A.{cpp}`, `core/*/A.cpp`, `n/a`.\n",
        }
        self.assertEqual(self.faults(files), [])
        for text in ("`core/a/B.cpp`\n", "[x](B.cpp)\n", "`core/a/{A,B}.cpp`\n"):
            self.assertTrue(self.faults({**files, "core/README.md": text}), text)


if __name__ == "__main__":
    unittest.main()
