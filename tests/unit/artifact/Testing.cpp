// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A small artifact, and files in a folder of their own.

#include "tests/unit/artifact/Testing.h"

#include "core/artifact/Envelope.h"
#include "core/artifact/VerifyPlan.h"
#include "core/artifact/Write.h"
#include "core/support/DType.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <cstdlib>
#include <cstring>

using glowplug::artifact::Place;

namespace glowplug::testing {
namespace {

/// Bytes at a multiple of 64 that keep themselves alive.
std::shared_ptr<uint8_t> allocate(size_t size) {
  const size_t rounded = (size + 63) / 64 * 64;
  return {static_cast<uint8_t *>(std::aligned_alloc(64, rounded + 64)),
          [](uint8_t *bytes) { std::free(bytes); }};
}

uint32_t addSection(ArtifactBuilder &builder, size_t size, uint8_t value) {
  std::shared_ptr<uint8_t> bytes = allocate(size);
  std::memset(bytes.get(), value, size);
  return builder.addSection({bytes.get(), size}, bytes);
}

std::unique_ptr<artifact::PortT> port(const std::string &name,
                                      std::vector<int64_t> shape) {
  auto result = std::make_unique<artifact::PortT>();
  result->name = name;
  result->dtype = static_cast<uint8_t>(DType::f32);
  result->shape = std::move(shape);
  return result;
}

void addBuffer(ArtifactBuilder &builder, Place place, uint32_t index,
               uint64_t offset, uint64_t bytes) {
  auto buffer = std::make_unique<artifact::BufferT>();
  buffer->place = place;
  buffer->index = index;
  buffer->offset = offset;
  buffer->max_bytes = bytes;
  builder.body.buffers.push_back(std::move(buffer));
}

void addPart(ArtifactBuilder &builder, uint32_t blob,
             std::vector<uint32_t> segments) {
  auto part = std::make_unique<artifact::PartT>();
  part->backend = "fake";
  part->backend_version = "1.0";
  part->requirement = "any";
  part->blob = blob;
  part->segments = std::move(segments);
  part->workspace_bytes = 128;
  builder.plan.parts.push_back(std::move(part));
}

void addStep(ArtifactBuilder &builder, uint32_t part,
             std::vector<uint32_t> inputs, std::vector<uint32_t> outputs) {
  auto step = std::make_unique<artifact::StepT>();
  step->part = part;
  step->inputs = std::move(inputs);
  step->outputs = std::move(outputs);
  builder.body.steps.push_back(std::move(step));
}

} // namespace

ArtifactBuilder makeBuilder() {
  ArtifactBuilder builder;
  builder.plan.name = "small";
  builder.plan.producer = "test";
  const uint32_t blob = addSection(builder, 100, 1);
  const uint32_t bound = addSection(builder, 16, 2);
  const uint32_t constant = addSection(builder, 1000, 3);
  const uint32_t again = addSection(builder, 100, 1);
  builder.plan.inputs.push_back(port("x", {2, 4}));
  builder.plan.inputs.push_back(port("shape", {4}));
  builder.plan.inputs.back()->bound_section = bound;
  builder.plan.outputs.push_back(port("y", {8}));
  addBuffer(builder, Place::input, 0, 0, 32);
  addBuffer(builder, Place::arena, 0, 64, 32);
  addBuffer(builder, Place::output, 0, 0, 32);
  addPart(builder, blob, {constant});
  addPart(builder, again, {});
  addStep(builder, 0, {0}, {1});
  addStep(builder, 1, {1}, {2});
  builder.body.arena_bytes = 128;
  return builder;
}

Artifact makeArtifact() { return makeBuilder().finish(); }

FileBytes makeFile() {
  std::string text;
  llvm::raw_string_ostream os(text);
  writeArtifact(makeArtifact(), os);
  os.flush();
  FileBytes file;
  file.owner = allocate(text.size());
  std::memcpy(file.owner.get(), text.data(), text.size());
  file.bytes = {file.owner.get(), text.size()};
  return file;
}

void repairHashes(llvm::MutableArrayRef<uint8_t> file) {
  GpxHeader header;
  if (file.size() < sizeof header)
    return;
  std::memcpy(&header, file.data(), sizeof header);
  const uint64_t room = (file.size() - sizeof header) / sizeof(GpxSection);
  if (header.sectionCount > room)
    return;
  uint8_t *table = file.data() + sizeof header;
  for (uint32_t i = 0; i < header.sectionCount; ++i) {
    GpxSection row;
    std::memcpy(&row, table + i * sizeof row, sizeof row);
    if (row.offset <= file.size() && row.bytes <= file.size() - row.offset)
      row.hash = sha256(file.slice(row.offset, row.bytes));
    std::memcpy(table + i * sizeof row, &row, sizeof row);
  }
  header.tableHash = sha256({table, header.sectionCount * sizeof(GpxSection)});
  std::memcpy(file.data(), &header, sizeof header);
}

std::vector<uint64_t> sectionSizes(const Artifact &artifact) {
  std::vector<uint64_t> sizes;
  for (uint32_t i = 1; i <= artifact.sectionCount(); ++i)
    sizes.push_back(artifact.section(i).size());
  return sizes;
}

std::string verdictOf(const Artifact &artifact,
                      const std::function<void(artifact::PlanT &)> &change) {
  artifact::PlanT plan;
  artifact.plan().UnPackTo(&plan);
  change(plan);
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(artifact::Plan::Pack(builder, &plan),
                 artifact::PlanIdentifier());
  return message(verifyPlan({builder.GetBufferPointer(), builder.GetSize()},
                            sectionSizes(artifact)));
}

std::string message(llvm::Error error) {
  return llvm::toString(std::move(error));
}

namespace {

struct TemporaryFolder {
  llvm::SmallString<128> path;
  TemporaryFolder() {
    if (llvm::sys::fs::createUniqueDirectory("artifact-test", path))
      std::abort();
  }
  ~TemporaryFolder() { llvm::sys::fs::remove_directories(path); }
};

} // namespace

std::string temporaryFile(const std::string &name) {
  static const TemporaryFolder folder;
  llvm::SmallString<128> path = folder.path;
  llvm::sys::path::append(path, name);
  return path.str().str();
}

} // namespace glowplug::testing
