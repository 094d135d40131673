// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The rescale unit equals the published arithmetic: all corners, and ten
// million random values.

#include "Vrescale.h"

#include <glowplug/arithmetic.h>

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <memory>
#include <random>

using namespace glowplug;

namespace {

constexpr int lanes = 16, latency = 3;
/// From this lane on factors have 10 bits, as those of bytes less a zero point.
constexpr int firstNarrow = 12;

struct Job {
  std::int32_t value, multiplier;
  int shift;
  bool scale, twice;
  std::int32_t zeroPoint;
  arithmetic::Range range;

  std::int32_t expected() const {
    const std::int64_t scaled =
        scale ? arithmetic::applyScale32(value, multiplier, shift, twice)
              : value;
    return arithmetic::offsetAndClamp(scaled, zeroPoint, range);
  }
};

std::ostream &operator<<(std::ostream &out, const Job &job) {
  return out << job.value << " * " << job.multiplier << " >> " << job.shift
             << (job.scale ? "" : ", not scaled")
             << (job.twice ? ", twice, zero point " : ", once, zero point ")
             << job.zeroPoint << ", limits " << job.range.low << ' '
             << job.range.high;
}

class Bench {
public:
  /// Gives the next lane its job; a full row of lanes is a cycle.
  void add(Job job) {
    const int n = filled++;
    if (n >= firstNarrow && job.scale)
      job.value = static_cast<std::int32_t>(
                      static_cast<std::uint32_t>(job.value) << 22) >>
                  22;
    unit->value_i[n] = static_cast<std::uint32_t>(job.value);
    unit->multiplier_i[n] = static_cast<std::uint32_t>(job.multiplier);
    setBits(unit->shift_i, 8 * n, 0xff, job.shift);
    setBits(unit->zp_i, 16 * n, 0xffff, job.zeroPoint);
    unit->scale_i = (unit->scale_i & ~(1 << n)) | job.scale << n;
    unit->twice_i = (unit->twice_i & ~(1 << n)) | job.twice << n;
    unit->low_i[n] = static_cast<std::uint32_t>(job.range.low);
    unit->high_i[n] = static_cast<std::uint32_t>(job.range.high);
    row[n] = job;
    if (filled == lanes)
      step();
  }

  /// Lets out what is still in the pipe.
  void finish() {
    const Job last{1, 1, 2, true, false, 0, {-128, 127}};
    while (filled != 0 || !(under.empty() || drained()))
      add(last);
  }

  std::int64_t checked = 0, wrong = 0;

private:
  template <typename T>
  static void setBits(T &words, int low, std::uint32_t mask,
                      std::int32_t value) {
    std::uint32_t &word = words[low / 32];
    word = (word & ~(mask << low % 32)) |
           (static_cast<std::uint32_t>(value) & mask) << low % 32;
  }

  bool drained() { return ++idle > latency; }

  void step() {
    filled = 0;
    unit->clk_i = 0;
    unit->eval();
    unit->clk_i = 1;
    unit->eval();
    under.push_back(row);
    if (under.size() < latency)
      return;
    for (int n = 0; n < lanes; ++n) {
      const Job &job = under.front()[n];
      const auto got = static_cast<std::int32_t>(unit->value_o[n]);
      ++checked;
      if (got == job.expected())
        continue;
      if (++wrong < 10)
        ADD_FAILURE() << job << " gives " << got << ", not " << job.expected();
    }
    under.pop_front();
  }

  std::unique_ptr<Vrescale> unit = std::make_unique<Vrescale>();
  std::array<Job, lanes> row{};
  std::deque<std::array<Job, lanes>> under;
  int filled = 0, idle = 0;
};

constexpr arithmetic::Range all = arithmetic::rangeOf(32, true);

TEST(Rescale, EqualsTheArithmeticAtAllCorners) {
  Bench bench;
  std::vector<std::int32_t> values{0, INT32_MIN, INT32_MAX, INT32_MIN + 1};
  for (int bit = 0; bit < 31; ++bit)
    for (const std::int32_t value :
         {1 << bit, (1 << bit) - 1, -(1 << bit), -(1 << bit) - 1})
      values.push_back(value);
  const std::array<std::int32_t, 10> multipliers{
      0,         1,         -1,         3,          1 << 30,
      INT32_MAX, INT32_MIN, 1073741825, 1431655765, -1431655766};
  std::int64_t jobs = 0;
  for (const std::int32_t value : values)
    for (const std::int32_t multiplier : multipliers)
      for (int shift = 2; shift <= 62; ++shift)
        for (const bool twice : {false, true}) {
          bench.add({value, multiplier, shift, true, twice, 0, all});
          bench.add({value, multiplier, shift, true, twice, -128, {-128, 127}});
          bench.add({value, multiplier, shift, true, twice, 255, {0, 255}});
          jobs += 3;
        }
  // Ties: products that end in exactly half.
  for (int shift = 2; shift <= 32; ++shift)
    for (std::int32_t odd = -63; odd <= 63; odd += 2)
      for (const bool twice : {false, true}) {
        bench.add({odd, std::int32_t(1u << std::min(shift - 1, 30)), shift,
                   true, twice, 0, all});
        ++jobs;
      }
  // Without a scale only zero point and limits act.
  for (const std::int32_t value : values)
    for (const std::int32_t zeroPoint : {-128, -1, 0, 1, 127, 255}) {
      bench.add({value, 12345, 40, false, true, zeroPoint, {-128, 127}});
      bench.add({value, 12345, 40, false, false, zeroPoint, {-5, 255}});
      bench.add({value, 12345, 2, false, true, 0, all});
      jobs += 3;
    }
  bench.finish();
  EXPECT_EQ(bench.wrong, 0);
  EXPECT_GE(bench.checked, jobs);
}

TEST(Rescale, EqualsTheArithmeticOnTenMillionRandomValues) {
  Bench bench;
  std::mt19937_64 random(41);
  for (int i = 0; i < 10'000'000; ++i) {
    const std::uint64_t r = random(), s = random();
    // Values and multipliers of every magnitude.
    const auto value = static_cast<std::int32_t>(r) >> (s & 31);
    auto multiplier = static_cast<std::int32_t>(r >> 32);
    if ((s >> 5 & 3) != 0)
      multiplier = (multiplier & INT32_MAX) | 1 << 30;
    const int shift = 2 + static_cast<int>((s >> 7) % 61);
    const auto zeroPoint = static_cast<std::int32_t>(s >> 16 & 0x1ff) - 256;
    arithmetic::Range range{static_cast<std::int32_t>(s >> 26 & 0xff) - 128,
                            static_cast<std::int32_t>(s >> 34 & 0x7f) + 128};
    if ((s >> 42 & 3) == 0)
      range = all;
    bench.add({value, multiplier, shift, (s >> 44 & 15) != 0,
               (s >> 48 & 1) != 0, range.low == INT32_MIN ? 0 : zeroPoint,
               range});
  }
  bench.finish();
  EXPECT_EQ(bench.wrong, 0);
  EXPECT_GE(bench.checked, 10'000'000);
}

} // namespace
