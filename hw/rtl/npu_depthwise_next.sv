// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a pass of the depthwise engine moves along one side of its input, if the pass before it had
// the three taps before its own. Combinational. Model: sweepOf of
// simulator/timing/VectorTiming.cpp.

module npu_depthwise_next (
  input  npu_vector_pkg::side_t side_i,
  input  logic [11:0]           last_in_i,   // the last row or column of the input
  output npu_vector_pkg::side_t side_o
);

  // The three taps before stand on complete - 2 .. complete. From -1 on, these begin within the
  // input or beyond it.
  logic              starts_in;
  logic [1:0]        last_tap;
  logic signed [9:0] complete;

  assign starts_in   = side_i.complete >= -10'sd1;
  assign last_tap = side_i.left >= 6'd6 ? 2'd2 : 2'(side_i.left - 6'd4);
  assign complete = side_i.complete + $signed({8'd0, last_tap}) + 10'sd1;

  always_comb begin
    side_o.left     = side_i.left - 6'd3;
    side_o.is_last  = side_i.left <= 6'd6;
    side_o.last_tap = last_tap;
    side_o.complete = complete;
    side_o.beyond   = !side_i.complete[9] && {2'd0, side_i.complete} >= last_in_i;
    // Of a part with another one after it, the last tap stands two places after the first.
    if (starts_in) side_o.skip = 2'd3;
    else side_o.skip = complete < 0 ? 2'd0 : complete[1:0] + 2'd1;
    if (starts_in) begin
      side_o.origin = side_i.complete + 10'sd1;
      side_o.lead   = last_tap;
    end else begin
      side_o.origin = complete < 0 ? complete : 10'sd0;
      side_o.lead   = complete < 0 ? 2'd0 : complete[1:0];
    end
  end

endmodule
