// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Plays a case of `glowplug conformance export-rtl` on a device: loads the memory, gives registers
// and commands, waits until the device is idle, and holds the signature regions against their
// CRC-32. Plain Verilog; the clock comes from outside (clock.v, or a bench in C++).
//
//   +case=FOLDER         the folder with player.hex, preload.hex and commands.hex
//   +timeout_cycles=N    give up after N cycles (default 10,000,000)
//
// Prints one line that begins with PASS or FAIL, and ends the simulation by $finish or $fatal.
//
// The device is a module with the ports of `dut` below; its name is the macro PLAYER_DEVICE. The
// memory is the player's: 16 bytes at a multiple of 16, read data one cycle after the request,
// writes with one strobe per byte. `idle_o` says that all commands taken have ended and all they
// wrote is in the memory.

`ifndef PLAYER_DEVICE
`define PLAYER_DEVICE npu_in_order
`endif

module player #(
  parameter MEMORY_BYTES  = 1 << 20, // the most that a case may have
  parameter COMMANDS      = 1 << 12,
  parameter COMMAND_BYTES = 64,      // of the device
  parameter HEADER_WORDS  = 1 << 10
) (
  input wire clk_i
);

  // player.hex: words of 64 bits. Eight, then two per register, then four per region.
  localparam [63:0] FORMAT = 64'd1;
  localparam FIRST = 8;

  reg [63:0]                header   [0:HEADER_WORDS-1];
  reg [7:0]                 memory   [0:MEMORY_BYTES-1];
  reg [8*COMMAND_BYTES-1:0] commands [0:COMMANDS-1];

  reg [8*1024-1:0] folder;
  reg [63:0]       timeout;
  reg [63:0]       memory_bytes, command_bytes, command_count, register_count, region_count;
  reg [63:0]       command_address;
  integer          i;
  reg              has_failed;

  // Only the first fault counts: simulators go on to the end of the time step.
  task fail(input [8*64-1:0] why, input [63:0] got, input [63:0] want);
    if (!has_failed) begin
      has_failed = 1;
      $display("FAIL %0s: %0s: got 0x%0h, want 0x%0h", folder, why, got, want);
      $fatal(1, "the case did not pass");
    end
  endtask

  // What does not fit is refused, so that nothing is played in part.
  task at_most(input [8*64-1:0] what, input [63:0] got, input [63:0] most);
    if (got > most) fail(what, got, most);
  endtask

  initial begin
    has_failed = 0;
    if (!$value$plusargs("case=%s", folder)) folder = ".";
    if (!$value$plusargs("timeout_cycles=%d", timeout)) timeout = 64'd10000000;
    for (i = 0; i < HEADER_WORDS; i = i + 1) header[i] = ~64'd0;
    for (i = 0; i < MEMORY_BYTES; i = i + 1) memory[i] = 8'hc3;
    for (i = 0; i < COMMANDS; i = i + 1) commands[i] = 0;
    $readmemh({folder, "/player.hex"}, header);
    if (header[0] != FORMAT) fail("player.hex is missing or of another version", header[0], FORMAT);
    memory_bytes    = header[1];
    command_bytes   = header[2];
    command_count   = header[3];
    register_count  = header[4];
    region_count    = header[5];
    command_address = header[6];
    at_most("memory_bytes exceeds MEMORY_BYTES", memory_bytes, MEMORY_BYTES);
    at_most("the commands exceed COMMANDS", command_count, COMMANDS);
    at_most("the registers exceed HEADER_WORDS", register_count, (HEADER_WORDS - FIRST) / 2);
    at_most("the regions exceed HEADER_WORDS", region_count,
            (HEADER_WORDS - FIRST - 2 * register_count) / 4);
    if (command_bytes != COMMAND_BYTES)
      fail("the device has commands of other sizes", COMMAND_BYTES, command_bytes);
    if (region_count == 0) fail("there is no signature region", region_count, 64'd1);
    if (command_address != ~64'd0)
      at_most("the commands exceed the memory",
              command_address + command_count * COMMAND_BYTES, memory_bytes);
    if (!has_failed) begin
      $readmemh({folder, "/preload.hex"}, memory);
      $readmemh({folder, "/commands.hex"}, commands);
      // For devices that fetch their commands themselves.
      if (command_address != ~64'd0)
        for (i = 0; i < command_count * COMMAND_BYTES; i = i + 1)
          memory[command_address + i] = commands[i / COMMAND_BYTES][8*(i % COMMAND_BYTES) +: 8];
    end
  end

  ////////////////
  // The device //
  ////////////////

  reg          rst_n, reg_write, cmd_valid;
  reg  [31:0]  reg_number;
  reg  [63:0]  reg_value;
  reg  [8*COMMAND_BYTES-1:0] cmd;
  wire         cmd_ready, idle, error;
  wire [31:0]  error_code;
  wire         mem_read, mem_write;
  wire [39:0]  mem_addr;
  wire [15:0]  mem_strobe;
  wire [127:0] mem_wdata;
  reg  [127:0] mem_rdata;

  `PLAYER_DEVICE dut (
    .clk_i        (clk_i),
    .rst_ni       (rst_n),
    // Registers, before the first command
    .reg_write_i  (reg_write),
    .reg_number_i (reg_number),
    .reg_value_i  (reg_value),
    // Commands, in program order
    .cmd_valid_i  (cmd_valid),
    .cmd_ready_o  (cmd_ready),
    .cmd_i        (cmd),
    .idle_o       (idle),
    .error_o      (error),      // stays; error_code_o is the device's own
    .error_code_o (error_code),
    // Memory
    .mem_read_o   (mem_read),
    .mem_write_o  (mem_write),
    .mem_addr_o   (mem_addr),
    .mem_strobe_o (mem_strobe),
    .mem_data_o   (mem_wdata),
    .mem_data_i   (mem_rdata)
  );

  localparam RESET = 3'd0, REGISTERS = 3'd1, PLAY = 3'd2, SETTLE = 3'd3, DONE = 3'd4;

  reg [2:0] state;
  integer   lane;

  always @(posedge clk_i) begin
    if (state != RESET && (mem_read || mem_write) && {24'd0, mem_addr} >= memory_bytes)
      fail("the device accesses what is not in the memory", {24'd0, mem_addr}, memory_bytes);
    if (mem_read)
      for (lane = 0; lane < 16; lane = lane + 1)
        mem_rdata[8*lane +: 8] <= memory[mem_addr[31:0] + lane];
    if (mem_write)
      for (lane = 0; lane < 16; lane = lane + 1)
        if (mem_strobe[lane]) memory[mem_addr[31:0] + lane] <= mem_wdata[8*lane +: 8];
  end

  ////////////////
  // Signatures //
  ////////////////

  // CRC-32 with the polynomial 0x04c11db7, bits reversed, as in zlib and IEEE 802.3.
  function [31:0] crc_step(input [31:0] crc, input [7:0] value);
    integer bit_number;
    begin
      crc_step = crc ^ {24'd0, value};
      for (bit_number = 0; bit_number < 8; bit_number = bit_number + 1)
        crc_step = crc_step[0] ? (crc_step >> 1) ^ 32'hedb88320 : crc_step >> 1;
    end
  endfunction

  integer     region, at;
  reg [63:0]  address, bytes, unwritten;
  reg [31:0]  crc;
  reg [7:0]   poison;

  task check_regions;
    for (region = 0; region < region_count; region = region + 1) begin
      at        = FIRST + 2 * register_count[31:0] + 4 * region;
      address   = header[at];
      bytes     = header[at+1];
      poison    = header[at+3][7:0];
      if (bytes == 0) fail("a signature region is empty", bytes, 64'd1);
      at_most("a signature region exceeds the memory", address + bytes, memory_bytes);
      crc       = ~32'd0;
      unwritten = 0;
      for (i = 0; i < bytes; i = i + 1) begin
        crc = crc_step(crc, memory[address + i]);
        if (memory[address + i] == poison) unwritten = unwritten + 1;
      end
      if (bytes != 0 && unwritten == bytes) fail("a signature region was never written", unwritten, 64'd0);
      if (~crc != header[at+2][31:0])
        fail("the CRC of a signature region differs", {32'd0, ~crc}, header[at+2]);
    end
  endtask

  //////////////
  // The play //
  //////////////

  reg [63:0] cycle, next;

  initial begin
    state     = RESET;
    cycle     = 0;
    next      = 0;
    rst_n     = 0;
    reg_write = 0;
    cmd_valid = 0;
  end

  always @(posedge clk_i) begin
    cycle <= cycle + 1;
    if (cycle > timeout) fail("the device is not idle; cycles", cycle, timeout);
    if (state != RESET && error) fail("the device reports an error", {32'd0, error_code}, 64'd0);
    case (state)
      RESET: if (cycle == 4) begin
        rst_n <= 1;
        state <= REGISTERS;
      end
      REGISTERS: begin
        reg_write  <= next < register_count;
        reg_number <= header[FIRST + 2 * next[31:0]][31:0];
        reg_value  <= header[FIRST + 2 * next[31:0] + 1];
        next       <= next < register_count ? next + 1 : 0;
        if (next == register_count) state <= PLAY;
      end
      PLAY: begin
        if (!cmd_valid || cmd_ready) begin
          cmd_valid <= next < command_count;
          cmd       <= commands[next[31:0]];
          if (next < command_count) next <= next + 1;
          else state <= SETTLE;
        end
      end
      // The last command has been taken in the cycle before.
      SETTLE: if (idle) begin
        check_regions;
        state <= DONE;
        // After $fatal, Verilator takes $finish for the end of a run without faults.
        if (!has_failed) begin
          $display("PASS %0s: %0d commands, %0d cycles", folder, command_count, cycle);
          $finish;
        end
      end
      default: ;
    endcase
  end

endmodule
