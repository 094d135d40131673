// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads loops off assembly text.

#include "tests/unit/backends/cpu/compiler/kernels/Assembly.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

#include <algorithm>

using namespace llvm;

namespace glowplug::cpu::test {

namespace {
struct Span {
  size_t first, last;
};
} // namespace

/// "%xmm", "%ymm" or "%zmm": the register that a full vector lives in.
static StringRef registerPrefix(unsigned bits) {
  return bits == 512 ? "%zmm" : bits == 256 ? "%ymm" : "%xmm";
}

static bool isVector(StringRef line) {
  return line.contains("%xmm") || line.contains("%ymm") ||
         line.contains("%zmm");
}

static void classify(StringRef line, unsigned bits, InnerLoop &loop) {
  ++loop.instructions;
  const StringRef name = line.take_until(isSpace);
  const bool multiplies =
      name.starts_with("vfmadd") || name.starts_with("mulps") ||
      name.starts_with("vpdpbusd") || name.starts_with("vpmaddwd");
  if (multiplies && line.contains(registerPrefix(bits)))
    ++loop.multiplyAdds;
  else if (multiplies)
    ++loop.narrowMultiplyAdds;
  const bool usesStack = line.contains("(%rsp") || line.contains("(%rbp");
  // Parked vectors carry the compiler's own remark.
  if (isVector(line) && usesStack &&
      (line.contains("Spill") || line.contains("Reload")))
    ++loop.vectorSpills;
}

std::vector<InnerLoop> innerLoops(StringRef assembly, unsigned bits) {
  SmallVector<StringRef, 0> lines;
  assembly.split(lines, '\n');
  StringMap<size_t> labels;
  std::vector<Span> spans;
  for (size_t i = 0; i < lines.size(); ++i) {
    lines[i] = lines[i].trim();
    const auto [label, rest] = lines[i].split(':');
    if (label.starts_with(".L") && label.size() < lines[i].size())
      labels[label] = i;
    if (!lines[i].starts_with("j"))
      continue;
    const StringRef to =
        lines[i].drop_until(isSpace).ltrim().take_until(llvm::isSpace);
    const auto found = labels.find(to);
    if (found != labels.end())
      spans.push_back({found->second, i}); // backward: a loop
  }
  std::vector<InnerLoop> loops;
  for (const Span &span : spans) {
    const bool holdsAnother =
        std::any_of(spans.begin(), spans.end(), [&](const Span &other) {
          return other.first > span.first && other.last < span.last;
        });
    if (holdsAnother)
      continue;
    InnerLoop loop;
    loop.label = lines[span.first].str();
    for (size_t i = span.first; i <= span.last; ++i)
      if (!lines[i].empty() && !lines[i].starts_with(".") &&
          !lines[i].starts_with("#"))
        classify(lines[i], bits, loop);
    if (loop.multiplyAdds + loop.narrowMultiplyAdds > 0)
      loops.push_back(loop);
  }
  return loops;
}

} // namespace glowplug::cpu::test
