// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A model of which the plugin under test does what it takes, and the
/// interpreter the rest.

#pragma once

#include "core/conformance/run/SuiteCase.h"

#include "core/driver/Compiler.h"
#include "core/runtime/BackendSet.h"
#include "core/runtime/Session.h"

namespace glowplug::conformance {

class SharedModel {
public:
  struct Settings {
    std::string name;        ///< For messages.
    std::string recipe = {}; ///< As in CompileRequest.
    bool wantReference = false;
    /// It was drawn by chance, and the importer may not take it.
    bool isRandom = false;
  };

  /// Compiles the ONNX file \p bytes for \p backend. If that is impossible,
  /// returns false, and \p record says why.
  bool compile(const std::string &bytes,
               std::shared_ptr<ProgramBackend> backend,
               const Settings &settings, CaseRecord &record);
  /// Loads what was compiled; as above.
  bool load(unsigned threads, CaseRecord &record);

  /// Of the model, and those of them that the backend does.
  uint64_t ops() const { return compiled.ops.size(); }
  uint64_t opsTaken() const;
  /// Whether the backend does nothing with floats, so that all bits of the
  /// outputs are given by the programs.
  bool isInteger() const;
  /// Notes in \p record what the backend does. If that is nothing, returns
  /// false, and \p record says why.
  bool countOps(CaseRecord &record) const;

  CompiledModel compiled;
  std::unique_ptr<Session> session; ///< Once it is loaded.

private:
  std::shared_ptr<ProgramBackend> backend;
  BackendSet backends;
};

/// Says what \p backend says, and has the interpreter do it: what the programs
/// are that \p backend gets, and what they give.
std::shared_ptr<ProgramBackend>
deputyOf(std::shared_ptr<ProgramBackend> backend);

/// \p backend, but it refuses all that came from some of the nodes of the first
/// program that it is asked about.
std::shared_ptr<ProgramBackend>
withGaps(std::shared_ptr<ProgramBackend> backend, Gaps gaps);

} // namespace glowplug::conformance
