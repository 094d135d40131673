// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a plugin says through the sinks, written down with each rule that it
/// breaks.

#pragma once

#include "core/conformance/abi/ProbeHost.h"
#include "core/runtime/AlignedBytes.h"

#include <glowplug/glue/struct.h>

#include <map>
#include <string>
#include <vector>

namespace glowplug::conformance {

/// Keeps the first offence against each rule. Functions that a plugin calls
/// write here and throw nothing.
class Offences {
public:
  void add(const char *rule, const std::string &what) {
    found.try_emplace(rule, what);
  }
  /// Null if \p rule was kept.
  const std::string *of(const std::string &rule) const {
    const auto at = found.find(rule);
    return at == found.end() ? nullptr : &at->second;
  }
  /// The first of all; null if there is none.
  const std::string *any() const {
    return found.empty() ? nullptr : &found.begin()->second;
  }
  void merge(const Offences &other) {
    found.insert(other.found.begin(), other.found.end());
  }

  /// Copies the struct \p from by the struct-size rule; rules "null", "size"
  /// and "tail" with \p name before them.
  template <typename T>
  bool read(const std::string &name, T *to, const T *from) {
    if (!from)
      return complain(name + "-null", "NULL");
    const gp_status_code code = GP_STRUCT_READ(to, from);
    if (code == GP_OK)
      return true;
    const std::string size = std::to_string(from->struct_size);
    return code == GP_UNKNOWN_FIELD
               ? complain(name + "-tail", "a tail that is not zero, in a "
                                          "struct of " +
                                              size + " bytes")
               : complain(name + "-size", "a struct_size of " + size);
  }

private:
  bool complain(const std::string &rule, const std::string &what) {
    found.try_emplace(rule, what);
    return false;
  }

  std::map<std::string, std::string> found;
};

/// Whether \p text is UTF-8.
bool isUtf8(const std::string &text);

/// What describe() says.
struct Description {
  std::string name, version, target;
  uint32_t containerVersionMax = 0, opsetVersionMax = 0;
  unsigned infos = 0;
  struct Option {
    std::string key, defaultValue, help;
    bool operator==(const Option &) const = default;
  };
  std::vector<Option> options;
  struct Op {
    uint32_t op = 0;
    std::string composite;
    uint32_t version = 0, dtypeMask = 0;
    bool operator==(const Op &) const = default;
  };
  std::vector<Op> ops;
  Offences offences;

  gp_describe_sink sink();
  /// Whether \p other says the same, in the same order.
  bool equals(const Description &other) const;
};

/// What check() says.
struct Verdicts {
  struct One {
    unsigned count = 0; ///< of verdicts for this op
    bool isSupported = false, splitEpilogue = false;
    std::string reason;
    bool operator==(const One &) const = default;
  };
  std::vector<One> ops;
  std::vector<bool> isConstant; ///< By op; a refused one is an input then.
  Offences offences;

  gp_check_args args(gp_bytes image);
  /// Whether compile() of the image is to succeed.
  bool takesAll() const;
  /// Whether it refuses an op that is no constant.
  bool refusesAny() const;
};

/// What compile() and encode() give.
struct Compiled {
  AlignedBytes blob;
  std::vector<AlignedBytes> made;
  std::vector<uint32_t> kept;
  std::string requirement;
  uint64_t workspaceBytes = 0;
  unsigned blobs = 0, results = 0;
  size_t segmentCount = 0; ///< of the program
  Offences offences;

  /// A sink function by name; the call with that number from 0 on fails.
  struct Failing {
    std::string function;
    unsigned call = 0;
    gp_status_code code = GP_OUT_OF_MEMORY;
  };
  Failing failing;
  ProbeHost *host = nullptr;          ///< Needed to fail.
  const gp_status *failure = nullptr; ///< What the sink has returned.
  std::map<std::string, unsigned> calls;
  unsigned callsAfterFailure = 0;

  gp_compile_sink sink();
  bool equals(const Compiled &other) const;
  /// What differs; empty if nothing does.
  std::string difference(const Compiled &other) const;

  /// Counts a call of \p function and says with what it fails, if it does.
  gp_status *enter(const char *function);
};

/// What machine() and schedule() give.
struct GivenBytes {
  AlignedBytes bytes;
  std::vector<AlignedBytes> segments;
  unsigned calls = 0;
  Offences offences;
  bool fails = false, segmentFails = false;
  ProbeHost *host = nullptr;
  const gp_status *failure = nullptr;

  gp_bytes_sink sink();
  /// For gp_schedule_args::segment, with this as its context.
  static gp_status *addSegment(void *context, gp_bytes segment);
  bool equals(const GivenBytes &other) const;
};

/// Whether two runs of bytes are alike.
inline bool sameBytes(llvm::ArrayRef<uint8_t> a, llvm::ArrayRef<uint8_t> b) {
  return a == b;
}

} // namespace glowplug::conformance
