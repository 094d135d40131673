// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The factors of the depthwise engine: two files of weights less their zero points, for the
// largest window each. A pass reads its nine taps at once, so each tap of a pass has a memory of
// its own, with a port to read and one to write. What is written shows up in a read of the next
// cycle.
// Counterpart: `weights` in simulator/device/ExecuteVector.cpp.

module npu_depthwise_weights #(
  parameter  int unsigned R   = npu_pkg::ArrayRows,
  localparam int unsigned Row = 9 * R
) (
  input  logic                 clk_i,

  // A row of weights, or of the zero points for those that follow
  input  logic                 zeros_i,
  input  logic                 write_i,
  input  logic                 write_file_i,
  input  npu_vector_pkg::tap_t tap_i,
  input  logic [8*R-1:0]       row_i,

  // The taps of a pass, one cycle later: that `a` rows and `l` columns before the last at 3 a + l
  input  logic                 read_i,
  input  logic                 read_file_i,
  input  logic [8:0]           read_pass_i,
  output logic [9*Row-1:0]     taps_o
);

  localparam int unsigned Passes = 21 * 21;   // of a window of 63 x 63

  wire  [Row-1:0] factors;
  logic [8*R-1:0] zeros_q;

  always_ff @(posedge clk_i) begin
    if (zeros_i) zeros_q <= row_i;
  end

  for (genvar n = 0; n < R; n++) begin : g_lane
    logic signed [8:0] weight, zero;
    assign weight = {!tap_i.is_unsigned && row_i[8*n+7], row_i[8*n +: 8]};
    assign zero   = {!tap_i.is_unsigned && zeros_q[8*n+7], zeros_q[8*n +: 8]};
    assign factors[9*n +: 9] = weight - (tap_i.columns ? zero : tap_i.zp);
  end

  for (genvar a = 0; a < 3; a++) begin : g_row
    for (genvar l = 0; l < 3; l++) begin : g_column
      logic [Row-1:0] taps_q [0:2*Passes-1];
      logic [Row-1:0] tap_q;

      always_ff @(posedge clk_i) begin
        if (write_i && tap_i.above == 2'(a) && tap_i.left == 2'(l)) begin
          taps_q[{tap_i.pass, write_file_i}] <= factors;
        end
      end

      always_ff @(posedge clk_i) begin
        if (read_i) tap_q <= taps_q[{read_pass_i, read_file_i}];
      end

      assign taps_o[Row*(3*a+l) +: Row] = tap_q;
    end
  end

endmodule
