// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Signatures of the scalar ops.

#include "core/semantics/Checks.h"

#include <array>

using namespace glowplug;
using namespace glowplug::semantics;

const ScalarSignature *semantics::findSignature(ScalarOp op) {
  static const auto byNumber = [] {
    std::array<const ScalarSignature *, UINT8_MAX + 1> result = {};
    for (const ScalarSignature &signature : scalarSignatures)
      result[static_cast<uint8_t>(signature.op)] = &signature;
    return result;
  }();
  return byNumber[static_cast<uint8_t>(op)];
}

/// The type that \p word stands for where \p signature takes \p operands, or
/// none.
static DType typeFor(TypeWord word, const ScalarSignature &signature,
                     llvm::ArrayRef<DType> operands) {
  for (unsigned i = 0; i < signature.operandCount; ++i)
    if (signature.operands[i] == word)
      return operands[i];
  return DType::none;
}

DType semantics::resultOf(ScalarOp op, llvm::ArrayRef<DType> operands) {
  const ScalarSignature &signature = *findSignature(op);
  return signature.result == TypeWord::boolean_
             ? DType::boolean
             : typeFor(signature.result, signature, operands);
}

llvm::Error semantics::verify(ScalarOp op, DType result,
                              llvm::ArrayRef<DType> operands) {
  const ScalarSignature *signature = findSignature(op);
  if (!signature)
    return broken("needs a known scalar op, but got {0}", static_cast<int>(op));
  if (operands.size() != signature->operandCount)
    return broken("needs {0} operands, but got {1}", signature->operandCount,
                  operands.size());
  auto check = [&](const std::string &what, TypeWord word,
                   DType type) -> llvm::Error {
    if (!holds(word, type))
      return broken("needs {0} of {1}, but got {2}", what, describe(word),
                    dtypeName(type));
    const DType first = typeFor(word, *signature, operands);
    return first == DType::none ? llvm::Error::success()
                                : needType(what.c_str(), type, first);
  };
  for (unsigned i = 0; i < operands.size(); ++i)
    GP_CHECK(check("operand " + std::to_string(i), signature->operands[i],
                   operands[i]));
  GP_CHECK(check("a result", signature->result, result));
  // No word says that two types have one width.
  if (op == ScalarOp::bitcast &&
      (result == DType::boolean ||
       dtypeBytes(result) != dtypeBytes(operands[0])))
    return broken("needs a result that is a number of {0} bytes, but got {1}",
                  dtypeBytes(operands[0]), dtypeName(result));
  return llvm::Error::success();
}
