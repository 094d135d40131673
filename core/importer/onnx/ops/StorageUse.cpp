// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The operators that take codes, by what they do with them.

#include "core/importer/onnx/ops/StorageUse.h"

using namespace glowplug;
using namespace glowplug::importer;

namespace {
enum class StorageUse : uint8_t {
  none,     ///< Computes on numbers.
  moves,    ///< Its results are elements of its inputs.
  asks,     ///< Looks at shapes only.
  converts, ///< Its handler knows the types.
};

struct Row {
  llvm::StringLiteral name;
  StorageUse use;
};
} // namespace

/// Of the default domain.
static constexpr Row rows[] = {
    {"BitCast", StorageUse::converts},
    {"Cast", StorageUse::converts},
    {"CastLike", StorageUse::converts},
    {"Concat", StorageUse::moves},
    {"DepthToSpace", StorageUse::moves},
    {"DequantizeLinear", StorageUse::converts},
    {"Dropout", StorageUse::moves},
    {"Expand", StorageUse::moves},
    {"Flatten", StorageUse::moves},
    {"Gather", StorageUse::moves},
    {"GatherElements", StorageUse::moves},
    {"GatherND", StorageUse::moves},
    {"Identity", StorageUse::moves},
    {"Pad", StorageUse::moves},
    {"QuantizeLinear", StorageUse::converts},
    {"Reshape", StorageUse::moves},
    {"ReverseSequence", StorageUse::moves},
    {"Shape", StorageUse::asks},
    {"Size", StorageUse::asks},
    {"Slice", StorageUse::moves},
    {"SpaceToDepth", StorageUse::moves},
    {"Split", StorageUse::moves},
    {"Squeeze", StorageUse::moves},
    {"Tile", StorageUse::moves},
    {"Transpose", StorageUse::moves},
    {"Unsqueeze", StorageUse::moves},
    {"Where", StorageUse::moves},
};

static StorageUse useOf(StringRef domain, StringRef name) {
  // com.microsoft has the same two.
  if (name == "QuantizeLinear" || name == "DequantizeLinear")
    return StorageUse::converts;
  const auto *row =
      llvm::find_if(rows, [&](const Row &one) { return one.name == name; });
  return domain.empty() && row != std::end(rows) ? row->use : StorageUse::none;
}

/// The one type of the codes that \p n moves; null without codes.
static const StorageType *movedType(Node &n) {
  const StorageType *common = nullptr;
  for (unsigned i = 0; i < n.numInputs(); ++i)
    if (!common)
      common = n.storage(i);
  for (unsigned i = 0; common && i < n.numInputs(); ++i) {
    // Indices and conditions have other types than codes.
    const StorageType *type = n.storage(i);
    if (!n.hasInput(i) || (!type && n.dtype(i) != common->codes))
      continue;
    n.check(type == common,
            "inputs need one element type, but got " + common->name + " and " +
                (type ? StringRef(type->name) : dtypeName(n.dtype(i))));
  }
  return common;
}

void importer::admitStorage(Node &n, StringRef domain) {
  if (n.failed())
    return;
  const StorageUse use = useOf(domain, n.opType());
  if (use == StorageUse::moves)
    n.resultsAre(movedType(n));
  if (use != StorageUse::none)
    return;
  for (unsigned i = 0; i < n.numInputs(); ++i)
    if (const StorageType *type = n.storage(i)) {
      (void)n.unsupported(
          "input " + Twine(i) + " is of type " + type->name +
          ", which is not supported; it is supported by Cast, CastLike, "
          "QuantizeLinear, DequantizeLinear and operators that move elements");
      return;
    }
}
