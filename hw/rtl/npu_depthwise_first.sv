// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How the first pass of a depthwise command moves along one side of its input: its part of the
// window begins `pad_i` rows or columns before the input. Combinational.
// Model: sweepOf of simulator/timing/VectorTiming.cpp, with the first tap 0.

module npu_depthwise_first (
  input  logic [5:0]            kernel_i,
  input  logic [7:0]            pad_i,
  output npu_vector_pkg::side_t side_o
);

  logic [1:0]        last_tap;
  logic signed [9:0] complete;

  assign last_tap = kernel_i >= 6'd3 ? 2'd2 : kernel_i[1:0] - 2'd1;
  assign complete = $signed({8'd0, last_tap}) - $signed({2'd0, pad_i});

  // Padding before the first input does not enter, unless an output needs nothing else.
  always_comb begin
    side_o.left     = kernel_i;
    side_o.is_last  = kernel_i <= 6'd3;
    side_o.last_tap = last_tap;
    side_o.complete = complete;
    side_o.origin   = complete < 0 ? complete : 10'sd0;
    side_o.lead     = complete < 0 ? 2'd0 : complete[1:0];
    side_o.beyond   = 1'b0;
    side_o.skip     = complete < 0 ? 2'd0 : complete[1:0] + 2'd1;
  end

endmodule
