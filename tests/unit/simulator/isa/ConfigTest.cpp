// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Configurations: what is read, what is refused, and what the hash covers.

#include "simulator/isa/Config.h"

#include <gtest/gtest.h>

using namespace glowplug::npu;

namespace {

TEST(NpuConfig, WhatIsLeftOutHasItsDefault) {
  const auto config = readConfig(R"({"array": {"rows": 32}})");
  ASSERT_TRUE(config) << config.message();
  EXPECT_EQ(config->arrayRows, 32);
  EXPECT_EQ(config->scratchpadBanks, Config{}.scratchpadBanks);
  EXPECT_EQ(lineBytes(*config), 32);
  EXPECT_EQ(lineBytes(Config{.arrayRows = 4}), 16);
}

TEST(NpuConfig, WhatIsWrittenIsRead) {
  Config config;
  for (const Parameter &parameter : parameters)
    config.*parameter.member = parameter.least;
  const auto read = readConfig(writeConfig(config));
  ASSERT_TRUE(read) << read.message();
  for (const Parameter &parameter : parameters)
    EXPECT_EQ((*read).*parameter.member, parameter.least) << parameter.name;
}

TEST(NpuConfig, BadValuesAreNamed) {
  const auto message = [](const char *json) {
    const auto config = readConfig(json);
    return config ? std::string("accepted") : config.message();
  };
  EXPECT_EQ(message(R"({"array": {"rows": 64}})"),
            "array.rows must lie in 4..32, but is 64");
  EXPECT_EQ(message(R"({"array": {"rows": 18446744073709551615}})"),
            "array.rows must lie in 4..32, but is 18446744073709551615");
  EXPECT_EQ(message(R"({"array": {"rows": 12}})"),
            "array.rows must be a power of two, but is 12");
  EXPECT_EQ(message(R"({"array": {"size": 8}})"),
            "array.size is not a parameter");
  EXPECT_EQ(message(R"({"array": {"rows": "8"}})"),
            "array.rows is not an integer");
  EXPECT_EQ(message(R"({"array": 8})"), "array is not a group of parameters");
  EXPECT_EQ(message("{"), "the configuration is not a JSON object");
  EXPECT_EQ(message(R"({"dram": {"refreshInterval": 100,
                                 "refreshCycles": 100}})"),
            "dram.refreshCycles must be less than dram.refreshInterval, but "
            "they are 100 and 100");
  EXPECT_EQ(message(R"({"scratchpad": {"banks": 64, "bankBytes": 4194304}})"),
            "the scratchpad has at most 16777216 bytes, but its banks have "
            "268435456");
}

TEST(NpuConfig, TheHashCoversWhatBindsAndNothingElse) {
  for (const Parameter &parameter : parameters) {
    Config changed;
    changed.*parameter.member += 1;
    EXPECT_EQ(configHash(changed) != configHash(Config{}), parameter.binds)
        << parameter.name;
  }
}

} // namespace
