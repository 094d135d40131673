// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Searches one part for the smallest program that is wrong.

#pragma once

#include "core/locate/Locate.h"

namespace glowplug {

/// Cuts of one part on one backend, judged on what the interpreter computed
/// inside the part.
class Search {
public:
  using Progress = std::function<void(const std::string &stage)>;

  /// Interprets \p part, which outlives this, once.
  static llvm::Expected<std::unique_ptr<Search>>
  create(ProgramBackend &backend, const PartImage &part,
         llvm::ArrayRef<Tensor> inputs, unsigned threads);

  /// The smallest run of ops found that is wrong, if the part is; nothing if
  /// no cut is.
  llvm::Expected<std::optional<Case>> bisect(std::vector<uint32_t> &ops);
  /// The first op that is wrong alone.
  llvm::Expected<std::optional<Case>> scan(std::vector<uint32_t> &ops);

  /// The cut of \p ops, with those \p outputs, or with all that it has.
  llvm::Expected<Case> judgeOps(llvm::ArrayRef<uint32_t> ops,
                                llvm::ArrayRef<uint32_t> outputs = {});

  const Cutter &cutter() const { return cuts; }
  uint32_t judged() const { return count; }
  Progress progress; ///< May be empty.

private:
  Search(ProgramBackend &backend, const PartImage &part, unsigned threads)
      : backend(backend), cuts(part), threads(threads) {}

  /// The cut of \p length ops from number \p first of those that compute.
  llvm::Expected<Case> judgeRun(size_t first, size_t length) {
    return judgeOps(cuts.ops().slice(first, length));
  }
  llvm::Expected<std::optional<Case>> shortestRunTo(size_t last,
                                                    std::vector<uint32_t> &ops);

  ProgramBackend &backend;
  const Cutter cuts;
  const unsigned threads;
  uint32_t count = 0;
  std::vector<Tensor> values; ///< Of the part, by index.
};

} // namespace glowplug
