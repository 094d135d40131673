// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a scalar of a region is in terms of the vector unit.
///
/// A region is read in its order. Each scalar becomes bytes that earlier
/// commands leave behind, words that the current command holds on its way, or
/// an integer for each channel. The functions here do what scalar ops do to
/// these; they fail with a reason where the vector unit has no step left for an
/// op.

#pragma once

#include "backends/npu-sim/compiler/program/Stage.h"
#include "simulator/isa/Result.h"

#include <array>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace glowplug::npusim {

/// Bytes: an operand as it is, or what the last of some stages yields.
struct Bytes {
  std::vector<Stage> stages; ///< empty: the operand
  std::uint32_t operand = 0;
  bool isUnsigned = false;
  /// The last stage's limits are in this type: they can be narrowed.
  bool isLimited = true;
  std::uint32_t scalar = 0; ///< whose bytes these are
};

/// 32-bit numbers of a command that is not complete. Its parts are filled in
/// the order in which the machine works: A, and a bias, or a scale if A is
/// bytes; B and its scale; the output's scale.
struct Words {
  std::vector<Stage> before;  ///< yields the previous bytes, if they are read
  std::uint32_t previous = 0; ///< the scalar that these are
  Stage stage;
  /// Which rounding the scales have, if there are any.
  std::optional<bool> twice;
  /// Times 2^doublings, which the next scale has to take in.
  unsigned doublings = 0;
  /// Range of the number, without the doublings.
  std::int64_t low = INT32_MIN, high = INT32_MAX;

  bool isJoined() const { return stage.op != Stage::Op::Copy; }
};

/// Lanes stand for a known integer, or for one per channel.
using Expression = std::variant<Lanes, Bytes, Words>;

using LookupTable = std::array<std::uint8_t, 256>;

/// The sums of the engine before.
Words wordsOfSums();
/// Each of \p bytes as a number of 32 bits.
Words wordsOf(const Bytes &bytes);

/// \p words plus \p addend, which wraps.
npu::Result<Words> addLanes(Words words, const Lanes &addend);
/// \p words times \p factor, a power of two.
npu::Result<Words> multiply(Words words, std::int32_t factor);
/// One operation on both; one of them becomes B.
npu::Result<Words> join(Stage::Op op, const Words &lhs, const Words &rhs);
/// The rescale recipe that rounds \p twice or once, to 32 bits.
npu::Result<Words> rescale(Words words, Scale scale, bool twice);

/// \p words, saturated to their type, as a command's result. \p scale, if there
/// is one, comes before the zero point.
npu::Result<Bytes> toBytes(Words words, std::optional<Scale> scale, bool twice,
                           std::int32_t zeroPoint, bool isUnsigned);

/// The same bits, read as another type.
Bytes reinterpret(Bytes bytes, bool isUnsigned);
/// Each of \p bytes limited to \p low and \p high, which lie in its type.
Bytes limit(Bytes bytes, std::int32_t low, std::int32_t high);
/// The entry of \p table for each of \p bytes.
Bytes lookUp(Bytes bytes, const LookupTable &table, bool isUnsigned);

/// All stages of \p bytes; at least one.
std::vector<Stage> stagesOf(Bytes bytes);
/// All stages of \p words, the last of which yields words.
npu::Result<std::vector<Stage>> stagesOf(Words words);

} // namespace glowplug::npusim
