// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// DMA engine of the queues load_a and load_w: load, copy, fill, fill_words. A load requests burst
// after burst as long as its buffer has a place for each; their beats fill the buffer in the order
// of the grants, and whole bursts go to the scratchpad in that order, a line a cycle. A local
// command waits until all bursts before it are written. Model: simulator/timing/DmaTiming.cpp.

module npu_load #(
  parameter  int unsigned R           = npu_pkg::ArrayRows,
  parameter  int unsigned Bus         = npu_pkg::DramBytesPerCycle,
  parameter  int unsigned Outstanding = npu_pkg::DmaOutstanding,
  parameter  int unsigned CopyCycles  = npu_pkg::DmaCopyCycles,
  localparam int unsigned Line        = R > 16 ? R : 16    // bytes of a line of the scratchpad
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  // Commands: opcode and body
  input  logic              cmd_valid_i,
  output logic              cmd_ready_o,
  input  logic [7:0]        cmd_opcode_i,
  input  logic [415:0]      cmd_i,
  input  logic [511:0]      bases_i,         // the base registers, the first lowest
  output logic              done_o,          // the oldest command ends

  // Bursts: a request stays until it is granted; beats come in the order of grants
  output logic              req_o,
  output logic [63:0]       req_addr_o,      // first byte
  output logic [5:0]        req_len_o,       // beats less 1
  input  logic              grant_i,
  input  logic              rvalid_i,
  input  logic              rlast_i,
  input  logic [8*Bus-1:0]  rdata_i,

  // Scratchpad
  output logic              s_read_o,
  output logic [23:0]       s_read_addr_o,
  input  logic [8*Line-1:0] s_data_i,
  output logic              s_write_o,
  output logic [23:0]       s_write_addr_o,
  output logic [Line-1:0]   s_write_mask_o,
  output logic [8*Line-1:0] s_write_data_o
);

  localparam int unsigned Bits  = $clog2(Line);
  localparam int unsigned Shift = $clog2(Bus);
  localparam int unsigned Count = $clog2(Outstanding + 1);

  // Without a command or a burst under way there is no clock, once all is written. Local commands
  // are rare, so what only they need has a clock of its own.
  logic             unit_clk, local_clk, local_busy;
  logic             valid, is_local;         // the front has a burst or a run
  logic             req_valid_q;             // a burst is requested
  logic [Count-1:0] under_q;                 // bursts that are granted and not written

  npu_clock_gate #(.Hold(CopyCycles + 4)) u_clock (
    .clk_i, .rst_ni,
    .busy_i(cmd_valid_i || valid || req_valid_q || under_q != '0 || local_busy), .clk_o(unit_clk)
  );
  npu_clock_gate #(.Hold(CopyCycles + 2)) u_local_clock (
    .clk_i, .rst_ni, .busy_i((valid && is_local) || local_busy), .clk_o(local_clk)
  );

  ///////////
  // Front //
  ///////////

  logic        is_copy, last, next, enter, ahead, granted_last, drained;
  logic [31:0] value;
  logic [63:0] dram;
  logic [23:0] spad;
  logic [6:0]  bytes;
  logic [15:0] run;

  npu_dma_front u_front (
    .clk_i(unit_clk), .rst_ni,
    .cmd_valid_i, .cmd_ready_o, .cmd_opcode_i, .cmd_i, .bases_i, .take_o(), .take_local_o(),
    .valid_o(valid), .local_o(is_local), .copy_o(is_copy), .value_o(value), .dram_o(dram),
    .spad_o(spad), .bytes_o(bytes), .run_o(run), .last_o(last), .next_i(next),
    .granted_i(granted_last), .ahead_i(ahead)
  );

  //////////////
  // Requests //
  //////////////

  logic             req_last_q, room_q, written, to_request;
  logic [63:0]      req_dram_q;
  logic [23:0]      req_spad_q;
  logic [6:0]       req_bytes_q;
  logic [Count-1:0] under;

  assign to_request   = valid && !is_local && (!req_valid_q || grant_i);
  assign next         = to_request || enter;
  assign granted_last = grant_i && req_last_q;
  assign under        = under_q + Count'(grant_i) - Count'(written);
  assign drained      = under_q == '0 || (under_q == Count'(1) && written);

  always_ff @(posedge unit_clk or negedge rst_ni) begin
    if (!rst_ni) begin
      req_valid_q <= 1'b0;
      under_q     <= '0;
      room_q      <= 1'b1;
    end else begin
      req_valid_q <= to_request || (req_valid_q && !grant_i);
      under_q     <= under;
      room_q      <= under != Count'(Outstanding);
    end
  end

  always_ff @(posedge unit_clk) begin
    if (to_request) begin
      req_dram_q  <= dram;
      req_spad_q  <= spad;
      req_bytes_q <= bytes;
      req_last_q  <= last;
    end
  end

  // The burst's last byte, from the begin of its 64 bytes and from the begin of its first line
  logic [6:0]      end_dram;
  logic [7:0]      end_spad;

  assign end_dram   = 7'(req_dram_q[5:0]) + req_bytes_q - 7'd1;
  assign end_spad   = 8'(req_spad_q[Bits-1:0]) + 8'(req_bytes_q) - 8'd1;
  assign req_o      = req_valid_q && room_q;
  assign req_addr_o = req_dram_q;
  assign req_len_o  = 6'(end_dram >> Shift) - 6'(req_dram_q[5:0] >> Shift);

  ////////////
  // Bursts //
  ////////////

  logic              line_valid_q, line_done_q;
  logic [23-Bits:0]  line_q;
  logic [Line-1:0]   line_mask_q;
  logic [8*Line-1:0] line_data_q;

  npu_load_buffer #(.R(R), .Bus(Bus), .Outstanding(Outstanding)) u_buffer (
    .clk_i(unit_clk), .rst_ni,
    .push_i(grant_i), .place_i(req_dram_q[5:0]), .line_i(req_spad_q[23:Bits]),
    .first_i(req_spad_q[Bits-1:0]), .end_i(end_spad), .last_i(req_last_q),
    .rvalid_i, .rlast_i, .rdata_i,
    .written_o(written), .valid_o(line_valid_q), .done_o(line_done_q), .line_o(line_q),
    .mask_o(line_mask_q), .data_o(line_data_q)
  );

  //////////////////////
  // Local, and ports //
  //////////////////////

  logic              local_write, local_done;
  logic [23:0]       local_addr;
  logic [Line-1:0]   local_mask;
  logic [8*Line-1:0] local_data;

  npu_dma_local #(.R(R), .CopyCycles(CopyCycles)) u_local (
    .clk_i(local_clk), .rst_ni,
    .valid_i(valid && is_local), .may_i(drained), .copy_i(is_copy), .value_i(value),
    .src_i(dram[23:0]), .dst_i(spad), .run_i(run), .last_i(last),
    .enter_o(enter), .ahead_o(ahead), .done_o(local_done), .busy_o(local_busy),
    .s_read_o, .s_read_addr_o, .s_data_i,
    .s_write_o(local_write), .s_write_addr_o(local_addr), .s_write_mask_o(local_mask),
    .s_write_data_o(local_data)
  );

  // The first answer to a load comes when the copy before it is written, unless CopyCycles exceeds
  // the memory's latency by more than 3.
  assign s_write_o      = line_valid_q || local_write;
  assign s_write_addr_o = line_valid_q ? {line_q, {Bits{1'b0}}} : local_addr;
  assign s_write_mask_o = line_valid_q ? line_mask_q : local_mask;
  assign s_write_data_o = line_valid_q ? line_data_q : local_data;
  assign done_o         = line_done_q || local_done;

  always_ff @(posedge unit_clk) begin
    if (rst_ni) begin
      assert (!(grant_i && !req_o));
      assert (!(line_valid_q && local_write));
      assert (!(line_done_q && local_done));
    end
  end

endmodule
