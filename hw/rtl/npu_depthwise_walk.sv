// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Walks over the taps of a window row by row, as its weights lie in the scratchpad, and says of
// each to which pass it belongs and where it stands there. Counterpart: the order of the taps in
// simulator/device/ExecuteVector.cpp, and of the passes in simulator/timing/VectorTiming.cpp.

module npu_depthwise_walk (
  input  logic       clk_i,

  input  logic       start_i,       // a new window; its first tap comes in the next cycle
  input  logic       step_i,        // to the next tap
  input  logic [5:0] kernel_h_i,    // from the cycle of the start until its last tap
  input  logic [5:0] kernel_w_i,

  output logic [8:0] pass_o,
  output logic [1:0] above_o,       // rows of taps of the same pass after this one
  output logic [1:0] left_o,        // columns of taps of the same pass after this one
  output logic       last_o
);

  logic [5:0] rows_q, columns_q;    // left after this one
  logic [8:0] row_pass_q;           // the first pass of this row
  logic       row_end;

  assign row_end = columns_q == '0;
  assign last_o  = row_end && rows_q == '0;

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      rows_q     <= kernel_h_i - 6'd1;
      columns_q  <= kernel_w_i - 6'd1;
      above_o    <= kernel_h_i >= 6'd3 ? 2'd2 : kernel_h_i[1:0] - 2'd1;
      left_o     <= kernel_w_i >= 6'd3 ? 2'd2 : kernel_w_i[1:0] - 2'd1;
      row_pass_q <= '0;
      pass_o     <= '0;
    end else if (step_i && !row_end) begin
      columns_q <= columns_q - 6'd1;
      left_o    <= left_o != '0 ? left_o - 2'd1 : columns_q >= 6'd3 ? 2'd2 : columns_q[1:0] - 2'd1;
      if (left_o == '0) pass_o <= pass_o + 9'd1;
    end else if (step_i) begin
      columns_q <= kernel_w_i - 6'd1;
      left_o    <= kernel_w_i >= 6'd3 ? 2'd2 : kernel_w_i[1:0] - 2'd1;
      rows_q    <= rows_q - 6'd1;
      above_o   <= above_o != '0 ? above_o - 2'd1 : rows_q >= 6'd3 ? 2'd2 : rows_q[1:0] - 2'd1;
      pass_o    <= above_o != '0 ? row_pass_q : pass_o + 9'd1;
      if (above_o == '0) row_pass_q <= pass_o + 9'd1;
    end
  end

endmodule
