// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is known of a plugin before its code is loaded.

#include "core/runtime/Manifest.h"

#include "core/runtime/Errors.h"
#include "core/support/Json.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

namespace glowplug {
namespace {

constexpr uint64_t maxManifestBytes = 64 << 10;

/// Reads keys of one object and keeps the first problem.
class KeyReader {
public:
  KeyReader(const llvm::json::Object &object, llvm::StringRef file)
      : object(object), file(file) {}

  void read(llvm::StringRef key, std::string &value) {
    if (auto text = object.getString(key); text && !text->empty())
      value = text->str();
    else
      refuse(key, "a string that is not empty");
  }

  void read(llvm::StringRef key, uint32_t &value) {
    if (auto number = object.getInteger(key);
        number && *number >= 0 && *number <= UINT32_MAX)
      value = static_cast<uint32_t>(*number);
    else
      refuse(key, "an integer from 0 to 4294967295");
  }

  void readIfThere(llvm::StringRef key, bool &value) {
    if (!object.get(key))
      return;
    if (auto given = object.getBoolean(key))
      value = *given;
    else
      refuse(key, "true or false");
  }

  void refuse(llvm::StringRef key, const llvm::Twine &expected) {
    if (!problem.empty())
      return;
    problem = ("key '" + key + "' needs " + expected).str();
    const llvm::json::Value *value = object.get(key);
    problem += value ? llvm::formatv(", but is {0}", *value).str()
                     : ", but is missing";
  }

  llvm::Error takeError() {
    if (problem.empty())
      return llvm::Error::success();
    return backendError(file, GP_INVALID_ARGUMENT, problem);
  }

private:
  const llvm::json::Object &object;
  llvm::StringRef file;
  std::string problem;
};

} // namespace

llvm::Expected<PluginManifest> parseManifest(llvm::StringRef text,
                                             llvm::StringRef file) {
  llvm::Expected<llvm::json::Value> value = parseJson(text);
  if (!value)
    return backendError(file, GP_INVALID_ARGUMENT,
                        "is not JSON: " + llvm::toString(value.takeError()));
  const llvm::json::Object *object = value->getAsObject();
  if (!object)
    return backendError(file, GP_INVALID_ARGUMENT, "is not a JSON object");

  PluginManifest manifest;
  manifest.file = file.str();
  KeyReader keys(*object, file);
  keys.read("name", manifest.name);
  keys.read("library", manifest.library);
  keys.read("abi_major", manifest.abiMajor);
  keys.read("abi_minor", manifest.abiMinor);
  keys.read("container_version", manifest.containerVersion);
  keys.read("opset_version", manifest.opsetVersion);
  keys.read("sanitizer", manifest.sanitizer);
  keys.readIfThere("processes", manifest.startsProcesses);
  std::string blob = "checked";
  if (object->get("blob"))
    keys.read("blob", blob);
  if (blob != "checked" && blob != "code")
    keys.refuse("blob", "\"checked\" or \"code\"");
  manifest.hasUncheckedBlobs = blob == "code";
  if (llvm::sys::path::filename(manifest.library) != manifest.library)
    keys.refuse("library", "a file name without a folder");
  if (llvm::Error error = keys.takeError())
    return std::move(error);

  llvm::SmallString<128> library = llvm::sys::path::parent_path(file);
  llvm::sys::path::append(library, manifest.library);
  manifest.library = library.str().str();
  return manifest;
}

llvm::Expected<PluginManifest> readManifest(llvm::StringRef file) {
  llvm::sys::fs::file_status status;
  if (std::error_code error = llvm::sys::fs::status(file, status))
    return backendError(file, GP_INVALID_ARGUMENT,
                        "cannot be read: " + error.message());
  if (status.type() != llvm::sys::fs::file_type::regular_file)
    return backendError(file, GP_INVALID_ARGUMENT, "is not a file");
  if (status.getSize() > maxManifestBytes)
    return backendError(file, GP_INVALID_ARGUMENT,
                        "has " + llvm::Twine(status.getSize()) +
                            " bytes, more than " +
                            llvm::Twine(maxManifestBytes));
  auto buffer = llvm::MemoryBuffer::getFile(file);
  if (!buffer)
    return backendError(file, GP_INVALID_ARGUMENT,
                        "cannot be read: " + buffer.getError().message());
  return parseManifest((*buffer)->getBuffer(), file);
}

llvm::Expected<std::optional<PluginManifest>>
manifestBeside(llvm::StringRef library) {
  llvm::SmallString<128> file = library;
  llvm::sys::path::replace_extension(file, ".json");
  if (!llvm::sys::fs::exists(file))
    return std::nullopt;
  llvm::Expected<PluginManifest> manifest = readManifest(file);
  if (!manifest)
    return manifest.takeError();
  if (llvm::sys::path::filename(manifest->library) !=
      llvm::sys::path::filename(library))
    return backendError(file, GP_INCOMPATIBLE,
                        "library is '" +
                            llvm::sys::path::filename(manifest->library) +
                            "', but it lies beside '" +
                            llvm::sys::path::filename(library) + "'");
  return std::move(*manifest);
}

llvm::StringRef hostSanitizer() {
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
  return "address";
#elif __has_feature(memory_sanitizer)
  return "memory";
#elif __has_feature(thread_sanitizer)
  return "thread";
#endif
#elif defined(__SANITIZE_ADDRESS__)
  return "address";
#elif defined(__SANITIZE_THREAD__)
  return "thread";
#endif
  return "none";
}

llvm::Error checkManifest(const PluginManifest &manifest) {
  if (manifest.abiMajor != GP_ABI_MAJOR || manifest.abiMinor != GP_ABI_MINOR)
    return backendError(manifest.file, GP_INCOMPATIBLE,
                        "abi_major and abi_minor say " +
                            versionText(manifest.abiMajor, manifest.abiMinor) +
                            ", but the host has " +
                            versionText(GP_ABI_MAJOR, GP_ABI_MINOR));
  if (manifest.sanitizer != hostSanitizer())
    return backendError(manifest.file, GP_INCOMPATIBLE,
                        "sanitizer is '" + manifest.sanitizer +
                            "', but the host is built with '" +
                            hostSanitizer() + "'");
  return llvm::Error::success();
}

} // namespace glowplug
