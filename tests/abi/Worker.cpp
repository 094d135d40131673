// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One half of a compiler and runtime that share nothing but files:
//   abi-worker compile PLUGIN IMAGE BLOB FACTS
//   abi-worker run PLUGIN BLOB FACTS INPUTS input... (output bytes)...
// Segments that were made stand in BLOB.0, BLOB.1 and so on.

#include "core/runtime/Executable.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <string>

using namespace glowplug;

namespace {

llvm::ExitOnError check("abi-worker: ");

AlignedBytes readFile(const std::string &path) {
  auto buffer = check(llvm::errorOrToExpected(
      llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                  /*RequiresNullTerminator=*/false)));
  return AlignedBytes(llvm::arrayRefFromStringRef(buffer->getBuffer()));
}

/// readFile() with the path in the message.
AlignedBytes readInput(const std::string &path) {
  check.setBanner("abi-worker: " + path + ": ");
  AlignedBytes bytes = readFile(path);
  check.setBanner("abi-worker: ");
  return bytes;
}

void writeFile(const std::string &path, llvm::ArrayRef<uint8_t> bytes) {
  std::error_code code;
  llvm::raw_fd_ostream file(path, code);
  check(llvm::errorCodeToError(code));
  file << llvm::toStringRef(bytes);
}

std::shared_ptr<Backend> openBackend(const std::string &library) {
  return check(Backend::create(check(Plugin::open(library))));
}

int compile(llvm::ArrayRef<std::string> arguments) {
  const AlignedBytes image = readInput(arguments[1]);
  auto program = check(openBackend(arguments[0])->compile(image, {}));
  if (!program.keptSegments.empty()) {
    llvm::errs() << "abi-worker: an image with segments is not handled\n";
    return 1;
  }
  for (size_t i = 0; i < program.segments.size(); ++i)
    writeFile(arguments[2] + "." + std::to_string(i), program.segments[i]);
  writeFile(arguments[2], program.blob);
  const std::string facts = std::to_string(program.workspaceBytes) + " " +
                            std::to_string(program.segments.size()) + " " +
                            program.requirement;
  writeFile(arguments[3], llvm::arrayRefFromStringRef(facts));
  return 0;
}

int run(llvm::ArrayRef<std::string> arguments) {
  const AlignedBytes blob = readInput(arguments[1]);
  const AlignedBytes facts = readInput(arguments[2]);
  auto [workspaceBytes, rest] =
      llvm::toStringRef(llvm::ArrayRef<uint8_t>(facts)).split(' ');
  auto [segmentCount, requirement] = rest.split(' ');
  std::vector<AlignedBytes> segments;
  for (size_t i = 0; i < std::stoul(segmentCount.str()); ++i)
    segments.push_back(readInput(arguments[1] + "." + std::to_string(i)));
  LoadRequest request;
  request.blob = blob;
  request.requirement = requirement.str();
  for (const AlignedBytes &segment : segments)
    request.segments.push_back(segment);
  auto executable = check(openBackend(arguments[0])->load(request));

  const size_t inputCount = std::stoul(arguments[3]);
  std::vector<AlignedBytes> inputs, outputs;
  std::vector<gp_bytes> given;
  std::vector<void *> places;
  arguments = arguments.drop_front(4);
  for (const std::string &path : arguments.take_front(inputCount)) {
    inputs.push_back(readInput(path));
    given.push_back({inputs.back().data(), inputs.back().size()});
  }
  arguments = arguments.drop_front(inputCount);
  for (size_t i = 1; i < arguments.size(); i += 2) {
    outputs.emplace_back(std::stoul(arguments[i]));
    places.push_back(outputs.back().data());
  }
  AlignedBytes workspace(std::stoul(workspaceBytes.str()));
  check(executable->run(given, places, workspace.data()));
  for (size_t i = 0; i < outputs.size(); ++i)
    writeFile(arguments[2 * i], outputs[i]);
  return 0;
}

} // namespace

int main(int argc, char **argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const llvm::ArrayRef<std::string> rest =
      llvm::ArrayRef(arguments).drop_front(arguments.empty() ? 0 : 1);
  if (rest.size() == 4 && arguments[0] == "compile")
    return compile(rest);
  if (rest.size() >= 4 && arguments[0] == "run" &&
      rest.size() >= 4 + std::stoul(rest[3]))
    return run(rest);
  llvm::errs() << "usage: abi-worker compile|run PLUGIN ...\n";
  return 2;
}
