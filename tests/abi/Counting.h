// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The sample program on the plugin that makes up runs.

#pragma once

#include "tests/abi/Images.h"

#include "core/runtime/Errors.h"
#include "core/runtime/Executable.h"
#include "core/runtime/Host.h"

#include <gtest/gtest.h>

namespace glowplug::testing {

class CountingTest : public ::testing::Test {
protected:
  void load(llvm::ArrayRef<BackendOption> options,
            const std::string &library = COUNTING_PLUGIN) {
    auto plugin = llvm::cantFail(Plugin::open(library));
    auto backend = llvm::cantFail(Backend::create(plugin, options));
    image = sampleProgram().build();
    program = llvm::cantFail(backend->compile(image, {}));
    LoadRequest request;
    request.blob = program.blob;
    request.requirement = program.requirement;
    executable = llvm::cantFail(backend->load(request));
  }

  /// Likewise, where the records break \p rule if that is not empty.
  void loadWithRule(const std::string &rule,
                    const std::string &library = COUNTING_PLUGIN) {
    std::vector<BackendOption> options;
    if (!rule.empty())
      options.push_back({"rule", rule});
    load(options, library);
  }

  void run() {
    alignas(64) static float inputs[3][16], outputs[4][16];
    const gp_bytes given[] = {{inputs[0], 24}, {inputs[1], 12}, {inputs[2], 8}};
    void *const to[] = {outputs[0], outputs[1], outputs[2], outputs[3]};
    std::vector<uint8_t> workspace(program.workspaceBytes + 64);
    void *aligned =
        workspace.data() +
        (64 - reinterpret_cast<uintptr_t>(workspace.data()) % 64) % 64;
    llvm::cantFail(executable->run(given, to, aligned));
  }

  std::string messageOf(const SimulationRequest &request) {
    auto simulation = executable->lastRun(request);
    return simulation ? "" : llvm::toString(simulation.takeError());
  }

  AlignedBytes image;
  CompiledProgram program;
  std::unique_ptr<Executable> executable;
};

} // namespace glowplug::testing
