// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A device for player.v out of the units that there are: `npu_array` and `npu_vector` do their
// commands, one after the other in program order, which is a legal execution of every program.
// Memories and transfers are behaviour, not hardware: a byte per step. Registers: 0 to 7 are the
// base registers, 8 has to be the hash of the configuration.

module npu_in_order #(
  parameter int unsigned R        = npu_pkg::ArrayRows,
  parameter logic [63:0] Hash     = npu_pkg::ConfigHash,
  parameter int unsigned SpadRows = npu_pkg::ScratchpadBanks * npu_pkg::ScratchpadBankBytes / R,
  parameter int unsigned AccRows  = npu_pkg::AccumulatorBanks * npu_pkg::AccumulatorBankRows
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         reg_write_i,
  input  logic [31:0]  reg_number_i,
  input  logic [63:0]  reg_value_i,

  input  logic         cmd_valid_i,
  output logic         cmd_ready_o,
  input  logic [511:0] cmd_i,
  output logic         idle_o,
  output logic         error_o,
  output logic [31:0]  error_code_o,

  output logic         mem_read_o,
  output logic         mem_write_o,
  output logic [39:0]  mem_addr_o,
  output logic [15:0]  mem_strobe_o,
  output logic [127:0] mem_data_o,
  input  logic [127:0] mem_data_i
);

  localparam int unsigned Line      = R > 16 ? R : 16;
  localparam int unsigned RWidth    = $clog2(R);
  localparam int unsigned SpadWidth = $clog2(SpadRows);
  localparam int unsigned AccWidth  = $clog2(AccRows);

  // Errors: an opcode without a unit has its number.
  localparam logic [31:0] ErrorHash = 32'h100, ErrorAddress = 32'h101, ErrorNoHash = 32'h102;

  typedef enum logic [2:0] {Idle, Transfer, TransferData, Give, Wait, Bad} state_e;

  state_e       state_q;
  logic [511:0] cmd_q;
  logic [63:0]  base_q [0:7];
  logic         has_hash_q;
  logic [31:0]  error_q;

  logic [7:0]   opcode;
  logic [415:0] body;
  assign opcode = cmd_q[7:0];
  assign body   = cmd_q[511:96];

  assign cmd_ready_o  = state_q == Idle;
  assign idle_o       = state_q == Idle;
  assign error_o      = state_q == Bad;
  assign error_code_o = error_q;

  // Contents that no program may rely on.
  logic [8*R-1:0]  spad_q [0:SpadRows-1];
  logic [32*R-1:0] acc_q  [0:AccRows-1];

  initial begin
    for (int unsigned row = 0; row < SpadRows; row++) spad_q[row] = {R{8'ha5}};
    for (int unsigned row = 0; row < AccRows; row++) acc_q[row] = {R{32'h5aa5_c33c}};
  end

  ///////////////
  // Transfers //
  ///////////////

  npu_pkg::load_body_t       load; // store has the same fields
  npu_pkg::copy_body_t       copy;
  npu_pkg::fill_body_t       fill;
  npu_pkg::fill_words_body_t words;
  assign load  = body;
  assign copy  = body;
  assign fill  = body;
  assign words = body;

  logic is_load, is_store, is_copy, is_fill;
  assign is_load  = opcode == npu_pkg::OpLoad;
  assign is_store = opcode == npu_pkg::OpStore;
  assign is_copy  = opcode == npu_pkg::OpCopy;
  assign is_fill  = opcode == npu_pkg::OpFill;

  // The counts of the command at hand, and how far it is.
  logic [15:0] run, count0, count1, count2, count3;
  logic [15:0] byte_q, i0_q, i1_q, i2_q, i3_q;
  logic        last_byte, last;

  always_comb begin
    if (is_load || is_store) {run, count0, count1, count2, count3} =
        {load.run, load.count0, load.count1, load.count2, load.count3};
    else if (is_copy) {run, count0, count1, count2, count3} =
        {copy.run, copy.count0, copy.count1, copy.count2, copy.count3};
    else if (is_fill) {run, count0, count1, count2, count3} =
        {fill.run, fill.count0, fill.count1, fill.count2, fill.count3};
    else {run, count0, count1, count2, count3} =
        {words.run, words.count0, words.count1, words.count2, words.count3};
  end

  assign last_byte = byte_q + 16'd1 == run;
  assign last      = last_byte && i0_q + 16'd1 == count0 && i1_q + 16'd1 == count1 &&
                     i2_q + 16'd1 == count2 && i3_q + 16'd1 == count3;

  function automatic logic [39:0] place(
      input logic signed [31:0] step0, input logic signed [31:0] step1,
      input logic signed [31:0] step2, input logic signed [31:0] step3);
    place = 40'($signed({1'b0, i0_q})) * 40'(step0) + 40'($signed({1'b0, i1_q})) * 40'(step1) +
            40'($signed({1'b0, i2_q})) * 40'(step2) + 40'($signed({1'b0, i3_q})) * 40'(step3) +
            40'(byte_q);
  endfunction

  logic [39:0] dram_at, from, to;
  logic [7:0]  from_byte, to_byte;
  logic        reads_spad, writes_spad, is_outside;

  always_comb begin
    dram_at = base_q[load.dram_base][39:0] + load.dram_offset +
              place(load.dram_step0, load.dram_step1, load.dram_step2, load.dram_step3);
    from    = is_copy
            ? 40'(copy.src_addr) + place(32'(copy.src_step0), 32'(copy.src_step1),
                                         32'(copy.src_step2), 32'(copy.src_step3))
            : 40'(load.spad_addr) + place(32'(load.spad_step0), 32'(load.spad_step1),
                                          32'(load.spad_step2), 32'(load.spad_step3));
    if (is_load) to = from;
    else if (is_copy) to = 40'(copy.dst_addr) + place(32'(copy.dst_step0), 32'(copy.dst_step1),
                                                      32'(copy.dst_step2), 32'(copy.dst_step3));
    else if (is_fill) to = 40'(fill.dst_addr) + place(32'(fill.dst_step0), 32'(fill.dst_step1),
                                                      32'(fill.dst_step2), 32'(fill.dst_step3));
    else to = 40'(words.dst_addr) + place(32'(words.dst_step0), 32'(words.dst_step1),
                                          32'(words.dst_step2), 32'(words.dst_step3));
  end

  assign reads_spad  = is_store || is_copy;
  assign writes_spad = !is_store;
  assign is_outside  = (reads_spad && from >= 40'(R * SpadRows)) ||
                       (writes_spad && to >= 40'(R * SpadRows));
  assign from_byte   = spad_q[from[RWidth +: SpadWidth]][8*from[RWidth-1:0] +: 8];

  always_comb begin
    if (is_load) to_byte = mem_data_i[8*dram_at[3:0] +: 8];
    else if (is_copy) to_byte = from_byte;
    else if (is_fill) to_byte = fill.value;
    else to_byte = words.value[8*byte_q[1:0] +: 8];
  end

  assign mem_read_o   = state_q == Transfer && is_load;
  assign mem_write_o  = state_q == Transfer && is_store && !is_outside;
  assign mem_addr_o   = {dram_at[39:4], 4'd0};
  assign mem_strobe_o = 16'd1 << dram_at[3:0];
  assign mem_data_o   = {16{from_byte}};

  // A byte moves in this cycle; one that is loaded comes a cycle after its request.
  logic moves;
  assign moves = (state_q == Transfer && !is_load) || state_q == TransferData;

  ///////////
  // Units //
  ///////////

  logic            is_matmul, array_ready, array_done, vector_ready, vector_done;
  logic            x_read, w_read, a_read, b_read, p_read, v_write;
  logic [23:0]     x_addr, w_addr, a_addr, b_addr, p_addr, v_write_addr;
  logic [8*R-1:0]  x_data, w_data, a_data, b_data, v_data;
  logic [8*Line-1:0] p_data;
  logic            m_acc_read, m_acc_write, v_acc_read, v_acc_write;
  logic [15:0]     m_acc_read_addr, m_acc_write_addr, v_acc_read_addr, v_acc_write_addr;
  logic [32*R-1:0] m_acc_in, m_acc_out, v_acc_in, v_acc_out;

  assign is_matmul = opcode == npu_pkg::OpMatmul;

  npu_array #(.R(R)) u_array (
    .clk_i, .rst_ni,
    .cmd_valid_i(state_q == Give && is_matmul), .cmd_ready_o(array_ready), .cmd_i(body),
    .done_o(array_done),
    .x_read_o(x_read), .x_addr_o(x_addr), .x_data_i(x_data),
    .w_read_o(w_read), .w_addr_o(w_addr), .w_data_i(w_data),
    .acc_read_o(m_acc_read), .acc_read_addr_o(m_acc_read_addr), .acc_data_i(m_acc_in),
    .acc_write_o(m_acc_write), .acc_write_addr_o(m_acc_write_addr), .acc_data_o(m_acc_out)
  );

  npu_vector #(.R(R)) u_vector (
    .clk_i, .rst_ni,
    .cmd_valid_i(state_q == Give && !is_matmul), .cmd_ready_o(vector_ready),
    .cmd_opcode_i(opcode), .cmd_i(body), .done_o(vector_done),
    .a_read_o(a_read), .a_addr_o(a_addr), .a_data_i(a_data),
    .b_read_o(b_read), .b_addr_o(b_addr), .b_data_i(b_data),
    .p_read_o(p_read), .p_addr_o(p_addr), .p_data_i(p_data),
    .write_o(v_write), .write_addr_o(v_write_addr), .write_data_o(v_data),
    .acc_read_o(v_acc_read), .acc_read_addr_o(v_acc_read_addr), .acc_data_i(v_acc_in),
    .acc_write_o(v_acc_write), .acc_write_addr_o(v_acc_write_addr), .acc_data_o(v_acc_out)
  );

  // Reads have one cycle of latency.
  always_ff @(posedge clk_i) begin
    if (x_read) x_data <= spad_q[x_addr[RWidth +: SpadWidth]];
    if (w_read) w_data <= spad_q[w_addr[RWidth +: SpadWidth]];
    if (a_read) a_data <= spad_q[a_addr[RWidth +: SpadWidth]];
    if (b_read) b_data <= spad_q[b_addr[RWidth +: SpadWidth]];
    if (m_acc_read) m_acc_in <= acc_q[m_acc_read_addr[AccWidth-1:0]];
    if (v_acc_read) v_acc_in <= acc_q[v_acc_read_addr[AccWidth-1:0]];
  end

  for (genvar part = 0; part < Line / R; part++) begin : g_line
    localparam logic [SpadWidth-1:0] Part = SpadWidth'(part);
    logic [SpadWidth-1:0] row;
    assign row = (p_addr[RWidth +: SpadWidth] & ~SpadWidth'(Line / R - 1)) | Part;
    always_ff @(posedge clk_i) if (p_read) p_data[8*R*part +: 8*R] <= spad_q[row];
  end

  always_ff @(posedge clk_i) begin
    if (moves && writes_spad && !is_outside)
      spad_q[to[RWidth +: SpadWidth]][8*to[RWidth-1:0] +: 8] <= to_byte;
    if (v_write) spad_q[v_write_addr[RWidth +: SpadWidth]] <= v_data;
    if (m_acc_write) acc_q[m_acc_write_addr[AccWidth-1:0]] <= m_acc_out;
    if (v_acc_write) acc_q[v_acc_write_addr[AccWidth-1:0]] <= v_acc_out;
  end

  // What a unit accesses outside its memories.
  localparam logic [24:0] SpadBytes = 25'(R * SpadRows);

  logic unit_is_outside;
  assign unit_is_outside =
      (x_read && {1'b0, x_addr} >= SpadBytes) || (w_read && {1'b0, w_addr} >= SpadBytes) ||
      (a_read && {1'b0, a_addr} >= SpadBytes) || (b_read && {1'b0, b_addr} >= SpadBytes) ||
      (p_read && {1'b0, p_addr} >= SpadBytes) || (v_write && {1'b0, v_write_addr} >= SpadBytes) ||
      (m_acc_read && {1'b0, m_acc_read_addr} >= 17'(AccRows)) ||
      (m_acc_write && {1'b0, m_acc_write_addr} >= 17'(AccRows)) ||
      (v_acc_read && {1'b0, v_acc_read_addr} >= 17'(AccRows)) ||
      (v_acc_write && {1'b0, v_acc_write_addr} >= 17'(AccRows));

  //////////////
  // Sequence //
  //////////////

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q    <= Idle;
      error_q    <= '0;
      has_hash_q <= 1'b0;
    end else begin
      if (reg_write_i && reg_number_i < 32'd8) base_q[reg_number_i[2:0]] <= reg_value_i;
      if (reg_write_i && reg_number_i == 32'd8) begin
        has_hash_q <= 1'b1;
        if (reg_value_i != Hash) begin
          state_q <= Bad;
          error_q <= ErrorHash;
        end
      end
      case (state_q)
        Idle: if (cmd_valid_i) begin
          cmd_q <= cmd_i;
          {byte_q, i0_q, i1_q, i2_q, i3_q} <= '0;
          if (!has_hash_q) begin
            state_q <= Bad;
            error_q <= ErrorNoHash;
          end else begin
            case (cmd_i[7:0])
              npu_pkg::OpSync: ;
              npu_pkg::OpLoad, npu_pkg::OpStore, npu_pkg::OpCopy, npu_pkg::OpFill,
              npu_pkg::OpFillWords: state_q <= Transfer;
              npu_pkg::OpMatmul, npu_pkg::OpVector, npu_pkg::OpDepthwise,
              npu_pkg::OpTranspose: state_q <= Give;
              default: begin
                state_q <= Bad;
                error_q <= {24'd0, cmd_i[7:0]};
              end
            endcase
          end
        end
        Transfer: if (is_load) state_q <= TransferData;
        Give: if (is_matmul ? array_ready : vector_ready) state_q <= Wait;
        Wait: if (is_matmul ? array_done : vector_done) state_q <= Idle;
        default: ;
      endcase
      if (unit_is_outside || (moves && is_outside)) begin
        state_q <= Bad;
        error_q <= ErrorAddress;
      end else if (moves) begin
        state_q <= last ? Idle : Transfer;
        byte_q  <= last_byte ? '0 : byte_q + 16'd1;
        if (last_byte) begin
          i0_q <= i0_q + 16'd1 == count0 ? '0 : i0_q + 16'd1;
          if (i0_q + 16'd1 == count0) begin
            i1_q <= i1_q + 16'd1 == count1 ? '0 : i1_q + 16'd1;
            if (i1_q + 16'd1 == count1) begin
              i2_q <= i2_q + 16'd1 == count2 ? '0 : i2_q + 16'd1;
              if (i2_q + 16'd1 == count2) i3_q <= i3_q + 16'd1;
            end
          end
        end
      end
    end
  end

endmodule
