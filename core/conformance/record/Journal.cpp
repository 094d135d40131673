// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The file that a run appends its records to.

#include "core/conformance/record/Journal.h"

#include "core/conformance/record/Json.h"
#include "core/support/FaultError.h"

#include "llvm/Support/MemoryBuffer.h"

#include <cerrno>
#include <cstring>
#include <set>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace glowplug::conformance {

static constexpr uint64_t version = 1;
static constexpr const char *versionKey = "glowplug_journal";

static llvm::Error resourceFault(const std::string &path, const char *what) {
  return makeFault(FaultKind::resources,
                   llvm::Twine("cannot ") + what + " '" + path +
                       "': " + std::strerror(errno),
                   path);
}

/// A fault unless \p text is the first line of a journal of \p key.
static llvm::Error checkKey(llvm::StringRef text, const RunKey &key,
                            const std::string &path) {
  llvm::Expected<Json> json = parseJson(text, path + ":1");
  if (!json)
    return json.takeError();
  ObjectReader fields(*json, path + ":1");
  fields.require(fields.count(versionKey) == version, versionKey,
                 "needs " + std::to_string(version));
  const RunKey found = fields.textMap("run");
  if (llvm::Error error = fields.finish())
    return error;
  std::set<std::string> names;
  for (const RunKey *map : {&key, &found})
    for (const auto &[name, unused] : *map)
      names.insert(name);
  const auto valueOf = [](const RunKey &map, const std::string &name) {
    const auto value = map.find(name);
    return value == map.end() ? "nothing" : "'" + value->second + "'";
  };
  for (const std::string &name : names)
    if (valueOf(key, name) != valueOf(found, name))
      return makeFault(FaultKind::usage,
                       "'" + path + "' is of another run: its " + name +
                           " is " + valueOf(found, name) +
                           ", but this run has " + valueOf(key, name),
                       path);
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<Journal>>
Journal::open(const std::string &path, const RunKey &key, unsigned syncEvery) {
  const int file =
      ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0)
    return resourceFault(path, "open");
  std::unique_ptr<Journal> journal(new Journal(path, file, syncEvery));
  if (flock(file, LOCK_EX | LOCK_NB) != 0)
    return makeFault(FaultKind::usage,
                     "'" + path + "' is in use by another run", path);
  if (llvm::Error error = journal->resume(key))
    return error;
  return journal;
}

Journal::~Journal() { ::close(file); }

/// Reads what is there, cuts off a torn line, and writes the key if there is
/// none.
llvm::Error Journal::resume(const RunKey &key) {
  struct stat status;
  if (fstat(file, &status) != 0)
    return resourceFault(path, "read");
  auto read = llvm::MemoryBuffer::getOpenFile(
      file, path, static_cast<uint64_t>(status.st_size),
      /*RequiresNullTerminator=*/false,
      /*IsVolatile=*/true);
  if (!read)
    return makeFault(FaultKind::resources,
                     "cannot read '" + path + "': " + read.getError().message(),
                     path);
  llvm::StringRef rest = (*read)->getBuffer();
  std::set<std::string> names;
  for (unsigned number = 1; rest.contains('\n'); ++number) {
    const auto [line, after] = rest.split('\n');
    if (number == 1) {
      if (llvm::Error error = checkKey(line, key, path))
        return error;
    } else {
      llvm::Expected<CaseRecord> record = recordOfLine(line);
      if (!record && after.empty()) { // torn by a failure of the machine
        llvm::consumeError(record.takeError());
        break;
      }
      if (!record)
        return makeFault(FaultKind::model,
                         path + ":" + std::to_string(number) + ": " +
                             llvm::toString(record.takeError()),
                         path);
      if (!names.insert(record->name).second)
        return makeFault(FaultKind::model,
                         path + ":" + std::to_string(number) + ": case '" +
                             record->name + "' is there twice",
                         path);
      records.push_back(std::move(*record));
    }
    bytes += line.size() + 1;
    rest = after;
  }
  const llvm::StringRef head = "{\"glowplug_journal\":";
  if (bytes == 0 && !head.starts_with(rest.take_front(head.size())))
    return makeFault(FaultKind::usage, "'" + path + "' is no journal", path);
  if (ftruncate(file, static_cast<off_t>(bytes)) != 0)
    return resourceFault(path, "write");
  if (bytes != 0)
    return llvm::Error::success();
  return write(jsonLine({{versionKey, version}, {"run", key}}) + "\n");
}

/// Appends all of \p line, or nothing.
llvm::Error Journal::write(const std::string &line) {
  size_t done = 0;
  while (done != line.size()) {
    const ssize_t count = ::write(file, line.data() + done, line.size() - done);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0) {
      llvm::Error error = resourceFault(path, "write");
      // If this fails too, the line is torn, which a reader copes with.
      [[maybe_unused]] const int cut =
          ftruncate(file, static_cast<off_t>(bytes));
      return error;
    }
    done += static_cast<size_t>(count);
  }
  bytes += line.size();
  return llvm::Error::success();
}

llvm::Error Journal::append(const CaseRecord &record) {
  const std::string line = toLine(record) + "\n";
  {
    const std::lock_guard<std::mutex> lock(mutex);
    if (llvm::Error error = write(line))
      return error;
    if (++unsynced < syncEvery)
      return llvm::Error::success();
  }
  return sync();
}

llvm::Error Journal::sync() {
  const std::lock_guard<std::mutex> lock(mutex);
  unsynced = 0;
  if (fdatasync(file) != 0)
    return resourceFault(path, "write");
  return llvm::Error::success();
}

} // namespace glowplug::conformance
