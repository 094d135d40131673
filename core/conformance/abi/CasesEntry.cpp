// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases about gp_plugin_entry, the table, and what the library exports.

#include "core/conformance/abi/CaseList.h"
#include "core/conformance/abi/Probe.h"

#include <glowplug/glue/struct.h>

#include "llvm/Object/ELFObjectFile.h"

#include <cstring>

namespace glowplug::conformance {
namespace {

constexpr const char *returnsTable =
    "Returns the table, or NULL when it cannot work with a host of this "
    "version.";
constexpr const char *staticData =
    "Static data of the plugin; fields are only ever added at the end.";
constexpr const char *allRequired = "Every function up to unload is required.";
constexpr const char *oneSymbol =
    "The one symbol that a plugin exports, named gp_plugin_entry.";

std::string versionOf(uint32_t major, uint32_t minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

const gp_plugin &ownTable(Probe &probe) {
  const gp_plugin *table = probe.entry(GP_ABI_MAJOR, GP_ABI_MINOR);
  Probe::expect(table != nullptr, "a table", "NULL");
  return *table;
}

/// NULL, or a table that says which version it is of: its own one.
void entryOfOther(Probe &probe, uint32_t major, uint32_t minor) {
  const gp_plugin *table = probe.entry(major, minor);
  if (!table)
    return;
  Probe::expect(
      table->abi_major == GP_ABI_MAJOR && table->abi_minor == GP_ABI_MINOR,
      "NULL, or the table of version " + versionOf(GP_ABI_MAJOR, GP_ABI_MINOR),
      versionOf(table->abi_major, table->abi_minor));
  // Nor does the question spoil the plugin for a host that fits.
  probe.plugin();
}

void addVersions(CaseList &list) {
  const struct {
    const char *name;
    uint32_t major, minor;
  } others[] = {
      {"minor-older", GP_ABI_MAJOR, GP_ABI_MINOR - 1},
      {"minor-newer", GP_ABI_MAJOR, GP_ABI_MINOR + 1},
      {"minor-first", GP_ABI_MAJOR, 0},
      {"minor-last", GP_ABI_MAJOR, UINT32_MAX},
      {"major-newer", GP_ABI_MAJOR + 1, GP_ABI_MINOR},
      {"major-newer-minor-first", GP_ABI_MAJOR + 1, 0},
      {"major-last", UINT32_MAX, GP_ABI_MINOR},
      {"last", UINT32_MAX, UINT32_MAX},
  };
  for (const auto &other : others)
    list.negative(other.name, returnsTable,
                  [major = other.major, minor = other.minor](Probe &probe) {
                    entryOfOther(probe, major, minor);
                  });
}

void addTable(CaseList &list) {
  list.positive("equal", returnsTable, [](Probe &p) { ownTable(p); });
  list.positive("version", "GP_ABI_MINOR as the plugin was built",
                [](Probe &p) {
                  const gp_plugin &table = ownTable(p);
                  Probe::expect(table.abi_major == GP_ABI_MAJOR &&
                                    table.abi_minor == GP_ABI_MINOR,
                                versionOf(GP_ABI_MAJOR, GP_ABI_MINOR),
                                versionOf(table.abi_major, table.abi_minor));
                });
  list.positive("size", "sizeof(gp_plugin) as the plugin was built",
                [](Probe &p) {
                  const size_t size = ownTable(p).struct_size;
                  constexpr size_t least = offsetof(gp_plugin, group);
                  Probe::expect(size >= least && size <= GP_STRUCT_SIZE_MAX,
                                std::to_string(least) + " to " +
                                    std::to_string(GP_STRUCT_SIZE_MAX),
                                std::to_string(size));
                });
  list.positive("tail",
                "refuses (GP_UNKNOWN_FIELD) a tail it does not know unless it "
                "is all zero",
                [](Probe &p) {
                  gp_plugin copy;
                  Probe::expect(GP_STRUCT_READ(&copy, &ownTable(p)) !=
                                    GP_UNKNOWN_FIELD,
                                "nothing past the table of this version",
                                "bytes that are not zero");
                });
  list.positive("twice", staticData, [](Probe &p) {
    const gp_plugin *first = &ownTable(p), *second = &ownTable(p);
    Probe::expect(first == second, "the same table each time", "another");
  });
  list.positive("unchanged", staticData, [](Probe &p) {
    gp_plugin before, after;
    std::memcpy(&before, &ownTable(p), offsetof(gp_plugin, group));
    p.entry(GP_ABI_MAJOR, GP_ABI_MINOR + 1);
    p.entry(GP_ABI_MAJOR + 1, 0);
    std::memcpy(&after, &ownTable(p), offsetof(gp_plugin, group));
    Probe::expect(std::memcmp(&before, &after, offsetof(gp_plugin, group)) == 0,
                  "the same functions after a question by another version",
                  "others");
  });
  list.positive("threads",
                "Any thread may call, but only one at a time on one "
                "object.",
                [](Probe &p) {
                  const gp_plugin *expected = &ownTable(p);
                  inThreads(8, [&](unsigned) {
                    for (int i = 0; i < 100; ++i)
                      Probe::expect(p.entry(GP_ABI_MAJOR, GP_ABI_MINOR) ==
                                        expected,
                                    "the same table in each thread", "another");
                  });
                });
}

void addFunctions(CaseList &list) {
  const struct {
    const char *name;
    size_t offset;
  } functions[] = {
      {"create", offsetof(gp_plugin, create)},
      {"destroy", offsetof(gp_plugin, destroy)},
      {"describe", offsetof(gp_plugin, describe)},
      {"check", offsetof(gp_plugin, check)},
      {"compile", offsetof(gp_plugin, compile)},
      {"load", offsetof(gp_plugin, load)},
      {"run", offsetof(gp_plugin, run)},
      {"unload", offsetof(gp_plugin, unload)},
  };
  for (const auto &one : functions)
    list.positive(std::string("has-") + one.name, allRequired,
                  [offset = one.offset, name = one.name](Probe &p) {
                    const gp_plugin &table = ownTable(p);
                    const void *function = nullptr;
                    Probe::expect(table.struct_size >= offset + sizeof function,
                                  std::string("a table with ") + name,
                                  std::to_string(table.struct_size) + " bytes");
                    std::memcpy(&function,
                                reinterpret_cast<const char *>(&table) + offset,
                                sizeof function);
                    Probe::expect(function != nullptr,
                                  std::string("a function ") + name, "NULL");
                  });
}

} // namespace

void addEntryCases(CaseList &list) {
  list.group("entry");
  addTable(list);
  addFunctions(list);
  addVersions(list);
}

//===----------------------------------------------------------------------===//
// The file
//===----------------------------------------------------------------------===//

namespace {

using Elf = llvm::object::ELFFile<llvm::object::ELF64LE>;

/// The file of the plugin, as far as LLVM's object library reads it.
struct Library {
  std::unique_ptr<llvm::MemoryBuffer> bytes;
  std::unique_ptr<llvm::object::ObjectFile> object;

