// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Makes the calls that requests ask for, of one plugin in this process.

#pragma once

#include "core/isolation/Buffers.h"
#include "core/isolation/Parcel.h"
#include "core/isolation/wire_generated.h"
#include "core/runtime/Backend.h"
#include "core/runtime/Executable.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <chrono>
#include <map>
#include <memory>
#include <optional>

namespace glowplug::isolation {

/// A loaded program with what has to outlive it.
struct LoadedProgram {
  std::shared_ptr<Delivery> bytes;
  std::unique_ptr<Executable> executable;
  std::unique_ptr<WorkerBuffers> buffers;
  bool hasRun = false;
};

/// Holds the plugin, its executables and the last answer. One thread uses it.
class Server {
public:
  Server(bool isStrict, bool looksForLeaks)
      : isStrict(isStrict), looksForLeaks(looksForLeaks) {}

  /// The answer to \p request, which came with \p file. What it refers to stays
  /// until the next one.
  wire::AnswerT answer(const wire::Request &request, int file);
  /// The file that goes with the last answer, or -1.
  llvm::Expected<int> file() { return parcel.seal(); }

private:
  using Reply = llvm::Expected<wire::ReplyUnion>;

  void forgetAnswer();
  Reply perform(const wire::Request &request, int file);
  Reply open(const wire::Open &ask, int file);
  Reply check(const wire::Check &ask, const Delivery &delivery);
  Reply compile(const wire::Compile &ask, const Delivery &delivery);
  Reply machine();
  Reply schedule(const wire::Schedule &ask, const Delivery &delivery);
  Reply encode(const wire::Encode &ask, const Delivery &delivery);
  Reply load(const wire::Load &ask, std::shared_ptr<Delivery> delivery);
  Reply share(const wire::Share &ask, int file);
  Reply run(const wire::Run &ask);
  Reply lastRun(const wire::LastRun &ask);
  Reply unload(const wire::Unload &ask);
  Reply close();
  void keepAnswersInParcel();
  /// With looksForLeaks: an error if \p call, which is to \p function, leaves
  /// memory behind whenever it is made. It has been made once for this request.
  llvm::Error lookForLeaks(llvm::StringRef function,
                           llvm::function_ref<llvm::Error()> call);
  llvm::Error runOnce(LoadedProgram &program);
  Reply pack(llvm::Expected<CompiledProgram> compiled);
  llvm::Expected<LoadedProgram *> programOf(uint32_t executable);

  bool isStrict;
  bool looksForLeaks;
  std::chrono::steady_clock::time_point begin; ///< of the request at hand
  std::shared_ptr<Backend> backend;
  std::map<uint32_t, LoadedProgram> programs;
  uint32_t nextProgram = 0;

  Parcel parcel; ///< what goes with the last answer
  /// What it refers to.
  std::optional<CompiledProgram> compiled;
  std::optional<InstrProgram> scheduled;
  AlignedBytes machineBytes;
};

} // namespace glowplug::isolation
