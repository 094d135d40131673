// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files that are not models, or only nearly.

#include "tests/unit/importer/onnx/Testing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <sys/stat.h>
#include <unistd.h>

using namespace glowplug;
using namespace glowplug::testing;
using ::testing::HasSubstr;

namespace {

std::string sample() {
  Model model = oneNode("Flatten", {2, 3});
  setInt(*model.graph.mutable_node(0), "axis", 1);
  model.initializer("c", {3}).set_raw_data(std::string(12, '\x3f'));
  return model.bytes();
}

TEST(Wire, TruncationAtEveryByte) {
  const std::string whole = sample();
  ASSERT_TRUE(import(whole).imported);
  for (size_t size = 0; size < whole.size(); ++size) {
    const Outcome outcome = import(whole.substr(0, size));
    EXPECT_FALSE(outcome.imported) << size;
    EXPECT_FALSE(outcome.text.empty()) << size;
  }
}

TEST(Wire, EveryByteChanged) {
  const std::string whole = sample();
  for (size_t at = 0; at < whole.size(); ++at)
    for (int change : {0x01, 0x80, 0xff}) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ change);
      const Outcome outcome = import(bytes);
      EXPECT_FALSE(outcome.text.empty()); // an error or a module
    }
}

TEST(Wire, RandomBytes) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random() % 64 + 1, '\0');
    for (char &byte : bytes)
      byte = static_cast<char>(random());
    EXPECT_FALSE(import(bytes).imported);
  }
}

TEST(Wire, BrokenFields) {
  EXPECT_THAT(import(std::string("\x00\x00", 2)).text,
              HasSubstr("a field of number 0 at byte 0"));
  EXPECT_THAT(import(std::string("\x3b")).text, HasSubstr("wire type 3"));
  EXPECT_THAT(import(std::string("\x3f")).text, HasSubstr("wire type 7"));
  EXPECT_THAT(import(std::string("\x3a\x05g")).text,
              HasSubstr("a field of 5 bytes where 1 are left at byte 0"));
  EXPECT_THAT(
      import(std::string("\x08") + std::string(10, '\xff') + "\x01").text,
      HasSubstr("a broken number"));
  // A length of 2^63.
  EXPECT_THAT(
      import(std::string("\x3a") + std::string(9, '\x80') + "\x01").text,
      HasSubstr("where 0 are left"));
  // The graph as a number.
  EXPECT_THAT(import(std::string("\x38\x01")).text,
              HasSubstr("wire type 0 instead of 2"));
}

TEST(Wire, RepeatedFieldsMerge) {
  const std::string whole = sample();
  onnx::ModelProto more;
  more.mutable_graph()->set_name("again");
  more.set_ir_version(8);
  EXPECT_TRUE(import(whole + more.SerializeAsString()).imported);
}

TEST(Wire, UnknownFieldsAreSkipped) {
  // Field 1000 as a string.
  EXPECT_TRUE(import(sample() + "\xc2\x3e\x03xyz").imported);
}

TEST(Wire, CommentsCannotNameData) {
  // doc_string of a tensor is where the reader keeps its own notes.
  Model model = oneNode("Relu", {1});
  model.initializer("c", {1}).set_doc_string("0");
  EXPECT_THAT(import(model).text, HasSubstr("float_data has 0"));
}

TEST(Wire, NotAModelFile) {
  EXPECT_THAT(importPath("/nonexistent/model.onnx").text,
              HasSubstr("cannot read '/nonexistent/model.onnx'"));
  EXPECT_THAT(importPath("/tmp").text, HasSubstr("not a regular file"));
  EXPECT_THAT(importPath("/dev/zero").text, HasSubstr("not a regular file"));
  EXPECT_THAT(importPath("/dev/null").text, HasSubstr("not a regular file"));
  char name[] = "/tmp/glowplug-fifo-XXXXXX";
  ASSERT_NE(mkdtemp(name), nullptr);
  const std::string pipe = std::string(name) + "/pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(importPath(pipe).text, HasSubstr("not a regular file"));
  unlink(pipe.c_str());
  rmdir(name);
  EXPECT_EQ(import(std::string()).text, "the model is empty");
  EXPECT_THAT(import(std::string("PK\x03\x04 a zip file")).text,
              HasSubstr("not an ONNX model"));
}

} // namespace
