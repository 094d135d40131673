// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A small model for tests of the host library.

#pragma once

#include "core/host/Session.h"

#include <gtest/gtest.h>

namespace glowplug::host {

/// The digits model on the interpreter, which needs no plugin.
inline CompileOptions digitsOptions() {
  CompileOptions options;
  options.dims["N"] = 2;
  options.keepReference = true;
  return options;
}

inline Model compileDigits() {
  Result<Model> model =
      Model::compile(ModelSource::file(DIGITS_MODEL), digitsOptions());
  EXPECT_TRUE(model) << (model ? "" : model.fault().message);
  return *model;
}

} // namespace glowplug::host
