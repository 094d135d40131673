// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One plugin in this process, as cases see it.

#include "core/conformance/abi/Probe.h"

#include "core/conformance/abi/Objects.h"
#include "core/runtime/Host.h"
#include "core/runtime/PluginCall.h"

#include <glowplug/glue/struct.h>

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"

#include <cstring>
#include <dlfcn.h>
#include <thread>

namespace glowplug::conformance {

//===----------------------------------------------------------------------===//
// Judging
//===----------------------------------------------------------------------===//

void Probe::fail(std::string want, std::string got) {
  AbiOutcome outcome;
  outcome.result = AbiResult::fail;
  outcome.want = std::move(want);
  outcome.got = std::move(got);
  throw Ended{std::move(outcome)};
}

void Probe::notApplicable(std::string reason) {
  AbiOutcome outcome;
  outcome.result = AbiResult::notApplicable;
  outcome.reason = std::move(reason);
  throw Ended{std::move(outcome)};
}

void Probe::expect(bool holds, const std::string &want,
                   const std::string &got) {
  if (!holds)
    fail(want, got);
}

void Probe::expectOk(const Status &status, const std::string &what) {
  expect(status.isOk(), what + ": success", status.text());
}

void Probe::expectFailure(const Status &status, const std::string &what) {
  expect(!status.isOk(), what + ": a failure", status.text());
  expect(status.code >= GP_INVALID_ARGUMENT && status.code <= GP_INCOMPATIBLE,
         what + ": a failure with a code of the header", status.text());
  expect(!status.message.empty(), what + ": a failure that says what and where",
         "no message");
}

void Probe::expectCode(const Status &status, gp_status_code code,
                       const std::string &what) {
  expect(status.code == code, what + ": " + codeText(code), status.text());
  expectFailure(status, what);
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

void Probe::enter(const char *function, llvm::function_ref<void()> body) {
  if (llvm::Error broken = enterPlugin("plugin", function, body))
    fail(std::string(function) + ": keeps the rules of every function",
         llvm::toString(std::move(broken)));
}

Status Probe::call(const char *function,
                   llvm::function_ref<gp_status *()> body) {
  gp_status *returned = nullptr;
  enter(function, [&] { returned = body(); });
  if (!returned)
    return {};
  std::optional<Status> status = watchedHost.take(returned);
  expect(status.has_value(),
         std::string(function) + ": a status that gp_host::fail has made",
         "another pointer");
  expect(status->code != GP_OK,
         std::string(function) + ": a failure with a code other than GP_OK",
         "GP_OK (" + status->message + ")");
  return std::move(*status);
}

void inThreads(unsigned count, llvm::function_ref<void(unsigned)> body) {
  std::vector<std::optional<Ended>> ends(count);
  std::vector<std::thread> threads;
  threads.reserve(count);
  for (unsigned i = 0; i < count; ++i)
    threads.emplace_back([&, i] {
      try {
        body(i);
      } catch (const Ended &ended) {
        ends[i] = ended;
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  for (const std::optional<Ended> &end : ends)
    if (end)
      throw Ended{*end};
}

//===----------------------------------------------------------------------===//
// The plugin
//===----------------------------------------------------------------------===//

void Probe::load() {
  if (entryFunction)
    return;
  llvm::SmallString<128> path(given.library);
  if (llvm::sys::fs::make_absolute(path))
    fail("a library at " + given.library, "no absolute path");
  void *library = nullptr;
  enter("loading the library",
        [&] { library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL); });
  if (!library)
    fail("the library can be loaded", dlerror());
  entryFunction =
      reinterpret_cast<gp_plugin_entry_fn>(dlsym(library, GP_PLUGIN_ENTRY));
  expect(entryFunction != nullptr, "a symbol " GP_PLUGIN_ENTRY, "none");
}

const gp_plugin *Probe::entry(uint32_t major, uint32_t minor) {
  load();
  const gp_plugin *result = nullptr;
  enter(GP_PLUGIN_ENTRY, [&] { result = entryFunction(major, minor); });
  return result;
}

const gp_plugin &Probe::plugin() {
  if (table)
    return *table;
  const gp_plugin *found = entry(GP_ABI_MAJOR, GP_ABI_MINOR);
  expect(found != nullptr, "a table for a host of the version of this suite",
         "NULL");
  constexpr size_t required =
      offsetof(gp_plugin, unload) + sizeof(gp_plugin::unload);
  expect(found->struct_size >= required &&
             found->struct_size <= GP_STRUCT_SIZE_MAX,
         "gp_plugin.struct_size from " + std::to_string(required) + " to " +
             std::to_string(GP_STRUCT_SIZE_MAX),
         std::to_string(found->struct_size));
  gp_plugin read;
  expect(GP_STRUCT_READ(&read, found) == GP_OK,
         "a table whose unknown tail is zero", "one that is not");
  expect(read.abi_major == GP_ABI_MAJOR && read.abi_minor == GP_ABI_MINOR,
         "the version of this suite in the table",
         std::to_string(read.abi_major) + "." + std::to_string(read.abi_minor));
  const bool isComplete = read.create && read.destroy && read.describe &&
                          read.check && read.compile && read.load && read.run &&
                          read.unload;
  expect(isComplete, "every function up to unload", "one is NULL");
  table = read;
  return *table;
}

const void *Probe::completeGroup(const char *id, uint32_t version,
                                 size_t size) {
  if (!plugin().group)
    return nullptr;
  const void *found = nullptr;
  enter("group", [&] { found = plugin().group(id, version); });
  if (!found)
    return nullptr;
  size_t stated = 0;
  std::memcpy(&stated, found, sizeof stated);
  const std::string title = std::string("group '") + id + "': ";
  expect(stated == size, title + "a struct_size of " + std::to_string(size),
         std::to_string(stated));
  for (size_t at = sizeof stated; at < size; at += sizeof(void *)) {
    const void *function = nullptr;
    std::memcpy(&function, static_cast<const char *>(found) + at,
                sizeof function);
    expect(function != nullptr, title + "all functions set",
           "number " + std::to_string(at / sizeof(void *) - 1) + " is NULL");
  }
  return found;
}

const std::optional<PluginManifest> &Probe::manifest() {
  if (!declared) {
    llvm::Expected<std::optional<PluginManifest>> read =
        manifestBeside(given.library);
    if (!read)
      fail("a manifest that can be read", llvm::toString(read.takeError()));
    declared = std::move(*read);
  }
  return *declared;
}

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

bool Probe::takes(const Sample &sample) {
  const llvm::ArrayRef<Sample> all = samples();
  answers.resize(all.size());
  std::optional<bool> &answer =
      answers[static_cast<size_t>(&sample - all.data())];
  if (!answer) {
    const OpenBackend backend(*this);
    answer = backend.check(sample).takesAll();
  }
  return *answer;
}

const Sample &Probe::taken(llvm::StringRef family) {
  for (const Sample &sample : samples())
    if ((family.empty() || sample.family == family) && takes(sample))
      return sample;
  notApplicable(family.empty()
                    ? std::string("the plugin takes none of the samples")
                    : "the plugin takes no sample with " + family.str());
}

} // namespace glowplug::conformance
