// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The way of a model, from file to artifact.

#include "core/driver/Stages.h"

#include "core/driver/HostPlan.h"
#include "core/quantize/islands/FloatReason.h"

#include "llvm/ADT/StringExtras.h"

#include <numeric>

using namespace glowplug;
using namespace mlir;

namespace {

/// The context and what depends on it; lives as long as an artifact refers to
/// constants in it.
struct ModelSession {
  MLIRContext context{MLIRContext::Threading::DISABLED};
  std::optional<ImportedModel> model; // dies before the context
  /// Aligned copies of constants, by where they were.
  llvm::DenseMap<const uint8_t *, std::shared_ptr<AlignedBytes>> copies;
};

/// Makes one artifact.
class Compilation {
public:
  Compilation(const CompileRequest &request, CompiledModel &result)
      : request(request), result(result), dump(request.dumpFolder) {}

  llvm::Error run();

private:
  void announce(const std::string &stage) {
    if (request.progress)
      request.progress(stage);
  }
  llvm::Error partitionModel();
  llvm::Error partitionFunction(func::FuncOp function,
                                const PartitionOptions &options);
  llvm::Error compilePartitions();
  llvm::Error planFunctions();
  llvm::Error compilePartition(const Partition &partition);
  void addPartImage(const Partition &partition,
                    std::vector<llvm::ArrayRef<uint8_t>> segments);
  llvm::Expected<CompiledProgram>
  compileProgram(const Partition &partition,
                 llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments,
                 std::shared_ptr<InstrProgram> &scheduled);
  llvm::Error fillPorts();
  llvm::Error fillOrigin();
  void recordRecipes();
  void explain();
  llvm::Expected<llvm::ArrayRef<uint8_t>> aligned(llvm::ArrayRef<uint8_t>);
  llvm::Error addReference();

  const CompileRequest &request;
  CompiledModel &result;
  IrDump dump;
  std::shared_ptr<ModelSession> session = std::make_shared<ModelSession>();
  /// The model as it was imported, if the reference is wanted.
  OwningOpRef<ModuleOp> imported;
  bool isQuantizedModel = false;
  SegmentHashes hashes;
  /// The function of the model, and those that it calls, each after its
  /// callers; with the partitions of each.
  std::vector<func::FuncOp> functions;
  std::vector<std::vector<Partition>> partitions;
  PartitionResult parts; ///< What is told of all functions.
  ArtifactBuilder builder;
  /// Sections of constants that a part keeps.
  llvm::DenseMap<const uint8_t *, uint32_t> keptSections;
};

std::unique_ptr<artifact::PortT> portOf(const TensorInfo &info) {
  auto port = std::make_unique<artifact::PortT>();
  port->name = info.name;
  port->dtype = static_cast<uint8_t>(info.dtype);
  port->shape.assign(info.shape.begin(), info.shape.end());
  for (int64_t output : info.extents)
    port->extents.push_back(static_cast<uint32_t>(output + 1));
  return port;
}

/// How many of \p partitions backends run.
uint32_t partCountOf(llvm::ArrayRef<Partition> partitions) {
  return static_cast<uint32_t>(
      llvm::count_if(partitions, [](const Partition &partition) {
        return partition.control == nullptr;
      }));
}

} // namespace

/// The bytes at a multiple of 64, as plugins need them.
llvm::Expected<llvm::ArrayRef<uint8_t>>
Compilation::aligned(llvm::ArrayRef<uint8_t> bytes) {
  if (reinterpret_cast<uintptr_t>(bytes.data()) % AlignedBytes::alignment == 0)
    return bytes;
  std::shared_ptr<AlignedBytes> &copy = session->copies[bytes.data()];
  if (!copy) {
    try {
      copy = std::make_shared<AlignedBytes>(bytes);
    } catch (const std::bad_alloc &) {
      return makeFault(FaultKind::resources,
                       "not enough memory for a constant of " +
                           llvm::Twine(bytes.size()) + " bytes");
    }
  }
  return llvm::ArrayRef<uint8_t>(*copy);
}

