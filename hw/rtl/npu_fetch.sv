// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fetch and dispatch: requests the commands of a program, one burst each, and hands them to their
// queues in program order. A command that no queue takes is a fault: it stays where it is and holds
// up all others until a reset. Of the outputs, push_o alone follows from an input: a place that a
// queue shows is used in the same cycle. Model: simulator/model/Fetch.cpp.

module npu_fetch #(
  parameter  int unsigned Depth  = npu_pkg::FetchDepth,
  parameter  int unsigned Bus    = npu_pkg::DramBytesPerCycle,
  localparam int unsigned Queues = npu_pkg::Queues
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  // A program, when none is under way; the first request comes one cycle later.
  input  logic              start_i,
  input  logic [63:0]       base_i,      // a multiple of 64
  input  logic [31:0]       count_i,     // commands
  output logic              busy_o,      // not all commands have gone to their queues

  // Bursts of 64 bytes. A request stays until it is granted; beats come in the order of grants.
  output logic              req_o,
  output logic [63:0]       req_addr_o,
  input  logic              grant_i,
  input  logic              rvalid_i,
  input  logic [8*Bus-1:0]  rdata_i,

  // Dispatch
  output logic [Queues-1:0] push_o,
  output logic [511:0]      cmd_o,
  input  logic [Queues-1:0] full_i,

  output logic              fault_o,
  output logic [31:0]       number_o     // of the next command to dispatch; after a fault, of that one
);

  localparam int unsigned Beats = 64 / Bus;
  localparam int unsigned Beat  = Beats > 1 ? $clog2(Beats) : 1;
  localparam int unsigned Count = $clog2(Depth + 1);
  localparam int unsigned Index = $clog2(npu_pkg::Opcodes);

  //////////////
  // Requests //
  //////////////

  logic             push, arrives, is_bad, more;
  logic             busy_q, req_q, fault_q;
  logic [63:0]      addr_q;
  logic [31:0]      left_q, number_q;     // to request; the next to dispatch
  logic [Count-1:0] under_q, under, there;
  logic [Beat-1:0]  beat_q;

  // Commands that are requested and not dispatched, after this cycle
  assign under = under_q + Count'(grant_i) - Count'(push);
  assign more  = grant_i ? left_q != 32'd1 : left_q != '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q   <= 1'b0;
      req_q    <= 1'b0;
      fault_q  <= 1'b0;
      left_q   <= '0;
      under_q  <= '0;
      beat_q   <= '0;
      number_q <= '0;
    end else if (start_i) begin
      busy_q   <= count_i != '0;
      req_q    <= count_i != '0;
      left_q   <= count_i;
      number_q <= '0;
    end else begin
      busy_q   <= more || under != '0;
      req_q    <= (req_q && !grant_i) || (more && under != Count'(Depth));
      fault_q  <= fault_q || is_bad;
      left_q   <= left_q - 32'(grant_i);
      under_q  <= under;
      number_q <= number_q + 32'(push);
      if (rvalid_i) beat_q <= arrives ? '0 : beat_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) addr_q <= base_i;
    else if (grant_i) addr_q <= addr_q + 64'd64;
  end

  assign busy_o     = busy_q;
  assign req_o      = req_q;
  assign req_addr_o = addr_q;
  assign fault_o    = fault_q;
  assign number_o   = number_q;

  ////////////////////////////
  // Commands that have come //
  ////////////////////////////

  logic [511:0] whole;
  logic         valid;

  assign arrives = rvalid_i && beat_q == Beat'(Beats - 1);

  if (Beats == 1) begin : g_whole
    assign whole = rdata_i;
  end else begin : g_parts
    logic [511-8*Bus:0] parts_q;
    assign whole = {rdata_i, parts_q};
    always_ff @(posedge clk_i) begin
      if (rvalid_i) parts_q <= whole[511:8*Bus];
    end
  end

  npu_fifo #(.Width(512), .Depth(Depth)) u_arrived (
    .clk_i, .rst_ni, .push_i(arrives), .data_i(whole), .full_o(),
    .pop_i(push), .valid_o(valid), .data_o(cmd_o), .count_o(there)
  );

  //////////////
  // Dispatch //
  //////////////

  logic [Queues-1:0] queue, takes;

  assign queue  = Queues'(8'd1 << cmd_o[10:8]);
  assign takes  = cmd_o[7:0] < 8'(npu_pkg::Opcodes)
                  ? npu_pkg::QueuesOfOpcode[Queues*cmd_o[Index-1:0] +: Queues] : '0;
  assign is_bad = valid && (queue & takes) == '0;
  assign push_o = valid ? queue & takes & ~full_i : '0;
  assign push   = push_o != '0;

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assert (!(start_i && (busy_q || fault_q || base_i[5:0] != '0)));
      assert (!(grant_i && !req_q));
      assert (!(rvalid_i && under_q == there));
    end
  end

endmodule
