// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases that are two models which have to give the same.

#include "core/conformance/run/ModelJudge.h"

namespace glowplug::conformance {
namespace {

class RelationRun {
public:
  RelationRun(const RelationCase &relation, const Subject &subject,
              CaseRecord &record)
      : relation(relation), subject(subject), record(record) {}

  void run();

private:
  bool make();
  /// Both with the same recipe: that of the plugin, if it needs one.
  bool compile();
  bool compileWhole(const std::string &recipe);
  /// The outputs of the other model, as those of the whole one.
  std::optional<std::vector<Tensor>> runOther();
  void judge(const std::vector<Tensor> &outputs,
             const std::vector<Tensor> &joined);

  const RelationCase &relation;
  const Subject &subject;
  CaseRecord &record;
  models::Related related;
  std::string bytes; ///< Of the whole model.
  std::string recipe;
  SharedModel whole, other;
};

} // namespace

bool RelationRun::make() {
  llvm::Expected<models::Related> made = relation.make(record.seed);
  if (!made) {
    noteSuiteError(record, made.takeError());
    return false;
  }
  related = std::move(*made);
  bytes = related.whole.model.SerializeAsString();
  return true;
}

bool RelationRun::compileWhole(const std::string &wanted) {
  whole = SharedModel();
  return whole.compile(
             bytes, subject.backend,
             {.name = relation.name, .recipe = wanted, .wantReference = true},
             record) &&
         whole.countOps(record);
}

bool RelationRun::compile() {
  if (!compileWhole(""))
    return false;
  // Models say fp32_rne, which an op keeps unless the plugin needs another.
  recipe = "fp32_rne";
  if (!whole.compiled.recipes.empty()) {
    recipe = whole.compiled.recipes.front().recipe;
    if (!compileWhole(recipe))
      return false;
  }
  const std::shared_ptr<ProgramBackend> backend =
      relation.gaps.every == 0 ? subject.backend
                               : withGaps(subject.backend, relation.gaps);
  if (!other.compile(related.other.SerializeAsString(), backend,
                     {.name = relation.name, .recipe = recipe}, record))
    return false;
  if (other.opsTaken() == 0) {
    record.ending = Ending::notApplicable;
    record.message = "takes none of the ops of the other model";
    return false;
  }
  return whole.load(subject.threads, record) &&
         other.load(subject.threads, record);
}

std::optional<std::vector<Tensor>> RelationRun::runOther() {
  std::vector<std::vector<Tensor>> outputs;
  for (const std::vector<Tensor> &inputs : related.runs) {
    llvm::Expected<std::vector<Tensor>> one = other.session->run(inputs);
    if (!one) {
      noteFailure(record, one.takeError());
      return std::nullopt;
    }
    outputs.push_back(std::move(*one));
  }
  return related.join(outputs);
}

void RelationRun::judge(const std::vector<Tensor> &outputs,
                        const std::vector<Tensor> &joined) {
  const std::vector<Tensor> &inputs = related.whole.inputs;
  if (relation.isExact && whole.isInteger() && other.isInteger()) {
    judgeExactly(outputs, {bytes, inputs, recipe}, subject, record);
    return compareOutputs(joined, outputs, "R1", "other model, ", record);
  }
  const std::optional<graphs::Truth> truth = truthOf(whole, inputs, record);
  if (!truth)
    return;
  judgeModel(outputs, whole.session->outputs(), *truth, "", record);
  judgeModel(joined, whole.session->outputs(), *truth, "other model, ", record);
}

void RelationRun::run() {
  if (!make() || !compile())
    return;
  llvm::Expected<std::vector<Tensor>> outputs =
      whole.session->run(related.whole.inputs);
  if (!outputs)
    return noteFailure(record, outputs.takeError());
  if (const std::optional<std::vector<Tensor>> joined = runOther())
    judge(*outputs, *joined);
}

/// Writes both models; the inputs of the other one are those of its first run.
static llvm::Error keepRelation(const RelationCase &relation, uint64_t seed,
                                const std::string &folder) {
  llvm::Expected<models::Related> made = relation.make(seed);
  if (!made)
    return made.takeError();
  if (llvm::Error error = graphs::writeCase(folder + "/whole", made->whole))
    return error;
  return graphs::writeCase(folder + "/other",
                           {std::move(made->other), made->runs.front(), 0});
}

SuiteCase fromRelation(RelationCase relation) {
  SuiteCase result;
  result.name = relation.name;
  result.level = Level::graphs;
  result.features = relation.features;
  result.depth = relation.depth;
  result.keep = [relation](const Subject &, const CaseRecord &record,
                           const std::string &folder) {
    return keepRelation(relation, record.seed, folder);
  };
  result.run = [relation = std::move(relation)](const Subject &subject,
                                                CaseRecord &record) {
    RelationRun(relation, subject, record).run();
  };
  return result;
}

} // namespace glowplug::conformance
