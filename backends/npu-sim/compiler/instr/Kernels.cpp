// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gathers kernels, and writes them as an image.

#include "backends/npu-sim/compiler/instr/Kernels.h"

namespace glowplug::npusim {

std::uint32_t
Kernels::number(const Key &key, const std::vector<TileType> &operands,
                const TileType &result,
                const std::function<image::AttributesUnion()> &op) {
  const auto [place, isNew] =
      numbers.try_emplace(key, static_cast<std::uint32_t>(bodies.size()));
  if (!isNew)
    return place->second;
  auto body = std::make_unique<image::BodyT>();
  auto made = std::make_unique<image::OpT>();
  const auto addValue = [&](const TileType &type) {
    auto value = std::make_unique<image::ValueT>();
    value->dtype = type.dtype;
    value->shape = type.shape;
    body->values.push_back(std::move(value));
    return static_cast<std::uint32_t>(body->values.size() - 1);
  };
  for (const TileType &type : operands)
    made->operands.push_back(addValue(type));
  made->results = {addValue(result)};
  body->inputs = made->operands;
  body->outputs = made->results;
  made->attributes = op();
  body->ops.push_back(std::move(made));
  bodies.push_back(std::move(body));
  return place->second;
}

std::vector<std::uint8_t> Kernels::take() {
  if (bodies.empty())
    return {};
  image::ProgramT program;
  program.container_version = 1;
  program.opset_version = 1;
  program.body = std::make_unique<image::BodyT>();
  program.bodies = std::move(bodies);
  flatbuffers::FlatBufferBuilder builder;
  image::FinishProgramBuffer(builder, image::Program::Pack(builder, &program));
  const std::uint8_t *begin = builder.GetBufferPointer();
  return {begin, begin + builder.GetSize()};
}

void addKey(Kernels::Key &key, const Arithmetic &a) {
  const auto addRow = [&](const RowInput &row) {
    key.insert(key.end(), {static_cast<std::int64_t>(row.type), row.zeroPoint,
                           row.rescale});
  };
  addRow(a.a);
  addRow(a.b);
  key.insert(key.end(),
             {a.bias, a.op, a.rescale, a.doubleRound, a.toWords, a.outZp,
              a.outMin, a.outMax, static_cast<std::int64_t>(a.table.size())});
  key.insert(key.end(), a.table.begin(), a.table.end());
}

} // namespace glowplug::npusim
