// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks that many rules need, and those that the schema's attributes say.

#include "core/semantics/Checks.h"

#include "llvm/ADT/StringExtras.h"

using namespace glowplug;
using namespace glowplug::semantics;

bool semantics::holds(TypeWord word, DType type) {
  switch (word) {
  case TypeWord::any_:
  case TypeWord::other_:
    return type != DType::none;
  case TypeWord::number_:
    return isFloat(type) || isInteger(type);
  case TypeWord::float_:
    return isFloat(type);
  case TypeWord::integer_:
    return isInteger(type);
  case TypeWord::narrow_:
    return isInteger(type) && dtypeBytes(type) <= 2;
  case TypeWord::sum_:
    return holds(TypeWord::narrow_, type) || type == DType::i32;
  case TypeWord::byte_:
    return type == DType::i8 || type == DType::u8;
  case TypeWord::bits_:
    return isInteger(type) || type == DType::boolean;
  case TypeWord::index_:
    return type == DType::i32 || type == DType::i64;
  case TypeWord::boolean_:
    return type == DType::boolean;
  case TypeWord::i32_:
    return type == DType::i32;
  case TypeWord::i64_:
    return type == DType::i64;
  case TypeWord::f32_:
    return type == DType::f32;
  }
  return false;
}

llvm::StringRef semantics::describe(TypeWord word) {
  switch (word) {
  case TypeWord::any_:
  case TypeWord::other_:
    return "any type";
  case TypeWord::number_:
    return "a number";
  case TypeWord::float_:
    return "a float";
  case TypeWord::integer_:
    return "an integer";
  case TypeWord::narrow_:
    return "an integer of 8 or 16 bits";
  case TypeWord::sum_:
    return "an integer of 8 or 16 bits, or i32";
  case TypeWord::byte_:
    return "i8 or u8";
  case TypeWord::bits_:
    return "an integer or boolean";
  case TypeWord::index_:
    return "i32 or i64";
  case TypeWord::boolean_:
    return "boolean";
  case TypeWord::i32_:
    return "i32";
  case TypeWord::i64_:
    return "i64";
  case TypeWord::f32_:
    return "f32";
  }
  return "";
}

std::string semantics::listString(llvm::ArrayRef<int64_t> values) {
  std::string text = "[";
  for (size_t i = 0; i < values.size(); ++i)
    text += (i ? "," : "") + llvm::itostr(values[i]);
  return text + "]";
}

llvm::Error semantics::needPorts(const char *what, llvm::ArrayRef<Port> ports,
                                 llvm::ArrayRef<TensorType> values,
                                 bool hasExtras) {
  const bool isVariadic = !ports.empty() && ports.back().isVariadic;
  const size_t least = ports.size() - (isVariadic && ports.back().isOptional);
  if (values.size() < least ||
      (values.size() > least && !isVariadic && !hasExtras))
    return broken("needs {0}{1} {2}{3}, but got {4}",
                  isVariadic || hasExtras ? "at least " : "", least, what,
                  least == 1 ? "" : "s", values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const Port *port = i < ports.size() ? &ports[i]
                       : isVariadic     ? &ports.back()
                                        : nullptr;
    if (port && !holds(port->types, values[i].dtype))
      return broken("needs {0} '{1}' of {2}, but got {3}", what, port->name,
                    describe(port->types), dtypeName(values[i].dtype));
  }
  return llvm::Error::success();
}

llvm::Error semantics::needType(const char *what, DType type, DType needed) {
  if (type != needed)
    return broken("needs {0} of type {1}, but got {2}", what, dtypeName(needed),
                  dtypeName(type));
  return llvm::Error::success();
}

llvm::Error semantics::needSpatialRank(const OpTypes &types) {
  const size_t input = types.operands[0].shape.size();
  const size_t weights = types.operands[1].shape.size();
  if (input < 3 || input > 5 || weights != input)
    return broken("needs equal ranks of 3 to 5, but got {0} and {1}", input,
                  weights);
  return llvm::Error::success();
}

