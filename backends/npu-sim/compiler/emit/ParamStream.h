// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Brings the parameters of a layer's stages to the scratchpad.

#pragma once

#include "backends/npu-sim/compiler/emit/Emitter.h"

namespace glowplug::npusim {

/// Loads the parameters of many blocks at a time, since those of one block are
/// not worth a transfer. They stay until others are asked for.
class ParamStream {
public:
  /// Parameters \p params of \p count blocks; both emitter and parameters
  /// outlive this.
  ParamStream(Emitter &emitter, const PackedParams &params, std::int64_t count);

  /// Where the parameters of \p block begin, until the next call.
  Place load(std::int64_t block);

private:
  Emitter &e;
  const PackedParams &params;
  std::int64_t count, together = 1;
  std::int64_t first = -1; ///< block that is there; -1: none
  Place at;
};

} // namespace glowplug::npusim
