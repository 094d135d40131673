// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The error of an import.

#pragma once

#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"

#include <string>

namespace glowplug::importer {

/// Why a model was not imported. One per import, with one message.
class ImportError : public llvm::ErrorInfo<ImportError> {
public:
  enum class Kind {
    invalid,     ///< The file breaks a rule of ONNX, or a limit.
    unsupported, ///< A valid model that uses what the importer does not know.
    needsOption, ///< A dim or an input has to be bound; the message says how.
  };
  static char ID; // NOLINT(readability-identifier-naming): LLVM's name

  ImportError(Kind kind, std::string text)
      : errorKind(kind), text(std::move(text)) {}

  Kind kind() const { return errorKind; }
  void log(llvm::raw_ostream &os) const override { os << text; }
  std::error_code convertToErrorCode() const override {
    return llvm::inconvertibleErrorCode();
  }

private:
  Kind errorKind;
  std::string text;
};

inline llvm::Error invalid(const llvm::Twine &text) {
  return llvm::make_error<ImportError>(ImportError::Kind::invalid, text.str());
}
inline llvm::Error unsupported(const llvm::Twine &text) {
  return llvm::make_error<ImportError>(ImportError::Kind::unsupported,
                                       text.str());
}
inline llvm::Error needsOption(const llvm::Twine &text) {
  return llvm::make_error<ImportError>(ImportError::Kind::needsOption,
                                       text.str());
}

} // namespace glowplug::importer
