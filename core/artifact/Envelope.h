// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Layout of a .gpx file: header, table of sections, sections.

#pragma once

#include "core/support/Sha256.h"

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace glowplug {

/// First bytes of every .gpx file. The end-of-line bytes show a transfer that
/// changed them.
inline constexpr uint8_t gpxMagic[8] = {'G',  'P',  'X',  '\r',
                                        '\n', 0x1a, '\n', 0};
/// Raised by a change of the layout or of the plan.
inline constexpr uint32_t gpxFormatVersion = 2;
/// Where sections begin, in bytes.
inline constexpr uint64_t gpxAlignment = 64;
/// Most sections in a file.
inline constexpr uint64_t gpxMaxSections = 1 << 20;

/// Begins a file. All numbers are little-endian.
struct GpxHeader {
  uint8_t magic[8];
  uint32_t formatVersion;
  uint32_t sectionCount; ///< The plan included.
  uint64_t fileBytes;
  uint8_t reserved[8]; ///< Zero.
  Sha256 tableHash;    ///< Of the table of sections.
};
static_assert(sizeof(GpxHeader) == 64 && std::is_trivial_v<GpxHeader>);

/// One row of the table, which follows the header. Row 0 is the plan.
struct GpxSection {
  uint64_t offset; ///< In the file; a multiple of 64.
  uint64_t bytes;
  Sha256 hash;
  uint8_t reserved[16]; ///< Zero.
};
static_assert(sizeof(GpxSection) == 64 && std::is_trivial_v<GpxSection>);

} // namespace glowplug
