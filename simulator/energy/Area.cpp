// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The area of a machine: the sum over the parts of its components.

#include "simulator/energy/Area.h"

namespace glowplug::npu {

double areaOf(Component component, const Config &config) {
  double um2 = 0;
  for (const AreaPart &part : areaParts)
    if (part.component == component)
      um2 += part.um2 * factorOf(part.scale, config);
  return um2;
}

} // namespace glowplug::npu
