// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loads a plugin and refuses it unless its table keeps every rule.

#include "core/runtime/Plugin.h"

#include "core/runtime/Errors.h"
#include "core/runtime/Host.h"

#include <glowplug/cosim.h>
#include <glowplug/energy.h>
#include <glowplug/glue/struct.h>
#include <glowplug/replay.h>

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <cstring>
#include <dlfcn.h>

namespace glowplug {
namespace {

/// The part of gp_plugin that every plugin has to have.
constexpr size_t requiredTableSize =
    offsetof(gp_plugin, unload) + sizeof(gp_plugin::unload);

llvm::Error refuse(llvm::StringRef library, const llvm::Twine &why) {
  return backendError(library, GP_INCOMPATIBLE, why);
}

} // namespace

llvm::ArrayRef<GroupLayout> knownGroups() {
  static const GroupLayout groups[] = {
      {GP_GROUP_INSTR, GP_GROUP_INSTR_VERSION, sizeof(gp_instr_group)},
      {GP_GROUP_SCHEDULE, GP_GROUP_SCHEDULE_VERSION, sizeof(gp_schedule_group)},
      {GP_GROUP_SIMULATION, GP_GROUP_SIMULATION_VERSION,
       sizeof(gp_simulation_group)},
      {GP_GROUP_COSIM, GP_GROUP_COSIM_VERSION, sizeof(gp_cosim_group)},
      {GP_GROUP_ENERGY, GP_GROUP_ENERGY_VERSION, sizeof(gp_energy_group)},
      {GP_GROUP_REPLAY, GP_GROUP_REPLAY_VERSION, sizeof(gp_replay_group)},
  };
  return groups;
}

llvm::Expected<std::shared_ptr<const Plugin>>
Plugin::open(const PluginManifest &manifest,
             llvm::ArrayRef<GroupLayout> groups) {
  return openLibrary(manifest.library, manifest, groups);
}

llvm::Expected<std::shared_ptr<const Plugin>>
Plugin::open(llvm::StringRef library, llvm::ArrayRef<GroupLayout> groups) {
  llvm::Expected<std::optional<PluginManifest>> manifest =
      manifestBeside(library);
  if (!manifest)
    return manifest.takeError();
  return openLibrary(library, std::move(*manifest), groups);
}

llvm::Expected<std::shared_ptr<const Plugin>>
Plugin::openLibrary(llvm::StringRef library,
                    std::optional<PluginManifest> manifest,
                    llvm::ArrayRef<GroupLayout> groups) {
  if (manifest)
    if (llvm::Error error = checkManifest(*manifest))
      return std::move(error);
  std::shared_ptr<Plugin> plugin(new Plugin);
  plugin->libraryPath = library.str();
  plugin->declared = std::move(manifest);
  if (llvm::Error error = plugin->loadTable())
    return std::move(error);
  if (llvm::Error error = plugin->checkFunctions())
    return std::move(error);
  if (llvm::Error error = plugin->loadGroups(groups))
    return std::move(error);
  return plugin;
}

llvm::Error Plugin::loadTable() {
  // Without a slash, dlopen would look through the system's folders.
  llvm::SmallString<128> path = llvm::StringRef(libraryPath);
  if (std::error_code code = llvm::sys::fs::make_absolute(path))
    return refuse(libraryPath, code.message());
  if (!llvm::sys::fs::exists(path))
    return refuse(libraryPath, "there is no such file");
  void *handle = nullptr;
  if (llvm::Error error = enterPlugin(libraryPath, "loading the library", [&] {
        handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
      }))
    return error;
  if (!handle)
    return refuse(libraryPath, llvm::Twine("cannot be loaded: ") + dlerror());
  void *symbol = dlsym(handle, GP_PLUGIN_ENTRY);
  if (!symbol)
    return refuse(libraryPath,
                  "has no symbol '" GP_PLUGIN_ENTRY "'; this is not a plugin");

  auto entry = reinterpret_cast<gp_plugin_entry_fn>(symbol);
  const gp_plugin *given = nullptr;
  if (llvm::Error error = enterPlugin(libraryPath, GP_PLUGIN_ENTRY, [&] {
        given = entry(GP_ABI_MAJOR, GP_ABI_MINOR);
      }))
    return error;
  const std::string hostVersion = versionText(GP_ABI_MAJOR, GP_ABI_MINOR);
  if (!given)
    return refuse(libraryPath, GP_PLUGIN_ENTRY " returned NULL for ABI " +
                                   hostVersion +
                                   ", the version of the host: the plugin "
                                   "cannot work with it");

  // Only the first three fields are the same in every version.
  if (given->struct_size <
      offsetof(gp_plugin, abi_minor) + sizeof(given->abi_minor))
    return refuse(libraryPath, "gp_plugin.struct_size is " +
                                   llvm::Twine(given->struct_size) +
                                   ", too small to hold the version");
  if (given->abi_major != GP_ABI_MAJOR || given->abi_minor != GP_ABI_MINOR)
    return refuse(libraryPath,
                  "gp_plugin.abi_major and abi_minor say " +
                      versionText(given->abi_major, given->abi_minor) +
                      ", but the host has " + hostVersion);
  if (given->struct_size < requiredTableSize ||
      given->struct_size > GP_STRUCT_SIZE_MAX)
    return refuse(libraryPath, "gp_plugin.struct_size is " +
                                   llvm::Twine(given->struct_size) +
                                   ", but needs to be from " +
                                   llvm::Twine(requiredTableSize) + " to " +
                                   llvm::Twine(GP_STRUCT_SIZE_MAX));
  if (GP_STRUCT_READ(&table, given) != GP_OK)
    return refuse(libraryPath, "gp_plugin.struct_size is " +
                                   llvm::Twine(given->struct_size) +
                                   ", the host knows " +
                                   llvm::Twine(sizeof(table)) +
                                   " bytes, and the rest is not zero");
  return llvm::Error::success();
}

llvm::Error Plugin::checkFunctions() const {
  const struct {
    const char *name;
    bool isSet;
  } required[] = {
      {"create", table.create != nullptr},
      {"destroy", table.destroy != nullptr},
      {"describe", table.describe != nullptr},
      {"check", table.check != nullptr},
      {"compile", table.compile != nullptr},
      {"load", table.load != nullptr},
      {"run", table.run != nullptr},
      {"unload", table.unload != nullptr},
  };
  for (const auto &function : required)
    if (!function.isSet)
      return refuse(libraryPath, llvm::Twine("gp_plugin.") + function.name +
                                     " is NULL, but is required");
  return llvm::Error::success();
}

llvm::Error Plugin::loadGroups(llvm::ArrayRef<GroupLayout> layouts) {
  if (!table.group)
    return llvm::Error::success();
  for (const GroupLayout &layout : layouts) {
    const void *given = nullptr;
    if (llvm::Error error = enterPlugin(libraryPath, "group", [&] {
          given = table.group(layout.id.c_str(), layout.version);
        }))
      return error;
    if (!given)
      continue;
    const std::string title =
        "group '" + layout.id + "' version " + std::to_string(layout.version);
    size_t size = 0;
    std::memcpy(&size, given, sizeof size);
    // A group is complete or absent, so there is no shorter one; what a newer
    // plugin adds is another version of the group.
    if (size != layout.structSize)
      return refuse(libraryPath, title + ": struct_size is " +
                                     llvm::Twine(size) + ", but needs to be " +
                                     llvm::Twine(layout.structSize));
    for (size_t at = sizeof size; at + sizeof(void *) <= size;
         at += sizeof(void *)) {
      uintptr_t function = 0;
      std::memcpy(&function, static_cast<const char *>(given) + at,
                  sizeof function);
      if (function == 0)
        return refuse(libraryPath,
                      title + ": function " +
                          llvm::Twine(at / sizeof(void *) - 1) +
                          " is NULL; a group is complete or absent");
    }
    groups.push_back({layout.id, layout.version, given});
  }
  return llvm::Error::success();
}

const void *Plugin::group(llvm::StringRef id, uint32_t version) const {
  for (const Group &group : groups)
    if (group.id == id && group.version == version)
      return group.table;
  return nullptr;
}

} // namespace glowplug
