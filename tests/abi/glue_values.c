/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What <glowplug/arithmetic.h>, arena.h and liveness.h compute from edge and
 * random inputs, as one hash each. Compiled as C11 it calls the C functions, as
 * C++17 those of the namespaces; all compilers have to print the same.
 */
#include <glowplug/arithmetic.h>
#include <glowplug/glue/arena.h>
#include <glowplug/glue/liveness.h>
#include <glowplug/image_writer.h>

#include <stdio.h>
#include <string.h>

enum { request_count = 40, value_count = 30, op_count = 24, most_operands = 3 };

static uint64_t hash, state;

static void begin(void) {
  hash = 0xcbf29ce484222325u;
  state = 1;
}

static void take(int64_t value) {
  hash = (hash ^ (uint64_t)value) * 0x100000001b3u;
}

static uint64_t random_bits(void) {
  uint64_t z = state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

static uint32_t below(uint32_t limit) {
  return (uint32_t)(random_bits() % limit);
}

/* ---- What differs between the languages ---------------------------------- */

#ifdef __cplusplus
#define RANGE_OF glowplug::arithmetic::rangeOf
#define FP32_RNE glowplug::arithmetic::rescaleFp32Rne
#define APPLY_SCALE glowplug::arithmetic::applyScale32
#define TOSA_SINGLE glowplug::arithmetic::rescaleTosaSingle
#define TOSA_DOUBLE glowplug::arithmetic::rescaleTosaDouble
#define INTEGER_SCALE glowplug::arithmetic::integerScale
typedef glowplug::arithmetic::Range range_type;
typedef glowplug::arithmetic::IntegerScale scale_type;

static void take_arena(const uint64_t *bytes, const uint32_t *first,
                       const uint32_t *last, uint64_t alignment) {
  std::vector<glowplug::glue::ArenaRequest> requests;
  for (int i = 0; i < request_count; ++i)
    requests.push_back({bytes[i], first[i], last[i]});
  const auto plan = glowplug::glue::planArena(requests, alignment);
  take(plan.has_value());
  if (!plan)
    return;
  for (const uint64_t offset : plan->offsets)
    take(static_cast<int64_t>(offset));
  take(static_cast<int64_t>(plan->bytes));
  take(static_cast<int64_t>(
      glowplug::glue::arenaLowerBound(requests, alignment)));
}

static void take_liveness(gp_image_body body) {
  for (const auto &range : glowplug::glue::computeLiveness(body)) {
    take(range.first);
    take(range.last);
    take(range.uses);
    take(range.is_input);
    take(range.is_output);
    take(gp_live_range_is_defined(&range));
  }
}
#else
#define RANGE_OF gp_range_of
#define FP32_RNE gp_rescale_fp32_rne
#define APPLY_SCALE gp_apply_scale_32
#define TOSA_SINGLE gp_rescale_tosa_single
#define TOSA_DOUBLE gp_rescale_tosa_double
#define INTEGER_SCALE gp_integer_scale_of
typedef gp_range range_type;
typedef gp_integer_scale scale_type;

static void take_arena(const uint64_t *bytes, const uint32_t *first,
                       const uint32_t *last, uint64_t alignment) {
  gp_arena_request requests[request_count];
  uint64_t size = 0;
  int i, isPlanned;
  for (i = 0; i < request_count; ++i) {
    const gp_arena_request request = {bytes[i], first[i], last[i], 0, 0};
    requests[i] = request;
  }
  isPlanned = gp_plan_arena(requests, request_count, alignment, &size);
  take(isPlanned);
  if (!isPlanned)
    return;
  for (i = 0; i < request_count; ++i)
    take((int64_t)requests[i].offset);
  take((int64_t)size);
  take((int64_t)gp_arena_lower_bound(requests, request_count, alignment));
}

static void take_liveness(gp_image_body body) {
  gp_live_range ranges[value_count];
  size_t i;
  gp_compute_liveness(body, ranges);
  for (i = 0; i < gp_image_body_values_count(body); ++i) {
    take(ranges[i].first);
    take(ranges[i].last);
    take(ranges[i].uses);
    take(ranges[i].is_input);
    take(ranges[i].is_output);
    take(gp_live_range_is_defined(&ranges[i]));
  }
}
#endif

/* ---- Arithmetic ------------------------------------------------------------
 */

static void take_rescales(int32_t sum, int32_t multiplier, int shift,
                          float scale) {
  static const int bits[] = {8, 8, 16, 16, 32};
  size_t i;
  for (i = 0; i < sizeof bits / sizeof *bits; ++i) {
    const range_type range = RANGE_OF(bits[i], (int)i % 2 || bits[i] == 32);
    const int32_t zp =
        bits[i] == 32
            ? (int32_t)random_bits()
            : range.low + (int32_t)below((uint32_t)(range.high - range.low));
    take(TOSA_SINGLE(sum, multiplier, shift, zp, range));
    take(TOSA_DOUBLE(sum, multiplier, shift, zp, range));
    if (bits[i] != 32)
      take(FP32_RNE(sum, scale, zp, range));
  }
  take(APPLY_SCALE(sum, multiplier, shift, 0));
  take(APPLY_SCALE(sum, multiplier, shift, 1));
}

static void take_scale(double value) {
  const scale_type scale = INTEGER_SCALE(value);
  take(scale.multiplier);
  take(scale.shift);
}

static float float_of(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static double double_of(uint64_t bits) {
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static void take_arithmetic(void) {
  static const int32_t sums[] = {INT32_MIN, INT32_MIN + 1, -16777217, -1, 0,
                                 1,         16777217,      INT32_MAX};
  static const int32_t shifts[] = {-5, 0,  1,  2,  3,  30, 31,
                                   32, 33, 61, 62, 63, 900};
  /* 0, -0, the least, 0.5, 1, largest, infinities, NaN */
  static const uint32_t scales[] = {0,          0x80000000u, 1,
                                    0x3f000000, 0x3f800000,  0x7f7fffff,
                                    0x7f800000, 0xff800000u, 0x7fc00000};
  size_t a, b, c, d;
  int i;
  for (a = 0; a < sizeof sums / sizeof *sums; ++a)
    for (b = 0; b < sizeof sums / sizeof *sums; ++b)
      for (c = 0; c < sizeof shifts / sizeof *shifts; ++c)
        for (d = 0; d < sizeof scales / sizeof *scales; ++d)
          take_rescales(sums[a], sums[b], shifts[c], float_of(scales[d]));
  for (i = 0; i < 200000; ++i) {
    /* Scales from 2^-24 to 2^8, so that few results are clamped. */
    const uint32_t fraction = below((uint32_t)1 << 23);
    const uint32_t scale = (103 + below(32)) << 23 | fraction;
    const uint32_t narrowing = below(32);
    const int32_t sum = (int32_t)random_bits() >> narrowing;
    const int32_t multiplier = (int32_t)random_bits();
    const uint64_t exponent = 980 + below(80);
    take_rescales(sum, multiplier, (int)below(64), float_of(scale));
    take_scale(double_of(exponent << 52 | random_bits() >> 12));
    take_scale(double_of(random_bits()));
  }
  for (i = -70; i < 70; ++i) {
    const uint64_t power = (uint64_t)(1023 + i) << 52;
    take_scale(double_of(power));
    take_scale(double_of(power - 1)); /* rounds up to the power */
    take_scale(double_of(power | (uint64_t)1 << 21)); /* a tie */
    take_scale(-double_of(power));
  }
  take_scale(double_of(0x7ff0000000000000u));
  take_scale(double_of(0x7ff8000000000000u));
  take_scale(0);
}

/* ---- Arena -----------------------------------------------------------------
 */

static void take_arenas(void) {
  uint64_t bytes[request_count];
  uint32_t first[request_count], last[request_count];
  int round, i;
  for (round = 0; round < 300; ++round) {
    const uint32_t steps = 1 + below(30), sizes = 1 + below(2000);
    for (i = 0; i < request_count; ++i) {
      bytes[i] = below(3) == 0 ? 0 : below(sizes);
      first[i] = below(steps);
      last[i] = first[i] + below(steps);
    }
    take_arena(bytes, first, last, (uint64_t)1 << below(8));
  }
  bytes[3] = UINT64_MAX - 100;
  take_arena(bytes, first, last, 64);
  bytes[3] = UINT64_MAX;
  take_arena(bytes, first, last, 1);
}

/* ---- Liveness --------------------------------------------------------------
 */

static gp_bytes write_image(gp_writer *w) {
  const int64_t shape[] = {4};
  gp_image_value_fields value = gp_image_value_defaults();
  gp_image_body_fields body = gp_image_body_defaults();
  gp_image_program_fields program = gp_image_program_defaults();
  gp_ref values[value_count], ops[op_count];
  uint32_t inputs[2], outputs[4];
  uint32_t i, j, known = 2;
  value.dtype = gp_image_dtype_f32;
  value.shape = shape;
  value.shape_count = 1;
  for (i = 0; i < value_count; ++i)
    values[i] = gp_image_write_value(w, &value);
  for (i = 0; i < op_count; ++i) {
    gp_image_op_fields op = gp_image_op_defaults();
    gp_image_reshape_fields reshape = gp_image_reshape_defaults();
    uint32_t operands[most_operands], result;
    const uint32_t count = below(most_operands + 1);
    for (j = 0; j < count; ++j)
      operands[j] = below(known);
    result = known++;
    op.attributes_type = gp_image_attributes_reshape;
    op.attributes = gp_image_write_reshape(w, &reshape);
    op.operands = operands;
    op.operands_count = count;
    op.results = &result;
    op.results_count = 1;
    ops[i] = gp_image_write_op(w, &op);
  }
  inputs[0] = 0;
  inputs[1] = 1;
  for (i = 0; i < 4; ++i)
    outputs[i] = below(known);
  body.values = values;
  body.values_count = value_count;
  body.inputs = inputs;
  body.inputs_count = 2;
  body.outputs = outputs;
  body.outputs_count = 4;
  body.ops = ops;
  body.ops_count = op_count;
  program.body = gp_image_write_body(w, &body);
  return gp_image_finish(w, gp_image_write_program(w, &program));
}

static void take_livenesses(void) {
  int i;
  for (i = 0; i < 200; ++i) {
    gp_writer writer = {NULL, 0, 0, NULL, 0, 0};
    const gp_bytes image = write_image(&writer);
    take_liveness(gp_image_program_body(gp_image_root(image.data)));
    gp_writer_free(&writer);
  }
}

int main(void) {
  begin();
  take_arithmetic();
  printf("arithmetic %016llx\n", (unsigned long long)hash);
  begin();
  take_arenas();
  printf("arena %016llx\n", (unsigned long long)hash);
  begin();
  take_livenesses();
  printf("liveness %016llx\n", (unsigned long long)hash);
  return 0;
}
