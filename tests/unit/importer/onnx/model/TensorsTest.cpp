// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tensors in the file, in all their forms and with all their faults.

#include "core/importer/onnx/model/Tensors.h"
#include "tests/unit/importer/onnx/Testing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

using namespace glowplug;
using namespace glowplug::importer;
using namespace glowplug::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace {

/// Reads the one initializer of \p model.
llvm::Expected<Tensor> read(const Model &model) {
  const std::string bytes = model.bytes();
  llvm::Expected<Bytes> copy = copyBytes(
      {reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()});
  if (!copy)
    return copy.takeError();
  auto file = ModelFile::parse(std::move(*copy));
  if (!file)
    return file.takeError();
  TensorSource source;
  source.file = file->get();
  llvm::Expected<Tensor> tensor =
      readTensor((*file)->model().graph().initializer(0), source);
  if (!tensor)
    return tensor;
  return tensor->clone(); // the file does not live longer
}

std::string errorOf(const Model &model) {
  llvm::Expected<Tensor> tensor = read(model);
  return tensor ? "no error" : llvm::toString(tensor.takeError());
}

TEST(Tensors, TypedFields) {
  Model model;
  onnx::TensorProto &proto =
      model.initializer("t", {2}, onnx::TensorProto::INT8);
  proto.add_int32_data(-128);
  proto.add_int32_data(127);
  EXPECT_THAT(cantFail(read(model)).elements<int8_t>(), ElementsAre(-128, 127));

  proto.set_data_type(onnx::TensorProto::UINT8);
  EXPECT_EQ(errorOf(model), "tensor 't': entry -128 does not fit u8");

  proto.set_data_type(onnx::TensorProto::FLOAT16);
  proto.set_int32_data(0, 0x3c00);
  proto.set_int32_data(1, 0xc000);
  EXPECT_THAT(toDoubles(cantFail(read(model))), ElementsAre(1, -2));
  proto.set_int32_data(1, 0x10000);
  EXPECT_THAT(errorOf(model), HasSubstr("not the bits of a f16"));

  proto.set_data_type(onnx::TensorProto::BFLOAT16);
  proto.set_int32_data(0, 0x3f80);
  proto.set_int32_data(1, 0xc000);
  EXPECT_THAT(toDoubles(cantFail(read(model))), ElementsAre(1, -2));
}

TEST(Tensors, UnsignedLiveInUint64Data) {
  Model model;
  onnx::TensorProto &proto =
      model.initializer("t", {1}, onnx::TensorProto::UINT32);
  proto.add_uint64_data(0xffffffffu);
  EXPECT_THAT(cantFail(read(model)).elements<uint32_t>(),
              ElementsAre(0xffffffffu));
  proto.set_uint64_data(0, uint64_t{1} << 32);
  EXPECT_EQ(errorOf(model), "tensor 't': entry 4294967296 does not fit u32");
}

TEST(Tensors, RawData) {
  Model model;
  onnx::TensorProto &proto = model.initializer("t", {2});
  const float values[] = {1.5f, -2};
  proto.set_raw_data(values, sizeof(values));
  EXPECT_THAT(cantFail(read(model)).elements<float>(), ElementsAre(1.5f, -2));

  proto.set_raw_data(values, 3);
  EXPECT_EQ(errorOf(model), "tensor 't': its type f32[2] needs 8 bytes, but "
                            "raw_data has 3");
  proto.set_raw_data(std::string(12, '\0'));
  EXPECT_THAT(errorOf(model), HasSubstr("raw_data has 12"));
  proto.set_raw_data(values, sizeof(values));
  proto.add_float_data(1);
  EXPECT_EQ(errorOf(model), "tensor 't': it has both raw_data and typed data");
}

TEST(Tensors, BooleansAreZeroOrOne) {
  Model model;
  onnx::TensorProto &proto =
      model.initializer("t", {3}, onnx::TensorProto::BOOL);
  proto.set_raw_data(std::string("\x00\x02\xff", 3));
  EXPECT_THAT(cantFail(read(model)).bytes(), ElementsAre(0, 1, 1));
  proto.clear_raw_data();
  for (int value : {0, 7, 1})
    proto.add_int32_data(value);
  EXPECT_THAT(cantFail(read(model)).bytes(), ElementsAre(0, 1, 1));
}

TEST(Tensors, DimsAreChecked) {
  for (const Sizes &dims :
       {Sizes{-1}, Sizes{std::numeric_limits<int64_t>::max()},
        Sizes{int64_t{1} << 32, int64_t{1} << 32}, Sizes{65536, 65536, 65536},
        Sizes{0, -1}, Sizes(9, 1)}) {
    Model model;
    model.initializer("t", dims).add_float_data(0);
    EXPECT_FALSE(static_cast<bool>(errorOf(model) == "no error"));
  }
  Model empty;
  empty.initializer("t", {0, 5});
  EXPECT_EQ(cantFail(read(empty)).elementCount(), 0);
}

TEST(Tensors, WrongTypes) {
  for (int type : {0, 8, 14, 17, 21, 99, -1}) {
    Model model;
    model.initializer("t", {1}, type).add_float_data(0);
    EXPECT_THAT(errorOf(model), HasSubstr("is not supported")) << type;
  }
  Model model;
  model.initializer("t", {1}).add_int64_data(0);
  EXPECT_EQ(errorOf(model), "tensor 't': data of another type than f32, which "
                            "is kept in float_data");
  Model strings;
  onnx::TensorProto &proto = strings.initializer("t", {1});
  proto.add_float_data(0);
  proto.add_string_data("a");
  EXPECT_THAT(errorOf(strings), HasSubstr("data of another type"));
}

TEST(Tensors, SegmentsAndSparseOnesAreNotSupported) {
  Model model;
  onnx::TensorProto &proto = model.initializer("t", {1});
  proto.add_float_data(0);
  proto.mutable_segment()->set_begin(0);
  EXPECT_THAT(errorOf(model), HasSubstr("segments is not supported"));

  Model sparse = oneNode("Relu", {1});
  sparse.graph.add_sparse_initializer()->mutable_values()->set_name("s");
  EXPECT_THAT(import(sparse).text, HasSubstr("is sparse"));
}

/// The codes of the initializer of \p model, or the message of the error.
std::string codesOf(const Model &model) {
  TensorSource source;
  llvm::Expected<StoredTensor> stored =
      readStored(model.proto.graph().initializer(0), source);
  if (!stored)
    return llvm::toString(stored.takeError());
  std::string text = stored->storage ? stored->storage->name.str() : "plain";
  for (double code : toDoubles(stored->tensor))
    text += " " + std::to_string(static_cast<int>(code));
  return text;
}

/// The first element is in the lowest bits; what is left of the last byte does
/// not matter.
TEST(Tensors, CodesAreUnpacked) {
  Model model;
  model.initializer("t", {3}, onnx::TensorProto::INT4)
      .set_raw_data(std::string("\x8f\xf7", 2));
  EXPECT_EQ(codesOf(model), "int4 -1 -8 7");
  model.graph.mutable_initializer(0)->set_data_type(onnx::TensorProto::UINT4);
  EXPECT_EQ(codesOf(model), "uint4 15 8 7");
  Model two;
  two.initializer("t", {5}, onnx::TensorProto::INT2)
      .set_raw_data(std::string("\xe4\x02", 2));
  EXPECT_EQ(codesOf(two), "int2 0 1 -2 -1 -2");
  two.graph.mutable_initializer(0)->set_data_type(onnx::TensorProto::UINT2);
  EXPECT_EQ(codesOf(two), "uint2 0 1 2 3 2");
  Model eight;
  onnx::TensorProto &proto =
      eight.initializer("t", {2}, onnx::TensorProto::FLOAT8E5M2);
  proto.add_int32_data(0x7b);
  proto.add_int32_data(0xfc);
  EXPECT_EQ(codesOf(eight), "float8e5m2 123 252");
  proto.set_int32_data(0, 256);
  EXPECT_EQ(codesOf(eight),
            "tensor 't': entry 256 of int32_data is not one byte");
}

TEST(Tensors, CodesOfTheWrongSize) {
  Model model;
  model.initializer("t", {3}, onnx::TensorProto::INT4).set_raw_data("a");
  EXPECT_EQ(codesOf(model), "tensor 't': its type int4[3] needs 2 bytes, but "
                            "raw_data has 1");
  Model typed;
  typed.initializer("t", {3}, onnx::TensorProto::UINT4).add_int32_data(1);
  EXPECT_EQ(codesOf(typed), "tensor 't': its type uint4[3] needs 2 entries, "
                            "but int32_data has 1");
  Model floats;
  floats.initializer("t", {1}, onnx::TensorProto::FLOAT4E2M1).add_float_data(0);
  EXPECT_THAT(codesOf(floats), HasSubstr("data of another type"));
}

/// Data that nobody uses is checked as well, but its type need not be known.
TEST(Tensors, UnusedOnes) {
  Model wrong = oneNode("Relu", {1});
  wrong.initializer("t", {2}).add_float_data(0);
  EXPECT_THAT(import(wrong).text, HasSubstr("needs 2 elements"));

  Model strings = oneNode("Relu", {1});
  strings.initializer("t", {1}, onnx::TensorProto::STRING).add_string_data("a");
  EXPECT_TRUE(import(strings).imported);
  strings.graph.mutable_node(0)->set_input(0, "t");
  EXPECT_EQ(import(strings).text,
            "tensor 't': element type string is not supported");
}

/// Raw data is used in place: moved within the file to where it is aligned.
TEST(Tensors, RawDataOfManyTensorsKeepsItsValues) {
  Model model;
  std::string sum = "x";
  model.input("x", {});
  for (int i = 0; i < 40; ++i) {
    const std::string name = "t" + std::string(i % 9, '_') + std::to_string(i);
    onnx::TensorProto &proto =
        model.initializer(name.c_str(), {i}, onnx::TensorProto::DOUBLE);
    std::vector<double> values;
    for (int k = 0; k < i; ++k)
      values.push_back(1000 * i + k);
    proto.set_raw_data(values.data(), values.size() * sizeof(double));
  }
  const std::string bytes = model.bytes();
  auto file = ModelFile::parse(cantFail(copyBytes(
      {reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()})));
  ASSERT_TRUE(static_cast<bool>(file));
  TensorSource source;
  source.file = file->get();
  for (int i = 0; i < 40; ++i) {
    const Tensor tensor =
        cantFail(readTensor((*file)->model().graph().initializer(i), source));
    ASSERT_EQ(tensor.elementCount(), i);
    for (int k = 0; k < i; ++k)
      EXPECT_EQ(tensor.elements<double>()[k], 1000 * i + k);
    if (i > 1) {
      EXPECT_FALSE(tensor.writable()) << "copied, not borrowed: " << i;
    }
  }
}

} // namespace
