// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Programs that run in a worker process.

#include "core/isolation/IsolatedExecutable.h"

#include "core/isolation/Buffers.h"
#include "core/isolation/Records.h"

#include "llvm/ADT/STLExtras.h"

#include <cstring>

using namespace glowplug;
using namespace glowplug::isolation;

namespace {

class IsolatedExecutable : public ProgramExecutable {
public:
  IsolatedExecutable(std::shared_ptr<PluginWorker> worker, uint32_t number,
                     uint64_t workspaceBytes)
      : worker(std::move(worker)), number(number),
        workspaceBytes(workspaceBytes) {}
  ~IsolatedExecutable() override;

  llvm::Error run(llvm::ArrayRef<llvm::ArrayRef<uint8_t>> inputs,
                  llvm::ArrayRef<llvm::MutableArrayRef<uint8_t>> outputs,
                  void *workspace) override;
  llvm::Expected<std::optional<Simulation>>
  lastRun(const SimulationRequest &request) override;

private:
  llvm::Error share(llvm::ArrayRef<llvm::ArrayRef<uint8_t>> inputs,
                    llvm::ArrayRef<llvm::MutableArrayRef<uint8_t>> outputs);

  std::shared_ptr<PluginWorker> worker;
  uint32_t number;
  uint64_t workspaceBytes;
  std::unique_ptr<HostBuffers> buffers; ///< once it has run
  std::vector<wire::Range> inputRanges, outputRanges;
};

} // namespace

IsolatedExecutable::~IsolatedExecutable() {
  if (!worker->isAlive())
    return;
  wire::UnloadT ask;
  ask.executable = number;
  auto done =
      worker->call("unload", asking(std::move(ask)), -1, wire::Reply::Done);
  if (done)
    return;
  const std::string why = llvm::toString(done.takeError());
  if (worker->policy().warn)
    worker->policy().warn(why);
}

/// The sizes of the buffers are those of the program, so once is enough.
llvm::Error IsolatedExecutable::share(
    llvm::ArrayRef<llvm::ArrayRef<uint8_t>> inputs,
    llvm::ArrayRef<llvm::MutableArrayRef<uint8_t>> outputs) {
  BufferLayout layout;
  for (llvm::ArrayRef<uint8_t> input : inputs)
    layout.add(input.size());
  for (llvm::MutableArrayRef<uint8_t> output : outputs)
    layout.add(output.size());
  auto made = HostBuffers::make(layout);
  if (!made)
    return made.takeError();
  wire::ShareT ask;
  ask.executable = number;
  ask.inputs.assign(layout.ranges.begin(),
                    layout.ranges.begin() +
                        static_cast<ptrdiff_t>(inputs.size()));
  ask.outputs.assign(layout.ranges.begin() +
                         static_cast<ptrdiff_t>(inputs.size()),
                     layout.ranges.end());
  ask.workspace_bytes = workspaceBytes;
  inputRanges = ask.inputs;
  outputRanges = ask.outputs;
  auto done = worker->call("run", asking(std::move(ask)), (*made)->file(),
                           wire::Reply::Done);
  if (!done)
    return done.takeError();
  worker->rememberLastCall();
  buffers = std::move(*made);
  return llvm::Error::success();
}

llvm::Error
IsolatedExecutable::run(llvm::ArrayRef<llvm::ArrayRef<uint8_t>> inputs,
                        llvm::ArrayRef<llvm::MutableArrayRef<uint8_t>> outputs,
                        void *) {
  if (!buffers)
    if (llvm::Error error = share(inputs, outputs))
      return error;
  for (auto [range, input] : llvm::zip_equal(inputRanges, inputs))
    if (!input.empty())
      std::memcpy(buffers->at(range), input.data(), input.size());
  wire::RunT ask;
  ask.executable = number;
  auto done =
      worker->call("run", asking(std::move(ask)), -1, wire::Reply::Done);
  if (!done)
    return done.takeError();
  for (auto [range, output] : llvm::zip_equal(outputRanges, outputs))
    if (!output.empty())
      std::memcpy(output.data(), buffers->at(range), output.size());
  return llvm::Error::success();
}

llvm::Expected<std::optional<Simulation>>
IsolatedExecutable::lastRun(const SimulationRequest &request) {
  wire::LastRunT ask;
  ask.executable = number;
  ask.spans = request.spans;
  ask.buffers = request.buffers;
  ask.energy = request.energy;
  auto answered = worker->call("last_run", asking(std::move(ask)), -1,
                               wire::Reply::Simulated);
  if (!answered)
    return answered.takeError();
  return fromWire(answered->as<wire::Simulated>(), worker->info().name,
                  request);
}

std::unique_ptr<ProgramExecutable>
glowplug::isolation::isolatedExecutable(std::shared_ptr<PluginWorker> worker,
                                        uint32_t number,
                                        uint64_t workspaceBytes) {
  return std::make_unique<IsolatedExecutable>(std::move(worker), number,
                                              workspaceBytes);
}
