// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Backends that speak for the plugin under test, and do otherwise.

#include "core/conformance/run/SharedModel.h"

#include "core/image/Types.h"

#include "llvm/ADT/STLExtras.h"

#include <set>

namespace glowplug::conformance {
namespace {

/// The name of each op of the body of a program; the free ones have none.
std::vector<std::string> namesOf(llvm::ArrayRef<uint8_t> image) {
  std::vector<std::string> names;
  for (const image::Op *op : *image::GetProgram(image.data())->body()->ops()) {
    const bool isFree = op->attributes_type() == image::Attributes::Constant ||
                        op->attributes_type() == image::Attributes::Reshape;
    names.push_back(isFree || !op->name() ? "" : op->name()->str());
  }
  return names;
}

class Deputy : public ProgramBackend {
public:
  explicit Deputy(std::shared_ptr<ProgramBackend> backend)
      : backend(std::move(backend)), reference(referenceBackend()) {}

  const BackendInfo &info() const override { return backend->info(); }
  llvm::Expected<std::vector<Verdict>>
  check(llvm::ArrayRef<uint8_t> image) override {
    return backend->check(image);
  }
  llvm::Expected<CompiledProgram>
  compile(llvm::ArrayRef<uint8_t> image,
          llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments) override {
    return reference->compile(image, segments);
  }
  llvm::Expected<std::unique_ptr<ProgramExecutable>>
  load(const LoadRequest &request) override {
    return reference->load(request);
  }

private:
  std::shared_ptr<ProgramBackend> backend, reference;
};

class WithGaps : public ProgramBackend {
public:
  WithGaps(std::shared_ptr<ProgramBackend> backend, Gaps gaps)
      : backend(std::move(backend)), gaps(gaps) {}

  const BackendInfo &info() const override { return backend->info(); }
  llvm::Expected<std::vector<Verdict>>
  check(llvm::ArrayRef<uint8_t> image) override;
  llvm::Expected<CompiledProgram>
  compile(llvm::ArrayRef<uint8_t> image,
          llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments) override {
    return backend->compile(image, segments);
  }
  bool survivesCrashes() const override { return backend->survivesCrashes(); }
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
    return backend->load(request);
  }

private:
  std::shared_ptr<ProgramBackend> backend;
  const Gaps gaps;
  std::optional<std::set<std::string>> refused; ///< Once it was asked.
};

llvm::Expected<std::vector<Verdict>>
WithGaps::check(llvm::ArrayRef<uint8_t> image) {
  llvm::Expected<std::vector<Verdict>> verdicts = backend->check(image);
  if (!verdicts)
    return verdicts;
  const std::vector<std::string> names = namesOf(image);
  if (!refused) {
    refused.emplace();
    // Nodes such as LSTM become many ops.
    std::set<std::string> known;
    for (const std::string &name : names)
      if (!name.empty() && known.insert(name).second &&
          (known.size() - 1) % gaps.every == gaps.from)
        refused->insert(name);
  }
  for (auto [name, verdict] : llvm::zip(names, *verdicts))
    if (refused->count(name) != 0)
      verdict = {false, false, "is left to others here"};
  return verdicts;
}

} // namespace

std::shared_ptr<ProgramBackend>
deputyOf(std::shared_ptr<ProgramBackend> backend) {
  return std::make_shared<Deputy>(std::move(backend));
}

std::shared_ptr<ProgramBackend>
withGaps(std::shared_ptr<ProgramBackend> backend, Gaps gaps) {
  return std::make_shared<WithGaps>(std::move(backend), gaps);
}

} // namespace glowplug::conformance
