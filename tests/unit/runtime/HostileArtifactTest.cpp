// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files for the interpreter that were tampered with, hashes included: they are
// refused or they run, and nothing crashes.

#include "core/artifact/Write.h"
#include "core/image/ImageBuilder.h"
#include "core/runtime/AlignedBytes.h"
#include "tests/unit/runtime/Tampered.h"

#include <gtest/gtest.h>

#include <random>

using namespace glowplug;
using artifact::Place;

namespace {

void addPort(std::vector<std::unique_ptr<artifact::PortT>> &ports) {
  auto port = std::make_unique<artifact::PortT>();
  port->name = "p";
  port->dtype = static_cast<uint8_t>(DType::f32);
  port->shape = {4, 4};
  ports.push_back(std::move(port));
}

void addBuffer(ArtifactBuilder &builder, Place place, uint32_t index) {
  auto buffer = std::make_unique<artifact::BufferT>();
  buffer->place = place;
  buffer->index = index;
  buffer->max_bytes = 64;
  builder.body.buffers.push_back(std::move(buffer));
}

/// The file of a model of two parts with a constant: matmul, then transpose.
std::string makeFile() {
  ArtifactBuilder builder;
  auto constant = std::make_shared<AlignedBytes>(size_t{64});
  for (int i = 0; i < 2; ++i) {
    ProgramBuilder program("part");
    const ValueId x = program.input("x", DType::f32, {4, 4});
    if (i == 0)
      program.output(program.matmul(
          x, program.constantSegment(DType::f32, {4, 4},
                                     program.addSegment(*constant), 0)));
    else
      program.output(program.transpose(x, {1, 0}));
    auto blob = std::make_shared<AlignedBytes>(
        llvm::ArrayRef<uint8_t>(program.finish()));
    auto part = std::make_unique<artifact::PartT>();
    part->backend = "reference";
    part->requirement = "image 0.2, opset 1";
    part->blob = builder.addSection(*blob, blob);
    if (i == 0)
      part->segments = {builder.addSection(*constant, constant)};
    builder.plan.parts.push_back(std::move(part));
    auto step = std::make_unique<artifact::StepT>();
    step->part = i;
    step->inputs = {static_cast<uint32_t>(i)};
    step->outputs = {static_cast<uint32_t>(i + 1)};
    builder.body.steps.push_back(std::move(step));
  }
  addPort(builder.plan.inputs);
  addPort(builder.plan.outputs);
  addBuffer(builder, Place::input, 0);
  addBuffer(builder, Place::arena, 0);
  addBuffer(builder, Place::output, 0);
  builder.body.arena_bytes = 64;
  std::string bytes;
  llvm::raw_string_ostream os(bytes);
  writeArtifact(std::move(builder).finish(), os);
  return bytes;
}

/// Loads and runs; returns whether it came to an end with outputs.
bool runs(const std::shared_ptr<AlignedBytes> &file) {
  llvm::Error error = test::loadAndRun(file);
  const bool ran = !error;
  llvm::consumeError(std::move(error));
  return ran;
}

} // namespace

TEST(HostileArtifactTest, SurvivesMutationsWithFittingHashes) {
  const std::string original = makeFile();
  auto load = [&] {
    return std::make_shared<AlignedBytes>(llvm::ArrayRef<uint8_t>(
        reinterpret_cast<const uint8_t *>(original.data()), original.size()));
  };
  ASSERT_TRUE(runs(load()));
  std::mt19937 random(20240608);
  size_t ran = 0;
  constexpr int rounds = 5000;
  for (int round = 0; round < rounds; ++round) {
    auto file = load();
    for (unsigned edits = 1 + random() % 4; edits != 0; --edits) {
      static constexpr uint8_t special[] = {0, 1, 0x7f, 0x80, 0xff, 4, 64};
      file->data()[8 + random() % (file->size() - 8)] =
          random() % 2 != 0 ? special[random() % std::size(special)]
                            : static_cast<uint8_t>(random());
    }
    test::repairHashes(*file);
    ran += runs(file);
  }
  // Many change a constant or a name only; many break a rule.
  EXPECT_GT(ran, size_t{rounds / 100});
  EXPECT_LT(ran, size_t{rounds});
}
