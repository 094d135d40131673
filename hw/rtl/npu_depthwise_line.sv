// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Line buffer of the depthwise engine: for each column of the input, what the last two rows had
// there. Gives the three rows of the column that enters, in the cycle after its place is known. A
// memory with a port to read and one to write; the row that is written in the cycle of a read of
// the same column is kept beside it, which happens where a row has one column.
// Counterpart: the loops over kh in simulator/device/ExecuteVector.cpp.

module npu_depthwise_line #(
  parameter  int unsigned R         = npu_pkg::ArrayRows,
  parameter  int unsigned LineWidth = npu_pkg::DepthwiseLineWidth,
  localparam int unsigned Row       = 9 * R      // pixels less their zero point
) (
  input  logic           clk_i,
  input  logic           rst_ni,       // for the assertion

  // The place of the column that enters
  input  logic           read_i,
  input  logic [11:0]    column_i,

  // One cycle later: its newest row, and what of the three rows is written for the next two
  input  logic           write_i,
  input  logic [2*Row-1:0] rows_i,      // the newest row and the one before it
  output logic [2*Row-1:0] rows_o       // the rows before the newest one, the later of them first
);

  localparam int unsigned Index = $clog2(LineWidth);

  logic [2*Row-1:0] line_q [0:LineWidth-1];
  logic [2*Row-1:0] read_q, written_q;
  logic [11:0]      column_q;
  logic             ahead_q;

  always_ff @(posedge clk_i) begin
    if (read_i) read_q <= line_q[column_i[Index-1:0]];
  end

  always_ff @(posedge clk_i) begin
    if (write_i) begin
      line_q[column_q[Index-1:0]] <= rows_i;
      written_q                   <= rows_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (read_i) begin
      column_q <= column_i;
      ahead_q  <= write_i && column_i == column_q;
    end
  end

  assign rows_o = ahead_q ? written_q : read_q;

  always_ff @(posedge clk_i) begin
    if (rst_ni) assert (!(read_i && {20'd0, column_i} >= LineWidth));
  end

endmodule
