// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One lane of a rescale: value * multiplier / 2^shift, rounded once (tosa_single) or twice
// (tosa_double), plus a zero point, limited. Without scale_i plain_i passes in its place.
// Width is that of the values: multipliers and shifters are as narrow as they allow.
// Three stages, a value in each cycle. The inputs are wanted where they are used: those of stage 1
// with the value, those of stage 3 two cycles later.
// Model: applyScale32 and offsetAndClamp of backend-api/include/glowplug/arithmetic.h.

module npu_rescale #(
  parameter  int unsigned Width   = 32,
  localparam int unsigned Product = Width + 32
) (
  input  logic                    clk_i,

  // Stage 1: the product, or what passes; the shift is 2..62, given less 1
  input  logic signed [Width-1:0] value_i,
  input  logic signed [31:0]      multiplier_i,
  input  logic        [5:0]       shift_less_1_i,
  input  logic                    twice_i,
  input  logic signed [31:0]      plain_i,
  input  logic                    scale_i,

  // Stage 3: zero point and limits, both ends included; also the limits less the zero point
  input  logic signed [8:0]       zp_i,
  input  logic signed [31:0]      low_i,
  input  logic signed [31:0]      high_i,
  input  logic signed [32:0]      low_less_zp_i,
  input  logic signed [32:0]      high_less_zp_i,

  output logic signed [31:0]      value_o
);

  /////////////
  // Product //
  /////////////

  // The first of two roundings adds half of the last bit of the upper product, away from 0. The
  // other one looks at the bit after the result, so its constant needs no shifter of its own.
  localparam logic signed [Product-1:0] HalfUpper = Product'(1) <<< 30;

  logic signed [Product-1:0] half, product_q;
  logic                      scale_q;
  logic        [5:0]         shift_q;

  always_comb begin
    half = '0;
    if (twice_i && shift_less_1_i > 6'd30) half = value_i[Width-1] ? -HalfUpper : HalfUpper;
  end

  always_ff @(posedge clk_i) begin
    // |product| is at most 2^(Product - 2).
    product_q <= scale_i ? Product'(value_i) * Product'(multiplier_i) + half : Product'(plain_i);
    scale_q   <= scale_i;
    shift_q   <= shift_less_1_i;
  end

  ////////////////////////
  // Rounding and shift //
  ////////////////////////

  logic signed [Product-1:0] halves, scaled_q;

  assign halves = product_q >>> shift_q;

  always_ff @(posedge clk_i) begin
    scaled_q <= scale_q ? (halves + Product'(1)) >>> 1 : product_q;
  end

  ///////////////////////////
  // Zero point and limits //
  ///////////////////////////

  always_ff @(posedge clk_i) begin
    value_o <= scaled_q < Product'(low_less_zp_i)  ? low_i
             : scaled_q > Product'(high_less_zp_i) ? high_i
             : scaled_q[31:0] + 32'(zp_i);
  end

endmodule
