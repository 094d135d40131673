// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Collecting, and the file of a profile.

#include "core/quantize/ptq/Profile.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>

using namespace glowplug;
using namespace glowplug::ptq;

namespace {

Tensor tensorOf(llvm::ArrayRef<float> values) {
  return Tensor::of<float>({2, 3, 2}, values);
}

Profile smallProfile() {
  Profile profile;
  profile.modelSha256 = std::string(64, 'a');
  profile.inputs = "random:0x2";
  profile.samples = 2;
  TensorCollector collector({2, 3, 2}, 1);
  collector.add(tensorOf({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
  collector.add(tensorOf({0, -1, -2, 3, NAN, 5, 6, 7, 8, 9, 10, 11}));
  profile.tensors.emplace("x", std::move(collector).finish());
  TensorCollector flat({4}, -1);
  flat.add(Tensor::of<float>({4}, {0.1F, 0.2F, 0.3F, 1e-30F}));
  profile.tensors.emplace("y \"quoted\"", std::move(flat).finish());
  return profile;
}

/// The message of a profile that cannot be read.
std::string errorOf(const std::string &text) {
  llvm::Expected<Profile> profile = parseProfile(text, "p");
  if (profile)
    return "";
  return llvm::toString(profile.takeError());
}

TEST(ProfileTest, CollectsWhatSamplesHold) {
  const Profile profile = smallProfile();
  const TensorProfile &x = profile.tensors.at("x");
  EXPECT_EQ(x.count, 24U);
  EXPECT_EQ(x.nonFinite, 1U);
  EXPECT_EQ(x.min, -2);
  EXPECT_EQ(x.max, 11);
  EXPECT_DOUBLE_EQ(x.mean, (66 + 56) / 23.);
  EXPECT_EQ(x.histogram.total(), 23U);
  // Channel 2 holds 4, 5, 10, 11, and again without the 4.
  ASSERT_EQ(x.channelMean.size(), 3U);
  EXPECT_DOUBLE_EQ(x.channelMean[2], (30 + 26) / 7.);
  EXPECT_DOUBLE_EQ(x.channelMean[0], (0 + 1 + 6 + 7 + 0 - 1 + 6 + 7) / 8.);
  EXPECT_EQ(x.channelMin[1], -2);
  EXPECT_EQ(x.channelMax[1], 9);
}

TEST(ProfileTest, FileReadsBackToTheSameBytes) {
  const std::string text = profileText(smallProfile());
  llvm::Expected<Profile> back = parseProfile(text, "p");
  ASSERT_TRUE(bool(back)) << llvm::toString(back.takeError());
  EXPECT_EQ(profileText(*back), text);
  EXPECT_EQ(back->tensors.at("x").channelMean,
            smallProfile().tensors.at("x").channelMean);
}

TEST(ProfileTest, AnotherModelIsRefusedWithBothHashes) {
  const Profile profile = smallProfile();
  EXPECT_FALSE(bool(
      checkProfileModel(profile, std::string(64, 'a'), "p.json", "m.onnx")));
  const std::string message = llvm::toString(
      checkProfileModel(profile, std::string(64, 'b'), "p.json", "m.onnx"));
  for (const std::string &part : {std::string(64, 'a'), std::string(64, 'b'),
                                  std::string("p.json"), std::string("m.onnx")})
    EXPECT_NE(message.find(part), std::string::npos) << message;
}

TEST(ProfileTest, EveryBrokenFieldIsNamed) {
  using Json = nlohmann::ordered_json;
  const Json good = Json::parse(profileText(smallProfile()));
  struct Break {
    const char *pointer;
    Json value;
    const char *part;
  };
  const Break breaks[] = {
      {"/format", "other", "'format'"},
      {"/version", 2, "'version'"},
      {"/model_sha256", "abc", "'model_sha256'"},
      {"/samples", -1, "'samples'"},
      {"/tensors", 3, "'tensors'"},
      {"/tensors/0", 3, "tensors[0]"},
      {"/tensors/0/name", 3, "'name'"},
      {"/tensors/0/shape", {{1}}, "'shape'"},
      {"/tensors/0/count", 1e300, "'count'"},
      {"/tensors/0/min", 100, "'max'"},
      {"/tensors/0/max", "9", "'max'"},
      {"/tensors/0/mean", nullptr, "'mean'"},
      {"/tensors/0/bin_width_log2", 5000, "'bin_width_log2'"},
      {"/tensors/0/first_bin", -(int64_t(1) << 60), "'first_bin'"},
      {"/tensors/0/first_bin", UINT64_MAX - 4, "'first_bin'"}, // as -5
      {"/tensors/0/bins", {1, 2}, "'bins'"},
      {"/tensors/0/bins", std::vector<int>(3000), "'bins'"},
      {"/tensors/0/bins", {-1}, "'bins'"},
      {"/tensors/0/channel_axis", 3, "'channel_axis'"},
      {"/tensors/0/channel_mean", {1}, "'channel_mean'"},
  };
  for (const Break &change : breaks) {
    Json bad = good;
    bad[Json::json_pointer(change.pointer)] = change.value;
    const std::string message = errorOf(bad.dump());
    EXPECT_EQ(message.find("'p': "), 0U) << change.pointer;
    EXPECT_NE(message.find(change.part), std::string::npos)
        << change.pointer << " gives: " << message;
  }
  for (const char *key : {"count", "bins", "name", "channel_max"}) {
    Json bad = good;
    bad["tensors"][0].erase(key);
    EXPECT_NE(errorOf(bad.dump()).find("is missing"), std::string::npos) << key;
  }
  Json twice = good;
  twice["tensors"].push_back(twice["tensors"][0]);
  EXPECT_NE(errorOf(twice.dump()).find("twice"), std::string::npos);
  for (const std::string text : {"", "{", "[]", "null", "\xff"})
    EXPECT_NE(errorOf(text), "");
}

} // namespace
