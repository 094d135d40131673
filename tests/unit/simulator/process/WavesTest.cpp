// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The signals of a chip in a file tell of the same commands at the same times.

#include "simulator/process/Client.h"
#include "tests/unit/simulator/support/Gemm.h"
#include "tests/unit/simulator/support/World.h"

#include <gtest/gtest.h>
#include <gtkwave/fstapi.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

using namespace glowplug::npu;
using namespace glowplug::npu::process;
using namespace glowplug::npu::test;

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t cycle = 1000; ///< in the file's units

/// The signals of a file, by their names in GTKWave: "TOP.npu.irq_o".
class Waves {
public:
  explicit Waves(const std::string &path)
      : reader(fstReaderOpen(path.c_str())) {
    if (!reader)
      return;
    while (fstHier *entry = fstReaderIterateHier(reader)) {
      if (entry->htyp == FST_HT_SCOPE)
        fstReaderPushScope(reader, entry->u.scope.name, nullptr);
      else if (entry->htyp == FST_HT_UPSCOPE)
        fstReaderPopScope(reader);
      else if (entry->htyp == FST_HT_VAR)
        add(entry->u.var.name, entry->u.var.handle);
    }
  }
  ~Waves() {
    if (reader)
      fstReaderClose(reader);
  }
  Waves(const Waves &) = delete;
  Waves &operator=(const Waves &) = delete;

  bool isOpen() const { return reader != nullptr; }
  bool has(const std::string &name) const { return handles.contains(name); }
  std::size_t size() const { return handles.size(); }
  std::uint64_t begin() const { return fstReaderGetStartTime(reader); }
  std::uint64_t end() const { return fstReaderGetEndTime(reader); }

  /// Bit \p bit of the signal \p name in the middle of the low half of a cycle.
  bool isSet(const std::string &name, int bit, Cycle at) {
    std::string text(1024, '\0');
    const char *value = fstReaderGetValueFromHandleAtTime(
        reader, static_cast<std::uint64_t>(at) * cycle + cycle / 4,
        handles.at(name), text.data());
    EXPECT_NE(value, nullptr) << name;
    const std::string_view bits(value ? value : "");
    return bits.size() > static_cast<std::size_t>(bit) &&
           bits[bits.size() - 1 - static_cast<std::size_t>(bit)] == '1';
  }

private:
  /// Vectors are named "push [4:0]".
  void add(const std::string &name, fstHandle handle) {
    handles[std::string(fstReaderGetCurrentFlatScope(reader)) + "." +
            name.substr(0, name.find(' '))] = handle;
  }

  void *reader;
  std::map<std::string, fstHandle> handles;
};

struct Ran {
  Result<Outcome> outcome = Fault{"did not run"};
  std::vector<Command> commands;
};

/// A product on the chip of four rows.
Ran runOnChip(const char *device, const cosim::WaveOptions &waves) {
  Config config;
  config.arrayRows = 4;
  Ran run;
  run.commands = gemmProgram({32, 16, 32, 16}, config);
  Program program;
  for (const Command &command : run.commands)
    program.commands.push_back(encodeCommand(command));
  program.extents.fill(randomExtent);
  Options options;
  options.executable = device;
  options.units = chipUnit;
  auto client = Client::start(options);
  if (!client) {
    run.outcome = client.fault();
    return run;
  }
  if (auto fault = (*client)->load(program, machineOf(config)))
    run.outcome = *fault;
  else
    run.outcome =
        (*client)->run({.withData = true, .wantsCrcs = true, .waves = waves});
  return run;
}

