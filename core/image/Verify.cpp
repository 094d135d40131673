// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Verifies images: the container, values and their definitions, and the
// nesting of bodies. The rules of each op are in the files of its family.

#include "core/image/Verify.h"

#include "core/image/VerifyRules.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace glowplug;
using namespace glowplug::verify;

static constexpr size_t maxRank = 8;

/// A name out of an image, fit for a message: short, and of printable
/// characters.
static std::string quoted(llvm::StringRef name) {
  constexpr size_t longest = 80;
  std::string text;
  llvm::raw_string_ostream os(text);
  os << '\'';
  llvm::printEscapedString(name.take_front(longest), os);
  os << (name.size() > longest ? "...'" : "'");
  return text;
}

/// Refuses \p what, which is part of a feature that is not built (ADR 0014).
static llvm::Error needsFeature(llvm::StringRef feature, llvm::StringRef what) {
  return broken("needs no {0}: the feature '{1}' is not built in this version",
                what, feature);
}

// ---- Values ----------------------------------------------------------------

static llvm::Expected<TensorType> verifyValue(const image::Value &value) {
  const DType dtype = fromImage(value.dtype());
  if (dtypeBytes(dtype) == 0)
    return broken("needs a known type, but got {0}", static_cast<int>(dtype));
  GP_CHECK(needAligned(value.shape()));
  if (value.shape_exprs() && value.shape_exprs()->size() != 0)
    return needsFeature("dims", "shape_exprs");
  llvm::ArrayRef<int64_t> shape = arrayOf(value.shape());
  if (shape.size() > maxRank)
    return broken("needs a rank of at most {0}, but got {1}", maxRank,
                  shape.size());
  for (int64_t dim : shape)
    if (dim < 0)
      return broken("needs dims of at least 0, but got {0}", dim);
  if (!byteCount(dtype, shape))
    return broken("needs a size below 2^63 bytes, but got {0}",
                  typeString(dtype, shape));
  return TensorType(dtype, shape);
}

static llvm::Expected<std::vector<TensorType>>
verifyValues(const image::Body &body, Budget &budget) {
  std::vector<TensorType> types;
  if (!body.values())
    return types;
  for (uint32_t i = 0; i < body.values()->size(); ++i) {
    const image::Value &value = *body.values()->Get(i);
    GP_CHECK(budget.spend(1));
    llvm::Expected<TensorType> type = verifyValue(value);
    if (!type)
      return broken("value {0} {1}: {2}", i, quoted(textOf(value.name())),
                    llvm::toString(type.takeError()));
    types.push_back(std::move(*type));
  }
  return types;
}

namespace {

/// Follows which values of a body are defined.
class Definitions {
public:
  Definitions(size_t values, Budget &budget)
      : defined(values, false), budget(budget) {}

  llvm::Error define(llvm::ArrayRef<uint32_t> values) {
    GP_CHECK(budget.spend(values.size()));
    for (uint32_t value : values) {
      GP_CHECK(needIndex(value));
      if (defined[value])
        return broken("needs value {0} defined once, but defines it again",
                      value);
      defined[value] = true;
    }
    return llvm::Error::success();
  }

  llvm::Error use(llvm::ArrayRef<uint32_t> values) {
    GP_CHECK(budget.spend(values.size()));
    for (uint32_t value : values) {
      GP_CHECK(needIndex(value));
      if (!defined[value])
        return broken("needs value {0} defined before its use", value);
    }
    return llvm::Error::success();
  }

  llvm::Error needAllDefined() const {
    for (size_t i = 0; i < defined.size(); ++i)
      if (!defined[i])
        return broken("needs every value defined, but value {0} is not", i);
    return llvm::Error::success();
  }

private:
  llvm::Error needIndex(uint32_t value) const {
    if (value >= defined.size())
      return broken("needs a value below {0}, but got {1}", defined.size(),
                    value);
    return llvm::Error::success();
  }

  std::vector<bool> defined;
  Budget &budget;
};

} // namespace

// ---- Ops -------------------------------------------------------------------

