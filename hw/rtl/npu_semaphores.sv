// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The counters that order the queues. A command takes its tokens in the cycle in which it issues,
// and those that it gives when it retires count one cycle later; both in one cycle count both.
// Vectors have a bit for each semaphore, and a count is eight of them: so simulation adds up all
// semaphores at once. One by one, they took a third of its time.
// Model: simulator/timing/Semaphores.h.

module npu_semaphores #(
  parameter  int unsigned Queues     = 5,
  parameter  int unsigned Semaphores = npu_pkg::Semaphores,
  localparam int unsigned Tags       = 36    // three times a semaphore and all tokens for it
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,

  // For each queue: its first command issues, and what that waits for; 0 where there is none
  input  logic [Queues-1:0]       valid_i,
  input  logic [Queues-1:0]       ready_i,
  input  logic [Queues*Tags-1:0]  waits_i,

  // For each queue: its oldest command retires, and what that signals; 0 where there is none
  input  logic [Queues-1:0]       retire_i,
  input  logic [Queues*Tags-1:0]  signals_i,

  // Bit b of the count of semaphore s at Semaphores * b + s
  output logic [8*Semaphores-1:0] count_o,

  output logic                    overflow_o,            // a count went over 255; stays high
  output logic [5:0]              overflow_semaphore_o   // the first one that did
);

  localparam int unsigned Most = 8;        // queues that the trees below have room for

  ///////////////////////////////////
  // What the tags say, as vectors //
  ///////////////////////////////////

  // A bit of 64 is the place in a group of eight, and the group.
  function automatic [Semaphores-1:0] name(input [5:0] number);
    name = Semaphores'((64'h0101_0101_0101_0101 << number[2:0]) & (64'hff << {number[5:3], 3'd0}));
  endfunction

  // Of each queue: semaphores with tokens in its tags, those that come or go now, bits of tokens
  wire [Semaphores-1:0] take   [0:Most-1];
  wire [Semaphores-1:0] give   [0:Most-1];
  wire [Semaphores-1:0] wants  [0:6*Most-1];
  wire [Semaphores-1:0] giving [0:6*Most-1];
  wire [Semaphores-1:0] wanted [0:5];
  wire [Semaphores-1:0] given  [0:5];

  for (genvar q = 0; q < Most; q++) begin : g_queue
    if (q < Queues) begin : g_tags
      logic [Tags-1:0]       waits, signals;
      logic [Semaphores-1:0] wait0, wait1, wait2, signal0, signal1, signal2;

      assign waits   = waits_i[Tags*q +: Tags];
      assign signals = signals_i[Tags*q +: Tags];
      assign wait0   = name(waits[5:0]);
      assign wait1   = name(waits[17:12]);
      assign wait2   = name(waits[29:24]);
      assign signal0 = name(signals[5:0]);
      assign signal1 = name(signals[17:12]);
      assign signal2 = name(signals[29:24]);

      assign take[q] = valid_i[q] && ready_i[q]
                       ? (waits[11:6] != '0 ? wait0 : '0) | (waits[23:18] != '0 ? wait1 : '0) |
                         (waits[35:30] != '0 ? wait2 : '0) : '0;
      assign give[q] = retire_i[q]
                       ? (signals[11:6] != '0 ? signal0 : '0) |
                         (signals[23:18] != '0 ? signal1 : '0) |
                         (signals[35:30] != '0 ? signal2 : '0) : '0;

      for (genvar b = 0; b < 6; b++) begin : g_bit
        assign wants[6*q+b]  = (waits[6+b] ? wait0 : '0) | (waits[18+b] ? wait1 : '0) |
                               (waits[30+b] ? wait2 : '0);
        assign giving[6*q+b] = (signals[6+b] ? signal0 : '0) | (signals[18+b] ? signal1 : '0) |
                               (signals[30+b] ? signal2 : '0);
      end
    end else begin : g_none
      assign take[q] = '0;
      assign give[q] = '0;
      for (genvar b = 0; b < 6; b++) begin : g_bit
        assign wants[6*q+b]  = '0;
        assign giving[6*q+b] = '0;
      end
    end
  end

  // One queue waits for a semaphore and one signals it, so at most one of each is not 0; tags of a
  // command for the same semaphore say the same.
  for (genvar b = 0; b < 6; b++) begin : g_tokens
    assign wanted[b] = ((wants[b] | wants[6+b]) | (wants[12+b] | wants[18+b])) |
                       ((wants[24+b] | wants[30+b]) | (wants[36+b] | wants[42+b]));
    assign given[b]  = ((giving[b] | giving[6+b]) | (giving[12+b] | giving[18+b])) |
                       ((giving[24+b] | giving[30+b]) | (giving[36+b] | giving[42+b]));
  end

  ////////////
  // Counts //
  ////////////

  // All that may become of a count is known before it is known whether tokens come or go.
  logic [8*Semaphores-1:0] count_q, next;
  logic [Semaphores-1:0]   takes, gives;
  logic [Semaphores-1:0]   carry;          // of count + given
  logic [Semaphores-1:0]   borrow;         // of count - wanted
  logic [Semaphores-1:0]   lend;           // of count + given - wanted
  logic [Semaphores-1:0]   count, comes, goes, plus, minus, both;

  assign takes = ((take[0] | take[1]) | (take[2] | take[3])) |
                 ((take[4] | take[5]) | (take[6] | take[7]));
  assign gives = ((give[0] | give[1]) | (give[2] | give[3])) |
                 ((give[4] | give[5]) | (give[6] | give[7]));

  always_comb begin
    carry  = '0;
    borrow = '0;
    lend   = '0;
    for (int unsigned b = 0; b < 8; b++) begin
      count  = count_q[Semaphores*b +: Semaphores];
      comes  = b < 6 ? given[b < 6 ? b : 0] : '0;
      goes   = b < 6 ? wanted[b < 6 ? b : 0] : '0;
      plus   = count ^ comes ^ carry;
      carry  = (count & comes) | ((count | comes) & carry);
      minus  = count ^ goes ^ borrow;
      borrow = (~count & goes) | ((~count | goes) & borrow);
      both   = plus ^ goes ^ lend;
      lend   = (~plus & goes) | ((~plus | goes) & lend);
      next[Semaphores*b +: Semaphores] = (takes & ((gives & both) | (~gives & minus))) |
                                         (~takes & ((gives & plus) | (~gives & count)));
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) count_q <= '0;
    else count_q <= next;
  end

  assign count_o = count_q;

  //////////////
  // Overflow //
  //////////////

  // Of a count to which tokens come: the ninth bit, less what goes.
  logic [Semaphores-1:0] gives_q, takes_q, over_plus_q, over_both_q, over;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      gives_q <= '0;
      takes_q <= '0;
    end else begin
      gives_q <= gives;
      takes_q <= takes;
    end
  end

  always_ff @(posedge clk_i) begin
    over_plus_q <= carry;
    over_both_q <= carry & ~lend;
  end

  assign over = gives_q & ((takes_q & over_both_q) | (~takes_q & over_plus_q));

  // The least number in a vector, by groups of eight.
  function automatic [5:0] least(input [63:0] among);
    least = '0;
    for (int unsigned group = 8; group > 0; group--) begin
      if (among[8*(group-1) +: 8] != '0) least[5:3] = 3'(group - 1);
    end
    for (int unsigned place = 8; place > 0; place--) begin
      if (among[{least[5:3], 3'(place - 1)}]) least[2:0] = 3'(place - 1);
    end
  endfunction

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) overflow_o <= 1'b0;
    else overflow_o <= overflow_o || over != '0;
  end

  always_ff @(posedge clk_i) begin
    if (!overflow_o && over != '0) overflow_semaphore_o <= least(64'(over));
  end

  // Nobody takes what is not there.
  localparam int unsigned Group = Semaphores < 8 ? Semaphores : 8;

  for (genvar g = 0; g < Semaphores / Group; g++) begin : g_check
    always_ff @(posedge clk_i) begin
      if (rst_ni) assert ((takes[Group*g +: Group] & borrow[Group*g +: Group]) == '0);
    end
  end

endmodule
