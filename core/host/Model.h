// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Compiled models: made from ONNX, written, and read again.

#pragma once

#include "core/driver/ModelSource.h"
#include "core/host/Tensor.h"
#include "core/isolation/Policy.h"
#include "core/support/Fault.h"

#include <functional>
#include <map>
#include <vector>

namespace glowplug {
struct BuiltModel;
} // namespace glowplug

namespace glowplug::host {

/// An input or output of a model.
struct Port {
  std::string name;
  ElementType type = ElementType::f32;
  std::vector<int64_t> shape; ///< -1: the size varies.
  bool isBound = false; ///< Fixed when the model was compiled. Inputs only.
  /// Names of the sizes that vary, empty for others; no list if none varies.
  std::vector<std::string> dimNames = {};
  // What declaredInputs() says of a model; compiled ones have tensors only.
  bool hasShape = true;
  /// Of a sequence, all of this is said of each of its elements: inputs "x[0]",
  /// "x[1]" and so on of the compiled model, as many as the dim "x:length"
  /// says.
  bool isSequence = false;
  bool isOptional = false; ///< Left out if the dim "x:present" is 0.
};

/// A setting of one backend, as `--backend-option BACKEND:KEY=VALUE`.
struct BackendSetting {
  std::string backend, key, value;
};

/// Backends that are not found by name, and settings for all of them.
struct Plugins {
  std::vector<std::string> files; ///< Shared libraries.
  std::vector<BackendSetting> settings;
  /// Which calls are made in worker processes, and what those may do.
  IsolationPolicy isolation;
};

/// How a model becomes a program.
struct CompileOptions {
  /// Names in order of preference. `reference`, the interpreter, comes last
  /// whether it is named or not.
  std::vector<std::string> backends;
  Plugins plugins;
  std::map<std::string, int64_t> dims; ///< Sizes of symbolic dims.
  /// Dims of which there are several sizes: there is a program for each
  /// combination, and the shapes of the inputs say which one runs. At most 256
  /// combinations.
  std::map<std::string, std::vector<int64_t>> variants;
  /// Dims without a size may have any: a session compiles the model for the
  /// shapes of its inputs, and for the values of inputs that determine shapes,
  /// when they first come, and keeps that: in memory, and in `cacheFolder`. So
  /// compile() finds only such faults that do not depend on sizes.
  bool compileOnDemand = false;
  std::map<std::string, Tensor> bindings; ///< Inputs fixed now.
  std::string recipe; ///< Of every rescale; empty: by model and backend.
  bool allowExternalData = false;
  /// Keep what compareWithReference() needs.
  bool keepReference = false;
  /// Folder of models that were compiled before, which is made if there is
  /// none; empty: no cache. Several processes may share it. Used by
  /// Model::compile() alone, and only written with keepReference.
  std::string cacheFolder;
  /// Bytes of all files in it: those used least recently go first.
  uint64_t cacheBytes = uint64_t(4) << 30;
  /// Told what comes next, by the thread that compiles; may be empty.
  std::function<void(const std::string &stage)> progress;
  /// If this is set, a backend that fails is left out, and the next one in the
  /// order takes its place; told of the failure by the thread that compiles.
  std::function<void(const Fault &)> leftOut;
};

/// How often a model was needed that is compiled on demand.
struct OnDemandCounts {
  uint64_t compiled = 0;
  uint64_t fromCache = 0; ///< Read from `cacheFolder`.
  uint64_t known = 0;     ///< It was in memory.
};

/// A compiled model, or one that is compiled when it runs. A handle: copies
/// share everything, which is constant, so any thread may use one.
class Model {
public:
  explicit Model(std::shared_ptr<const BuiltModel> built) : held(built) {}

  /// Compiles. One call at a time in a process; others wait.
  static Result<Model> compile(const ModelSource &source,
                               const CompileOptions &options);
  /// Maps a .gpx file, which must not be changed while a copy lives.
  static Result<Model> read(const std::string &path);
  /// The contents of a .gpx file, which are copied.
  static Result<Model> parse(std::span<const uint8_t> bytes);

  /// Writes a .gpx file, or leaves what is there as it was. What was compiled
  /// on demand is not in it; a fault of kind `usage` if nothing else is there.
  Result<Done> write(const std::string &path) const;
  /// The contents of such a file; empty if there is nothing to write.
  std::vector<uint8_t> bytes() const;

  std::vector<Port> inputs() const;
  /// The shape of an output that the model does not declare is empty if the
  /// model is compiled on demand.
  std::vector<Port> outputs() const;
  /// Whether a cache had it, so that nothing was compiled.
  bool isCached() const;
  /// Why the cache does not keep it, though one was given; else empty.
  std::string cacheProblem() const;
  /// How many primitives each backend took: those that were asked for in their
  /// order, also with none, then the interpreter if it took any.
  std::vector<std::pair<std::string, uint64_t>> opCounts() const;

  /// What compiles on demand did so far, in all sessions of the model.
  OnDemandCounts onDemandCounts() const;

  const BuiltModel &core() const { return *held; }

private:
  std::shared_ptr<const BuiltModel> held;
};

/// What an ONNX model declares, without compiling it; a dim that is not known
/// is -1.
Result<std::vector<Port>> declaredInputs(const ModelSource &source);

} // namespace glowplug::host
