// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// .gpx files that were tampered with.

#include "tests/unit/runtime/Tampered.h"

#include "core/artifact/Envelope.h"
#include "core/artifact/Read.h"
#include "core/runtime/Session.h"

#include <cstring>

using namespace glowplug;

static constexpr uint64_t maxBytes = 1 << 20;

void test::repairHashes(AlignedBytes &file) {
  GpxHeader header;
  if (file.size() < sizeof header)
    return;
  std::memcpy(&header, file.data(), sizeof header);
  if (header.sectionCount > (file.size() - sizeof header) / sizeof(GpxSection))
    return;
  uint8_t *table = file.data() + sizeof header;
  for (uint32_t i = 0; i < header.sectionCount; ++i) {
    GpxSection row;
    std::memcpy(&row, table + i * sizeof row, sizeof row);
    if (row.offset <= file.size() && row.bytes <= file.size() - row.offset)
      row.hash = sha256({file.data() + row.offset, size_t{row.bytes}});
    std::memcpy(table + i * sizeof row, &row, sizeof row);
  }
  header.tableHash = sha256({table, header.sectionCount * sizeof(GpxSection)});
  std::memcpy(file.data(), &header, sizeof header);
}

/// Runs a variant on zeros.
static llvm::Error runVariant(Session &session, uint32_t variant) {
  std::vector<Tensor> inputs;
  for (const PortInfo &port : session.interface().inputs(variant)) {
    auto tensor = Tensor::zeros(port.dtype, port.shape);
    if (!tensor)
      return tensor.takeError();
    if (tensor->byteCount() > maxBytes)
      return llvm::createStringError("an input is too large for a test");
    inputs.push_back(*tensor);
  }
  return session.run(inputs).takeError();
}

llvm::Error test::loadAndRun(const std::shared_ptr<AlignedBytes> &file) {
  llvm::Expected<Artifact> artifact = parseArtifact(*file, file);
  if (!artifact)
    return artifact.takeError();
  // The first variants stand for all of them.
  const uint32_t count =
      std::min<uint32_t>(artifact->plan().variants()->size(), 4);
  for (uint32_t i = 0; i < count; ++i)
    if (artifact->body(i).arena_bytes() > maxBytes)
      return llvm::createStringError("the arena is too large for a test");
  // Blobs of other backends are code, which only the untampered file may run.
  if (artifact->plan().parts())
    for (const artifact::Part *part : *artifact->plan().parts())
      if (part->backend()->string_view() != "reference")
        return llvm::createStringError("a part is not for the interpreter");
  BackendSet set;
  auto session = Session::create(*artifact, set);
  if (!session)
    return session.takeError();
  for (uint32_t i = 0; i < count; ++i)
    if (llvm::Error error = runVariant(**session, i))
      return error;
  return llvm::Error::success();
}
