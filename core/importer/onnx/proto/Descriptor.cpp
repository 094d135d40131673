// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Builds the description of the messages from what protoc wrote.

#include "core/importer/onnx/proto/Descriptor.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <cassert>
#include <cstdint>
#include <memory>

namespace pb = google::protobuf;

static constexpr uint8_t bytes[] = {
#include "core/importer/onnx/proto/onnx.desc.inc"
};

static std::unique_ptr<pb::DescriptorPool> makePool() {
  pb::FileDescriptorSet set;
  const bool isRead = set.ParseFromArray(bytes, sizeof(bytes));
  assert(isRead && set.file_size() == 1 && "protoc wrote something else");
  (void)isRead;
  auto pool = std::make_unique<pb::DescriptorPool>();
  pool->BuildFile(set.file(0));
  return pool;
}

const pb::Descriptor &glowplug::onnx::modelDescriptor() {
  static const std::unique_ptr<pb::DescriptorPool> pool = makePool();
  static const pb::Descriptor *model =
      pool->FindMessageTypeByName("glowplug.onnx.ModelProto");
  assert(model && "the file defines it");
  return *model;
}
