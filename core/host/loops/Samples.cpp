// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds and reads samples.

#include "core/host/loops/Samples.h"

#include "core/host/loops/NpyFile.h"
#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <algorithm>
#include <cstring>

using namespace glowplug;

static llvm::Error usage(const llvm::Twine &message) {
  return makeFault(FaultKind::usage, message);
}

/// FOLDER/input_0, input_1, ... with either ending.
static std::vector<std::string> inputFiles(llvm::StringRef folder) {
  std::vector<std::string> result;
  for (;;) {
    bool found = false;
    for (llvm::StringRef ending : {".pb", ".npy"}) {
      llvm::SmallString<128> path = folder;
      llvm::sys::path::append(path,
                              "input_" + llvm::Twine(result.size()) + ending);
      if (found || !llvm::sys::fs::exists(path))
        continue;
      result.push_back(path.str().str());
      found = true;
    }
    if (!found)
      return result;
  }
}

/// Entries of a folder, sorted: numbers in names by their value, so that 10
/// stands behind 9.
static llvm::Expected<std::vector<std::string>>
entries(llvm::StringRef folder) {
  std::vector<std::string> result;
  std::error_code code;
  for (llvm::sys::fs::directory_iterator at(folder, code), end;
       !code && at != end; at.increment(code))
    result.push_back(at->path());
  if (code)
    return usage("cannot read '" + folder + "': " + code.message());
  llvm::sort(result, [](llvm::StringRef a, llvm::StringRef b) {
    const int order = a.compare_numeric(b);
    return order != 0 ? order < 0 : a < b;
  });
  return result;
}

Samples Samples::random(uint64_t seed, uint64_t count) {
  Samples result;
  result.seed = seed;
  result.count = count;
  return result;
}

llvm::Expected<Samples> Samples::inFolder(const std::string &folder) {
  llvm::Expected<std::vector<std::string>> all = entries(folder);
  if (!all)
    return all.takeError();
  Samples result;
  result.folder = folder;
  for (const std::string &path : *all)
    if (llvm::sys::fs::is_directory(path))
      if (std::vector<std::string> files = inputFiles(path); !files.empty())
        result.files.push_back(std::move(files));
  if (result.files.empty())
    if (std::vector<std::string> files = inputFiles(folder); !files.empty())
      result.files.push_back(std::move(files));
  if (result.files.empty())
    for (const std::string &path : *all)
      if (llvm::StringRef(path).ends_with(".pb") ||
          llvm::StringRef(path).ends_with(".npy"))
        result.files.push_back({path});
  if (result.files.empty())
    return usage("'" + folder +
                 "' holds no samples: neither folders with input_0.pb or "
                 "input_0.npy, nor files *.pb or *.npy");
  return result;
}

static llvm::Expected<NamedTensor> readSample(const std::string &path) {
  if (!llvm::StringRef(path).ends_with(".npy"))
    return readTensorFile(path);
  llvm::Expected<Tensor> tensor = readNpyFile(path);
  if (!tensor)
    return tensor.takeError();
  return NamedTensor{"", std::move(*tensor)};
}

llvm::Expected<InputSource> Samples::source(size_t index) const {
  InputSource result;
  if (folder.empty()) {
    result.seed = seed + index;
    return result;
  }
  result.folder = folder;
  for (const std::string &path : files[index]) {
    llvm::Expected<NamedTensor> tensor = readSample(path);
    if (!tensor)
      return blame(FaultKind::usage, tensor.takeError());
    result.tensors.push_back(std::move(*tensor));
  }
  // A file's name for a tensor need not be the model's.
  if (files[index].size() == 1)
    result.tensors[0].name.clear();
  return result;
}

/// How many runs \p tensor has for an input of \p shape; 0 if it does not fit.
static int64_t runsOf(const Tensor &tensor, llvm::ArrayRef<int64_t> shape) {
  if (!tensor || tensor.shape() == shape)
    return 1;
  if (tensor.shape().size() != shape.size() || shape.empty() ||
      tensor.shape().drop_front() != shape.drop_front() || shape[0] < 1 ||
      tensor.shape()[0] % shape[0] != 0)
    return 0;
  return tensor.shape()[0] / shape[0];
}

/// Part \p index of \p tensor, of the type of \p port.
static llvm::Expected<Tensor> partOf(const Tensor &tensor, const PortInfo &port,
                                     int64_t index) {
  llvm::Expected<Tensor> part = Tensor::uninitialized(port.dtype, port.shape);
  if (part && part->byteCount() != 0)
    std::memcpy(part->mutableBytes().data(),
                tensor.bytes().data() + size_t(index) * part->byteCount(),
                part->byteCount());
  return part;
}

/// How many runs all of \p given have.
static llvm::Expected<int64_t> runsOf(llvm::ArrayRef<PortInfo> ports,
                                      llvm::ArrayRef<Tensor> given) {
  int64_t runs = 1;
  for (auto [port, tensor] : llvm::zip_equal(ports, given)) {
    const int64_t own = runsOf(tensor, port.shape);
    if (own > 1 && runs > 1 && own != runs)
      return usage("input '" + port.name + "' has " + llvm::Twine(own) +
                   " samples, but another input has " + llvm::Twine(runs));
    runs = std::max(runs, own);
  }
  return runs;
}

/// The inputs of run \p index of those in \p given.
static llvm::Expected<std::vector<Tensor>>
inputsOf(llvm::ArrayRef<PortInfo> ports, llvm::ArrayRef<Tensor> given,
         int64_t index) {
  std::vector<Tensor> inputs = given.vec();
  for (auto [port, tensor] : llvm::zip_equal(ports, inputs)) {
    if (tensor.dtype() != port.dtype || runsOf(tensor, port.shape) <= 1)
      continue;
    llvm::Expected<Tensor> part = partOf(tensor, port, index);
    if (!part)
      return part.takeError();
    tensor = std::move(*part);
  }
  return inputs;
}

llvm::Expected<uint64_t> Samples::forEach(
    llvm::ArrayRef<PortInfo> ports,
    llvm::function_ref<llvm::Error(llvm::ArrayRef<Tensor>)> use) const {
  uint64_t total = 0;
  const size_t sources = folder.empty() ? count : files.size();
  for (size_t i = 0; i < sources; ++i) {
    llvm::Expected<InputSource> sample = source(i);
    if (!sample)
      return sample.takeError();
    llvm::Expected<std::vector<Tensor>> given = makeInputs(ports, *sample);
    if (!given)
      return given.takeError();
    llvm::Expected<int64_t> runs = runsOf(ports, *given);
    if (!runs)
      return runs.takeError();
    for (int64_t run = 0; run < *runs; ++run, ++total) {
      llvm::Expected<std::vector<Tensor>> inputs = inputsOf(ports, *given, run);
      if (!inputs)
        return inputs.takeError();
      if (llvm::Error error = use(*inputs))
        return error;
    }
  }
  return total;
}
