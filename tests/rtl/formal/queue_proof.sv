// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is proven of npu_queue: it does what a plain list of waiting commands and one of open ones
// do. Commands issue in order, when their tokens, a place among the open ones and, for `drain`, an
// empty list are there, and not otherwise; they retire in order, one a cycle, each when its engine
// is done, or, a sync, two cycles after its issue at the earliest; their signals are given when
// they retire. Of commands, the header counts: that the rest is kept is proven of npu_fifo.

module queue_proof #(
  parameter  int unsigned Depth      = 2,
  parameter  int unsigned Open       = 2,
  parameter  int unsigned Semaphores = 4,
  localparam int unsigned Tags       = 36
) (
  input logic                    clk_i,
  input logic                    rst_ni,
  input logic                    push_i,
  input logic [511:0]            cmd_i,
  input logic [8*Semaphores-1:0] count_i,
  input logic                    ready_i,
  input logic                    done_i
);

  logic            full, valid, sync, retire;
  logic [511:0]    cmd;
  logic [Tags-1:0] waits, signals;

  logic [Tags-1:0] cmd_waits, cmd_signals;

  npu_tags u_tags (.header_i(cmd_i[95:0]), .waits_o(cmd_waits), .signals_o(cmd_signals));

  npu_queue #(.Depth(Depth), .Open(Open), .Semaphores(Semaphores)) u_queue (
    .clk_i, .rst_ni, .push_i, .cmd_i, .waits_i(cmd_waits), .signals_i(cmd_signals),
    .full_o(full), .count_i, .valid_o(valid), .sync_o(sync), .ready_i, .cmd_o(cmd),
    .waits_o(waits), .done_i, .retire_o(retire), .signals_o(signals)
  );

  // Registers of the unit, which prove.py connects: of the two lists, and of ends that wait
  localparam int unsigned DepthIndex = Depth > 1 ? $clog2(Depth) : 1;
  localparam int unsigned OpenIndex  = Open > 1 ? $clog2(Open) : 1;
  localparam int unsigned OpenCount  = $clog2(Open + 1);
  localparam int unsigned Entry      = 512 + 2 * Tags;
  (* keep *) logic [DepthIndex-1:0]     put, get;
  (* keep *) logic [OpenIndex-1:0]      open_put, open_get;
  (* keep *) logic [$clog2(Depth+1)-1:0] in;
  (* keep *) logic [OpenCount-1:0]      open_in, pending;
  (* keep *) logic                      head, is_full, open_head, open_full;
  (* keep *) logic [Entry*Depth-1:0]    words;
  (* keep *) logic [(Tags+1)*Open-1:0]  open_words;

  // The lists, oldest first: headers, with the opcode in bits 0..7, `drain` in bit 11, and the tags
  // of 10 bits of waits from bit 32 and of signals from bit 64 on
  logic [95:0] waiting_q [0:Depth-1];
  logic [95:0] open_q    [0:Open-1];
  logic [3:0]  in_q, open_in_q;
  logic        fresh_q;                  // the youngest open one issued in the cycle before
  logic [3:0]  ended_q;                  // of open ones that are no sync, whose engine is done

  // Tokens of all tags for the semaphore of tag `i`; `tags` are three of 10 bits
  function automatic [5:0] total(input [29:0] tags, input int unsigned i);
    total = 6'd0;
    for (int unsigned j = 0; j < 3; j++) begin
      if (tags[10*j +: 6] == tags[10*i +: 6]) total = total + 6'(tags[10*j+6 +: 4]);
    end
  endfunction

  // As the unit has them: totals and semaphores
  function automatic [Tags-1:0] totals(input [29:0] tags);
    totals = {total(tags, 2), tags[25:20], total(tags, 1), tags[15:10], total(tags, 0), tags[5:0]};
  endfunction

  // The count of a semaphore, a bit of which is in each of eight vectors
  function automatic [7:0] count_of(input [5:0] semaphore);
    for (int unsigned b = 0; b < 8; b++) count_of[b] = count_i[Semaphores*b + 32'(semaphore)];
  endfunction

  function automatic is_sync(input [95:0] header);
    is_sync = header[7:0] == npu_pkg::OpSync;
  endfunction

  // What the lists ask for
  logic       may_issue, issue, ends, retires, met;
  logic [3:0] engines;                   // open ones that are no sync

  always_comb begin
    met = 1'b1;
    for (int unsigned i = 0; i < 3; i++) begin
      if (count_of(waiting_q[0][32+10*i +: 6]) < 8'(total(waiting_q[0][61:32], i))) begin
        met = 1'b0;
      end
    end
    engines = 4'd0;
    for (int unsigned i = 0; i < Open; i++) begin
      if (4'(i) < open_in_q && !is_sync(open_q[i])) engines = engines + 4'd1;
    end
  end

  assign may_issue = in_q != 4'd0 && met && open_in_q != 4'(Open)
                     && !(waiting_q[0][11] && open_in_q != 4'd0);
  assign issue     = may_issue && ready_i;
  assign ends      = is_sync(open_q[0]) ? !(fresh_q && open_in_q == 4'd1)
                                        : done_i || ended_q != 4'd0;
  assign retires   = open_in_q != 4'd0 && ends;

  for (genvar i = 0; i < Depth; i++) begin : g_waiting
    always_ff @(posedge clk_i) begin
      if (push_i && in_q - 4'(issue) == 4'(i)) waiting_q[i] <= cmd_i[95:0];
      else if (issue && i + 1 < Depth) waiting_q[i] <= waiting_q[i + 1 < Depth ? i + 1 : i];
    end
  end

  for (genvar i = 0; i < Open; i++) begin : g_open
    always_ff @(posedge clk_i) begin
      if (issue && open_in_q - 4'(retires) == 4'(i)) open_q[i] <= waiting_q[0];
      else if (retires && i + 1 < Open) open_q[i] <= open_q[i + 1 < Open ? i + 1 : i];
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      in_q      <= '0;
      open_in_q <= '0;
      ended_q   <= '0;
      fresh_q   <= 1'b0;
    end else begin
      in_q      <= in_q + 4'(push_i) - 4'(issue);
      open_in_q <= open_in_q + 4'(issue) - 4'(retires);
      ended_q   <= ended_q + 4'(done_i) - 4'(retires && !is_sync(open_q[0]));
      fresh_q   <= issue;
    end
  end

  initial assume (!rst_ni);

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assume (!(push_i && in_q == 4'(Depth)));
      assume (!(done_i && ended_q == engines));
      // Semaphores that there are
      for (int unsigned i = 0; i < 3; i++) begin
        assume (cmd_i[32+10*i +: 6] < 6'(Semaphores));
        assume (cmd_i[64+10*i +: 6] < 6'(Semaphores));
      end

      assert (full == (in_q == 4'(Depth)));
      assert (valid == may_issue);
      assert (!may_issue || cmd[95:0] == waiting_q[0]);
      assert (!may_issue || sync == is_sync(waiting_q[0]));
      assert (waits == (in_q == 4'd0 ? '0 : totals(waiting_q[0][61:32])));
      assert (retire == retires);
      assert (signals == (open_in_q == 4'd0 ? '0 : totals(open_q[0][93:64])));
      cover (retires && issue && push_i && open_in_q == 4'(Open - 1) && in_q == 4'(Depth - 1));
      cover (retires && is_sync(open_q[0]) && done_i);

      // Why it stays so
      assert (in_q <= 4'(Depth) && open_in_q <= 4'(Open) && ended_q <= engines);
      assert (4'(in) == in_q && head == (in_q != 4'd0) && is_full == (in_q == 4'(Depth)));
      assert (4'(open_in) == open_in_q && open_head == (open_in_q != 4'd0)
              && open_full == (open_in_q == 4'(Open)));
      assert (4'(pending) == ended_q);
      assert (4'(get) < 4'(Depth) && 4'(put) == (4'(get) + in_q) % 4'(Depth));
      assert (4'(open_get) < 4'(Open) && 4'(open_put) == (4'(open_get) + open_in_q) % 4'(Open));
      assert (!fresh_q || open_in_q != 4'd0);
    end
  end

  for (genvar i = 0; i < Depth; i++) begin : g_word
    logic [Entry-1:0] word;
    assign word = words[Entry*((32'(get) + i) % Depth) +: Entry];
    always_ff @(posedge clk_i) begin
      if (rst_ni && 4'(i) < in_q) begin
        assert (word[95:0] == waiting_q[i]);
        assert (word[512 +: Tags] == totals(waiting_q[i][61:32]));
        assert (word[512+Tags +: Tags] == totals(waiting_q[i][93:64]));
        for (int unsigned j = 0; j < 3; j++) begin
          assert (waiting_q[i][32+10*j +: 6] < 6'(Semaphores));
        end
      end
    end
  end

  for (genvar i = 0; i < Open; i++) begin : g_open_word
    logic [Tags:0] word;
    assign word = open_words[(Tags+1)*((32'(open_get) + i) % Open) +: Tags+1];
    always_ff @(posedge clk_i) begin
      if (rst_ni && 4'(i) < open_in_q) begin
        assert (word == {is_sync(open_q[i]), totals(open_q[i][93:64])});
      end
    end
  end

endmodule
