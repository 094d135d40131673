// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The address at which the next pass of the depthwise engine begins: of the next three columns of
// the window, or of the first three and the next three rows. Combinational.
// Counterpart: `at` in simulator/device/ExecuteVector.cpp.

module npu_depthwise_jump (
  input  logic        down_i,        // to the next rows of the window
  input  logic [23:0] addr_i,        // of this pass
  input  logic [23:0] part_addr_i,   // of the first pass with the same rows
  input  logic [1:0]  skip_h_i,      // existing rows and columns to skip
  input  logic [1:0]  skip_w_i,
  input  logic [23:0] step_h_i,
  input  logic [23:0] step_w_i,
  output logic [23:0] addr_o
);

  logic [1:0]  skip;
  logic [23:0] step, from;

  assign skip   = down_i ? skip_h_i : skip_w_i;
  assign step   = down_i ? step_h_i : step_w_i;
  assign from   = down_i ? part_addr_i : addr_i;
  assign addr_o = from + (skip[0] ? step : '0) + (skip[1] ? {step[22:0], 1'b0} : '0);

endmodule
