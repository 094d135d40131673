// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which sizes the shapes of cases lie around.

#include "core/conformance/run/MachineTiles.h"
#include "core/conformance/run/Suite.h"

#include <glowplug/glue/machine.h>

#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::conformance;

namespace {

using Tiles = std::vector<int64_t>;

std::string manifestWith(const std::string &tiles) {
  return R"({"conformance": {"tiles": )" + tiles + "}}";
}

std::string refusalOf(const std::string &tiles) {
  llvm::Expected<Claims> claims = parseClaims(manifestWith(tiles), "m.json");
  return claims ? "" : llvm::toString(claims.takeError());
}

TEST(TilesTest, ComeFromTheManifest) {
  EXPECT_EQ(llvm::cantFail(parseClaims("{}", "m.json")).tiles, Tiles{16});
  EXPECT_EQ(
      llvm::cantFail(parseClaims(manifestWith("[32, 8, 32]"), "m.json")).tiles,
      (Tiles{8, 32}));
}

TEST(TilesTest, AreRefusedOutOfRange) {
  EXPECT_EQ(refusalOf("[16, 129]"),
            "m.json: conformance.tiles[1]: needs a size from 2 to 128, but got "
            "129");
  EXPECT_EQ(refusalOf("[1]"), "m.json: conformance.tiles[0]: needs a size from "
                              "2 to 128, but got 1");
  EXPECT_EQ(refusalOf("[\"a\"]"),
            "m.json: conformance.tiles[0]: needs a size from 2 to 128, but got "
            "\"a\"");
  for (const char *list : {"16", "[]", "[2, 3, 4, 5]"})
    EXPECT_EQ(refusalOf(list),
              std::string("m.json: conformance.tiles: needs a list of 1 to 3 "
                          "sizes, but got ") +
                  (std::string(list) == "[2, 3, 4, 5]" ? "[2,3,4,5]" : list));
}

std::vector<uint8_t> machineWith(Tiles multiples, Tiles blocks) {
  glue::Port port;
  port.multiples = std::move(multiples);
  port.blocks = std::move(blocks);
  glue::Rule rule;
  rule.operands = {{}};
  rule.results = {port};
  glue::Engine engine;
  engine.rules = {rule};
  glue::Machine machine;
  machine.engines = {engine};
  return glue::writeMachine(machine);
}

TEST(TilesTest, ComeFromTheMachine) {
  EXPECT_EQ(tilesOfMachine(machineWith({1, 8, 1}, {1, 24})), (Tiles{8, 24}));
  EXPECT_EQ(tilesOfMachine(machineWith({}, {})), Tiles{});
  // Of many the largest that cases can have.
  EXPECT_EQ(tilesOfMachine(machineWith({2, 4, 8, 16, 256}, {})),
            (Tiles{4, 8, 16}));
}

/// Cases are about the edges of the tiles that are claimed.
TEST(TilesTest, DecideShapes) {
  const auto namesWith = [](Tiles tiles) {
    Claims claims;
    claims.tiles = std::move(tiles);
    claims.claims = {{{{"op", {"none"}}}, {}}}; // less to combine
    std::vector<SuiteCase> cases;
    addOpCases({Depth::smoke, claims}, cases);
    std::set<std::string> names;
    for (const SuiteCase &one : cases)
      names.insert(one.name);
    return names;
  };
  EXPECT_NE(namesWith({16}), namesWith({24}));
}

} // namespace