/// Rules of the kind of \p op, whose operands and results are in range.
static llvm::Error verifyKind(const image::Op &op, const OpTypes &types,
                              const image::Program &program, Budget &budget) {
  switch (op.attributes_type()) {
  case image::Attributes::Constant:
    if (op.version() != 1)
      return broken("needs version 1, but got {0}", op.version());
    return verifyOp(*op.attributes_as_Constant(), types, program);
  case image::Attributes::Composite: // only its taker knows its versions
    if (op.version() == 0)
      return broken("needs a version of at least 1, but got 0");
    return verifyOp(*op.attributes_as_Composite(), types, program, budget);
  case image::Attributes::If:
  case image::Attributes::Loop:
    if (op.version() != 1)
      return broken("needs version 1, but got {0}", op.version());
    return verifyControl(op, types, program, budget);
  default:
    return verifyPrimitive(op, types, budget);
  }
}

static llvm::Error verifyOneOp(const image::Op &op,
                               llvm::ArrayRef<TensorType> values,
                               Definitions &definitions,
                               const image::Program &program, Budget &budget) {
  if (op.attributes_type() == image::Attributes::NONE ||
      op.attributes_type() > image::Attributes::MAX || !op.attributes())
    return broken("needs attributes of a known kind, but got {0}",
                  static_cast<int>(op.attributes_type()));
  GP_CHECK(definitions.use(arrayOf(op.operands())));
  GP_CHECK(definitions.define(arrayOf(op.results())));
  llvm::SmallVector<TensorType, 4> operands;
  for (uint32_t value : arrayOf(op.operands()))
    operands.push_back(values[value]);
  llvm::SmallVector<TensorType, 2> results;
  for (uint32_t value : arrayOf(op.results()))
    results.push_back(values[value]);
  return verifyKind(op, {operands, results}, program, budget);
}

// ---- Bodies ----------------------------------------------------------------

static llvm::Error verifyBody(const image::Body &body,
                              const image::Program &program, Budget &budget) {
  llvm::Expected<std::vector<TensorType>> values = verifyValues(body, budget);
  if (!values)
    return values.takeError();
  Definitions definitions(values->size(), budget);
  if (llvm::Error error = definitions.define(arrayOf(body.inputs())))
    return broken("inputs: {0}", llvm::toString(std::move(error)));
  const uint32_t count = body.ops() ? body.ops()->size() : 0;
  for (uint32_t i = 0; i < count; ++i) {
    const image::Op &op = *body.ops()->Get(i);
    if (llvm::Error error =
            verifyOneOp(op, *values, definitions, program, budget))
      return broken("op {0} {1} ({2}): {3}", i, quoted(textOf(op.name())),
                    image::EnumNameAttributes(op.attributes_type()),
                    llvm::toString(std::move(error)));
  }
  if (llvm::Error error = definitions.use(arrayOf(body.outputs())))
    return broken("outputs: {0}", llvm::toString(std::move(error)));
  return definitions.needAllDefined();
}

/// Inputs and outputs of \p body name values of it. Ops that name the body are
/// checked against them, maybe before the body itself.
static llvm::Error verifySignature(const image::Body &body, Budget &budget) {
  const uint32_t count = body.values() ? body.values()->size() : 0;
  for (const auto *list : {body.inputs(), body.outputs()}) {
    GP_CHECK(budget.spend(arrayOf(list).size()));
    for (uint32_t value : arrayOf(list))
      if (value >= count)
        return broken("needs a value below {0}, but got {1}", count, value);
  }
  return llvm::Error::success();
}

/// Bodies name one another without a cycle, and not too deep. Repeatedly
/// takes away the bodies that name no other any more; no recursion.
static llvm::Error verifyNesting(const image::Program &program) {
  const uint32_t count = program.bodies() ? program.bodies()->size() : 0;
  std::vector<std::vector<uint32_t>> users(count);
  std::vector<uint32_t> unfinished(count, 0); // names of bodies in each
  for (uint32_t i = 0; i < count; ++i) {
    const image::Body &body = *program.bodies()->Get(i);
    if (!body.ops())
      continue;
    for (const image::Op *op : *body.ops())
      for (uint32_t named : bodiesOf(*op)) {
        users[named].push_back(i);
        ++unfinished[i];
      }
  }
  std::vector<uint32_t> ready;
  for (uint32_t i = 0; i < count; ++i)
    if (unfinished[i] == 0)
      ready.push_back(i);
  std::vector<unsigned> depths(count, 1);
  for (size_t next = 0; next < ready.size(); ++next) {
    const uint32_t body = ready[next];
    if (depths[body] > maxBodyDepth)
      return broken("body {0}: needs bodies nested at most {1} deep", body,
                    maxBodyDepth);
    for (uint32_t user : users[body]) {
      depths[user] = std::max(depths[user], depths[body] + 1);
      if (--unfinished[user] == 0)
        ready.push_back(user);
    }
  }
  for (uint32_t i = 0; i < count; ++i)
    if (unfinished[i] != 0)
      return broken(
          "body {0}: needs bodies that name each other without a cycle", i);
  return llvm::Error::success();
}

