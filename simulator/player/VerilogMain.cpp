// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// npu-player-rtl: the player in Verilog, hw/player/player.v, as a program. It
// takes the plus arguments of player.v, and exits with 0 if the case passes.

#include "Vplayer.h"

#include <cstdio>
#include <memory>

int main(int argc, char **argv) {
  const auto context = std::make_unique<VerilatedContext>();
  context->commandArgs(argc, argv);
  // $fatal is a verdict here, not the end of this process.
  context->fatalOnError(false);
  const auto player = std::make_unique<Vplayer>(context.get());
  player->clk_i = 0;
  while (!context->gotFinish()) {
    player->clk_i ^= 1;
    player->eval();
    context->timeInc(1);
  }
  player->final();
  std::fflush(stdout);
  return context->gotError() ? 1 : 0;
}
