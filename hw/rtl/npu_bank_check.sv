// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Watches the ports of a memory of banks. Two reads or two writes of one bank in one cycle, and an
// address outside the memory, are a fault, and the first one is kept: what happened, in which bank,
// and at which ports. fault_o rises three cycles after the access, with all that belongs to it.
// In one cycle, addresses outside come before conflicts, reads before writes, and lower banks and
// ports before higher ones. Model: simulator/timing/Banks.h.

module npu_bank_check #(
  parameter  int unsigned             Banks   = 8,
  parameter  int unsigned             Readers = 8,
  parameter  int unsigned             Writers = 4,
  parameter  int unsigned             Bank    = 14,          // bits of a bank's number, at most 14
  parameter  logic [4*(Readers+Writers)-1:0] Names = '0,     // npu_pkg::Port of each port
  localparam int unsigned             Ports   = Readers + Writers
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  // In this cycle: the ports in use with the banks they address, readers first, and the banks that
  // two readers, or two writers, address
  input  logic [Ports-1:0]      used_i,
  input  logic [Bank*Ports-1:0] bank_i,
  input  logic [2*Banks-1:0]    twice_i,       // for reads, then for writes

  output logic                  conflict_o,    // in the cycle before, a bank was needed twice
  output logic                  fault_o,       // stays high
  output logic                  outside_o,     // an address outside; else a conflict
  output logic                  write_o,
  output logic [13:0]           bank_o,
  output logic [3:0]            first_o,       // npu_pkg::Port
  output logic [3:0]            second_o
);

  logic [Ports-1:0] outside;

  for (genvar p = 0; p < Ports; p++) begin : g_outside
    assign outside[p] = used_i[p] && 15'(bank_i[Bank*p +: Bank]) >= 15'(Banks);
  end

  ///////////////////////////
  // The first fault stays //
  ///////////////////////////

  logic                  caught_q;
  logic [Ports-1:0]      used_q, outside_q;
  logic [Bank*Ports-1:0] banks_q;
  logic [2*Banks-1:0]    twice_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      caught_q   <= 1'b0;
      conflict_o <= 1'b0;
    end else begin
      caught_q   <= caught_q || outside != '0 || twice_i != '0;
      conflict_o <= twice_i != '0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!caught_q && (outside != '0 || twice_i != '0)) begin
      used_q    <= used_i;
      outside_q <= outside;
      banks_q   <= bank_i;
      twice_q   <= twice_i;
    end
  end

  //////////////////
  // What it says //
  //////////////////

  // Which bank, then which ports; each has a cycle.
  typedef struct packed {
    logic        outside;
    logic        write;
    logic [13:0] bank;
  } place_t;

  function automatic [3:0] name(input [Ports-1:0] among);
    name = '0;
    for (int unsigned p = Ports; p > 0; p--) begin
      if (among[p-1]) name = Names[4*(p-1) +: 4];
    end
  endfunction

  place_t           place, place_q;
  logic             placed_q;
  logic [Ports-1:0] involved;

  always_comb begin
    place = '0;
    if (outside_q != '0) begin
      place.outside = 1'b1;
      for (int unsigned p = Ports; p > 0; p--) begin
        if (outside_q[p-1]) begin
          place.write = p > Readers;
          place.bank  = 14'(banks_q[Bank*(p-1) +: Bank]);
        end
      end
    end else begin
      for (int unsigned b = 2 * Banks; b > 0; b--) begin
        if (twice_q[b-1]) begin
          place.write = b > Banks;
          place.bank  = 14'(b > Banks ? b - 1 - Banks : b - 1);
        end
      end
    end
  end

  for (genvar p = 0; p < Ports; p++) begin : g_involved
    assign involved[p] = place_q.outside
                         ? outside_q[p]
                         : used_q[p] && place_q.write == (p >= Readers)
                           && 14'(banks_q[Bank*p +: Bank]) == place_q.bank;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      placed_q <= 1'b0;
      fault_o  <= 1'b0;
    end else begin
      placed_q <= caught_q;
      fault_o  <= placed_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (caught_q && !placed_q) place_q <= place;
    if (placed_q && !fault_o) begin
      outside_o <= place_q.outside;
      write_o   <= place_q.write;
      bank_o    <= place_q.bank;
      first_o   <= name(involved);
      second_o  <= name(place_q.outside ? involved : involved & (involved - 1'b1));
    end
  end

endmodule
