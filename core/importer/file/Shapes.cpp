// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks and prints shapes.

#include "core/importer/file/Shapes.h"

#include "core/importer/file/Error.h"
#include "core/importer/file/Limits.h"
#include "core/support/DType.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace glowplug;
using namespace glowplug::importer;

llvm::Expected<int64_t> importer::checkShape(llvm::ArrayRef<int64_t> shape) {
  if (static_cast<int64_t>(shape.size()) > limits::rank)
    return invalid("rank " + llvm::Twine(shape.size()) +
                   " is above the limit of " + llvm::Twine(limits::rank));
  for (int64_t dim : shape)
    if (dim < 0)
      return invalid("shape " + shapeString(shape) + " has a negative dim");
  std::optional<int64_t> count = elementCount(shape);
  if (!count || *count > limits::elements)
    return invalid("shape " + shapeString(shape) + " has more than " +
                   llvm::Twine(limits::elements) + " elements");
  return *count;
}

std::string importer::shapeString(llvm::ArrayRef<int64_t> shape) {
  std::string text = "[";
  llvm::raw_string_ostream os(text);
  llvm::interleaveComma(shape, os);
  os << ']';
  return text;
}
