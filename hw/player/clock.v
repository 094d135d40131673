// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The clock of the player, for simulators with delays.

`timescale 1ns/1ns

module clock;

  reg clk;

  initial clk = 0;
  always #5 clk = ~clk;

  player u_player (.clk_i(clk));

endmodule
