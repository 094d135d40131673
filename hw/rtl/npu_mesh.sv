// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// R x R processing elements with skew and deskew: rows of inputs go in and rows of sums come out,
// 2 R - 1 cycles later. An element (r, c) sees its input r + c cycles after element (0, 0); the
// weights of column c come c cycles late, so that a block may load while the one before is still
// in use further right and further down.

module npu_mesh #(
  parameter int unsigned R = npu_pkg::ArrayRows
) (
  input  logic             clk_i,

  // Inputs, R factors of 9 bits; swap_i a cycle before the first row of another block
  input  logic [9*R-1:0]   x_i,
  input  logic             swap_i,

  // Weights for the row that is marked, R factors of 9 bits
  input  logic [R-1:0]     load_i,
  input  logic [9*R-1:0]   weight_i,

  output logic [32*R-1:0]  sum_o
);

  wire signed [8:0]  x      [0:R-1][0:R];
  wire               swap   [0:R-1][0:R];
  wire               load   [0:R-1][0:R];
  wire signed [8:0]  weight [0:R-1];
  wire signed [31:0] sum    [0:R][0:R-1];

  for (genvar r = 0; r < R; r++) begin : g_row
    npu_delay #(.Width(9), .Cycles(r)) u_skew (
      .clk_i, .value_i(x_i[9*r +: 9]), .value_o(x[r][0])
    );
    if (r == 0) begin : g_first
      assign swap[0][0] = swap_i;
    end else begin : g_next
      npu_delay #(.Width(1), .Cycles(1)) u_swap (
        .clk_i, .value_i(swap[r-1][0]), .value_o(swap[r][0])
      );
    end
    assign load[r][0] = load_i[r];

    for (genvar c = 0; c < R; c++) begin : g_column
      npu_pe u_pe (
        .clk_i,
        .x_i      (x[r][c]),
        .swap_i   (swap[r][c]),
        .load_i   (load[r][c]),
        .x_o      (x[r][c+1]),
        .swap_o   (swap[r][c+1]),
        .load_o   (load[r][c+1]),
        .weight_i (weight[c]),
        .sum_i    (sum[r][c]),
        .sum_o    (sum[r+1][c])
      );
    end
  end

  for (genvar c = 0; c < R; c++) begin : g_feed
    assign sum[0][c] = 32'sd0;
    npu_delay #(.Width(9), .Cycles(c)) u_skew (
      .clk_i, .value_i(weight_i[9*c +: 9]), .value_o(weight[c])
    );
    npu_delay #(.Width(32), .Cycles(R - 1 - c)) u_deskew (
      .clk_i, .value_i(sum[R][c]), .value_o(sum_o[32*c +: 32])
    );
  end

endmodule
