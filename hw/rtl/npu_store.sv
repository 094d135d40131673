// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// DMA engine of the queue store: store, copy, fill, fill_words. A store reads bursts ahead of their
// grants, a line a cycle, and requests them one after the other; a granted one is sent without
// gaps. It ends when its last burst is answered. What follows a store may be done sooner, but ends
// are reported in the order of the commands. Model: simulator/timing/DmaTiming.cpp.

module npu_store #(
  parameter  int unsigned R           = npu_pkg::ArrayRows,
  parameter  int unsigned Bus         = npu_pkg::DramBytesPerCycle,
  parameter  int unsigned Outstanding = npu_pkg::DmaOutstanding,
  parameter  int unsigned StoreBursts = npu_pkg::DmaStoreBursts,
  parameter  int unsigned CopyCycles  = npu_pkg::DmaCopyCycles,
  parameter  int unsigned Open        = npu_pkg::QueueOpen,
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

  // Bursts: a request stays until it is granted; beats and answers come in the order of grants
  output logic              req_o,
  output logic [63:0]       req_addr_o,      // first byte
  output logic [5:0]        req_len_o,       // beats less 1
  input  logic              grant_i,
  output logic              wvalid_o,
  output logic [8*Bus-1:0]  wdata_o,
  output logic [Bus-1:0]    wstrb_o,
  output logic              wlast_o,
  input  logic              wready_i,
  input  logic              bvalid_i,

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

  // Without a command or a burst under way there is no clock, once all ends are told. Local
  // commands are rare, so what only they need has a clock of its own.
  logic             unit_clk, local_clk, local_busy;
  logic             valid, is_local;         // the front has a burst or a run
  logic             read_valid_q;            // a burst is read
  logic             req_valid;               // a burst is requested
  logic [Count-1:0] under_q;                 // bursts that are granted and not answered
  logic             open_valid;              // a command has not ended

  npu_clock_gate #(.Hold(CopyCycles + 4)) u_clock (
    .clk_i, .rst_ni,
    .busy_i(cmd_valid_i || valid || read_valid_q || req_valid || under_q != '0 || open_valid),
    .clk_o(unit_clk)
  );
  npu_clock_gate #(.Hold(CopyCycles + 2)) u_local_clock (
    .clk_i, .rst_ni, .busy_i((valid && is_local) || local_busy), .clk_o(local_clk)
  );

  ///////////
  // Front //
  ///////////

  logic        take, take_local, is_copy, last, next, enter, ahead, granted_last;
  logic [31:0] value;
  logic [63:0] dram;
  logic [23:0] spad;
  logic [6:0]  bytes;
  logic [15:0] run;

  npu_dma_front u_front (
    .clk_i(unit_clk), .rst_ni,
    .cmd_valid_i, .cmd_ready_o, .cmd_opcode_i, .cmd_i, .bases_i, .take_o(take),
    .take_local_o(take_local),
    .valid_o(valid), .local_o(is_local), .copy_o(is_copy), .value_o(value), .dram_o(dram),
    .spad_o(spad), .bytes_o(bytes), .run_o(run), .last_o(last), .next_i(next),
    .granted_i(granted_last), .ahead_i(ahead)
  );

  ////////////////
  // Reading it //
  ////////////////

  // A burst, and the line of it that is read next
  logic             read_last_q, to_read, read, last_line, read_end, full;
  logic [63:0]      read_dram_q;
  logic [23-Bits:0] read_line_q;
  logic [Bits-1:0]  read_first_q;
  logic [6:0]       read_bytes_q, end_dram;
  logic [7:0]       end_spad;
  logic [2:0]       number_q;

  assign end_dram  = 7'(read_dram_q[5:0]) + read_bytes_q - 7'd1;
  assign end_spad  = 8'(read_first_q) + 8'(read_bytes_q) - 8'd1;
  assign last_line = number_q == 3'(end_spad >> Bits);
  assign read      = read_valid_q && !full;
  assign read_end  = read && last_line;
  assign to_read   = valid && !is_local && (!read_valid_q || read_end);
  assign next      = to_read || enter;

  always_ff @(posedge unit_clk or negedge rst_ni) begin
    if (!rst_ni) begin
      read_valid_q <= 1'b0;
    end else begin
      read_valid_q <= to_read || (read_valid_q && !read_end);
    end
  end

  always_ff @(posedge unit_clk) begin
    if (read) begin
      read_line_q <= read_line_q + 1'b1;
      number_q    <= number_q + 3'd1;
    end
    if (to_read) begin
      read_dram_q  <= dram;
      read_line_q  <= spad[23:Bits];
      read_first_q <= spad[Bits-1:0];
      read_bytes_q <= bytes;
      read_last_q  <= last;
      number_q     <= '0;
    end
  end

  //////////////
  // Requests //
  //////////////

  logic             req_last, room_q, sending, answered_last;
  logic [5:0]       len, req_end;
  logic [Count-1:0] under;

  assign len = 6'(end_dram >> Shift) - 6'(read_dram_q[5:0] >> Shift);

  npu_fifo #(.Width(64 + 6 + 6 + 1), .Depth(StoreBursts)) u_read (
    .clk_i(unit_clk), .rst_ni, .push_i(read_end),
    .data_i({read_dram_q, end_dram[5:0], len, read_last_q}),
    .full_o(full), .pop_i(grant_i), .valid_o(req_valid),
    .data_o({req_addr_o, req_end, req_len_o, req_last}), .count_o()
  );

  assign req_o        = req_valid && room_q && !sending;
  assign granted_last = grant_i && req_last;
  assign under        = under_q + Count'(grant_i) - Count'(bvalid_i);

  always_ff @(posedge unit_clk or negedge rst_ni) begin
    if (!rst_ni) begin
      under_q <= '0;
      room_q  <= 1'b1;
    end else begin
      under_q <= under;
      room_q  <= under != Count'(Outstanding);
    end
  end

  npu_store_buffer #(.R(R), .Bus(Bus), .StoreBursts(StoreBursts)) u_buffer (
    .clk_i(unit_clk), .rst_ni,
    .read_i(read), .last_line_i(last_line), .number_i(number_q), .place_i(read_dram_q[5:0]),
    .first_i(read_first_q), .s_data_i,
    .grant_i, .begin_i(req_addr_o[5:0]), .end_i(req_end), .full_o(sending),
    .wvalid_o, .wdata_o, .wstrb_o, .wlast_o, .wready_i
  );

  npu_fifo #(.Width(1), .Depth(Outstanding)) u_answers (
    .clk_i(unit_clk), .rst_ni, .push_i(grant_i), .data_i(req_last), .full_o(), .pop_i(bvalid_i),
    .valid_o(), .data_o(answered_last), .count_o()
  );

  //////////
  // Ends //
  //////////

  localparam int unsigned Ends = $clog2(Open + 1);

  // What has ended while an older command had not
  logic            took_q, took_local_q;
  logic            open_local, stored_q, local_done, end_store, end_local;
  logic [Ends-1:0] stores_q, locals_q;

  npu_fifo #(.Width(1), .Depth(Open)) u_open (
    .clk_i(unit_clk), .rst_ni, .push_i(took_q), .data_i(took_local_q), .full_o(), .pop_i(done_o),
    .valid_o(open_valid), .data_o(open_local), .count_o()
  );

  assign end_store = open_valid && !open_local && (stored_q || stores_q != '0);
  assign end_local = open_valid && open_local && (local_done || locals_q != '0);
  assign done_o    = end_store || end_local;

  always_ff @(posedge unit_clk or negedge rst_ni) begin
    if (!rst_ni) begin
      took_q   <= 1'b0;
      stored_q <= 1'b0;
      stores_q <= '0;
      locals_q <= '0;
    end else begin
      took_q   <= take;
      stored_q <= bvalid_i && answered_last;
      stores_q <= stores_q + Ends'(stored_q) - Ends'(end_store);
      locals_q <= locals_q + Ends'(local_done) - Ends'(end_local);
    end
  end

  always_ff @(posedge unit_clk) took_local_q <= take_local;

  //////////////////////
  // Local, and ports //
  //////////////////////

  logic        local_read;
  logic [23:0] local_addr;

  // A store reads its last line before the next command starts.
  npu_dma_local #(.R(R), .CopyCycles(CopyCycles)) u_local (
    .clk_i(local_clk), .rst_ni,
    .valid_i(valid && is_local), .may_i(1'b1), .copy_i(is_copy), .value_i(value),
    .src_i(dram[23:0]), .dst_i(spad), .run_i(run), .last_i(last),
    .enter_o(enter), .ahead_o(ahead), .done_o(local_done), .busy_o(local_busy),
    .s_read_o(local_read), .s_read_addr_o(local_addr), .s_data_i,
    .s_write_o, .s_write_addr_o, .s_write_mask_o, .s_write_data_o
  );

  assign s_read_o      = local_read || read;
  assign s_read_addr_o = read_valid_q ? {read_line_q, {Bits{1'b0}}} : local_addr;

  always_ff @(posedge unit_clk) begin
    if (rst_ni) begin
      assert (!(grant_i && !req_o));
      assert (!(local_read && read_valid_q));
    end
  end

endmodule
