// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The end of what a process writes on standard error.

#include "backend-api/process/Tail.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>

namespace glowplug::process {

static constexpr std::size_t mostKept = 4096;

Tail::Tail(Descriptor pipe, bool isShown, std::string prefix)
    : pipe(std::move(pipe)), isShown(isShown), prefix(std::move(prefix)) {
  fcntl(this->pipe.get(), F_SETFL, O_NONBLOCK);
}

void Tail::show(std::string_view text) {
  while (!text.empty()) {
    if (isAtLineStart)
      std::fwrite(prefix.data(), 1, prefix.size(), stderr);
    const std::size_t newline = text.find('\n');
    isAtLineStart = newline != std::string_view::npos;
    const std::string_view line =
        text.substr(0, isAtLineStart ? newline + 1 : text.size());
    std::fwrite(line.data(), 1, line.size(), stderr);
    text.remove_prefix(line.size());
  }
}

void Tail::drain() {
  char bytes[mostKept];
  for (int reads = 0; pipe && reads < 64; ++reads) {
    const ssize_t got = read(pipe.get(), bytes, sizeof bytes);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0 && errno == EAGAIN)
      return;
    if (got <= 0)
      return pipe.reset();
    const auto size = static_cast<std::size_t>(got);
    if (isShown)
      show({bytes, size});
    kept.append(bytes, size);
    if (kept.size() > mostKept)
      kept.erase(0, kept.size() - mostKept);
  }
}

std::string Tail::lastLines() const {
  constexpr std::size_t mostLines = 3, mostBytes = 400;
  std::string lines;
  std::size_t end = kept.size();
  for (std::size_t count = 0; end > 0 && count < mostLines;) {
    const std::size_t newline = kept.rfind('\n', end - 1);
    const std::size_t begin = newline == std::string::npos ? 0 : newline + 1;
    if (begin < end) {
      lines = kept.substr(begin, end - begin) + (count ? " | " : "") + lines;
      ++count;
    }
    end = begin == 0 ? 0 : begin - 1;
  }
  if (lines.size() > mostBytes)
    lines.erase(0, lines.size() - mostBytes);
  return lines;
}

} // namespace glowplug::process
