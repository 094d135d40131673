// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the messages of ONNX files look like.

#pragma once

namespace google::protobuf {
class Descriptor;
}

namespace glowplug::onnx {

/// The description of ModelProto, from which all others are reached. It is in a
/// pool of its own, and lives as long as the process.
const google::protobuf::Descriptor &modelDescriptor();

} // namespace glowplug::onnx
