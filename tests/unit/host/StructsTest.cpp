// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Structs follow the size rule, and bad arguments are faults of kind usage.

#include "tests/unit/host/Handles.h"

#include <cstddef>
#include <cstring>

using namespace glowplug::host;

namespace {

/// A struct as a newer program has it: with a field after the known ones.
template <typename T>
struct Newer {
  T known{};
  uint64_t added = 0;

  Newer() { known.struct_size = sizeof(Newer); }
};

gp_tensor_args tensorArgs(const int64_t *shape, uint32_t rank) {
  gp_tensor_args args{};
  args.struct_size = sizeof args;
  args.type = GP_F32;
  args.shape = shape;
  args.rank = rank;
  return args;
}

constexpr int64_t shape[] = {2, 2};

} // namespace

TEST(HostStructsTest, TakesALongerStructWhoseTailIsZero) {
  Newer<gp_tensor_args> newer;
  newer.known.type = GP_F32;
  newer.known.shape = shape;
  newer.known.rank = 2;
  gp_tensor *tensor = nullptr;
  ASSERT_EQ(messageOf(gp_tensor_create(&newer.known, &tensor)), "");
  const TensorHandle owner(tensor);
  EXPECT_EQ(gp_tensor_size_bytes(tensor), 16u);
}

TEST(HostStructsTest, RefusesATailThatItDoesNotKnow) {
  Newer<gp_tensor_args> newer;
  newer.known.type = GP_F32;
  newer.known.shape = shape;
  newer.known.rank = 2;
  newer.added = 1;
  gp_tensor *tensor = nullptr;
  const FaultHandle fault(gp_tensor_create(&newer.known, &tensor));
  ASSERT_TRUE(fault);
  EXPECT_EQ(gp_fault_get_kind(fault.get()), GP_FAULT_USAGE);
  EXPECT_STREQ(gp_fault_place(fault.get()), "gp_tensor_args");
  EXPECT_EQ(tensor, nullptr);
}

TEST(HostStructsTest, ReadsAShorterStructAsZero) {
  // An older program knows neither `bytes` nor its size: zeros.
  gp_tensor_args args = tensorArgs(shape, 2);
  args.struct_size = offsetof(gp_tensor_args, bytes);
  args.bytes = &args;
  args.size_bytes = 16;
  gp_tensor *tensor = nullptr;
  ASSERT_EQ(messageOf(gp_tensor_create(&args, &tensor)), "");
  const TensorHandle owner(tensor);
  for (int i = 0; i < 16; ++i)
    EXPECT_EQ(static_cast<char *>(gp_tensor_bytes(tensor))[i], 0);
}

TEST(HostStructsTest, RefusesImpossibleSizes) {
  gp_tensor *tensor = nullptr;
  gp_tensor_args args = tensorArgs(shape, 2);
  for (size_t size : {size_t{0}, size_t{4}, size_t{1} << 40}) {
    args.struct_size = size;
    EXPECT_EQ(kindOf(gp_tensor_create(&args, &tensor)), GP_FAULT_USAGE);
  }
  EXPECT_EQ(kindOf(gp_tensor_create(nullptr, &tensor)), GP_FAULT_USAGE);
  EXPECT_EQ(kindOf(gp_model_compile(nullptr, nullptr)), GP_FAULT_USAGE);
  EXPECT_EQ(kindOf(gp_session_create(nullptr, nullptr)), GP_FAULT_USAGE);
}

TEST(HostStructsTest, FillsNoMoreThanTheCallerHas) {
  const ModelHandle model = compileDigits();
  gp_port port;
  std::memset(&port, 0, sizeof port);
  port.struct_size = offsetof(gp_port, shape);
  ASSERT_EQ(messageOf(gp_model_input(model.get(), 0, &port)), "");
  EXPECT_STREQ(port.name, "image");
  EXPECT_EQ(port.shape, nullptr);
  EXPECT_EQ(port.struct_size, offsetof(gp_port, shape));
  port.struct_size = sizeof port;
  ASSERT_EQ(messageOf(gp_model_input(model.get(), 0, &port)), "");
  EXPECT_EQ(port.shape[0], 2);
  EXPECT_EQ(kindOf(gp_model_input(model.get(), 9, &port)), GP_FAULT_USAGE);
  EXPECT_EQ(kindOf(gp_model_input(model.get(), 0, nullptr)), GP_FAULT_USAGE);
}

TEST(HostStructsTest, RefusesNullInTheMiddle) {
  gp_model *model = nullptr;
  DigitsArgs digits;
  const char *const names[] = {"reference", nullptr};
  digits.args.backends = names;
  digits.args.backend_count = 2;
  EXPECT_EQ(messageOf(gp_model_compile(&digits.args, &model)),
            "backends[1] is NULL");
  digits.args.backends = nullptr;
  EXPECT_EQ(messageOf(gp_model_compile(&digits.args, &model)),
            "backends is NULL");
  digits.args.backend_count = 0;
  digits.dim.name = nullptr;
  EXPECT_EQ(messageOf(gp_model_compile(&digits.args, &model)),
            "dims[0] is NULL");
  digits.args.name = nullptr;
  EXPECT_EQ(messageOf(gp_model_compile(&digits.args, &model)), "name is NULL");
  const DigitsArgs good;
  EXPECT_EQ(kindOf(gp_model_compile(&good.args, nullptr)), GP_FAULT_USAGE);
  EXPECT_EQ(model, nullptr);
}

TEST(HostStructsTest, RefusesTensorsThatCannotBe) {
  gp_tensor *tensor = nullptr;
  gp_tensor_args args = tensorArgs(nullptr, 2);
  EXPECT_EQ(messageOf(gp_tensor_create(&args, &tensor)), "shape is NULL");
  args = tensorArgs(shape, 2);
  args.type = static_cast<gp_element_type>(300);
  EXPECT_EQ(kindOf(gp_tensor_create(&args, &tensor)), GP_FAULT_USAGE);
  args = tensorArgs(shape, 2);
  args.bytes = shape;
  args.size_bytes = 8;
  EXPECT_EQ(messageOf(gp_tensor_create(&args, &tensor)),
            "f32[2,2] needs 16 bytes, but got 8");
  const int64_t negative[] = {-4};
  args = tensorArgs(negative, 1);
  EXPECT_EQ(kindOf(gp_tensor_create(&args, &tensor)), GP_FAULT_USAGE);
  EXPECT_EQ(tensor, nullptr);
}
