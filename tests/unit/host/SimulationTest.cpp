// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the C interface says of runs on simulated devices.

#include "tests/unit/host/Handles.h"

#include <cstddef>
#include <cstring>
#include <map>

using namespace glowplug::host;

namespace {

using SimulationHandle =
    std::unique_ptr<gp_simulation, Release<gp_simulation_free>>;

/// A struct to be filled.
template <typename T>
T sized() {
  T result{};
  result.struct_size = sizeof result;
  return result;
}

/// A quantised model on the simulated NPU.
ModelHandle compileForNpu() {
  const char *const backends[] = {"npu-sim"};
  gp_model_args args = sized<gp_model_args>();
  args.name = QUANTIZED_MODEL;
  args.backends = backends;
  args.backend_count = 1;
  const gp_dim dim = {"N", 1};
  args.dims = &dim;
  args.dim_count = 1;
  gp_model *model = nullptr;
  EXPECT_EQ(messageOf(gp_model_compile(&args, &model)), "");
  return ModelHandle(model);
}

void run(gp_session *session) {
  const RequestHandle request = makeRequest(session);
  ASSERT_EQ(messageOf(gp_request_set_random_inputs(request.get(), 1)), "");
  ASSERT_EQ(messageOf(gp_request_run(request.get())), "");
}

SimulationHandle simulationOf(gp_session *session,
                              const gp_simulation_args *args) {
  gp_simulation *simulation = nullptr;
  EXPECT_EQ(messageOf(gp_session_simulation(session, args, &simulation)), "");
  return SimulationHandle(simulation);
}

gp_part_figures partOf(const gp_simulation *simulation, size_t part) {
  gp_part_figures figures = sized<gp_part_figures>();
  EXPECT_EQ(messageOf(gp_simulation_part(simulation, part, &figures)), "");
  return figures;
}

} // namespace

TEST(HostSimulationTest, FiguresOfARunAddUp) {
  const SessionHandle session = load(compileForNpu().get());
  run(session.get());
  const SimulationHandle simulation = simulationOf(session.get(), nullptr);
  ASSERT_GE(gp_simulation_part_count(simulation.get()), 1u);
  for (size_t i = 0; i < gp_simulation_part_count(simulation.get()); ++i) {
    const gp_part_figures part = partOf(simulation.get(), i);
    EXPECT_STREQ(part.backend, "npu-sim");
    EXPECT_GT(part.cycles, 0u);
    EXPECT_EQ(part.bank_conflicts, 0u);
    EXPECT_EQ(part.span_count, 0u) << "not asked for";
    EXPECT_EQ(part.buffer_count, 0u) << "not asked for";
    ASSERT_GE(part.layer_count, 1u);
    uint64_t cycles = 0, macs = 0;
    for (size_t layer = 0; layer < part.layer_count; ++layer) {
      gp_layer_figures figures = sized<gp_layer_figures>();
      ASSERT_EQ(
          messageOf(gp_simulation_layer(simulation.get(), i, layer, &figures)),
          "");
      EXPECT_STRNE(figures.bound, "");
      EXPECT_LE(figures.begin_cycle, figures.end_cycle);
      EXPECT_LE(figures.end_cycle, part.cycles);
      cycles += figures.cycles;
      macs += figures.macs;
    }
    EXPECT_LE(cycles, part.cycles);
    EXPECT_EQ(macs, part.macs);
    std::map<std::string, uint64_t> engines;
    for (size_t stall = 0; stall < part.stall_count; ++stall) {
      gp_stall_figures figures = sized<gp_stall_figures>();
      ASSERT_EQ(
          messageOf(gp_simulation_stall(simulation.get(), i, stall, &figures)),
          "");
      engines[figures.engine] += figures.cycles;
    }
    EXPECT_FALSE(engines.empty());
    for (const auto &[engine, sum] : engines)
      EXPECT_EQ(sum, part.cycles) << engine;
  }
}