llvm::Error Compilation::fillOrigin() {
  llvm::Expected<Sha256> hash = hashOf(request.model);
  if (!hash)
    return hash.takeError();
  builder.plan.model_sha256.assign(hash->begin(), hash->end());
  builder.plan.name = session->model->name;
  builder.plan.producer = "glowplug " GLOWPLUG_VERSION;
  for (const auto &[key, value] : request.settings) {
    auto setting = std::make_unique<artifact::SettingT>();
    setting->key = key;
    setting->value = value;
    builder.plan.settings.push_back(std::move(setting));
  }
  return llvm::Error::success();
}

llvm::Error Compilation::fillPorts() {
  const ImportedModel &model = *session->model;
  builder.plan.inputs.resize(model.inputs.size() + model.bound.size());
  for (const BoundInput &bound : model.bound) {
    auto port = portOf(bound.info);
    auto copy = std::make_shared<AlignedBytes>(bound.value.bytes());
    port->bound_section = builder.addSection(*copy, copy);
    builder.plan.inputs[bound.position] = std::move(port);
  }
  for (auto [position, info] :
       llvm::zip_equal(inputPositions(model), model.inputs))
    builder.plan.inputs[position] = portOf(info);
  // Sizes come after all that have them.
  auto first = static_cast<int64_t>(model.outputs.size());
  for (const TensorInfo &info : model.outputs) {
    builder.plan.outputs.push_back(portOf(info));
    for (int64_t output : info.extents)
      first = output < 0 ? first : std::min(first, output);
  }
  builder.plan.size_outputs =
      static_cast<uint32_t>(model.outputs.size() - static_cast<size_t>(first));
  return llvm::Error::success();
}

llvm::Error Compilation::partitionModel() {
  PartitionOptions options;
  for (const auto &backend : request.backends)
    options.backends.push_back(backend.get());
  options.fuse = [&](func::FuncOp function) {
    dump.write("inline", *session->model->module);
    return fuseAgain(function, dump);
  };
  options.hashes = &hashes;
  options.name = session->model->name;
  options.recipe = recipeNamed(request.recipe);
  if (!request.recipe.empty() && !options.recipe)
    return makeFault(FaultKind::usage,
                     "there is no recipe '" + request.recipe +
                         "'; there are fp32_rne, tosa_single, tosa_double");
  functions = functionsOf(*session->model);
  for (func::FuncOp function : functions)
    if (llvm::Error error = partitionFunction(function, options))
      return error;
  dump.write("partition", *session->model->module);
  size_t index = 0;
  for (const std::vector<Partition> &list : partitions)
    for (const Partition &part : list)
      if (!part.control)
        dump.writeBytes("part" + std::to_string(index++) + "." +
                            request.backends[part.backend]->name() + ".gpim",
                        part.image.bytes);
  return llvm::Error::success();
}

/// Partitions one function, whose parts follow those of the functions before.
llvm::Error Compilation::partitionFunction(func::FuncOp function,
                                           const PartitionOptions &options) {
  llvm::Expected<PartitionResult> answer = partition(function, options);
  if (!answer)
    return answer.takeError();
  // Parts have numbers; what the host runs has none.
  std::vector<unsigned> numbers;
  unsigned next = 0;
  for (const auto &list : partitions)
    next += partCountOf(list);
  for (const Partition &part : answer->partitions)
    numbers.push_back(part.control ? 0 : next++);
  for (OpReport &report : answer->report) {
    report.partition = numbers[report.partition];
    parts.report.push_back(std::move(report));
  }
  llvm::append_range(parts.rewrites, std::move(answer->rewrites));
  llvm::append_range(parts.recipes, std::move(answer->recipes));
  partitions.push_back(std::move(answer->partitions));
  return llvm::Error::success();
}

/// Compiles by way of an instr program where the backend makes one: what the
/// host has verified is what runs. \p scheduled is that program, or null.
llvm::Expected<CompiledProgram>
Compilation::compileProgram(const Partition &partition,
                            llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments,
                            std::shared_ptr<InstrProgram> &scheduled) {
  ProgramBackend &backend = *request.backends[partition.backend];
  llvm::Expected<std::optional<InstrProgram>> made =
      backend.schedule(partition.image.bytes, segments);
  if (!made)
    return made.takeError();
  if (!*made)
    return backend.compile(partition.image.bytes, segments);
  const auto number = static_cast<uint32_t>(builder.plan.parts.size());
  const std::string name =
      "part" + std::to_string(number) + "." + backend.name();
  scheduled = std::make_shared<InstrProgram>(std::move(**made));
  dump.writeBytes(name + ".gpmd", scheduled->machine);
  dump.writeBytes(name + ".gpin", scheduled->program);
  for (auto [index, segment] : llvm::enumerate(scheduled->segments))
    dump.writeBytes(name + ".segment" + std::to_string(index) + ".bin",
                    segment);
  llvm::Expected<CompiledProgram> compiled = backend.encode(*scheduled);
  if (compiled && request.wantInstr)
    result.scheduled.push_back(
        {number,
         backend.name(),
         {std::move(scheduled->machine), std::move(scheduled->program), {}}});
  return compiled;
}

