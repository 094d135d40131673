// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sequencer of the depthwise engine: one pass over the input for each 3 x 3 part of the window. In
// each step one input or one pixel of padding enters, and an output leaves when the last pixel of
// its part of the window has entered; after a row, that may be in a step in which the next row
// enters already. Words of results take three cycles more. The first step is in the cycle of the
// start. No output depends on another input than the job, which is registers.
// Model: streamCycles of simulator/timing/VectorTiming.cpp.

module npu_depthwise_seq (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  // A job: until its last step is at the end of the engine
  input  logic                  start_i,
  input  npu_vector_pkg::job_t  job_i,

  // The input that enters, unless it is padding
  output logic                  a_read_o,
  output logic [23:0]           a_addr_o,
  output logic [11:0]           column_o,
  output npu_vector_pkg::step_t step_o
);

  npu_vector_pkg::window_t window;
  assign window = job_i.window;

  ////////////
  // Passes //
  ////////////

  npu_vector_pkg::pass_t pass, pass_q, following, following_q;
  npu_vector_pkg::side_t h, w, next_h, next_w;   // of the pass that begins
  logic                  begins, begins_q;       // the first step of a pass
  logic                  last_pass;
  logic [23:0]           first_addr, next_addr;

  assign begins    = start_i || begins_q;
  assign h         = start_i ? window.h : following_q.h;
  assign w         = start_i ? window.w : following_q.w;
  assign last_pass = pass.w.is_last && pass.h.is_last;

  always_comb begin
    pass = begins_q ? following_q : pass_q;
    if (start_i) begin
      pass.number    = '0;
      pass.h         = window.h;
      pass.w         = window.w;
      pass.addr      = job_i.a_addr;
      pass.part_addr = job_i.a_addr;
    end
  end

  // Passes may take one cycle each, so what comes after a pass is known in its first one.
  npu_depthwise_next u_next_h (.side_i(h), .last_in_i(window.last_in_h), .side_o(next_h));
  npu_depthwise_next u_next_w (.side_i(w), .last_in_i(window.last_in_w), .side_o(next_w));

  npu_depthwise_jump u_first (
    .down_i(window.w.is_last), .addr_i(job_i.a_addr), .part_addr_i(job_i.a_addr),
    .skip_h_i(window.h.skip), .skip_w_i(window.w.skip),
    .step_h_i(job_i.a_step1), .step_w_i(job_i.a_step0), .addr_o(first_addr)
  );
  npu_depthwise_jump u_next (
    .down_i(following_q.w.is_last), .addr_i(following_q.addr), .part_addr_i(following_q.part_addr),
    .skip_h_i(following_q.h.skip), .skip_w_i(following_q.w.skip),
    .step_h_i(job_i.a_step1), .step_w_i(job_i.a_step0), .addr_o(next_addr)
  );

  always_comb begin
    following.number    = pass.number + 9'd1;
    following.h         = w.is_last ? next_h : h;
    following.w         = w.is_last ? window.w : next_w;
    following.addr      = start_i ? first_addr : next_addr;
    following.part_addr = w.is_last ? following.addr : pass.part_addr;
  end

  always_ff @(posedge clk_i) begin
    if (begins) begin
      pass_q      <= pass;
      following_q <= following;
    end
  end

  /////////////////
  // What enters //
  /////////////////

  // A step after which an output of its row is complete, `lead` steps later.
  typedef struct packed {
    logic               hit;
    logic               row_last;    // the last output of its row
    logic               last;        // and of the pass
    logic signed [16:0] iw;          // the column that enters in the step of the hit
  } event_t;

  typedef struct packed {
    logic signed [16:0] iw;          // the column that enters
    logic signed [16:0] ih;
    logic               beyond_w;    // it is beyond the input
    logic               beyond_h;
    logic [3:0]         phase_w;     // columns after the last hit
    logic [3:0]         phase_h;     // rows until the next one with outputs
    logic [11:0]        ow;          // hits of the row so far
    logic [11:0]        oh;          // rows with outputs so far
    logic               past;        // all hits of the row are past
    logic [1:0]         tail;        // columns since the last hit
    logic               entered;     // all rows have entered
    logic [1:0]         rows;        // whether the rows before this one count, the newest first
    logic [23:0]        addr;
    logic [23:0]        row_addr;
    event_t             event1;      // of the step before
    event_t             event2;
  } place_t;

  place_t place, place_q, next;
  event_t hit, leaving;
  logic   active, busy_q, step, enters, exists_h, exists_w, row_hits, reached, row_end;
  logic   last_ow, last_oh, next_beyond_w, next_beyond_h;
  logic [1:0] tail;

  always_comb begin
    place = place_q;
    if (begins) begin
      place          = '0;
      place.iw       = 17'(pass.w.origin);
      place.ih       = 17'(pass.h.origin);
      place.beyond_w = pass.w.beyond;
      place.beyond_h = pass.h.beyond;
      place.phase_h  = {2'd0, pass.h.lead};
      place.addr     = pass.addr;
      place.row_addr = pass.addr;
    end
  end

  assign enters   = !place.entered;
  assign exists_h = !place.ih[16] && !place.beyond_h;
  assign exists_w = !place.iw[16] && !place.beyond_w;
  assign row_hits = place.phase_h == '0;

  assign last_ow  = place.ow == window.last_out_w;
  assign last_oh  = place.oh == window.last_out_h;

  assign hit.hit      = enters && row_hits && !place.past && place.phase_w == '0;
  assign hit.row_last = last_ow;
  assign hit.last     = last_ow && last_oh;
  assign hit.iw       = place.iw;

  // After the last hit of a row, `lead` more columns complete its last output. Where these are
  // padding, the next row enters instead, and the mask of the output covers what came in.
  assign next_beyond_w = place.beyond_w || place.iw == {5'd0, window.last_in_w};
  assign next_beyond_h = place.beyond_h || place.ih == {5'd0, window.last_in_h};
  assign reached       = place.past || (place.phase_w == '0 && last_ow);
  assign tail          = place.past ? place.tail : 2'd0;
  assign row_end       = reached && (tail == pass.w.lead || next_beyond_w);

  always_comb begin
    next        = place;
    next.event1 = hit;
    next.event2 = place.event1;
    if (row_end) begin
      next.iw       = 17'(pass.w.origin);
      next.beyond_w = pass.w.beyond;
      next.phase_w  = '0;
      next.ow       = '0;
      next.past     = 1'b0;
      next.tail     = '0;
      next.ih       = place.ih + 17'sd1;
      next.beyond_h = next_beyond_h;
      next.phase_h  = row_hits ? window.last_stride_h : place.phase_h - 4'd1;
      next.oh       = place.oh + 12'(row_hits);
      next.entered  = place.entered || (row_hits && last_oh);
      next.rows     = {place.rows[0], exists_h};
      next.row_addr = place.ih[16] ? place.row_addr : place.row_addr + job_i.a_step1;
      next.addr     = place.ih[16] ? place.row_addr : place.row_addr + job_i.a_step1;
    end else begin
      next.iw       = place.iw + 17'sd1;
      next.beyond_w = next_beyond_w;
      next.phase_w  = place.phase_w == window.last_stride_w ? '0 : place.phase_w + 4'd1;
      next.ow       = place.phase_w == window.last_stride_w ? place.ow + 12'd1 : place.ow;
      next.past     = reached;
      next.tail     = reached ? tail + 2'd1 : 2'd0;
      next.addr     = place.iw[16] ? place.addr : place.addr + job_i.a_step0;
    end
  end

  /////////////////
  // What leaves //
  /////////////////

  logic        out, pass_ends, ends, pauses;
  logic        last_q;                       // the last output has left, its words have not
  logic [1:0]  pause_q;
  logic [15:0] index_q, index;
  logic [23:0] dst, dst_q, dst_base, dst_base_q;

  always_comb begin
    case (pass.w.lead)
      2'd0:    leaving = hit;
      2'd1:    leaving = place.event1;
      default: leaving = place.event2;
    endcase
  end

  assign active    = start_i || busy_q;
  assign step      = active && pause_q == '0;
  assign out       = step && leaving.hit;
  assign pass_ends = out && leaving.last;
  assign pauses    = out && last_pass && job_i.mode.dst_kind == npu_pkg::VectorDstKindWords;
  assign ends      = pauses ? 1'b0 : (pass_ends && last_pass) || (last_q && pause_q == 2'd1);

  assign index    = begins ? '0 : index_q;
  assign dst      = start_i ? job_i.dst_addr : dst_q;
  assign dst_base = start_i ? job_i.dst_addr : dst_base_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q   <= 1'b0;
      begins_q <= 1'b0;
      pause_q  <= '0;
      last_q   <= 1'b0;
    end else begin
      busy_q   <= active && !ends;
      begins_q <= pass_ends && !last_pass;
      pause_q  <= pauses ? 2'd3 : pause_q == '0 ? '0 : pause_q - 2'd1;
      last_q   <= pauses ? leaving.last : last_q && active && !ends;
    end
  end

  always_ff @(posedge clk_i) begin
    if (step) begin
      place_q <= next;
      index_q <= index + 16'(out);
    end
    if (active) begin
      dst_q      <= dst;
      dst_base_q <= dst_base;
    end
    if (out && last_pass) begin
      dst_q <= leaving.row_last ? dst_base + job_i.dst_step1 : dst + job_i.dst_step0;
      if (leaving.row_last) dst_base_q <= dst_base + job_i.dst_step1;
    end
  end

  assign a_read_o = step && enters && exists_h && exists_w;
  assign a_addr_o = place.addr;
  assign column_o = place.iw[11:0];

  always_comb begin
    step_o.valid    = step;
    step_o.exists   = step && enters && exists_w;
    step_o.rows[0]  = exists_h;
    step_o.rows[1]  = pass.h.last_tap != '0 && place.rows[0];
    step_o.rows[2]  = pass.h.last_tap == 2'd2 && place.rows[1];
    step_o.out      = out;
    step_o.column   = leaving.iw + $signed({15'd0, pass.w.lead});
    step_o.last_tap = pass.w.last_tap;
    step_o.pass     = pass.number;
    step_o.first    = pass.number == '0;
    step_o.emit     = last_pass;
    step_o.index    = index;
    step_o.last     = ends;
    step_o.dst_addr = dst;
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assert (!(start_i && busy_q));
      assert (!(begins && pause_q != '0));
    end
  end

endmodule