TEST(HostSimulationTest, SpansAndBuffersComeWhenAskedFor) {
  const SessionHandle session = load(compileForNpu().get());
  run(session.get());
  gp_simulation_args args = sized<gp_simulation_args>();
  args.spans = 1;
  args.buffers = 1;
  const SimulationHandle simulation = simulationOf(session.get(), &args);
  const gp_part_figures part = partOf(simulation.get(), 0);
  ASSERT_GE(part.span_count, 1u);
  ASSERT_GE(part.buffer_count, 1u);
  for (size_t i = 0; i < part.span_count; ++i) {
    gp_span span = sized<gp_span>();
    ASSERT_EQ(messageOf(gp_simulation_span(simulation.get(), 0, i, &span)), "");
    EXPECT_STRNE(span.track, "");
    EXPECT_TRUE(span.layer < part.layer_count || span.layer == GP_LAYER_NONE);
    EXPECT_LE(span.start_cycle, span.end_cycle);
  }
  for (size_t i = 0; i < part.buffer_count; ++i) {
    gp_memory_use use = sized<gp_memory_use>();
    ASSERT_EQ(messageOf(gp_simulation_buffer(simulation.get(), 0, i, &use)),
              "");
    EXPECT_STRNE(use.name, "");
    EXPECT_LE(use.begin_bytes + use.size_bytes, use.space_bytes);
    EXPECT_LE(use.first_cycle, use.last_cycle);
  }
}

TEST(HostSimulationTest, OutlivesItsSessionAndLaterRuns) {
  SessionHandle session = load(compileForNpu().get());
  run(session.get());
  const SimulationHandle simulation = simulationOf(session.get(), nullptr);
  const gp_part_figures before = partOf(simulation.get(), 0);
  run(session.get());
  EXPECT_EQ(partOf(simulationOf(session.get(), nullptr).get(), 0).cycles,
            before.cycles)
      << "times do not depend on values";
  session.reset();
  EXPECT_EQ(partOf(simulation.get(), 0).cycles, before.cycles);
}

TEST(HostSimulationTest, IsEmptyWithoutASimulatedDevice) {
  const SessionHandle session = load(compileDigits().get());
  run(session.get());
  const SimulationHandle simulation = simulationOf(session.get(), nullptr);
  EXPECT_EQ(gp_simulation_part_count(simulation.get()), 0u);
  gp_part_figures figures = sized<gp_part_figures>();
  const FaultHandle fault(gp_simulation_part(simulation.get(), 0, &figures));
  ASSERT_TRUE(fault);
  EXPECT_EQ(gp_fault_get_kind(fault.get()), GP_FAULT_USAGE);
  EXPECT_STREQ(gp_fault_message(fault.get()), "there is no part 0 of 0");
}

TEST(HostSimulationTest, WrongUseIsAFault) {
  const SessionHandle session = load(compileForNpu().get());
  gp_simulation *none = nullptr;
  EXPECT_EQ(kindOf(gp_session_simulation(session.get(), nullptr, &none)),
            GP_FAULT_USAGE)
      << "it has not run";
  EXPECT_EQ(none, nullptr);
  EXPECT_EQ(kindOf(gp_session_simulation(nullptr, nullptr, &none)),
            GP_FAULT_USAGE);
  run(session.get());
  EXPECT_EQ(kindOf(gp_session_simulation(session.get(), nullptr, nullptr)),
            GP_FAULT_USAGE);
  const SimulationHandle simulation = simulationOf(session.get(), nullptr);
  gp_layer_figures layer = sized<gp_layer_figures>();
  const size_t count = partOf(simulation.get(), 0).layer_count;
  EXPECT_EQ(kindOf(gp_simulation_layer(simulation.get(), 0, count, &layer)),
            GP_FAULT_USAGE);
  EXPECT_EQ(kindOf(gp_simulation_layer(nullptr, 0, 0, &layer)), GP_FAULT_USAGE);
  EXPECT_EQ(kindOf(gp_simulation_layer(simulation.get(), 0, 0, nullptr)),
            GP_FAULT_USAGE);
  gp_span span = sized<gp_span>();
  EXPECT_EQ(kindOf(gp_simulation_span(simulation.get(), 0, 0, &span)),
            GP_FAULT_USAGE)
      << "not asked for";
}

TEST(HostSimulationTest, StructsFollowTheSizeRule) {
  const SessionHandle session = load(compileForNpu().get());
  run(session.get());
  const SimulationHandle simulation = simulationOf(session.get(), nullptr);
  gp_part_figures older{};
  std::memset(&older, 0xee, sizeof older);
  std::memset(&older, 0, offsetof(gp_part_figures, macs));
  older.struct_size = offsetof(gp_part_figures, macs);
  ASSERT_EQ(messageOf(gp_simulation_part(simulation.get(), 0, &older)), "");
  EXPECT_GT(older.cycles, 0u);
  EXPECT_EQ(older.macs, 0xeeeeeeeeeeeeeeeeu)
      << "beyond the size that it states";
  gp_simulation_args args = sized<gp_simulation_args>();
  args.struct_size = 3;
  gp_simulation *none = nullptr;
  EXPECT_EQ(kindOf(gp_session_simulation(session.get(), &args, &none)),
            GP_FAULT_USAGE);
}
