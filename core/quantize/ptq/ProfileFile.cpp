// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Profiles as JSON. What is read is not trusted.

#include "core/quantize/ptq/Profile.h"

#include "llvm/Support/MemoryBuffer.h"

#include <nlohmann/json.hpp>

#include <cmath>

using namespace glowplug;
using namespace glowplug::ptq;

using Json = nlohmann::ordered_json;

static constexpr int64_t formatVersion = 1;
static constexpr char formatName[] = "glowplug-profile";

std::string ptq::profileText(const Profile &profile) {
  Json file = {{"format", formatName},
               {"version", formatVersion},
               {"model_sha256", profile.modelSha256},
               {"inputs", profile.inputs},
               {"samples", profile.samples},
               {"tensors", Json::array()}};
  // One tensor per line, so that a file of long arrays stays readable.
  std::string lines;
  for (const auto &[name, tensor] : profile.tensors) {
    const Histogram &histogram = tensor.histogram;
    Json entry = {{"name", name},
                  {"shape", tensor.shape},
                  {"count", tensor.count},
                  {"non_finite", tensor.nonFinite},
                  {"min", tensor.min},
                  {"max", tensor.max},
                  {"mean", tensor.mean},
                  {"bin_width_log2", histogram.widthLog2()},
                  {"first_bin", histogram.firstBin()},
                  {"bins", histogram.bins().vec()}};
    if (tensor.channelAxis >= 0) {
      entry["channel_axis"] = tensor.channelAxis;
      entry["channel_mean"] = tensor.channelMean;
      entry["channel_min"] = tensor.channelMin;
      entry["channel_max"] = tensor.channelMax;
    }
    lines += lines.empty() ? "\n" : ",\n";
    lines += entry.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  std::string text =
      file.dump(0, ' ', false, Json::error_handler_t::replace) + "\n";
  text.replace(text.rfind("[]"), 2, "[" + lines + "\n]");
  return text;
}

namespace {

/// Reads fields of one object; keeps the first error.
class Fields {
public:
  Fields(const Json &object, std::string where)
      : object(object), where(std::move(where)) {
    if (!object.is_object())
      error = this->where + " is not an object";
  }

  std::string text(const char *key) {
    const Json *value = find(key);
    if (!value || !check(value->is_string(), key, "a string"))
      return "";
    return value->get<std::string>();
  }
  int64_t integer(const char *key, int64_t least, int64_t most) {
    const Json *value = find(key);
    if (!value || !check(value->is_number_integer(), key, "an integer"))
      return least;
    // Above the range of int64_t the number would wrap.
    const bool wraps = value->is_number_unsigned() &&
                       value->get<uint64_t>() > uint64_t(INT64_MAX);
    const auto number = value->get<int64_t>();
    if (!check(!wraps && number >= least && number <= most, key,
               "from " + std::to_string(least) + " to " + std::to_string(most) +
                   ", but is " + value->dump()))
      return least;
    return number;
  }
  double number(const char *key) {
    const Json *value = find(key);
    if (!value || !check(value->is_number(), key, "a number"))
      return 0;
    return value->get<double>();
  }
  bool has(const char *key) const {
    return object.is_object() && object.contains(key);
  }
  const Json *array(const char *key) {
    const Json *value = find(key);
    return value && check(value->is_array(), key, "an array") ? value : nullptr;
  }
  std::vector<double> numbers(const char *key, size_t size) {
    std::vector<double> result;
    const Json *value = array(key);
    if (!value || !check(value->size() == size, key,
                         "of " + std::to_string(size) + " entries, but has " +
                             std::to_string(value->size())))
      return result;
    for (const Json &entry : *value) {
      if (!check(entry.is_number(), key, "an array of numbers"))
        return {};
      result.push_back(entry.get<double>());
    }
    return result;
  }
  template <typename T>
  std::vector<T> integers(const char *key, size_t most) {
    std::vector<T> result;
    const Json *value = array(key);
    if (!value ||
        !check(value->size() <= most, key,
               "of at most " + std::to_string(most) + " entries, but has " +
                   std::to_string(value->size())))
      return result;
    for (const Json &entry : *value) {
      if (!check(entry.is_number_unsigned() &&
                     entry.get<uint64_t>() <= uint64_t(INT64_MAX),
                 key, "an array of numbers of at least 0"))
        return {};
      result.push_back(entry.get<T>());
    }
    return result;
  }
  bool check(bool holds, const char *key, const std::string &what) {
    if (!holds && error.empty())
      error = where + ": '" + key + "' needs to be " + what;
    return error.empty();
  }

  std::string error;

private:
  const Json *find(const char *key) {
    if (!error.empty())
      return nullptr;
    auto found = object.find(key);
    if (found == object.end()) {
      error = where + ": '" + key + "' is missing";
      return nullptr;
    }
    return &*found;
  }

  const Json &object;
  std::string where;
};

} // namespace

static llvm::Expected<TensorProfile> readTensor(Fields &fields) {
  TensorProfile tensor;
  for (int64_t dim : fields.integers<int64_t>("shape", 64))
    tensor.shape.push_back(dim);
  tensor.count = static_cast<uint64_t>(fields.integer("count", 0, INT64_MAX));
  tensor.nonFinite = static_cast<uint64_t>(
      fields.integer("non_finite", 0, static_cast<int64_t>(tensor.count)));
  tensor.min = fields.number("min");
  tensor.max = fields.number("max");
  tensor.mean = fields.number("mean");
  fields.check(tensor.min <= tensor.max, "max", "at least 'min'");
  const auto width = static_cast<int>(fields.integer(
      "bin_width_log2", Histogram::minWidthLog2, Histogram::maxWidthLog2));
  const int64_t first =
      fields.integer("first_bin", -Histogram::binLimit, Histogram::binLimit);
  std::vector<uint64_t> bins =
      fields.integers<uint64_t>("bins", size_t(Histogram::binLimit));
  uint64_t total = 0;
  for (uint64_t bin : bins)
    if (fields.check(bin <= tensor.count - total, "bins",
                     "counts that add up to no more than 'count'"))
      total += bin;
  fields.check(total == tensor.count - tensor.nonFinite, "bins",
               "counts that add up to 'count' without 'non_finite'");
  tensor.histogram = Histogram(width, first, std::move(bins));
  if (fields.has("channel_axis")) {
    tensor.channelAxis = fields.integer(
        "channel_axis", 0, static_cast<int64_t>(tensor.shape.size()) - 1);
    const auto channels =
        fields.error.empty()
            ? static_cast<size_t>(tensor.shape[tensor.channelAxis])
            : 0;
    tensor.channelMean = fields.numbers("channel_mean", channels);
    tensor.channelMin = fields.numbers("channel_min", channels);
    tensor.channelMax = fields.numbers("channel_max", channels);
  }
  if (!fields.error.empty())
    return llvm::createStringError(fields.error);
  return tensor;
}

llvm::Expected<Profile> ptq::parseProfile(llvm::StringRef text,
                                          llvm::StringRef name) {
  auto failure = [&](const llvm::Twine &why) {
    return llvm::createStringError("'" + name + "': " + why);
  };
  const Json file = Json::parse(text.begin(), text.end(), nullptr,
                                /*allow_exceptions=*/false);
  if (file.is_discarded())
    return failure("it is not JSON");
  Fields fields(file, "profile");
  const std::string format = fields.text("format");
  fields.check(format == formatName, "format",
               std::string("'") + formatName + "', but is '" + format + "'");
  fields.integer("version", formatVersion, formatVersion);
  Profile profile;
  profile.modelSha256 = fields.text("model_sha256");
  fields.check(profile.modelSha256.size() == 64, "model_sha256", "64 digits");
  profile.inputs = fields.text("inputs");
  profile.samples =
      static_cast<uint64_t>(fields.integer("samples", 1, INT64_MAX));
  const Json *tensors = fields.array("tensors");
  if (!fields.error.empty())
    return failure(fields.error);
  for (size_t i = 0; i < tensors->size(); ++i) {
    Fields entry((*tensors)[i], "tensors[" + std::to_string(i) + "]");
    const std::string key = entry.text("name");
    llvm::Expected<TensorProfile> tensor = readTensor(entry);
    if (!tensor)
      return failure(llvm::toString(tensor.takeError()));
    if (!profile.tensors.emplace(key, std::move(*tensor)).second)
      return failure("tensor '" + key + "' is there twice");
  }
  return profile;
}

llvm::Expected<Profile> ptq::readProfile(llvm::StringRef path) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file)
    return llvm::createStringError("cannot read '" + path +
                                   "': " + file.getError().message());
  return parseProfile((*file)->getBuffer(), path);
}

llvm::Error ptq::checkProfileModel(const Profile &profile,
                                   llvm::StringRef modelSha256,
                                   llvm::StringRef profilePath,
                                   llvm::StringRef modelPath) {
  if (profile.modelSha256 == modelSha256)
    return llvm::Error::success();
  return llvm::createStringError(
      "'" + profilePath + "' is the profile of another model: it was made of " +
      profile.modelSha256 + ", but '" + modelPath + "' is " + modelSha256);
}
