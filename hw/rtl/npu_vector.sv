// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The engine of queue `vector`: R lanes that rescale, join, reduce and look up rows, and transpose
// squares. The rows may be outputs of the depthwise engine, which is in front of the pipe. From
// the cycle in which a row is read until its result is written: 12 cycles; in the cycle after the
// last of them, done_o says that the command's results stand. Reads have one cycle of latency.
// Parameters go down a line of registers of their own, as long as the pipe, and change each
// stage's registers between the last row of the command two before and the first row of their own.
// Model: simulator/device/ExecuteVector.cpp and simulator/timing/VectorTiming.h.

module npu_vector #(
  parameter  int unsigned R         = npu_pkg::ArrayRows,
  parameter  int unsigned LineWidth = npu_pkg::DepthwiseLineWidth,
  parameter  int unsigned SumRows   = npu_pkg::DepthwiseSumRows,
  localparam int unsigned Line      = R > 16 ? R : 16  // bytes of a line of the scratchpad
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  // Commands: opcode and body
  input  logic              cmd_valid_i,
  output logic              cmd_ready_o,
  input  logic [7:0]        cmd_opcode_i,
  input  logic [415:0]      cmd_i,
  output logic              done_o,

  // Scratchpad: rows of R bytes, and lines with parameters that contain the address
  output logic              a_read_o,
  output logic [23:0]       a_addr_o,
  input  logic [8*R-1:0]    a_data_i,
  output logic              b_read_o,
  output logic [23:0]       b_addr_o,
  input  logic [8*R-1:0]    b_data_i,
  output logic              p_read_o,
  output logic [23:0]       p_addr_o,
  input  logic [8*Line-1:0] p_data_i,
  output logic              write_o,
  output logic [23:0]       write_addr_o,
  output logic [8*R-1:0]    write_data_o,

  // Accumulator: rows of R sums
  output logic              acc_read_o,
  output logic [15:0]       acc_read_addr_o,
  input  logic [32*R-1:0]   acc_data_i,
  output logic              acc_write_o,
  output logic [15:0]       acc_write_addr_o,
  output logic [32*R-1:0]   acc_data_o
);

  localparam int unsigned Parts   = npu_vector_pkg::Parts;
  localparam int unsigned Quarter = R / 4;             // words in a row of bytes
  localparam int unsigned Lines   = 256 / Line;        // lines of a table
  localparam int unsigned ByteWidth = 10;              // of a byte less a zero point

  logic [Parts-1:0]      p_part;
  logic [3:0]            p_index;
  logic                  p_file;
  logic [Parts-1:0]      part1_q;
  logic                  file1_q;
  npu_vector_pkg::tap_t  tap1_q;
  wire  [8*R-1:0]        param_row;
  npu_vector_pkg::tap_t  p_tap;
  npu_vector_pkg::slot_t slot, row_slot;
  npu_vector_pkg::step_t step;
  npu_vector_pkg::job_t  job;
  logic [11:0]           step_column;
  logic                  window_valid, window_last;
  logic [23:0]           window_dst;
  wire  [32*R-1:0]       window_sums;
  logic                  busy, window_busy, unit_clk, window_clk;

  // Neither the unit nor the depthwise engine has a clock while it has no command, once its stages
  // are empty.
  npu_clock_gate #(.Hold(32)) u_clock (
    .clk_i, .rst_ni, .busy_i(cmd_valid_i || busy), .clk_o(unit_clk)
  );
  npu_clock_gate #(.Hold(8)) u_window_clock (
    .clk_i, .rst_ni, .busy_i(window_busy), .clk_o(window_clk)
  );

  npu_vector_seq #(.R(R)) u_seq (
    .clk_i(unit_clk), .rst_ni, .cmd_valid_i, .cmd_ready_o, .cmd_opcode_i, .cmd_i,
    .p_read_o, .p_addr_o,
    .p_part_o(p_part), .p_index_o(p_index), .p_file_o(p_file), .p_tap_o(p_tap),
    .step_o(step), .step_column_o(step_column), .job_o(job), .step_last_i(window_last),
    .a_read_o, .a_addr_o, .acc_read_o, .acc_addr_o(acc_read_addr_o), .b_read_o, .b_addr_o,
    .slot_o(row_slot), .busy_o(busy), .window_busy_o(window_busy)
  );

  npu_depthwise #(.R(R), .LineWidth(LineWidth), .SumRows(SumRows)) u_depthwise (
    .clk_i(window_clk), .rst_ni,
    .zeros_i(part1_q[npu_vector_pkg::PartZeros]), .tap_valid_i(part1_q[npu_vector_pkg::PartTaps]),
    .tap_file_i(file1_q), .tap_i(tap1_q), .tap_row_i(param_row),
    .step_i(step), .column_i(step_column), .job_i(job), .a_data_i,
    .valid_o(window_valid), .last_o(window_last), .dst_addr_o(window_dst), .sums_o(window_sums)
  );

  // While the depthwise engine streams, the sequencer gives the mode alone.
  always_comb begin
    slot = row_slot;
    if (window_valid) begin
      slot.valid    = 1'b1;
      slot.dst_addr = window_dst;
    end
  end

  /////////////////////
  // The pipe's tags //
  /////////////////////

  // Stage k holds what was read k cycles ago.
  npu_vector_pkg::slot_t s1_q, s2_q, s3_q, s4_q, s5_q, s6_q, s7_q, s8_q, s9_q, s10_q, s11_q;
  logic                  last12_q;

  always_ff @(posedge unit_clk or negedge rst_ni) begin
    if (!rst_ni) begin
      s1_q     <= '0;
      s2_q     <= '0;
      s3_q     <= '0;
      s4_q     <= '0;
      s5_q     <= '0;
      s6_q     <= '0;
      s7_q     <= '0;
      s8_q     <= '0;
      s9_q     <= '0;
      s10_q    <= '0;
      s11_q    <= '0;
      last12_q <= 1'b0;
      done_o   <= 1'b0;
    end else begin
      s1_q     <= slot;
      s2_q     <= s1_q;
      s3_q     <= s2_q;
      s4_q     <= s3_q;
      s5_q     <= s4_q;
      s6_q     <= s5_q;
      s7_q     <= s6_q;
      s8_q     <= s7_q;
      s9_q     <= s8_q;
      s10_q    <= s9_q;
      s11_q    <= s10_q;
      last12_q <= s11_q.last;
      done_o   <= last12_q;
    end
  end

  ////////////////
  // Parameters //
  ////////////////

  // A row of parameters read k cycles ago is at stage k, as a row of data would be. What data use
  // at stage s is written from stage s - 1 (biases: 1), so that it shows up there in time.
  typedef struct packed {
    logic [Parts-1:0]  part;
    logic [3:0]        index;
    logic              file;
    logic [8*Line-1:0] data;
  } param_t;

  param_t           p1, p2_q, p3_q, p4_q, p5_q, p6_q, p7_q, p8_q, p9_q;
  logic [3:0]       index1_q;

  always_ff @(posedge unit_clk or negedge rst_ni) begin
    if (!rst_ni) begin
      part1_q <= '0;
    end else begin
      part1_q <= p_read_o ? p_part : '0;
    end
  end

  if (R < Line) begin : g_part_of_line
    logic [$clog2(Line/R)-1:0] place_q;
    always_ff @(posedge unit_clk) place_q <= p_addr_o[$clog2(Line)-1:$clog2(R)];
    assign param_row = p_data_i[8*R*place_q +: 8*R];
  end else begin : g_line
    assign param_row = p_data_i;
  end

  always_comb begin
    p1.part  = part1_q;
    p1.index = index1_q;
    p1.file  = file1_q;
    p1.data  = p_data_i;
    if (!part1_q[npu_vector_pkg::PartTable]) p1.data[8*R-1:0] = param_row;
  end

  always_ff @(posedge unit_clk) begin
    index1_q <= p_index;
    file1_q  <= p_file;
    tap1_q   <= p_tap;
    p2_q     <= p1;
    p3_q     <= p2_q;
    p4_q     <= p3_q;
    p5_q     <= p4_q;
    p6_q     <= p5_q;
    p7_q     <= p6_q;
    p8_q     <= p7_q;
    p9_q     <= p8_q;
  end

  ////////////////////
  // Rows that come //
  ////////////////////

  wire [8*R-1:0] column;

  npu_transpose #(.R(R)) u_transpose (
    .clk_i(unit_clk), .rst_ni, .step_i(s1_q.mode.transpose && (s1_q.read || s1_q.valid)),
    .row_i(a_data_i), .column_o(column)
  );

  // The first three quarters of a row of words wait for the fourth.
  logic [8*R-1:0]  quarter0_q, quarter1_q, quarter2_q;
  wire  [32*R-1:0] words;

  always_ff @(posedge unit_clk) begin
    if (s1_q.read && s1_q.part == 2'd0) quarter0_q <= a_data_i;
    if (s1_q.read && s1_q.part == 2'd1) quarter1_q <= a_data_i;
    if (s1_q.read && s1_q.part == 2'd2) quarter2_q <= a_data_i;
  end

  assign words = s1_q.mode.depthwise ? window_sums
               : s1_q.mode.a_kind == npu_pkg::VectorAKindAccumulator ? acc_data_i
               : s1_q.quarter ? {4{a_data_i}}
               : {a_data_i, quarter2_q, quarter1_q, quarter0_q};

  ///////////
  // Lanes //
  ///////////

  localparam logic signed [31:0] Least = 32'sh8000_0000, Most = 32'sh7fff_ffff;

  // The limits of stage 9, all lanes'
  logic signed [31:0] low, high, low_q, high_q;
  logic signed [32:0] low_less_zp_q, high_less_zp_q;

  always_comb begin
    low  = Least;
    high = Most;
    if (s8_q.mode.dst_kind == npu_pkg::VectorDstKindBytes) begin
      low  = 32'(s8_q.mode.out_min);
      high = 32'(s8_q.mode.out_max);
    end
  end

  always_ff @(posedge unit_clk) begin
    low_q          <= low;
    high_q         <= high;
    low_less_zp_q  <= 33'(low) - 33'(s8_q.mode.out_zp);
    high_less_zp_q <= 33'(high) - 33'(s8_q.mode.out_zp);
  end

  wire  [32*R-1:0]    result;
  logic               looks_up_q;

  always_ff @(posedge unit_clk) begin
    if (s10_q.valid && s10_q.emit) looks_up_q <= s10_q.mode.lookup;
  end

  for (genvar n = 0; n < R; n++) begin : g_lane
    // The lane's word of a row of parameters has the row's place as its number.
    localparam logic [3:0] Row = 4'(n / Quarter);

    logic signed [31:0] bias_q         [0:1];
    logic signed [31:0] a_multiplier_q [0:1];
    logic signed [31:0] b_multiplier_q [0:1];
    logic signed [31:0] multiplier_q   [0:1];
    logic        [5:0]  a_shift_q      [0:1];
    logic        [5:0]  b_shift_q      [0:1];
    logic        [5:0]  shift_q        [0:1];
    wire signed  [31:0] word1, word6;
    wire         [5:0]  shift1, shift6;

    assign word1 = p1.data[32*(n % Quarter) +: 32];
    assign word6 = p6_q.data[32*(n % Quarter) +: 32];

    npu_shift_limit u_shift1 (.shift_i(p1.data[8*n +: 8]), .shift_less_1_o(shift1));
    npu_shift_limit u_shift6 (.shift_i(p6_q.data[8*n +: 8]), .shift_less_1_o(shift6));

    always_ff @(posedge unit_clk) begin
      if (p1.index == Row) begin
        if (p1.part[npu_vector_pkg::PartBias]) bias_q[p1.file] <= word1;
        if (p1.part[npu_vector_pkg::PartA]) a_multiplier_q[p1.file] <= word1;
        if (p1.part[npu_vector_pkg::PartB]) b_multiplier_q[p1.file] <= word1;
      end
      if (p1.index == 4'd4) begin
        if (p1.part[npu_vector_pkg::PartA]) a_shift_q[p1.file] <= shift1;
        if (p1.part[npu_vector_pkg::PartB]) b_shift_q[p1.file] <= shift1;
      end
      if (p6_q.index == Row && p6_q.part[npu_vector_pkg::PartOutput]) begin
        multiplier_q[p6_q.file] <= word6;
      end
      if (p6_q.index == 4'd4 && p6_q.part[npu_vector_pkg::PartOutput]) begin
        shift_q[p6_q.file] <= shift6;
      end
    end

    // Stage 1: zero points and bias
    logic signed [8:0]  a_byte, b_byte;
    logic signed [31:0] a, a_q;
    logic signed [ByteWidth-1:0] a_less;
    logic signed [ByteWidth-1:0] b_q;

    assign a_byte = {!s1_q.mode.a_unsigned && a_data_i[8*n+7], a_data_i[8*n +: 8]};
    assign b_byte = {!s1_q.mode.b_unsigned && b_data_i[8*n+7], b_data_i[8*n +: 8]};
    assign a_less = ByteWidth'(a_byte) - ByteWidth'(s1_q.mode.a_zp);
    assign a      = s1_q.mode.a_kind == npu_pkg::VectorAKindBytes ? 32'(a_less)
                                                                  : words[32*n +: 32];

    always_ff @(posedge unit_clk) begin
      if (s1_q.valid) begin
        a_q <= s1_q.mode.transpose ? {24'd0, column[8*n +: 8]}
             : s1_q.mode.bias ? a + bias_q[s1_q.mode.file] : a;
        b_q <= ByteWidth'(b_byte) - ByteWidth'(s1_q.mode.b_zp);
      end
    end

    // Stages 2 to 4: scales of A, if it is bytes, and B
    wire signed [31:0] a_scaled, b_scaled;

    npu_rescale #(.Width(ByteWidth)) u_rescale_a (
      .clk_i(unit_clk),
      .value_i(a_q[ByteWidth-1:0]), .plain_i(a_q), .multiplier_i(a_multiplier_q[s2_q.mode.file]), .scale_i(s2_q.mode.a_rescale),
      .shift_less_1_i(a_shift_q[s2_q.mode.file]), .twice_i(s2_q.mode.twice),
      .zp_i(9'sd0), .low_i(Least), .high_i(Most), .low_less_zp_i(33'(Least)),
      .high_less_zp_i(33'(Most)), .value_o(a_scaled)
    );

    npu_rescale #(.Width(ByteWidth)) u_rescale_b (
      .clk_i(unit_clk),
      .value_i(b_q), .plain_i(32'(b_q)), .multiplier_i(b_multiplier_q[s2_q.mode.file]), .scale_i(s2_q.mode.b_rescale),
      .shift_less_1_i(b_shift_q[s2_q.mode.file]), .twice_i(s2_q.mode.twice),
      .zp_i(9'sd0), .low_i(Least), .high_i(Most), .low_less_zp_i(33'(Least)),
      .high_less_zp_i(33'(Most)), .value_o(b_scaled)
    );

    // Stage 5: what joins A and B
    logic signed [31:0] joined, joined_q;

    always_comb begin
      case (s5_q.mode.op)
        npu_pkg::VectorOpAdd: joined = a_scaled + b_scaled;
        npu_pkg::VectorOpSub: joined = a_scaled - b_scaled;
        npu_pkg::VectorOpMul: joined = a_scaled * 32'($signed(b_scaled[ByteWidth-1:0]));
        npu_pkg::VectorOpMax: joined = a_scaled > b_scaled ? a_scaled : b_scaled;
        npu_pkg::VectorOpMin: joined = a_scaled < b_scaled ? a_scaled : b_scaled;
        default:              joined = a_scaled;
      endcase
    end

    always_ff @(posedge unit_clk) begin
      if (s5_q.valid) joined_q <= joined;
    end

    // Stage 6: reductions
    logic signed [31:0] total_q;

    always_ff @(posedge unit_clk) begin
      if (s6_q.valid && (!s6_q.quarter || 4'(s6_q.part) == Row)) begin
        if (s6_q.first || s6_q.mode.reduce == npu_pkg::VectorReduceNone) total_q <= joined_q;
        else if (s6_q.mode.reduce == npu_pkg::VectorReduceSum) total_q <= total_q + joined_q;
        else if (s6_q.mode.reduce == npu_pkg::VectorReduceMax
                 ? joined_q > total_q : joined_q < total_q) total_q <= joined_q;
      end
    end

    // Stages 7 to 9: output scale, zero point and limits
    wire signed [31:0] limited;

    npu_rescale u_rescale (
      .clk_i(unit_clk),
      .value_i(total_q), .plain_i(total_q), .multiplier_i(multiplier_q[s7_q.mode.file]), .scale_i(s7_q.mode.rescale),
      .shift_less_1_i(shift_q[s7_q.mode.file]), .twice_i(s7_q.mode.twice),
      .zp_i(s9_q.mode.out_zp), .low_i(low_q), .high_i(high_q), .low_less_zp_i(low_less_zp_q),
      .high_less_zp_i(high_less_zp_q), .value_o(limited)
    );

    // Stage 10: the table, which each lane has for itself, since each reads another place of it
    logic [8*Line-1:0] table_q [0:2*Lines-1];
    logic [8*Line-1:0] line_q;
    logic signed [31:0] limited_q;

    always_ff @(posedge unit_clk) begin
      if (p9_q.part[npu_vector_pkg::PartTable]) begin
        table_q[{p9_q.file, p9_q.index[$clog2(Lines)-1:0]}] <= p9_q.data;
      end
    end

    always_ff @(posedge unit_clk) begin
      if (s10_q.valid && s10_q.emit) begin
        line_q    <= table_q[{s10_q.mode.file, limited[7 -: $clog2(Lines)]}];
        limited_q <= limited;
      end
    end

    assign result[32*n +: 32] = looks_up_q ? {24'd0, line_q[8*limited_q[$clog2(Line)-1:0] +: 8]}
                                           : limited_q;
  end

  npu_vector_write #(.R(R)) u_write (
    .clk_i(unit_clk), .rst_ni, .slot_i(s11_q), .row_i(result),
    .write_o, .write_addr_o, .write_data_o, .acc_write_o, .acc_write_addr_o, .acc_data_o
  );

endmodule
