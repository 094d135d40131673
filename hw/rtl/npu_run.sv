// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From the start of a program to its end, be it good, by a stop, or by a fault. The engines are
// reset before each program, and after one that did not end well, once the bus has no burst under
// way. The first fault is kept: what, where and which, as docs/reference/npu-registers.md says.
// Model: simulator/model/NpuTarget.cpp.

module npu_run #(
  localparam int unsigned Queues = npu_pkg::Queues
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              reset_i,           // of all here, without waiting for the bus

  input  logic              start_i,           // not when busy
  input  logic              stop_i,
  input  logic [31:0]       commands_i,
  input  logic [8:0]        crooked_i,         // bases, then program: not a multiple of 64

  output logic              busy_o,
  output logic              done_o,            // how the last program ended
  output logic              stopped_o,
  output logic              fault_o,
  output logic              ended_o,           // it has just ended, and one of the three says how
  output logic [3:0]        fault_code_o,
  output logic [31:0]       fault_place_o,
  output logic [31:0]       fault_number_o,

  // Engines
  output logic              engines_rst_no,
  output logic              begin_o,           // the cycle before the first of the timing contract
  output logic              halt_o,            // no more bursts
  input  logic              bus_idle_i,        // no burst is under way
  input  logic [Queues-1:0] retire_i,

  // Faults, of which those of the memories are as in npu_bank_check
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

  // Resetting takes 8 cycles. Settling waits until faults of the last commands would be known, and
  // Draining until the bus was idle for so long that no grant from before can follow.
  typedef enum logic [2:0] {
    Idle, Resetting, Running, Settling, Draining
  } state_e;

  state_e      state_q;
  logic        starting_q;       // Resetting goes to Running
  logic        soon_q;           // engines leave their reset, and then begin
  logic [2:0]  wait_q;
  logic [31:0] left_q;
  logic        fails;

  assign fails = command_fault_i || overflow_i || spad_fault_i || acc_fault_i || bus_error_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q        <= Idle;
      starting_q     <= 1'b0;
      wait_q         <= '0;
      done_o         <= 1'b0;
      stopped_o      <= 1'b0;
      fault_o        <= 1'b0;
      ended_o        <= 1'b0;
      soon_q         <= 1'b0;
      begin_o        <= 1'b0;
      halt_o         <= 1'b0;
      busy_o         <= 1'b0;
      engines_rst_no <= 1'b0;
    end else if (reset_i) begin
      state_q        <= Resetting;
      starting_q     <= 1'b0;
      wait_q         <= '0;
      done_o         <= 1'b0;
      stopped_o      <= 1'b0;
      fault_o        <= 1'b0;
      ended_o        <= 1'b0;
      soon_q         <= 1'b0;
      begin_o        <= 1'b0;
      halt_o         <= 1'b0;
      busy_o         <= 1'b1;
      engines_rst_no <= 1'b0;
    end else begin
      ended_o        <= 1'b0;
      soon_q         <= 1'b0;
      begin_o        <= soon_q;
      engines_rst_no <= state_q != Resetting;
      case (state_q)
        Idle: begin
          if (start_i) begin
            done_o     <= 1'b0;
            stopped_o  <= 1'b0;
            fault_o    <= crooked_i != '0;
            ended_o    <= crooked_i != '0;
            wait_q     <= '0;
            starting_q <= 1'b1;
            if (crooked_i == '0) begin
              state_q <= Resetting;
              busy_o  <= 1'b1;
            end
          end
        end
        Resetting: begin
          wait_q <= wait_q + 3'd1;
          if (stop_i && starting_q) begin
            starting_q <= 1'b0;
            stopped_o  <= 1'b1;
          end
          if (wait_q == 3'd7) begin
            halt_o <= 1'b0;
            if (starting_q && !stop_i) begin
              state_q <= Running;
              soon_q  <= 1'b1;
            end else begin
              state_q <= Idle;
              busy_o  <= 1'b0;
              ended_o <= fault_o || stopped_o || starting_q;
            end
          end
        end
        Running, Settling: begin
          wait_q <= state_q == Settling ? wait_q + 3'd1 : '0;
          if (fails || stop_i) begin
            state_q    <= Draining;
            halt_o     <= 1'b1;
            wait_q     <= '0;
            starting_q <= 1'b0;
            fault_o    <= fails;
            stopped_o  <= !fails;
          end else if (state_q == Running) begin
            if (left_q == '0) state_q <= Settling;
          end else if (wait_q == 3'd7) begin
            state_q <= Idle;
            busy_o  <= 1'b0;
            done_o  <= 1'b1;
            ended_o <= 1'b1;
          end
        end
        default: begin
          wait_q <= bus_idle_i ? wait_q + 3'd1 : '0;
          if (bus_idle_i && wait_q == 3'd7) state_q <= Resetting;
        end
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_q == Resetting) left_q <= commands_i;
    else left_q <= left_q - 32'($countones(retire_i));
  end

  ////////////////////
  // What was wrong //
  ////////////////////

  logic [3:0] lowest;          // of the registers that are no multiple of 64

  always_comb begin
    lowest = '0;
    for (int unsigned i = 9; i > 0; i--) begin
      if (crooked_i[i-1]) lowest = 4'(i - 1);
    end
  end

  function automatic [31:0] place(input accumulator, input write, input [13:0] bank,
                                  input [3:0] first, input [3:0] second);
    place = '0;
    place[npu_pkg::FaultPlaceBankBit +: 14]      = bank;
    place[npu_pkg::FaultPlaceFirstBit +: 4]      = first;
    place[npu_pkg::FaultPlaceSecondBit +: 4]     = second;
    place[npu_pkg::FaultPlaceAccumulatorBit]     = accumulator;
    place[npu_pkg::FaultPlaceWriteBit]           = write;
  endfunction

  logic [3:0]  code;
  logic [31:0] where;

  always_comb begin
    where = '0;
    if (command_fault_i) begin
      code = npu_pkg::FaultCommand;
    end else if (overflow_i) begin
      code = npu_pkg::FaultSemaphore;
    end else if (spad_fault_i) begin
      code  = spad_outside_i ? npu_pkg::FaultOutside : npu_pkg::FaultConflict;
      where = place(1'b0, spad_write_i, spad_bank_i, spad_first_i, spad_second_i);
    end else if (acc_fault_i) begin
      code  = acc_outside_i ? npu_pkg::FaultOutside : npu_pkg::FaultConflict;
      where = place(1'b1, acc_write_i, acc_bank_i, acc_first_i, acc_second_i);
    end else begin
      code                                       = npu_pkg::FaultBus;
      where[npu_pkg::FaultPlaceWriteBit]         = bus_write_i;
      where[npu_pkg::FaultPlaceRequesterBit +: 2] = bus_requester_i;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fault_code_o   <= '0;
      fault_place_o  <= '0;
      fault_number_o <= '0;
    end else if (reset_i || (state_q == Idle && start_i)) begin
      fault_code_o   <= !reset_i && crooked_i != '0 ? npu_pkg::FaultBase : npu_pkg::FaultNone;
      fault_place_o  <= '0;
      fault_number_o <= reset_i ? '0 : 32'(lowest);
    end else if ((state_q == Running || state_q == Settling) && fails) begin
      fault_code_o   <= code;
      fault_place_o  <= where;
      fault_number_o <= command_fault_i ? command_number_i
                        : overflow_i ? 32'(overflow_semaphore_i) : '0;
    end
  end

endmodule
