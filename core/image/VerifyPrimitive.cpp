// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the attributes of primitives out of their tables, and checks them
// against the rules.

#include "core/image/VerifyRules.h"

using namespace glowplug;
using namespace glowplug::verify;
using semantics::RegionTypes;

#include "core/image/Primitives.inc"

template <typename Table>
static llvm::Error verifyTable(const Table &op, unsigned version,
                               const OpTypes &types, Budget &budget) {
  GP_CHECK(needAligned(listsOf(op)));
  auto attributes = attributesOf(op);
  if constexpr (requires { regionOf(op); }) {
    llvm::Expected<RegionTypes> region = verifyRegion(regionOf(op), budget);
    if (!region)
      return region.takeError();
    regionOf(attributes) = std::move(*region);
  }
  GP_CHECK(semantics::verifyVersion(attributes, version));
  return semantics::verify(attributes, types);
}

llvm::Error verify::verifyPrimitive(const image::Op &op, const OpTypes &types,
                                    Budget &budget) {
  switch (op.attributes_type()) {
#define GP_VERIFY(kind)                                                        \
  case image::Attributes::kind:                                                \
    return verifyTable(*op.attributes_as_##kind(), op.version(), types, budget);
    GP_EACH_PRIMITIVE(GP_VERIFY)
#undef GP_VERIFY
  default:
    return broken("needs a known kind, but got {0}",
                  static_cast<int>(op.attributes_type()));
  }
}
