// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A memory block with a port to read and a port to write. Data come one cycle after their address,
// and stay until the next read. A word that is read in the cycle of its write comes as it was
// before. Of a word, only the parts in the mask are written. Model: simulator/device/Memories.h.

module npu_bank #(
  parameter  int unsigned Words = 256,                       // a power of two, 2 or more
  parameter  int unsigned Width = 128,
  parameter  int unsigned Parts = 16,                        // of a word, all of one width
  localparam int unsigned Index = $clog2(Words)
) (
  input  logic             clk_i,

  input  logic             read_i,
  input  logic [Index-1:0] read_index_i,
  output logic [Width-1:0] data_o,

  input  logic             write_i,
  input  logic [Index-1:0] write_index_i,
  input  logic [Parts-1:0] write_mask_i,
  input  logic [Width-1:0] write_data_i
);

  localparam int unsigned Part = Width / Parts;

  logic [Width-1:0] words_q [0:Words-1]  /* verilator public_flat_rw */;

  // A write is one assignment of a whole word, which is quick to simulate; synthesis finds that a
  // part outside the mask keeps its value, and gives the memory a write enable for each part.
  function automatic [Width-1:0] merged(input [Width-1:0] old, input [Width-1:0] data,
                                        input [Parts-1:0] mask);
    for (int unsigned i = 0; i < Parts; i++) begin
      merged[Part*i +: Part] = mask[i] ? data[Part*i +: Part] : old[Part*i +: Part];
    end
  endfunction

  always_ff @(posedge clk_i) begin
    if (read_i) data_o <= words_q[read_index_i];
    if (write_i) begin
      words_q[write_index_i] <= merged(words_q[write_index_i], write_data_i, write_mask_i);
    end
  end

endmodule
