// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The whole NPU: a host writes registers (docs/reference/npu-registers.md) and gets an interrupt; the
// NPU fetches its program and moves its data as an AXI4 master. Commands go from npu_fetch to the
// queues of npu_control, and from there to the five engines, which meet in the two memories.
// Everything but the registers is reset before each program. Model: simulator/model/Npu.cpp.

module npu #(
  parameter  int unsigned R      = npu_pkg::ArrayRows,
  localparam int unsigned Bus    = npu_pkg::DramBytesPerCycle,
  localparam int unsigned Queues = npu_pkg::Queues,
  localparam int unsigned Line   = R > 16 ? R : 16
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  // Registers: AXI4-Lite
  input  logic              s_awvalid_i,
  output logic              s_awready_o,
  input  logic [11:0]       s_awaddr_i,
  input  logic              s_wvalid_i,
  output logic              s_wready_o,
  input  logic [31:0]       s_wdata_i,
  input  logic [3:0]        s_wstrb_i,
  output logic              s_bvalid_o,
  input  logic              s_bready_i,
  output logic [1:0]        s_bresp_o,
  input  logic              s_arvalid_i,
  output logic              s_arready_o,
  input  logic [11:0]       s_araddr_i,
  output logic              s_rvalid_o,
  input  logic              s_rready_i,
  output logic [31:0]       s_rdata_o,
  output logic [1:0]        s_rresp_o,
  output logic              irq_o,

  // Memory: AXI4
  output logic              m_arvalid_o,
  input  logic              m_arready_i,
  output logic [1:0]        m_arid_o,
  output logic [63:0]       m_araddr_o,
  output logic [7:0]        m_arlen_o,
  output logic [2:0]        m_arsize_o,
  output logic [1:0]        m_arburst_o,
  input  logic              m_rvalid_i,
  output logic              m_rready_o,
  input  logic [1:0]        m_rid_i,
  input  logic [8*Bus-1:0]  m_rdata_i,
  input  logic [1:0]        m_rresp_i,
  input  logic              m_rlast_i,
  output logic              m_awvalid_o,
  input  logic              m_awready_i,
  output logic [1:0]        m_awid_o,
  output logic [63:0]       m_awaddr_o,
  output logic [7:0]        m_awlen_o,
  output logic [2:0]        m_awsize_o,
  output logic [1:0]        m_awburst_o,
  output logic              m_wvalid_o,
  input  logic              m_wready_i,
  output logic [8*Bus-1:0]  m_wdata_o,
  output logic [Bus-1:0]    m_wstrb_o,
  output logic              m_wlast_o,
  input  logic              m_bvalid_i,
  output logic              m_bready_o,
  input  logic [1:0]        m_bid_i,
  input  logic [1:0]        m_bresp_i,

  // For benches, which see times by them: the cycle before the first one of a program, and for each
  // queue whether a command enters it, whether its engine could start another one in the next
  // cycle, whether one issues, and whether one retires.
  output logic              trace_begin_o,
  output logic [Queues-1:0] trace_push_o,
  output logic [Queues-1:0] trace_ready_o,
  output logic [Queues-1:0] trace_issue_o,
  output logic [Queues-1:0] trace_retire_o
);

  // Numbers of queues, and of requesters of the bus
  localparam int unsigned LoadA  = 0;
  localparam int unsigned LoadW  = 1;
  localparam int unsigned Matrix = 2;
  localparam int unsigned Vector = 3;
  localparam int unsigned Store  = 4;
  localparam int unsigned Opcode = 8;     // bits of it, and where the body of a command begins
  localparam int unsigned Body   = 96;
  localparam logic [63:0] Hash   =
      npu_pkg::ConfigHashes[64 * ($clog2(R) - $clog2(npu_pkg::LeastRows)) +: 64];

  ///////////////////////////////
  // Registers, fetch, control //
  ///////////////////////////////

  logic         engines_rst_n, begins, halt, bus_idle, command_fault, overflow, bus_fault;
  logic         bus_fault_write;
  logic [5:0]   overflow_semaphore;
  logic [1:0]   bus_fault_requester;
  logic [63:0]  program_base;
  logic [31:0]  commands, command_number;
  logic [511:0] bases, command;

  logic [Queues-1:0]     push, full, valid, sync, ready, done, retire, start;
  logic [512*Queues-1:0] head;

  logic         spad_conflict, spad_fault, spad_outside, spad_write;
  logic         acc_conflict, acc_fault, acc_outside, acc_write;
  logic [13:0]  spad_bank, acc_bank;
  logic [3:0]   spad_first, spad_second, acc_first, acc_second;

  npu_csr #(.Hash(Hash)) u_csr (
    .clk_i, .rst_ni,
    .awvalid_i(s_awvalid_i), .awready_o(s_awready_o), .awaddr_i(s_awaddr_i),
    .wvalid_i(s_wvalid_i), .wready_o(s_wready_o), .wdata_i(s_wdata_i), .wstrb_i(s_wstrb_i),
    .bvalid_o(s_bvalid_o), .bready_i(s_bready_i), .bresp_o(s_bresp_o),
    .arvalid_i(s_arvalid_i), .arready_o(s_arready_o), .araddr_i(s_araddr_i),
    .rvalid_o(s_rvalid_o), .rready_i(s_rready_i), .rdata_o(s_rdata_o), .rresp_o(s_rresp_o),
    .irq_o,
    .engines_rst_no(engines_rst_n), .begin_o(begins), .program_o(program_base),
    .commands_o(commands), .bases_o(bases), .halt_o(halt), .bus_idle_i(bus_idle),
    .retire_i(retire),
    .beat_read_i(m_rvalid_i), .beat_written_i(m_wvalid_o && m_wready_i),
    .spad_conflict_i(spad_conflict), .acc_conflict_i(acc_conflict),
    .command_fault_i(command_fault), .command_number_i(command_number), .overflow_i(overflow),
    .overflow_semaphore_i(overflow_semaphore),
    .spad_fault_i(spad_fault), .spad_outside_i(spad_outside), .spad_write_i(spad_write),
    .spad_bank_i(spad_bank), .spad_first_i(spad_first), .spad_second_i(spad_second),
    .acc_fault_i(acc_fault), .acc_outside_i(acc_outside), .acc_write_i(acc_write),
    .acc_bank_i(acc_bank), .acc_first_i(acc_first), .acc_second_i(acc_second),
    .bus_error_i(bus_fault), .bus_write_i(bus_fault_write),
    .bus_requester_i(bus_fault_requester)
  );

  logic        fetch_req;
  logic [63:0] fetch_addr;
  logic [3:0]  grant, read;
  logic        read_last, written;
  logic [8*Bus-1:0] read_data;

  npu_fetch u_fetch (
    .clk_i, .rst_ni(engines_rst_n), .start_i(begins), .base_i(program_base),
    .count_i(commands), .busy_o(),
    .req_o(fetch_req), .req_addr_o(fetch_addr), .grant_i(grant[3]), .rvalid_i(read[3]),
    .rdata_i(read_data),
    .push_o(push), .cmd_o(command), .full_i(full), .fault_o(command_fault),
    .number_o(command_number)
  );

  npu_control u_control (
    .clk_i, .rst_ni(engines_rst_n), .push_i(push), .cmd_i(command), .full_o(full),
    .valid_o(valid), .sync_o(sync), .ready_i(ready), .cmd_o(head), .done_i(done),
    .retire_o(retire), .overflow_o(overflow), .overflow_semaphore_o(overflow_semaphore)
  );

  assign start = valid & ~sync;

  /////////////////
  // DMA engines //
  /////////////////

  logic                load_a_req, load_w_req, store_req;
  logic [63:0]         load_a_addr, load_w_addr, store_addr;
  logic [5:0]          load_a_len, load_w_len, store_len;
  logic                load_a_read, load_a_write, load_w_read, load_w_write, store_read, store_write;
  logic [23:0]         load_a_from, load_a_to, load_w_from, load_w_to, store_from, store_to;
  logic [8*Line-1:0]   load_a_in, load_a_out, load_w_in, load_w_out, store_in, store_out;
  logic [Line-1:0]     load_a_mask, load_w_mask, store_mask;

  npu_load #(.R(R)) u_load_a (
    .clk_i, .rst_ni(engines_rst_n),
    .cmd_valid_i(start[LoadA]), .cmd_ready_o(ready[LoadA]),
    .cmd_opcode_i(head[512*LoadA +: Opcode]), .cmd_i(head[512*LoadA+Body +: 512-Body]),
    .bases_i(bases), .done_o(done[LoadA]),
    .req_o(load_a_req), .req_addr_o(load_a_addr), .req_len_o(load_a_len), .grant_i(grant[0]),
    .rvalid_i(read[0]), .rlast_i(read_last), .rdata_i(read_data),
    .s_read_o(load_a_read), .s_read_addr_o(load_a_from), .s_data_i(load_a_in),
    .s_write_o(load_a_write), .s_write_addr_o(load_a_to), .s_write_mask_o(load_a_mask),
    .s_write_data_o(load_a_out)
  );

  npu_load #(.R(R)) u_load_w (
    .clk_i, .rst_ni(engines_rst_n),
    .cmd_valid_i(start[LoadW]), .cmd_ready_o(ready[LoadW]),
    .cmd_opcode_i(head[512*LoadW +: Opcode]), .cmd_i(head[512*LoadW+Body +: 512-Body]),
    .bases_i(bases), .done_o(done[LoadW]),
    .req_o(load_w_req), .req_addr_o(load_w_addr), .req_len_o(load_w_len), .grant_i(grant[1]),
    .rvalid_i(read[1]), .rlast_i(read_last), .rdata_i(read_data),
    .s_read_o(load_w_read), .s_read_addr_o(load_w_from), .s_data_i(load_w_in),
    .s_write_o(load_w_write), .s_write_addr_o(load_w_to), .s_write_mask_o(load_w_mask),
    .s_write_data_o(load_w_out)
  );

  npu_store #(.R(R)) u_store (
    .clk_i, .rst_ni(engines_rst_n),
    .cmd_valid_i(start[Store]), .cmd_ready_o(ready[Store]),
    .cmd_opcode_i(head[512*Store +: Opcode]), .cmd_i(head[512*Store+Body +: 512-Body]),
    .bases_i(bases), .done_o(done[Store]),
    .req_o(store_req), .req_addr_o(store_addr), .req_len_o(store_len), .grant_i(grant[2]),
    .wvalid_o(m_wvalid_o), .wdata_o(m_wdata_o), .wstrb_o(m_wstrb_o), .wlast_o(m_wlast_o),
    .wready_i(m_wready_i), .bvalid_i(written),
    .s_read_o(store_read), .s_read_addr_o(store_from), .s_data_i(store_in),
    .s_write_o(store_write), .s_write_addr_o(store_to), .s_write_mask_o(store_mask),
    .s_write_data_o(store_out)
  );

  npu_bus u_bus (
    .clk_i, .rst_ni(engines_rst_n),
    .req_i({fetch_req, store_req, load_w_req, load_a_req}),
    .req_addr_i({fetch_addr, store_addr, load_w_addr, load_a_addr}),
    .req_len_i({6'(64 / Bus - 1), store_len, load_w_len, load_a_len}),
    .grant_o(grant), .read_o(read), .read_last_o(read_last), .read_data_o(read_data),
    .written_o(written),
    .arvalid_o(m_arvalid_o), .arready_i(m_arready_i), .arid_o(m_arid_o), .araddr_o(m_araddr_o),
    .arlen_o(m_arlen_o), .arsize_o(m_arsize_o), .arburst_o(m_arburst_o),
    .rvalid_i(m_rvalid_i), .rready_o(m_rready_o), .rid_i(m_rid_i), .rdata_i(m_rdata_i),
    .rresp_i(m_rresp_i), .rlast_i(m_rlast_i),
    .awvalid_o(m_awvalid_o), .awready_i(m_awready_i), .awid_o(m_awid_o), .awaddr_o(m_awaddr_o),
    .awlen_o(m_awlen_o), .awsize_o(m_awsize_o), .awburst_o(m_awburst_o),
    .bvalid_i(m_bvalid_i), .bready_o(m_bready_o), .bid_i(m_bid_i), .bresp_i(m_bresp_i),
    .fault_o(bus_fault), .fault_write_o(bus_fault_write),
    .fault_requester_o(bus_fault_requester), .halt_i(halt), .idle_o(bus_idle)
  );

  /////////////////////////////////////
  // Array, vector unit, the memories //
  /////////////////////////////////////

  logic              x_read, w_read, a_read, b_read, p_read, y_write;
  logic [23:0]       x_addr, w_addr, a_addr, b_addr, p_addr, y_addr;
  logic [8*R-1:0]    x_data, w_data, a_data, b_data, y_data;
  logic [8*Line-1:0] p_data;
  logic              array_read, array_write, vector_read, vector_write;
  logic [15:0]       array_from, array_to, vector_from, vector_to;
  logic [32*R-1:0]   array_in, array_out, vector_in, vector_out;

  npu_array #(.R(R)) u_array (
    .clk_i, .rst_ni(engines_rst_n),
    .cmd_valid_i(start[Matrix]), .cmd_ready_o(ready[Matrix]),
    .cmd_i(head[512*Matrix+Body +: 512-Body]), .done_o(done[Matrix]),
    .x_read_o(x_read), .x_addr_o(x_addr), .x_data_i(x_data),
    .w_read_o(w_read), .w_addr_o(w_addr), .w_data_i(w_data),
    .acc_read_o(array_read), .acc_read_addr_o(array_from), .acc_data_i(array_in),
    .acc_write_o(array_write), .acc_write_addr_o(array_to), .acc_data_o(array_out)
  );

  npu_vector #(.R(R)) u_vector (
    .clk_i, .rst_ni(engines_rst_n),
    .cmd_valid_i(start[Vector]), .cmd_ready_o(ready[Vector]),
    .cmd_opcode_i(head[512*Vector +: Opcode]), .cmd_i(head[512*Vector+Body +: 512-Body]),
    .done_o(done[Vector]),
    .a_read_o(a_read), .a_addr_o(a_addr), .a_data_i(a_data),
    .b_read_o(b_read), .b_addr_o(b_addr), .b_data_i(b_data),
    .p_read_o(p_read), .p_addr_o(p_addr), .p_data_i(p_data),
    .write_o(y_write), .write_addr_o(y_addr), .write_data_o(y_data),
    .acc_read_o(vector_read), .acc_read_addr_o(vector_from), .acc_data_i(vector_in),
    .acc_write_o(vector_write), .acc_write_addr_o(vector_to), .acc_data_o(vector_out)
  );

  npu_scratchpad #(.R(R)) u_scratchpad (
    .clk_i, .rst_ni(engines_rst_n),
    .x_read_i(x_read), .x_addr_i(x_addr), .x_data_o(x_data),
    .w_read_i(w_read), .w_addr_i(w_addr), .w_data_o(w_data),
    .a_read_i(a_read), .a_addr_i(a_addr), .a_data_o(a_data),
    .b_read_i(b_read), .b_addr_i(b_addr), .b_data_o(b_data),
    .p_read_i(p_read), .p_addr_i(p_addr), .p_data_o(p_data),
    .y_write_i(y_write), .y_addr_i(y_addr), .y_data_i(y_data),
    .load_a_read_i(load_a_read), .load_a_read_addr_i(load_a_from), .load_a_data_o(load_a_in),
    .load_a_write_i(load_a_write), .load_a_write_addr_i(load_a_to),
    .load_a_write_mask_i(load_a_mask), .load_a_write_data_i(load_a_out),
    .load_w_read_i(load_w_read), .load_w_read_addr_i(load_w_from), .load_w_data_o(load_w_in),
    .load_w_write_i(load_w_write), .load_w_write_addr_i(load_w_to),
    .load_w_write_mask_i(load_w_mask), .load_w_write_data_i(load_w_out),
    .store_read_i(store_read), .store_read_addr_i(store_from), .store_data_o(store_in),
    .store_write_i(store_write), .store_write_addr_i(store_to),
    .store_write_mask_i(store_mask), .store_write_data_i(store_out),
    .conflict_o(spad_conflict), .fault_o(spad_fault), .fault_outside_o(spad_outside),
    .fault_write_o(spad_write), .fault_bank_o(spad_bank), .fault_first_o(spad_first),
    .fault_second_o(spad_second)
  );

  npu_accumulator #(.R(R)) u_accumulator (
    .clk_i, .rst_ni(engines_rst_n),
    .array_read_i(array_read), .array_read_addr_i(array_from), .array_data_o(array_in),
    .array_write_i(array_write), .array_write_addr_i(array_to), .array_data_i(array_out),
    .vector_read_i(vector_read), .vector_read_addr_i(vector_from), .vector_data_o(vector_in),
    .vector_write_i(vector_write), .vector_write_addr_i(vector_to), .vector_data_i(vector_out),
    .conflict_o(acc_conflict), .fault_o(acc_fault), .fault_outside_o(acc_outside),
    .fault_write_o(acc_write), .fault_bank_o(acc_bank), .fault_first_o(acc_first),
    .fault_second_o(acc_second)
  );

  assign trace_begin_o  = begins;
  assign trace_push_o   = push;
  assign trace_ready_o  = ready;
  assign trace_issue_o  = valid & ready;
  assign trace_retire_o = retire;

endmodule
