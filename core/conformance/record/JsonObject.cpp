// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Strict reading of JSON.

#include "core/conformance/record/JsonObject.h"

#include "core/support/FaultError.h"

#include "llvm/ADT/StringExtras.h"

#include <cmath>
#include <limits>

namespace glowplug::conformance {

/// More than any format of this folder nests.
static constexpr int mostDepth = 16;

llvm::Expected<Json> parseJson(llvm::StringRef text, llvm::StringRef place) {
  std::vector<std::set<std::string>> keys;
  std::string fault;
  const auto look = [&](int depth, Json::parse_event_t event, Json &parsed) {
    if (event == Json::parse_event_t::object_start) {
      keys.emplace_back();
    } else if (event == Json::parse_event_t::object_end) {
      keys.pop_back();
    } else if (event == Json::parse_event_t::key) {
      const auto &key = parsed.get_ref<const std::string &>();
      if (!keys.back().insert(key).second && fault.empty())
        fault = "the key '" + key + "' is there twice";
    }
    if (depth > mostDepth && fault.empty())
      fault =
          "values are nested more than " + std::to_string(mostDepth) + " deep";
    return true;
  };
  Json value;
  try {
    value = Json::parse(text.begin(), text.end(), look);
  } catch (const Json::exception &error) {
    fault = error.what();
  }
  if (!fault.empty())
    return makeFault(FaultKind::model, place + ": " + fault);
  return value;
}

std::string jsonLine(const Json &value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json jsonNumber(double value) {
  if (std::isfinite(value))
    return value;
  if (std::isnan(value))
    return "nan";
  return value > 0 ? "inf" : "-inf";
}

/// "a number", for messages.
static std::string kindOf(const Json &value) {
  std::string name = value.type_name();
  if (name == "null")
    return name;
  return (llvm::StringRef("aeiou").contains(name[0]) ? "an " : "a ") + name;
}

ObjectReader::ObjectReader(const Json &value, std::string where)
    : value(value), where(std::move(where)) {
  if (!value.is_object())
    fault = this->where + " needs an object, but got " + kindOf(value);
}

std::string ObjectReader::placeOf(const char *key) const {
  return where + ": field '" + key + "'";
}

void ObjectReader::keep(llvm::Error error) {
  if (!error)
    return;
  const std::string message = llvm::toString(std::move(error));
  if (!hasFailed())
    fault = message;
}

void ObjectReader::require(bool holds, const char *key,
                           const llvm::Twine &message) {
  if (!holds && !hasFailed())
    fault = (placeOf(key) + " " + message).str();
}

const Json *ObjectReader::find(const char *key) {
  if (hasFailed())
    return nullptr;
  asked.insert(key);
  const auto found = value.find(key);
  return found == value.end() ? nullptr : &*found;
}

const Json *ObjectReader::field(const char *key, const char *kind,
                                bool (*isOfKind)(const Json &)) {
  const Json *found = find(key);
  if (!found) {
    require(false, key, "is missing");
    return nullptr;
  }
  require(isOfKind(*found), key,
          llvm::Twine("needs ") + kind + ", but got " + kindOf(*found));
  return hasFailed() ? nullptr : found;
}

static bool isText(const Json &value) { return value.is_string(); }

std::string ObjectReader::text(const char *key) {
  const Json *found = field(key, "a string", isText);
  return found ? found->get<std::string>() : "";
}

uint64_t ObjectReader::count(const char *key) {
  const Json *found =
      field(key, "a whole number that is not negative",
            [](const Json &value) { return value.is_number_unsigned(); });
  return found ? found->get<uint64_t>() : 0;
}

uint64_t ObjectReader::bigCount(const char *key) {
  const std::string digits = text(key);
  uint64_t number = 0;
  const bool isNumber = !llvm::StringRef(digits).getAsInteger(10, number) &&
                        std::to_string(number) == digits;
  require(isNumber, key,
          "needs decimal digits of 64 bits, but got '" + digits + "'");
  return number;
}

double ObjectReader::number(const char *key) {
  const Json *found =
      field(key, "a number, 'inf', '-inf' or 'nan'", [](const Json &value) {
        return value.is_number() || value == "inf" || value == "-inf" ||
               value == "nan";
      });
  if (!found)
    return 0;
  if (found->is_number())
    return found->get<double>();
  if (*found == "nan")
    return std::numeric_limits<double>::quiet_NaN();
  const double infinite = std::numeric_limits<double>::infinity();
  return *found == "inf" ? infinite : -infinite;
}

bool ObjectReader::flag(const char *key) {
  const Json *found = field(
      key, "a boolean", [](const Json &value) { return value.is_boolean(); });
  return found && found->get<bool>();
}

const Json &ObjectReader::array(const char *key) {
  static const Json none = Json::array();
  const Json *found = field(key, "an array",
                            [](const Json &value) { return value.is_array(); });
  return found ? *found : none;
}

const Json &ObjectReader::object(const char *key) {
  static const Json none = Json::object();
  const Json *found = field(
      key, "an object", [](const Json &value) { return value.is_object(); });
  return found ? *found : none;
}

std::vector<std::string> ObjectReader::texts(const char *key) {
  std::vector<std::string> result;
  for (const Json &element : array(key)) {
    require(element.is_string(), key,
            "needs strings only, but has " + kindOf(element));
    if (hasFailed())
      return {};
    result.push_back(element.get<std::string>());
  }
  return result;
}

std::map<std::string, std::string> ObjectReader::textMap(const char *key) {
  std::map<std::string, std::string> result;
  for (const auto &[name, element] : object(key).items()) {
    require(element.is_string(), key,
            "needs strings only, but '" + name + "' is " + kindOf(element));
    if (hasFailed())
      return {};
    result[name] = element.get<std::string>();
  }
  return result;
}

llvm::Error ObjectReader::finish() {
  if (!hasFailed())
    for (const auto &[key, unused] : value.items())
      if (asked.count(key) == 0)
        require(false, key.c_str(), "is unknown");
  if (hasFailed())
    return makeFault(FaultKind::model, fault);
  return llvm::Error::success();
}

} // namespace glowplug::conformance
