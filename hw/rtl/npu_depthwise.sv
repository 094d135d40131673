// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The depthwise engine: convolutions of single channels, maxima and sums over windows, R channels
// at a time, as a source of sums for the pipe of npu_vector. npu_depthwise_seq, a part of the
// vector unit's sequencer, says what enters when. There are npu_pkg::DepthwiseFillCycles = 4
// stages, so that an output reaches stage 1 of the pipe five cycles after its last input is read:
// zero points and the line buffer, products, their sums, the sums of the passes before.
// Model: simulator/device/ExecuteVector.cpp and simulator/timing/VectorTiming.cpp.

module npu_depthwise #(
  parameter int unsigned R         = npu_pkg::ArrayRows,
  parameter int unsigned LineWidth = npu_pkg::DepthwiseLineWidth,
  parameter int unsigned SumRows   = npu_pkg::DepthwiseSumRows
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  // Weights: a row that has been read, or zero points for those that follow
  input  logic                  zeros_i,
  input  logic                  tap_valid_i,
  input  logic                  tap_file_i,
  input  npu_vector_pkg::tap_t  tap_i,
  input  logic [8*R-1:0]        tap_row_i,

  // A step, and the column that enters with it; one cycle later its input and the job
  input  npu_vector_pkg::step_t step_i,
  input  logic [11:0]           column_i,
  input  npu_vector_pkg::job_t  job_i,
  input  logic [8*R-1:0]        a_data_i,

  // Outputs: an entry of the pipe, and its sums one cycle later
  output logic                  valid_o,
  output logic                  last_o,      // the last cycle of a job
  output logic [23:0]           dst_addr_o,
  output logic [32*R-1:0]       sums_o
);

  localparam int unsigned Row = 9 * R;

  npu_vector_pkg::step_t s1_q, s2_q, s3_q, s4_q;
  logic                  is_mac, is_max;

  assign is_mac = job_i.window.op == npu_pkg::DepthwiseOpMac;
  assign is_max = job_i.window.op == npu_pkg::DepthwiseOpMax;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      s1_q <= '0;
      s2_q <= '0;
      s3_q <= '0;
      s4_q <= '0;
    end else begin
      s1_q <= step_i;
      s2_q <= s1_q;
      s3_q <= s2_q;
      s4_q <= s3_q;
    end
  end

  /////////////////////////////////////
  // Stage 1: the column that enters //
  /////////////////////////////////////

  wire [Row-1:0]   newest, rows0, rows1, rows2;
  wire [2*Row-1:0] older;

  npu_depthwise_line #(.R(R), .LineWidth(LineWidth)) u_line (
    .clk_i, .rst_ni, .read_i(step_i.exists), .column_i,
    .write_i(s1_q.exists), .rows_i({rows1, rows0}), .rows_o(older)
  );

  assign rows0 = s1_q.rows[0] ? newest : {R{is_max, 8'd0}};
  assign rows1 = s1_q.rows[1] ? older[0 +: Row] : {R{is_max, 8'd0}};
  assign rows2 = s1_q.rows[2] ? older[Row +: Row] : {R{is_max, 8'd0}};

  // Of an output: which columns of its window the input has, and the part of the window
  logic [2:0] of_part, columns, columns2_q, columns3_q;

  assign of_part = {s1_q.last_tap[1], s1_q.last_tap != '0, 1'b1};

  for (genvar l = 0; l < 3; l++) begin : g_columns
    logic signed [16:0] place;
    assign place      = s1_q.column - 17'(l);
    assign columns[l] = of_part[l] && !place[16] &&
                        place[15:0] <= {4'd0, job_i.window.last_in_w};
  end

  always_ff @(posedge clk_i) begin
    columns2_q <= columns;
    columns3_q <= columns2_q;
  end

  wire [9*Row-1:0] taps;

  npu_depthwise_weights #(.R(R)) u_weights (
    .clk_i, .zeros_i, .write_i(tap_valid_i), .write_file_i(tap_file_i), .tap_i, .row_i(tap_row_i),
    .read_i(s1_q.out && is_mac), .read_file_i(job_i.mode.file), .read_pass_i(s1_q.pass),
    .taps_o(taps)
  );

  ////////////////////////////////////////////
  // Stages 2 and 3: what a window is worth //
  ////////////////////////////////////////////

  wire [20*R-1:0] sum0;
  wire [19*R-1:0] sum1;
  wire [9*R-1:0]  most;

  for (genvar n = 0; n < R; n++) begin : g_lane
    logic signed [8:0] pixel;
    wire [80:0]        lane_taps;

    assign pixel = {!job_i.window.is_unsigned && a_data_i[8*n+7], a_data_i[8*n +: 8]};
    assign newest[9*n +: 9] = pixel - job_i.window.zp;

    for (genvar t = 0; t < 9; t++) begin : g_tap
      assign lane_taps[9*t +: 9] = taps[Row*t + 9*n +: 9];
    end

    npu_depthwise_lane u_lane (
      .clk_i, .step_i(s1_q.valid),
      .column_i({rows2[9*n +: 9], rows1[9*n +: 9], rows0[9*n +: 9]}),
      .is_mac_i(is_mac),
      .valid_i(s2_q.out), .columns_i(columns2_q), .taps_i(lane_taps),
      .valid2_i(s3_q.out), .step2_i(s2_q.valid), .columns2_i(columns3_q),
      .sum0_o(sum0[20*n +: 20]), .sum1_o(sum1[19*n +: 19]), .most_o(most[9*n +: 9])
    );
  end

  ////////////////////////////////////////
  // Stage 4: sums of the passes before //
  ////////////////////////////////////////

  npu_depthwise_sums #(.R(R), .SumRows(SumRows)) u_sums (
    .clk_i, .rst_ni,
    .read_i(s3_q.out && !s3_q.first), .index_i(s3_q.index),
    .valid_i(s4_q.out), .first_i(s4_q.first), .write_i(s4_q.out && !s4_q.emit),
    .write_index_i(s4_q.index), .is_max_i(is_max),
    .sum0_i(sum0), .sum1_i(sum1), .most_i(most), .sums_o
  );

  assign valid_o    = s4_q.out && s4_q.emit;
  assign last_o     = s4_q.last;
  assign dst_addr_o = s4_q.dst_addr;

  always_ff @(posedge clk_i) begin
    assert (npu_pkg::DepthwiseFillCycles == 4);
  end

endmodule
