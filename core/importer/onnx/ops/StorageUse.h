// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which operators take codes of types that exist in files only.

#pragma once

#include "core/importer/onnx/node/Handler.h"

namespace glowplug::importer {

/// Before the handler of an operator of \p domain: fails the node if an input
/// holds codes and the operator computes on numbers. If it moves values, all of
/// them have to be of one type, and the results are of that type too.
void admitStorage(Node &node, StringRef domain);

} // namespace glowplug::importer
