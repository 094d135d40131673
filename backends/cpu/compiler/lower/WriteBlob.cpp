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
  std::string notes;
  for (const Step &step : l.steps) {
    const auto first = static_cast<uint32_t>(buffers.size());
    const auto addBuffer = [&](const Step::Buffer &buffer, int64_t offset) {
      BufferRecord record = placement.storages[buffer.storage];
      record.offset += static_cast<uint64_t>(offset);
      buffers.push_back(record);
    };
    for (const Step::Buffer &buffer : step.buffers)
      addBuffer(buffer, buffer.offset);
    if (l.options.checkAccesses) {
      for (const Step::Buffer &buffer : step.buffers) {
        addBuffer(buffer, buffer.first);
        addBuffer(buffer, buffer.end);
      }
      buffers.push_back({BufferKind::fault, 0, 0});
      notes += step.source + '\0';
    }
    steps.push_back({step.kernel, first,
                     static_cast<uint32_t>(buffers.size()) - first, 0,
                     static_cast<uint64_t>(step.units), step.unitCostPs});
  }
  Writer writer;
  BlobHeader header{};
  header.magic = blobMagic;
  header.version = blobVersion;
  header.kernelCount = static_cast<uint32_t>(l.kernelInfos.size());
  header.steps = writer.append(llvm::ArrayRef(steps));
  header.buffers = writer.append(llvm::ArrayRef(buffers));
  header.rodata = writer.append(llvm::ArrayRef(l.rodata));
  header.object = writer.append(object);
  header.notes = writer.append(llvm::ArrayRef(notes.data(), notes.size()));
  header.inputCount = static_cast<uint32_t>(l.program.inputs.size());
  header.outputCount = static_cast<uint32_t>(l.program.outputs.size());
  header.segmentCount = static_cast<uint32_t>(l.madeSegments.size() +
                                              placement.keptSegments.size());
  header.workspaceBytes = placement.workspaceBytes;
  return writer.finish(header);
}

} // namespace glowplug::cpu
