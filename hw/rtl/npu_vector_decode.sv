// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Turns a command of queue `vector` into the job that the sequencers want: the fields of three
// kinds of commands in one place, and what they make the pipe do. Combinational; all but the
// register file.
// Counterpart: the commands of simulator/isa/Command.h as simulator/device/ExecuteVector.cpp reads
// them.

module npu_vector_decode #(
  parameter int unsigned R = npu_pkg::ArrayRows
) (
  input  logic [7:0]           opcode_i,
  input  logic [415:0]         cmd_i,
  output npu_vector_pkg::job_t job_o
);

  npu_pkg::vector_body_t    vector;
  npu_pkg::depthwise_body_t depthwise;
  npu_pkg::transpose_body_t square;
  npu_vector_pkg::side_t    first_h, first_w;
  logic                     joins, slides, is_mac, short_words;

  assign vector    = cmd_i;
  assign depthwise = cmd_i;
  assign square    = cmd_i;
  assign joins     = vector.op != npu_pkg::VectorOpCopy;
  assign slides    = opcode_i == npu_pkg::OpDepthwise;
  assign is_mac    = depthwise.op == npu_pkg::DepthwiseOpMac;

  npu_depthwise_first u_first_h (
    .kernel_i(depthwise.kernel_h), .pad_i(depthwise.pad_top), .side_o(first_h)
  );
  npu_depthwise_first u_first_w (
    .kernel_i(depthwise.kernel_w), .pad_i(depthwise.pad_left), .side_o(first_w)
  );

  ////////////
  // Vector //
  ////////////

  npu_vector_pkg::job_t row_job;

  assign short_words = vector.reduce != npu_pkg::VectorReduceNone
                       && vector.dst_kind == npu_pkg::VectorDstKindWords
                       && vector.a_kind != npu_pkg::VectorAKindWords;

  always_comb begin
    row_job = '0;
    row_job.mode.a_kind     = vector.a_kind;
    row_job.mode.a_unsigned = vector.a_unsigned;
    row_job.mode.a_zp       = vector.a_zp;
    row_job.mode.a_rescale  = vector.a_rescale;
    row_job.mode.b_unsigned = vector.b_unsigned;
    row_job.mode.b_zp       = vector.b_zp;
    row_job.mode.b_rescale  = vector.b_rescale;
    row_job.mode.op         = vector.op;
    row_job.mode.reduce     = vector.reduce;
    // The output stage has the same fields in both commands.
    row_job.mode.bias       = vector.bias;
    row_job.mode.rescale    = vector.rescale;
    row_job.mode.twice      = vector.double_round;
    row_job.mode.lookup     = vector.lookup;
    row_job.mode.dst_kind   = vector.dst_kind;
    row_job.mode.out_zp     = vector.out_zp;
    row_job.mode.out_min    = vector.out_min;
    row_job.mode.out_max    = vector.out_max;
    row_job.parts[npu_vector_pkg::PartBias]   = vector.bias;
    row_job.parts[npu_vector_pkg::PartOutput] = vector.rescale;
    row_job.parts[npu_vector_pkg::PartA]      = vector.a_rescale;
    row_job.parts[npu_vector_pkg::PartB]      = vector.b_rescale && joins;
    row_job.parts[npu_vector_pkg::PartTable]  = vector.lookup;
    row_job.param_addr      = vector.param_addr;
    row_job.table_addr      = vector.table_addr;
    row_job.count0          = vector.count0;
    row_job.count1          = vector.count1;
    row_job.short_words     = short_words;
    row_job.lead            = short_words && vector.count0 < 16'd4 ? 2'(16'd4 - vector.count0) : 2'd0;
    row_job.a_addr          = vector.a_addr;
    row_job.a_step0         = vector.a_step0;
    row_job.a_step1         = vector.a_step1;
    row_job.a_row_step      = 24'(R);
    row_job.b_addr          = vector.b_addr;
    row_job.b_step0         = vector.b_step0;
    row_job.b_step1         = vector.b_step1;
    row_job.dst_addr        = vector.dst_addr;
    row_job.dst_step0       = vector.dst_step0;
    row_job.dst_step1       = vector.dst_step1;
    row_job.dst_row_step    = 24'(R);
  end

  ///////////////
  // Depthwise //
  ///////////////

  npu_vector_pkg::job_t window_job;

  always_comb begin
    window_job = row_job;
    // Its outputs pass the pipe as sums that nothing joins.
    window_job.mode.depthwise  = 1'b1;
    window_job.mode.a_kind     = npu_pkg::VectorAKindAccumulator;
    window_job.mode.a_rescale  = 1'b0;
    window_job.mode.op         = npu_pkg::VectorOpCopy;
    window_job.mode.reduce     = npu_pkg::VectorReduceNone;
    window_job.parts[npu_vector_pkg::PartA]     = 1'b0;
    window_job.parts[npu_vector_pkg::PartB]     = 1'b0;
    window_job.parts[npu_vector_pkg::PartZeros] = is_mac && depthwise.weight_zp_columns;
    window_job.parts[npu_vector_pkg::PartTaps]  = is_mac;
    window_job.short_words          = 1'b0;
    window_job.lead                 = 2'd0;
    window_job.a_addr               = depthwise.src_addr;
    window_job.a_step0              = depthwise.step_w;
    window_job.a_step1              = depthwise.step_h;
    window_job.window.op            = depthwise.op;
    window_job.window.is_unsigned   = depthwise.input_unsigned;
    window_job.window.zp            = depthwise.input_zp;
    window_job.window.last_out_h    = depthwise.out_h - 12'd1;
    window_job.window.last_out_w    = depthwise.out_w - 12'd1;
    window_job.window.last_in_h     = depthwise.in_h - 12'd1;
    window_job.window.last_in_w     = depthwise.in_w - 12'd1;
    window_job.window.last_stride_h = depthwise.stride_h - 4'd1;
    window_job.window.last_stride_w = depthwise.stride_w - 4'd1;
    window_job.window.h             = first_h;
    window_job.window.w             = first_w;
    window_job.window.kernel_h      = depthwise.kernel_h;
    window_job.window.kernel_w      = depthwise.kernel_w;
    window_job.window.tap_addr      = depthwise.weight_addr;
    window_job.window.zeros_addr    = depthwise.weight_zp_addr;
    window_job.window.taps_unsigned = depthwise.weight_unsigned;
    window_job.window.taps_columns  = depthwise.weight_zp_columns;
    window_job.window.taps_zp       = depthwise.weight_zp;
  end

  ///////////////
  // Transpose //
  ///////////////

  npu_vector_pkg::job_t square_job;

  always_comb begin
    square_job = '0;
    // Squares pass the pipe as bytes that nothing changes.
    square_job.mode.transpose  = 1'b1;
    square_job.mode.a_kind     = npu_pkg::VectorAKindBytes;
    square_job.mode.a_unsigned = 1'b1;
    square_job.mode.op         = npu_pkg::VectorOpCopy;
    square_job.mode.reduce     = npu_pkg::VectorReduceNone;
    square_job.mode.dst_kind   = npu_pkg::VectorDstKindBytes;
    square_job.mode.out_max    = 9'sd255;
    square_job.count0          = square.count0;
    square_job.count1          = square.count1;
    square_job.a_addr          = square.src_addr;
    square_job.a_step0         = square.src_step0;
    square_job.a_step1         = square.src_step1;
    square_job.a_row_step      = square.src_row_step;
    square_job.dst_addr        = square.dst_addr;
    square_job.dst_step0       = square.dst_step0;
    square_job.dst_step1       = square.dst_step1;
    square_job.dst_row_step    = square.dst_row_step;
  end

  assign job_o = opcode_i == npu_pkg::OpTranspose ? square_job : slides ? window_job : row_job;

endmodule
