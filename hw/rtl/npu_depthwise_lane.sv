// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One lane of the depthwise engine: the window of 3 x 3 pixels, and what it is worth. Three
// columns of three rows, the newest first; a pixel that does not count comes as 0, or as the least
// of all for a maximum. Two stages, the products and their sums; sums leave in two parts, which
// the next stage adds. Counterpart: the loops over kh and kw in
// simulator/device/ExecuteVector.cpp.

module npu_depthwise_lane (
  input  logic               clk_i,

  input  logic               step_i,       // a column enters
  input  logic [26:0]        column_i,
  input  logic               is_mac_i,     // else all factors are 1

  // Stage 1, in the cycle after the last column of a window entered
  input  logic               valid_i,
  input  logic [2:0]         columns_i,    // those that count, the newest first
  input  logic [80:0]        taps_i,       // that of row a and column l at 3 a + l

  // Stage 2
  input  logic               valid2_i,
  input  logic               step2_i,
  input  logic [2:0]         columns2_i,
  output logic signed [19:0] sum0_o,
  output logic signed [18:0] sum1_o,
  output logic signed [8:0]  most_o        // -256 if no pixel counts
);

  localparam logic signed [8:0] Least = 9'sh100;

  logic [26:0] column0_q, column1_q, column2_q;

  always_ff @(posedge clk_i) begin
    if (step_i) begin
      column0_q <= column_i;
      column1_q <= column0_q;
      column2_q <= column1_q;
    end
  end

  //////////////
  // Products //
  //////////////

  // 255 x 255 has 16 bits and a sign.
  logic signed [16:0] product_q [0:8];

  for (genvar a = 0; a < 3; a++) begin : g_row
    for (genvar l = 0; l < 3; l++) begin : g_column
      logic signed [8:0] pixel, factor;
      if (l == 0) begin : g_newest
        assign pixel = columns_i[0] ? column0_q[9*a +: 9] : '0;
      end else if (l == 1) begin : g_middle
        assign pixel = columns_i[1] ? column1_q[9*a +: 9] : '0;
      end else begin : g_oldest
        assign pixel = columns_i[2] ? column2_q[9*a +: 9] : '0;
      end
      assign factor = is_mac_i ? taps_i[9*(3*a+l) +: 9] : 9'sd1;

      always_ff @(posedge clk_i) begin
        if (valid_i) product_q[3*a+l] <= 17'(pixel) * 17'(factor);
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (valid2_i) begin
      sum0_o <= 20'(product_q[0]) + 20'(product_q[1]) + 20'(product_q[2]) + 20'(product_q[3]) +
                20'(product_q[4]);
      sum1_o <= 19'(product_q[5]) + 19'(product_q[6]) + 19'(product_q[7]) + 19'(product_q[8]);
    end
  end

  /////////////
  // Maximum //
  /////////////

  // Of each column first.
  logic signed [8:0] row0, row1, row2, upper, most0, most0_q, most1_q, most2_q;

  assign row0  = column0_q[8:0];
  assign row1  = column0_q[17:9];
  assign row2  = column0_q[26:18];
  assign upper = row1 > row2 ? row1 : row2;
  assign most0 = row0 > upper ? row0 : upper;

  always_ff @(posedge clk_i) begin
    if (step2_i) begin
      most0_q <= most0;
      most1_q <= most0_q;
      most2_q <= most1_q;
    end
  end

  logic signed [8:0] column0, column1, column2, later, most;

  assign column0 = columns2_i[0] ? most0_q : Least;
  assign column1 = columns2_i[1] ? most1_q : Least;
  assign column2 = columns2_i[2] ? most2_q : Least;
  assign later   = column1 > column2 ? column1 : column2;
  assign most    = column0 > later ? column0 : later;

  always_ff @(posedge clk_i) begin
    if (valid2_i) most_o <= most;
  end

endmodule
