// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The types in which the networks of level 3 come.

#pragma once

#include "core/conformance/models/Models.h"

namespace glowplug::conformance {

struct ModelForm {
  const char *type; ///< Of its activations, as in names of cases.
  bool isExact;     ///< It works on integers.
  llvm::Expected<graphs::Case> (*make)(const models::Model &model,
                                       uint64_t seed);
};

/// f32, f16, u8 and i8.
const std::vector<ModelForm> &modelForms();

} // namespace glowplug::conformance
