// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads claims.

#include "core/conformance/run/Claims.h"

#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"

#include <nlohmann/json.hpp>

namespace glowplug::conformance {

using Json = nlohmann::json;

bool Claim::covers(const Features &features) const {
  return hasAll(features, with) && !hasAny(features, except);
}

bool Claim::mayCover(const Features &some) const {
  return mayHaveAll(some, with) && !hasAny(some, except);
}

bool Claims::covers(const Features &features) const {
  return llvm::any_of(
      claims, [&](const Claim &claim) { return claim.covers(features); });
}

bool Claims::mayCover(const Features &some) const {
  return llvm::any_of(claims,
                      [&](const Claim &claim) { return claim.mayCover(some); });
}

namespace {

/// A part of the manifest with its name for messages. Throws Problem.
class Reader {
public:
  struct Problem {
    std::string text;
  };

  Reader(const Json &json, std::string name)
      : json(json), name(std::move(name)) {}

  const Json &object() const {
    if (!json.is_object())
      refuse("an object");
    return json;
  }
  void allow(std::initializer_list<const char *> keys) const {
    for (const auto &[key, value] : object().items())
      if (!llvm::is_contained(keys, key))
        throw Problem{name + "." + key + ": is not a key that is known here"};
  }
  bool flag(const char *key, bool otherwise) const {
    if (!object().contains(key))
      return otherwise;
    if (!json[key].is_boolean())
      at(key).refuse("true or false");
    return json[key].get<bool>();
  }
  unsigned bits(const char *key) const {
    constexpr unsigned most = 64;
    if (!object().contains(key) || !json[key].is_number_unsigned() ||
        json[key].get<uint64_t>() > most)
      at(key).refuse("a number of bits");
    return json[key].get<unsigned>();
  }
  Reader at(const std::string &key) const {
    static const Json missing;
    return {json.is_object() && json.contains(key) ? json[key] : missing,
            name + "." + key};
  }
  [[noreturn]] void refuse(const std::string &needs) const {
    throw Problem{name + ": needs " + needs + ", but got " + json.dump()};
  }
  /// One text or several.
  std::set<std::string> texts() const {
    std::set<std::string> result;
    for (const Json &entry : json.is_array() ? json : Json::array({json})) {
      if (!entry.is_string())
        refuse("a text or a list of texts");
      result.insert(entry.get<std::string>());
    }
    return result;
  }
  const Json &value() const { return json; }

private:
  const Json &json;
  std::string name;
};

WantedFeatures readValues(const Reader &reader) {
  WantedFeatures values;
  for (const auto &[key, value] : reader.object().items())
    if (key != "except")
      values[key] = reader.at(key).texts();
  return values;
}

Claim readClaim(const Reader &reader) {
  Claim claim;
  claim.with = readValues(reader);
  if (reader.value().contains("except"))
    claim.except = readValues(reader.at("except"));
  return claim;
}

FloatPromise readFloats(const Reader &reader) {
  reader.allow({"products", "operand_bits", "sum_bits", "subnormals"});
  FloatPromise promise;
  const Json &json = reader.value();
  if (json.contains("products") && json["products"] == "declared") {
    promise.products = FloatPromise::Products::declared;
    promise.operandBits = reader.bits("operand_bits");
    promise.sumBits = reader.bits("sum_bits");
  } else if (json.contains("products") && json["products"] != "strict") {
    reader.at("products").refuse("\"strict\" or \"declared\"");
  }
  if (json.contains("subnormals")) {
    if (json["subnormals"] != "kept" && json["subnormals"] != "flushed")
      reader.at("subnormals").refuse("\"kept\" or \"flushed\"");
    promise.flushesSubnormals = json["subnormals"] == "flushed";
  }
  return promise;
}

std::vector<int64_t> readTiles(const Reader &reader) {
  const Json &list = reader.value();
  if (!list.is_array() || list.empty() || list.size() > mostTiles)
    reader.refuse("a list of 1 to " + std::to_string(mostTiles) + " sizes");
  std::set<int64_t> tiles;
  for (size_t i = 0; i < list.size(); ++i) {
    const Json &size = list[i];
    if (!size.is_number_unsigned() || size.get<uint64_t>() < 2 ||
        size.get<uint64_t>() > largestTile)
      Reader(size, "conformance.tiles[" + std::to_string(i) + "]")
          .refuse("a size from 2 to " + std::to_string(largestTile));
    tiles.insert(size.get<int64_t>());
  }
  return {tiles.begin(), tiles.end()};
}

Claims readClaims(const Reader &reader) {
  reader.allow({"claims", "floats", "deterministic", "cycles", "tiles"});
  Claims claims;
  if (reader.value().contains("claims")) {
    const Reader list = reader.at("claims");
    if (!list.value().is_array())
      list.refuse("a list");
    for (size_t i = 0; i < list.value().size(); ++i)
      claims.claims.push_back(readClaim(Reader(
          list.value()[i], "conformance.claims[" + std::to_string(i) + "]")));
  }
  if (reader.value().contains("floats"))
    claims.floats = readFloats(reader.at("floats"));
  claims.isDeterministic = reader.flag("deterministic", true);
  if (reader.value().contains("cycles")) {
    if (reader.value()["cycles"] != "fixed" &&
        reader.value()["cycles"] != "by_data")
      reader.at("cycles").refuse("\"fixed\" or \"by_data\"");
    claims.hasFixedCycles = reader.value()["cycles"] == "fixed";
  }
  if (reader.value().contains("tiles"))
    claims.tiles = readTiles(reader.at("tiles"));
  return claims;
}

} // namespace

llvm::Expected<Claims> parseClaims(llvm::StringRef text, llvm::StringRef file) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded() || !json.is_object())
    return makeFault(FaultKind::usage, file + ": is not a JSON object", file);
  if (!json.contains("conformance"))
    return Claims();
  try {
    return readClaims(Reader(json["conformance"], "conformance"));
  } catch (const Reader::Problem &problem) {
    return makeFault(FaultKind::usage, file + ": " + problem.text, file);
  }
}

} // namespace glowplug::conformance
