// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Front of a DMA engine: takes a command in the cycle of its issue and gives its bursts or runs
// from the next cycle, its start, on. A load or store holds the front until its last burst is
// granted; a local command, until its last cycle at the port is the next one. Of the outputs,
// cmd_ready_o follows from ahead_i, which registers of the engine decide, and those that tell the
// engine of a new command from its port. Model: simulator/timing/DmaTiming.cpp.

module npu_dma_front (
  input  logic         clk_i,
  input  logic         rst_ni,

  // Commands: opcode and body; ready says that the next one could start in the next cycle
  input  logic         cmd_valid_i,
  output logic         cmd_ready_o,
  input  logic [7:0]   cmd_opcode_i,
  input  logic [415:0] cmd_i,
  input  logic [511:0] bases_i,        // the base registers, the first lowest
  output logic         take_o,         // a command comes
  output logic         take_local_o,   // and it is a copy, fill or fill_words

  // Bursts of a load or store, or runs of a local command
  output logic         valid_o,
  output logic         local_o,
  output logic         copy_o,
  output logic [31:0]  value_o,        // of a fill, a word of it
  output logic [63:0]  dram_o,         // first byte in DRAM, or of a copy's source
  output logic [23:0]  spad_o,
  output logic [6:0]   bytes_o,        // of a burst
  output logic [15:0]  run_o,          // bytes of a run
  output logic         last_o,
  input  logic         next_i,         // the burst or run leaves

  input  logic         granted_i,      // the bus takes the last burst
  input  logic         ahead_i         // the next cycle is the last one of a local command
);

  ////////////
  // Fields //
  ////////////

  // Loads and stores have the same fields.
  npu_pkg::load_body_t       burst;
  npu_pkg::copy_body_t       copy;
  npu_pkg::fill_body_t       fill;
  npu_pkg::fill_words_body_t words;
  logic                      is_copy, is_fill, is_words, take;

  assign burst    = cmd_i;
  assign copy     = cmd_i;
  assign fill     = cmd_i;
  assign words    = cmd_i;
  assign is_copy  = cmd_opcode_i == npu_pkg::OpCopy;
  assign is_fill  = cmd_opcode_i == npu_pkg::OpFill;
  assign is_words = cmd_opcode_i == npu_pkg::OpFillWords;

  logic [63:0]  dram;
  logic [23:0]  spad;
  logic [15:0]  run;
  logic [63:0]  counts;
  logic [127:0] dram_steps;
  logic [95:0]  spad_steps;

  always_comb begin
    dram       = bases_i[64*burst.dram_base +: 64] + 64'(burst.dram_offset);
    spad       = burst.spad_addr;
    run        = burst.run;
    counts     = {burst.count3, burst.count2, burst.count1, burst.count0};
    dram_steps = {burst.dram_step3, burst.dram_step2, burst.dram_step1, burst.dram_step0};
    spad_steps = {burst.spad_step3, burst.spad_step2, burst.spad_step1, burst.spad_step0};
    if (is_copy) begin
      dram       = 64'(copy.src_addr);
      spad       = copy.dst_addr;
      run        = copy.run;
      counts     = {copy.count3, copy.count2, copy.count1, copy.count0};
      dram_steps = {32'(copy.src_step3), 32'(copy.src_step2), 32'(copy.src_step1),
                    32'(copy.src_step0)};
      spad_steps = {copy.dst_step3, copy.dst_step2, copy.dst_step1, copy.dst_step0};
    end
    if (is_fill) begin
      spad       = fill.dst_addr;
      run        = fill.run;
      counts     = {fill.count3, fill.count2, fill.count1, fill.count0};
      spad_steps = {fill.dst_step3, fill.dst_step2, fill.dst_step1, fill.dst_step0};
    end
    if (is_words) begin
      spad       = words.dst_addr;
      run        = words.run;
      counts     = {words.count3, words.count2, words.count1, words.count0};
      spad_steps = {words.dst_step3, words.dst_step2, words.dst_step1, words.dst_step0};
    end
  end

  ///////////
  // Front //
  ///////////

  logic        busy_q, local_q, copy_q;
  logic [31:0] value_q;

  assign cmd_ready_o  = !busy_q || ahead_i;
  assign take         = cmd_valid_i && cmd_ready_o;
  assign take_o       = take;
  assign take_local_o = take && (is_copy || is_fill || is_words);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q <= 1'b0;
    end else begin
      busy_q <= take || (busy_q && !granted_i && !ahead_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) begin
      local_q <= is_copy || is_fill || is_words;
      copy_q  <= is_copy;
      value_q <= is_fill ? {4{fill.value}} : words.value;
    end
  end

  npu_dma_walk u_walk (
    .clk_i, .rst_ni,
    .start_i(take), .whole_i(is_copy || is_fill || is_words), .dram_i(dram), .spad_i(spad),
    .run_i(run), .counts_i(counts), .dram_steps_i(dram_steps), .spad_steps_i(spad_steps),
    .valid_o, .dram_o, .spad_o, .bytes_o, .run_o, .last_o, .next_i
  );

  assign local_o = local_q;
  assign copy_o  = copy_q;
  assign value_o = value_q;

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assert (!(granted_i && (!busy_q || local_q)));
      assert (!(ahead_i && (!busy_q || !local_q)));
    end
  end

endmodule
