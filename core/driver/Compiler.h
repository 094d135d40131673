// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The compiler as its users see it: no MLIR here. It lives in a shared
/// library of its own, which openCompiler() loads, so that who only runs
/// compiled models never loads it.

#pragma once

#include "core/artifact/Artifact.h"
#include "core/driver/ModelSource.h"
#include "core/importer/file/Operators.h"
#include "core/runtime/ProgramBackend.h"
#include "core/support/Fault.h"
#include "core/support/Tensor.h"
#include "core/support/TrimOutputs.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace glowplug {

struct CompileRequest {
  ModelSource model;
  std::map<std::string, int64_t> dims;    ///< Sizes of symbolic dims.
  std::map<std::string, Tensor> bindings; ///< Inputs fixed now.
  /// Values of inputs that are bound only if the model cannot do without.
  std::map<std::string, Tensor> offers;
  /// Values of an ONNX model that become outputs behind its own, in this order,
  /// but for those that are outputs already.
  std::vector<std::string> extraOutputs;
  bool allowExternalData = false;
  /// In order of preference; `reference` comes last.
  std::vector<std::shared_ptr<ProgramBackend>> backends;
  /// Recorded in the artifact.
  std::vector<std::pair<std::string, std::string>> settings;
  /// Of every rescale: fp32_rne, tosa_single or tosa_double. Empty: as the
  /// model says, but where that keeps an op from a backend.
  std::string recipe;
  std::string dumpFolder;     ///< Write the IR after each stage here; or empty.
  bool wantReference = false; ///< Also give the unoptimised program.
  /// Also give the instr programs of backends that write them.
  bool wantInstr = false;
  /// Give the images of the parts instead of compiling them: the artifact has
  /// the plan, and blobs without bytes.
  bool partsOnly = false;
  /// Told what comes next; may be empty.
  std::function<void(const std::string &stage)> progress;
};

/// The model before any optimisation, for the interpreter.
struct ReferenceProgram {
  std::vector<uint8_t> image; ///< Verified.
  std::vector<llvm::ArrayRef<uint8_t>> segments;
  /// Index of each program input among the inputs of the artifact, of which
  /// bound ones are missing here.
  std::vector<size_t> inputs;
  /// Of the outputs that are seen; none if all are, at their full size.
  OutputExtents outputs;
};

/// Which backend took an op, and why those before it did not.
struct ExplainedOp {
  std::string name, kind, backend;
  unsigned part = 0;
  std::vector<std::pair<std::string, std::string>> refusals; // backend, reason
  /// Sums integers; or reads and makes no float tensor, if it sums nothing.
  bool isInteger = false;
  /// Why not; empty if nothing in the model is quantised.
  std::string floatBecause;
};

/// A rescale that does not have the recipe that the model says.
struct ChangedRecipe {
  std::string name, recipe; ///< Name of the node of the model.
  /// Of `total` inputs of the rescale (`domain` says what they are), how many
  /// give another result, counted; and by how many steps at most.
  uint64_t differing = 0, total = 0, mostSteps = 0;
  std::string domain;
};

/// A part as its backend schedules it.
struct ScheduledPart {
  uint32_t part = 0;
  std::string backend;
  InstrProgram instr;
};

/// A part as its backend is given it.
struct PartImage {
  std::string backend;
  std::vector<uint8_t> image; ///< Verified.
  /// One per segment of the program, 64-byte aligned.
  std::vector<llvm::ArrayRef<uint8_t>> segments;
};

struct CompiledModel {
  Artifact artifact;
  /// What the model says wrongly, but without harm: one line each.
  std::vector<std::string> warnings;
  std::vector<ExplainedOp> ops;
  std::vector<std::string> rewrites; ///< One line each.
  std::vector<ChangedRecipe> recipes;
  std::vector<ScheduledPart> scheduled; ///< If asked for.
  ReferenceProgram reference;           ///< If asked for.
  /// One per part of the plan, if nothing else was asked for.
  std::vector<PartImage> parts;
  /// Of the bytes of `reference` and of the segments of `parts`.
  std::shared_ptr<const void> owner;
};

/// An input or output that a model declares; a dim that is not known is -1.
struct ModelInput {
  std::string name;
  DType dtype = DType::none;
  std::vector<int64_t> shape;
  std::vector<std::string> dimNames; ///< Empty where a dim is fixed.
  bool hasShape = true;
  /// Of a sequence, all of this is said of each of its elements, but the name.
  bool isSequence = false;
  bool isOptional = false; ///< Whether it may be left out.

  /// Whether it is one tensor, always.
  bool isTensor() const { return !isSequence && !isOptional; }
};

/// What a model declares and uses, before it is compiled.
struct ModelSummary {
  /// Of those of an unsupported type, the element type is `none`.
  std::vector<ModelInput> inputs, outputs;
  OperatorSummary operators;
};

/// The functions of the library. They are deterministic: equal requests give
/// equal artifacts. One call at a time. Each returns whether it worked; if not,
/// the fault says why. It names the model only if the file cannot be read.
class Compiler {
public:
  virtual ~Compiler() = default;
  virtual bool compile(const CompileRequest &request, CompiledModel &result,
                       Fault &fault) = 0;
  /// What a model declares, without compiling it.
  virtual bool inputs(const ModelSource &model, std::vector<ModelInput> &result,
                      Fault &fault) = 0;
  /// The same with outputs and operators; what is not supported is no fault.
  virtual bool summarise(const ModelSource &model, ModelSummary &result,
                         Fault &fault) = 0;
  /// The text of an instr program that was verified for its machine.
  virtual std::string instrText(llvm::ArrayRef<uint8_t> program,
                                llvm::ArrayRef<uint8_t> machine) = 0;
};

/// Name of the function of the library that returns its Compiler.
inline constexpr char compilerEntry[] = "glowplug_compiler_0_1";

/// Loads the compiler from libraryFolder().
/// The library stays in the process.
llvm::Expected<Compiler *> openCompiler();

} // namespace glowplug