  explicit Library(Probe &probe) {
    auto read = llvm::MemoryBuffer::getFile(probe.target().library);
    if (!read)
      Probe::fail("a file that can be read", read.getError().message());
    bytes = std::move(*read);
    auto parsed = llvm::object::ObjectFile::createObjectFile(*bytes);
    if (!parsed)
      Probe::fail("an object file", llvm::toString(parsed.takeError()));
    object = std::move(*parsed);
    if (!llvm::isa<llvm::object::ELF64LEObjectFile>(*object)) {
      Probe::notApplicable("the library is no ELF file of 64 bits");
    }
  }

  const Elf &elf() const {
    return llvm::cast<llvm::object::ELF64LEObjectFile>(*object).getELFFile();
  }
};

/// Exports of checkers are not the plugin's own.
void skipSanitized(Probe &probe) {
  if (probe.manifest() && probe.manifest()->sanitizer != "none")
    Probe::notApplicable("the library is built with a checker, '" +
                         probe.manifest()->sanitizer + "'");
}

void exportsOne(Probe &probe) {
  skipSanitized(probe);
  const Library library(probe);
  const auto &file =
      llvm::cast<llvm::object::ELF64LEObjectFile>(*library.object);
  std::string others;
  bool hasEntry = false;
  for (const llvm::object::ELFSymbolRef symbol :
       file.getDynamicSymbolIterators()) {
    llvm::Expected<uint32_t> flags = symbol.getFlags();
    llvm::Expected<llvm::StringRef> read = symbol.getName();
    if (!flags || !read) {
      llvm::consumeError(flags.takeError());
      Probe::fail("symbols that can be read", llvm::toString(read.takeError()));
    }
    if (symbol.getBinding() == llvm::ELF::STB_LOCAL ||
        (*flags & llvm::object::SymbolRef::SF_Undefined) != 0)
      continue;
    const std::string name = read->str();
    if (name == GP_PLUGIN_ENTRY)
      hasEntry = true;
    else if (others.size() < 200)
      others += (others.empty() ? "" : ", ") + name;
  }
  Probe::expect(hasEntry, "an exported " GP_PLUGIN_ENTRY, "none");
  Probe::expect(others.empty(), "no other exported symbol", others);
}

void stackIsData(Probe &probe) {
  const Library library(probe);
  auto headers = library.elf().program_headers();
  if (!headers)
    Probe::fail("program headers", llvm::toString(headers.takeError()));
  for (const auto &header : *headers)
    Probe::expect(header.p_type != llvm::ELF::PT_GNU_STACK ||
                      (header.p_flags & llvm::ELF::PF_X) == 0,
                  "a stack that holds no code", "an executable stack");
}

void textStaysAsItIs(Probe &probe) {
  const Library library(probe);
  auto entries = library.elf().dynamicEntries();
  if (!entries)
    Probe::fail("dynamic entries", llvm::toString(entries.takeError()));
  for (const auto &entry : *entries)
    Probe::expect(entry.d_tag != llvm::ELF::DT_TEXTREL &&
                      !(entry.d_tag == llvm::ELF::DT_FLAGS &&
                        (entry.d_un.d_val & llvm::ELF::DF_TEXTREL) != 0),
                  "code that is not relocated", "text relocations");
}

void manifestFits(Probe &probe) {
  if (!probe.manifest())
    Probe::notApplicable("there is no manifest beside the library");
  const PluginManifest &manifest = *probe.manifest();
  Probe::expect(manifest.abiMajor == GP_ABI_MAJOR &&
                    manifest.abiMinor == GP_ABI_MINOR,
                "a manifest with ABI " + versionOf(GP_ABI_MAJOR, GP_ABI_MINOR),
                versionOf(manifest.abiMajor, manifest.abiMinor));
  ownTable(probe);
}

} // namespace

void addExportCases(CaseList &list) {
  list.group("library");
  list.positive("exports", oneSymbol, exportsOne);
  list.positive("stack",
                "Its library asks for no executable stack and has no text "
                "relocations",
                stackIsData);
  list.positive("text",
                "Its library asks for no executable stack and has no text "
                "relocations",
                textStaysAsItIs);
  list.positive("manifest", "GP_ABI_MAJOR as the plugin was built",
                manifestFits);
}

} // namespace glowplug::conformance
