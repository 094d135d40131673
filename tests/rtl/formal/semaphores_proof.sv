// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is proven of npu_semaphores: each count is what was given less what was taken, and an
// overflow is reported if there was one, and only then. Of its surroundings it relies on what
// npu_queue and a checked program assure: one queue waits for a semaphore and one signals it, tags
// of one command for the same semaphore say the same, and nobody takes what is not there.

module semaphores_proof #(
  parameter  int unsigned Queues     = 5,
  parameter  int unsigned Semaphores = 2,
  localparam int unsigned Tags       = 36
) (
  input logic                   clk_i,
  input logic                   rst_ni,
  input logic [Queues-1:0]      valid_i,
  input logic [Queues-1:0]      ready_i,
  input logic [Queues*Tags-1:0] waits_i,
  input logic [Queues-1:0]      retire_i,
  input logic [Queues*Tags-1:0] signals_i
);

  logic [8*Semaphores-1:0] count;
  logic                    overflow;
  logic [5:0]              overflow_semaphore;

  npu_semaphores #(.Queues(Queues), .Semaphores(Semaphores)) u_semaphores (
    .clk_i, .rst_ni, .valid_i, .ready_i, .waits_i, .retire_i, .signals_i, .count_o(count),
    .overflow_o(overflow), .overflow_semaphore_o(overflow_semaphore)
  );

  // The tokens for a semaphore: of the first tag that names it, and 0 if none does.
  function automatic [5:0] tokens(input [Tags-1:0] tags, input [5:0] number);
    tokens = tags[5:0] == number   ? tags[11:6]
             : tags[17:12] == number ? tags[23:18]
             : tags[29:24] == number ? tags[35:30] : 6'd0;
  endfunction

  function automatic agree(input [Tags-1:0] tags);
    agree = (tags[5:0] != tags[17:12] || tags[11:6] == tags[23:18])
            && (tags[5:0] != tags[29:24] || tags[11:6] == tags[35:30])
            && (tags[17:12] != tags[29:24] || tags[23:18] == tags[35:30]);
  endfunction

  logic [Semaphores-1:0] over;
  logic [Semaphores-1:0] over_q;
  logic [5:0]            first_q;
  logic                  overflow_q;

  initial assume (!rst_ni);

  for (genvar s = 0; s < Semaphores; s++) begin : g_semaphore
    logic [Queues-1:0] waits, signals;       // whether a queue has tokens for it in its tags
    logic [5:0]        taken, given;
    logic [9:0]        next;
    logic [7:0]        count_q;

    always_comb begin
      taken = 6'd0;
      given = 6'd0;
      for (int unsigned q = 0; q < Queues; q++) begin
        waits[q]   = tokens(waits_i[Tags*q +: Tags], 6'(s)) != 6'd0;
        signals[q] = tokens(signals_i[Tags*q +: Tags], 6'(s)) != 6'd0;
        if (valid_i[q] && ready_i[q]) taken = taken + tokens(waits_i[Tags*q +: Tags], 6'(s));
        if (retire_i[q]) given = given + tokens(signals_i[Tags*q +: Tags], 6'(s));
      end
      next = 10'(count_q) + 10'(given) - 10'(taken);
    end

    assign over[s] = next > 10'd255;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) count_q <= '0;
      else count_q <= next[7:0];
    end

    always_ff @(posedge clk_i) begin
      if (rst_ni) begin
        assume ((waits & (waits - 1'b1)) == '0);
        assume ((signals & (signals - 1'b1)) == '0);
        assume (8'(taken) <= count_q);
        for (int unsigned b = 0; b < 8; b++) assert (count[Semaphores*b+s] == count_q[b]);
        cover (count_q == 8'd7 && taken == 6'd3 && given == 6'd5);
      end
    end
  end

  for (genvar q = 0; q < Queues; q++) begin : g_queue
    always_ff @(posedge clk_i) begin
      if (rst_ni) begin
        assume (agree(waits_i[Tags*q +: Tags]));
        assume (agree(signals_i[Tags*q +: Tags]));
      end
    end
  end

  // It is known two cycles later.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      over_q     <= '0;
      overflow_q <= 1'b0;
    end else begin
      over_q     <= over;
      overflow_q <= overflow_q || over_q != '0;
    end
  end

  // Which was the first one; in one cycle, the one with the least number.
  always_ff @(posedge clk_i) begin
    if (!overflow_q && over_q != '0) first_q <= over_q[0] ? 6'd0 : 6'd1;
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assert (overflow == overflow_q);
      if (overflow) assert (overflow_semaphore == first_q);
    end
  end

endmodule
