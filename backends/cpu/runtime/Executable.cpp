// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A loaded program: checks of its blob, and its run.

#include "backends/cpu/runtime/Executable.h"

#include <algorithm>
#include <cstring>

namespace glowplug::cpu {
namespace {

/// A chunk takes at least this long, and a step that is split has at least two:
/// less work is not worth waking a thread.
constexpr uint64_t leastChunkPs = 2'000'000;
constexpr uint64_t chunksPerThread = 6;

llvm::Error error(const std::string &text) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                 "malformed program: " + text);
}

/// The records of \p part, if they lie within \p blob.
template <typename T>
llvm::Error readPart(llvm::ArrayRef<uint8_t> blob, const BlobPart &part,
                     const char *what, llvm::ArrayRef<T> &records) {
  if (part.offset > blob.size() || part.offset % alignof(T) != 0 ||
      part.count > (blob.size() - part.offset) / sizeof(T))
    return error(std::string(what) + " lie outside of its " +
                 std::to_string(blob.size()) + " bytes");
  records = llvm::ArrayRef(
      reinterpret_cast<const T *>(blob.data() + part.offset), part.count);
  return llvm::Error::success();
}

llvm::Error checkBuffer(const BufferRecord &buffer, const BlobHeader &header) {
  uint64_t limit = 0, bytes = ~uint64_t(0);
  switch (buffer.kind) {
  case BufferKind::workspace:
    limit = 1;
    bytes = header.workspaceBytes;
    break;
  case BufferKind::input:
    limit = header.inputCount;
    break;
  case BufferKind::output:
    limit = header.outputCount;
    break;
  case BufferKind::segment:
    limit = header.segmentCount;
    break;
  case BufferKind::rodata:
    limit = 1;
    bytes = header.rodata.count;
    break;
  case BufferKind::fault:
    limit = header.notes.count != 0;
    bytes = 0;
    break;
  }
  if (buffer.index >= limit || buffer.offset > bytes)
    return error("a buffer that does not exist");
  return llvm::Error::success();
}

llvm::Error checkSteps(llvm::ArrayRef<StepRecord> steps,
                       llvm::ArrayRef<BufferRecord> buffers,
                       const BlobHeader &header) {
  for (const StepRecord &step : steps)
    if (step.kernel >= header.kernelCount ||
        step.firstBuffer > buffers.size() ||
        step.bufferCount > buffers.size() - step.firstBuffer ||
        step.units > INT64_MAX)
      return error("a step that does not fit its tables");
  for (const BufferRecord &buffer : buffers)
    if (llvm::Error problem = checkBuffer(buffer, header))
      return problem;
  return llvm::Error::success();
}

/// One text per step, if there are any.
llvm::Error readNotes(llvm::ArrayRef<char> bytes, size_t steps,
                      std::vector<llvm::StringRef> &notes) {
  llvm::StringRef rest(bytes.data(), bytes.size());
  while (!rest.empty()) {
    const size_t end = rest.find('\0');
    if (end == llvm::StringRef::npos)
      return error("a note that does not end");
    notes.push_back(rest.take_front(end));
    rest = rest.drop_front(end + 1);
  }
  if (!notes.empty() && notes.size() != steps)
    return error(std::to_string(notes.size()) + " notes for " +
                 std::to_string(steps) + " steps");
  return llvm::Error::success();
}

int64_t chunksOf(const StepRecord &step, unsigned threads) {
  if (threads == 1)
    return 1;
  uint64_t cost = step.units * step.unitCostPs;
  uint64_t chunks =
      std::min({step.units, cost / leastChunkPs, threads * chunksPerThread});
  return static_cast<int64_t>(std::max<uint64_t>(1, chunks));
}

/// The header of \p blob, if it is of this version and undamaged.
llvm::Expected<BlobHeader> readHeader(llvm::ArrayRef<uint8_t> blob) {
  BlobHeader header;
  if (blob.size() < sizeof header)
    return error("only " + std::to_string(blob.size()) + " bytes");
  std::memcpy(&header, blob.data(), sizeof header);
  if (header.magic != blobMagic)
    return error("it does not begin like one");
  if (header.version != blobVersion)
    return error("version " + std::to_string(header.version) + ", expected " +
                 std::to_string(blobVersion));
  if (header.checksum != blobChecksum(blob))
    return error("its checksum is not that of its bytes");
  return header;
}

} // namespace

