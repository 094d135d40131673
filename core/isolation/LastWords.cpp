// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The worker's side of the memory that tells a host how it died.

#include "core/isolation/LastWords.h"

#include "core/isolation/Buffers.h"
#include "core/isolation/Protocol.h"
#include "core/runtime/PluginCall.h"

#include <algorithm>
#include <cstring>
#include <sys/mman.h>

namespace glowplug::isolation {

static LastWords *lastWords = nullptr;

static void writeLastWords(const char *line, size_t length) {
  length = std::min(length, sizeof lastWords->line - 1);
  std::memcpy(lastWords->line, line, length);
  lastWords->line[length] = '\0';
}

void leaveLastWordsIn(int file) {
  void *const page = mmap(nullptr, sizeof(LastWords), PROT_READ | PROT_WRITE,
                          MAP_SHARED, file, 0);
  if (page == MAP_FAILED)
    return;
  lastWords = static_cast<LastWords *>(page);
  showPluginAnswers(&lastWords->answers);
  showPluginCalls(lastWords->function, sizeof lastWords->function);
  setAddressExplainer(WorkerBuffers::explain);
  reportFatalSignals(writeLastWords);
}

} // namespace glowplug::isolation
