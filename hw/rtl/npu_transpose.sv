// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Turns squares of R x R bytes. While a square's columns go out, the rows of the next one take
// their places: squares lie in the registers upright and on their side in turn.
// A row goes in and a column comes out in each cycle with step_i.

module npu_transpose #(
  parameter  int unsigned R      = npu_pkg::ArrayRows,
  localparam int unsigned RWidth = $clog2(R)
) (
  input  logic           clk_i,
  input  logic           rst_ni,
  input  logic           step_i,
  input  logic [8*R-1:0] row_i,
  output logic [8*R-1:0] column_o   // of the square before
);

  logic [RWidth-1:0] index_q;
  logic              upright_q;
  logic [8*R-1:0]    line_q [0:R-1];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      index_q   <= '0;
      upright_q <= 1'b0;
    end else if (step_i) begin
      index_q <= index_q + 1'b1;
      if (index_q == RWidth'(R - 1)) upright_q <= !upright_q;
    end
  end

  for (genvar n = 0; n < R; n++) begin : g_line
    always_ff @(posedge clk_i) begin
      if (step_i) begin
        if (!upright_q) line_q[n][8*index_q +: 8] <= row_i[8*n +: 8];
        else if (index_q == RWidth'(n)) line_q[n] <= row_i;
      end
    end
    assign column_o[8*n +: 8] = upright_q ? line_q[index_q][8*n +: 8] : line_q[n][8*index_q +: 8];
  end

endmodule