/// Takes note of a part that is not to be compiled.
void Compilation::addPartImage(const Partition &partition,
                               std::vector<llvm::ArrayRef<uint8_t>> segments) {
  auto part = std::make_unique<artifact::PartT>();
  part->backend = request.backends[partition.backend]->name();
  part->ops = partition.opCount;
  part->blob = builder.addSection({}, session);
  result.parts.push_back(
      {part->backend, partition.image.bytes, std::move(segments)});
  builder.plan.parts.push_back(std::move(part));
}

llvm::Error Compilation::compilePartition(const Partition &partition) {
  ProgramBackend &backend = *request.backends[partition.backend];
  std::vector<llvm::ArrayRef<uint8_t>> segments;
  for (llvm::ArrayRef<uint8_t> segment : partition.image.segments) {
    llvm::Expected<llvm::ArrayRef<uint8_t>> bytes = aligned(segment);
    if (!bytes)
      return bytes.takeError();
    segments.push_back(*bytes);
  }
  if (request.partsOnly) {
    addPartImage(partition, std::move(segments));
    return llvm::Error::success();
  }
  std::shared_ptr<InstrProgram> scheduled;
  llvm::Expected<CompiledProgram> compiled =
      compileProgram(partition, segments, scheduled);
  if (!compiled)
    return makeFault(FaultKind::backend, llvm::toString(compiled.takeError()),
                     backend.name());

  // One owner for all that the backend made.
  auto program = std::make_shared<CompiledProgram>(std::move(*compiled));
  auto part = std::make_unique<artifact::PartT>();
  part->backend = backend.name();
  part->backend_version = backend.version();
  part->target = backend.target();
  part->requirement = program->requirement;
  part->workspace_bytes = program->workspaceBytes;
  part->ops = partition.opCount;
  part->blob = builder.addSection(program->blob, program);
  for (const AlignedBytes &made : program->segments)
    part->segments.push_back(builder.addSection(made, program));
  const size_t known = scheduled ? scheduled->segments.size() : segments.size();
  for (uint32_t kept : program->keptSegments) {
    if (kept >= known)
      return makeFault(FaultKind::backend,
                       backend.name() + ": compile keeps segment " +
                           std::to_string(kept) + ", but there are " +
                           std::to_string(known));
    if (scheduled) { // one of the instr program's, which is no one else's
      part->segments.push_back(
          builder.addSection(scheduled->segments[kept], scheduled));
      continue;
    }
    const uint8_t *original = partition.image.segments[kept].data();
    auto [section, isNew] = keptSections.try_emplace(original, 0);
    if (isNew) {
      auto copy = session->copies.find(original);
      std::shared_ptr<const void> owner = session;
      if (copy != session->copies.end())
        owner = copy->second;
      section->second = builder.addSection(segments[kept], std::move(owner));
    }
    part->segments.push_back(section->second);
  }
  builder.plan.parts.push_back(std::move(part));
  return llvm::Error::success();
}

llvm::Error Compilation::compilePartitions() {
  size_t count = 0, index = 0;
  for (const std::vector<Partition> &list : partitions)
    count += partCountOf(list);
  for (const std::vector<Partition> &list : partitions)
    for (const Partition &part : list) {
      if (part.control)
        continue;
      announce("compiling part " + std::to_string(++index) + " of " +
               std::to_string(count) + " for '" +
               request.backends[part.backend]->name() + "' (" +
               std::to_string(part.opCount) + " ops)");
      if (llvm::Error error = compilePartition(part))
        return error;
    }
  return planFunctions();
}

