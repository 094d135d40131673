// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The group "replay" of the plugin "counting".

#include "tests/abi/counting_plugin.h"

#include <glowplug/glue/struct.h>

#include <cstring>

namespace {

class Teller {
public:
  Teller(const std::string &rule, const gp_replay_sink &sink)
      : rule(rule), sink(sink) {}

  void machine() const {
    gp_replay_machine row = {sizeof row, 4096, 4, 1024};
    if (rule == "replay_memory")
      row.memory_bytes = 4097;
    if (rule == "replay_command_bytes")
      row.command_bytes = 0;
    if (rule == "replay_port")
      row.commands_address = GP_NO_ADDRESS;
    if (rule == "replay_null")
      return sink.machine(sink.context, nullptr);
    sink.machine(sink.context, &row);
  }

  void memory() const {
    static const char bytes[16] = "constants";
    gp_replay_segment row = {sizeof row, "constants", 64, {bytes, 16}};
    if (rule == "replay_outside")
      row.address = 4090;
    if (rule == "replay_overlap")
      row.address = 1028;
    if (rule == "replay_nameless")
      row.name = "";
    sink.segment(sink.context, &row);
    const gp_replay_register written = {sizeof written, "base0", 7, 64};
    sink.write(sink.context, &written);
    const gp_replay_unit unit = {sizeof unit, "matrix", 2};
    sink.unit(sink.context, &unit);
    gp_replay_output output = {sizeof output, 0, 2048, 8};
    if (rule == "replay_output_missing")
      output.index = 1;
    sink.output(sink.context, &output);
    if (rule == "replay_output_twice")
      sink.output(sink.context, &output);
  }

  void commands() const {
    const size_t size = rule == "replay_half_command" ? 6 : 8;
    if (rule != "replay_no_commands")
      sink.commands(sink.context, {"commands", size});
  }

private:
  const std::string &rule;
  const gp_replay_sink &sink;
};

gp_status *replay(gp_executable *executable, const gp_replay_args *given) {
  const gp_host *host = executable->backend->host;
  gp_replay_args args;
  gp_replay_sink sink;
  if (GP_STRUCT_READ(&args, given) != GP_OK ||
      GP_STRUCT_READ(&sink, args.sink) != GP_OK)
    return host->fail(host, GP_UNKNOWN_FIELD, "replay arguments");
  const Teller teller(executable->backend->rule, sink);
  teller.machine();
  teller.memory();
  teller.commands();
  return nullptr;
}

} // namespace

const gp_replay_group countingReplay = {sizeof(gp_replay_group), replay};
