// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Passes a value on so many cycles later; 0 is a wire.

module npu_delay #(
  parameter int unsigned Width  = 8,
  parameter int unsigned Cycles = 1
) (
  input  logic             clk_i,
  input  logic [Width-1:0] value_i,
  output logic [Width-1:0] value_o
);

  if (Cycles == 0) begin : g_wire
    logic unused_clk;
    assign unused_clk = clk_i;
    assign value_o    = value_i;
  end else if (Cycles == 1) begin : g_register
    logic [Width-1:0] value_q;
    always_ff @(posedge clk_i) value_q <= value_i;
    assign value_o = value_q;
  end else begin : g_line
    logic [Width*Cycles-1:0] line_q;
    always_ff @(posedge clk_i) line_q <= {line_q[Width*(Cycles-1)-1:0], value_i};
    assign value_o = line_q[Width*Cycles-1 -: Width];
  end

endmodule
