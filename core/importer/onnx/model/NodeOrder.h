// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Nodes in an order in which each finds its inputs computed.

#pragma once

#include "core/importer/onnx/proto/onnx.pb.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace glowplug::importer {

using NodeList = google::protobuf::RepeatedPtrField<onnx::NodeProto>;

/// "node 'conv1' (Conv)"; a node without a name has its number.
std::string nodeTitle(const onnx::NodeProto &node, size_t index);

/// The positions of \p nodes in an order in which a node comes after those
/// whose results it, or a graph within it, uses. The given order stays where
/// it is legal: a node moves only to stand before the first that needs it.
/// Names that \p isGiven says yes to come from outside. Names that nobody
/// makes do not matter here. Fails where nodes wait for each other.
llvm::Expected<std::vector<int>>
orderNodes(const NodeList &nodes,
           llvm::function_ref<bool(llvm::StringRef)> isGiven);

/// Brings the nodes of the graph of \p model, of all graphs within it and of
/// its functions into that order.
llvm::Error sortNodes(onnx::ModelProto &model);

} // namespace glowplug::importer
