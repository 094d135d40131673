// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the rules of all primitives have in common: what the schema's attributes
// say, the types of results, and regions.

#include "core/semantics/Checks.h"

#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace glowplug;
using namespace glowplug::semantics;

//===----------------------------------------------------------------------===//
// What the schema's attributes say
//===----------------------------------------------------------------------===//

/// \p values are what \p ports declare. With \p hasExtras, any may follow.
static llvm::Error needPorts(const char *what, llvm::ArrayRef<Port> ports,
                             llvm::ArrayRef<TensorType> values,
                             bool hasExtras) {
  const bool isVariadic = ports.back().isVariadic;
  const size_t least = ports.size() - ports.back().isOptional;
  if (values.size() < least ||
      (values.size() > least && !isVariadic && !hasExtras))
    return broken("needs {0}{1} {2}{3}, but got {4}",
                  isVariadic || hasExtras ? "at least " : "", least, what,
                  least == 1 ? "" : "s", values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (i >= ports.size() && !isVariadic)
      break;
    const Port &port = ports[std::min(i, ports.size() - 1)];
    if (!holds(port.types, values[i].dtype))
      return broken("needs {0} '{1}' of {2}, but got {3}", what, port.name,
                    describe(port.types), dtypeName(values[i].dtype));
  }
  return llvm::Error::success();
}

template <typename T>
static llvm::Error needEntries(const char *what, llvm::ArrayRef<T> values,
                               size_t needed) {
  if (values.size() != needed)
    return broken("needs {0} of {1} entries, but got {2}", what, needed,
                  values.size());
  return llvm::Error::success();
}

/// The first operand has one to three spatial dims, the second its rank.
static llvm::Error needSpatialRank(llvm::ArrayRef<TensorType> operands) {
  const size_t input = operands[0].shape.size();
  const size_t weights = operands[1].shape.size();
  if (input < 3 || input > 5 || weights != input)
    return broken("needs equal ranks of 3 to 5, but got {0} and {1}", input,
                  weights);
  return llvm::Error::success();
}

/// \p choice is one of \p allowed, or has a name at all if that is empty.
template <typename Enum>
static llvm::Error needChoice(Enum choice, llvm::ArrayRef<Enum> allowed) {
  const llvm::StringRef name = nameOf(choice);
  if (allowed.empty() ? name != "?" : llvm::is_contained(allowed, choice))
    return llvm::Error::success();
  const std::string got =
      name == "?" ? std::to_string(static_cast<int>(choice)) : name.str();
  if (allowed.empty())
    return broken("needs a known kind, but got {0}", got);
  return broken(
      "needs a kind of {0}, but got {1}",
      llvm::join(llvm::map_range(allowed, [](Enum e) { return nameOf(e); }),
                 ", "),
      got);
}

#include "core/semantics/SchemaChecks.inc"

//===----------------------------------------------------------------------===//
// Types of results, and regions
//===----------------------------------------------------------------------===//

/// For messages: "(i32, f32)".
static std::string listString(llvm::ArrayRef<DType> types) {
  return "(" + llvm::join(llvm::map_range(types, dtypeName), ", ") + ")";
}

static llvm::SmallVector<DType, 4> dtypesOf(llvm::ArrayRef<TensorType> types) {
  return llvm::map_to_vector<4>(
      types, [](const TensorType &type) { return type.dtype; });
}

