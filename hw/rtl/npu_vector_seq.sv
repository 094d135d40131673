// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sequencer of the engine of queue `vector`: takes its commands and reads their parameters while
// the command before streams, then reads row after row, or starts the depthwise engine and waits
// for its end. One more command may wait after it. A command's first read is in the cycle after
// the one that takes it, and the next one can be taken with the last read of its parameters. No
// output depends on an input but the end of a depthwise command's rows, which is a register of
// that engine.
// Model: simulator/timing/VectorTiming.h.

module npu_vector_seq #(
  parameter  int unsigned R    = npu_pkg::ArrayRows,
  localparam int unsigned Line = R > 16 ? R : 16       // bytes of a line of the scratchpad
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  // Commands: opcode and body
  input  logic         cmd_valid_i,
  output logic         cmd_ready_o,
  input  logic [7:0]   cmd_opcode_i,
  input  logic [415:0] cmd_i,

  // Parameters: a read, and what is read
  output logic         p_read_o,
  output logic [23:0]  p_addr_o,
  output logic [npu_vector_pkg::Parts-1:0] p_part_o,   // one-hot
  output logic [3:0]   p_index_o,                      // the how manieth row of it
  output logic         p_file_o,
  output npu_vector_pkg::tap_t p_tap_o,                // of weights: which tap

  // Steps of the depthwise engine, the job that they belong to, and the end of its last one
  output npu_vector_pkg::step_t step_o,
  output logic [11:0]  step_column_o,
  output npu_vector_pkg::job_t job_o,
  input  logic         step_last_i,

  // Rows: a cycle of the pipe, with its reads
  output logic         a_read_o,
  output logic [23:0]  a_addr_o,
  output logic         acc_read_o,
  output logic [15:0]  acc_addr_o,
  output logic         b_read_o,
  output logic [23:0]  b_addr_o,
  output npu_vector_pkg::slot_t slot_o,

  // For clocks: there is a command, there is one of the depthwise engine
  output logic         busy_o,
  output logic         window_busy_o
);

  localparam int unsigned Parts = npu_vector_pkg::Parts;

  ////////////////////
  // A new command  //
  ////////////////////

  npu_vector_pkg::job_t fresh, decoded;
  logic                 file_q;

  npu_vector_decode #(.R(R)) u_decode (
    .opcode_i(cmd_opcode_i), .cmd_i, .job_o(decoded)
  );

  always_comb begin
    fresh = decoded;
    fresh.mode.file = file_q ^ (fresh.parts != '0);
  end

  ////////////////
  // Parameters //
  ////////////////

  // Three commands may be here: one loads, one is loaded and waits, one streams.
  npu_vector_pkg::job_t load_q, wait_q, stream_q;
  logic             load_valid_q, wait_valid_q, stream_busy_q;
  logic             take, may_load, leaves, direct;
  logic [Parts-1:0] left_q, left_next;
  logic             loaded_q;          // nothing is left
  logic [3:0]       index_q;
  logic [23:0]      param_q, table_q, taps_q;
  logic             in_table, in_zeros, in_taps, part_end, last_tap;

  assign busy_o        = load_valid_q || wait_valid_q || stream_busy_q;
  assign window_busy_o = (load_valid_q && load_q.mode.depthwise) ||
                         (wait_valid_q && wait_q.mode.depthwise) ||
                         (stream_busy_q && stream_q.mode.depthwise);

  // A load begins when the command before it streams.
  assign may_load = !wait_valid_q || !stream_busy_q;

  assign p_part_o  = left_q & (~left_q + 1'b1);
  assign in_table  = p_part_o[npu_vector_pkg::PartTable];
  assign in_zeros  = p_part_o[npu_vector_pkg::PartZeros];
  assign in_taps   = p_part_o[npu_vector_pkg::PartTaps];
  assign p_read_o  = load_valid_q && may_load && !loaded_q;
  assign p_addr_o  = in_table ? table_q : in_zeros ? load_q.window.zeros_addr
                   : in_taps  ? taps_q  : param_q;
  assign p_index_o = index_q;
  assign p_file_o  = load_q.mode.file;

  always_comb begin
    if (in_table) part_end = index_q == 4'(256 / Line - 1);
    else if (in_zeros) part_end = 1'b1;
    else if (in_taps) part_end = last_tap;
    else part_end = index_q == (p_part_o[npu_vector_pkg::PartBias] ? 4'd3 : 4'd4);
  end
  assign left_next = part_end ? left_q & ~p_part_o : left_q;

  assign leaves      = load_valid_q && may_load && (loaded_q || left_next == '0);
  assign cmd_ready_o = !load_valid_q || leaves;
  assign take        = cmd_valid_i && cmd_ready_o;

  // What needs no parameters and finds the pipe free streams at once.
  assign direct = load_valid_q && loaded_q && !stream_busy_q && !wait_valid_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      load_valid_q <= 1'b0;
      wait_valid_q <= 1'b0;
      file_q       <= 1'b0;
    end else begin
      load_valid_q <= take || (load_valid_q && !leaves);
      wait_valid_q <= (leaves && !direct) || (wait_valid_q && stream_busy_q);
      if (take) file_q <= fresh.mode.file;
    end
  end

  always_ff @(posedge clk_i) begin
    if (p_read_o) begin
      left_q   <= left_next;
      loaded_q <= left_next == '0;
      index_q <= part_end ? '0 : index_q + 4'd1;
      if (in_table)     table_q <= table_q + 24'(Line);
      else if (in_taps) taps_q  <= taps_q + 24'(R);
      else              param_q <= param_q + 24'(R);
    end
    if (take) begin
      load_q  <= fresh;
      left_q   <= fresh.parts;
      loaded_q <= fresh.parts == '0;
      index_q <= '0;
      param_q <= fresh.param_addr;
      table_q <= fresh.table_addr;
      taps_q  <= fresh.window.tap_addr;
    end
    if (leaves) wait_q <= load_q;
  end

  // Weights come tap by tap, and each goes to the pass that needs it.
  logic [5:0] kernel_h, kernel_w;

  assign kernel_h = take ? fresh.window.kernel_h : load_q.window.kernel_h;
  assign kernel_w = take ? fresh.window.kernel_w : load_q.window.kernel_w;

  npu_depthwise_walk u_walk (
    .clk_i, .start_i(take), .step_i(p_read_o && in_taps),
    .kernel_h_i(kernel_h), .kernel_w_i(kernel_w),
    .pass_o(p_tap_o.pass), .above_o(p_tap_o.above), .left_o(p_tap_o.left), .last_o(last_tap)
  );

  assign p_tap_o.is_unsigned = load_q.window.taps_unsigned;
  assign p_tap_o.columns     = load_q.window.taps_columns;
  assign p_tap_o.zp          = load_q.window.taps_zp;

  //////////
  // Rows //
  //////////

  // Where the stream is; `now` addresses are those of the parts of a row, or rows of a square.
  typedef struct packed {
    logic [15:0] i0;
    logic [11:0] i1;
    logic [4:0]  sub;
    logic [1:0]  lead;      // cycles to wait before a short reduction
    logic [1:0]  tail;      // cycles in which the words of the last reduction are written
    logic        filling;   // the first square is read, none is written
    logic        draining;  // the last square is written, none is read
    logic [23:0] a_base;
    logic [23:0] a;
    logic [23:0] a_now;
    logic [23:0] b_base;
    logic [23:0] b;
    logic [23:0] dst_base;
    logic [23:0] dst;
    logic [23:0] dst_now;
  } place_t;

  npu_vector_pkg::job_t job;
  place_t               place_q, place, next;
  logic                 start, active, last;
  logic                 a_words, dst_words, reduces;
  logic [4:0]           last_sub;
  logic                 streams, row_read, sub_end, inner_end, outer_end, entry;

  assign start  = !stream_busy_q && (wait_valid_q || direct);
  assign active = stream_busy_q || start;
  assign job    = stream_busy_q ? stream_q : wait_valid_q ? wait_q : load_q;

  logic        step_read;
  logic [23:0] step_addr;

  npu_depthwise_seq u_depthwise_seq (
    .clk_i, .rst_ni, .start_i(start && job.mode.depthwise), .job_i(job),
    .a_read_o(step_read), .a_addr_o(step_addr), .column_o(step_column_o), .step_o
  );

  assign job_o = stream_q;

  assign a_words   = job.mode.a_kind == npu_pkg::VectorAKindWords;
  assign dst_words = job.mode.dst_kind == npu_pkg::VectorDstKindWords;
  assign reduces   = job.mode.reduce != npu_pkg::VectorReduceNone;

  always_comb begin
    if (job.mode.transpose) last_sub = 5'(R - 1);
    else if (a_words || (dst_words && !reduces)) last_sub = 5'd3;
    else last_sub = 5'd0;
  end

  always_comb begin
    place = place_q;
    if (!stream_busy_q) begin
      place          = '0;
      place.lead     = job.lead;
      place.filling  = job.mode.transpose;
      place.a_base   = job.a_addr;
      place.a        = job.a_addr;
      place.a_now    = job.a_addr;
      place.b_base   = job.b_addr;
      place.b        = job.b_addr;
      place.dst_base = job.dst_addr;
      place.dst      = job.dst_addr;
      place.dst_now  = job.dst_addr;
    end
  end

  assign sub_end   = place.lead == '0 && place.tail == '0 && place.sub == last_sub;
  assign inner_end = place.i0 == job.count0 - 16'd1;
  assign outer_end = place.i1 == job.count1 - 12'd1;
  assign streams   = active && !job.mode.depthwise && place.lead == '0 && place.tail == '0;
  assign entry     = streams && !place.filling &&
                     (job.mode.transpose || (a_words ? dst_words || place.sub == 5'd3
                                                     : place.sub == 5'd0));

  always_comb begin
    if (job.mode.depthwise) last = step_last_i;
    else if (place.tail != '0) last = place.tail == 2'd1;
    else if (job.mode.transpose) last = sub_end && place.draining;
    else last = sub_end && inner_end && outer_end && !job.short_words;
  end

  always_comb begin
    next     = place;
    next.sub = place.sub + 5'd1;
    if (place.lead != '0) begin
      next.lead = place.lead - 2'd1;
      next.sub  = place.sub;
    end else if (place.tail != '0) begin
      next.tail = place.tail - 2'd1;
    end else if (!sub_end) begin
      next.a_now   = place.a_now + job.a_row_step;
      next.dst_now = place.dst_now + job.dst_row_step;
    end else begin
      next.sub = '0;
      if (inner_end) begin
        next.i0       = '0;
        next.i1       = place.i1 + 12'd1;
        next.lead     = job.lead;
        next.a_base   = place.a_base + job.a_step1;
        next.a        = place.a_base + job.a_step1;
        next.b_base   = place.b_base + job.b_step1;
        next.b        = place.b_base + job.b_step1;
        next.dst_base = place.dst_base + job.dst_step1;
        next.dst      = place.dst_base + job.dst_step1;
        if (outer_end && job.short_words) begin
          next.lead = '0;
          next.tail = 2'd3;
        end
      end else begin
        next.i0  = place.i0 + 16'd1;
        next.a   = place.a + job.a_step0;
        next.b   = place.b + job.b_step0;
        next.dst = reduces ? place.dst : place.dst + job.dst_step0;
      end
      next.a_now    = next.a;
      next.dst_now  = job.mode.transpose ? place.dst : next.dst;
      next.filling  = 1'b0;
      next.draining = job.mode.transpose && inner_end && outer_end;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      stream_busy_q <= 1'b0;
    end else begin
      stream_busy_q <= active && !last;
    end
  end

  always_ff @(posedge clk_i) begin
    if (start) stream_q <= job;
    if (active) place_q <= next;
  end

  // Of the two sequencers, only one is active.
  assign row_read   = job.mode.transpose ? active && !place.draining
                    : streams && (a_words ||
                                  (entry && job.mode.a_kind == npu_pkg::VectorAKindBytes));
  assign a_read_o   = row_read || step_read;
  assign a_addr_o   = step_read ? step_addr : place.a_now;
  assign acc_read_o = entry && job.mode.a_kind == npu_pkg::VectorAKindAccumulator;
  assign acc_addr_o = place.a[15:0];
  assign b_read_o   = entry && job.mode.op != npu_pkg::VectorOpCopy;
  assign b_addr_o   = place.b;

  always_comb begin
    slot_o.mode     = job.mode;
    slot_o.read     = row_read;
    slot_o.valid    = entry;
    slot_o.first    = place.i0 == '0;
    slot_o.emit     = !reduces || inner_end;
    slot_o.quarter  = a_words && dst_words;
    slot_o.part     = place.sub[1:0];
    slot_o.last     = active && last;
    slot_o.dst_addr = slot_o.quarter || job.mode.transpose ? place.dst_now : place.dst;
  end

endmodule
