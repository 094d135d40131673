// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes the blob of a compiled program.

#include "backends/cpu/compiler/lower/WriteBlob.h"

#include <cstring>

namespace glowplug::cpu {
namespace {

class Writer {
public:
  /// Reserves place for the header.
  Writer() : bytes(sizeof(BlobHeader)) {}

  template <typename T>
  BlobPart append(llvm::ArrayRef<T> items) {
    bytes.resize((bytes.size() + 63) / 64 * 64);
    BlobPart part{bytes.size(), items.size()};
    auto *data = reinterpret_cast<const uint8_t *>(items.data());
    bytes.insert(bytes.end(), data, data + items.size() * sizeof(T));
    return part;
  }

  std::vector<uint8_t> finish(BlobHeader header) {
    std::memcpy(bytes.data(), &header, sizeof header);
    header.checksum = blobChecksum(bytes);
    std::memcpy(bytes.data(), &header, sizeof header);
    return std::move(bytes);
  }

private:
  std::vector<uint8_t> bytes;
};

} // namespace

std::vector<uint8_t> writeBlob(const Lowering &l, const Placement &placement,
                               llvm::ArrayRef<char> object) {
  std::vector<StepRecord> steps;
  std::vector<BufferRecord> buffers;
  for (const Step &step : l.steps) {
    steps.push_back({step.kernel, static_cast<uint32_t>(buffers.size()),
                     static_cast<uint32_t>(step.buffers.size()), 0,
                     static_cast<uint64_t>(step.units), step.unitCostPs});
    for (const Step::Buffer &buffer : step.buffers) {
      BufferRecord record = placement.storages[buffer.storage];
      record.offset += static_cast<uint64_t>(buffer.offset);
      buffers.push_back(record);
    }
  }
  Writer writer;
  BlobHeader header{};
  header.magic = blobMagic;
  header.version = blobVersion;
  header.kernelCount = l.kernelCount;
  header.steps = writer.append(llvm::ArrayRef(steps));
  header.buffers = writer.append(llvm::ArrayRef(buffers));
  header.rodata = writer.append(llvm::ArrayRef(l.rodata));
  header.object = writer.append(object);
  header.inputCount = static_cast<uint32_t>(l.program.inputs.size());
  header.outputCount = static_cast<uint32_t>(l.program.outputs.size());
  header.segmentCount = static_cast<uint32_t>(l.madeSegments.size() +
                                              placement.keptSegments.size());
  header.workspaceBytes = placement.workspaceBytes;
  return writer.finish(header);
}

} // namespace glowplug::cpu