/// \p region takes \p parameters and yields \p results.
static llvm::Error needRegion(const RegionTypes &region,
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

/// \p epilogue, if there is one, takes \p accumulator and the operands from
/// \p firstExtra on, and yields the result.
static llvm::Error needEpilogue(const RegionTypes &epilogue, DType accumulator,
                                const OpTypes &types, unsigned firstExtra) {
  llvm::ArrayRef<TensorType> extras = types.operands.drop_front(firstExtra);
  if (!epilogue.isPresent && extras.empty())
    return llvm::Error::success();
  if (!epilogue.isPresent)
    return broken("needs {0} operands without an epilogue, but got {1}",
                  firstExtra, types.operands.size());
  const shapes::Shape &shape = types.results[0].shape;
  for (size_t i = 0; i < extras.size(); ++i)
    if (!shapes::broadcastsTo(extras[i].shape, shape))
      return broken("needs operand {0} broadcastable to {1}, but got {2}",
                    firstExtra + i, semantics::listString(shape),
                    semantics::listString(extras[i].shape));
  llvm::SmallVector<DType, 4> parameters = dtypesOf(extras);
  parameters.insert(parameters.begin(), accumulator);
  return needRegion(epilogue, parameters, dtypesOf(types.results));
}

/// The region that yields the results of \p op; null if they are plain.
template <typename Op>
static const RegionTypes *regionOf(const Op &op) {
  if constexpr (requires { op.region; })
    return &op.region;
  else if constexpr (requires { op.epilogue; })
    return op.epilogue.isPresent ? &op.epilogue : nullptr;
  else
    return nullptr;
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

/// The type in which \p op combines elements of type \p input.
template <typename Op>
static DType accumulatorOf(const Op &op, DType input) {
  if constexpr (requires { op.kind; })
    if (!accumulates(op.kind))
      return input;
  return accumulatorType(input);
}

/// The type of result \p i without a region: that which the schema names, or
/// that of the first operand; but ops that may have an epilogue give integers
/// in their accumulator type.
template <typename Op>
static DType plainType(const Op &op, size_t i, DType first) {
  if constexpr (requires { op.epilogue; })
    return isFloat(first) ? first : accumulatorOf(op, first);
  return Op::resultPorts[i].types == TypeWord::i64_ ? DType::i64 : first;
}

/// All rules but those of the types of results, and of regions.
template <typename Op>
static llvm::Expected<Shapes> checkedShapes(const Op &op,
                                            const OpTypes &types) {
  GP_CHECK(needPorts(
      "operand", Op::operandPorts, types.operands, requires { op.epilogue; }));
  GP_CHECK(needPorts("result", Op::resultPorts, types.results, false));
  GP_CHECK(checkAttributes(op, types.operands));
  return shapesOf(op, types);
}

template <typename Op>
static llvm::Error verifyOp(const Op &op, const OpTypes &types) {
  llvm::Expected<Shapes> shapes = checkedShapes(op, types);
  if (!shapes)
    return shapes.takeError();
  for (size_t i = 0; i < types.results.size(); ++i) {
    const TensorType &result = types.results[i];
    if (!regionOf(op))
      GP_CHECK(needType(
          types.results.size() == 1 ? "a result" : Op::resultPorts[i].name,
          result.dtype, plainType(op, i, types.operands[0].dtype)));
    const shapes::MaybeShape &shape = (*shapes)[i];
    if (!shape)
      return broken("needs a result of countable size, but has {0}",
                    listString(result.shape));
    if (*shape != result.shape)
      return broken("needs the result shape {0}, but got {1}",
                    listString(*shape), listString(result.shape));
  }
  if constexpr (requires { op.epilogue; })
    return needEpilogue(op.epilogue, accumulatorOf(op, types.operands[0].dtype),
                        types, Op::operandCount);
  else if constexpr (requires { op.region; })
    return needRegion(op.region, dtypesOf(types.operands),
                      dtypesOf(types.results));
  return llvm::Error::success();
}

template <typename Op>
static ResultTypes resultsOfOp(const Op &op,
                               llvm::ArrayRef<TensorType> operands,
                               shapes::Dims given) {
  const RegionTypes *region = regionOf(op);
  const DType first = operands.empty() ? DType::none : operands[0].dtype;
  const size_t count =
      region ? region->results.size() : std::size(Op::resultPorts);
  ResultTypes results;
  for (size_t i = 0; i < count; ++i)
    results.push_back(
        {region ? region->results[i] : plainType(op, i, first), given});
  llvm::Expected<Shapes> shapes = checkedShapes(op, {operands, results});
  if (shapes)
    for (size_t i = 0; i < count; ++i)
      results[i].shape = (*shapes)[i].value_or(results[i].shape);
  else
    llvm::consumeError(shapes.takeError());
  return results;
}

#define GP_RULES(Primitive)                                                    \
  llvm::Error semantics::verify(const Primitive &op, const OpTypes &types) {   \
    return verifyOp(op, types);                                                \
  }                                                                            \
  ResultTypes semantics::resultsOf(const Primitive &op,                        \
                                   llvm::ArrayRef<TensorType> operands,        \
                                   llvm::ArrayRef<int64_t> given) {            \
    return resultsOfOp(op, operands, given);                                   \
  }
GP_EACH_PRIMITIVE(GP_RULES)
