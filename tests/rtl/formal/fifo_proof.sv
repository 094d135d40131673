// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is proven of npu_fifo: whatever is pushed is delivered once, in order and unchanged, and the
// counts are right. One element, any, is followed from its push to its pop.

module fifo_proof #(
  parameter int unsigned Width = 2,
  parameter int unsigned Depth = 3
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             push_i,
  input logic             pop_i,
  input logic [Width-1:0] data_i,
  input logic             follow_i       // the element that is pushed, unless one is followed
);

  localparam int unsigned Index = Depth > 1 ? $clog2(Depth) : 1;
  localparam int unsigned Count = $clog2(Depth + 1);

  logic             full, valid;
  logic [Width-1:0] data;
  logic [Count-1:0] count;

  npu_fifo #(.Width(Width), .Depth(Depth)) u_fifo (
    .clk_i, .rst_ni, .push_i, .data_i, .full_o(full), .pop_i, .valid_o(valid), .data_o(data),
    .count_o(count)
  );

  // Registers of the unit, which prove.py connects
  (* keep *) logic [Index-1:0]       put, get;
  (* keep *) logic [Width*Depth-1:0] words;

  // Elements that are in; the one followed, its value, and how many are before it
  logic [Count-1:0] in_q, before_q;
  logic             followed_q;
  logic [Width-1:0] value_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      in_q       <= '0;
      followed_q <= 1'b0;
      before_q   <= '0;
      value_q    <= '0;
    end else begin
      in_q <= in_q + Count'(push_i) - Count'(pop_i);
      if (!followed_q) begin
        followed_q <= push_i && follow_i;
        before_q   <= in_q - Count'(pop_i);
        value_q    <= data_i;
      end else if (pop_i) begin
        followed_q <= before_q != '0;
        before_q   <= before_q - 1'b1;
      end
    end
  end

  // The place of the element that is `steps` after the oldest
  function automatic [Index-1:0] place(input [Count-1:0] steps);
    logic [Count:0] sum;
    sum   = (Count+1)'(get) + (Count+1)'(steps);
    place = Index'(sum >= (Count+1)'(Depth) ? sum - (Count+1)'(Depth) : sum);
  endfunction

  initial assume (!rst_ni);

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assume (!(push_i && full));
      assume (!(pop_i && !valid));

      assert (count == in_q);
      assert (valid == (in_q != '0));
      assert (full == (in_q == Count'(Depth)));
      assert (!(pop_i && followed_q && before_q == '0) || data == value_q);

      cover (full && push_i == 1'b0 && followed_q && before_q == Count'(Depth - 1));
      cover (pop_i && followed_q && before_q == '0);

      // Why it stays so
      assert (in_q <= Count'(Depth));
      assert (get < (Index+1)'(Depth));
      assert (put == place(in_q));
      assert (!followed_q || before_q < in_q);
      assert (!followed_q || words[Width*place(before_q) +: Width] == value_q);
    end
  end

endmodule
