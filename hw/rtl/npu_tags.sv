// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The tags of a command as the queues keep them: each with the tokens of all tags that name the
// same semaphore, which are added up here, as the command comes in.
// Model: simulator/timing/Semaphores.h.

module npu_tags #(
  localparam int unsigned Tags = 36    // three times a semaphore and all tokens for it
) (
  input  logic [95:0]     header_i,    // npu_pkg::header_t
  output logic [Tags-1:0] waits_o,
  output logic [Tags-1:0] signals_o
);

  npu_pkg::header_t header;

  assign header = header_i;

  function automatic [Tags-1:0] summed(input [29:0] tags);
    logic [5:0] sum;
    for (int unsigned i = 0; i < 3; i++) begin
      sum = 6'd0;
      for (int unsigned j = 0; j < 3; j++) begin
        if (tags[10*j +: 6] == tags[10*i +: 6]) sum = sum + 6'(tags[10*j+6 +: 4]);
      end
      summed[12*i +: 12] = {sum, tags[10*i +: 6]};
    end
  endfunction

  assign waits_o   = summed({header.wait2_count, header.wait2_sem, header.wait1_count,
                             header.wait1_sem, header.wait0_count, header.wait0_sem});
  assign signals_o = summed({header.signal2_count, header.signal2_sem, header.signal1_count,
                             header.signal1_sem, header.signal0_count, header.signal0_sem});

endmodule
