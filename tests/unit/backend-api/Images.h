// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Images for tests, made with the FlatBuffers library: the accessors under
/// test are written independently of it.
#pragma once

#include "core/image/image_generated.h"

#include <string>
#include <vector>

namespace glowplug::testing {

namespace fb = ::glowplug::image;

/// Finishes an image with \p body as its program.
inline std::vector<uint8_t> finishImage(flatbuffers::FlatBufferBuilder &builder,
                                        flatbuffers::Offset<fb::Body> body) {
  fb::ProgramBuilder program(builder);
  program.add_container_version(1);
  program.add_opset_version(1);
  program.add_body(body);
  builder.Finish(program.Finish(), fb::ProgramIdentifier());
  return {builder.GetBufferPointer(),
          builder.GetBufferPointer() + builder.GetSize()};
}

/// A value of \p dtype and \p shape.
inline flatbuffers::Offset<fb::Value>
makeValue(flatbuffers::FlatBufferBuilder &builder, fb::DType dtype,
          const std::vector<int64_t> &shape, const std::string &name = "") {
  return fb::CreateValueDirect(builder, name.empty() ? nullptr : name.c_str(),
                               dtype, &shape);
}

/// An op without attributes of interest.
inline flatbuffers::Offset<fb::Op>
makeReshape(flatbuffers::FlatBufferBuilder &builder,
            const std::vector<uint32_t> &operands,
            const std::vector<uint32_t> &results) {
  auto attributes = fb::CreateReshape(builder).Union();
  return fb::CreateOpDirect(builder, fb::Attributes::Reshape, attributes, 1,
                            &operands, &results);
}

} // namespace glowplug::testing
