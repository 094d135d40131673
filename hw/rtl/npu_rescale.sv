// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One lane of a rescale: value * multiplier / 2^shift, rounded once (tosa_single) or twice
// (tosa_double), plus a zero point, limited. Without scale_i the value passes as it is.
// Three stages, a value in each cycle. The inputs are wanted where they are used: those of stage 1
// with the value, those of stage 2 a cycle later, those of stage 3 another cycle later.
// Model: applyScale32 and offsetAndClamp of backend-api/include/glowplug/arithmetic.h.

module npu_rescale (
  input  logic               clk_i,

  // Stage 1: the product
  input  logic signed [31:0] value_i,
  input  logic signed [31:0] multiplier_i,
  input  logic               scale_i,

  // Stage 2: rounding and shift, 2..62 given as shift - 1
  input  logic        [5:0]  shift_less_1_i,
  input  logic               twice_i,

  // Stage 3: zero point and limits, both ends included
  input  logic signed [8:0]  zp_i,
  input  logic signed [31:0] low_i,
  input  logic signed [31:0] high_i,

  output logic signed [31:0] value_o
);

  /////////////
  // Product //
  /////////////

  logic signed [63:0] product_q;
  logic               scale_q, negative_q;

  always_ff @(posedge clk_i) begin
    // |product| is at most 2^62.
    product_q  <= scale_i ? 64'(value_i) * 64'(multiplier_i) : 64'(value_i);
    scale_q    <= scale_i;
    negative_q <= value_i[31];
  end

  ////////////////////////
  // Rounding and shift //
  ////////////////////////

  logic signed [63:0] first, halves, scaled_q;

  // The first of two roundings adds half of the last bit of the upper product, away from 0. The
  // other one looks at the bit after the result, so its constant needs no shifter of its own.
  always_comb begin
    first = product_q;
    if (twice_i && shift_less_1_i > 6'd30) begin
      first = product_q + (negative_q ? -64'sd1073741824 : 64'sd1073741824);
    end
    halves = first >>> shift_less_1_i;
  end

  always_ff @(posedge clk_i) begin
    scaled_q <= scale_q ? (halves + 64'sd1) >>> 1 : product_q;
  end

  ///////////////////////////
  // Zero point and limits //
  ///////////////////////////

  logic signed [63:0] moved;

  assign moved = scaled_q + 64'(zp_i);

  always_ff @(posedge clk_i) begin
    value_o <= moved < 64'(low_i) ? low_i : moved > 64'(high_i) ? high_i : moved[31:0];
  end

endmodule
