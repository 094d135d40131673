// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A hardware team's own array in the place of npu_array: an input row meets all weights at once, and
// adder trees take the place of the mesh. It keeps the sequencer of hw/rtl, which says what to read
// in which cycle, and has a pipe, ports and a reset of its own. From the cycle in which an input row
// is read until its sums are written: 5 cycles, so array.meshCycles is 0 and array.pipeCycles is 5.
// With Bug it does not mask padding: it takes what its port happens to show.

module acme_array #(
  parameter  int unsigned R   = 8,
  parameter  bit          Bug = 1'b0,
  localparam int unsigned Row = $clog2(R)
) (
  input  logic            clk,
  input  logic            rst,          // active high

  input  logic            go,           // take op, if rdy
  input  logic [415:0]    op,
  output logic            rdy,
  output logic            fin,          // the oldest op has ended

  output logic            ia_en,        // inputs, one cycle later
  output logic [23:0]     ia_adr,
  input  logic [8*R-1:0]  ia_q,
  output logic            wt_en,        // weights
  output logic [23:0]     wt_adr,
  input  logic [8*R-1:0]  wt_q,
  output logic            ac_re,        // sums
  output logic [15:0]     ac_radr,
  input  logic [32*R-1:0] ac_q,
  output logic            ac_we,
  output logic [15:0]     ac_wadr,
  output logic [32*R-1:0] ac_d
);

  logic           rst_n;
  logic           w_zp_row, w_load, w_zero, w_unsigned, w_columns, x_valid, x_first, x_unsigned;
  logic           fresh, last;
  logic [Row-1:0] w_row;
  logic [15:0]    addr;
  logic signed [8:0] w_zp, x_zp;

  assign rst_n = ~rst;

  npu_matmul_seq #(.R(R)) u_seq (
    .clk_i(clk), .rst_ni(rst_n), .cmd_valid_i(go), .cmd_ready_o(rdy), .cmd_i(op),
    .w_read_o(wt_en), .w_addr_o(wt_adr), .w_zp_row_o(w_zp_row), .w_load_o(w_load), .w_row_o(w_row),
    .w_zero_o(w_zero), .w_unsigned_o(w_unsigned), .w_columns_o(w_columns), .w_zp_o(w_zp),
    .x_valid_o(x_valid), .x_read_o(ia_en), .x_addr_o(ia_adr), .x_first_o(x_first),
    .x_unsigned_o(x_unsigned), .x_zp_o(x_zp),
    .acc_addr_o(addr), .acc_fresh_o(fresh), .acc_last_o(last), .busy_o()
  );

  /////////////////////////////////////////////////////
  // Cycle 1: what was read, less its zero points    //
  // Cycle 2: products. Cycle 3: sums and their read //
  // Cycle 4: added to what was there. 5: written    //
  /////////////////////////////////////////////////////

  typedef struct packed {
    logic        valid;
    logic        fresh;
    logic        last;
    logic [15:0] addr;
  } row_t;

  row_t              row1, row2, row3, row4;
  logic              w_zp_row1, w_load1, w_zero1, w_unsigned1, w_columns1, swap1, read1, x_unsigned1;
  logic [Row-1:0]    w_row1;
  logic signed [8:0] w_zp1, x_zp1;
  logic              last5;

  always_ff @(posedge clk or posedge rst) begin
    if (rst) begin
      row1  <= '0;
      row2  <= '0;
      row3  <= '0;
      row4  <= '0;
      ac_we <= 1'b0;
      last5 <= 1'b0;
      fin   <= 1'b0;
      swap1 <= 1'b0;
      w_load1   <= 1'b0;
      w_zp_row1 <= 1'b0;
    end else begin
      row1  <= '{valid: x_valid, fresh: fresh, last: last, addr: addr};
      row2  <= row1;
      row3  <= row2;
      row4  <= row3;
      ac_we <= row4.valid;
      last5 <= row4.valid && row4.last;
      fin   <= last5;
      swap1 <= x_valid && x_first;
      w_load1   <= w_load;
      w_zp_row1 <= w_zp_row;
    end
  end

  always_ff @(posedge clk) begin
    w_zero1     <= w_zero;
    w_unsigned1 <= w_unsigned;
    w_columns1  <= w_columns;
    w_row1      <= w_row;
    w_zp1       <= w_zp;
    read1       <= ia_en;
    x_unsigned1 <= x_unsigned;
    x_zp1       <= x_zp;
  end

  // Weights: a set that is used, and one that loads.
  logic [8*R-1:0]   zp_row;
  logic [9*R*R-1:0] next, used;
  logic [9*R-1:0]   w, x;

  for (genvar n = 0; n < R; n++) begin : g_factor
    logic signed [8:0] raw_w, raw_x, zp;
    assign raw_w = {!w_unsigned1 && wt_q[8*n+7], wt_q[8*n +: 8]};
    assign raw_x = {!x_unsigned1 && ia_q[8*n+7], ia_q[8*n +: 8]};
    assign zp    = w_columns1 ? {!w_unsigned1 && zp_row[8*n+7], zp_row[8*n +: 8]} : w_zp1;
    assign w[9*n +: 9] = w_zero1 ? 9'd0 : raw_w - zp;
    always_ff @(posedge clk) begin
      x[9*n +: 9] <= read1 || Bug ? raw_x - x_zp1 : 9'd0;
    end
  end

  for (genvar r = 0; r < R; r++) begin : g_weights
    always_ff @(posedge clk) begin
      if (w_load1 && w_row1 == Row'(r)) next[9*R*r +: 9*R] <= w;
    end
  end

  always_ff @(posedge clk) begin
    if (w_zp_row1) zp_row <= wt_q;
    if (swap1) used <= next;
  end

  // Products, and the tree that adds them
  logic [32*R-1:0] sum;

  for (genvar c = 0; c < R; c++) begin : g_column
    logic signed [17:0] product [0:R-1];
    logic signed [31:0] total;
    for (genvar r = 0; r < R; r++) begin : g_row
      always_ff @(posedge clk) begin
        product[r] <= $signed(x[9*r +: 9]) * $signed(used[9*(R*r+c) +: 9]);
      end
    end
    always_comb begin
      total = '0;
      for (int unsigned r = 0; r < R; r++) total = total + 32'(product[r]);
    end
    always_ff @(posedge clk) begin
      sum[32*c +: 32] <= total;
    end
  end

  // What the two rows ahead write is not in the memory yet when a row reads.
  logic            kept;
  logic [15:0]     kept_adr;
  logic [32*R-1:0] kept_d;

  assign ac_re   = row3.valid && !row3.fresh;
  assign ac_radr = row3.addr;

  for (genvar c = 0; c < R; c++) begin : g_add
    logic [31:0] held;
    assign held = row4.fresh ? 32'd0
                  : ac_we && ac_wadr == row4.addr ? ac_d[32*c +: 32]
                  : kept && kept_adr == row4.addr ? kept_d[32*c +: 32]
                  : ac_q[32*c +: 32];
    always_ff @(posedge clk) begin
      if (row4.valid) ac_d[32*c +: 32] <= sum[32*c +: 32] + held;
    end
  end

  always_ff @(posedge clk) begin
    if (row4.valid) ac_wadr <= row4.addr;
    kept     <= ac_we;
    kept_adr <= ac_wadr;
    kept_d   <= ac_d;
  end

endmodule
