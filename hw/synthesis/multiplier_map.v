// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// For techmap: each product becomes a module of its own, so that paths end at it and its size is
// known.

(* techmap_celltype = "$mul" *)
module multiplier_map (A, B, Y);
  parameter A_SIGNED = 0;
  parameter B_SIGNED = 0;
  parameter A_WIDTH  = 1;
  parameter B_WIDTH  = 1;
  parameter Y_WIDTH  = 1;

  input  [A_WIDTH-1:0] A;
  input  [B_WIDTH-1:0] B;
  output [Y_WIDTH-1:0] Y;

  multiplier #(
    .SIGNED(A_SIGNED && B_SIGNED), .A_WIDTH(A_WIDTH), .B_WIDTH(B_WIDTH), .Y_WIDTH(Y_WIDTH)
  ) _TECHMAP_REPLACE_ (.A(A), .B(B), .Y(Y));
endmodule