llvm::Error semantics::needAtLeast(const char *what,
                                   llvm::ArrayRef<int64_t> values,
                                   int64_t low) {
  for (int64_t value : values)
    if (value < low)
      return broken("needs {0} of at least {1}, but got {2}", what, low, value);
  return llvm::Error::success();
}

llvm::Error semantics::needDim(int64_t dim, size_t rank) {
  if (dim < 0 || dim >= static_cast<int64_t>(rank))
    return broken("needs a dim of rank {0}, but got {1}", rank, dim);
  return llvm::Error::success();
}

llvm::Error semantics::needShape(const TensorType &result,
                                 const shapes::MaybeShape &shape) {
  if (!shape)
    return broken("needs a result of countable size, but has {0}",
                  listString(result.shape));
  if (llvm::ArrayRef<int64_t>(*shape) != llvm::ArrayRef(result.shape))
    return broken("needs the result shape {0}, but got {1}", listString(*shape),
                  listString(result.shape));
  return llvm::Error::success();
}

llvm::Error semantics::needZeroPoints(const char *what,
                                      llvm::ArrayRef<int32_t> values,
                                      DType operand, int64_t each) {
  if (values.empty())
    return llvm::Error::success();
  if (!isInteger(operand))
    return broken("needs no {0} for {1}, but got {2}", what, dtypeName(operand),
                  values.size());
  if (values.size() != 1 && values.size() != static_cast<uint64_t>(each))
    return broken("needs {0} of 0, 1 or {1} entries, but got {2}", what, each,
                  values.size());
  return llvm::Error::success();
}

/// For messages: "(i32, f32)".
static std::string listString(llvm::ArrayRef<DType> types) {
  std::string text = "(";
  for (DType type : types)
    text += (text.size() > 1 ? ", " : "") + dtypeName(type).str();
  return text + ")";
}

llvm::Error semantics::needRegion(const RegionTypes &region,
                                  llvm::ArrayRef<DType> parameters,
                                  llvm::ArrayRef<DType> results) {
  if (!region.isPresent)
    return broken("needs a region, but has none");
  if (llvm::ArrayRef<DType>(region.parameters) != parameters)
    return broken("needs a region that takes {0}, but it takes {1}",
                  ::listString(parameters), ::listString(region.parameters));
  if (llvm::ArrayRef<DType>(region.results) != results)
    return broken("needs a region that yields {0}, but it yields {1}",
                  ::listString(results), ::listString(region.results));
  return llvm::Error::success();
}

llvm::Error semantics::needEpilogue(const RegionTypes &epilogue,
                                    DType accumulator, DType plain,
                                    const OpTypes &types, unsigned firstExtra) {
  const TensorType &result = types.results[0];
  llvm::ArrayRef<TensorType> extras = types.operands.drop_front(firstExtra);
  if (!epilogue.isPresent) {
    if (!extras.empty())
      return broken("needs {0} operands without an epilogue, but got {1}",
                    firstExtra, types.operands.size());
    return needType("a result", result.dtype, plain);
  }
  llvm::SmallVector<DType, 4> parameters = {accumulator};
  for (size_t i = 0; i < extras.size(); ++i) {
    if (!shapes::broadcastsTo(extras[i].shape, result.shape))
      return broken("needs operand {0} broadcastable to {1}, but got {2}",
                    firstExtra + i, listString(result.shape),
                    listString(extras[i].shape));
    parameters.push_back(extras[i].dtype);
  }
  return needRegion(epilogue, parameters, result.dtype);
}

#include "core/semantics/SchemaChecks.inc"

#define GP_VERIFY(Primitive)                                                   \
  llvm::Error semantics::verify(const Primitive &op, const OpTypes &types) {   \
    GP_CHECK(checkSchema(op, types));                                          \
    return checkRules(op, types);                                              \
  }
GP_EACH_PRIMITIVE(GP_VERIFY)
