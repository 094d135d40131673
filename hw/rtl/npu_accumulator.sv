// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The memory of sums: rows of R sums of 32 bits, in banks. The array and the vector unit each have
// a port to read and one to write. Data come one cycle after their address; a row that is read in
// the cycle of its write comes as it was before. Model: simulator/device/Memories.h.

module npu_accumulator #(
  parameter int unsigned R        = npu_pkg::ArrayRows,
  parameter int unsigned Banks    = npu_pkg::AccumulatorBanks,
  parameter int unsigned BankRows = npu_pkg::AccumulatorBankRows
) (
  input  logic            clk_i,
  input  logic            rst_ni,

  input  logic            array_read_i,
  input  logic [15:0]     array_read_addr_i,
  output logic [32*R-1:0] array_data_o,
  input  logic            array_write_i,
  input  logic [15:0]     array_write_addr_i,
  input  logic [32*R-1:0] array_data_i,

  input  logic            vector_read_i,
  input  logic [15:0]     vector_read_addr_i,
  output logic [32*R-1:0] vector_data_o,
  input  logic            vector_write_i,
  input  logic [15:0]     vector_write_addr_i,
  input  logic [32*R-1:0] vector_data_i,

  // As of npu_bank_check
  output logic            conflict_o,
  output logic            fault_o,
  output logic            fault_outside_o,
  output logic            fault_write_o,
  output logic [13:0]     fault_bank_o,
  output logic [3:0]      fault_first_o,
  output logic [3:0]      fault_second_o
);

  localparam logic [7:0] Sums = {npu_pkg::PortVectorSums, npu_pkg::PortArraySums};

  npu_banks #(
    .Banks(Banks), .Words(BankRows), .Width(32 * R), .Parts(1), .Address(16), .Readers(2),
    .Writers(2), .Names({Sums, Sums})
  ) u_banks (
    .clk_i, .rst_ni,
    .read_i({vector_read_i, array_read_i}),
    .read_addr_i({vector_read_addr_i, array_read_addr_i}),
    .read_data_o({vector_data_o, array_data_o}),
    .write_i({vector_write_i, array_write_i}),
    .write_addr_i({vector_write_addr_i, array_write_addr_i}),
    .write_mask_i('1),
    .write_data_i({vector_data_i, array_data_i}),
    .conflict_o, .fault_o, .fault_outside_o, .fault_write_o, .fault_bank_o, .fault_first_o,
    .fault_second_o
  );

endmodule
