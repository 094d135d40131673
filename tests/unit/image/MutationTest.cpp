// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Images damaged at random: the verifier answers, and what it accepts runs.

#include "RunOnZeros.h"
#include "Testing.h"

#include <random>

using namespace glowplug;
using namespace glowplug::test;

namespace {

/// Whether the verified \p program was cheap enough to be run on zeros.
bool runs(const image::Program &program) {
  const ZeroRun run = runOnZeros(program);
  EXPECT_EQ(run.wrong, "");
  return run.isAffordable;
}

/// Damages \p bytes in a few places, with values that like to break things.
void damage(std::vector<uint8_t> &bytes, std::mt19937 &random) {
  for (int64_t places = 1 + random() % 3; places > 0; --places) {
    uint8_t &byte = bytes[random() % bytes.size()];
    switch (random() % 4) {
    case 0:
      byte ^= static_cast<uint8_t>(1u << random() % 8);
      break;
    case 1:
      byte = static_cast<uint8_t>(random());
      break;
    case 2:
      byte = static_cast<uint8_t>(byte + (random() % 2 ? 1 : -1));
      break;
    default:
      byte = random() % 2 ? 0 : 0xff;
      break;
    }
  }
}

TEST(MutationTest, DamagedImagesAreRefusedOrRun) {
  ProgramBuilder b("everything");
  addEveryOp(b);
  const std::vector<uint8_t> valid = b.finish();
  ASSERT_EQ(verifyError(valid), "");
  ASSERT_TRUE(runs(*image::GetProgram(valid.data())));

  std::mt19937 random(2026);
  int refused = 0;
  int ran = 0;
  for (int round = 0; round < 100000; ++round) {
    std::vector<uint8_t> bytes = valid;
    damage(bytes, random);
    if (!verifyError(bytes).empty())
      ++refused;
    else if (runs(*image::GetProgram(bytes.data())))
      ++ran;
  }
  // Both ways are taken often, or this test would show little.
  EXPECT_GT(refused, 10000);
  EXPECT_GT(ran, 2000);
}

TEST(MutationTest, DamagedObjectsAreRefusedOrRun) {
  // Numbers change at their place in the tables, where no offset breaks.
  ProgramBuilder b("everything");
  addEveryOp(b);
  const std::vector<uint8_t> valid = b.finish();
  std::mt19937 random(7);
  int refused = 0;
  int ran = 0;
  for (int round = 0; round < 10000; ++round) {
    std::unique_ptr<image::ProgramT> program =
        image::UnPackProgram(valid.data());
    image::BodyT &body = *program->body;
    const int64_t odd[] = {0, 1, -1, 2, 3, 7, INT64_MAX, INT64_MIN, 1 << 20};
    const int64_t number = odd[random() % std::size(odd)];
    image::ValueT &value = *body.values[random() % body.values.size()];
    image::OpT &op = *body.ops[random() % body.ops.size()];
    switch (random() % 4) {
    case 0:
      if (!value.shape.empty())
        value.shape[random() % value.shape.size()] = number;
      break;
    case 1:
      value.dtype = static_cast<image::DType>(random() % 15);
      break;
    case 2:
      if (!op.operands.empty())
        op.operands[random() % op.operands.size()] =
            random() % (body.values.size() + 1);
      break;
    default:
      if (image::ConvT *conv = op.attributes.AsConv())
        conv->dilations[random() % 2] = number;
      else if (image::WindowT *window = op.attributes.AsWindow())
        window->sizes[random() % 3] = number;
      else if (image::SliceT *slice = op.attributes.AsSlice())
        slice->strides[random() % 2] = number;
      else if (image::PadT *pad = op.attributes.AsPad())
        pad->interior[random() % 2] = number;
      break;
    }
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(image::Program::Pack(builder, program.get()),
                   image::ProgramIdentifier());
    std::vector<uint8_t> bytes(builder.GetBufferPointer(),
                               builder.GetBufferPointer() + builder.GetSize());
    if (!verifyError(bytes).empty())
      ++refused;
    else if (runs(*image::GetProgram(bytes.data())))
      ++ran;
  }
  EXPECT_GT(refused, 2000);
  EXPECT_GT(ran, 1000);
}

} // namespace
