// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tensors are read from files of ONNX's TensorProto; bad files are refused.

#include "core/driver/TensorFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <gtest/gtest.h>

#include <random>

using namespace glowplug;

namespace {

class TensorFileTest : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("tensor-file", folder));
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  std::string write(const std::string &name, llvm::StringRef bytes) {
    const std::string path = (folder + "/" + name).str();
    std::error_code code;
    llvm::raw_fd_ostream os(path, code);
    os << bytes;
    return path;
  }

  /// What reading \p bytes as a file says; empty if it works.
  std::string refusal(llvm::StringRef bytes) {
    llvm::Expected<NamedTensor> tensor = readTensorFile(write("t.pb", bytes));
    return tensor ? "" : llvm::toString(tensor.takeError());
  }

  llvm::SmallString<128> folder;
};

// Wire format: field << 3 | type; 0 is a varint, 2 has a length.
// dims [2] = field 1, data_type = 2, float_data = 4, int32_data = 5, name = 8,
// raw_data = 9.
constexpr char rawFloatBytes[] = "\x08\x02\x10\x01\x42\x01x\x4a\x08"
                                 "\x00\x00\x80\x3f\x00\x00\x00\x40";
constexpr char boolBytes[] = "\x08\x02\x10\x09\x2a\x02\x00\x07";
// They hold zeros: their lengths are those of the arrays.
const llvm::StringRef rawFloats(rawFloatBytes, sizeof rawFloatBytes - 1);
const llvm::StringRef bools(boolBytes, sizeof boolBytes - 1);

} // namespace

TEST_F(TensorFileTest, ReadsRawData) {
  llvm::Expected<NamedTensor> read = readTensorFile(write("a.pb", rawFloats));
  ASSERT_TRUE(static_cast<bool>(read));
  EXPECT_EQ(read->name, "x");
  EXPECT_EQ(read->tensor.typeString(), "f32[2]");
  EXPECT_EQ(toDoubles(read->tensor), (std::vector<double>{1, 2}));
}

TEST_F(TensorFileTest, ReadsTypedData) {
  llvm::Expected<NamedTensor> read = readTensorFile(write("a.pb", bools));
  ASSERT_TRUE(static_cast<bool>(read));
  EXPECT_EQ(read->tensor.typeString(), "boolean[2]");
  EXPECT_EQ(toDoubles(read->tensor), (std::vector<double>{0, 1}));
}

TEST_F(TensorFileTest, RefusesDataOfAnotherSize) {
  EXPECT_NE(refusal(rawFloats.drop_back(4)), "");
  EXPECT_NE(refusal("\x08\x03\x10\x09\x2a\x02\x01\x01"), "");
  // 2^40 elements, and no data.
  EXPECT_NE(refusal("\x08\x80\x80\x80\x80\x80\x20\x10\x01"), "");
  // A negative dim.
  EXPECT_NE(refusal("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x10\x01"),
            "");
}

TEST_F(TensorFileTest, RefusesOtherTypes) {
  EXPECT_NE(refusal("\x08\x01\x10\x08").find("element type 8"),
            std::string::npos);
  EXPECT_NE(refusal("\x10\x63").find("element type 99"), std::string::npos);
}

TEST_F(TensorFileTest, NamesTheFile) {
  EXPECT_NE(refusal("no tensor").find("t.pb"), std::string::npos);
  EXPECT_NE(llvm::toString(readTensorFile((folder + "/none").str()).takeError())
                .find("no such file"),
            std::string::npos);
}

TEST_F(TensorFileTest, ReadsAFolderUpToTheFirstGap) {
  for (const char *name : {"input_0.pb", "input_1.pb", "input_3.pb"})
    write(name, rawFloats);
  EXPECT_EQ(llvm::cantFail(readTensorFolder(folder, "input")).size(), 2u);
  EXPECT_EQ(llvm::cantFail(readTensorFolder(folder, "output")).size(), 0u);
}

/// Field \p number of a message, which holds \p bytes; both are short.
static std::string field(int number, llvm::StringRef bytes) {
  return std::string({static_cast<char>(number << 3 | 2),
                      static_cast<char>(bytes.size())}) +
         bytes.str();
}

static ModelInput declared(const char *name, bool isSequence, bool isOptional) {
  ModelInput input;
  input.name = name;
  input.isSequence = isSequence;
  input.isOptional = isOptional;
  return input;
}

TEST_F(TensorFileTest, ReadsSequencesAndOptionals) {
  const std::string sequence =
      "\x10\x01" + field(3, rawFloats) + field(3, bools);
  write("input_0.pb", sequence);
  write("input_1.pb", rawFloats);
  write("input_2.pb", "\x10\x03" + field(5, sequence));
  write("input_3.pb", "\x10\x01" + field(3, bools));
  write("input_4.pb", llvm::StringRef("\x10\x00", 2));
  const FolderValues values = llvm::cantFail(
      readValueFolder(folder, "input",
                      {declared("s", true, false), declared("t", false, false),
                       declared("os", true, true), declared("ot", false, true),
                       declared("none", true, true)}));
  std::vector<std::string> names;
  for (const NamedTensor &tensor : values.tensors)
    names.push_back(tensor.name);
  // A tensor has the name of its file, others that of the model.
  EXPECT_EQ(names, (std::vector<std::string>{"s[0]", "s[1]", "x", "os[0]",
                                             "os[1]", "ot"}));
  EXPECT_EQ(values.tensors[4].tensor.typeString(), "boolean[2]");
  EXPECT_EQ(values.sizes, (OpenSizes{{"s:length", 2},
                                     {"os:length", 2},
                                     {"os:present", 1},
                                     {"ot:present", 1},
                                     {"none:present", 0}}));
}

TEST_F(TensorFileTest, RefusesBadElements) {
  write("input_0.pb", "\x10\x01" + field(3, rawFloats.drop_back(4)));
  const std::string why = llvm::toString(
      readValueFolder(folder, "input", {declared("s", true, false)})
          .takeError());
  EXPECT_NE(why.find("input_0.pb"), std::string::npos) << why;
}

TEST(OpenInputs, NamesWhatIsMissing) {
  using Names = std::vector<std::string>;
  ModelInput input = declared("x", true, true);
  input.shape = {-1, 3};
  input.dimNames = {"N", ""};
  EXPECT_EQ(openSizes(input, {}), (Names{"x:length", "N"}));
  EXPECT_EQ(openSizes(input, {{"x:length", 2}, {"N", 1}}), Names());
  EXPECT_EQ(openSizes(input, {{"x:present", 0}}), Names());
  const std::vector<ModelInput> tensors = tensorsOf(input, {{"x:length", 2}});
  ASSERT_EQ(tensors.size(), 2u);
  EXPECT_EQ(tensors[1].name, "x[1]");
  EXPECT_EQ(tensors[1].dimNames, (Names{"x[1]:0", ""}));
  EXPECT_TRUE(tensorsOf(input, {{"x:present", 0}}).empty());
}

TEST_F(TensorFileTest, SurvivesMutations) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = (random() % 2 ? rawFloats : bools).str();
    for (unsigned i = 0; i <= random() % 3; ++i)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    if (random() % 4 == 0)
      bytes.resize(random() % bytes.size());
    llvm::Expected<NamedTensor> read =
        readTensorFile(write(std::to_string(round), bytes));
    if (!read) {
      EXPECT_NE(llvm::toString(read.takeError()), "");
      continue;
    }
    EXPECT_LE(read->tensor.byteCount(), 8 * bytes.size());
  }
}