llvm::Expected<std::unique_ptr<Executable>>
Executable::load(llvm::ArrayRef<uint8_t> blob,
                 llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments,
                 unsigned threads) {
  llvm::Expected<BlobHeader> read = readHeader(blob);
  if (!read)
    return read.takeError();
  const BlobHeader &header = *read;
  if (segments.size() != header.segmentCount)
    return error("it needs " + std::to_string(header.segmentCount) +
                 " segments, but got " + std::to_string(segments.size()));

  llvm::ArrayRef<StepRecord> steps;
  llvm::ArrayRef<BufferRecord> buffers;
  llvm::ArrayRef<uint8_t> rodata;
  llvm::ArrayRef<char> object, noteBytes;
  if (auto problem = readPart(blob, header.steps, "steps", steps))
    return problem;
  if (auto problem = readPart(blob, header.buffers, "buffers", buffers))
    return problem;
  if (auto problem = readPart(blob, header.rodata, "constants", rodata))
    return problem;
  if (auto problem = readPart(blob, header.object, "instructions", object))
    return problem;
  if (auto problem = readPart(blob, header.notes, "notes", noteBytes))
    return problem;
  std::vector<llvm::StringRef> notes;
  if (auto problem = readNotes(noteBytes, steps.size(), notes))
    return problem;
  if (auto problem = checkSteps(steps, buffers, header))
    return problem;

  auto code =
      CodeMemory::load({object.data(), object.size()}, header.kernelCount);
  if (!code)
    return code.takeError();
  std::unique_ptr<Executable> result(new Executable(header, std::move(*code)));
  result->steps = steps;
  result->buffers = buffers;
  result->rodata = rodata.data();
  result->notes = std::move(notes);
  if (!result->notes.empty())
    result->fault = std::make_unique<AccessFault>();
  for (llvm::ArrayRef<uint8_t> segment : segments)
    result->segments.push_back(segment.data());
  result->addresses.resize(buffers.size());
  for (const StepRecord &step : steps)
    result->chunks.push_back(chunksOf(step, threads));
  // No threads are started that no step would use.
  if (std::any_of(result->chunks.begin(), result->chunks.end(),
                  [](int64_t count) { return count > 1; }))
    result->pool.emplace(threads);
  return result;
}

GP_CPU_CALLS_KERNELS
llvm::Error Executable::run(llvm::ArrayRef<const void *> inputs,
                            llvm::ArrayRef<void *> outputs, void *workspace) {
  if (fault)
    fault->clear();
  for (size_t i = 0; i < buffers.size(); ++i) {
    const BufferRecord &buffer = buffers[i];
    const void *base = nullptr;
    switch (buffer.kind) {
    case BufferKind::workspace:
      base = workspace;
      break;
    case BufferKind::input:
      base = inputs[buffer.index];
      break;
    case BufferKind::output:
      base = outputs[buffer.index];
      break;
    case BufferKind::segment:
      base = segments[buffer.index];
      break;
    case BufferKind::rodata:
      base = rodata;
      break;
    case BufferKind::fault:
      base = fault.get();
      break;
    }
    // Kernels write only what is theirs: scratch memory and outputs.
    addresses[i] = const_cast<uint8_t *>(static_cast<const uint8_t *>(base) +
                                         buffer.offset);
  }
  for (size_t i = 0; i < steps.size(); ++i) {
    const StepRecord &step = steps[i];
    KernelFunction kernel = code.kernel(step.kernel);
    void *const *arguments = addresses.data() + step.firstBuffer;
    auto units = static_cast<int64_t>(step.units);
    if (chunks[i] == 1)
      kernel(arguments, 0, units);
    else
      pool->run(kernel, arguments, units, chunks[i]);
    if (fault && fault->happened())
      return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                     notes[i].str() + ": kernel " +
                                         std::to_string(step.kernel) + " " +
                                         fault->describe());
  }
  return llvm::Error::success();
}

} // namespace glowplug::cpu
