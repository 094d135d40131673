// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a process has besides its plugin.

#include "core/conformance/abi/Surroundings.h"

#include <cfenv>
#include <clocale>
#include <csignal>
#include <cstring>
#include <dirent.h>
#include <fstream>
#include <malloc.h>
#include <memory>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

namespace glowplug::conformance {
namespace {

std::string localeText() { return std::setlocale(LC_ALL, nullptr); }

std::string folderText() {
  char path[4096];
  return getcwd(path, sizeof path) ? path : "?";
}

std::string fileMaskText() {
  const mode_t mask = umask(0);
  umask(mask);
  return std::to_string(mask);
}

std::string environmentText() {
  std::string text;
  for (char **at = environ; *at; ++at)
    text += std::string(*at) + '\n';
  return text;
}

std::string signalMaskText() {
  sigset_t mask;
  sigemptyset(&mask);
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  std::string text;
  for (int signal = 1; signal < SIGRTMAX; ++signal)
    if (sigismember(&mask, signal) == 1)
      text += std::to_string(signal) + ' ';
  return text;
}

std::string signalHandlerText() {
  std::string text;
  for (int signal = 1; signal < SIGRTMAX; ++signal) {
    struct sigaction action{};
    if (sigaction(signal, nullptr, &action) != 0)
      continue;
    const auto handler = (action.sa_flags & SA_SIGINFO) != 0
                             ? reinterpret_cast<uintptr_t>(action.sa_sigaction)
                             : reinterpret_cast<uintptr_t>(action.sa_handler);
    text += std::to_string(signal) + '=' + std::to_string(handler) + ' ';
  }
  return text;
}

std::string limitText() {
  std::string text;
  for (const int which : {RLIMIT_AS, RLIMIT_CORE, RLIMIT_DATA, RLIMIT_NOFILE,
                          RLIMIT_STACK, RLIMIT_MEMLOCK, RLIMIT_FSIZE}) {
    rlimit limit{};
    getrlimit(static_cast<__rlimit_resource>(which), &limit);
    text += std::to_string(limit.rlim_cur) + ' ';
  }
  return text;
}

std::string priorityText() {
  return std::to_string(getpriority(PRIO_PROCESS, 0)) + ' ' +
         std::to_string(std::fegetround());
}

std::string alternateStackText() {
  stack_t stack{};
  sigaltstack(nullptr, &stack);
  return std::to_string(reinterpret_cast<uintptr_t>(stack.ss_sp)) + ' ' +
         std::to_string(stack.ss_flags);
}

std::size_t entriesOf(const char *folder) {
  const std::unique_ptr<DIR, int (*)(DIR *)> open(opendir(folder), closedir);
  std::size_t count = 0;
  while (open && readdir(open.get()))
    ++count;
  return count;
}

} // namespace

const std::vector<Surrounding> &surroundings() {
  static const std::vector<Surrounding> all = {
      {"locale", "the locale", localeText},
      {"folder", "the working directory", folderText},
      {"file-mask", "the mask of new files", fileMaskText},
      {"variables", "the environment variables", environmentText},
      {"signal-mask", "the signal mask of the thread", signalMaskText},
      {"signal-handlers", "the signal handlers", signalHandlerText},
      {"limits", "the limits of the process", limitText},
      {"priority", "the priority and the rounding", priorityText},
      {"signal-stack", "the stack of signal handlers", alternateStackText},
  };
  return all;
}

// The listing itself opens one, each time.
std::size_t descriptorCount() { return entriesOf("/proc/self/fd"); }

std::size_t threadCount() { return entriesOf("/proc/self/task"); }

uint64_t privateBytes() {
  std::ifstream file("/proc/self/statm");
  uint64_t size = 0, resident = 0, shared = 0;
  file >> size >> resident >> shared;
  return (resident - shared) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

uint64_t heapBytes() { return mallinfo2().uordblks; }

bool hasChildren() { return waitpid(-1, nullptr, WNOHANG) >= 0; }

} // namespace glowplug::conformance
