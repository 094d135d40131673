// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sequencer of the systolic array: turns matmul commands into reads of weights and inputs. The
// weights of a block load while the block before is multiplied; a third command may wait after it. A
// command's first read is in the cycle after the one that takes it, and the next one can be taken
// with its last read. No output depends on an input. Model: simulator/timing/ArrayTiming.h.

module npu_matmul_seq #(
  parameter  int unsigned R      = npu_pkg::ArrayRows,
  localparam int unsigned RWidth = $clog2(R)
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  // Commands
  input  logic              cmd_valid_i,
  output logic              cmd_ready_o,
  input  logic [415:0]      cmd_i,           // npu_pkg::matmul_body_t

  // Weights: a read, and what is read, all in one cycle
  output logic              w_read_o,
  output logic [23:0]       w_addr_o,
  output logic              w_zp_row_o,      // a row of zero points
  output logic              w_load_o,        // a row of weights
  output logic [RWidth-1:0] w_row_o,
  output logic              w_zero_o,        // the row counts as 0
  output logic              w_unsigned_o,
  output logic              w_columns_o,
  output logic signed [8:0] w_zp_o,

  // Inputs: a row enters, with its read unless it is padding
  output logic              x_valid_o,
  output logic              x_read_o,
  output logic [23:0]       x_addr_o,
  output logic              x_first_o,       // the first row of a block
  output logic              x_unsigned_o,
  output logic signed [8:0] x_zp_o,

  // Where the sums of that row go
  output logic [15:0]       acc_addr_o,
  output logic              acc_fresh_o,     // they start from 0
  output logic              acc_last_o,      // the last row of a command

  output logic              busy_o           // a block loads, waits or is multiplied
);

  // What multiplying needs of a command, with all products of steps.
  typedef struct packed {
    logic [23:0]        origin;      // input row -pad_top, column -pad_left
    logic [23:0]        column_step; // between output columns
    logic [23:0]        row_step;    // between output rows
    logic [23:0]        tap_w_step;  // between kernel columns
    logic [23:0]        tap_h_step;  // between kernel rows
    logic [23:0]        block_step;  // between channel blocks
    logic signed [17:0] ih;          // of the first tap: -pad_top
    logic signed [17:0] iw;
    logic [3:0]         stride_h;
    logic [3:0]         stride_w;
    logic [5:0]         dilation_h;
    logic [5:0]         dilation_w;
    logic [11:0]        in_h;
    logic [11:0]        in_w;
    logic [11:0]        last_h;      // out_h - 1
    logic [11:0]        last_w;
    logic [5:0]         last_kh;     // kernel_h - 1
    logic [5:0]         last_kw;
    logic [11:0]        last_kc;
    logic [15:0]        acc_addr;
    logic               accumulate;
    logic               is_unsigned;
    logic signed [8:0]  zp;
  } job_t;

  // Where a block begins.
  typedef struct packed {
    logic [23:0]        c_addr;      // of its channel block
    logic [23:0]        h_addr;      // and its kernel row
    logic [23:0]        w_addr;      // and its kernel column
    logic signed [17:0] ih;
    logic signed [17:0] iw;
    logic [11:0]        kc;
    logic [5:0]         kh;
    logic [5:0]         kw;
  } block_t;

  /////////////
  // Weights //
  /////////////

  npu_pkg::matmul_body_t cmd_new, cmd_q;
  logic              take, busy_q, ready_q;
  logic              pending_q;            // a block is loaded and not yet multiplied
  logic              pending_first_q;      // the first one of its command
  logic              first_q, zp_left_q;
  logic [RWidth-1:0] row_q;
  logic [23:0]       block_addr_q, row_addr_q;
  logic [5:0]        kw_q, kh_q;
  logic [11:0]       kc_q;
  logic              step, block_end, last_kw, last_kh, last_kc, last_block;

  assign cmd_new     = cmd_i;
  assign cmd_ready_o = ready_q;
  assign take        = cmd_valid_i && ready_q;

  assign step       = busy_q && !pending_q;
  assign block_end  = step && !zp_left_q && row_q == RWidth'(R - 1);
  assign last_kw    = kw_q == cmd_q.kernel_w - 6'd1;
  assign last_kh    = kh_q == cmd_q.kernel_h - 6'd1;
  assign last_kc    = kc_q == cmd_q.blocks - 12'd1;
  assign last_block = last_kw && last_kh && last_kc;

  assign w_zp_row_o   = step && zp_left_q;
  assign w_load_o     = step && !zp_left_q;
  assign w_zero_o     = last_kc && 6'(row_q) >= cmd_q.last_rows;
  assign w_read_o     = step && (zp_left_q || !w_zero_o);
  assign w_addr_o     = zp_left_q ? cmd_q.weight_zp_addr : row_addr_q;
  assign w_row_o      = row_q;
  assign w_unsigned_o = cmd_q.weight_unsigned;
  assign w_columns_o  = cmd_q.weight_zp_columns;
  assign w_zp_o       = cmd_q.weight_zp;

  // A block waits before its first row only, so the last row follows the one before it at once.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q  <= 1'b0;
      ready_q <= 1'b1;
    end else begin
      busy_q  <= take || (busy_q && !(block_end && last_block));
      ready_q <= (ready_q && !take) || (w_load_o && row_q == RWidth'(R - 2) && last_block);
    end
  end

  always_ff @(posedge clk_i) begin
    if (w_zp_row_o) zp_left_q <= 1'b0;
    if (w_load_o) begin
      row_q      <= row_q + 1'b1;
      row_addr_q <= row_addr_q + cmd_q.weight_row_step;
    end
    if (block_end) begin
      first_q      <= 1'b0;
      row_addr_q   <= block_addr_q + cmd_q.weight_block_step;
      block_addr_q <= block_addr_q + cmd_q.weight_block_step;
      kw_q         <= last_kw ? '0 : kw_q + 6'd1;
      if (last_kw) kh_q <= last_kh ? '0 : kh_q + 6'd1;
      if (last_kw && last_kh) kc_q <= kc_q + 12'd1;
    end
    if (take) begin
      cmd_q        <= cmd_new;
      first_q      <= 1'b1;
      zp_left_q    <= cmd_new.weight_zp_columns;
      row_q        <= '0;
      row_addr_q   <= cmd_new.weight_addr;
      block_addr_q <= cmd_new.weight_addr;
      kw_q         <= '0;
      kh_q         <= '0;
      kc_q         <= '0;
    end
  end

  //////////////////////////
  // The job of a command //
  //////////////////////////

  // Taken while the first block's second row loads; the block before has begun by then, so the
  // register is free, and this block begins two cycles later or more.
  job_t next_q;

  always_ff @(posedge clk_i) begin
    if (w_load_o && first_q && row_q == RWidth'(1)) begin
      next_q.origin      <= cmd_q.src_addr - 24'(cmd_q.pad_top) * cmd_q.step_h -
                            24'(cmd_q.pad_left) * cmd_q.step_w;
      next_q.column_step <= 24'(cmd_q.stride_w) * cmd_q.step_w;
      next_q.row_step    <= 24'(cmd_q.stride_h) * cmd_q.step_h;
      next_q.tap_w_step  <= 24'(cmd_q.dilation_w) * cmd_q.step_w;
      next_q.tap_h_step  <= 24'(cmd_q.dilation_h) * cmd_q.step_h;
      next_q.block_step  <= cmd_q.step_c;
      next_q.ih          <= -$signed({10'd0, cmd_q.pad_top});
      next_q.iw          <= -$signed({10'd0, cmd_q.pad_left});
      next_q.stride_h    <= cmd_q.stride_h;
      next_q.stride_w    <= cmd_q.stride_w;
      next_q.dilation_h  <= cmd_q.dilation_h;
      next_q.dilation_w  <= cmd_q.dilation_w;
      next_q.in_h        <= cmd_q.in_h;
      next_q.in_w        <= cmd_q.in_w;
      next_q.last_h      <= cmd_q.out_h - 12'd1;
      next_q.last_w      <= cmd_q.out_w - 12'd1;
      next_q.last_kh     <= cmd_q.kernel_h - 6'd1;
      next_q.last_kw     <= cmd_q.kernel_w - 6'd1;
      next_q.last_kc     <= cmd_q.blocks - 12'd1;
      next_q.acc_addr    <= cmd_q.acc_addr;
      next_q.accumulate  <= cmd_q.accumulate;
      next_q.is_unsigned <= cmd_q.input_unsigned;
      next_q.zp          <= cmd_q.input_zp;
    end
  end

  ////////////
  // Inputs //
  ////////////

  logic               running_q, last_row, start, start_first, exists;
  job_t               job_q, job;
  block_t             following_q, here, following;
  logic [11:0]        ow_q, oh_q;
  logic [23:0]        addr_q, line_addr_q;
  logic signed [17:0] ih_q, iw_q, iw_first_q;
  logic [15:0]        acc_addr_q;
  logic               first_row_q, fresh_q, last_block_q;

  assign last_row    = ow_q == job_q.last_w && oh_q == job_q.last_h;
  assign start       = (pending_q || block_end) && (!running_q || last_row);
  assign start_first = pending_q ? pending_first_q : first_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      running_q <= 1'b0;
      pending_q <= 1'b0;
    end else begin
      running_q <= start || (running_q && !last_row);
      pending_q <= (pending_q || block_end) && !start;
    end
  end

  always_ff @(posedge clk_i) begin
    if (block_end) pending_first_q <= first_q;
  end

  // The block that starts next, and the one after it.
  assign job = start_first ? next_q : job_q;

  always_comb begin
    here = following_q;
    if (start_first) begin
      here.c_addr = next_q.origin;
      here.h_addr = next_q.origin;
      here.w_addr = next_q.origin;
      here.ih     = next_q.ih;
      here.iw     = next_q.iw;
      here.kc     = '0;
      here.kh     = '0;
      here.kw     = '0;
    end
  end

  always_comb begin
    following    = here;
    following.kw = here.kw + 6'd1;
    following.iw = here.iw + $signed({12'd0, job.dilation_w});
    following.w_addr = here.w_addr + job.tap_w_step;
    if (here.kw == job.last_kw) begin
      following.kw     = '0;
      following.iw     = job.iw;
      following.kh     = here.kh + 6'd1;
      following.ih     = here.ih + $signed({12'd0, job.dilation_h});
      following.h_addr = here.h_addr + job.tap_h_step;
      following.w_addr = here.h_addr + job.tap_h_step;
      if (here.kh == job.last_kh) begin
        following.kh     = '0;
        following.ih     = job.ih;
        following.kc     = here.kc + 12'd1;
        following.c_addr = here.c_addr + job.block_step;
        following.h_addr = here.c_addr + job.block_step;
        following.w_addr = here.c_addr + job.block_step;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (start) begin
      job_q        <= job;
      following_q  <= following;
      ow_q         <= '0;
      oh_q         <= '0;
      addr_q       <= here.w_addr;
      line_addr_q  <= here.w_addr;
      ih_q         <= here.ih;
      iw_q         <= here.iw;
      iw_first_q   <= here.iw;
      acc_addr_q   <= job.acc_addr;
      first_row_q  <= 1'b1;
      fresh_q      <= start_first && !job.accumulate;
      last_block_q <= here.kc == job.last_kc && here.kh == job.last_kh && here.kw == job.last_kw;
    end else if (running_q) begin
      acc_addr_q  <= acc_addr_q + 16'd1;
      first_row_q <= 1'b0;
      if (ow_q == job_q.last_w) begin
        ow_q        <= '0;
        oh_q        <= oh_q + 12'd1;
        ih_q        <= ih_q + $signed({14'd0, job_q.stride_h});
        iw_q        <= iw_first_q;
        addr_q      <= line_addr_q + job_q.row_step;
        line_addr_q <= line_addr_q + job_q.row_step;
      end else begin
        ow_q   <= ow_q + 12'd1;
        iw_q   <= iw_q + $signed({14'd0, job_q.stride_w});
        addr_q <= addr_q + job_q.column_step;
      end
    end
  end

  assign exists = ih_q >= 0 && ih_q < $signed({6'd0, job_q.in_h}) &&
                  iw_q >= 0 && iw_q < $signed({6'd0, job_q.in_w});

  assign x_valid_o    = running_q;
  assign x_read_o     = running_q && exists;
  assign x_addr_o     = addr_q;
  assign x_first_o    = first_row_q;
  assign x_unsigned_o = job_q.is_unsigned;
  assign x_zp_o       = job_q.zp;
  assign acc_addr_o   = acc_addr_q;
  assign acc_fresh_o  = fresh_q;
  assign acc_last_o   = last_block_q && last_row;
  assign busy_o       = busy_q || pending_q || running_q;

endmodule
