// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The three DMA engines and fetch on the bus. Ports of the engines stand side by side, load_a
// first; the testbench plays the queues, a scratchpad for each engine, and the memory.

module bus_bench #(
  parameter  int unsigned R           = npu_pkg::ArrayRows,
  parameter  int unsigned Bus         = npu_pkg::DramBytesPerCycle,
  parameter  int unsigned Outstanding = npu_pkg::DmaOutstanding,
  parameter  int unsigned StoreBursts = npu_pkg::DmaStoreBursts,
  parameter  int unsigned Depth       = npu_pkg::FetchDepth,
  localparam int unsigned Line        = R > 16 ? R : 16,
  localparam int unsigned Engines     = 3
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,

  input  logic [Engines-1:0]        cmd_valid_i,
  output logic [Engines-1:0]        cmd_ready_o,
  input  logic [8*Engines-1:0]      cmd_opcode_i,
  input  logic [416*Engines-1:0]    cmd_i,
  input  logic [512*Engines-1:0]    bases_i,
  output logic [Engines-1:0]        done_o,

  output logic [Engines-1:0]        s_read_o,
  output logic [32*Engines-1:0]     s_read_addr_o,
  input  logic [8*Line*Engines-1:0] s_data_i,
  output logic [Engines-1:0]        s_write_o,
  output logic [32*Engines-1:0]     s_write_addr_o,
  output logic [Line*Engines-1:0]   s_write_mask_o,
  output logic [8*Line*Engines-1:0] s_write_data_o,

  input  logic                      start_i,
  input  logic [63:0]               base_i,
  input  logic [31:0]               count_i,
  output logic                      busy_o,
  output logic [4:0]                push_o,
  output logic [511:0]              cmd_o,

  output logic                      arvalid_o,
  input  logic                      arready_i,
  output logic [1:0]                arid_o,
  output logic [63:0]               araddr_o,
  output logic [7:0]                arlen_o,
  output logic [2:0]                arsize_o,
  output logic [1:0]                arburst_o,
  input  logic                      rvalid_i,
  output logic                      rready_o,
  input  logic [1:0]                rid_i,
  input  logic [8*Bus-1:0]          rdata_i,
  input  logic [1:0]                rresp_i,
  input  logic                      rlast_i,
  output logic                      awvalid_o,
  input  logic                      awready_i,
  output logic [1:0]                awid_o,
  output logic [63:0]               awaddr_o,
  output logic [7:0]                awlen_o,
  output logic [2:0]                awsize_o,
  output logic [1:0]                awburst_o,
  output logic                      wvalid_o,
  input  logic                      wready_i,
  output logic [8*Bus-1:0]          wdata_o,
  output logic [Bus-1:0]            wstrb_o,
  output logic                      wlast_o,
  input  logic                      bvalid_i,
  output logic                      bready_o,
  input  logic [1:0]                bid_i,
  input  logic [1:0]                bresp_i,
  output logic                      fault_o,
  output logic                      fault_write_o,
  output logic [1:0]                fault_requester_o,
  output logic                      idle_o
);

  logic [3:0]       req, grant, read;
  logic [255:0]     req_addr;
  logic [23:0]      req_len;
  logic             read_last, written, fetch_fault;
  logic [31:0]      fetch_number;
  logic [8*Bus-1:0] read_data;

  for (genvar i = 0; i < Engines; i++) begin : g_engine
    assign s_read_addr_o[32*i+24 +: 8]  = '0;
    assign s_write_addr_o[32*i+24 +: 8] = '0;
    if (i < 2) begin : g_load
      npu_load #(.R(R), .Bus(Bus), .Outstanding(Outstanding)) u_engine (
        .clk_i, .rst_ni,
        .cmd_valid_i(cmd_valid_i[i]), .cmd_ready_o(cmd_ready_o[i]),
        .cmd_opcode_i(cmd_opcode_i[8*i +: 8]), .cmd_i(cmd_i[416*i +: 416]),
        .bases_i(bases_i[512*i +: 512]), .done_o(done_o[i]),
        .req_o(req[i]), .req_addr_o(req_addr[64*i +: 64]), .req_len_o(req_len[6*i +: 6]),
        .grant_i(grant[i]), .rvalid_i(read[i]), .rlast_i(read_last), .rdata_i(read_data),
        .s_read_o(s_read_o[i]), .s_read_addr_o(s_read_addr_o[32*i +: 24]),
        .s_data_i(s_data_i[8*Line*i +: 8*Line]),
        .s_write_o(s_write_o[i]), .s_write_addr_o(s_write_addr_o[32*i +: 24]),
        .s_write_mask_o(s_write_mask_o[Line*i +: Line]),
        .s_write_data_o(s_write_data_o[8*Line*i +: 8*Line])
      );
    end else begin : g_store
      npu_store #(.R(R), .Bus(Bus), .Outstanding(Outstanding), .StoreBursts(StoreBursts)) u_engine (
        .clk_i, .rst_ni,
        .cmd_valid_i(cmd_valid_i[i]), .cmd_ready_o(cmd_ready_o[i]),
        .cmd_opcode_i(cmd_opcode_i[8*i +: 8]), .cmd_i(cmd_i[416*i +: 416]),
        .bases_i(bases_i[512*i +: 512]), .done_o(done_o[i]),
        .req_o(req[i]), .req_addr_o(req_addr[64*i +: 64]), .req_len_o(req_len[6*i +: 6]),
        .grant_i(grant[i]), .wvalid_o, .wdata_o, .wstrb_o, .wlast_o, .wready_i,
        .bvalid_i(written),
        .s_read_o(s_read_o[i]), .s_read_addr_o(s_read_addr_o[32*i +: 24]),
        .s_data_i(s_data_i[8*Line*i +: 8*Line]),
        .s_write_o(s_write_o[i]), .s_write_addr_o(s_write_addr_o[32*i +: 24]),
        .s_write_mask_o(s_write_mask_o[Line*i +: Line]),
        .s_write_data_o(s_write_data_o[8*Line*i +: 8*Line])
      );
    end
  end

  npu_fetch #(.Depth(Depth), .Bus(Bus)) u_fetch (
    .clk_i, .rst_ni, .start_i, .base_i, .count_i, .busy_o,
    .req_o(req[3]), .req_addr_o(req_addr[255:192]), .grant_i(grant[3]), .rvalid_i(read[3]),
    .rdata_i(read_data), .push_o, .cmd_o, .full_i('0), .fault_o(fetch_fault),
    .number_o(fetch_number)
  );
  assign req_len[23:18] = 6'(64 / Bus - 1);

  npu_bus #(.Bus(Bus)) u_bus (
    .clk_i, .rst_ni, .req_i(req), .req_addr_i(req_addr), .req_len_i(req_len), .grant_o(grant),
    .read_o(read), .read_last_o(read_last), .read_data_o(read_data), .written_o(written),
    .arvalid_o, .arready_i, .arid_o, .araddr_o, .arlen_o, .arsize_o, .arburst_o,
    .rvalid_i, .rready_o, .rid_i, .rdata_i, .rresp_i, .rlast_i,
    .awvalid_o, .awready_i, .awid_o, .awaddr_o, .awlen_o, .awsize_o, .awburst_o,
    .bvalid_i, .bready_o, .bid_i, .bresp_i,
    .fault_o, .fault_write_o, .fault_requester_o, .halt_i(1'b0), .idle_o
  );

endmodule
