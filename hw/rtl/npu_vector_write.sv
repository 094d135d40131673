// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Stage 11 of the vector unit: the write of a row of results, as bytes, words or sums. A row of
// words that is complete at once takes this and the next three cycles.
// Counterpart: OutputStage::write of simulator/device/ExecuteVector.cpp.

module npu_vector_write #(
  parameter int unsigned R = npu_pkg::ArrayRows
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  input  npu_vector_pkg::slot_t slot_i,
  input  logic [32*R-1:0]       row_i,

  // Scratchpad and accumulator
  output logic                  write_o,
  output logic [23:0]           write_addr_o,
  output logic [8*R-1:0]        write_data_o,
  output logic                  acc_write_o,
  output logic [15:0]           acc_write_addr_o,
  output logic [32*R-1:0]       acc_data_o
);

  logic           emit, whole_words;
  logic [1:0]     part_q, part;
  logic           is_words;
  wire  [8*R-1:0] low_bytes;

  for (genvar n = 0; n < R; n++) begin : g_low
    assign low_bytes[8*n +: 8] = row_i[32*n +: 8];
  end

  assign emit        = slot_i.valid && slot_i.emit;
  assign whole_words = emit && !slot_i.quarter &&
                       slot_i.mode.dst_kind == npu_pkg::VectorDstKindWords;
  assign part        = part_q != '0 ? part_q : slot_i.quarter ? slot_i.part : 2'd0;
  assign is_words    = part_q != '0 || slot_i.mode.dst_kind == npu_pkg::VectorDstKindWords;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      part_q      <= '0;
      write_o     <= 1'b0;
      acc_write_o <= 1'b0;
    end else begin
      part_q      <= whole_words ? 2'd1 : part_q == '0 ? 2'd0 : part_q + 2'd1;
      write_o     <= part_q != '0 ||
                     (emit && slot_i.mode.dst_kind != npu_pkg::VectorDstKindAccumulator);
      acc_write_o <= emit && slot_i.mode.dst_kind == npu_pkg::VectorDstKindAccumulator;
    end
  end

  always_ff @(posedge clk_i) begin
    if (emit || part_q != '0) begin
      write_addr_o <= part_q != '0 ? write_addr_o + 24'(R) : slot_i.dst_addr;
      write_data_o <= is_words ? row_i[8*R*part +: 8*R] : low_bytes;
    end
    if (emit && slot_i.mode.dst_kind == npu_pkg::VectorDstKindAccumulator) begin
      acc_write_addr_o <= slot_i.dst_addr[15:0];
      acc_data_o       <= row_i;
    end
  end

endmodule
