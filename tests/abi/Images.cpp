// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Small programs of f32 maps, made with the FlatBuffers library.

#include "tests/abi/Images.h"

namespace glowplug::testing {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

Offset<image::Op> buildMap(FlatBufferBuilder &builder, const MapOp &map) {
  std::vector<Offset<image::Instruction>> steps;
  for (const Step &step : map.steps)
    steps.push_back(image::CreateInstructionDirect(builder, step.op, step.dtype,
                                                   &step.operands, step.bits));
  std::vector<uint8_t> parameters(map.operands.size(),
                                  static_cast<uint8_t>(image::DType::f32));
  // The builder takes enums as the bytes they are.
  auto types = builder.CreateVector(parameters);
  auto instructions = builder.CreateVector(steps);
  auto results = builder.CreateVector(map.regionResults);
  image::RegionBuilder region(builder);
  region.add_parameters(Offset<flatbuffers::Vector<image::DType>>(types.o));
  region.add_instructions(instructions);
  region.add_results(results);
  auto attributes = image::CreateMap(builder, region.Finish());
  return image::CreateOpDirect(builder, image::Attributes::Map,
                               attributes.Union(), 1, &map.operands,
                               &map.results);
}

} // namespace

AlignedBytes MapProgram::build() const {
  FlatBufferBuilder builder;
  std::vector<Offset<image::Value>> values;
  for (const std::vector<int64_t> &shape : shapes)
    values.push_back(
        image::CreateValueDirect(builder, nullptr, image::DType::f32, &shape));
  std::vector<Offset<image::Op>> offsets;
  for (const MapOp &map : ops)
    offsets.push_back(buildMap(builder, map));
  auto body =
      image::CreateBodyDirect(builder, &values, &inputs, &outputs, &offsets);
  std::vector<Offset<flatbuffers::String>> features;
  for (const std::string &feature : requiredFeatures)
    features.push_back(builder.CreateString(feature));
  builder.Finish(
      image::CreateProgramDirect(builder, 1, 1, &features, "sample", body),
      image::ProgramIdentifier());
  return AlignedBytes(
      llvm::ArrayRef(builder.GetBufferPointer(), builder.GetSize()));
}

MapProgram sampleProgram() {
  using image::ScalarOp;
  constexpr uint64_t half = 0x3f000000; // 0.5f
  MapProgram program;
  program.shapes = {{2, 3}, {1, 3}, {2, 1}, {2, 3}, {2, 3}};
  program.inputs = {0, 1, 2};
  program.outputs = {4, 3, 3, 1};
  program.ops = {{{0, 1, 2},
                  {3},
                  {{ScalarOp::add, {0, 1}},
                   {ScalarOp::mul, {3, 0}},
                   {ScalarOp::sub, {4, 2}},
                   {ScalarOp::constant, {}, half},
                   {ScalarOp::max, {5, 6}}},
                  {7}},
                 {{1, 3}, {4}, {{ScalarOp::sub, {0, 1}}}, {2}}};
  return program;
}

} // namespace glowplug::testing
