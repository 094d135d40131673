// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The table of operators.

#pragma once

#include "core/importer/onnx/node/Handler.h"

namespace glowplug::importer {

/// The row for an operator in version \p version of its set; null if all rows
/// begin later, or if the operator is not known.
const OpRow *findRow(StringRef domain, StringRef name, int64_t version);

/// The forms of an operator that are supported, for messages: "it is supported
/// from version 13 on".
std::string nearestForm(StringRef domain, StringRef name, int64_t version);

/// The page docs/reference/operators.md.
std::string operatorsPage();

} // namespace glowplug::importer
