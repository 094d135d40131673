// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The verifier on containers, values, definitions and nesting.

#include "Testing.h"

#include <functional>

using namespace glowplug;
using namespace glowplug::test;
using image::ScalarOp;

namespace {

/// x, and its negative in an op called "neg".
class VerifyProgramTest : public ::testing::Test {
protected:
  VerifyProgramTest() {
    x = b.input("x", DType::f32, {2, 3});
    b.setLocation("neg");
    y = b.map(ScalarOp::neg, {x});
    b.output(y);
  }

  image::ProgramT &program() { return b.program(); }
  image::BodyT &body() { return *program().body; }

  ProgramBuilder b{"program"};
  ValueId x;
  ValueId y;
};

TEST_F(VerifyProgramTest, AcceptsAValidProgram) {
  EXPECT_EQ(verifyError(b), "");
}

TEST_F(VerifyProgramTest, AcceptsTheEmptyProgram) {
  EXPECT_EQ(verifyError(ProgramBuilder("")), "");
}

TEST_F(VerifyProgramTest, RefusesOtherBytes) {
  std::vector<uint8_t> bytes = b.finish();
  EXPECT_EQ(verifyError(llvm::ArrayRef<uint8_t>()).substr(0, 20),
            "image: needs 16 to 2");
  EXPECT_EQ(verifyError(std::vector<uint8_t>(100, 0)),
            "image: needs the identifier GPIM, but got "
            "'\\00\\00\\00\\00'");
  for (size_t size = 16; size < bytes.size(); ++size)
    EXPECT_NE(
        verifyError(std::vector<uint8_t>(bytes.begin(), bytes.begin() + size)),
        "")
        << size;
  bytes.insert(bytes.begin(), 0);
  EXPECT_EQ(verifyError(llvm::ArrayRef(bytes).drop_front()),
            "image: needs bytes at a multiple of 8");
  bytes.erase(bytes.begin());
  bytes[0] = 0xff; // the root lies outside
  EXPECT_EQ(verifyError(bytes).substr(0, 37),
            "image: is not a well-formed FlatBuffe");
}

TEST_F(VerifyProgramTest, RefusesOtherVersions) {
  program().container_version = 0x10002;
  EXPECT_EQ(verifyError(b), "needs container version 0.2, but got 1.2");
  program().container_version = 2;
  program().opset_version = 2;
  EXPECT_EQ(verifyError(b), "needs primitive set version 1, but got 2");
}

TEST_F(VerifyProgramTest, RefusesUnknownFeatures) {
  b.require("sparse\n");
  EXPECT_EQ(verifyError(b), "needs known features only, but got 'sparse\\0A'");
}

// Fields that are there for later are refused by the name of their feature.
TEST_F(VerifyProgramTest, RefusesWhatIsNotBuilt) {
  const std::string refusal =
      ": the feature 'dims' is not built in this version";
  program().dims.push_back(std::make_unique<image::DimT>());
  EXPECT_EQ(verifyError(b), "needs no dims and exprs" + refusal);
  program().dims.clear();
  program().exprs.push_back(std::make_unique<image::ExprT>());
  EXPECT_EQ(verifyError(b), "needs no dims and exprs" + refusal);
  program().exprs.clear();
  body().values[0]->shape_exprs = {0};
  EXPECT_NE(verifyError(b).find("needs no shape_exprs" + refusal),
            std::string::npos)
      << verifyError(b);
}

TEST_F(VerifyProgramTest, RefusesProgramsWithoutBody) {
  std::unique_ptr<image::BodyT> body = std::move(program().body);
  EXPECT_EQ(verifyError(b), "needs a body, but has none");
  program().body = std::move(body);
}

TEST_F(VerifyProgramTest, RefusesShortHashes) {
  b.addSegment(64, {});
  program().segments[0]->sha256.pop_back();
  EXPECT_EQ(verifyError(b),
            "segment 0: needs a sha256 of 32 bytes, but got 31");
}

TEST_F(VerifyProgramTest, RefusesBadValues) {
  auto refuses = [&](const char *message) {
    EXPECT_EQ(verifyError(b), message);
    b.valueAt(x).dtype = image::DType::f32;
    b.valueAt(x).shape = {2, 3};
  };
  b.valueAt(x).dtype = image::DType::none;
  refuses("value 0 'x': needs a known type, but got 0");
  b.valueAt(x).dtype = static_cast<image::DType>(14);
  refuses("value 0 'x': needs a known type, but got 14");
  b.valueAt(x).shape = std::vector<int64_t>(9, 1);
  refuses("value 0 'x': needs a rank of at most 8, but got 9");
  b.valueAt(x).shape = {2, -3};
  refuses("value 0 'x': needs dims of at least 0, but got -3");
  b.valueAt(x).shape = {int64_t{1} << 61};
  refuses("value 0 'x': needs a size below 2^63 bytes, but got "
          "f32[2305843009213693952]");
}

TEST_F(VerifyProgramTest, RefusesBadDefinitions) {
  image::OpT &op = b.lastOp();
  const image::OpT valid = op;
  auto refuses = [&](const char *message) {
    EXPECT_EQ(verifyError(b), message);
    op = valid;
    body().inputs = {0};
    body().outputs = {1};
  };
  op.operands = {7};
  refuses("op 0 'neg' (Map): needs a value below 2, but got 7");
  op.operands = {1};
  refuses("op 0 'neg' (Map): needs value 1 defined before its use");
  op.results = {9};
  refuses("op 0 'neg' (Map): needs a value below 2, but got 9");
  op.results = {0};
  refuses("op 0 'neg' (Map): needs value 0 defined once, but defines it again");
  body().inputs = {0, 0};
  refuses("inputs: needs value 0 defined once, but defines it again");
  body().inputs = {5};
  refuses("inputs: needs a value below 2, but got 5");
  body().outputs = {2};
  refuses("outputs: needs a value below 2, but got 2");
  op.version = 2;
  refuses("op 0 'neg' (Map): needs version 1, but got 2");
  op.attributes.Reset();
  refuses("op 0 'neg' (NONE): needs attributes of a known kind, but got 0");
  b.valueAt(b.input("z", DType::f32, {}));
  body().inputs.pop_back();
  refuses("needs every value defined, but value 2 is not");
}

// FlatBuffers checks the place of a list's length only.
TEST_F(VerifyProgramTest, RefusesShapesThatAreNotAligned) {
  std::vector<uint8_t> bytes = b.finish();
  const image::Program *program = image::GetProgram(bytes.data());
  auto *value = const_cast<image::Value *>(program->body()->values()->Get(0));
  // Lets the shape begin 4 bytes early, with a length of one less.
  auto *shape = const_cast<flatbuffers::Vector<int64_t> *>(value->shape());
  auto *table = reinterpret_cast<flatbuffers::Table *>(value);
  auto *offset = reinterpret_cast<flatbuffers::uoffset_t *>(
      table->GetAddressOf(image::Value::VT_SHAPE));
  auto *length = reinterpret_cast<uint8_t *>(shape) + 4;
  flatbuffers::WriteScalar<uint32_t>(length, 1);
  flatbuffers::WriteScalar(offset, *offset + 4);
  EXPECT_EQ(verifyError(bytes),
            "value 0 'x': needs a list at a multiple of 8 bytes");
}

TEST_F(VerifyProgramTest, OneValueMayBeTwoOutputs) {
  b.output(y);
  b.output(x);
  EXPECT_EQ(verifyError(b), "");
}

/// A program whose composite "wrap" runs a body that negates.
class VerifyCompositeTest : public ::testing::Test {
protected:
  VerifyCompositeTest() : inner(b.addBody()) {
    ValueId a = inner.input("a", DType::f32, {2});
    inner.output(inner.map(ScalarOp::neg, {a}));
    ValueId x = b.input("x", DType::f32, {2});
    b.setLocation("wrap");
    b.output(b.composite("wrap", inner, {x}, {{"n", {1}, {}, ""}})[0]);
  }
  image::CompositeT &composite() {
    return *b.lastOp().attributes.AsComposite();
  }

