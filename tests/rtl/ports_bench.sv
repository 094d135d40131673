// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Array and vector unit with their memories. The bench fills the memories and reads them by the DMA
// engines' ports and, for the accumulator, in the place of the array.

module ports_bench #(
  parameter  int unsigned R    = 8,
  localparam int unsigned Line = 16
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  input  logic              array_valid_i,
  output logic              array_ready_o,
  input  logic [415:0]      array_cmd_i,
  output logic              array_done_o,
  input  logic              vector_valid_i,
  output logic              vector_ready_o,
  input  logic [7:0]        vector_opcode_i,
  input  logic [415:0]      vector_cmd_i,
  output logic              vector_done_o,

  // The bench's own accesses, while the units do nothing
  input  logic              bench_i,
  input  logic              write_i,
  input  logic              read_i,
  input  logic [23:0]       addr_i,
  input  logic [8*Line-1:0] data_i,
  output logic [8*Line-1:0] data_o,
  input  logic              acc_write_i,
  input  logic              acc_read_i,
  input  logic [15:0]       acc_addr_i,
  input  logic [32*R-1:0]   acc_data_i,
  output logic [32*R-1:0]   acc_data_o,

  output logic              spad_conflict_o,
  output logic              spad_fault_o,
  output logic              spad_outside_o,
  output logic              spad_write_o,
  output logic [13:0]       spad_bank_o,
  output logic [3:0]        spad_first_o,
  output logic [3:0]        spad_second_o,
  output logic              acc_conflict_o,
  output logic              acc_fault_o,
  output logic              acc_outside_o,
  output logic              acc_write_o,
  output logic [13:0]       acc_bank_o,
  output logic [3:0]        acc_first_o,
  output logic [3:0]        acc_second_o
);

  logic              x_read, w_read, a_read, b_read, p_read, y_write;
  logic [23:0]       x_addr, w_addr, a_addr, b_addr, p_addr, y_addr;
  logic [8*R-1:0]    x_data, w_data, a_data, b_data, y_data;
  logic [8*Line-1:0] p_data;
  logic              m_read, m_write, v_read, v_write;     // matrix and vector: sums
  logic [15:0]       m_read_addr, m_write_addr, v_read_addr, v_write_addr;
  logic [32*R-1:0]   m_sums, m_written, v_sums, v_written;

  npu_array #(.R(R)) u_array (
    .clk_i, .rst_ni, .cmd_valid_i(array_valid_i), .cmd_ready_o(array_ready_o), .cmd_i(array_cmd_i),
    .done_o(array_done_o), .x_read_o(x_read), .x_addr_o(x_addr), .x_data_i(x_data),
    .w_read_o(w_read), .w_addr_o(w_addr), .w_data_i(w_data),
    .acc_read_o(m_read), .acc_read_addr_o(m_read_addr), .acc_data_i(m_sums),
    .acc_write_o(m_write), .acc_write_addr_o(m_write_addr), .acc_data_o(m_written)
  );

  npu_vector #(.R(R)) u_vector (
    .clk_i, .rst_ni, .cmd_valid_i(vector_valid_i), .cmd_ready_o(vector_ready_o),
    .cmd_opcode_i(vector_opcode_i), .cmd_i(vector_cmd_i), .done_o(vector_done_o),
    .a_read_o(a_read), .a_addr_o(a_addr), .a_data_i(a_data),
    .b_read_o(b_read), .b_addr_o(b_addr), .b_data_i(b_data),
    .p_read_o(p_read), .p_addr_o(p_addr), .p_data_i(p_data),
    .write_o(y_write), .write_addr_o(y_addr), .write_data_o(y_data),
    .acc_read_o(v_read), .acc_read_addr_o(v_read_addr), .acc_data_i(v_sums),
    .acc_write_o(v_write), .acc_write_addr_o(v_write_addr), .acc_data_o(v_written)
  );

  npu_scratchpad #(.R(R), .BankBytes(4096)) u_scratchpad (
    .clk_i, .rst_ni,
    .x_read_i(x_read), .x_addr_i(x_addr), .x_data_o(x_data),
    .w_read_i(w_read), .w_addr_i(w_addr), .w_data_o(w_data),
    .a_read_i(a_read), .a_addr_i(a_addr), .a_data_o(a_data),
    .b_read_i(b_read), .b_addr_i(b_addr), .b_data_o(b_data),
    .p_read_i(p_read), .p_addr_i(p_addr), .p_data_o(p_data),
    .y_write_i(y_write), .y_addr_i(y_addr), .y_data_i(y_data),
    .load_a_read_i(1'b0), .load_a_read_addr_i('0), .load_a_data_o(),
    .load_a_write_i(bench_i && write_i), .load_a_write_addr_i(addr_i), .load_a_write_mask_i('1),
    .load_a_write_data_i(data_i),
    .load_w_read_i(1'b0), .load_w_read_addr_i('0), .load_w_data_o(),
    .load_w_write_i(1'b0), .load_w_write_addr_i('0), .load_w_write_mask_i('0),
    .load_w_write_data_i('0),
    .store_read_i(bench_i && read_i), .store_read_addr_i(addr_i), .store_data_o(data_o),
    .store_write_i(1'b0), .store_write_addr_i('0), .store_write_mask_i('0),
    .store_write_data_i('0),
    .conflict_o(spad_conflict_o), .fault_o(spad_fault_o), .fault_outside_o(spad_outside_o),
    .fault_write_o(spad_write_o), .fault_bank_o(spad_bank_o), .fault_first_o(spad_first_o),
    .fault_second_o(spad_second_o)
  );

  npu_accumulator #(.R(R), .BankRows(64)) u_accumulator (
    .clk_i, .rst_ni,
    .array_read_i(bench_i ? acc_read_i : m_read),
    .array_read_addr_i(bench_i ? acc_addr_i : m_read_addr), .array_data_o(m_sums),
    .array_write_i(bench_i ? acc_write_i : m_write),
    .array_write_addr_i(bench_i ? acc_addr_i : m_write_addr),
    .array_data_i(bench_i ? acc_data_i : m_written),
    .vector_read_i(v_read), .vector_read_addr_i(v_read_addr), .vector_data_o(v_sums),
    .vector_write_i(v_write), .vector_write_addr_i(v_write_addr), .vector_data_i(v_written),
    .conflict_o(acc_conflict_o), .fault_o(acc_fault_o), .fault_outside_o(acc_outside_o),
    .fault_write_o(acc_write_o), .fault_bank_o(acc_bank_o), .fault_first_o(acc_first_o),
    .fault_second_o(acc_second_o)
  );

  assign acc_data_o = m_sums;

endmodule
