// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// AXI4-Lite slave for registers: turns transfers into single reads and writes, one of each at a
// time. A write happens when its address and its data are there. Answers are registers, as is each
// ready: it says that a place is free.

module npu_axil #(
  parameter int unsigned Address = 12
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               awvalid_i,
  output logic               awready_o,
  input  logic [Address-1:0] awaddr_i,
  input  logic               wvalid_i,
  output logic               wready_o,
  input  logic [31:0]        wdata_i,
  input  logic [3:0]         wstrb_i,
  output logic               bvalid_o,
  input  logic               bready_i,
  output logic [1:0]         bresp_o,
  input  logic               arvalid_i,
  output logic               arready_o,
  input  logic [Address-1:0] araddr_i,
  output logic               rvalid_o,
  input  logic               rready_i,
  output logic [31:0]        rdata_o,
  output logic [1:0]         rresp_o,

  // Registers: what they answer belongs to the same cycle.
  output logic               write_o,
  output logic [Address-1:0] write_addr_o,
  output logic [31:0]        write_data_o,
  output logic [3:0]         write_strobe_o,
  input  logic               write_error_i,
  output logic               read_o,
  output logic [Address-1:0] read_addr_o,
  input  logic [31:0]        read_data_i,
  input  logic               read_error_i
);

  localparam logic [1:0] Okay     = 2'b00;
  localparam logic [1:0] SlaveErr = 2'b10;

  logic aw_q, w_q, ar_q;     // an address, data, an address have come

  assign awready_o = !aw_q;
  assign wready_o  = !w_q;
  assign arready_o = !ar_q;
  assign write_o   = aw_q && w_q && !bvalid_o;
  assign read_o    = ar_q && !rvalid_o;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      aw_q     <= 1'b0;
      w_q      <= 1'b0;
      ar_q     <= 1'b0;
      bvalid_o <= 1'b0;
      rvalid_o <= 1'b0;
    end else begin
      aw_q     <= aw_q ? !write_o : awvalid_i;
      w_q      <= w_q ? !write_o : wvalid_i;
      ar_q     <= ar_q ? !read_o : arvalid_i;
      bvalid_o <= bvalid_o ? !bready_i : write_o;
      rvalid_o <= rvalid_o ? !rready_i : read_o;
    end
  end

  always_ff @(posedge clk_i) begin
    if (awready_o) write_addr_o <= awaddr_i;
    if (wready_o) begin
      write_data_o   <= wdata_i;
      write_strobe_o <= wstrb_i;
    end
    if (arready_o) read_addr_o <= araddr_i;
    if (write_o) bresp_o <= write_error_i ? SlaveErr : Okay;
    if (read_o) begin
      rresp_o <= read_error_i ? SlaveErr : Okay;
      rdata_o <= read_data_i;
    end
  end

endmodule
