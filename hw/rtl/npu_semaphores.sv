// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The counters that order the queues. A command takes its tokens in the cycle in which it issues, and
// those that it gives when it retires count one cycle later; both in one cycle count both.
// Model: simulator/timing/Semaphores.h.

module npu_semaphores #(
  parameter  int unsigned Queues     = 5,
  parameter  int unsigned Semaphores = npu_pkg::Semaphores,
  localparam int unsigned Tags       = 30                     // three times semaphore and count
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,

  // For each queue: its first command issues, and what that waits for
  input  logic [Queues-1:0]       valid_i,
  input  logic [Queues-1:0]       ready_i,
  input  logic [Queues*Tags-1:0]  waits_i,

  // For each queue: its oldest command retires, and what that signals
  input  logic [Queues-1:0]       retire_i,
  input  logic [Queues*Tags-1:0]  signals_i,

  output logic [8*Semaphores-1:0] count_o,
  output logic                    overflow_o                  // a count went over 255; stays high
);

  // What three tags say about semaphore `number`.
  function automatic [5:0] tokens(input [Tags-1:0] tags, input [5:0] number);
    tokens = 6'd0;
    for (int unsigned i = 0; i < 3; i++) begin
      if (tags[10*i +: 6] == number) tokens = tokens + 6'(tags[10*i+6 +: 4]);
    end
  endfunction

  logic [Semaphores-1:0]    over;
  logic [10*Semaphores-1:0] next;         // of the counts

  for (genvar s = 0; s < Semaphores; s++) begin : g_semaphore
    logic [5:0] taken, given;
    logic [7:0] count_q;

    // One queue waits for a semaphore and one signals it, so at most one of each is not 0.
    always_comb begin
      taken = 6'd0;
      given = 6'd0;
      for (int unsigned q = 0; q < Queues; q++) begin
        if (valid_i[q] && ready_i[q]) taken = taken | tokens(waits_i[Tags*q +: Tags], 6'(s));
        if (retire_i[q]) given = given | tokens(signals_i[Tags*q +: Tags], 6'(s));
      end
    end

    assign next[10*s +: 10] = 10'(count_q) + 10'(given) - 10'(taken);
    assign over[s]          = next[10*s+8 +: 2] != 2'd0;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) count_q <= '0;
      else count_q <= next[10*s +: 8];
    end

    assign count_o[8*s +: 8] = count_q;

    always_ff @(posedge clk_i) begin
      if (rst_ni) assert (10'(taken) <= 10'(count_q));
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) overflow_o <= 1'b0;
    else overflow_o <= overflow_o || over != '0;
  end

endmodule
