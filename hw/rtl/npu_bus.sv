// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The bus to memory, an AXI4 master: who of load_a, load_w, store and fetch gets the next burst. In
// each cycle in which the bus is free, the first requester after the one that was granted last puts
// its request on AR or AW; the handshake is its grant, and the bus is free again after as many
// cycles as the burst has beats. A request that finds no ready slave stays. Each requester has an
// ID of its own, its number. Space for all answers is reserved before the request, so R and B are
// always ready, and beats of different IDs may come in any order. Beats pass as they come. Of the
// outputs, those of AR and AW follow from the requests, grants from the slave's readiness as well.
// Model: simulator/timing/Bus.cpp.

module npu_bus #(
  parameter  int unsigned Bus        = npu_pkg::DramBytesPerCycle,
  localparam int unsigned Requesters = 4,
  localparam int unsigned Store      = 2
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,

  // Requests, load_a lowest: registers that stay until the grant
  input  logic [Requesters-1:0]    req_i,
  input  logic [64*Requesters-1:0] req_addr_i,   // first byte
  input  logic [6*Requesters-1:0]  req_len_i,    // beats less 1
  output logic [Requesters-1:0]    grant_o,

  // Answers
  output logic [Requesters-1:0]    read_o,       // a beat comes; never for the store
  output logic                     read_last_o,
  output logic [8*Bus-1:0]         read_data_o,
  output logic                     written_o,    // a burst of the store is answered

  // AXI4. W comes from the store, which follows its grants.
  output logic                     arvalid_o,
  input  logic                     arready_i,
  output logic [1:0]               arid_o,
  output logic [63:0]              araddr_o,
  output logic [7:0]               arlen_o,
  output logic [2:0]               arsize_o,
  output logic [1:0]               arburst_o,
  input  logic                     rvalid_i,
  output logic                     rready_o,
  input  logic [1:0]               rid_i,
  input  logic [8*Bus-1:0]         rdata_i,
  input  logic [1:0]               rresp_i,
  input  logic                     rlast_i,
  output logic                     awvalid_o,
  input  logic                     awready_i,
  output logic [1:0]               awid_o,
  output logic [63:0]              awaddr_o,
  output logic [7:0]               awlen_o,
  output logic [2:0]               awsize_o,
  output logic [1:0]               awburst_o,
  input  logic                     bvalid_i,
  output logic                     bready_o,
  input  logic [1:0]               bid_i,
  input  logic [1:0]               bresp_i,

  // The first answer that was an error; stays
  output logic                     fault_o,
  output logic                     fault_write_o,
  output logic [1:0]               fault_requester_o,

  input  logic                     halt_i,       // no further burst; one that waits for the slave stays
  output logic                     idle_o        // no burst is under way
);

  localparam logic [1:0] Incrementing = 2'b01;
  localparam int unsigned Shift = $clog2(Bus);

  /////////////
  // Arbiter //
  /////////////

  logic [Requesters-1:0] later_q;    // those after the one that was granted last
  logic [Requesters-1:0] waits_q;    // the one that waits for the slave, one-hot
  logic [Requesters-1:0] later, first, choice;
  logic [5:0]            left_q, len;
  logic [63:0]           addr;
  logic                  free_q, granted;

  assign later  = req_i & later_q;
  assign first  = later != '0 ? later & (~later + 4'd1) : req_i & (~req_i + 4'd1);
  assign choice = !free_q ? '0 : waits_q != '0 ? waits_q : halt_i ? '0 : first;

  always_comb begin
    len  = '0;
    addr = '0;
    for (int unsigned i = 0; i < Requesters; i++) begin
      len  = len | (choice[i] ? req_len_i[6*i +: 6] : '0);
      addr = addr | (choice[i] ? req_addr_i[64*i +: 64] : '0);
    end
  end

  for (genvar i = 0; i < Requesters; i++) begin : g_grant
    assign grant_o[i] = choice[i] && (i == Store ? awready_i : arready_i);
  end

  assign granted = grant_o != '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      later_q <= '0;
      waits_q <= '0;
      free_q  <= 1'b1;
    end else begin
      if (granted) later_q <= ~(grant_o | (grant_o - 4'd1));
      waits_q <= granted ? '0 : choice;
      free_q  <= granted ? len == '0 : free_q || left_q == 6'd1;
    end
  end

  always_ff @(posedge clk_i) left_q <= granted ? len : left_q - 6'd1;

  //////////////
  // Channels //
  //////////////

  assign arvalid_o = (choice & ~(4'd1 << Store)) != '0;
  assign arid_o    = {choice[3], choice[1] | choice[3]};
  assign araddr_o  = addr >> Shift << Shift;
  assign arlen_o   = 8'(len);
  assign arsize_o  = 3'(Shift);
  assign arburst_o = Incrementing;

  assign awvalid_o = choice[Store];
  assign awid_o    = 2'(Store);
  assign awaddr_o  = araddr_o;
  assign awlen_o   = arlen_o;
  assign awsize_o  = 3'(Shift);
  assign awburst_o = Incrementing;

  assign rready_o    = 1'b1;
  assign read_o      = rvalid_i ? 4'd1 << rid_i : '0;
  assign read_last_o = rlast_i;
  assign read_data_o = rdata_i;

  assign bready_o  = 1'b1;
  assign written_o = bvalid_i;

  ///////////////////
  // What is known //
  ///////////////////

  logic [15:0] under_q;              // bursts that are granted and not answered
  logic        answered, read_error, write_error;

  assign answered    = rvalid_i && rlast_i;
  assign read_error  = rvalid_i && rresp_i != '0;
  assign write_error = bvalid_i && bresp_i != '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fault_o <= 1'b0;
      under_q <= '0;
      idle_o  <= 1'b1;
    end else begin
      fault_o <= fault_o || read_error || write_error;
      under_q <= under_q + 16'(granted) - 16'(answered) - 16'(bvalid_i);
      idle_o  <= under_q == '0 && choice == '0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!fault_o) begin
      fault_write_o     <= !read_error;
      fault_requester_o <= read_error ? rid_i : 2'(Store);
    end
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assert ((waits_q & ~req_i) == '0);
      assert (!(rvalid_i && rid_i == 2'(Store)));
      assert (!(bvalid_i && bid_i != 2'(Store)));
    end
  end

endmodule
