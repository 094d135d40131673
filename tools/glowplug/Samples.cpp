// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds and reads samples.

#include "tools/glowplug/Samples.h"

#include "tools/glowplug/NpyFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <algorithm>
#include <cstring>

using namespace glowplug;
using namespace glowplug::cli;

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
static std::vector<std::string> entries(llvm::StringRef folder) {
  std::vector<std::string> result;
  std::error_code code;
  for (llvm::sys::fs::directory_iterator at(folder, code), end;
       !code && at != end; at.increment(code))
    result.push_back(at->path());
  if (code)
    fail(wrongUsage, "cannot read '" + folder + "': " + code.message());
  llvm::sort(result, [](llvm::StringRef a, llvm::StringRef b) {
    const int order = a.compare_numeric(b);
    return order != 0 ? order < 0 : a < b;
  });
  return result;
}

Samples Samples::parse(const std::string &text) {
  Samples result;
  llvm::StringRef rest = text;
  if (rest.consume_front("random:")) {
    auto [seed, count] = rest.split('x');
    if (seed.getAsInteger(10, result.seed) ||
        (rest.contains('x') && (count.getAsInteger(10, result.count) ||
                                result.count < 1 || result.count > 1000000)))
      fail(wrongUsage, "--inputs needs random:SEED or random:SEEDxCOUNT, but "
                       "got '" +
                           text + "'");
    return result;
  }
  if (!llvm::sys::fs::is_directory(text))
    fail(wrongUsage, "--inputs needs random:SEED[xCOUNT] or a folder, but '" +
                         text + "' is neither");
  result.folder = text;
  const std::vector<std::string> all = entries(text);
  for (const std::string &path : all)
    if (llvm::sys::fs::is_directory(path))
      if (std::vector<std::string> files = inputFiles(path); !files.empty())
        result.files.push_back(std::move(files));
  if (result.files.empty())
    if (std::vector<std::string> files = inputFiles(text); !files.empty())
      result.files.push_back(std::move(files));
  if (result.files.empty())
    for (const std::string &path : all)
      if (llvm::StringRef(path).ends_with(".pb") ||
          llvm::StringRef(path).ends_with(".npy"))
        result.files.push_back({path});
  if (result.files.empty())
    fail(wrongUsage, "'" + text +
                         "' holds no samples: neither folders with input_0.pb "
                         "or input_0.npy, nor files *.pb or *.npy");
  return result;
}

InputSource Samples::source(size_t index) const {
  InputSource result;
  if (folder.empty()) {
    result.seed = seed + index;
    return result;
  }
  result.folder = folder;
  for (const std::string &path : files[index]) {
    if (llvm::StringRef(path).ends_with(".npy"))
      result.tensors.push_back(
          {"", orFail(readNpyFile(path), FaultKind::usage)});
    else
      result.tensors.push_back(orFail(readTensorFile(path), FaultKind::usage));
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

/// Part \p index of \p tensor, of \p shape.
static Tensor partOf(const Tensor &tensor, DType dtype,
                     llvm::ArrayRef<int64_t> shape, int64_t index) {
  Tensor part = orFail(Tensor::uninitialized(dtype, shape));
  if (part.byteCount() != 0)
    std::memcpy(part.mutableBytes().data(),
                tensor.bytes().data() + size_t(index) * part.byteCount(),
                part.byteCount());
  return part;
}

uint64_t
Samples::forEach(const Session &session,
                 const std::function<void(llvm::ArrayRef<Tensor>)> &use) const {
  uint64_t total = 0;
  const size_t sources = folder.empty() ? count : files.size();
  for (size_t i = 0; i < sources; ++i) {
    const std::vector<Tensor> given = makeInputs(session, source(i));
    int64_t runs = 1;
    for (auto [port, tensor] : llvm::zip_equal(session.inputs(), given)) {
      const int64_t own = runsOf(tensor, port.shape);
      if (own > 1 && runs > 1 && own != runs)
        fail(wrongUsage, "input '" + port.name + "' has " + llvm::Twine(own) +
                             " samples, but another input has " +
                             llvm::Twine(runs));
      runs = std::max(runs, own);
    }
    for (int64_t run = 0; run < runs; ++run) {
      std::vector<Tensor> inputs = given;
      if (runs > 1)
        for (auto [port, tensor] : llvm::zip_equal(session.inputs(), inputs))
          if (tensor.dtype() == port.dtype && runsOf(tensor, port.shape) > 1)
            tensor = partOf(tensor, port.dtype, port.shape, run);
      use(inputs);
      ++total;
    }
  }
  return total;
}
