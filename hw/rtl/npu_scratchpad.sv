// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The scratchpad: lines of max(R, 16) bytes, in banks. The array and the vector unit read and write
// rows of R bytes; the vector unit's parameters and the DMA engines' data are lines, of which a DMA
// engine writes the bytes in its mask. Of an address, the bits within the row or the line do not
// count. Data come one cycle after their address; a byte that is read in the cycle of its write
// comes as it was before. Model: simulator/device/Memories.h.

module npu_scratchpad #(
  parameter  int unsigned R         = npu_pkg::ArrayRows,
  parameter  int unsigned Banks     = npu_pkg::ScratchpadBanks,
  parameter  int unsigned BankBytes = npu_pkg::ScratchpadBankBytes,
  localparam int unsigned Line      = R > 16 ? R : 16
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  // Array: inputs and weights
  input  logic              x_read_i,
  input  logic [23:0]       x_addr_i,
  output logic [8*R-1:0]    x_data_o,
  input  logic              w_read_i,
  input  logic [23:0]       w_addr_i,
  output logic [8*R-1:0]    w_data_o,

  // Vector unit: operands, parameters, results
  input  logic              a_read_i,
  input  logic [23:0]       a_addr_i,
  output logic [8*R-1:0]    a_data_o,
  input  logic              b_read_i,
  input  logic [23:0]       b_addr_i,
  output logic [8*R-1:0]    b_data_o,
  input  logic              p_read_i,
  input  logic [23:0]       p_addr_i,
  output logic [8*Line-1:0] p_data_o,
  input  logic              y_write_i,
  input  logic [23:0]       y_addr_i,
  input  logic [8*R-1:0]    y_data_i,

  // DMA engines
  input  logic              load_a_read_i,
  input  logic [23:0]       load_a_read_addr_i,
  output logic [8*Line-1:0] load_a_data_o,
  input  logic              load_a_write_i,
  input  logic [23:0]       load_a_write_addr_i,
  input  logic [Line-1:0]   load_a_write_mask_i,
  input  logic [8*Line-1:0] load_a_write_data_i,
  input  logic              load_w_read_i,
  input  logic [23:0]       load_w_read_addr_i,
  output logic [8*Line-1:0] load_w_data_o,
  input  logic              load_w_write_i,
  input  logic [23:0]       load_w_write_addr_i,
  input  logic [Line-1:0]   load_w_write_mask_i,
  input  logic [8*Line-1:0] load_w_write_data_i,
  input  logic              store_read_i,
  input  logic [23:0]       store_read_addr_i,
  output logic [8*Line-1:0] store_data_o,
  input  logic              store_write_i,
  input  logic [23:0]       store_write_addr_i,
  input  logic [Line-1:0]   store_write_mask_i,
  input  logic [8*Line-1:0] store_write_data_i,

  // As of npu_bank_check
  output logic              conflict_o,
  output logic              fault_o,
  output logic              fault_outside_o,
  output logic              fault_write_o,
  output logic [13:0]       fault_bank_o,
  output logic [3:0]        fault_first_o,
  output logic [3:0]        fault_second_o
);

  localparam int unsigned InLine  = $clog2(Line);
  localparam int unsigned InRow   = $clog2(R);
  localparam int unsigned Address = 24 - InLine;
  localparam int unsigned RowsOfLine = Line / R;

  localparam logic [31:0] Readers = {
    npu_pkg::PortStore, npu_pkg::PortLoadW, npu_pkg::PortLoadA, npu_pkg::PortVectorP,
    npu_pkg::PortVectorB, npu_pkg::PortVectorA, npu_pkg::PortArrayW, npu_pkg::PortArrayX
  };
  localparam logic [15:0] Writers = {
    npu_pkg::PortStore, npu_pkg::PortLoadW, npu_pkg::PortLoadA, npu_pkg::PortVectorY
  };

  logic [8*Line-1:0] x_line, w_line, a_line, b_line, y_line;
  logic [Line-1:0]   y_mask;

  npu_banks #(
    .Banks(Banks), .Words(BankBytes / Line), .Width(8 * Line), .Parts(Line), .Address(Address),
    .Readers(8), .Writers(4), .Names({Writers, Readers})
  ) u_banks (
    .clk_i, .rst_ni,
    .read_i({store_read_i, load_w_read_i, load_a_read_i, p_read_i, b_read_i, a_read_i, w_read_i,
             x_read_i}),
    .read_addr_i({store_read_addr_i[23:InLine], load_w_read_addr_i[23:InLine],
                  load_a_read_addr_i[23:InLine], p_addr_i[23:InLine], b_addr_i[23:InLine],
                  a_addr_i[23:InLine], w_addr_i[23:InLine], x_addr_i[23:InLine]}),
    .read_data_o({store_data_o, load_w_data_o, load_a_data_o, p_data_o, b_line, a_line, w_line,
                  x_line}),
    .write_i({store_write_i, load_w_write_i, load_a_write_i, y_write_i}),
    .write_addr_i({store_write_addr_i[23:InLine], load_w_write_addr_i[23:InLine],
                   load_a_write_addr_i[23:InLine], y_addr_i[23:InLine]}),
    .write_mask_i({store_write_mask_i, load_w_write_mask_i, load_a_write_mask_i, y_mask}),
    .write_data_i({store_write_data_i, load_w_write_data_i, load_a_write_data_i, y_line}),
    .conflict_o, .fault_o, .fault_outside_o, .fault_write_o, .fault_bank_o, .fault_first_o,
    .fault_second_o
  );

  // Where a line is longer than a row, a row is a part of it.
  assign y_line = {RowsOfLine{y_data_i}};

  if (RowsOfLine == 1) begin : g_line
    assign y_mask   = '1;
    assign x_data_o = x_line;
    assign w_data_o = w_line;
    assign a_data_o = a_line;
    assign b_data_o = b_line;
  end else begin : g_rows
    logic [InLine-InRow-1:0] x_row_q, w_row_q, a_row_q, b_row_q;

    always_ff @(posedge clk_i) begin
      x_row_q <= x_addr_i[InLine-1:InRow];
      w_row_q <= w_addr_i[InLine-1:InRow];
      a_row_q <= a_addr_i[InLine-1:InRow];
      b_row_q <= b_addr_i[InLine-1:InRow];
    end

    for (genvar r = 0; r < RowsOfLine; r++) begin : g_mask
      assign y_mask[R*r +: R] = {R{y_addr_i[InLine-1:InRow] == r}};
    end
    assign x_data_o = x_line[8*R*x_row_q +: 8*R];
    assign w_data_o = w_line[8*R*w_row_q +: 8*R];
    assign a_data_o = a_line[8*R*a_row_q +: 8*R];
    assign b_data_o = b_line[8*R*b_row_q +: 8*R];
  end

  // Low bits of addresses
  logic unused;
  assign unused = ^{x_addr_i, w_addr_i, a_addr_i, b_addr_i, p_addr_i, y_addr_i, load_a_read_addr_i,
                    load_a_write_addr_i, load_w_read_addr_i, load_w_write_addr_i,
                    store_read_addr_i, store_write_addr_i};

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assert (!(x_read_i && x_addr_i[InRow-1:0] != '0));
      assert (!(w_read_i && w_addr_i[InRow-1:0] != '0));
      assert (!(a_read_i && a_addr_i[InRow-1:0] != '0));
      assert (!(b_read_i && b_addr_i[InRow-1:0] != '0));
      assert (!(y_write_i && y_addr_i[InRow-1:0] != '0));
    end
  end

endmodule
