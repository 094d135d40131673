// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A product of multiplier_map.v.

module multiplier #(
  parameter SIGNED  = 0,
  parameter A_WIDTH = 1,
  parameter B_WIDTH = 1,
  parameter Y_WIDTH = 1
) (
  input  [A_WIDTH-1:0] A,
  input  [B_WIDTH-1:0] B,
  output [Y_WIDTH-1:0] Y
);
  if (SIGNED) assign Y = $signed(A) * $signed(B);
  else assign Y = A * B;
endmodule
