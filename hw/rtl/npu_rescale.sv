// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One lane of a rescale: value * multiplier / 2^shift, rounded once (tosa_single) or twice
// (tosa_double), plus a zero point, limited. Without scale_i plain_i passes in its place.
// Width is that of the values: multipliers and shifters are as narrow as they allow.
// Three stages, a value in each cycle. The inputs are wanted where they are used: those of stage 1
// with the value, those of stage 2 a cycle later, those of stage 3 another cycle later.
// Model: applyScale32 and offsetAndClamp of backend-api/include/glowplug/arithmetic.h.

module npu_rescale #(
  parameter  int unsigned Width   = 32,
  localparam int unsigned Product = Width + 32
) (
  input  logic                    clk_i,

  // Stage 1: the product, or what passes
  input  logic signed [Width-1:0] value_i,
  input  logic signed [31:0]      multiplier_i,
  input  logic signed [31:0]      plain_i,
  input  logic                    scale_i,

  // Stage 2: rounding and shift, 2..62 given as shift - 1
  input  logic        [5:0]       shift_less_1_i,
  input  logic                    twice_i,

  // Stage 3: zero point and limits, both ends included
  input  logic signed [8:0]       zp_i,
  input  logic signed [31:0]      low_i,
  input  logic signed [31:0]      high_i,

  output logic signed [31:0]      value_o
);

  /////////////
  // Product //
  /////////////

  logic signed [Product-1:0] product_q;
  logic                      scale_q, negative_q;

  always_ff @(posedge clk_i) begin
    // |product| is at most 2^(Product - 2).
    product_q  <= scale_i ? Product'(value_i) * Product'(multiplier_i) : Product'(plain_i);
    scale_q    <= scale_i;
    negative_q <= value_i[Width-1];
  end

  ////////////////////////
  // Rounding and shift //
  ////////////////////////

  localparam logic signed [Product-1:0] HalfUpper = Product'(1) <<< 30;

  logic signed [Product-1:0] first, halves, scaled_q;

  // The first of two roundings adds half of the last bit of the upper product, away from 0. The
  // other one looks at the bit after the result, so its constant needs no shifter of its own.
  always_comb begin
    first = product_q;
    if (twice_i && shift_less_1_i > 6'd30) begin
      first = product_q + (negative_q ? -HalfUpper : HalfUpper);
    end
    halves = first >>> shift_less_1_i;
  end

  always_ff @(posedge clk_i) begin
    scaled_q <= scale_q ? (halves + Product'(1)) >>> 1 : product_q;
  end

  ///////////////////////////
  // Zero point and limits //
  ///////////////////////////

  logic signed [Product-1:0] moved;

  assign moved = scaled_q + Product'(zp_i);

  always_ff @(posedge clk_i) begin
    value_o <= moved < Product'(low_i) ? low_i : moved > Product'(high_i) ? high_i : moved[31:0];
  end

endmodule
