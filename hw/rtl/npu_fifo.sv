// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// First in, first out. What is pushed in one cycle is there in the next, and a place is free in the
// cycle after a pop. No output depends on an input.

module npu_fifo #(
  parameter int unsigned Width = 8,
  parameter int unsigned Depth = 4
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             push_i,     // not when full
  input  logic [Width-1:0] data_i,
  output logic             full_o,

  input  logic             pop_i,      // not when nothing is there
  output logic             valid_o,
  output logic [Width-1:0] data_o,     // the oldest
  output logic [$clog2(Depth+1)-1:0] count_o
);

  localparam int unsigned Index = Depth > 1 ? $clog2(Depth) : 1;
  localparam int unsigned Count = $clog2(Depth + 1);

  logic [Width-1:0] data_q [0:Depth-1];
  logic [Index-1:0] put_q, get_q;
  logic [Count-1:0] count_q;
  logic             valid_q, full_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      put_q   <= '0;
      get_q   <= '0;
      count_q <= '0;
      valid_q <= 1'b0;
      full_q  <= 1'b0;
    end else begin
      if (push_i) put_q <= put_q == Index'(Depth - 1) ? '0 : put_q + 1'b1;
      if (pop_i) get_q <= get_q == Index'(Depth - 1) ? '0 : get_q + 1'b1;
      count_q <= count_q + Count'(push_i) - Count'(pop_i);
      // Only whether something comes or goes is late.
      if (push_i != pop_i) begin
        valid_q <= push_i || count_q != Count'(1);
        full_q  <= push_i && count_q == Count'(Depth - 1);
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (push_i) data_q[put_q] <= data_i;
  end

  assign full_o  = full_q;
  assign valid_o = valid_q;
  assign data_o  = data_q[get_q];
  assign count_o = count_q;

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assert (!(push_i && full_o));
      assert (!(pop_i && !valid_o));
    end
  end

endmodule
