// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Models that are loaded on their backends, and run.

#include "core/host/Session.h"

#include "core/host/Convert.h"

#include <atomic>

using namespace glowplug;
using host::Result;

struct host::Session::Loaded {
  BackendSet set; // outlives the session
  std::unique_ptr<glowplug::Session> session;
  std::atomic<bool> hasRun = false; // the last run succeeded
};

host::Session::Session(std::unique_ptr<Loaded> loaded)
    : held(std::move(loaded)) {}
host::Session::Session(Session &&) noexcept = default;
host::Session &host::Session::operator=(Session &&) noexcept = default;
host::Session::~Session() = default;

Result<host::Session> host::Session::load(const Model &model,
                                          const LoadOptions &options) {
  if (options.threads == 0)
    return Fault{FaultKind::usage, "needs at least 1 thread, but got 0",
                 "threads"};
  std::unique_ptr<Loaded> loaded(
      new Loaded{BackendSet(setOptions(options.plugins)), nullptr, false});
  SessionOptions session;
  session.threads = options.threads;
  llvm::Expected<std::unique_ptr<glowplug::Session>> made =
      glowplug::Session::create(model.core().compiled.artifact, loaded->set,
                                session);
  if (!made)
    return faultOf(made.takeError(), FaultKind::model);
  loaded->session = std::move(*made);
  return Session(std::move(loaded));
}

Result<std::vector<host::Tensor>>
host::Session::run(std::span<const Tensor> inputs) {
  llvm::Expected<std::vector<glowplug::Tensor>> made =
      held->session->run(toCore(inputs));
  held->hasRun = static_cast<bool>(made);
  return resultOf<std::vector<Tensor>>(
      std::move(made), FaultKind::backend,
      [](std::vector<glowplug::Tensor> &outputs) { return fromCore(outputs); });
}

Result<std::vector<PartSimulation>>
host::Session::lastRun(const SimulationRequest &request) const {
  if (!held->hasRun)
    return Fault{FaultKind::usage, "the session has not run", "session"};
  llvm::Expected<std::vector<PartSimulation>> parts =
      held->session->lastRun(request);
  if (!parts)
    return faultOf(parts.takeError(), FaultKind::backend);
  return std::move(*parts);
}

Result<std::vector<host::Tensor>>
host::Session::randomInputs(uint64_t seed) const {
  InputSource source;
  source.seed = seed;
  llvm::Expected<std::vector<glowplug::Tensor>> made =
      makeInputs(held->session->inputs(), source);
  if (!made)
    return faultOf(made.takeError(), FaultKind::resources);
  std::vector<Tensor> result;
  for (glowplug::Tensor &tensor : *made)
    result.push_back(tensor ? fromCore(std::move(tensor)) : Tensor());
  return result;
}

uint64_t host::Session::boundaryBytes() const {
  return held->session->boundaryBytes();
}

uint64_t host::Session::workspaceBytes() const {
  return held->session->workspaceBytes();
}
