// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A processing element of the systolic array: adds input * weight to the sum from above. A second
// register takes the next weight while this one is used.
// Latency: one cycle to the right and one downwards.

module npu_pe (
  input  logic               clk_i,

  // From the left and to the right
  input  logic signed [8:0]  x_i,
  input  logic               swap_i,    // the next input is the first one of another block
  input  logic               load_i,    // weight_i is for this row
  output logic signed [8:0]  x_o,
  output logic               swap_o,
  output logic               load_o,

  // Down the column
  input  logic signed [8:0]  weight_i,
  input  logic signed [31:0] sum_i,
  output logic signed [31:0] sum_o
);

  logic signed [8:0] next_q, weight_q;

  always_ff @(posedge clk_i) begin
    x_o    <= x_i;
    swap_o <= swap_i;
    load_o <= load_i;
    if (load_i) next_q <= weight_i;
    if (swap_i) weight_q <= next_q;
    sum_o <= sum_i + 32'(x_i) * 32'(weight_q);
  end

endmodule