class NpuWaves : public ::testing::Test {
protected:
  void SetUp() override {
    folder =
        fs::path(::testing::TempDir()) /
        ("npu-waves-" +
         std::string(
             ::testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder);
    fs::create_directories(folder);
    file = folder / "chip.fst";
  }
  void TearDown() override { fs::remove_all(folder); }

  fs::path folder;
  std::string file;
};

TEST_F(NpuWaves, TellOfTheCommandsThatAreWanted) {
  constexpr std::int64_t first = 5, last = 11;
  const Ran plain = runOnChip(NPU_DEVICE, {});
  ASSERT_TRUE(plain.outcome) << plain.outcome.message();
  const Ran run = runOnChip(NPU_DEVICE_WAVES, {file, first, last});
  ASSERT_TRUE(run.outcome) << run.outcome.message();
  // Waves change nothing.
  EXPECT_EQ(run.outcome->timeline.records, plain.outcome->timeline.records);
  EXPECT_EQ(run.outcome->crcs, plain.outcome->crcs);

  Waves waves(file);
  ASSERT_TRUE(waves.isOpen());
  const auto &records = run.outcome->timeline.records;
  EXPECT_EQ(waves.begin(),
            static_cast<std::uint64_t>(records[first].dispatched) * cycle);
  EXPECT_EQ(waves.end(),
            static_cast<std::uint64_t>(records[last].end) * cycle + cycle / 2);
  for (std::int64_t n = first; n <= last; ++n) {
    SCOPED_TRACE(n);
    const int queue = static_cast<int>(queueOf(run.commands[n]));
    const Record &record = records[n];
    EXPECT_TRUE(waves.isSet("TOP.npu.trace_push_o", queue, record.dispatched));
    if (record.start - 1 < records[last].end)
      EXPECT_TRUE(
          waves.isSet("TOP.npu.trace_issue_o", queue, record.start - 1));
    if (record.end <= records[last].end)
      EXPECT_TRUE(waves.isSet("TOP.npu.trace_retire_o", queue, record.end));
  }
  EXPECT_GT(waves.size(), 1000); // those of all units
  EXPECT_TRUE(waves.has("TOP.npu.u_array.clk_i"));
}

/// All signals that GTKWave is to show are there.
TEST_F(NpuWaves, HaveASaveFile) {
  const Ran run = runOnChip(NPU_DEVICE_WAVES, {file, 0, 1 << 30});
  ASSERT_TRUE(run.outcome) << run.outcome.message();
  const Waves waves(file);
  ASSERT_TRUE(waves.isOpen());
  EXPECT_EQ(waves.end() / cycle,
            static_cast<std::uint64_t>(run.outcome->timeline.cycles));
  std::ifstream save(file + ".gtkw");
  std::set<std::string> names;
  std::string line, text;
  while (std::getline(save, line)) {
    text += line + "\n";
    if (const auto at = line.find("TOP."); at != std::string::npos)
      names.insert(line.substr(at, line.find('[', at) - at));
  }
  EXPECT_NE(text.find("[dumpfile] \"" + file + "\""), std::string::npos)
      << text;
  EXPECT_NE(text.find("+{store trace_push_o}"), std::string::npos) << text;
  EXPECT_GT(names.size(), 15u);
  for (const std::string &name : names)
    EXPECT_TRUE(waves.has(name)) << name;
}

TEST_F(NpuWaves, AreRefusedWhereThereAreNone) {
  EXPECT_EQ(runOnChip(NPU_DEVICE, {file, 0, 1}).outcome.message(),
            "waves: this device has no chip that can write them");
  const auto count = runOnChip(NPU_DEVICE, {}).commands.size();
  EXPECT_EQ(runOnChip(NPU_DEVICE_WAVES,
                      {file, static_cast<std::int64_t>(count), 1 << 30})
                .outcome.message(),
            "waves: there are no commands from " + std::to_string(count) +
                " to 1073741824 in a program of " + std::to_string(count));
  const std::string nowhere = (folder / "none" / "x.fst").string();
  EXPECT_EQ(runOnChip(NPU_DEVICE_WAVES, {nowhere, 0, 1}).outcome.message(),
            "waves: cannot write '" + nowhere + "'");
  EXPECT_TRUE(fs::is_empty(folder));
}

} // namespace
