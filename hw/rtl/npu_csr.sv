// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Control and status registers behind an AXI4-Lite slave, with an interrupt: the register map of
// docs/reference/npu-registers.md. npu_axil is the bus, npu_run the life of a program.
// Model: simulator/model/Registers.cpp.

module npu_csr #(
  parameter  logic [63:0] First  = '0,         // of the counters: benches see carries early
  parameter  logic [63:0] Hash   = npu_pkg::ConfigHash,
  localparam int unsigned Queues = npu_pkg::Queues
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  // AXI4-Lite
  input  logic              awvalid_i,
  output logic              awready_o,
  input  logic [11:0]       awaddr_i,
  input  logic              wvalid_i,
  output logic              wready_o,
  input  logic [31:0]       wdata_i,
  input  logic [3:0]        wstrb_i,
  output logic              bvalid_o,
  input  logic              bready_i,
  output logic [1:0]        bresp_o,
  input  logic              arvalid_i,
  output logic              arready_o,
  input  logic [11:0]       araddr_i,
  output logic              rvalid_o,
  input  logic              rready_i,
  output logic [31:0]       rdata_o,
  output logic [1:0]        rresp_o,

  output logic              irq_o,             // a level

  // Engines, as in npu_run
  output logic              engines_rst_no,
  output logic              begin_o,
  output logic [63:0]       program_o,
  output logic [31:0]       commands_o,
  output logic [511:0]      bases_o,
  output logic              halt_o,
  input  logic              bus_idle_i,
  input  logic [Queues-1:0] retire_i,

  // Events to count
  input  logic              beat_read_i,
  input  logic              beat_written_i,
  input  logic              spad_conflict_i,
  input  logic              acc_conflict_i,

  // Faults, as in npu_run
  input  logic              command_fault_i,
  input  logic [31:0]       command_number_i,
  input  logic              overflow_i,
  input  logic [5:0]        overflow_semaphore_i,
  input  logic              spad_fault_i,
  input  logic              spad_outside_i,
  input  logic              spad_write_i,
  input  logic [13:0]       spad_bank_i,
  input  logic [3:0]        spad_first_i,
  input  logic [3:0]        spad_second_i,
  input  logic              acc_fault_i,
  input  logic              acc_outside_i,
  input  logic              acc_write_i,
  input  logic [13:0]       acc_bank_i,
  input  logic [3:0]        acc_first_i,
  input  logic [3:0]        acc_second_i,
  input  logic              bus_error_i,
  input  logic              bus_write_i,
  input  logic [1:0]        bus_requester_i
);

  // Words of the map
  localparam int unsigned Counters = 4 + Queues;
  localparam logic [9:0] Control  = npu_pkg::RegControl[11:2];
  localparam logic [9:0] Enable   = npu_pkg::RegInterruptEnable[11:2];
  localparam logic [9:0] Pending  = npu_pkg::RegInterruptPending[11:2];
  localparam logic [9:0] Commands = npu_pkg::RegCommands[11:2];
  localparam logic [9:0] Program  = npu_pkg::RegProgram[11:2];
  localparam logic [9:0] Base     = npu_pkg::RegBase[11:2];
  localparam logic [9:0] Cycles   = npu_pkg::RegCycles[11:2];

  logic        write, read, write_error, read_error;
  logic [11:0] write_addr, read_addr;
  logic [31:0] write_data, read_data;
  logic [3:0]  strobe;

  npu_axil #(.Address(12)) u_axil (
    .clk_i, .rst_ni, .awvalid_i, .awready_o, .awaddr_i, .wvalid_i, .wready_o, .wdata_i, .wstrb_i,
    .bvalid_o, .bready_i, .bresp_o, .arvalid_i, .arready_o, .araddr_i, .rvalid_o, .rready_i,
    .rdata_o, .rresp_o,
    .write_o(write), .write_addr_o(write_addr), .write_data_o(write_data),
    .write_strobe_o(strobe), .write_error_i(write_error),
    .read_o(read), .read_addr_o(read_addr), .read_data_i(read_data), .read_error_i(read_error)
  );

  ////////////
  // Writes //
  ////////////

  logic        busy, done, stopped, fault, ended;
  logic        start_q, stop_q, reset_q;
  logic        is_setup, is_base, is_start;
  logic [9:0]  write_word;
  logic [31:0] written;          // the bytes that the strobes choose, else 0
  logic [1:0]  enable_q, pending_q;

  function automatic [31:0] bytes(input [31:0] old, input [31:0] data, input [3:0] strobes);
    for (int unsigned i = 0; i < 4; i++) begin
      bytes[8*i +: 8] = strobes[i] ? data[8*i +: 8] : old[8*i +: 8];
    end
  endfunction

  assign write_word  = write_addr[11:2];
  assign written     = bytes('0, write_data, strobe);
  assign is_base     = write_word[9:4] == Base[9:4];
  assign is_setup    = is_base || write_word == Commands || write_word[9:1] == Program[9:1];
  assign is_start    = write_word == Control && written[npu_pkg::ControlStartBit];
  // A start takes a cycle to make the machine busy.
  assign write_error = is_setup || is_start
                       ? busy || start_q
                       : write_word != Control && write_word != Enable && write_word != Pending;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      start_q   <= 1'b0;
      stop_q    <= 1'b0;
      reset_q   <= 1'b0;
      enable_q  <= '0;
      pending_q <= '0;
      irq_o     <= 1'b0;
    end else begin
      start_q <= write && !write_error && is_start;
      stop_q  <= write && !write_error && write_word == Control
                 && written[npu_pkg::ControlStopBit];
      reset_q <= write && !write_error && write_word == Control
                 && written[npu_pkg::ControlResetBit];
      if (write && write_word == Enable) begin
        enable_q <= 2'(bytes(32'(enable_q), write_data, strobe));
      end
      // What happens in the cycle of a clear is kept.
      pending_q <= (pending_q & ~(write && write_word == Pending ? written[1:0] : 2'b00))
                   | {ended && fault, ended && !fault};
      irq_o     <= (enable_q & pending_q) != '0;
      if (reset_q) begin
        enable_q  <= '0;
        pending_q <= '0;
      end
    end
  end

  ///////////
  // Setup //
  ///////////

  // Commands, program, bases: words that are alike.
  localparam int unsigned Words = 19;
  logic [32*Words-1:0] setup_q;

  for (genvar i = 0; i < Words; i++) begin : g_setup
    localparam logic [9:0] Word = i < 16   ? Base + 10'(i)
                                  : i < 18 ? Program + 10'(i - 16) : Commands;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        setup_q[32*i +: 32] <= '0;
      end else if (reset_q) begin
        setup_q[32*i +: 32] <= '0;
      end else if (write && !write_error && write_word == Word) begin
        setup_q[32*i +: 32] <= bytes(setup_q[32*i +: 32], write_data, strobe);
      end
    end
  end

  assign {commands_o, program_o, bases_o} = setup_q;

  logic [8:0] crooked;
  for (genvar i = 0; i < 9; i++) begin : g_crooked
    assign crooked[i] = setup_q[64*i +: 6] != '0;
  end

  logic [3:0]  fault_code;
  logic [31:0] fault_place, fault_number;

  npu_run u_run (
    .clk_i, .rst_ni, .reset_i(reset_q), .start_i(start_q), .stop_i(stop_q), .commands_i(commands_o),
    .crooked_i(crooked), .busy_o(busy), .done_o(done), .stopped_o(stopped), .fault_o(fault),
    .ended_o(ended), .fault_code_o(fault_code), .fault_place_o(fault_place),
    .fault_number_o(fault_number), .engines_rst_no, .begin_o, .halt_o, .bus_idle_i, .retire_i,
    .command_fault_i, .command_number_i, .overflow_i, .overflow_semaphore_i,
    .spad_fault_i, .spad_outside_i, .spad_write_i, .spad_bank_i, .spad_first_i, .spad_second_i,
    .acc_fault_i, .acc_outside_i, .acc_write_i, .acc_bank_i, .acc_first_i, .acc_second_i,
    .bus_error_i, .bus_write_i, .bus_requester_i
  );

  //////////////
  // Counters //
  //////////////

  logic [63:0]            time_q;      // of the contract
  logic [64*Counters-1:0] counters_q;  // as in the map, from the cycles on
  logic [2*(Counters-1)-1:0] events;

  always_comb begin
    events = '0;
    for (int unsigned q = 0; q < Queues; q++) events[2*q] = retire_i[q];
    events[2*Queues]      = beat_read_i;
    events[2*Queues+2]    = beat_written_i;
    events[2*Queues+4 +: 2] = 2'(spad_conflict_i) + 2'(acc_conflict_i);
  end

  always_ff @(posedge clk_i) begin
    time_q <= begin_o ? First : time_q + 64'd1;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) counters_q[63:0] <= First;
    else if (start_q || reset_q) counters_q[63:0] <= First;
    else if (retire_i != '0) counters_q[63:0] <= time_q;
  end

  for (genvar i = 1; i < Counters; i++) begin : g_counter
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) counters_q[64*i +: 64] <= First;
      else if (start_q || reset_q) counters_q[64*i +: 64] <= First;
      else counters_q[64*i +: 64] <= counters_q[64*i +: 64] + 64'(events[2*(i-1) +: 2]);
    end
  end

  ///////////
  // Reads //
  ///////////

  logic [9:0]  read_word, counter_word;
  logic [31:0] high_q;           // of the counter whose low word was read last

  assign read_word    = read_addr[11:2];
  assign counter_word = read_word - Cycles;

  always_comb begin
    read_data  = '0;
    read_error = 1'b0;
    case (read_word)
      npu_pkg::RegId[11:2]:           read_data = npu_pkg::RegisterId;
      npu_pkg::RegVersion[11:2]:      read_data = npu_pkg::RegisterVersion;
      npu_pkg::RegConfigHash[11:2]:   read_data = Hash[31:0];
      npu_pkg::RegConfigHash[11:2] + 10'd1: read_data = Hash[63:32];
      Control:                        read_data = '0;
      npu_pkg::RegStatus[11:2]: begin
        read_data[npu_pkg::StatusBusyBit]    = busy || start_q;
        read_data[npu_pkg::StatusDoneBit]    = done && !busy && !start_q;
        read_data[npu_pkg::StatusStoppedBit] = stopped && !busy && !start_q;
        read_data[npu_pkg::StatusFaultBit]   = fault && !busy && !start_q;
      end
      npu_pkg::RegFault[11:2]:        read_data[npu_pkg::FaultCodeBit +: 4] = fault_code;
      npu_pkg::RegFaultPlace[11:2]:   read_data = fault_place;
      npu_pkg::RegFaultNumber[11:2]:  read_data = fault_number;
      Enable:                         read_data = 32'(enable_q);
      Pending:                        read_data = 32'(pending_q);
      Commands:                       read_data = commands_o;
      Program:                        read_data = program_o[31:0];
      Program + 10'd1:                read_data = program_o[63:32];
      default: begin
        if (read_word[9:4] == Base[9:4]) read_data = bases_o[32*read_word[3:0] +: 32];
        else if (counter_word >= 10'(2 * Counters)) read_error = 1'b1;
        else if (read_word[0]) read_data = high_q;
        else read_data = counters_q[32*counter_word[4:0] +: 32];
      end
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (read && read_word >= Cycles && !read_word[0]) begin
      high_q <= counters_q[32*{counter_word[4:1], 1'b1} +: 32];
    end
  end

  logic unused;
  assign unused = ^{write_addr[1:0], read_addr[1:0], written};

endmodule