  ProgramBuilder b{"program"};
  BodyBuilder &inner;
};

TEST_F(VerifyCompositeTest, RefusesBrokenRules) {
  EXPECT_EQ(verifyError(b), "");
  auto refuses = [&](const char *message) {
    EXPECT_EQ(verifyError(b),
              std::string("op 0 'wrap' (Composite): ") + message);
  };
  composite().name = "";
  refuses("needs a composite name, but has none");
  composite().name = "wrap";
  composite().body = 1;
  refuses("needs a body below 1, but got 1");
  composite().body = 0;
  composite().attributes[0]->text = "also";
  refuses("needs attributes with 1 field set, but got 2");
  composite().attributes[0]->text = "";
  composite().attributes[0]->ints = {};
  refuses("needs attributes with 1 field set, but got 0");
  composite().attributes.clear();
  b.lastOp().version = 0;
  refuses("needs a version of at least 1, but got 0");
  b.lastOp().version = 9;
  b.lastOp().operands = {0, 0};
  refuses("needs 1 operands as its body has, but got 2");
  b.lastOp().operands = {0};
  b.valueAt(ValueId{0}).shape = {3};
  refuses("needs operands 0 of type f32[2] as in its body, but got f32[3]");
  b.valueAt(ValueId{0}).shape = {2};
  b.valueAt(ValueId{1}).dtype = image::DType::i32;
  refuses("needs results 0 of type f32[2] as in its body, but got i32[2]");
  b.valueAt(ValueId{1}).dtype = image::DType::f32;
  EXPECT_EQ(verifyError(b), "");
}

TEST_F(VerifyCompositeTest, ChecksBodies) {
  inner.lastOp().operands = {1};
  EXPECT_EQ(verifyError(b),
            "body 0, op 0 '' (Map): needs value 1 defined before its use");
  inner.lastOp().operands = {0};
  inner.body().outputs = {4};
  EXPECT_EQ(verifyError(b), "body 0, needs a value below 2, but got 4");
}

TEST_F(VerifyCompositeTest, RefusesCycles) {
  BodyBuilder &other = b.addBody();
  ValueId a = other.input("a", DType::f32, {2});
  other.output(other.composite("back", inner, {a})[0]);
  EXPECT_EQ(verifyError(b), "");
  ValueId c = inner.composite("forth", other, {ValueId{0}})[0];
  EXPECT_EQ(verifyError(b),
            "body 0: needs bodies that name each other without a cycle");
  inner.lastOp().attributes.AsComposite()->body = 0;
  inner.body().outputs = {static_cast<uint32_t>(c)};
  EXPECT_EQ(verifyError(b),
            "body 0: needs bodies that name each other without a cycle");
}

TEST_F(VerifyCompositeTest, RefusesDeepNesting) {
  const BodyBuilder *last = &inner;
  auto wrap = [&] {
    BodyBuilder &next = b.addBody();
    ValueId a = next.input("a", DType::f32, {2});
    next.output(next.composite("wrap", *last, {a})[0]);
    last = &next;
  };
  for (unsigned depth = 1; depth < maxBodyDepth; ++depth)
    wrap();
  EXPECT_EQ(verifyError(b), "");
  wrap();
  EXPECT_EQ(verifyError(b), "body 64: needs bodies nested at most 64 deep");
}

// Tables that share one long list: small to store, but endless to walk through.
TEST(VerifyBudgetTest, RefusesListsUsedOverAndOver) {
  flatbuffers::FlatBufferBuilder f;
  constexpr uint32_t count = 20000;
  std::vector<uint32_t> zeros(count, 0);
  auto operands = f.CreateVector(zeros);
  std::vector<uint8_t> types(count, static_cast<uint8_t>(image::DType::f32));
  auto map = image::CreateMap(f);
  std::vector<flatbuffers::Offset<image::Op>> ops;
  for (uint32_t i = 0; i < count; ++i)
    ops.push_back(
        image::CreateOp(f, image::Attributes::Map, map.Union(), 1, operands));
  auto value = image::CreateValue(f, 0, image::DType::f32);
  auto values = f.CreateVector(&value, 1);
  auto inputs = f.CreateVector(zeros.data(), 1);
  auto body = image::CreateBody(f, values, inputs, 0, f.CreateVector(ops));
  f.Finish(image::CreateProgram(f, 1, 1, 0, 0, body),
           image::ProgramIdentifier());
  // Every op would be refused for its lack of results; that takes no time.
  std::vector<uint8_t> bytes(f.GetBufferPointer(),
                             f.GetBufferPointer() + f.GetSize());
  EXPECT_NE(verifyError(bytes), "");
}

TEST(VerifyBudgetTest, RefusesTablesUsedOverAndOver) {
  flatbuffers::FlatBufferBuilder f;
  constexpr uint32_t count = 5000;
  auto body = image::CreateBody(f);
  // Each of 5,000 bodies would have 5,000 ops if the file were believed.
  auto map = image::CreateMap(f);
  auto op = image::CreateOp(f, image::Attributes::Map, map.Union());
  auto ops =
      f.CreateVector(std::vector<flatbuffers::Offset<image::Op>>(count, op));
  auto wide = image::CreateBody(f, 0, 0, 0, ops);
  auto bodies = f.CreateVector(
      std::vector<flatbuffers::Offset<image::Body>>(count, wide));
  f.Finish(image::CreateProgram(f, 1, 1, 0, 0, body, bodies),
           image::ProgramIdentifier());
  std::vector<uint8_t> bytes(f.GetBufferPointer(),
                             f.GetBufferPointer() + f.GetSize());
  EXPECT_EQ(verifyError(bytes).substr(0, 38),
            "image: is not a well-formed FlatBuffer");
}

} // namespace
