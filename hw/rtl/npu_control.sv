// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The five queues and the semaphores between them: from the dispatch of a command to its
// retirement. What it says of a cycle follows from registers, but for retirements, which follow from
// the engines' done_i as well. Model: simulator/timing/Replay.cpp.

module npu_control #(
  parameter  int unsigned Depth  = npu_pkg::QueueDepth,
  parameter  int unsigned Open   = npu_pkg::QueueOpen,
  localparam int unsigned Queues = npu_pkg::Queues
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  // Dispatch, to a queue that is not full
  input  logic [Queues-1:0]     push_i,
  input  logic [511:0]          cmd_i,
  output logic [Queues-1:0]     full_o,

  // Issue: in a cycle in which both are high, a command leaves its queue. A sync is not for the engine.
  output logic [Queues-1:0]     valid_o,
  output logic [Queues-1:0]     sync_o,
  input  logic [Queues-1:0]     ready_i,
  output logic [512*Queues-1:0] cmd_o,

  // The oldest command of an engine ends; the oldest of a queue retires
  input  logic [Queues-1:0]     done_i,
  output logic [Queues-1:0]     retire_o,

  output logic                  overflow_o,   // of a semaphore; stays high
  output logic [5:0]            overflow_semaphore_o
);

  localparam int unsigned Tags = 36;

  logic [8*npu_pkg::Semaphores-1:0] count;
  logic [Tags*Queues-1:0]           waits, signals;
  logic [Tags-1:0]                  cmd_waits, cmd_signals;

  npu_tags u_tags (.header_i(cmd_i[95:0]), .waits_o(cmd_waits), .signals_o(cmd_signals));

  for (genvar q = 0; q < Queues; q++) begin : g_queue
    npu_queue #(.Depth(Depth), .Open(Open)) u_queue (
      .clk_i, .rst_ni,
      .push_i(push_i[q]), .cmd_i, .waits_i(cmd_waits), .signals_i(cmd_signals),
      .full_o(full_o[q]),
      .count_i(count), .valid_o(valid_o[q]), .sync_o(sync_o[q]), .ready_i(ready_i[q]),
      .cmd_o(cmd_o[512*q +: 512]), .waits_o(waits[Tags*q +: Tags]),
      .done_i(done_i[q]), .retire_o(retire_o[q]), .signals_o(signals[Tags*q +: Tags])
    );
  end

  npu_semaphores #(.Queues(Queues)) u_semaphores (
    .clk_i, .rst_ni, .valid_i(valid_o), .ready_i, .waits_i(waits), .retire_i(retire_o),
    .signals_i(signals), .count_o(count), .overflow_o,
    .overflow_semaphore_o
  );

  always_ff @(posedge clk_i) begin
    if (rst_ni) assert ($onehot0(push_i));
  end

endmodule