/// Makes a body of the plan of each function.
llvm::Error Compilation::planFunctions() {
  llvm::StringMap<uint32_t> numbers;
  for (auto [index, function] : llvm::enumerate(functions))
    numbers[function.getName()] = static_cast<uint32_t>(index);
  auto numberOf = [&](FlatSymbolRefAttr name) {
    return numbers.at(name.getValue());
  };
  builder.more.resize(functions.size() - 1);
  uint32_t firstPart = 0;
  for (auto [index, function] : llvm::enumerate(functions)) {
    artifact::BodyT &body = index == 0 ? builder.body : builder.more[index - 1];
    std::vector<size_t> inputs = inputPositions(*session->model);
    if (index != 0) {
      inputs.resize(function.getNumArguments());
      std::iota(inputs.begin(), inputs.end(), size_t{0});
      for (Type type : function.getArgumentTypes())
        body.input_bytes.push_back(bytesOf(type));
      for (Type type : function.getResultTypes())
        body.output_bytes.push_back(bytesOf(type));
    }
    if (llvm::Error error =
            planHost({function, partitions[index], firstPart, inputs}, numberOf,
                     body, builder))
      return error;
    firstPart += partCountOf(partitions[index]);
  }
  return llvm::Error::success();
}

/// The artifact says which rescales differ from what the model says.
void Compilation::recordRecipes() {
  for (const RecipeChange &change : parts.recipes) {
    auto setting = std::make_unique<artifact::SettingT>();
    setting->key = "changed-recipe";
    setting->value = recipeName(change.recipe).str() + " " + change.name;
    builder.plan.settings.push_back(std::move(setting));
  }
}

void Compilation::explain() {
  for (const OpReport &report : parts.report) {
    ExplainedOp op;
    op.name = report.name;
    op.kind = report.kind;
    op.backend = request.backends[report.backend]->name();
    op.part = report.partition;
    for (const OpReport::Refusal &refusal : report.refusals)
      op.refusals.emplace_back(request.backends[refusal.backend]->name(),
                               refusal.reason);
    op.isInteger = report.isInteger;
    if (isQuantizedModel)
      op.floatBecause = report.floatReason;
    result.ops.push_back(std::move(op));
  }
  result.rewrites = std::move(parts.rewrites);
  for (const RecipeChange &change : parts.recipes)
    result.recipes.push_back({change.name, recipeName(change.recipe).str(),
                              change.differing, change.total, change.mostSteps,
                              change.domain});
}

llvm::Error Compilation::addReference() {
  llvm::Expected<Image> image =
      referenceImage(*imported, session->model->name, parts.recipes, hashes);
  if (!image)
    return image.takeError();
  result.reference.image = std::move(image->bytes);
  result.reference.segments = std::move(image->segments);
  result.reference.inputs = inputPositions(*session->model);
  const auto &outputs = session->model->outputs;
  if (const size_t sizes = builder.plan.size_outputs)
    for (const TensorInfo &info : llvm::ArrayRef(outputs).drop_back(sizes))
      result.reference.outputs.emplace_back(info.extents.begin(),
                                            info.extents.end());
  return llvm::Error::success();
}

llvm::Error Compilation::run() {
  if (llvm::Error error = dump.prepare())
    return blame(FaultKind::usage, std::move(error));
  announce("importing");
  llvm::Expected<ImportedModel> model = loadModel(session->context, request);
  if (!model)
    return model.takeError();
  session->model.emplace(std::move(*model));
  result.warnings = session->model->warnings;
  dump.write("import", *session->model->module);
  if (request.wantReference)
    imported = session->model->module.get().clone();
  isQuantizedModel = isQuantized(*session->model->module);
  if (llvm::Error error = fillOrigin())
    return error;
  if (llvm::Error error = fillPorts())
    return error;
  announce("optimising");
  if (llvm::Error error = optimise(*session->model, dump))
    return error;
  announce("partitioning");
  if (llvm::Error error = partitionModel())
    return blame(FaultKind::backend, std::move(error));
  if (request.wantReference)
    if (llvm::Error error = addReference())
      return error;
  recordRecipes();
  if (llvm::Error error = compilePartitions())
    return error;
  explain();
  if (llvm::Error error = dump.finish())
    return blame(FaultKind::usage, std::move(error));
  result.artifact = std::move(builder).finish();
  if (request.wantReference || request.partsOnly)
    result.owner = session;
  return llvm::Error::success();
}

llvm::Error glowplug::runCompile(const CompileRequest &request,
                                 CompiledModel &result) {
  return Compilation(request, result).run();
}
