// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Strict reading of JSON: every field is asked for by name and type, what
/// nobody asked for is an error, and so is a key that is there twice.

#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <nlohmann/json.hpp>

#include <set>
#include <string>

namespace glowplug::conformance {

/// Keys stand in the order of their bytes, so that equal values have equal
/// text.
using Json = nlohmann::json;

/// \p text as JSON. The error, a fault of kind `model`, begins with \p place
/// and names the byte or the key.
llvm::Expected<Json> parseJson(llvm::StringRef text, llvm::StringRef place);

/// \p value in one line of UTF-8, without a line feed. Bytes that are no UTF-8
/// become U+FFFD.
std::string jsonLine(const Json &value);

/// A number that may be infinite or none, which JSON cannot say: these are the
/// texts "inf", "-inf" and "nan".
Json jsonNumber(double value);

/// One object. The first fault is kept and makes all later answers empty, so
/// that readers need no branch after each field; finish() gives it.
class ObjectReader {
public:
  /// \p where begins each message: "case 'ops/Add/f32'". \p value must outlive
  /// the reader.
  ObjectReader(const Json &value, std::string where);

  std::string text(const char *key);
  /// Whole and not negative.
  uint64_t count(const char *key);
  /// A count as decimal digits in a text: JSON readers of other languages keep
  /// 53 bits of a number.
  uint64_t bigCount(const char *key);
  /// See jsonNumber().
  double number(const char *key);
  bool flag(const char *key);
  std::vector<std::string> texts(const char *key);
  std::map<std::string, std::string> textMap(const char *key);
  /// The array or object of this key; an empty one after a fault.
  const Json &array(const char *key);
  const Json &object(const char *key);
  /// Null if there is no such key.
  const Json *find(const char *key);

  /// Where messages of a nested value begin: "WHERE: field 'key'".
  std::string placeOf(const char *key) const;
  const std::string &place() const { return where; }
  void setPlace(std::string place) { where = std::move(place); }

  /// Records a fault of the field \p key unless \p holds.
  void require(bool holds, const char *key, const llvm::Twine &message);
  /// Keeps \p error as the fault if it is one and the first.
  void keep(llvm::Error error);
  bool hasFailed() const { return !fault.empty(); }

  /// The first fault, or else that of a field that was not asked for.
  llvm::Error finish();

private:
  const Json *field(const char *key, const char *kind,
                    bool (*isOfKind)(const Json &));

  const Json &value;
  std::string where;
  std::set<std::string> asked;
  std::string fault; ///< Empty as long as there is none.
};

} // namespace glowplug::conformance
