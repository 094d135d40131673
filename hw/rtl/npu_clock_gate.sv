// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A clock that runs while a unit is busy, and for `Hold` more cycles, in which its stages empty.
// The edge that ends a cycle comes if busy_i is high in that cycle, so busy_i has to be high in the
// first cycle in which a register changes, and a unit wakes up without delay. In reset it runs.
// The enable passes a latch that is open while clk_i is low, so that the clock has no short pulses.
// To use a cell of a technology, replace the latch and the gate below by it.

module npu_clock_gate #(
  parameter int unsigned Hold = 4
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic busy_i,
  output logic clk_o
);

  localparam int unsigned Width = $clog2(Hold + 1);

  logic [Width-1:0] left_q;
  logic             holds_q;      // left_q is not 0
  logic             enable;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      left_q  <= Width'(Hold);    // what has no reset empties after it
      holds_q <= 1'b1;
    end else if (busy_i) begin
      left_q  <= Width'(Hold);
      holds_q <= 1'b1;
    end else if (holds_q) begin
      left_q  <= left_q - 1'b1;
      holds_q <= left_q != Width'(1);
    end
  end

  always_latch begin
    if (!clk_i) enable = busy_i || holds_q || !rst_ni;
  end

  assign clk_o = clk_i && enable;

endmodule
