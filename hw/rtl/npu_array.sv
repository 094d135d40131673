// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The engine of queue `matrix`: sequencer, feeders, the mesh, and the accumulator's adders.
// From the cycle in which an input row is read until its sums are written: 2 R + 3 cycles; in the
// cycle after the last of them, done_o says that the command's results stand.
// Reads have one cycle of latency. Model: simulator/device/ExecuteMatmul.cpp and
// simulator/timing/ArrayTiming.h.

module npu_array #(
  parameter int unsigned R = npu_pkg::ArrayRows
) (
  input  logic            clk_i,
  input  logic            rst_ni,

  // Commands: the body of a matmul
  input  logic            cmd_valid_i,
  output logic            cmd_ready_o,
  input  logic [415:0]    cmd_i,
  output logic            done_o,

  // Scratchpad: rows of R bytes
  output logic            x_read_o,
  output logic [23:0]     x_addr_o,
  input  logic [8*R-1:0]  x_data_i,
  output logic            w_read_o,
  output logic [23:0]     w_addr_o,
  input  logic [8*R-1:0]  w_data_i,

  // Accumulator: rows of R sums
  output logic            acc_read_o,
  output logic [15:0]     acc_read_addr_o,
  input  logic [32*R-1:0] acc_data_i,
  output logic            acc_write_o,
  output logic [15:0]     acc_write_addr_o,
  output logic [32*R-1:0] acc_data_o
);

  localparam int unsigned RWidth = $clog2(R);

  logic              w_zp_row, w_load, w_zero, w_unsigned, w_columns;
  logic [RWidth-1:0] w_row;
  logic signed [8:0] w_zp;
  logic              x_valid, x_first, x_unsigned;
  logic signed [8:0] x_zp;
  logic [15:0]       acc_addr;
  logic              acc_fresh, acc_last;
  logic              busy, unit_clk;

  // Without a command there is no clock, once the last sums are written and their end is told.
  npu_clock_gate #(.Hold(2 * R + 8)) u_clock (
    .clk_i, .rst_ni, .busy_i(cmd_valid_i || busy), .clk_o(unit_clk)
  );

  npu_matmul_seq #(.R(R)) u_seq (
    .clk_i(unit_clk), .rst_ni, .cmd_valid_i, .cmd_ready_o, .cmd_i,
    .w_read_o, .w_addr_o,
    .w_zp_row_o(w_zp_row), .w_load_o(w_load), .w_row_o(w_row), .w_zero_o(w_zero),
    .w_unsigned_o(w_unsigned), .w_columns_o(w_columns), .w_zp_o(w_zp),
    .x_valid_o(x_valid), .x_read_o, .x_addr_o,
    .x_first_o(x_first), .x_unsigned_o(x_unsigned), .x_zp_o(x_zp),
    .acc_addr_o(acc_addr), .acc_fresh_o(acc_fresh), .acc_last_o(acc_last),
    .busy_o(busy)
  );

  ////////////////////////////////////
  // Scratchpad stage, then feeders //
  ////////////////////////////////////

  logic              w_zp_row_q, w_load_q, w_zero_q, w_unsigned_q, w_columns_q;
  logic [RWidth-1:0] w_row_q;
  logic signed [8:0] w_zp_q;
  logic              x_swap_q, x_read_q, x_unsigned_q;
  logic signed [8:0] x_zp_q;

  always_ff @(posedge unit_clk or negedge rst_ni) begin
    if (!rst_ni) begin
      w_load_q <= 1'b0;
      x_swap_q <= 1'b0;
    end else begin
      w_load_q <= w_load;
      x_swap_q <= x_valid && x_first;
    end
  end

  always_ff @(posedge unit_clk) begin
    w_zp_row_q   <= w_zp_row;
    w_row_q      <= w_row;
    w_zero_q     <= w_zero;
    w_unsigned_q <= w_unsigned;
    w_columns_q  <= w_columns;
    w_zp_q       <= w_zp;
    x_read_q     <= x_read_o;
    x_unsigned_q <= x_unsigned;
    x_zp_q       <= x_zp;
  end

  // Factors less their zero points. Padding, and rows that do not exist, are 0 after it.
  logic [9*R-1:0] x_q, w_q;
  logic [8*R-1:0] zp_row_q;
  logic [R-1:0]   load_q;

  always_ff @(posedge unit_clk) begin
    load_q <= w_load_q ? R'(1) << w_row_q : '0;
    if (w_zp_row_q) zp_row_q <= w_data_i;
  end

  for (genvar n = 0; n < R; n++) begin : g_factor
    logic signed [8:0] x, w, zp;
    assign x  = {!x_unsigned_q && x_data_i[8*n+7], x_data_i[8*n +: 8]};
    assign w  = {!w_unsigned_q && w_data_i[8*n+7], w_data_i[8*n +: 8]};
    assign zp = w_columns_q ? {!w_unsigned_q && zp_row_q[8*n+7], zp_row_q[8*n +: 8]} : w_zp_q;
    always_ff @(posedge unit_clk) begin
      x_q[9*n +: 9] <= x_read_q ? x - x_zp_q : 9'd0;
      if (w_load_q) w_q[9*n +: 9] <= w_zero_q ? 9'd0 : w - zp;
    end
  end

  //////////
  // Mesh //
  //////////

  logic [32*R-1:0] sum;

  npu_mesh #(.R(R)) u_mesh (
    .clk_i(unit_clk), .x_i(x_q), .swap_i(x_swap_q), .load_i(load_q), .weight_i(w_q), .sum_o(sum)
  );

  // The places of the rows under way, first in first out.
  localparam int unsigned PlaceWidth = $clog2(4 * R);

  logic [17:0]           place_q [0:4*R-1];
  logic [PlaceWidth-1:0] put_q, get_q;
  logic [2*R:0]          valid_q;
  logic                  fresh, last;
  logic [15:0]           addr;

  always_ff @(posedge unit_clk or negedge rst_ni) begin
    if (!rst_ni) begin
      put_q   <= '0;
      get_q   <= '0;
      valid_q <= '0;
    end else begin
      valid_q <= {valid_q[2*R-1:0], x_valid};
      if (x_valid) put_q <= put_q + 1'b1;
      if (valid_q[2*R]) get_q <= get_q + 1'b1;
    end
  end

  always_ff @(posedge unit_clk) begin
    if (x_valid) place_q[put_q] <= {acc_fresh, acc_last, acc_addr};
  end

  assign {fresh, last, addr} = place_q[get_q];

  /////////////////
  // Accumulator //
  /////////////////

  assign acc_read_o      = valid_q[2*R] && !fresh;
  assign acc_read_addr_o = addr;

  logic            valid1_q, fresh1_q, last1_q, last2_q;
  logic [15:0]     addr1_q;
  logic [32*R-1:0] sum_q;

  // A command may begin with the row that the one before ended with. What the two rows ahead
  // write is not in the memory yet when this one is read.
  logic            ahead1, ahead2, ahead1_q, ahead2_q;
  logic [32*R-1:0] kept_q;

  assign ahead1 = valid1_q && addr1_q == addr;
  assign ahead2 = acc_write_o && acc_write_addr_o == addr;

  always_ff @(posedge unit_clk or negedge rst_ni) begin
    if (!rst_ni) begin
      valid1_q    <= 1'b0;
      acc_write_o <= 1'b0;
      last2_q     <= 1'b0;
      done_o      <= 1'b0;
    end else begin
      valid1_q    <= valid_q[2*R];
      acc_write_o <= valid1_q;
      last2_q     <= valid1_q && last1_q;
      done_o      <= last2_q;
    end
  end

  always_ff @(posedge unit_clk) begin
    if (valid_q[2*R]) begin
      fresh1_q <= fresh;
      last1_q  <= last;
      addr1_q  <= addr;
      sum_q    <= sum;
      ahead1_q <= ahead1;
      ahead2_q <= ahead2;
      if (ahead2) kept_q <= acc_data_o;
    end
    if (valid1_q) acc_write_addr_o <= addr1_q;
  end

  for (genvar n = 0; n < R; n++) begin : g_add
    logic [31:0] held;
    assign held = fresh1_q ? 32'd0
                  : ahead1_q ? acc_data_o[32*n +: 32]
                  : ahead2_q ? kept_q[32*n +: 32]
                  : acc_data_i[32*n +: 32];
    always_ff @(posedge unit_clk) begin
      if (valid1_q) begin
        acc_data_o[32*n +: 32] <= sum_q[32*n +: 32] + held;
      end
    end
  end

endmodule
