// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a compiled model depends on, as one hash.

#pragma once

#include "core/host/loops/Build.h"
#include "core/support/Sha256.h"

namespace glowplug {

/// Under which names a cache keeps what is compiled for one request.
struct CacheKey {
  Sha256 model = {}; ///< The hash of the model's bytes.
  std::string base;  ///< 64 hexadecimal digits.
  /// The same with the values that the request offers: of models that cannot do
  /// without one. Empty if there are no offers.
  std::string withOffers;
};

/// The key of \p request, whose backends are open: from the bytes of the model
/// and its external data, all options, and the bytes of the libraries of the
/// compiler and of the plugins that \p plugins names. Fails if the model or its
/// data cannot be read.
llvm::Expected<CacheKey> cacheKey(const CompileRequest &request,
                                  const BackendSetOptions &plugins);

} // namespace glowplug