// ---- Program ---------------------------------------------------------------

static llvm::Error verifyHead(const image::Program &program) {
  if (program.container_version() != imageContainerVersion)
    return broken("needs container version {0}.{1}, but got {2}.{3}",
                  imageContainerVersion >> 16, imageContainerVersion & 0xffff,
                  program.container_version() >> 16,
                  program.container_version() & 0xffff);
  if (program.opset_version() != imageOpsetVersion)
    return broken("needs primitive set version {0}, but got {1}",
                  imageOpsetVersion, program.opset_version());
  if (program.required_features())
    for (const flatbuffers::String *feature : *program.required_features())
      if (textOf(feature) != controlFlowFeature)
        return broken("needs known features only, but got {0}",
                      quoted(textOf(feature)));
  if ((program.dims() && program.dims()->size() != 0) ||
      (program.exprs() && program.exprs()->size() != 0))
    return needsFeature("dims", "dims and exprs");
  if (program.segments())
    for (uint32_t i = 0; i < program.segments()->size(); ++i) {
      size_t size = arrayOf(program.segments()->Get(i)->sha256()).size();
      if (size != 32)
        return broken("segment {0}: needs a sha256 of 32 bytes, but got {1}", i,
                      size);
    }
  if (!program.body())
    return broken("needs a body, but has none");
  return llvm::Error::success();
}

static llvm::Error verifyProgram(const image::Program &program,
                                 Budget &budget) {
  GP_CHECK(verifyHead(program));
  const uint32_t count = program.bodies() ? program.bodies()->size() : 0;
  auto inBody = [](uint32_t index, llvm::Error error) {
    return broken("body {0}, {1}", index, llvm::toString(std::move(error)));
  };
  for (uint32_t i = 0; i < count; ++i)
    if (llvm::Error error = verifySignature(*program.bodies()->Get(i), budget))
      return inBody(i, std::move(error));
  for (uint32_t i = 0; i < count; ++i)
    if (llvm::Error error =
            verifyBody(*program.bodies()->Get(i), program, budget))
      return inBody(i, std::move(error));
  GP_CHECK(verifyBody(*program.body(), program, budget));
  return verifyNesting(program);
}

llvm::Error glowplug::verifyImage(llvm::ArrayRef<uint8_t> bytes) {
  if (reinterpret_cast<uintptr_t>(bytes.data()) % alignof(uint64_t) != 0)
    return broken("image: needs bytes at a multiple of {0}", alignof(uint64_t));
  // Root offset, identifier and the smallest table.
  constexpr size_t smallest = 16;
  if (bytes.size() < smallest || bytes.size() >= FLATBUFFERS_MAX_BUFFER_SIZE)
    return broken("image: needs {0} to {1} bytes, but got {2}", smallest,
                  FLATBUFFERS_MAX_BUFFER_SIZE - 1, bytes.size());
  if (!image::ProgramBufferHasIdentifier(bytes.data()))
    return broken("image: needs the identifier {0}, but got {1}",
                  image::ProgramIdentifier(),
                  quoted(llvm::StringRef(
                      reinterpret_cast<const char *>(bytes.data()) + 4, 4)));
  // A table that is stored once takes 8 bytes with the offset to it. One that
  // is named over and over could keep the verifier busy for ever.
  constexpr unsigned maxDepth = 64;
  const auto maxTables =
      static_cast<flatbuffers::uoffset_t>(bytes.size() / 8 + 1);
  flatbuffers::Verifier verifier(bytes.data(), bytes.size(), maxDepth,
                                 maxTables);
  if (!image::VerifyProgramBuffer(verifier))
    return broken("image: is not a well-formed FlatBuffer of {0} bytes",
                  bytes.size());
  Budget budget(bytes.size());
  return verifyProgram(*image::GetProgram(bytes.data()), budget);
}
