// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The buffer of a load engine: places for bursts, in the order of their grants. Beats fill the
// place of their burst; from the cycle after its last beat on, a burst's bytes leave line by line,
// at the place in the line that they have in the scratchpad. Model: simulator/timing/DmaTiming.h.

module npu_load_buffer #(
  parameter  int unsigned R           = npu_pkg::ArrayRows,
  parameter  int unsigned Bus         = npu_pkg::DramBytesPerCycle,
  parameter  int unsigned Outstanding = npu_pkg::DmaOutstanding,
  localparam int unsigned Line        = R > 16 ? R : 16,   // bytes of a line of the scratchpad
  localparam int unsigned Bits        = $clog2(Line)
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  // A granted burst
  input  logic              push_i,
  input  logic [5:0]        place_i,         // of its first byte within 64
  input  logic [23-Bits:0]  line_i,          // its first line in the scratchpad
  input  logic [Bits-1:0]   first_i,         // the first byte in that line
  input  logic [7:0]        end_i,           // the last byte, from the begin of that line
  input  logic              last_i,          // the last burst of its command

  // Beats
  input  logic              rvalid_i,
  input  logic              rlast_i,
  input  logic [8*Bus-1:0]  rdata_i,

  output logic              written_o,       // a burst's last line leaves the buffer
  // Lines, as registers
  output logic              valid_o,
  output logic              done_o,          // with the last line of a command
  output logic [23-Bits:0]  line_o,
  output logic [Line-1:0]   mask_o,
  output logic [8*Line-1:0] data_o
);

  localparam int unsigned Banks = 64 / Bus;
  localparam int unsigned Bank  = Banks > 1 ? $clog2(Banks) : 1;
  localparam int unsigned Shift = $clog2(Bus);
  localparam int unsigned Count = $clog2(Outstanding + 1);
  localparam int unsigned Index = Outstanding > 1 ? $clog2(Outstanding) : 1;
  localparam int unsigned Tag   = 24 + 8 + 6 + 1;

  ///////////
  // Beats //
  ///////////

  logic [Index-1:0] put_q, get_q;
  logic [Bank-1:0]  first_bank, bank_q, bank;
  logic             fresh_q, comes;

  npu_fifo #(.Width(Bank), .Depth(Outstanding)) u_banks (
    .clk_i, .rst_ni, .push_i, .data_i(Bank'(place_i >> Shift)), .full_o(),
    .pop_i(comes), .valid_o(), .data_o(first_bank), .count_o()
  );

  assign bank  = fresh_q ? first_bank : bank_q;
  assign comes = rvalid_i && rlast_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fresh_q <= 1'b1;
      put_q   <= '0;
    end else begin
      if (rvalid_i) fresh_q <= rlast_i;
      if (comes) put_q <= put_q == Index'(Outstanding - 1) ? '0 : put_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (rvalid_i) bank_q <= bank + 1'b1;
  end

  logic [511:0] burst;

  for (genvar i = 0; i < Banks; i++) begin : g_bank
    logic [8*Bus-1:0] beats_q [0:Outstanding-1];
    always_ff @(posedge clk_i) begin
      if (rvalid_i && (Banks == 1 || bank == Bank'(i))) beats_q[put_q] <= rdata_i;
    end
    assign burst[8*Bus*i +: 8*Bus] = beats_q[get_q];
  end

  ///////////
  // Lines //
  ///////////

  logic             tag_valid, tag_last, last_line;
  logic [23-Bits:0] tag_line;
  logic [Bits-1:0]  tag_first;
  logic [7:0]       tag_end;
  logic [5:0]       tag_place, shift;
  logic [Count-1:0] whole_q;                 // bursts that have come and are not written
  logic             line_valid;
  logic [2:0]       number_q;                // of the line within its burst
  logic [1023:0]    turns;
  logic [Line-1:0]  mask;

  npu_fifo #(.Width(Tag), .Depth(Outstanding)) u_tags (
    .clk_i, .rst_ni, .push_i,
    .data_i({line_i, first_i, end_i, place_i, last_i}), .full_o(), .pop_i(written_o),
    .valid_o(tag_valid), .data_o({tag_line, tag_first, tag_end, tag_place, tag_last}), .count_o()
  );

  assign line_valid = whole_q != '0;
  assign last_line  = number_q == 3'(tag_end >> Bits);
  assign written_o  = line_valid && last_line;

  // Byte i of line n is byte n * Line + i - first of the burst.
  assign shift = tag_place - 6'(tag_first) + 6'({number_q, {Bits{1'b0}}});

  assign turns = {burst, burst};

  always_comb begin
    for (int unsigned i = 0; i < Line; i++) begin
      mask[i] = !(number_q == '0 && Bits'(i) < tag_first) &&
                !(last_line && Bits'(i) > tag_end[Bits-1:0]);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      get_q    <= '0;
      whole_q  <= '0;
      number_q <= '0;
      valid_o  <= 1'b0;
      done_o   <= 1'b0;
    end else begin
      if (written_o) get_q <= get_q == Index'(Outstanding - 1) ? '0 : get_q + 1'b1;
      whole_q <= whole_q + Count'(comes) - Count'(written_o);
      if (line_valid) number_q <= last_line ? '0 : number_q + 3'd1;
      valid_o <= line_valid;
      done_o  <= written_o && tag_last;
    end
  end

  always_ff @(posedge clk_i) begin
    line_o <= tag_line + (24-Bits)'(number_q);
    mask_o <= mask;
    data_o <= turns[{1'b0, shift, 3'd0} +: 8*Line];
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni) assert (!(line_valid && !tag_valid));
  end

endmodule
