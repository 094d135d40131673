// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Walks the runs of a transfer in four dimensions. A piece is a burst, which ends with its run or
// at a multiple of 64 bytes in DRAM, or it is a whole run. The first piece is there in the cycle
// after the start, and the next one in the cycle after a piece has left. Each dimension keeps the
// place where its current index began, so a new run takes one addition and no product. No output
// depends on an input. Model: BurstWalker of simulator/timing/DmaTiming.h.

module npu_dma_walk (
  input  logic         clk_i,
  input  logic         rst_ni,

  // A transfer, when none is here or the last piece of one leaves; dimension 0 is the lowest part.
  // What is called DRAM here is the source of a copy, and means nothing to a fill.
  input  logic         start_i,
  input  logic         whole_i,        // pieces are whole runs
  input  logic [63:0]  dram_i,
  input  logic [23:0]  spad_i,
  input  logic [15:0]  run_i,          // bytes of a run
  input  logic [63:0]  counts_i,
  input  logic [127:0] dram_steps_i,
  input  logic [95:0]  spad_steps_i,

  // Pieces
  output logic         valid_o,
  output logic [63:0]  dram_o,         // first byte
  output logic [23:0]  spad_o,
  output logic [6:0]   bytes_o,        // of a burst
  output logic [15:0]  run_o,          // of a whole run
  output logic         last_o,         // the last piece of the transfer
  input  logic         next_i          // the piece leaves
);

  logic        valid_q, whole_q;
  logic [63:0] dram_q;
  logic [23:0] spad_q;
  logic [15:0] run_q, left_q;          // bytes of a run, and still to go of it

  ////////////
  // Pieces //
  ////////////

  logic [6:0] room;
  logic       cut;                     // the run goes on after this piece

  assign room = 7'd64 - 7'(dram_q[5:0]);
  assign cut  = left_q > 16'(room) && !whole_q;

  //////////
  // Runs //
  //////////

  // A new run is one step along the first dimension that has not come to its end; those before it
  // begin again.
  logic [3:0]   more, steps;           // runs are left along a dimension; the one to step, one-hot
  logic [255:0] drams;                 // where the current index of each dimension began
  logic [95:0]  spads;
  logic [127:0] dram_steps_q;
  logic [95:0]  spad_steps_q;
  logic [63:0]  dram_from, dram_run;
  logic [31:0]  dram_step;
  logic [23:0]  spad_from, spad_step, spad_run;
  logic         new_run;

  assign steps   = more & (~more + 4'd1);
  assign new_run = next_i && !cut;

  always_comb begin
    dram_from = '0;
    dram_step = '0;
    spad_from = '0;
    spad_step = '0;
    for (int unsigned i = 0; i < 4; i++) begin
      dram_from = dram_from | (steps[i] ? drams[64*i +: 64] : '0);
      dram_step = dram_step | (steps[i] ? dram_steps_q[32*i +: 32] : '0);
      spad_from = spad_from | (steps[i] ? spads[24*i +: 24] : '0);
      spad_step = spad_step | (steps[i] ? spad_steps_q[24*i +: 24] : '0);
    end
  end

  assign dram_run = dram_from + {{32{dram_step[31]}}, dram_step};
  assign spad_run = spad_from + spad_step;

  for (genvar i = 0; i < 4; i++) begin : g_dimension
    logic [15:0] count_q, runs_q;      // all runs, and those left with the current one
    logic        many_q, more_q;       // count_q and runs_q are not 1
    logic [63:0] place_q;
    logic [23:0] spad_place_q;
    logic        restart;              // a later dimension steps

    assign more[i]           = more_q;
    assign drams[64*i +: 64] = place_q;
    assign spads[24*i +: 24] = spad_place_q;
    assign restart           = more[i:0] == '0;

    always_ff @(posedge clk_i) begin
      if (new_run && (steps[i] || restart)) begin
        runs_q       <= restart ? count_q : runs_q - 16'd1;
        more_q       <= restart ? many_q : runs_q != 16'd2;
        place_q      <= dram_run;
        spad_place_q <= spad_run;
      end
      if (start_i) begin
        count_q      <= counts_i[16*i +: 16];
        runs_q       <= counts_i[16*i +: 16];
        many_q       <= counts_i[16*i +: 16] != 16'd1;
        more_q       <= counts_i[16*i +: 16] != 16'd1;
        place_q      <= dram_i;
        spad_place_q <= spad_i;
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
    end else begin
      valid_q <= start_i || (valid_q && !(next_i && last_o));
    end
  end

  always_ff @(posedge clk_i) begin
    if (next_i) begin
      dram_q <= cut ? {dram_q[63:6] + 58'd1, 6'd0} : dram_run;
      spad_q <= cut ? spad_q + 24'(room) : spad_run;
      left_q <= cut ? left_q - 16'(room) : run_q;
    end
    if (start_i) begin
      whole_q      <= whole_i;
      dram_q       <= dram_i;
      spad_q       <= spad_i;
      run_q        <= run_i;
      left_q       <= run_i;
      dram_steps_q <= dram_steps_i;
      spad_steps_q <= spad_steps_i;
    end
  end

  assign valid_o = valid_q;
  assign dram_o  = dram_q;
  assign spad_o  = spad_q;
  assign bytes_o = cut ? room : left_q[6:0];
  assign run_o   = left_q;
  assign last_o  = more == '0 && !cut;

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assert (!(next_i && !valid_o));
      assert (!(start_i && valid_o && !(next_i && last_o)));
      assert (!(start_i && run_i == '0));
    end
  end

endmodule
