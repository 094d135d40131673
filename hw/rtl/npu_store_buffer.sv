// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The buffer of the store engine: bursts between the scratchpad and the bus. Each line that was
// read goes to the place of its burst within 64 bytes; from the cycle after its grant on, a burst's
// beats leave. Besides the bursts that are not granted there is room for one that is sent and one
// that waits for it, as a slave that is slow to take beats needs. No output depends on an input.

module npu_store_buffer #(
  parameter  int unsigned R           = npu_pkg::ArrayRows,
  parameter  int unsigned Bus         = npu_pkg::DramBytesPerCycle,
  parameter  int unsigned StoreBursts = npu_pkg::DmaStoreBursts,
  localparam int unsigned Line        = R > 16 ? R : 16,   // bytes of a line of the scratchpad
  localparam int unsigned Bits        = $clog2(Line)
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  // A line is read: it comes in the next cycle
  input  logic              read_i,
  input  logic              last_line_i,     // of its burst
  input  logic [2:0]        number_i,        // of the line within its burst
  input  logic [5:0]        place_i,         // of the burst's first byte within 64
  input  logic [Bits-1:0]   first_i,         // of the same byte in its line
  input  logic [8*Line-1:0] s_data_i,

  // The oldest burst is granted; not when full
  input  logic              grant_i,
  input  logic [5:0]        begin_i,         // its first and its last byte within 64
  input  logic [5:0]        end_i,
  output logic              full_o,

  // Beats
  output logic              wvalid_o,
  output logic [8*Bus-1:0]  wdata_o,
  output logic [Bus-1:0]    wstrb_o,
  output logic              wlast_o,
  input  logic              wready_i
);

  localparam int unsigned Rows  = StoreBursts + 2;
  localparam int unsigned Index = $clog2(Rows);
  localparam int unsigned Parts = 64 / Line;
  localparam int unsigned Beats = 64 / Bus;
  localparam int unsigned Beat  = Beats > 1 ? $clog2(Beats) : 1;
  localparam int unsigned Shift = $clog2(Bus);

  //////////////////////
  // Lines to a burst //
  //////////////////////

  // Byte i of line n is byte n * Line + i - first of the burst, so byte c of any of the burst's
  // parts comes from byte c + turn of a line: of that of part `part` from byte c = -turn on, and of
  // the next one below.
  logic [Index-1:0]  put_q, row_q;
  logic              read_q;
  logic [7:0]        from;                   // where the line's first byte would be
  logic [Bits-1:0]   edge_q, turn_q;
  logic [3:0]        part_q;                 // signed: the first line may begin before the burst
  logic [511:0]      data;
  logic [63:0]       write;
  logic [16*Line-1:0] turns;
  logic [8*Line-1:0] turned;

  assign from = 8'(place_i) - 8'(first_i) + 8'({number_i, {Bits{1'b0}}});

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      put_q  <= '0;
      read_q <= 1'b0;
    end else begin
      if (read_i && last_line_i) put_q <= put_q == Index'(Rows - 1) ? '0 : put_q + 1'b1;
      read_q <= read_i;
    end
  end

  always_ff @(posedge clk_i) begin
    row_q  <= put_q;
    edge_q <= from[Bits-1:0];
    turn_q <= first_i - place_i[Bits-1:0];
    part_q <= 4'($signed(from) >>> Bits);
  end

  assign turns  = {s_data_i, s_data_i};
  assign turned = turns[{1'b0, turn_q, 3'd0} +: 8*Line];
  assign data   = {Parts{turned}};

  always_comb begin
    for (int unsigned i = 0; i < 64; i++) begin
      write[i] = read_q && part_q + 4'(Bits'(i) < edge_q) == 4'(i / Line);
    end
  end

  ////////////
  // Memory //
  ////////////

  // What comes in a cycle can be sent in it.
  logic [511:0]     burst;
  logic [Index-1:0] get_q;

  for (genvar i = 0; i < 64; i++) begin : g_byte
    logic [7:0] bytes_q [0:Rows-1];
    always_ff @(posedge clk_i) begin
      if (write[i]) bytes_q[row_q] <= data[8*i +: 8];
    end
    assign burst[8*i +: 8] = write[i] && row_q == get_q ? data[8*i +: 8] : bytes_q[get_q];
  end

  ///////////
  // Beats //
  ///////////

  logic            active_q, waits_q, both_q;    // beats are left; a burst waits; two are here
  logic            wvalid_q, wlast_q;
  logic [Beat-1:0] next_q, beat;                 // the next beat of the burst that is sent
  logic [5:0]      end_q, begin_wait_q, end_wait_q, first_byte, last_byte;
  logic            free, load, fresh, last, sent;
  logic [8*Bus-1:0] wdata_q;
  logic [Bus-1:0]  wstrb_q, wstrb;

  assign free  = !wvalid_q || wready_i;
  assign fresh = !active_q;                      // the next beat is a burst's first one
  assign load  = free && (active_q || waits_q || grant_i);
  assign sent  = wvalid_q && wready_i && wlast_q;

  assign first_byte = waits_q ? begin_wait_q : begin_i;
  assign last_byte  = active_q ? end_q : waits_q ? end_wait_q : end_i;
  assign beat       = fresh ? Beat'(first_byte >> Shift) : next_q;
  assign last       = beat == Beat'(last_byte >> Shift);

  if (Bus == 1) begin : g_byte_beats
    assign wstrb = 1'b1;
  end else begin : g_strobes
    logic [5:0] low, high;
    assign low  = first_byte & 6'(Bus - 1);
    assign high = last_byte & 6'(Bus - 1);
    always_comb begin
      for (int unsigned i = 0; i < Bus; i++) begin
        wstrb[i] = !(fresh && 6'(i) < low) && !(last && 6'(i) > high);
      end
    end
  end

  // Granted bursts whose last beat has not gone: none, one, or two
  logic any_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      active_q <= 1'b0;
      waits_q  <= 1'b0;
      any_q    <= 1'b0;
      both_q   <= 1'b0;
      wvalid_q <= 1'b0;
      get_q    <= '0;
    end else begin
      if (load) active_q <= !last;
      waits_q  <= (grant_i && !(load && fresh && !waits_q)) || (waits_q && !(load && fresh));
      any_q    <= grant_i || both_q || (any_q && !sent);
      both_q   <= (both_q && !sent) || (any_q && grant_i && !sent);
      wvalid_q <= load || (wvalid_q && !wready_i);
      if (load && last) get_q <= get_q == Index'(Rows - 1) ? '0 : get_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (grant_i) begin
      begin_wait_q <= begin_i;
      end_wait_q   <= end_i;
    end
    if (load) begin
      next_q  <= beat + 1'b1;
      end_q   <= last_byte;
      wdata_q <= burst[8*Bus*(Beats > 1 ? 32'(beat) : 32'd0) +: 8*Bus];
      wstrb_q <= wstrb;
      wlast_q <= last;
    end
  end

  assign full_o   = both_q;
  assign wvalid_o = wvalid_q;
  assign wdata_o  = wdata_q;
  assign wstrb_o  = wstrb_q;
  assign wlast_o  = wlast_q;

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assert (!(grant_i && full_o));
      assert (!(grant_i && waits_q));
    end
  end

endmodule
