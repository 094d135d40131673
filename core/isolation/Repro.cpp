// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Failed calls of plugins, kept so that they can be made again.

#include "core/isolation/Repro.h"

#include "core/isolation/wire_generated.h"
#include "core/support/Sha256.h"
#include "core/support/WriteFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace glowplug::isolation {

namespace path = llvm::sys::path;

static constexpr llvm::StringLiteral requestSuffix = ".request";
static constexpr llvm::StringLiteral fileSuffix = ".data";
static constexpr llvm::StringLiteral messageFile = "message.txt";

static std::string in(llvm::StringRef folder, const llvm::Twine &name) {
  llvm::SmallString<128> result(folder);
  path::append(result, name);
  return result.str().str();
}

static llvm::Error writeBytes(const std::string &name,
                              llvm::ArrayRef<uint8_t> bytes) {
  return writeFile(name, [&](llvm::raw_ostream &os) {
    os.write(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  });
}

/// Writes the contents of a file in memory.
static llvm::Error writeContents(const std::string &name, int file) {
  struct stat status{};
  if (file < 0 || fstat(file, &status) != 0 || status.st_size == 0)
    return llvm::Error::success();
  const auto size = static_cast<size_t>(status.st_size);
  void *const at = mmap(nullptr, size, PROT_READ, MAP_SHARED, file, 0);
  if (at == MAP_FAILED)
    return llvm::createStringError("cannot read the file of a call");
  llvm::Error error =
      writeBytes(name, {static_cast<const uint8_t *>(at), size});
  munmap(at, size);
  return error;
}

/// The image that a call is about is a file of its own, for `glowplug inspect`.
static llvm::Error writeImage(llvm::StringRef folder, const MadeCall &call) {
  const auto *request =
      flatbuffers::GetRoot<wire::Request>(call.request.data());
  const wire::Range *image = nullptr;
  if (const auto *check = request->ask_as_Check())
    image = check->image();
  else if (const auto *compile = request->ask_as_Compile())
    image = compile->image();
  else if (const auto *schedule = request->ask_as_Schedule())
    image = schedule->image();
  if (!image)
    return llvm::Error::success();
  std::vector<uint8_t> bytes(image->bytes());
  if (pread(call.file.get(), bytes.data(), bytes.size(),
            static_cast<off_t>(image->offset())) !=
      static_cast<ssize_t>(bytes.size()))
    return llvm::createStringError("cannot read the image of a call");
  return writeBytes(in(folder, call.name + ".gpim"), bytes);
}

/// The name of the folder of \p calls. The subject may be the path of a
/// library.
static std::string folderName(llvm::StringRef backend,
                              llvm::ArrayRef<const MadeCall *> calls) {
  std::vector<uint8_t> all;
  for (const MadeCall *call : calls)
    all.insert(all.end(), call->request.begin(), call->request.end());
  return (path::filename(backend) + "-" + calls.back()->name + "-" +
          llvm::StringRef(sha256Text(sha256(all))).take_front(8))
      .str();
}

static llvm::Error writeInto(llvm::StringRef folder,
                             llvm::ArrayRef<const MadeCall *> calls,
                             llvm::StringRef message) {
  for (auto [index, call] : llvm::enumerate(calls)) {
    const std::string name = std::to_string(index) + "-" + call->name;
    if (llvm::Error error =
            writeBytes(in(folder, name + requestSuffix), call->request))
      return error;
    if (llvm::Error error =
            writeContents(in(folder, name + fileSuffix), call->file.get()))
      return error;
  }
  if (llvm::Error error = writeImage(folder, *calls.back()))
    return error;
  return writeFile(in(folder, messageFile),
                   [&](llvm::raw_ostream &os) { os << message << '\n'; });
}

llvm::Expected<std::string> writeCalls(llvm::StringRef parent,
                                       llvm::StringRef backend,
                                       llvm::ArrayRef<const MadeCall *> calls,
                                       llvm::StringRef message) {
  auto cannotMake = [](llvm::StringRef folder, std::error_code code) {
    return llvm::createStringError("cannot make the folder '" + folder +
                                   "': " + code.message());
  };
  if (std::error_code code = llvm::sys::fs::create_directories(parent))
    return cannotMake(parent, code);
  llvm::SmallString<128> final(in(parent, folderName(backend, calls)));
  llvm::sys::fs::make_absolute(final);
  if (llvm::sys::fs::exists(final))
    return final.str().str();
  llvm::SmallString<128> folder;
  llvm::sys::fs::createUniquePath(final + ".%%%%%%", folder,
                                  /*MakeAbsolute=*/false);
  if (std::error_code code = llvm::sys::fs::create_directory(
          folder, /*IgnoreExisting=*/false, llvm::sys::fs::owner_all))
    return cannotMake(folder, code);
  llvm::Error error = writeInto(folder, calls, message);
  // Where another process was faster, its folder will do.
  if (error || llvm::sys::fs::rename(folder, final))
    llvm::sys::fs::remove_directories(folder);
  if (error)
    return std::move(error);
  return final.str().str();
}

void forgetOldCalls(llvm::StringRef parent, size_t most) {
  std::vector<std::pair<llvm::sys::TimePoint<>, std::string>> folders;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator entry(parent, error), end;
       !error && entry != end; entry.increment(error))
    if (auto status = entry->status();
        status && llvm::sys::fs::exists(in(entry->path(), messageFile)))
      folders.emplace_back(status->getLastModificationTime(), entry->path());
  llvm::sort(folders);
  for (size_t i = 0; i + most < folders.size(); ++i)
    llvm::sys::fs::remove_directories(folders[i].second);
}

std::vector<std::string> keptCalls(llvm::StringRef folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator entry(folder, error), end;
       !error && entry != end; entry.increment(error)) {
    llvm::StringRef name = path::filename(entry->path());
    if (name.consume_back(requestSuffix))
      names.push_back(name.str());
  }
  llvm::sort(names);
  return names;
}

llvm::Expected<KeptCall> KeptCall::read(llvm::StringRef folder,
                                        llvm::StringRef name) {
  const std::string file = in(folder, name + requestSuffix);
  auto request = llvm::MemoryBuffer::getFile(file, /*IsText=*/false,
                                             /*RequiresNullTerminator=*/false);
  if (!request)
    return llvm::createStringError("cannot read '" + file +
                                   "': " + request.getError().message());
  const auto *bytes =
      reinterpret_cast<const uint8_t *>((*request)->getBufferStart());
  KeptCall call;
  call.request.assign(bytes, bytes + (*request)->getBufferSize());
  flatbuffers::Verifier verifier(call.request.data(), call.request.size());
  if (!verifier.VerifyBuffer<wire::Request>(nullptr))
    return llvm::createStringError("'" + file + "' is not a kept call");
  const std::string dataFile = in(folder, name + fileSuffix);
  auto data = llvm::MemoryBuffer::getFile(dataFile, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!data)
    return call; // a call without a file
  call.file = process::Descriptor(
      memfd_create("glowplug-replay", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (write(call.file.get(), (*data)->getBufferStart(),
            (*data)->getBufferSize()) !=
      static_cast<ssize_t>((*data)->getBufferSize()))
    return llvm::createStringError("cannot read '" + dataFile + "'");
  const auto *root = flatbuffers::GetRoot<wire::Request>(call.request.data());
  if (root->ask_type() != wire::Ask::Share) // which is written to
    fcntl(call.file.get(), F_ADD_SEALS,
          F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
  return call;
}

} // namespace glowplug::isolation
