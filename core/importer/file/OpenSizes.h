// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The names by which sizes are given that a model leaves open, beside those of
/// its symbolic dims: of an input "x"
///
///   x:0         dim 0, if the model does not name it
///   x:rank      how many dims it has, if the model says nothing of its shape
///   x:length    how many elements it has, if it is a sequence; the elements
///               are inputs of their own, "x[0]", "x[1]" and so on, and their
///               sizes are those of "x" unless they have their own, "x[1]:0"
///   x:present   0 if it is optional and has no value; it has one otherwise

#pragma once

#include "llvm/ADT/Twine.h"

#include <string>

namespace glowplug {

inline std::string dimNameOf(const llvm::Twine &input, size_t dim) {
  return (input + ":" + llvm::Twine(dim)).str();
}
inline std::string rankNameOf(const llvm::Twine &input) {
  return (input + ":rank").str();
}
inline std::string lengthNameOf(const llvm::Twine &input) {
  return (input + ":length").str();
}
inline std::string presenceNameOf(const llvm::Twine &input) {
  return (input + ":present").str();
}
inline std::string elementNameOf(const llvm::Twine &input, size_t element) {
  return (input + "[" + llvm::Twine(element) + "]").str();
}

} // namespace glowplug
