// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The verifier on the rules of each op: once kept, then broken one by one.

#include "Testing.h"

using namespace glowplug;
using namespace glowplug::test;
using image::ReduceKind;
using image::ScalarOp;

namespace {

/// A program of inputs and one op, of which a test breaks one rule at a time.
class VerifyOpsTest : public ::testing::Test {
protected:
  ValueId input(DType type, llvm::ArrayRef<int64_t> shape) {
    return b.input("", type, shape);
  }
  /// The program as it stands is valid.
  void accepts() { EXPECT_EQ(verifyError(b), ""); }
  /// With \p change made, it is refused with \p message. Undoes the change.
  template <typename Change>
  void refuses(const char *message, Change change) {
    const image::BodyT before = *b.program().body;
    change();
    const std::string error = verifyError(b);
    const size_t head = error.find("): ");
    EXPECT_EQ(head == std::string::npos ? error : error.substr(head + 3),
              message);
    *b.program().body = before;
  }
  image::AttributesUnion &attributes() { return b.lastOp().attributes; }
  image::ValueT &value(ValueId id) { return b.valueAt(id); }

  ProgramBuilder b{"op"};
};

TEST_F(VerifyOpsTest, Constant) {
  uint32_t segment = b.addSegment(128, {});
  ValueId c = b.constantSegment(DType::f32, {4}, segment, 64);
  auto op = [&]() -> image::ConstantT & { return *attributes().AsConstant(); };
  accepts();
  refuses("needs a segment below 1, but got 1", [&] { op().segment = 1; });
  refuses("needs a segment of at least -1, but got -2",
          [&] { op().segment = -2; });
  refuses("needs an offset that is a multiple of 64, but got 32",
          [&] { op().offset = 32; });
  refuses("needs 16 bytes at offset 128 of segment 0, which has 128",
          [&] { op().offset = 128; });
  refuses("needs 16 bytes at offset 18446744073709551552 of segment 0, which "
          "has 128",
          [&] { op().offset = ~uint64_t{63}; });
  refuses("needs 68 bytes at offset 64 of segment 0, which has 128",
          [&] { value(c).shape = {17}; });
  refuses("needs data or a segment, but got both", [&] { op().data = {1}; });
  refuses("needs data or a segment, but got both", [&] { op().splat = true; });
  refuses("needs an offset of 0 without a segment, but got 64",
          [&] { op().segment = -1; });
  refuses("needs 0 operands and 1 result, but got 1 and 1", [&] {
    b.lastOp().operands = {static_cast<uint32_t>(b.input("", DType::f32, {}))};
  });

  ValueId d = b.constant(Tensor::of<Boolean>({2}, {Boolean(true), Boolean()}));
  accepts();
  refuses("needs 2 entries in data, but got 3", [&] { op().data = {0, 0, 0}; });
  refuses("needs 1 entries in data, but got 2", [&] { op().splat = true; });
  refuses("needs a boolean of 0 or 1, but got 2", [&] { op().data = {1, 2}; });
  refuses("needs at most 64 bytes without a segment, but has 65", [&] {
    value(d).shape = {65};
    op().data.assign(65, 0);
  });
}

TEST_F(VerifyOpsTest, MatMul) {
  ValueId x = input(DType::u8, {2, 1, 3, 4});
  ValueId y = input(DType::i8, {1, 5, 4, 6});
  MatMulOptions options;
  options.lhsZp = {1, 2, 3};
  options.rhsZp = {1};
  ValueId z = b.matmul(x, y, options);
  auto op = [&]() -> image::MatMulT & { return *attributes().AsMatMul(); };
  accepts();
  refuses("needs at least 2 operands, but got 1",
          [&] { b.lastOp().operands.pop_back(); });
  refuses("needs 2 operands without an epilogue, but got 3",
          [&] { b.lastOp().operands.push_back(0); });
  refuses("needs operand 'lhs' of a number, but got boolean",
          [&] { value(x).dtype = image::DType::boolean; });
  refuses("needs operands of one float type or of integers with one "
          "accumulator, but got u8 and i64",
          [&] { value(y).dtype = image::DType::i64; });
  refuses("needs operands of one float type or of integers with one "
          "accumulator, but got f32 and f16",
          [&] {
            value(x).dtype = image::DType::f32;
            value(y).dtype = image::DType::f16;
          });
  refuses("needs equal ranks of at least 2, but got 4 and 3",
          [&] { value(y).shape = {5, 4, 6}; });
  refuses("needs equal ranks of at least 2, but got 1 and 1", [&] {
    value(x).shape = {4};
    value(y).shape = {4};
  });
  refuses("needs equal K, but got 4 and 5",
          [&] { value(y).shape = {1, 5, 5, 6}; });
  refuses("needs batch dims that are equal or 1, but got [2,3,3,4] and "
          "[1,5,4,6]",
          [&] { value(x).shape = {2, 3, 3, 4}; });
  refuses("needs the result shape [2,5,3,6], but got [2,5,3,7]",
          [&] { value(z).shape = {2, 5, 3, 7}; });
  refuses("needs a result of type i32, but got u8",
          [&] { value(z).dtype = image::DType::u8; });
  refuses("needs lhs_zp of 0, 1 or 3 entries, but got 2",
          [&] { op().lhs_zp = {1, 2}; });
  refuses("needs rhs_zp of 0, 1 or 6 entries, but got 5",
          [&] { op().rhs_zp = {1, 2, 3, 4, 5}; });
  refuses("needs no lhs_zp for f32, but got 3", [&] {
    for (ValueId id : {x, y, z})
      value(id).dtype = image::DType::f32;
  });
}

TEST_F(VerifyOpsTest, Epilogue) {
  ValueId x = input(DType::f16, {2, 3});
  ValueId y = input(DType::f16, {3, 4});
  ValueId bias = input(DType::f16, {1, 4});
  RegionBuilder region({DType::f32, DType::f16});
  region.yield(region.cast(DType::f16, region.parameter(0)));
  MatMulOptions options;
  options.epilogue = {region, {bias}};
  ValueId z = b.matmul(x, y, options);
  auto parameters = [&]() -> std::vector<image::DType> & {
    return attributes().AsMatMul()->epilogue->parameters;
  };
  accepts();
  refuses("needs operand 2 broadcastable to [2,4], but got [4]",
          [&] { value(bias).shape = {4}; });
  refuses("needs operand 2 broadcastable to [2,4], but got [2,2]",
          [&] { value(bias).shape = {2, 2}; });
  refuses("needs a region that takes (f32, f16), but it takes (f16, f16)",
          [&] { parameters()[0] = image::DType::f16; });
  refuses("region: needs result 0 below 2, but got 2",
          [&] { parameters().pop_back(); });
  refuses("needs a region that yields (f32), but it yields (f16)",
          [&] { value(z).dtype = image::DType::f32; });
}

TEST_F(VerifyOpsTest, Conv) {
  ValueId x = input(DType::u8, {1, 4, 6, 6});
  ValueId w = input(DType::i8, {6, 2, 3, 3});
  ConvOptions options;
  options.groups = 2;
  options.lhsZp = {1};
  options.rhsZp = {1, 2, 3, 4, 5, 6};
  ValueId y = b.conv(x, w, options);
  auto op = [&]() -> image::ConvT & { return *attributes().AsConv(); };
  accepts();
  refuses("needs equal ranks of 3 to 5, but got 2 and 4",
          [&] { value(x).shape = {1, 4}; });
  refuses("needs equal ranks of 3 to 5, but got 4 and 3",
          [&] { value(w).shape = {6, 2, 3}; });
  refuses("needs strides of 2 entries, but got 1", [&] { op().strides = {1}; });
  refuses("needs pads_low of 2 entries, but got 0",
          [&] { op().pads_low = {}; });
  refuses("needs pads_high of 2 entries, but got 3",
          [&] { op().pads_high = {0, 0, 0}; });
  refuses("needs dilations of 2 entries, but got 1",
          [&] { op().dilations = {1}; });
  refuses("needs strides of at least 1, but got 0",
          [&] { op().strides = {1, 0}; });
  refuses("needs dilations of at least 1, but got -1",
          [&] { op().dilations = {-1, 1}; });
  refuses("needs pads_low of at least 0, but got -1",
          [&] { op().pads_low = {0, -1}; });
  refuses("needs pads_high of at least 0, but got -2",
          [&] { op().pads_high = {-2, 0}; });
  refuses("needs groups of at least 1, but got 0", [&] { op().groups = 0; });
  refuses("needs groups that divide C 4 and O 6, but got 4",
          [&] { op().groups = 4; });
  refuses("needs weights with C / groups = 4 channels, but got 2",
          [&] { op().groups = 1; });
  refuses("needs a kernel size of at least 1, but got 0",
          [&] { value(w).shape = {6, 2, 3, 0}; });
  refuses("needs the result shape [1,6,4,4], but got [1,6,4,5]",
          [&] { value(y).shape = {1, 6, 4, 5}; });
  refuses("needs a result of countable size, but has [1,6,4,4]",
          [&] { value(x).shape = {1, 4, 6, 1}; });
  refuses("needs a result of countable size, but has [1,6,4,4]",
          [&] { op().dilations = {1, INT64_MAX}; });
  refuses("needs lhs_zp of 0, 1 or 1 entries, but got 2",
          [&] { op().lhs_zp = {1, 2}; });
  refuses("needs rhs_zp of 0, 1 or 6 entries, but got 2",
          [&] { op().rhs_zp = {1, 2}; });
}

TEST_F(VerifyOpsTest, ConvTranspose) {
  ValueId x = input(DType::f32, {1, 4, 3, 3});
  ValueId w = input(DType::f32, {4, 2, 2, 2});
  ConvOptions options;
  options.groups = 2;
  ValueId y = b.convTranspose(x, w, options);
  auto op = [&]() -> image::ConvTransposeT & {
    return *attributes().AsConvTranspose();
  };
  accepts();
  refuses("needs groups that divide C 4, but got 3", [&] { op().groups = 3; });
  refuses("needs weights with C = 4 channels, but got 3",
          [&] { value(w).shape = {3, 2, 2, 2}; });
  refuses("needs the result shape [1,4,4,4], but got [1,4,4,3]",
          [&] { value(y).shape = {1, 4, 4, 3}; });
  refuses("needs a result of countable size, but has [1,4,4,4]",
          [&] { op().pads_low = {0, 9}; });
  refuses("needs strides of 2 entries, but got 3",
          [&] { op().strides = {1, 1, 1}; });
  refuses("needs operands of one float type or of integers with one "
          "accumulator, but got f32 and i8",
          [&] { value(w).dtype = image::DType::i8; });
}

TEST_F(VerifyOpsTest, Map) {
  ValueId x = input(DType::f32, {2, 3});
  ValueId y = input(DType::f32, {1, 3});
  RegionBuilder region({DType::f32, DType::f32});
  region.yield(region.parameter(0)).yield(region.parameter(1));
  auto results = b.map(region, {x, y});
  accepts();
  refuses("needs operand 1 broadcastable to [2,3], but got [3]",
          [&] { value(y).shape = {3}; });
  refuses("needs operand 1 broadcastable to [2,3], but got [2,2]",
          [&] { value(y).shape = {2, 2}; });
  refuses("needs results of one shape, but got [2,3] and [2,1]",
          [&] { value(results[1]).shape = {2, 1}; });
  refuses("needs a region, but has none",
          [&] { attributes().AsMap()->region = nullptr; });
  refuses("needs a region that yields (f32, f32), but it yields (f32)",
          [&] { attributes().AsMap()->region->results.pop_back(); });
  refuses("needs at least 1 result, but got 0",
          [&] { b.lastOp().results = {}; });
}

TEST_F(VerifyOpsTest, Reduce) {
  ValueId x = input(DType::i8, {2, 3, 4});
  ValueId y = b.reduce(ReduceKind::sum, x, {0, 2});
  auto op = [&]() -> image::ReduceT & { return *attributes().AsReduce(); };
  accepts();
  refuses("needs a known kind, but got 4",
          [&] { op().kind = static_cast<ReduceKind>(4); });
  refuses("needs 1 to 3 dims, but got 0", [&] { op().dims = {}; });
  refuses("needs 1 to 3 dims, but got 4", [&] { op().dims = {0, 1, 2, 3}; });
  refuses("needs a dim of rank 3, but got 3", [&] { op().dims = {3}; });
  refuses("needs a dim of rank 3, but got -1", [&] { op().dims = {-1}; });
  refuses("needs ascending dims, but got 0 after 2",
          [&] { op().dims = {2, 0}; });
  refuses("needs ascending dims, but got 1 after 1",
          [&] { op().dims = {1, 1}; });
  refuses("needs the result shape [1,3,1], but got [1,3]",
          [&] { value(y).shape = {1, 3}; });
  refuses("needs a result of type i32, but got i8",
          [&] { value(y).dtype = image::DType::i8; });
  refuses("needs a result of type i8, but got i32",
          [&] { op().kind = ReduceKind::max; });
  refuses("needs numbers for sum, but got boolean",
          [&] { value(x).dtype = image::DType::boolean; });
}

TEST_F(VerifyOpsTest, ArgReduce) {
  ValueId x = input(DType::f32, {2, 3});
  ValueId y = b.argReduce(ReduceKind::max, x, 1);
  auto op = [&]() -> image::ArgReduceT & {
    return *attributes().AsArgReduce();
  };
  accepts();
  refuses("needs a kind of min, max, but got sum",
          [&] { op().kind = ReduceKind::sum; });
  refuses("needs a dim of rank 2, but got 2", [&] { op().dim = 2; });
  refuses("needs a dim that is not empty, but dim 1 has size 0",
          [&] { value(x).shape = {2, 0}; });
  refuses("needs result 'result' of i64, but got i32",
          [&] { value(y).dtype = image::DType::i32; });
  refuses("needs the result shape [2,1], but got [2]",
          [&] { value(y).shape = {2}; });
  refuses("needs 1 operand, but got 2",
          [&] { b.lastOp().operands.push_back(0); });
}

TEST_F(VerifyOpsTest, Scan) {
  ValueId x = input(DType::f32, {2, 3});
  ValueId y = b.scan(ReduceKind::sum, x, 1);
  auto op = [&]() -> image::ScanT & { return *attributes().AsScan(); };
  accepts();
  refuses("needs a kind of sum, prod, but got max",
          [&] { op().kind = ReduceKind::max; });
  refuses("needs a dim of rank 2, but got -1", [&] { op().dim = -1; });
  refuses("needs a result of type f32, but got f64",
          [&] { value(y).dtype = image::DType::f64; });
  refuses("needs the result shape [2,3], but got [3,2]",
          [&] { value(y).shape = {3, 2}; });
  refuses("needs operand 'input' of a number, but got boolean", [&] {
    value(x).dtype = image::DType::boolean;
    value(y).dtype = image::DType::boolean;
  });
}

TEST_F(VerifyOpsTest, Sort) {
  ValueId x = input(DType::f32, {2, 3});
  auto [values, positions] = b.sort(x, 1);
  accepts();
  refuses("needs a dim of rank 2, but got 5",
          [&] { attributes().AsSort()->dim = 5; });
  refuses("needs values of type f32, but got i8",
          [&, v = values] { value(v).dtype = image::DType::i8; });
  refuses("needs result 'positions' of i64, but got i32",
          [&, p = positions] { value(p).dtype = image::DType::i32; });
  refuses("needs the result shape [2,3], but got [2]",
          [&, v = values] { value(v).shape = {2}; });
  refuses("needs the result shape [2,3], but got [3]",
          [&, p = positions] { value(p).shape = {3}; });
  refuses("needs 2 results, but got 1", [&] { b.lastOp().results.pop_back(); });
}

TEST_F(VerifyOpsTest, Window) {
  ValueId x = input(DType::f32, {4, 6});
  ValueId y = b.window(ReduceKind::max, x, {1, 2});
  auto op = [&]() -> image::WindowT & { return *attributes().AsWindow(); };
  accepts();
  refuses("needs a kind of sum, min, max, but got prod",
          [&] { op().kind = ReduceKind::prod; });
  refuses("needs sizes of 2 entries, but got 1", [&] { op().sizes = {1}; });
  refuses("needs strides of 2 entries, but got 3",
          [&] { op().strides = {1, 1, 1}; });
  refuses("needs pads_low of 2 entries, but got 1",
          [&] { op().pads_low = {1}; });
  refuses("needs pads_high of 2 entries, but got 1",
          [&] { op().pads_high = {1}; });
  refuses("needs dilations of 2 entries, but got 1",
          [&] { op().dilations = {1}; });
  refuses("needs sizes of at least 1, but got 0", [&] { op().sizes = {1, 0}; });
  refuses("needs strides of at least 1, but got 0",
          [&] { op().strides = {0, 1}; });
  refuses("needs pads_low of at least 0, but got -1",
          [&] { op().pads_low = {-1, 0}; });
  refuses("needs pads_high of at least 0, but got -1",
          [&] { op().pads_high = {0, -1}; });
  refuses("needs dilations of at least 1, but got 0",
          [&] { op().dilations = {0, 1}; });
  refuses("needs the result shape [4,5], but got [4,6]",
          [&] { value(y).shape = {4, 6}; });
  refuses("needs a result of countable size, but has [4,5]",
          [&] { op().sizes = {1, 99}; });
  refuses("needs a result of type f32, but got f16",
          [&] { value(y).dtype = image::DType::f16; });
}

TEST_F(VerifyOpsTest, Transpose) {
  ValueId y = b.transpose(input(DType::f32, {2, 3, 4}), {2, 0, 1});
  auto &permutation = attributes().AsTranspose()->permutation;
  accepts();
  refuses("needs permutation of 3 entries, but got 2",
          [&] { attributes().AsTranspose()->permutation = {0, 1}; });
  refuses("needs a permutation of 3 dims, but got [0,1,1]",
          [&] { attributes().AsTranspose()->permutation = {0, 1, 1}; });
  refuses("needs a permutation of 3 dims, but got [0,1,3]",
          [&] { attributes().AsTranspose()->permutation = {0, 1, 3}; });
  refuses("needs the result shape [4,2,3], but got [4,3,2]",
          [&] { value(y).shape = {4, 3, 2}; });
  refuses("needs a result of type f32, but got i32",
          [&] { value(y).dtype = image::DType::i32; });
  (void)permutation;
}

TEST_F(VerifyOpsTest, Reshape) {
  ValueId y = b.reshape(input(DType::f32, {2, 3}), {6, 1});
  accepts();
  refuses("needs as many elements after as before, 6, but got 7",
          [&] { value(y).shape = {7}; });
  refuses("needs a result of type f32, but got i32",
          [&] { value(y).dtype = image::DType::i32; });
}

TEST_F(VerifyOpsTest, Broadcast) {
  ValueId y = b.broadcast(input(DType::f32, {1, 3}), {2, 3});
  accepts();
  refuses("needs an operand broadcastable to [2,4], but got [1,3]",
          [&] { value(y).shape = {2, 4}; });
  refuses("needs an operand broadcastable to [2,2,3], but got [1,3]",
          [&] { value(y).shape = {2, 2, 3}; });
}

TEST_F(VerifyOpsTest, Slice) {
  ValueId y = b.slice(input(DType::f32, {6, 4}), {1, 3}, {2, 4}, {3, -1});
  auto op = [&]() -> image::SliceT & { return *attributes().AsSlice(); };
  accepts();
  refuses("needs starts of 2 entries, but got 1", [&] { op().starts = {1}; });
  refuses("needs strides of 2 entries, but got 3",
          [&] { op().strides = {1, 1, 1}; });
  refuses("needs strides other than 0, but dim 1 has 0",
          [&] { op().strides = {3, 0}; });
  refuses("needs indices within 0..5 in dim 0, but reads 2 elements from 3 by "
          "3",
          [&] { op().starts = {3, 3}; });
  refuses("needs indices within 0..3 in dim 1, but reads 4 elements from 2 by "
          "-1",
          [&] { op().starts = {1, 2}; });
  refuses("needs starts of at least 0, but got -1",
          [&] { op().starts = {-1, 3}; });
  refuses("needs indices within 0..5 in dim 0, but reads 2 elements from 1 by "
          "9223372036854775807",
          [&] { op().strides = {INT64_MAX, -1}; });
  refuses("needs a result of rank 2, but got 1", [&] { value(y).shape = {2}; });
}

TEST_F(VerifyOpsTest, Pad) {
  ValueId x = input(DType::f32, {2, 3});
  ValueId v = input(DType::f32, {});
  ValueId y = b.pad(x, v, {1, 0}, {0, 1}, {2, 0});
  auto op = [&]() -> image::PadT & { return *attributes().AsPad(); };
  accepts();
  refuses("needs a value of type f32, but got f16",
          [&] { value(v).dtype = image::DType::f16; });
  refuses("needs a value of rank 0, but got 1", [&] { value(v).shape = {1}; });
  refuses("needs low of 2 entries, but got 1", [&] { op().low = {1}; });
  refuses("needs high of 2 entries, but got 1", [&] { op().high = {1}; });
  refuses("needs interior of 2 entries, but got 1",
          [&] { op().interior = {1}; });
  refuses("needs low of at least 0, but got -1", [&] { op().low = {-1, 0}; });
  refuses("needs high of at least 0, but got -1", [&] { op().high = {-1, 0}; });
  refuses("needs interior of at least 0, but got -1",
          [&] { op().interior = {-1, 0}; });
  refuses("needs the result shape [5,4], but got [5,5]",
          [&] { value(y).shape = {5, 5}; });
  refuses("needs a result of countable size, but has [5,4]",
          [&] { op().low = {INT64_MAX, 0}; });
}

TEST_F(VerifyOpsTest, Concat) {
  ValueId x = input(DType::f32, {2, 3});
  ValueId y = input(DType::f32, {2, 1});
  ValueId z = b.concat({x, y}, 1);
  auto op = [&]() -> image::ConcatT & { return *attributes().AsConcat(); };
  accepts();
  refuses("needs a dim of rank 2, but got 2", [&] { op().dim = 2; });
  refuses("needs operands equal but for dim 0, but got [2,3] and [2,1]",
          [&] { op().dim = 0; });
  refuses("needs operands equal but for dim 1, but got [2,3] and [2]",
          [&] { value(y).shape = {2}; });
  refuses("needs an operand of type f32, but got i32",
          [&] { value(y).dtype = image::DType::i32; });
  refuses("needs the result shape [2,4], but got [2,5]",
          [&] { value(z).shape = {2, 5}; });
  refuses("needs at least 1 operand, but got 0",
          [&] { b.lastOp().operands = {}; });
}

TEST_F(VerifyOpsTest, Gather) {
  ValueId x = input(DType::f32, {2, 3});
  ValueId i = input(DType::i32, {4});
  ValueId y = b.gather(x, i, 1);
  accepts();
  refuses("needs operand 'indices' of i32 or i64, but got i16",
          [&] { value(i).dtype = image::DType::i16; });
  refuses("needs a dim of rank 2, but got -1",
          [&] { attributes().AsGather()->dim = -1; });
  refuses("needs the result shape [2,4], but got [2,3]",
          [&] { value(y).shape = {2, 3}; });
  refuses("needs data to gather from, but dim 1 of [2,0] is empty",
          [&] { value(x).shape = {2, 0}; });
  refuses("needs a result of type f32, but got f64",
          [&] { value(y).dtype = image::DType::f64; });
}

TEST_F(VerifyOpsTest, Scatter) {
  ValueId x = input(DType::f32, {2, 3});
  ValueId i = input(DType::i64, {4});
  ValueId u = input(DType::f32, {4, 3});
  ValueId y = b.scatter(image::ScatterKind::add, x, i, u);
  accepts();
  refuses("needs a known kind, but got 5", [&] {
    attributes().AsScatter()->kind = static_cast<image::ScatterKind>(5);
  });
  refuses("needs operand 'indices' of i32 or i64, but got u8",
          [&] { value(i).dtype = image::DType::u8; });
  refuses("needs indices of rank 1, but got 2",
          [&] { value(i).shape = {4, 1}; });
  refuses("needs updates of shape [4,3], but got [3,3]",
          [&] { value(u).shape = {3, 3}; });
  refuses("needs updates of type f32, but got f16",
          [&] { value(u).dtype = image::DType::f16; });
  refuses("needs the result shape [2,3], but got [4,3]",
          [&] { value(y).shape = {4, 3}; });
  refuses("needs data of rank 1 or more, but got 0",
          [&] { value(x).shape = {}; });
  refuses("needs numbers for add, but got boolean", [&] {
    for (ValueId id : {x, u, y})
      value(id).dtype = image::DType::boolean;
  });
}

} // namespace
