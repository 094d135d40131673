// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs many seeds and keeps those that fail.

#include "tests/fuzz/Campaign.h"

#include "core/driver/Decisions.h"
#include "tests/fuzz/Isolate.h"
#include "tests/fuzz/Shrink.h"

#include "llvm/ADT/STLExtras.h"

#include <chrono>
#include <fmt/format.h>
#include <fstream>

using namespace glowplug;
using namespace glowplug::fuzz;
using namespace glowplug::graphs;

Campaign::Campaign(CampaignOptions given)
    : options(std::move(given)), all(configurations(options.backend)),
      runner(all) {
  // Children share the compiler's library.
  llvm::cantFail(openCompiler());
}

/// The first line of an assertion, a message of the C library, or nothing.
static std::string firstLine(const std::string &text) {
  std::string line = text.substr(0, text.find('\n'));
  const size_t end = line.find_last_not_of(" \r");
  return end == std::string::npos ? "" : line.substr(0, end + 1);
}

Outcome Campaign::outcomeOf(const TaskEnd &end) const {
  if (end.kind == TaskEnd::Kind::finished)
    return unpack(end.result);
  const std::string message = firstLine(end.stderrText);
  return {end.kind == TaskEnd::Kind::timedOut ? Result::hung : Result::crashed,
          fmt::format("{} while {}{}{}", textOf(end), end.stage,
                      message.empty() ? "" : ": ", message)};
}

//===----------------------------------------------------------------------===//
// Failures
//===----------------------------------------------------------------------===//

Case Campaign::shrunk(const Case &which, uint64_t seed,
                      const Outcome &first) const {
  IsolateOptions isolate;
  isolate.jobs = options.jobs;
  isolate.batch = 4;
  isolate.seconds = std::min(options.seconds, 10.0);
  const auto stillFails =
      [&](const std::vector<Case> &candidates) -> std::optional<size_t> {
    std::optional<size_t> found;
    runIsolated(
        candidates.size(), isolate,
        [&](size_t i) { return pack(runner.run(candidates[i], seed)); },
        [&](size_t i, const TaskEnd &end) {
          if (outcomeOf(end).result != first.result)
            return true;
          if (!found || i < *found)
            found = i;
          return false;
        });
    return found;
  };
  // Values come through the pipe as messages, each after its size.
  const auto intermediates =
      [&](const Case &now) -> std::optional<std::map<std::string, Tensor>> {
    std::optional<std::map<std::string, Tensor>> values;
    runIsolated(
        1, isolate,
        [&](size_t) {
          onnx::GraphProto carrier;
          if (auto made = runner.intermediates(now))
            for (const auto &[name, tensor] : *made)
              *carrier.add_initializer() = protoOf(tensor, name);
          return carrier.SerializeAsString();
        },
        [&](size_t, const TaskEnd &end) {
          onnx::GraphProto carrier;
          if (end.kind != TaskEnd::Kind::finished ||
              !carrier.ParseFromString(end.result))
            return true;
          values.emplace();
          for (const onnx::TensorProto &proto : carrier.initializer())
            (*values)[proto.name()] = tensorOf(proto);
          return true;
        });
    return values;
  };
  return shrink(which, stillFails, intermediates, options.shrinkSeconds);
}

void Campaign::report(uint64_t seed, const Case &which, Outcome outcome) const {
  Case small = which;
  if (options.wantShrink && outcome.result != Result::hung) {
    small = shrunk(which, seed, outcome);
    // The numbers of the small one.
    runIsolated(
        1, {1, 1, options.seconds},
        [&](size_t) { return pack(runner.run(small, seed)); },
        [&](size_t, const TaskEnd &end) {
          outcome = outcomeOf(end);
          return true;
        });
  }
  std::string text = fmt::format(
      "{}: {}\nseed {}, {} of {} nodes left\n\n{}", nameOf(outcome.result),
      outcome.text, seed, small.model.graph().node_size(),
      which.model.graph().node_size(), textOf(small));
  fmt::print("{}\n", text);
  std::fflush(stdout);
  if (options.keep.empty())
    return;
  const std::string folder = options.keep + "/" + std::to_string(seed);
  if (llvm::Error error = writeCase(folder, small)) {
    fmt::print(stderr, "graph-fuzz: {}\n", llvm::toString(std::move(error)));
    return;
  }
  std::ofstream(folder + "/difference.txt")
      << text << "\nTo run it:\n  glowplug run model.onnx --inputs "
      << "test_data_set_0 --backend cpu --compare reference\n"
      << "  graph-fuzz --replay FOLDER\n";
}

//===----------------------------------------------------------------------===//
// Many seeds
//===----------------------------------------------------------------------===//

void Campaign::count(const Case &which, const Outcome &outcome) {
  ++results[outcome.result];
  nodes += which.model.graph().node_size();
  if (outcome.result == Result::unsupported)
    ++reasons[outcome.text];
  if (outcome.result == Result::passed)
    for (const onnx::NodeProto &node : which.model.graph().node())
      operators.insert(node.op_type());
}

