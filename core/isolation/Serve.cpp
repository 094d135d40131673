// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The worker's side: requests that come over a channel or from a folder.

#include "core/isolation/Serve.h"

#include "core/isolation/Protocol.h"
#include "core/isolation/Repro.h"
#include "core/isolation/Server.h"

#include "llvm/Support/raw_ostream.h"

#include <cstdio>

namespace glowplug::isolation {

int serveBackend(process::Channel &channel, bool isStrict, bool looksForLeaks) {
  Server server(isStrict, looksForLeaks);
  process::Message message;
  process::Descriptor before; ///< the last file that came
  while (!channel.receive(message, mostPayload, std::nullopt)) {
    const auto *request =
        flatbuffers::GetRoot<wire::Request>(message.payload.data());
    const wire::AnswerT answer = server.answer(*request, message.file.get());
    std::fflush(stdout); // the host may end this process at any time
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(wire::Answer::Pack(builder, &answer));
    llvm::Expected<int> file = server.file();
    if (!file) {
      llvm::errs() << llvm::toString(file.takeError()) << '\n';
      return 1;
    }
    if (channel.send(answerKind,
                     {std::as_bytes(std::span(builder.GetBufferPointer(),
                                              builder.GetSize()))},
                     *file, std::nullopt))
      return 1;
    // The one before goes now, while the host does not wait. This one stays, so
    // that it is this process which frees it if the host is done with it.
    if (message.file)
      before = std::move(message.file);
  }
  return 0;
}

int replay(const char *folder) {
  Server server(/*isStrict=*/false, /*looksForLeaks=*/false);
  for (const std::string &name : keptCalls(folder)) {
    llvm::Expected<KeptCall> call = KeptCall::read(folder, name);
    if (!call) {
      llvm::errs() << llvm::toString(call.takeError()) << '\n';
      return 2;
    }
    const auto *request =
        flatbuffers::GetRoot<wire::Request>(call->request.data());
    const wire::AnswerT answer = server.answer(*request, call->file.get());
    llvm::outs() << name << ": ";
    if (const wire::FailedT *failed = answer.reply.AsFailed())
      llvm::outs() << failed->subject << ": " << failed->message << '\n';
    else
      llvm::outs() << "succeeded\n";
  }
  return 0;
}

} // namespace glowplug::isolation
