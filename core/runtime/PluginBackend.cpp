// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The backend of a plugin, as the compiler and the runtime see it.

#include "core/runtime/Executable.h"
#include "core/runtime/ProgramBackend.h"

#include "llvm/ADT/SmallVector.h"

using namespace glowplug;

namespace {

llvm::SmallVector<gp_bytes>
bytesOf(llvm::ArrayRef<llvm::ArrayRef<uint8_t>> inputs) {
  llvm::SmallVector<gp_bytes> result;
  for (llvm::ArrayRef<uint8_t> input : inputs)
    result.push_back({input.data(), input.size()});
  return result;
}

class PluginExecutable : public ProgramExecutable {
public:
  explicit PluginExecutable(std::unique_ptr<Executable> executable)
      : executable(std::move(executable)) {}

  llvm::Error run(llvm::ArrayRef<llvm::ArrayRef<uint8_t>> inputs,
                  llvm::ArrayRef<llvm::MutableArrayRef<uint8_t>> outputs,
                  void *workspace) override {
    llvm::SmallVector<void *> to;
    for (llvm::MutableArrayRef<uint8_t> output : outputs)
      to.push_back(output.data());
    return executable->run(bytesOf(inputs), to, workspace);
  }

  llvm::Expected<std::optional<Simulation>>
  lastRun(const SimulationRequest &request) override {
    return executable->lastRun(request);
  }

  llvm::Expected<std::optional<Cosimulation>>
  cosim(llvm::ArrayRef<llvm::ArrayRef<uint8_t>> inputs,
        const CosimRequest &request) override {
    return executable->cosim(bytesOf(inputs), request);
  }

  llvm::Expected<std::optional<Replay>>
  replay(llvm::ArrayRef<llvm::ArrayRef<uint8_t>> inputs) override {
    return executable->replay(bytesOf(inputs));
  }

private:
  std::unique_ptr<Executable> executable;
};

class PluginBackend : public ProgramBackend {
public:
  explicit PluginBackend(std::shared_ptr<Backend> backend)
      : backend(std::move(backend)) {}

  const BackendInfo &info() const override { return backend->info(); }

  llvm::Expected<std::vector<Verdict>>
  check(llvm::ArrayRef<uint8_t> image) override {
    return backend->check(image);
  }

  llvm::Expected<CompiledProgram>
  compile(llvm::ArrayRef<uint8_t> image,
          llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments) override {
    return backend->compile(image, segments);
  }

  llvm::Expected<std::optional<AlignedBytes>> machine() override {
    return backend->machine();
  }

  llvm::Expected<CompiledProgram> encode(const InstrProgram &program) override {
    return backend->encode(program);
  }

  llvm::Expected<std::optional<InstrProgram>>
  schedule(llvm::ArrayRef<uint8_t> image,
           llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments) override {
    return backend->schedule(image, segments);
  }

  llvm::Expected<std::unique_ptr<ProgramExecutable>>
  load(const LoadRequest &request) override {
    llvm::Expected<std::unique_ptr<Executable>> executable =
        backend->load(request);
    if (!executable)
      return executable.takeError();
    return std::make_unique<PluginExecutable>(std::move(*executable));
  }

private:
  std::shared_ptr<Backend> backend;
};

} // namespace

std::shared_ptr<ProgramBackend>
glowplug::pluginBackend(std::shared_ptr<Backend> backend) {
  return std::make_shared<PluginBackend>(std::move(backend));
}

llvm::Expected<std::shared_ptr<ProgramBackend>>
glowplug::openInProcess(const PluginFile &file,
                        llvm::ArrayRef<BackendOption> options) {
  llvm::Expected<std::shared_ptr<const Plugin>> plugin =
      file.manifest ? Plugin::open(*file.manifest) : Plugin::open(file.library);
  if (!plugin)
    return plugin.takeError();
  llvm::Expected<std::shared_ptr<Backend>> backend =
      Backend::create(*plugin, options);
  if (!backend)
    return backend.takeError();
  return pluginBackend(*backend);
}
