// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Copies and fills within the scratchpad. A run takes one cycle at the port for each line that it
// touches, the greater number of source and destination for a copy, and a line is written
// CopyCycles after its cycle. In its cycle, line n of the source is read, one cycle later it comes;
// one more later it is held while its successor comes, and from both the aligner takes the bytes of
// line n of the destination. Fills pass the same stages and read nothing.
// No output depends on an input but enter_o and ahead_o. Model: simulator/timing/DmaTiming.cpp.

module npu_dma_local #(
  parameter  int unsigned R          = npu_pkg::ArrayRows,
  parameter  int unsigned CopyCycles = npu_pkg::DmaCopyCycles,  // at least 3
  localparam int unsigned Line       = R > 16 ? R : 16          // bytes of a line of the scratchpad
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  // A run, from registers; it enters once it may
  input  logic              valid_i,
  input  logic              may_i,
  input  logic              copy_i,
  input  logic [31:0]       value_i,
  input  logic [23:0]       src_i,
  input  logic [23:0]       dst_i,
  input  logic [15:0]       run_i,
  input  logic              last_i,
  output logic              enter_o,
  output logic              ahead_o,      // the next cycle is the last one at the port
  output logic              done_o,       // a command's last line is written
  output logic              busy_o,       // a run is at the port

  // Scratchpad
  output logic              s_read_o,
  output logic [23:0]       s_read_addr_o,
  input  logic [8*Line-1:0] s_data_i,
  output logic              s_write_o,
  output logic [23:0]       s_write_addr_o,
  output logic [Line-1:0]   s_write_mask_o,
  output logic [8*Line-1:0] s_write_data_o
);

  localparam int unsigned Bits  = $clog2(Line);
  localparam int unsigned Lines = 17 - Bits;      // bits of the number of a run's lines
  localparam int unsigned Extra = CopyCycles - 3;

  ///////////
  // A run //
  ///////////

  logic [Bits-1:0]  src_off, dst_off, most_off;
  logic [Bits:0]    dst_end;                      // its last byte, from the begin of its first line
  logic [Lines-1:0] lines;                        // less 1, of the side that has more
  logic             src_odd, dst_odd;             // the same of each side, modulo 2
  logic             enter, one;

  assign dst_off   = dst_i[Bits-1:0];
  assign src_off   = copy_i ? src_i[Bits-1:0] : dst_off;
  assign most_off  = src_off > dst_off ? src_off : dst_off;
  assign lines     = Lines'((17'(most_off) + 17'(run_i) - 17'd1) >> Bits);
  assign src_odd   = 1'((17'(src_off) + 17'(run_i) - 17'd1) >> Bits);
  assign dst_end   = (Bits+1)'(dst_off) + (Bits+1)'(run_i) - 1'b1;
  assign dst_odd   = dst_end[Bits];
  assign one       = 17'(run_i) + 17'(src_off) <= 17'(Line) &&
                     17'(run_i) + 17'(dst_off) <= 17'(Line);

  // A line in each cycle; `left` more come after it
  logic             valid_q, copy_q, last_q, first_q, behind_q;
  logic             src_short_q, dst_short_q;     // one line less than the other side
  logic [Lines-1:0] left_q;
  logic [31:0]      value_q;
  logic [23-Bits:0] src_q, dst_q;
  logic [Bits-1:0]  dst_off_q, dst_end_q, shift_q;
  logic             final_line, writes, dst_final;

  assign final_line = left_q == '0;
  assign enter      = valid_i && may_i && (!valid_q || final_line);
  assign enter_o    = enter;
  assign busy_o     = valid_q;
  assign ahead_o    = (valid_q && last_q && left_q == Lines'(1)) || (enter && last_i && one);
  assign writes     = valid_q && !(final_line && dst_short_q);
  assign dst_final  = left_q == Lines'(dst_short_q);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
    end else begin
      valid_q <= enter || (valid_q && !final_line);
    end
  end

  always_ff @(posedge clk_i) begin
    left_q  <= left_q - Lines'(1);
    first_q <= 1'b0;
    src_q   <= src_q + 1'b1;
    dst_q   <= dst_q + 1'b1;
    if (enter) begin
      copy_q      <= copy_i;
      last_q      <= last_i;
      first_q     <= 1'b1;
      value_q     <= value_i;
      src_q       <= src_i[23:Bits];
      dst_q       <= dst_i[23:Bits];
      dst_off_q   <= dst_off;
      dst_end_q   <= dst_end[Bits-1:0];
      left_q      <= lines;
      src_short_q <= src_odd != lines[0];
      dst_short_q <= dst_odd != lines[0];
      shift_q     <= src_off - dst_off;
      behind_q    <= src_off < dst_off;
    end
  end

  assign s_read_o      = valid_q && copy_q && !(final_line && src_short_q);
  assign s_read_addr_o = {src_q, {Bits{1'b0}}};

  /////////////
  // Aligner //
  /////////////

  // Stage 1: the line comes. Stage 2: it is held, the one after it comes. Stage 3: it is written.
  typedef struct packed {
    logic             copy;
    logic             behind;  // the destination begins later in its line than the source
    logic [Bits-1:0]  shift;
    logic [31:0]      value;
    logic [23-Bits:0] line;
    logic [Line-1:0]  mask;
  } tag_t;

  tag_t              tag, tag1_q, tag2_q;
  logic [1:0]        write_q, end_q;              // of stages 1 and 2
  logic [8*Line-1:0]  held_q, before_q, old, fresh, lanes, data;
  logic [16*Line-1:0] turns;

  always_comb begin
    tag.copy   = copy_q;
    tag.behind = behind_q;
    tag.shift  = shift_q;
    tag.value  = value_q;
    tag.line   = dst_q;
    for (int unsigned i = 0; i < Line; i++) begin
      tag.mask[i] = !(first_q && Bits'(i) < dst_off_q) && !(dst_final && Bits'(i) > dst_end_q);
    end
  end

  // Byte i of the destination is byte i + shift of the source's lines n and n + 1, or n - 1 and n.
  assign old   = tag2_q.behind ? before_q : held_q;
  assign fresh = tag2_q.behind ? held_q : s_data_i;

  always_comb begin
    for (int unsigned i = 0; i < Line; i++) begin
      lanes[8*i +: 8] = Bits'(i) < tag2_q.shift ? fresh[8*i +: 8] : old[8*i +: 8];
    end
  end

  assign turns = {lanes, lanes};
  assign data  = turns[{1'b0, tag2_q.shift, 3'd0} +: 8*Line];

  always_ff @(posedge clk_i) begin
    held_q   <= s_data_i;
    before_q <= held_q;
    tag1_q   <= tag;
    tag2_q   <= tag1_q;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      write_q <= '0;
      end_q   <= '0;
    end else begin
      write_q <= {write_q[0], writes};
      end_q   <= {end_q[0], valid_q && last_q && final_line};
    end
  end

  //////////////
  // A write //
  //////////////

  logic [Extra:0]    written_q, ended_q;
  logic [23-Bits:0]  line_q;
  logic [Line-1:0]   mask_q;
  logic [8*Line-1:0] data_q;

  if (Extra == 0) begin : g_at_once
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        written_q <= '0;
        ended_q   <= '0;
      end else begin
        written_q <= write_q[1];
        ended_q   <= end_q[1];
      end
    end
  end else begin : g_later
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        written_q <= '0;
        ended_q   <= '0;
      end else begin
        written_q <= {written_q[Extra-1:0], write_q[1]};
        ended_q   <= {ended_q[Extra-1:0], end_q[1]};
      end
    end
  end

  always_ff @(posedge clk_i) begin
    line_q <= tag2_q.line;
    mask_q <= tag2_q.mask;
    data_q <= tag2_q.copy ? data : {Line/4{tag2_q.value}};
  end

  npu_delay #(.Width(24 - Bits + 9 * Line), .Cycles(Extra)) u_later (
    .clk_i, .value_i({line_q, mask_q, data_q}),
    .value_o({s_write_addr_o[23:Bits], s_write_mask_o, s_write_data_o})
  );

  assign s_write_addr_o[Bits-1:0] = '0;
  assign s_write_o = written_q[Extra];
  assign done_o    = ended_q[Extra];

endmodule
