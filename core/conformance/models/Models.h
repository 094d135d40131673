// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Level 3: small networks of the topologies that are in use.

#pragma once

#include "core/conformance/graphs/Case.h"

namespace glowplug::models {

/// A network of floats; Quantised.h makes integers of it.
struct Model {
  const char *name; ///< As in the names of cases.
  /// The model with weights and inputs from a seed, for a batch of 1. \p type:
  /// f32, f16 or bf16.
  graphs::Case (*make)(uint64_t seed, DType type);
};

/// All of them, by name.
const std::vector<Model> &allModels();

// The models, a file for each kind.
graphs::Case makeAutoencoder(uint64_t seed, DType type);
graphs::Case makeDensenet(uint64_t seed, DType type);
graphs::Case makeDetector(uint64_t seed, DType type);
graphs::Case makeInception(uint64_t seed, DType type);
graphs::Case makeKeywords(uint64_t seed, DType type);
graphs::Case makeMobilenetV2(uint64_t seed, DType type);
graphs::Case makeMobilenetV3(uint64_t seed, DType type);
graphs::Case makeRecurrent(uint64_t seed, DType type);
graphs::Case makeResnet(uint64_t seed, DType type);
graphs::Case makeShufflenet(uint64_t seed, DType type);
graphs::Case makeSqueezenet(uint64_t seed, DType type);
graphs::Case makeTransformer(uint64_t seed, DType type);
graphs::Case makeUnet(uint64_t seed, DType type);

} // namespace glowplug::models
