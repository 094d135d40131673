// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Says where a backend is wrong.

#include "tools/glowplug/Locate.h"

#include "core/artifact/Read.h"
#include "core/host/loops/DifferenceText.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <fmt/format.h>

using namespace glowplug;
using namespace glowplug::cli;

Located cli::locateWrongOp(const ModelOptions &model,
                           const BackendOptions &backends, BackendSet &set,
                           const InputSource &source, unsigned threads) {
  if (looksLikeArtifact(model.model))
    fail(wrongUsage, "'" + model.model +
                         "' holds only code: to take it apart, the model is "
                         "needed that it was compiled from");
  Progress progress;
  LoadOptions load;
  load.inputs = &source;
  load.partsOnly = true;
  Located result;
  result.model = compileModel(model, backends, set, load, &progress).compiled;
  const std::vector<PortInfo> ports =
      orFail(inputPortsOf(result.model.artifact));
  const std::vector<Tensor> inputs = orFail(makeInputs(ports, source));
  progress.task("looking for the wrong op");
  LocateRequest request = {result.model, inputs, set, threads};
  request.progress = [&](const std::string &stage) { progress.begin(stage); };
  result.result = orFail(locate(request), FaultKind::resources);
  progress.task("");
  return result;
}

static std::string textOf(const LocatedOp &op) {
  return fmt::format("{} ({}{})", op.index, op.kind,
                     op.name.empty() ? "" : " '" + op.name + "'");
}

static std::string opsText(const Location &location) {
  if (location.ops.empty())
    return "the part is wrong as a whole, but no run of its ops";
  if (location.ops.size() == 1)
    return "op " + textOf(location.ops[0]) + " is wrong alone";
  std::vector<std::string> texts;
  for (const LocatedOp &op : location.ops)
    texts.push_back(textOf(op));
  return "ops " + llvm::join(texts, ", ") +
         " are wrong together, and right without the first";
}

std::string cli::locationText(const LocateResult &result) {
  if (!result.location)
    return fmt::format("locate   nothing: parts and ops are right on their own "
                       "inputs (parts: {}, programs run: {})",
                       result.parts, result.programs);
  const Location &location = *result.location;
  std::string text = fmt::format(
      "locate   part {} on {}: {} (programs run: {})", location.part,
      location.wrong.program.backend, opsText(location), result.programs);
  const Judgement &judgement = location.wrong.judgement;
  if (judgement.verdict == Judgement::Verdict::failed)
    return text + "\n         " + judgement.message;
  for (auto [name, type, found] :
       llvm::zip_equal(location.outputNames, location.outputTypes,
                       judgement.comparison.outputs))
    if (found.mismatches != 0)
      text +=
          fmt::format("\n         {} of {}", type, differenceText(name, found));
  return text;
}

static Json differenceJson(const Location &location) {
  const Comparison &comparison = location.wrong.judgement.comparison;
  const size_t wrong = comparison.firstWrong();
  const OutputComparison &found = comparison.outputs[wrong];
  return {{"output", location.outputNames[wrong]},
          {"type", location.outputTypes[wrong]},
          {"elements", found.elements},
          {"mismatches", found.mismatches},
          {"nan_for_number", found.nanForNumber},
          {"number_for_nan", found.numberForNan},
          {"infinite", found.infinite},
          {"index", found.first.index},
          {"got", found.first.got},
          {"want", found.first.want}};
}

Json cli::locationJson(const LocateResult &result) {
  Json json = {{"found", result.location.has_value()},
               {"parts", result.parts},
               {"programs", result.programs}};
  if (!result.location)
    return json;
  const Location &location = *result.location;
  json["part"] = location.part;
  json["part_ops"] = location.partOps;
  json["backend"] = location.wrong.program.backend;
  json["ops"] = Json::array();
  for (const LocatedOp &op : location.ops)
    json["ops"].push_back(
        {{"index", op.index}, {"kind", op.kind}, {"name", op.name}});
  if (location.wrong.judgement.verdict == Judgement::Verdict::failed)
    json["failure"] = location.wrong.judgement.message;
  else
    json["first"] = differenceJson(location);
  return json;
}
