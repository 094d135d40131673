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
  output logic                    full_o,

  // Issue
  input  logic [8*Semaphores-1:0] count_i,
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

  localparam int unsigned Count = $clog2(Open + 1);

  npu_pkg::header_t header;
  logic             head, issue, open_full, open_valid, open_sync;
  logic [Count-1:0] open_count;

  // Tags with the tokens of all tags that name the same semaphore. They are added up as a command
  // comes in.
  function automatic [Tags-1:0] summed(input [29:0] tags);
    logic [5:0] sum;
    for (int unsigned i = 0; i < 3; i++) begin
      sum = 6'd0;
      for (int unsigned j = 0; j < 3; j++) begin
        if (tags[10*j +: 6] == tags[10*i +: 6]) sum = sum + 6'(tags[10*j+6 +: 4]);
      end
      summed[12*i +: 12] = {sum, tags[10*i +: 6]};
    end
  endfunction

  npu_pkg::header_t pushed;
  logic [Tags-1:0]  waits, signals, open_signals;

  assign pushed = cmd_i[95:0];

  npu_fifo #(.Width(512 + 2 * Tags), .Depth(Depth)) u_waiting (
    .clk_i, .rst_ni, .push_i,
    .data_i({summed({pushed.signal2_count, pushed.signal2_sem, pushed.signal1_count,
                     pushed.signal1_sem, pushed.signal0_count, pushed.signal0_sem}),
             summed({pushed.wait2_count, pushed.wait2_sem, pushed.wait1_count, pushed.wait1_sem,
                     pushed.wait0_count, pushed.wait0_sem}), cmd_i}),
    .full_o, .pop_i(issue), .valid_o(head), .data_o({signals, waits, cmd_o}), .count_o()
  );

  assign header  = cmd_o[95:0];
  assign waits_o = head ? waits : '0;
  assign sync_o  = header.opcode == npu_pkg::OpSync;

  ///////////
  // Issue //
  ///////////

  logic [2:0] met;

  for (genvar i = 0; i < 3; i++) begin : g_wait
    assign met[i] = count_i[8*waits[12*i +: 6] +: 8] >= 8'(waits[12*i+6 +: 6]);
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
