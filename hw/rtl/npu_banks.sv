// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A memory of banks, one after the other in the address space, and the crossbar to them. Nothing is
// arbitrated: each bank serves one reader and one writer in a cycle, and a second one is a fault
// (npu_bank_check). After a fault, no contents are certain. Data come one cycle after their
// address; a port that did not read sees anything. Model: simulator/device/Memories.h.

module npu_banks #(
  parameter  int unsigned          Banks   = 8,
  parameter  int unsigned          Words   = 256,          // of one bank; a power of two, 2 or more
  parameter  int unsigned          Width   = 128,          // bits of a word
  parameter  int unsigned          Parts   = 16,           // of a word, each with a mask bit
  parameter  int unsigned          Address = 11,           // bits of an address, which counts words
  parameter  int unsigned          Readers = 8,
  parameter  int unsigned          Writers = 4,
  parameter  logic [4*(Readers+Writers)-1:0] Names = '0    // npu_pkg::Port of each port
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,

  input  logic [Readers-1:0]         read_i,
  input  logic [Address*Readers-1:0] read_addr_i,
  output logic [Width*Readers-1:0]   read_data_o,

  input  logic [Writers-1:0]         write_i,
  input  logic [Address*Writers-1:0] write_addr_i,
  input  logic [Parts*Writers-1:0]   write_mask_i,
  input  logic [Width*Writers-1:0]   write_data_i,

  // As of npu_bank_check
  output logic                       conflict_o,
  output logic                       fault_o,
  output logic                       fault_outside_o,
  output logic                       fault_write_o,
  output logic [13:0]                fault_bank_o,
  output logic [3:0]                 fault_first_o,
  output logic [3:0]                 fault_second_o
);

  localparam int unsigned Index  = $clog2(Words);
  localparam int unsigned Bank   = Address > Index ? Address - Index : 1;   // bits of its number
  localparam int unsigned Select = Banks > 1 ? $clog2(Banks) : 1;
  localparam int unsigned Ports  = Readers + Writers;

  logic [Bank*Ports-1:0] bank;           // of each port, readers first
  logic [2*Banks-1:0]    twice;
  logic [Width-1:0]      data [0:Banks-1];

  for (genvar p = 0; p < Ports; p++) begin : g_port
    logic [Address-1:0] addr;
    if (p < Readers) begin : g_reader
      assign addr = read_addr_i[Address*p +: Address];
    end else begin : g_writer
      assign addr = write_addr_i[Address*(p-Readers) +: Address];
    end
    assign bank[Bank*p +: Bank] = Bank'(addr >> Index);
  end

  for (genvar b = 0; b < Banks; b++) begin : g_bank
    logic [Readers-1:0] reads;
    logic [Writers-1:0] writes;
    logic [Index-1:0]   read_index, write_index;
    logic [Parts-1:0]   mask;
    logic [Width-1:0]   write_data;

    // Conditions, not masks: simulation skips most of it in most cycles.
    always_comb begin
      reads      = '0;
      read_index = '0;
      if (read_i != '0) begin
        for (int unsigned p = 0; p < Readers; p++) begin
          if (read_i[p] && bank[Bank*p +: Bank] == Bank'(b)) begin
            reads[p]   = 1'b1;
            read_index = read_addr_i[Address*p +: Index];
          end
        end
      end
    end

    always_comb begin
      writes      = '0;
      write_index = '0;
      mask        = '0;
      write_data  = '0;
      if (write_i != '0) begin
        for (int unsigned p = 0; p < Writers; p++) begin
          if (write_i[p] && bank[Bank*(Readers+p) +: Bank] == Bank'(b)) begin
            writes[p]   = 1'b1;
            write_index = write_addr_i[Address*p +: Index];
            mask        = write_mask_i[Parts*p +: Parts];
            write_data  = write_data_i[Width*p +: Width];
          end
        end
      end
    end

    npu_bank #(.Words(Words), .Width(Width), .Parts(Parts)) u_bank (
      .clk_i, .read_i(reads != '0), .read_index_i(read_index), .data_o(data[b]),
      .write_i(writes != '0), .write_index_i(write_index), .write_mask_i(mask),
      .write_data_i(write_data)
    );

    assign twice[b]       = (reads & (reads - 1'b1)) != '0;
    assign twice[Banks+b] = (writes & (writes - 1'b1)) != '0;
  end

  for (genvar p = 0; p < Readers; p++) begin : g_select
    logic [Select-1:0] select_q;
    always_ff @(posedge clk_i) select_q <= Select'(bank[Bank*p +: Bank]);
    assign read_data_o[Width*p +: Width] = data[select_q];
  end

  npu_bank_check #(
    .Banks(Banks), .Readers(Readers), .Writers(Writers), .Bank(Bank), .Names(Names)
  ) u_check (
    .clk_i, .rst_ni, .used_i({write_i, read_i}), .bank_i(bank), .twice_i(twice), .conflict_o,
    .fault_o, .outside_o(fault_outside_o), .write_o(fault_write_o), .bank_o(fault_bank_o),
    .first_o(fault_first_o), .second_o(fault_second_o)
  );

endmodule
