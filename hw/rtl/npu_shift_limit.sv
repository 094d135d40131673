// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A shift as parameters hold it, brought into 2..62, less 1: what npu_rescale wants. No register.

module npu_shift_limit (
  input  logic signed [7:0] shift_i,
  output logic        [5:0] shift_less_1_o
);

  assign shift_less_1_o = shift_i < 8'sd2 ? 6'd1 : shift_i > 8'sd62 ? 6'd61 : 6'(shift_i - 8'sd1);

endmodule
