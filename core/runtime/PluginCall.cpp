// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which call of which plugin a thread is in, and what a fatal signal says of
// it.

#include "core/runtime/PluginCall.h"

#include "core/runtime/SafeText.h"

#include <array>
#include <atomic>
#include <csignal>
#include <cstring>
#include <sys/mman.h>
#include <sys/resource.h>
#include <ucontext.h>

namespace glowplug {
namespace {

constexpr uint32_t noPart = UINT32_MAX;

// "initial-exec": a signal handler must not allocate thread-local memory.
[[gnu::tls_model("initial-exec")]] thread_local PluginCall *current = nullptr;
thread_local uint32_t markedPart = noPart;

/// Calls of all threads. A call that finds no free slot is not listed.
std::array<std::atomic<PluginCall *>, 64> calls;

/// Where calls are shown, if anywhere.
char *shownPlace = nullptr;
size_t shownSize = 0;
uint32_t *shownAnswers = nullptr;

void show(llvm::StringRef function) {
  if (shownAnswers)
    *shownAnswers = 0;
  if (shownPlace)
    (SafeText(shownPlace, shownSize) << function).finish();
}

std::atomic<AddressExplainer> addressExplainer{nullptr};
void (*fatalReport)(const char *, size_t) = nullptr;

/// Whether \p address is near the stack pointer of \p context: a stack that
/// has grown into its guard page.
bool isNearStack(const void *address, const void *context) {
#if defined(__x86_64__)
  constexpr uint64_t near = 1 << 16;
  const auto *state = static_cast<const ucontext_t *>(context);
  const auto stack = static_cast<uint64_t>(state->uc_mcontext.gregs[REG_RSP]);
  const auto at = reinterpret_cast<uint64_t>(address);
  return at + near > stack && at < stack + near;
#else
  (void)address, (void)context;
  return false;
#endif
}

void handleFatalSignal(int signal, siginfo_t *info, void *context) {
  char line[512];
  const size_t length =
      describeFatalSignal(signal, info->si_addr, context, line, sizeof line);
  if (length != 0)
    fatalReport(line, length);
  // SA_RESETHAND: this time it ends the process.
  raise(signal);
}

} // namespace

PluginCall::PluginCall(llvm::StringRef backend, llvm::StringRef function)
    : backend(backend), function(function), part(markedPart), outer(current) {
  current = this;
  show(function);
  for (std::atomic<PluginCall *> &slot : calls) {
    PluginCall *free = nullptr;
    if (slot.load(std::memory_order_relaxed) == nullptr &&
        slot.compare_exchange_strong(free, this))
      return;
  }
}

PluginCall::~PluginCall() {
  current = outer;
  show(outer ? outer->function : "");
  for (std::atomic<PluginCall *> &slot : calls) {
    PluginCall *own = this;
    if (slot.load(std::memory_order_relaxed) == this &&
        slot.compare_exchange_strong(own, nullptr))
      return;
  }
}

void showPluginCalls(char *place, size_t size) {
  shownPlace = place;
  shownSize = size;
}

PartMark::PartMark(uint32_t part) : before(markedPart) { markedPart = part; }
PartMark::~PartMark() { markedPart = before; }

void showPluginAnswers(uint32_t *place) { shownAnswers = place; }

void countPluginAnswer() {
  if (shownAnswers)
    ++*shownAnswers;
}

uint32_t currentPart() { return markedPart; }

const PluginCall *currentPluginCall() { return current; }

const PluginCall *anyPluginCall() {
  for (const std::atomic<PluginCall *> &slot : calls)
    if (const PluginCall *call = slot.load())
      return call;
  return nullptr;
}

void setAddressExplainer(AddressExplainer explainer) {
  addressExplainer = explainer;
}

size_t describeFatalSignal(int signal, const void *address, const void *context,
                           char *text, size_t size) {
  const PluginCall *call = currentPluginCall();
  const bool isOwnThread = call != nullptr;
  if (!call)
    call = anyPluginCall();
  if (!call || size == 0)
    return 0;
  SafeText out(text, size);
  out << call->backend << ": " << call->function;
  if (call->part != noPart)
    out << " of part " << uint64_t{call->part};
  out << (isOwnThread ? "" : ", or a thread beside it,");
  const char *const name = sigdescr_np(signal);
  out << " crashed: signal " << static_cast<uint64_t>(signal) << " ("
      << (name ? name : "unknown") << ")";
  if (signal != SIGSEGV && signal != SIGBUS)
    return out.finish();
  if (isNearStack(address, context))
    out << ": the stack overflowed";
  else
    (out << " at address 0x").number(reinterpret_cast<uint64_t>(address), 16);
  char why[256];
  if (const AddressExplainer explain = addressExplainer)
    if (const size_t count = explain(address, why, sizeof why))
      out << ", " << llvm::StringRef(why, count);
  return out.finish();
}

void reportFatalSignals(void (*report)(const char *, size_t)) {
  fatalReport = report;
  // A stack of its own: that of the thread may be what overflowed.
  constexpr size_t stackBytes = 1 << 16;
  stack_t stack{};
  stack.ss_sp = mmap(nullptr, stackBytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  stack.ss_size = stackBytes;
  if (stack.ss_sp != MAP_FAILED)
    sigaltstack(&stack, nullptr);
  struct sigaction action{};
  action.sa_sigaction = handleFatalSignal;
  action.sa_flags =
      SA_SIGINFO | SA_ONSTACK | static_cast<int>(SA_RESETHAND) | SA_NODEFER;
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT})
    sigaction(signal, &action, nullptr);
}

} // namespace glowplug
