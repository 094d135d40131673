// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a compiled model depends on, as one hash.

#include "core/host/loops/CacheKey.h"

#include "core/importer/file/Bytes.h"
#include "core/importer/onnx/model/ExternalHash.h"
#include "core/runtime/PluginSearch.h"
#include "core/support/LibraryFolder.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace glowplug;

namespace {

/// Raised when the meaning of a key changes.
constexpr llvm::StringLiteral keyFormat = "glowplug cache 1";

/// Gathers what is hashed. Every text stands after its length, so that no two
/// lists of texts give the same bytes.
class KeyText {
public:
  void add(llvm::StringRef text) {
    addNumber(text.size());
    bytes.insert(bytes.end(), text.bytes_begin(), text.bytes_end());
  }
  void addNumber(uint64_t number) {
    for (unsigned i = 0; i < 8; ++i)
      bytes.push_back(static_cast<uint8_t>(number >> (8 * i)));
  }
  void addHash(const Sha256 &hash) {
    bytes.insert(bytes.end(), hash.begin(), hash.end());
  }
  void addTensor(llvm::StringRef name, const Tensor &tensor) {
    add(name);
    add(tensor.typeString());
    addHash(sha256(tensor.bytes()));
  }
  std::string text() const { return sha256Text(sha256(bytes)); }

private:
  std::vector<uint8_t> bytes;
};

} // namespace

/// Adds the contents of the file \p path, or that it cannot be read.
static void addFile(KeyText &key, const llvm::Twine &path) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  key.add(file ? "file" : "no file");
  if (file)
    key.addHash(sha256(llvm::arrayRefFromStringRef((*file)->getBuffer())));
}

//===----------------------------------------------------------------------===//
// Model
//===----------------------------------------------------------------------===//

static llvm::Expected<Sha256> addModel(KeyText &key,
                                       const CompileRequest &request) {
  const ModelSource &model = request.model;
  importer::Bytes file;
  llvm::ArrayRef<uint8_t> bytes;
  if (model.bytes) {
    bytes = {model.bytes->data(), model.bytes->size()};
  } else {
    llvm::Expected<importer::Bytes> read = importer::readFile(model.name);
    if (!read)
      return read.takeError();
    file = std::move(*read);
    bytes = {file.data, file.size};
  }
  const Sha256 hash = sha256(bytes);
  key.addHash(hash);
  key.addNumber(static_cast<uint64_t>(model.format));
  key.addNumber(request.allowExternalData);
  if (!request.allowExternalData || model.format != ModelFormat::onnx)
    return hash;
  llvm::Expected<Sha256> external = importer::hashExternalData(
      bytes, model.bytes ? llvm::StringRef(model.folder)
                         : llvm::sys::path::parent_path(model.name));
  if (!external)
    return external.takeError();
  key.addHash(*external);
  return hash;
}

//===----------------------------------------------------------------------===//
// Options and backends
//===----------------------------------------------------------------------===//

static void addTensors(KeyText &key,
                       const std::map<std::string, Tensor> &tensors) {
  key.addNumber(tensors.size());
  for (const auto &[name, tensor] : tensors)
    key.addTensor(name, tensor);
}

static void addOptions(KeyText &key, const CompileRequest &request) {
  key.addNumber(request.dims.size());
  for (const auto &[name, size] : request.dims) {
    key.add(name);
    key.addNumber(static_cast<uint64_t>(size));
  }
  addTensors(key, request.bindings);
  key.addNumber(request.extraOutputs.size());
  for (const std::string &name : request.extraOutputs)
    key.add(name);
  key.add(request.recipe);
  key.addNumber(request.settings.size());
  for (const auto &[name, value] : request.settings) {
    key.add(name);
    key.add(value);
  }
}

/// The bytes of libraries count, and not their versions alone: a plugin under
/// development keeps its version while its code changes. So do the files that
/// options name, such as the configuration of an NPU.
static void addBackends(KeyText &key, const CompileRequest &request,
                        const BackendSetOptions &plugins) {
  key.addNumber(plugins.files.size());
  for (const std::string &file : plugins.files)
    addFile(key, file);
  const FoundPlugins found = findPlugins(pluginSearchFolders(plugins.folders));
  for (const auto &backend : request.backends) {
    key.add(backend->name());
    key.add(backend->version());
    key.add(backend->target());
    for (const PluginManifest &manifest : found.plugins)
      if (manifest.name == backend->name())
        addFile(key, manifest.library);
  }
  key.addNumber(plugins.options.size());
  for (const NamedOption &named : plugins.options) {
    key.add(named.backend);
    key.add(named.option.key);
    key.add(named.option.value);
    if (llvm::sys::fs::is_regular_file(named.option.value))
      addFile(key, named.option.value);
  }
}

llvm::Expected<CacheKey> glowplug::cacheKey(const CompileRequest &request,
                                            const BackendSetOptions &plugins) {
  KeyText key;
  key.add(keyFormat);
  key.add(GLOWPLUG_VERSION);
  addFile(key, libraryFolder() + "/libglowplug-compiler.so");
  llvm::Expected<Sha256> model = addModel(key, request);
  if (!model)
    return model.takeError();
  addOptions(key, request);
  addBackends(key, request, plugins);
  CacheKey result{*model, key.text(), {}};
  if (!request.offers.empty()) {
    addTensors(key, request.offers);
    result.withOffers = key.text();
  }
  return result;
}
