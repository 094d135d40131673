// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The counters that order the queues. A command takes its tokens in the cycle in which it issues, and
// those that it gives when it retires count one cycle later; both in one cycle count both.
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

  output logic [8*Semaphores-1:0] count_o,
  output logic                    overflow_o                  // a count went over 255; stays high
);

  // What three tags say about semaphore `number`: the same, if more than one names it.
  function automatic [5:0] tokens(input [Tags-1:0] tags, input [5:0] number);
    tokens = 6'd0;
    for (int unsigned i = 0; i < 3; i++) begin
      if (tags[12*i +: 6] == number) tokens = tokens | tags[12*i+6 +: 6];
    end
  endfunction

  logic [Semaphores-1:0] over;

  for (genvar s = 0; s < Semaphores; s++) begin : g_semaphore
    logic       takes, gives, takes_q, gives_q;
    logic [5:0] wanted, given;
    logic [9:0] next    [0:3];      // without and with what is given, and what is wanted
    logic [3:0] over_q;
    logic [7:0] count_q;

    // One queue waits for a semaphore and one signals it, so at most one of each is not 0. All that
    // may become of a count is known before it is known whether tokens come or go.
    always_comb begin
      takes  = 1'b0;
      gives  = 1'b0;
      wanted = 6'd0;
      given  = 6'd0;
      for (int unsigned q = 0; q < Queues; q++) begin
        wanted = wanted | tokens(waits_i[Tags*q +: Tags], 6'(s));
        given  = given | tokens(signals_i[Tags*q +: Tags], 6'(s));
        if (valid_i[q] && ready_i[q] && tokens(waits_i[Tags*q +: Tags], 6'(s)) != 6'd0) takes = 1'b1;
        if (retire_i[q] && tokens(signals_i[Tags*q +: Tags], 6'(s)) != 6'd0) gives = 1'b1;
      end
    end

    assign next[0] = 10'(count_q);
    assign next[1] = 10'(count_q) - 10'(wanted);
    assign next[2] = 10'(count_q) + 10'(given);
    assign next[3] = 10'(count_q) + 10'(given) - 10'(wanted);

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        count_q <= '0;
        takes_q <= 1'b0;
        gives_q <= 1'b0;
        over_q  <= '0;
      end else begin
        count_q <= next[{gives, takes}][7:0];
        takes_q <= takes;
        gives_q <= gives;
        over_q  <= {next[3][9:8] != '0, next[2][9:8] != '0, next[1][9:8] != '0, next[0][9:8] != '0};
      end
    end

    assign over[s]           = over_q[{gives_q, takes_q}];
    assign count_o[8*s +: 8] = count_q;

    always_ff @(posedge clk_i) begin
      if (rst_ni && takes) assert (8'(wanted) <= count_q);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) overflow_o <= 1'b0;
    else overflow_o <= overflow_o || over != '0;
  end

endmodule
