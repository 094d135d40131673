// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Lanes of npu_rescale side by side, so that a cycle of the bench tests many values.

module rescale_bench #(
  parameter int unsigned Lanes = 16
) (
  input  logic                clk_i,
  input  logic [32*Lanes-1:0] value_i,
  input  logic [32*Lanes-1:0] multiplier_i,
  input  logic [Lanes-1:0]    scale_i,
  input  logic [8*Lanes-1:0]  shift_i,
  input  logic [Lanes-1:0]    twice_i,
  input  logic [16*Lanes-1:0] zp_i,
  input  logic [32*Lanes-1:0] low_i,
  input  logic [32*Lanes-1:0] high_i,
  output logic [32*Lanes-1:0] value_o
);

  // All inputs of a value come in one cycle.
  for (genvar n = 0; n < Lanes; n++) begin : g_lane
    logic signed [8:0]  zp_q, zp2_q;
    logic signed [31:0] low_q, low2_q, high_q, high2_q;

    always_ff @(posedge clk_i) begin
      zp_q    <= zp_i[16*n +: 9];
      zp2_q   <= zp_q;
      low_q   <= low_i[32*n +: 32];
      low2_q  <= low_q;
      high_q  <= high_i[32*n +: 32];
      high2_q <= high_q;
    end

    // The last lanes take bytes less a zero point, as operands of the vector unit are.
    localparam int unsigned Width = n < 12 ? 32 : 10;

    npu_rescale #(.Width(Width)) u_rescale (
      .clk_i,
      .value_i        (value_i[32*n +: Width]),
      .plain_i        (value_i[32*n +: 32]),
      .multiplier_i   (multiplier_i[32*n +: 32]),
      .scale_i        (scale_i[n]),
      .shift_less_1_i (shift_i[8*n +: 6] - 6'd1),
      .twice_i        (twice_i[n]),
      .zp_i           (zp2_q),
      .low_i          (low2_q),
      .high_i         (high2_q),
      .low_less_zp_i  (33'(low2_q) - 33'(zp2_q)),
      .high_less_zp_i (33'(high2_q) - 33'(zp2_q)),
      .value_o        (value_o[32*n +: 32])
    );
  end

endmodule