void Campaign::summarise(double seconds) const {
  fmt::print("{} graphs of {} nodes and {} operators, on {} configurations, in "
             "{:.1f} s:",
             options.count, nodes, operators.size(), all.size(), seconds);
  for (const auto &[result, number] : results)
    fmt::print(" {} {}", number, nameOf(result));
  fmt::print("\n");
  for (const auto &[reason, number] : reasons)
    fmt::print("  {} x {}\n", number, reason);
}

bool Campaign::run() {
  IsolateOptions isolate;
  isolate.jobs = options.jobs;
  isolate.seconds = options.seconds;
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::pair<uint64_t, Outcome>> failures;
  runIsolated(
      options.count, isolate,
      [&](size_t i) {
        const uint64_t seed = options.seed + i;
        setStage("generating");
        return pack(runner.run(generate(seed, options.generator), seed));
      },
      [&](size_t i, const TaskEnd &end) {
        const uint64_t seed = options.seed + i;
        Outcome outcome = outcomeOf(end);
        if (end.stage == "generating") {
          ++results[outcome.result];
          fmt::print("seed {}: the generator failed: {}\n", seed, outcome.text);
          return false;
        }
        count(generate(seed, options.generator), outcome);
        if (isFailure(outcome.result)) {
          if (options.expected.empty()) {
            fmt::print("seed {}: {}: {}\n", seed, nameOf(outcome.result),
                       outcome.text);
            std::fflush(stdout);
          }
          failures.emplace_back(seed, std::move(outcome));
        }
        return !options.expected.empty() ||
               failures.size() < options.mostFailures;
      });
  const std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - start;
  if (!options.expected.empty()) {
    summarise(seconds.count());
    bool found = true;
    for (Result result : options.expected)
      if (results[result] == 0) {
        fmt::print("no graph {}, though some should have\n", nameOf(result));
        found = false;
      }
    return found;
  }
  llvm::sort(failures,
             [](const auto &a, const auto &b) { return a.first < b.first; });
  for (const auto &[seed, outcome] : failures)
    report(seed, generate(seed, options.generator), outcome);
  summarise(seconds.count());
  uint64_t failed = 0, done = 0;
  for (const auto &[result, number] : results) {
    failed += isFailure(result) ? number : 0;
    done += number;
  }
  // A net with holes that large catches nothing.
  const bool enough = results[Result::passed] * 100 >= done * 95;
  if (failed == 0 && !enough)
    fmt::print("needs 95 % of the graphs to be judged, but {} of {} passed\n",
               results[Result::passed], done);
  return failed == 0 && enough;
}

bool Campaign::replay(const std::string &folder) {
  auto which = readCase(folder);
  if (!which) {
    fmt::print(stderr, "graph-fuzz: {}\n", llvm::toString(which.takeError()));
    return false;
  }
  bool good = true;
  runIsolated(
      std::max<size_t>(all.size() - 1, 1), {1, 1, options.seconds},
      [&](size_t i) { return pack(runner.run(*which, i)); },
      [&](size_t i, const TaskEnd &end) {
        const Outcome outcome = outcomeOf(end);
        good &= !isFailure(outcome.result);
        fmt::print("{} and {}: {} {}\n", all[0].name,
                   all[std::min(i + 1, all.size() - 1)].name,
                   nameOf(outcome.result), outcome.text);
        return true;
      });
  return good;
}

/// How far an output's two references are from each other, and how far swaying
/// what decides moves it: two numbers a line.
static void writeDistances(const std::string &path,
                           const ReferenceOutputs &outputs) {
  std::ofstream file(path);
  for (size_t k = 0; k < outputs.declared.size(); ++k) {
    const std::vector<double> truth = toDoubles(outputs.declared[k]);
    double swayed = 0;
    for (const std::vector<Tensor> &run : outputs.swayed)
      swayed = std::max(swayed, distanceOf(toDoubles(run[k]), truth));
    file << fmt::format("{} {}\n",
                        distanceOf(truth, toDoubles(outputs.wide[k])), swayed);
  }
}

bool Campaign::writeSample(const std::string &folder, uint64_t count) {
  uint64_t written = 0;
  IsolateOptions isolate;
  isolate.jobs = 1;
  isolate.seconds = options.seconds;
  runIsolated(
      count, isolate,
      [&](size_t i) -> std::string {
        const uint64_t seed = options.seed + i;
        const Case which = generate(seed, options.generator);
        auto outputs = runner.expected(which);
        if (!outputs)
          return llvm::toString(outputs.takeError());
        const std::string place = folder + "/" + std::to_string(seed);
        if (llvm::Error error = writeCase(place, which, outputs->declared))
          return llvm::toString(std::move(error));
        writeDistances(place + "/distances.txt", *outputs);
        return "";
      },
      [&](size_t i, const TaskEnd &end) {
        const std::string problem =
            end.kind == TaskEnd::Kind::finished ? end.result : textOf(end);
        written += problem.empty();
        if (!problem.empty())
          fmt::print("seed {}: {}\n", options.seed + i, problem);
        return true;
      });
  fmt::print("{} of {} cases written\n", written, count);
  return written > 0;
}
