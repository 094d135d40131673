// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The kernels of an instr program: an image with one body per op on tiles.
#pragma once

#include <glowplug/glue/bytes.h>
#include <glowplug/image_writer.h>

#include <map>

namespace tiles {

/// Rows and columns.
struct Size {
  int64_t rows, columns;
  friend bool operator<(const Size &a, const Size &b) {
    return a.rows != b.rows ? a.rows < b.rows : a.columns < b.columns;
  }
};

/// Collects kernels; equal ones are written once.
class Kernels {
public:
  /// The number of the kernel that multiplies two tiles.
  uint32_t product(Size left, Size right);
  /// The number of the kernel that applies \p region to tiles.
  uint32_t map(gp_image_region region, const std::vector<Size> &operands,
               Size result);
  std::vector<uint8_t> finish();

private:
  struct Op {
    gp_image_attributes kind;
    gp_ref attributes;
  };
  uint32_t add(Op op, const std::vector<Size> &operands, Size result);
  gp_ref writeRegion(gp_image_region region);

  glowplug::glue::Writer writer;
  std::vector<gp_ref> bodies;
  /// By the region, null for a product, and the sizes.
  std::map<std::pair<const void *, std::vector<Size>>, uint32_t> known;
};

} // namespace tiles
