// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Conversion of element types.

#include "core/importer/build/Emit.h"
#include "core/importer/onnx/model/Types.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/prim/Constant.h"

using namespace glowplug;
using namespace glowplug::importer;

static LogicalResult importCast(Node &n) {
  n.ignoreAttr("saturate"); // concerns 8-bit floats only, as does the next
  n.ignoreAttr("round_mode");
  const int64_t to = n.requiredInt("to");
  if (n.failed())
    return llvm::failure();
  std::optional<DType> type = dtypeOfOnnx(to);
  if (!type)
    return n.unsupported("conversion to " + onnxTypeName(to) +
                         " is not supported; it is supported between "
                         "booleans, integers and floats of 8 to 64 bits");
  return n.result(
      n.b.cast(n.input(0), prim::elementType(n.b.builder.getContext(), *type)));
}

static LogicalResult importCastLike(Node &n) {
  n.ignoreAttr("saturate");
  n.ignoreAttr("round_mode");
  return n.result(n.b.cast(n.input(0), n.element(1)));
}

ArrayRef<OpRow> importer::castRows() {
  static constexpr OpRow rows[] = {
      {"Cast", 6, 1, importCast,
       "not from or to strings; a float out of range of an integer saturates"},
      {"CastLike", 15, 2, importCastLike, "as Cast"},
  };
  return rows;
}
