// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which call of which plugin a thread is in, so that a process that is about
/// to die can say so.

#pragma once

#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace glowplug {

/// A thread is in a plugin as long as one of these lives on its stack. Costs a
/// few stores.
class PluginCall {
public:
  /// \p backend and \p function outlive the call.
  PluginCall(llvm::StringRef backend, llvm::StringRef function);
  ~PluginCall();
  PluginCall(const PluginCall &) = delete;
  PluginCall &operator=(const PluginCall &) = delete;

  llvm::StringRef backend, function;
  uint32_t part;
  PluginCall *outer; ///< The call of this thread around it, if any.
};

/// The name of the function that this process is in is written to \p place,
/// which ends with a zero, whenever it changes: memory that another process
/// sees. Empty outside of plugins. Calls of several threads overwrite one
/// another.
void showPluginCalls(char *place, size_t size);

/// The number of records that the call at hand has given is written to \p
/// place.
void showPluginAnswers(uint32_t *place);
/// Called for each such record.
void countPluginAnswer();

/// The number of a part in the plan; calls of this thread are for it as long
/// as the object lives.
class PartMark {
public:
  explicit PartMark(uint32_t part);
  ~PartMark();
  PartMark(const PartMark &) = delete;
  PartMark &operator=(const PartMark &) = delete;

private:
  uint32_t before;
};

/// The part that calls of this thread are for; the largest number for none.
uint32_t currentPart();

/// The innermost call of this thread; null outside of plugins. Async-signal
/// safe.
const PluginCall *currentPluginCall();

/// Any call that some thread is in, for threads that a plugin started itself;
/// null if there is none. Async-signal safe.
const PluginCall *anyPluginCall();

/// Writes what is known about a fatal signal into \p text, which ends with a
/// zero: "hello: run of part 2 crashed: signal 11 (Segmentation fault) at
/// address 0x10". Async-signal safe. Returns the length; 0 if no thread is in a
/// plugin.
size_t describeFatalSignal(int signal, const void *address, const void *context,
                           char *text, size_t size);

/// Explains an address that faulted, such as the memory around a buffer.
/// Writes at most \p size bytes into \p text and returns how many; 0 if it does
/// not know the address. Async-signal safe.
using AddressExplainer = size_t (*)(const void *address, char *text,
                                    size_t size);
/// At most one at a time; null for none.
void setAddressExplainer(AddressExplainer explainer);

/// From now on a fatal signal inside of a plugin calls \p report with the line
/// of describeFatalSignal(), after which the signal takes its usual course, and
/// so does a signal outside of plugins. \p report is async-signal safe.
void reportFatalSignals(void (*report)(const char *line, size_t length));

} // namespace glowplug
