// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One of the five queues: commands that wait, and the signals of those that have issued and not
// retired. The first command issues in the first cycle in which it is valid and its engine ready: it
// has been here for a cycle, its tokens are there, and so is a place among the open ones; with `drain`
// none is open. A sync is done here. Model: simulator/model/Queue.cpp.

module npu_queue #(
  parameter  int unsigned Depth      = npu_pkg::QueueDepth,
  parameter  int unsigned Open       = npu_pkg::QueueOpen,
  parameter  int unsigned Semaphores = npu_pkg::Semaphores,
  localparam int unsigned Tags       = 36    // three times a semaphore and all tokens for it
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,

  // Dispatch
  input  logic                    push_i,      // not when full
  input  logic [511:0]            cmd_i,
  input  logic [Tags-1:0]         waits_i,     // its tags, as of npu_tags
  input  logic [Tags-1:0]         signals_i,
  output logic                    full_o,

  // Issue
  input  logic [8*Semaphores-1:0] count_i,     // bit b of semaphore s at Semaphores b + s
  output logic                    valid_o,     // the first command can issue
  output logic                    sync_o,      // it is no matter of the engine
  input  logic                    ready_i,     // the engine could start in the next cycle
  output logic [511:0]            cmd_o,
  output logic [Tags-1:0]         waits_o,

  // Retirement
  input  logic                    done_i,      // the engine's oldest command ends
  output logic                    retire_o,
  output logic [Tags-1:0]         signals_o    // of the command that retires
);

  localparam int unsigned Count  = $clog2(Open + 1);
  localparam int unsigned Number = $clog2(Semaphores);

  npu_pkg::header_t header;
  logic             head, issue, open_full, open_valid, open_sync;
  logic [Count-1:0] open_count;

  logic [Tags-1:0]  waits, signals, open_signals;

  npu_fifo #(.Width(512 + 2 * Tags), .Depth(Depth)) u_waiting (
    .clk_i, .rst_ni, .push_i,
    .data_i({signals_i, waits_i, cmd_i}),
    .full_o, .pop_i(issue), .valid_o(head), .data_o({signals, waits, cmd_o}), .count_o()
  );

  assign header  = cmd_o[95:0];
  assign waits_o = head ? waits : '0;
  assign sync_o  = header.opcode == npu_pkg::OpSync;

  ///////////
  // Issue //
  ///////////

  wire  [Semaphores-1:0] counts [0:7];
  logic [2:0]            met;

  for (genvar b = 0; b < 8; b++) begin : g_count
    assign counts[b] = count_i[Semaphores*b +: Semaphores];
  end

  for (genvar i = 0; i < 3; i++) begin : g_wait
    logic [7:0] count;
    for (genvar b = 0; b < 8; b++) begin : g_bit
      assign count[b] = counts[b][Number'(waits[12*i +: 6])];
    end
    assign met[i] = count >= 8'(waits[12*i+6 +: 6]);
  end

  assign valid_o = head && met == 3'b111 && !open_full && !(header.drain && open_valid);
  assign issue   = valid_o && ready_i;

  ////////////////
  // Retirement //
  ////////////////

  // An engine's end that comes while a sync retires waits a cycle.
  logic             fresh_q, retire_sync, retire_done;
  logic [Count-1:0] pending_q;

  npu_fifo #(.Width(Tags + 1), .Depth(Open)) u_open (
    .clk_i, .rst_ni, .push_i(issue),
    .data_i({sync_o, signals}),
    .full_o(open_full), .pop_i(retire_o), .valid_o(open_valid),
    .data_o({open_sync, open_signals}), .count_o(open_count)
  );

  // In the cycle of its start a sync has not ended yet.
  assign retire_sync = open_valid && open_sync && !(fresh_q && open_count == Count'(1));
  assign retire_done = open_valid && !open_sync && (done_i || pending_q != '0);
  assign retire_o    = retire_sync || retire_done;
  assign signals_o   = open_valid ? open_signals : '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fresh_q   <= 1'b0;
      pending_q <= '0;
    end else begin
      fresh_q   <= issue;
      pending_q <= pending_q + Count'(done_i) - Count'(retire_done);
    end
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni) assert (!(done_i && pending_q >= open_count));
  end

endmodule
