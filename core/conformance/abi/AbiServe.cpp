// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The worker's side: runs the cases that a runner names.

#include "core/conformance/abi/AbiServe.h"

#include "core/conformance/abi/Probe.h"
#include "core/conformance/abi/Replay.h"
#include "core/isolation/Buffers.h"
#include "core/runtime/PluginCall.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>
#include <variant>

namespace glowplug::conformance {
namespace {

AbiLastWords *lastWords = nullptr;

void writeLastWords(const char *line, size_t length) {
  length = std::min(length, sizeof lastWords->line - 1);
  std::memcpy(lastWords->line, line, length);
  lastWords->line[length] = '\0';
}

/// From now on a fatal signal leaves words in \p file.
void listenToSignals(int file) {
  void *const page = mmap(nullptr, sizeof(AbiLastWords), PROT_READ | PROT_WRITE,
                          MAP_SHARED, file, 0);
  if (page == MAP_FAILED)
    return;
  lastWords = static_cast<AbiLastWords *>(page);
  showPluginCalls(lastWords->function, sizeof lastWords->function);
  setAddressExplainer(isolation::WorkerBuffers::explain);
  reportFatalSignals(writeLastWords);
}

std::unique_ptr<Probe> open(llvm::StringRef text) {
  llvm::Expected<llvm::json::Value> parsed = llvm::json::parse(text);
  if (!parsed) {
    llvm::consumeError(parsed.takeError());
    return nullptr;
  }
  const llvm::json::Object *object = parsed->getAsObject();
  const llvm::json::Array *options =
      object ? object->getArray("options") : nullptr;
  if (!options || !object->getString("library"))
    return nullptr;
  ProbeTarget target;
  target.library = object->getString("library")->str();
  for (const llvm::json::Value &value : *options) {
    const llvm::json::Array *pair = value.getAsArray();
    if (!pair || pair->size() != 2 || !(*pair)[0].getAsString() ||
        !(*pair)[1].getAsString())
      return nullptr;
    target.options.push_back(
        {(*pair)[0].getAsString()->str(), (*pair)[1].getAsString()->str()});
  }
  return std::make_unique<Probe>(std::move(target));
}

AbiOutcome run(Probe &probe, llvm::StringRef name) {
  AbiOutcome outcome;
  const AbiCase *found = findAbiCase(name);
  if (!found) {
    outcome.result = AbiResult::suite;
    outcome.reason = "there is no case '" + name.str() + "'";
    return outcome;
  }
  const auto begin = process::Clock::now();
  try {
    found->body(probe);
  } catch (const Ended &ended) {
    outcome = ended.outcome;
  }
  outcome.seconds =
      std::chrono::duration<double>(process::Clock::now() - begin).count();
  return outcome;
}

/// The replay that \p message asks for, as bytes, or why there is none.
std::variant<std::vector<uint8_t>, AbiOutcome>
replay(Probe &probe, const process::Message &message) {
  const std::string_view text = message.text();
  const std::optional<ReplayAskT> ask =
      parseAsk({reinterpret_cast<const uint8_t *>(text.data()), text.size()});
  AbiOutcome outcome;
  if (!ask) {
    outcome.result = AbiResult::suite;
    outcome.reason = "the question for a replay cannot be read";
    return outcome;
  }
  try {
    return bytesOfReplay(replayOf(probe, *ask));
  } catch (const Ended &ended) {
    return ended.outcome;
  }
}

std::string asJson(const AbiOutcome &outcome) {
  auto text = [](const std::string &from) {
    return llvm::json::fixUTF8(from.substr(0, 4096));
  };
  std::string result;
  llvm::raw_string_ostream(result) << llvm::json::Value(
      llvm::json::Object{{"result", static_cast<int64_t>(outcome.result)},
                         {"reason", text(outcome.reason)},
                         {"want", text(outcome.want)},
                         {"got", text(outcome.got)},
                         {"seconds", outcome.seconds}});
  return result;
}

} // namespace

/// Whether \p message was a question; the process ends when its channel closes.
static bool answer(process::Channel &channel, Probe &probe,
                   const process::Message &message) {
  uint32_t kind = abiOutcomeKind;
  std::string text;
  if (message.kind == abiCaseKind) {
    text = asJson(run(probe, message.text()));
  } else if (message.kind == abiReplayAskKind) {
    const auto made = replay(probe, message);
    if (const auto *outcome = std::get_if<AbiOutcome>(&made)) {
      text = asJson(*outcome);
    } else {
      const auto &bytes = std::get<std::vector<uint8_t>>(made);
      kind = abiReplayKind;
      text.assign(bytes.begin(), bytes.end());
    }
  } else {
    return false;
  }
  // A channel that has closed shows when the next message is awaited.
  (void)channel.send(kind, {process::bytesOfText(text)}, -1, std::nullopt);
  return true;
}

int serveAbiCases(process::Channel &channel) {
  std::unique_ptr<Probe> probe;
  while (true) {
    process::Message message;
    if (channel.receive(message, mostAbiPayload, std::nullopt))
      break;
    if (message.kind == abiOpenKind && !probe) {
      if (message.file)
        listenToSignals(message.file.get());
      probe = open(message.text());
      if (!probe)
        return 1;
      continue;
    }
    if (!probe || !answer(channel, *probe, message))
      return 1;
  }
  // Static data of the plugin may be used by threads that it has left.
  llvm::outs().flush();
  _exit(0);
}

} // namespace glowplug::conformance
