// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases about the struct-size rule, for each struct that a plugin reads.

#include "core/conformance/abi/CaseList.h"
#include "core/conformance/abi/StructUses.h"

#include <glowplug/glue/struct.h>

#include <cstring>

namespace glowplug::conformance {
namespace {

constexpr const char *unknownTail =
    "The callee treats missing tail fields as zero and refuses "
    "(GP_UNKNOWN_FIELD) a tail it does not know unless it is all zero.";
constexpr const char *impossibleSize =
    "A struct_size that is less than its own size or more than 4096 is "
    "refused with GP_INVALID_ARGUMENT.";
constexpr const char *countZero = "A count of 0 allows a NULL array.";
constexpr const char *missingSink =
    "A function other than run is NULL when the host does not want its "
    "records; they need not be computed then.";

void setSize(RoomyStruct &given, size_t size) {
  std::memcpy(given.bytes.data(), &size, sizeof size);
}

/// Longer than the plugin knows, with zeros there.
void addLonger(CaseList &list, const StructUse &use) {
  const std::string name = use.name;
  auto positive = [&](const char *suffix, size_t size) {
    list.positive(name + "/" + suffix, unknownTail, [&use, size](Probe &p) {
      use.use(p, [&](RoomyStruct &given) { setSize(given, size); })
          .expectWorks();
    });
  };
  positive("exact", use.size);
  positive("tail-8-zero", use.size + 8);
  positive("tail-odd-zero", use.size + 13);
  positive("tail-4096-zero", GP_STRUCT_SIZE_MAX);
}

/// Longer, with something there.
void addUnknown(CaseList &list, const StructUse &use) {
  const std::string name = use.name;
  auto negative = [&](const char *suffix, size_t size, size_t at) {
    list.negative(name + "/" + suffix, unknownTail, [&use, size, at](Probe &p) {
      use.use(p,
              [&](RoomyStruct &given) {
                setSize(given, size);
                given.bytes[at] = 1;
              })
          .expectRefused(GP_UNKNOWN_FIELD);
    });
  };
  negative("tail-first", use.size + 8, use.size);
  negative("tail-last", use.size + 8, use.size + 7);
  negative("tail-middle", use.size + 64, use.size + 33);
  negative("tail-4096", GP_STRUCT_SIZE_MAX, GP_STRUCT_SIZE_MAX - 1);
}

void addImpossible(CaseList &list, const StructUse &use) {
  const std::string name = use.name;
  auto negative = [&](const char *suffix, size_t size) {
    list.negative(name + "/" + suffix, impossibleSize, [&use, size](Probe &p) {
      use.use(p, [&](RoomyStruct &given) { setSize(given, size); })
          .expectRefused(GP_INVALID_ARGUMENT);
    });
  };
  negative("size-zero", 0);
  negative("size-7", sizeof(size_t) - 1);
  negative("size-4097", GP_STRUCT_SIZE_MAX + 1);
  negative("size-largest", SIZE_MAX);
}

/// Shorter: what is past its end reads as zero, whatever lies there.
void addShorter(CaseList &list, const char *structName, const char *field,
                size_t offset, const char *sentence) {
  list.positive(std::string(structName) + "/until-" + field, sentence,
                [structName, offset](Probe &p) {
                  structUse(structName)
                      .use(p,
                           [&](RoomyStruct &given) {
                             setSize(given, offset);
                             for (size_t at = offset;
                                  at < structUse(structName).size; ++at)
                               given.bytes[at] = 0xa5;
                           })
                      .expectWorks();
                });
}

void addAllShorter(CaseList &list) {
  addShorter(list, "create_args", "options", offsetof(gp_create_args, options),
             unknownTail);
  addShorter(list, "create_args", "option_count",
             offsetof(gp_create_args, option_count), unknownTail);
  addShorter(list, "run_args", "dims", offsetof(gp_run_args, dims),
             unknownTail);
  addShorter(list, "run_args", "dim_count", offsetof(gp_run_args, dim_count),
             unknownTail);
  const struct {
    const char *name;
    size_t offset;
  } sinks[] = {{"layer", offsetof(gp_simulation_sink, layer)},
               {"stall", offsetof(gp_simulation_sink, stall)},
               {"track", offsetof(gp_simulation_sink, track)},
               {"span", offsetof(gp_simulation_sink, span)},
               {"space", offsetof(gp_simulation_sink, space)},
               {"buffer", offsetof(gp_simulation_sink, buffer)}};
  for (const auto &sink : sinks)
    addShorter(list, "simulation_sink", sink.name, sink.offset, missingSink);
}

} // namespace

void addStructCases(CaseList &list) {
  list.group("structs");
  for (const StructUse &use : structUses()) {
    addLonger(list, use);
    addUnknown(list, use);
    addImpossible(list, use);
  }
  addAllShorter(list);
  // The table that plugins are given is a struct that is passed in, too.
  list.positive("host/tail-zero", unknownTail, hostWithZeroTail);
  list.positive("create_args/null-options", countZero, [](Probe &p) {
    if (!p.target().options.empty())
      Probe::notApplicable("the plugin is tested with options");
    structUse("create_args")
        .use(p,
             [](RoomyStruct &given) {
               auto *args =
                   reinterpret_cast<gp_create_args *>(given.bytes.data());
               args->options = nullptr;
               args->option_count = 0;
             })
        .expectWorks();
  });
}

} // namespace glowplug::conformance
