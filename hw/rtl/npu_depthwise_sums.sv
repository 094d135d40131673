// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums of the depthwise engine: adds what a pass gives for an output to what the passes before
// gave, or takes the greater. The sums of all outputs of a command are a memory with a port to
// read and one to write; one that is written in the cycle of its read is taken from the register
// beside it. The maximum of no pixel is -2^31. Counterpart: `x` in
// simulator/device/ExecuteVector.cpp.

module npu_depthwise_sums #(
  parameter int unsigned R       = npu_pkg::ArrayRows,
  parameter int unsigned SumRows = npu_pkg::DepthwiseSumRows
) (
  input  logic            clk_i,
  input  logic            rst_ni,       // for the assertion

  // An output of a pass
  input  logic            read_i,       // with sums of the passes before
  input  logic [15:0]     index_i,

  // One cycle later
  input  logic            valid_i,
  input  logic            first_i,      // no pass before
  input  logic            write_i,      // there are passes after this one
  input  logic [15:0]     write_index_i,
  input  logic            is_max_i,
  input  logic [20*R-1:0] sum0_i,
  input  logic [19*R-1:0] sum1_i,
  input  logic [9*R-1:0]  most_i,
  output logic [32*R-1:0] sums_o
);

  localparam int unsigned Rows  = SumRows > 1 ? SumRows : 2;
  localparam int unsigned Index = $clog2(Rows);

  logic [32*R-1:0] sums_q [0:Rows-1];
  logic [32*R-1:0] read_q;
  logic            ahead_q;
  wire  [32*R-1:0] older, sums;

  always_ff @(posedge clk_i) begin
    if (read_i) begin
      read_q  <= sums_q[index_i[Index-1:0]];
      ahead_q <= write_i && index_i == write_index_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (write_i) sums_q[write_index_i[Index-1:0]] <= sums;
  end

  always_ff @(posedge clk_i) begin
    if (valid_i) sums_o <= sums;
  end

  assign older = ahead_q ? sums_o : read_q;

  for (genvar n = 0; n < R; n++) begin : g_lane
    // Of a maximum, all bits from 9 to 30 are equal, so eleven bits say all: of -2^31, -1024.
    logic signed [10:0] most_older, most_here, most;
    logic signed [31:0] added;

    assign most_older = {older[32*n+31], older[32*n +: 10]};
    assign most_here   = most_i[9*n +: 9] == 9'h100 ? 11'sh400 : 11'($signed(most_i[9*n +: 9]));
    assign most        = first_i || most_here > most_older ? most_here : most_older;
    assign added       = 32'($signed(sum0_i[20*n +: 20])) + 32'($signed(sum1_i[19*n +: 19])) +
                         (first_i ? '0 : $signed(older[32*n +: 32]));
    assign sums[32*n +: 32] = is_max_i ? {most[10], {21{most[9]}}, most[9:0]} : added;
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni) assert (!(write_i && {16'd0, write_index_i} >= SumRows));
  end

endmodule
