// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// npu-device: the NPU's SystemC model as a process. Its client starts it and
// gives it a socket; it is of no use by hand.

#include "simulator/process/Server.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>

using namespace glowplug::npu;

/// The number of a descriptor that is a local stream socket, or -1.
static int socketOf(const char *text) {
  int number = -1;
  const char *const end = text + std::strlen(text);
  if (std::from_chars(text, end, number).ptr != end)
    return -1;
  int kind = 0;
  socklen_t size = sizeof kind;
  if (getsockopt(number, SOL_SOCKET, SO_TYPE, &kind, &size) != 0 ||
      kind != SOCK_STREAM)
    return -1;
  return number;
}

// The library of SystemC calls it.
[[gnu::visibility("default")]] int sc_main(int argc, char **argv) {
  const int socket = argc == 3 && std::strcmp(argv[1], "--socket") == 0
                         ? socketOf(argv[2])
                         : -1;
  if (socket < 0) {
    std::fprintf(stderr, "npu-device: is started by its client, with --socket "
                         "and the number of a descriptor\n");
    return 2;
  }
  process::Server server{process::Channel(process::Descriptor(socket))};
  return server.serve() ? 0 : 1;
}

// SystemC's own main would print a banner.
int main(int argc, char **argv) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  return sc_core::sc_elab_and_sim(argc, argv);
}
