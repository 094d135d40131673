// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Models that are loaded on their backends, and run.

#include "core/host/Session.h"

#include "core/host/Convert.h"
#include "core/host/loops/OnDemand.h"

#include "llvm/ADT/STLExtras.h"

#include <list>
#include <mutex>

using namespace glowplug;
using host::Result;

namespace {

/// What was compiled on demand, and loaded.
struct OnDemandSession {
  std::shared_ptr<const BuiltModel> model;
  std::shared_ptr<glowplug::Session> session;
};

/// How many of them stay loaded.
constexpr size_t mostLoaded = 16;

} // namespace

struct host::Session::Loaded {
  Loaded(const LoadOptions &load, std::shared_ptr<OnDemandModel> onDemand)
      : set(setOptions(load.plugins)), otherSet(setOptions(load.plugins)),
        onDemand(std::move(onDemand)) {
    options.threads = load.threads;
  }

  BackendSet set;      // of `session`, which opens backends as it runs
  BackendSet otherSet; // of `others`; the mutex guards it
  SessionOptions options;
  /// Of the artifact of the model; null if it has none.
  std::shared_ptr<glowplug::Session> session;
  std::shared_ptr<OnDemandModel> onDemand; // or null
  std::mutex mutex;                        // of all below
  std::list<OnDemandSession> others;       // the last one used first
  std::shared_ptr<glowplug::Session> last; // that has run without failing

  llvm::Expected<std::shared_ptr<glowplug::Session>>
  load(const Artifact &artifact, BackendSet &backends);
  /// The session that takes \p inputs.
  llvm::Expected<std::shared_ptr<glowplug::Session>>
  sessionFor(llvm::ArrayRef<glowplug::Tensor> inputs);
};

llvm::Expected<std::shared_ptr<glowplug::Session>>
host::Session::Loaded::load(const Artifact &artifact, BackendSet &backends) {
  llvm::Expected<std::unique_ptr<glowplug::Session>> made =
      glowplug::Session::create(artifact, backends, options);
  if (!made)
    return made.takeError();
  return std::shared_ptr<glowplug::Session>(std::move(*made));
}

llvm::Expected<std::shared_ptr<glowplug::Session>>
host::Session::Loaded::sessionFor(llvm::ArrayRef<glowplug::Tensor> inputs) {
  if (!onDemand)
    return session;
  if (session) {
    llvm::Expected<uint32_t> variant = session->interface().variantFor(inputs);
    if (variant)
      return session;
    llvm::consumeError(variant.takeError());
  }
  llvm::Expected<std::shared_ptr<const BuiltModel>> model =
      onDemand->find(inputs);
  if (!model)
    return model.takeError();
  const std::lock_guard lock(mutex);
  auto known = llvm::find_if(others, [&](const OnDemandSession &other) {
    return other.model == *model;
  });
  if (known != others.end()) {
    others.splice(others.begin(), others, known);
    return known->session;
  }
  llvm::Expected<std::shared_ptr<glowplug::Session>> made =
      load((*model)->compiled.artifact, otherSet);
  if (!made)
    return made.takeError();
  others.push_front({std::move(*model), *made});
  if (others.size() > mostLoaded)
    others.pop_back(); // a run of it keeps it until it is done
  return made;
}

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
  auto loaded = std::make_unique<Loaded>(options, model.core().onDemand);
  if (model.core().hasArtifact())
    if (llvm::Error error =
            loaded->load(model.core().compiled.artifact, loaded->set)
                .moveInto(loaded->session))
      return faultOf(std::move(error), FaultKind::model);
  return Session(std::move(loaded));
}

Result<std::vector<host::Tensor>>
host::Session::run(std::span<const Tensor> inputs) {
  const std::vector<glowplug::Tensor> given = toCore(inputs);
  auto setLast = [&](std::shared_ptr<glowplug::Session> session) {
    const std::lock_guard lock(held->mutex);
    held->last = std::move(session);
  };
  llvm::Expected<std::shared_ptr<glowplug::Session>> session =
      held->sessionFor(given);
  if (!session) {
    setLast(nullptr);
    return faultOf(session.takeError(), FaultKind::model);
  }
  llvm::Expected<std::vector<glowplug::Tensor>> made = (*session)->run(given);
  setLast(made ? *session : nullptr);
  return resultOf<std::vector<Tensor>>(
      std::move(made), FaultKind::backend,
      [](std::vector<glowplug::Tensor> &outputs) { return fromCore(outputs); });
}

Result<std::vector<PartSimulation>>
host::Session::lastRun(const SimulationRequest &request) const {
  std::shared_ptr<glowplug::Session> last;
  {
    const std::lock_guard lock(held->mutex);
    last = held->last;
  }
  if (!last)
    return Fault{FaultKind::usage, "the session has not run", "session"};
  llvm::Expected<std::vector<PartSimulation>> parts = last->lastRun(request);
  if (!parts)
    return faultOf(parts.takeError(), FaultKind::backend);
  return std::move(*parts);
}

Result<std::vector<host::Tensor>>
host::Session::randomInputs(uint64_t seed) const {
  if (!held->session)
    return Fault{FaultKind::usage,
                 "the model is compiled on demand: its inputs need sizes, "
                 "which random ones do not have"};
  InputSource source;
  source.seed = seed;
  llvm::Expected<std::vector<glowplug::Tensor>> made =
      makeInputs(*held->session, source);
  if (!made)
    return faultOf(made.takeError(), FaultKind::resources);
  std::vector<Tensor> result;
  for (glowplug::Tensor &tensor : *made)
    result.push_back(tensor ? fromCore(std::move(tensor)) : Tensor());
  return result;
}

uint64_t host::Session::boundaryBytes() const {
  return held->session ? held->session->boundaryBytes() : 0;
}

uint64_t host::Session::workspaceBytes() const {
  return held->session ? held->session->workspaceBytes() : 0;
}
