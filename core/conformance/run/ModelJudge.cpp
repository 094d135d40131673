// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Judges the outputs of models.

#include "core/conformance/run/ModelJudge.h"

#include "core/conformance/rules/Compare.h"

#include "llvm/ADT/STLExtras.h"

namespace glowplug::conformance {

void compareOutputs(llvm::ArrayRef<Tensor> got, llvm::ArrayRef<Tensor> want,
                    const char *rule, const std::string &prefix,
                    CaseRecord &record) {
  for (auto [index, pair] : llvm::enumerate(llvm::zip_equal(got, want))) {
    Measurement measured = compareBytes(std::get<0>(pair), std::get<1>(pair));
    measured.rule = rule;
    measured.subject = prefix + "output " + std::to_string(index);
    record.measurements.push_back(std::move(measured));
  }
}

std::optional<graphs::Truth> truthOf(SharedModel &model,
                                     const std::vector<Tensor> &inputs,
                                     CaseRecord &record) {
  auto truth = graphs::Truth::make(std::move(model.compiled), inputs);
  if (truth)
    return std::move(*truth);
  noteSuiteError(record, truth.takeError());
  return std::nullopt;
}

void judgeModel(const std::vector<Tensor> &outputs,
                llvm::ArrayRef<PortInfo> ports, const graphs::Truth &truth,
                const std::string &prefix, CaseRecord &record) {
  const Comparison comparison = compareWithReference(outputs, truth.outputs());
  const graphs::Outcome outcome = graphs::judge(ports, outputs, truth);
  for (auto [index, one] : llvm::enumerate(comparison.outputs)) {
    Measurement measured;
    measured.rule = "graph";
    measured.subject = prefix + "output " + std::to_string(index);
    measured.elements = one.elements;
    measured.worst = one.maxErrorOverLimit;
    // Elements that other decisions next to ties explain do not count.
    if (outcome.result == graphs::Result::wrong && one.mismatches != 0) {
      measured.mismatches = one.mismatches;
      std::string where;
      for (const int64_t position : one.first.index)
        where += (where.empty() ? "" : ",") + std::to_string(position);
      measured.where = "[" + where + "]";
      measured.got = one.first.got;
      measured.want = one.first.want;
      measured.limit = outcome.text;
    }
    record.measurements.push_back(std::move(measured));
  }
}

void judgeExactly(const std::vector<Tensor> &outputs, const CompiledFrom &from,
                  const Subject &subject, CaseRecord &record) {
  SharedModel same;
  SharedModel::Settings settings;
  settings.name = record.name;
  settings.recipe = from.recipe;
  if (!same.compile(from.bytes, deputyOf(subject.backend), settings, record) ||
      !same.load(subject.threads, record))
    return;
  llvm::Expected<std::vector<Tensor>> want = same.session->run(from.inputs);
  if (!want)
    return noteSuiteError(record, want.takeError());
  compareOutputs(outputs, *want, "R1", "", record);
}

} // namespace glowplug::conformance
