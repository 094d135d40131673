// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Another process that loads the plugin for itself.

#include "core/conformance/abi/Twin.h"

#include "backend-api/process/Descriptor.h"

#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace glowplug::conformance {
namespace {

/// How a twin begins what it writes.
constexpr char isDone = 'd', isEnded = 'e';

void writeAll(int file, const std::string &text) {
  for (size_t at = 0; at < text.size();) {
    const ssize_t count = write(file, text.data() + at, text.size() - at);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return;
    at += static_cast<size_t>(count);
  }
}

std::string readAll(int file) {
  std::string text;
  char bytes[4096];
  while (true) {
    const ssize_t count = read(file, bytes, sizeof bytes);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return text;
    text.append(bytes, static_cast<size_t>(count));
  }
}

[[noreturn]] void beTwin(const ProbeTarget &target, int file,
                         llvm::function_ref<std::string(Probe &)> body) {
  std::string answer;
  try {
    Probe probe(target);
    answer = isDone + body(probe);
  } catch (const Ended &ended) {
    const AbiOutcome &outcome = ended.outcome;
    answer = isEnded;
    answer += static_cast<char>(outcome.result);
    answer += outcome.reason + '\n' + outcome.want + '\n' + outcome.got;
  }
  writeAll(file, answer);
  _exit(0);
}

} // namespace

std::string inTwin(Probe &probe,
                   llvm::function_ref<std::string(Probe &)> body) {
  int ends[2];
  if (pipe(ends) != 0)
    Probe::fail("a pipe", std::strerror(errno));
  process::Descriptor ours(ends[0]), theirs(ends[1]);
  const pid_t child = fork();
  if (child < 0)
    Probe::fail("a process", std::strerror(errno));
  if (child == 0) {
    ours.reset();
    beTwin(probe.target(), theirs.get(), body);
  }
  theirs.reset();
  const std::string answer = readAll(ours.get());
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR)
    ;
  if (WIFSIGNALED(status) || answer.empty())
    Probe::fail("another process that ends by itself",
                WIFSIGNALED(status)
                    ? std::string("signal ") + sigdescr_np(WTERMSIG(status))
                    : "status " + std::to_string(WEXITSTATUS(status)));
  if (answer.front() == isDone)
    return answer.substr(1);
  AbiOutcome outcome;
  outcome.result = static_cast<AbiResult>(answer[1]);
  const auto [reason, rest] = llvm::StringRef(answer).drop_front(2).split('\n');
  const auto [want, got] = rest.split('\n');
  outcome.reason = reason.str();
  outcome.want = want.empty() ? "" : ("in another process: " + want).str();
  outcome.got = got.str();
  throw Ended{std::move(outcome)};
}

//===----------------------------------------------------------------------===//
// Compiled programs
//===----------------------------------------------------------------------===//

static void append(std::string &text, const void *data, size_t size) {
  text.append(reinterpret_cast<const char *>(&size), sizeof size);
  text.append(static_cast<const char *>(data), size);
}

std::string packed(const Compiled &compiled) {
  std::string text;
  append(text, compiled.blob.data(), compiled.blob.size());
  append(text, compiled.requirement.data(), compiled.requirement.size());
  append(text, &compiled.workspaceBytes, sizeof compiled.workspaceBytes);
  append(text, compiled.kept.data(), compiled.kept.size() * sizeof(uint32_t));
  for (const AlignedBytes &segment : compiled.made)
    append(text, segment.data(), segment.size());
  return text;
}

static llvm::StringRef next(llvm::StringRef &text) {
  size_t size = 0;
  std::memcpy(&size, text.data(), sizeof size);
  const llvm::StringRef part = text.substr(sizeof size, size);
  text = text.drop_front(sizeof size + size);
  return part;
}

Compiled unpacked(llvm::StringRef text) {
  auto bytes = [](llvm::StringRef part) {
    return AlignedBytes(llvm::ArrayRef(
        reinterpret_cast<const uint8_t *>(part.data()), part.size()));
  };
  Compiled compiled;
  compiled.blob = bytes(next(text));
  compiled.requirement = next(text).str();
  std::memcpy(&compiled.workspaceBytes, next(text).data(),
              sizeof compiled.workspaceBytes);
  const llvm::StringRef kept = next(text);
  compiled.kept.resize(kept.size() / sizeof(uint32_t));
  if (!kept.empty())
    std::memcpy(compiled.kept.data(), kept.data(), kept.size());
  while (!text.empty())
    compiled.made.push_back(bytes(next(text)));
  return compiled;
}

void setForeignEnvironment() {
  const bool isMoved = chdir("/") == 0;
  (void)isMoved;
  umask(0);
  setenv("TZ", "Pacific/Chatham", 1);
  setenv("HOME", "/nonexistent", 1);
  setenv("LC_ALL", "C.UTF-8", 1);
  setenv("TMPDIR", "/nonexistent", 1);
  setenv("OMP_NUM_THREADS", "7", 1);
  std::setlocale(LC_ALL, "C.UTF-8");
}

} // namespace glowplug::conformance
