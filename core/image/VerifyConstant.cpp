// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of constants.

#include "core/image/VerifyRules.h"
#include "core/semantics/Limits.h"

using namespace glowplug;
using namespace glowplug::verify;

static constexpr uint64_t segmentAlignment = 64;

static llvm::Error verifySegmentPart(const image::Constant &op, uint64_t bytes,
                                     const image::Program &program) {
  const uint64_t count = program.segments() ? program.segments()->size() : 0;
  if (static_cast<uint64_t>(op.segment()) >= count)
    return broken("needs a segment below {0}, but got {1}", count,
                  op.segment());
  const uint64_t size = program.segments()->Get(op.segment())->bytes();
  if (op.offset() % segmentAlignment != 0)
    return broken("needs an offset that is a multiple of {0}, but got {1}",
                  segmentAlignment, op.offset());
  if (op.offset() > size || bytes > size - op.offset())
    return broken("needs {0} bytes at offset {1} of segment {2}, which has "
                  "{3}",
                  bytes, op.offset(), op.segment(), size);
  return llvm::Error::success();
}

llvm::Error verify::verifyOp(const image::Constant &op, const OpTypes &types,
                             const image::Program &program) {
  if (!types.operands.empty() || types.results.size() != 1)
    return broken("needs 0 operands and 1 result, but got {0} and {1}",
                  types.operands.size(), types.results.size());
  const TensorType &type = types.results[0];
  llvm::ArrayRef<uint8_t> data = arrayOf(op.data());
  const uint64_t bytes = byteCount(type.dtype, type.shape).value_or(0);
  if (op.segment() < -1)
    return broken("needs a segment of at least -1, but got {0}", op.segment());
  if (op.segment() >= 0) {
    if (op.splat() || !data.empty())
      return broken("needs data or a segment, but got both");
    return verifySegmentPart(op, bytes, program);
  }
  if (op.offset() != 0)
    return broken("needs an offset of 0 without a segment, but got {0}",
                  op.offset());
  const uint64_t needed = op.splat() ? dtypeBytes(type.dtype) : bytes;
  if (needed > semantics::maxInlineBytes)
    return broken("needs at most {0} bytes without a segment, but has {1}",
                  semantics::maxInlineBytes, needed);
  GP_CHECK(needLength("data", data.size(), needed));
  if (type.dtype == DType::boolean)
    for (uint8_t byte : data)
      if (byte > 1)
        return broken("needs a boolean of 0 or 1, but got {0}",
                      static_cast<int>(byte));
  return llvm::Error::success();
}
