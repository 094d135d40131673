// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loop and Scan: a function that is called over and over, or its iterations one
// after the other.

#include "core/importer/onnx/ops/Loop.h"

#include "core/importer/file/Error.h"
#include "core/importer/onnx/ops/Families.h"

#include "core/importer/onnx/proto/onnx.pb.h"

#include <limits>

using namespace glowplug;
using namespace glowplug::importer;

SmallVector<Value> importer::callLoop(PrimBuilder &builder,
                                      const GraphBuilder::Body &body,
                                      Value trips, Value condition,
                                      ArrayRef<Value> carried, int64_t most) {
  mlir::func::FuncOp function = body.function;
  SmallVector<Type> types(ValueRange(carried).getTypes());
  for (Type type : function.getResultTypes().drop_front(carried.size() + 1)) {
    auto row = mlir::cast<mlir::RankedTensorType>(type);
    prim::Shape shape(row.getShape());
    shape.insert(shape.begin(), most);
    types.push_back(mlir::RankedTensorType::get(shape, row.getElementType()));
  }
  types.push_back(trips.getType()); // the count
  SmallVector<Value> operands(carried);
  operands.append(body.captured);
  auto op = builder.builder.create<prim::LoopOp>(
      builder.loc, types, trips, condition, operands, function.getName(),
      carried.size(), most);
  return SmallVector<Value>(op.getResults().drop_back());
}

namespace {

/// Most nodes that iterations of a loop become, if it can stay a loop.
constexpr int64_t smallLoop = 64;
/// And if it cannot.
constexpr int64_t largestUnrolled = 8192;

/// What Loop and Scan have in common.
class LoopImport {
public:
  /// What the inputs of the body stand for in an iteration.
  using InputsOf = llvm::function_ref<SmallVector<InnerInput>(
      const InnerInput &iteration, ValueRange carried)>;

  /// \p givesCondition: the first output of \p body says whether the loop goes
  /// on.
  LoopImport(Node &node, const onnx::GraphProto &body, InputsOf inputsOf,
             bool givesCondition)
      : node(node), body(body), inputsOf(inputsOf),
        givesCondition(givesCondition) {}

  /// How many iterations there are at most, if that is known.
  std::optional<int64_t> trips;
  Value tripsValue; ///< If it is not.
  /// Whether there is a first iteration, if that is known.
  std::optional<bool> condition = true;
  Value conditionValue; ///< If it is not.
  SmallVector<Value> carried;
  /// Inputs of the node that say how often, and that are not known.
  SmallVector<unsigned, 2> unknown;

  /// What is carried last, then the rows of each kind, stacked. Nothing if that
  /// fails the node.
  std::optional<SmallVector<Value>> run();

private:
  /// The results of one iteration.
  struct Results {
    Value goesOn; ///< Null if it always does.
    SmallVector<Value> carried, rows;
  };
  llvm::Expected<Results> split(SmallVector<Value> results);
  bool isKnown() const { return trips && condition; }
  int64_t unrolledNodes() const {
    return *trips > largestUnrolled ? std::numeric_limits<int64_t>::max()
                                    : *trips * (body.node_size() + 1);
  }
  std::optional<SmallVector<Value>> unroll();
  std::optional<SmallVector<Value>> asFunction();
  llvm::Error checkIteration(const Results &one);
  void stop();
  std::optional<SmallVector<Value>> call(const GraphBuilder::Body &function,
                                         ArrayRef<Value> rows);
  std::optional<bool> known(Value value) {
    std::optional<Tensor> tensor = node.scopes().tensorOf(value);
    if (!tensor)
      return std::nullopt;
    return tensor->bytes().front() != 0;
  }
  Value truth(bool value) {
    return node.b.splat(int64_t{value}, node.b.builder.getI1Type());
  }

  Node &node;
  const onnx::GraphProto &body;
  InputsOf inputsOf;
  bool givesCondition;
  Fault why; ///< Why asFunction() gave nothing.
};

} // namespace

llvm::Expected<LoopImport::Results>
LoopImport::split(SmallVector<Value> results) {
  const size_t first = givesCondition;
  if (results.size() < first + carried.size())
    return invalid("graph '" + body.name() + "' needs " +
                   Twine(first + carried.size()) +
                   " outputs or more, but has " + Twine(results.size()));
  Results one;
  if (givesCondition) {
    one.goesOn = results.front();
    if (prim::dtypeOfElement(prim::elementOf(one.goesOn)) != DType::boolean ||
        llvm::any_of(prim::shapeOf(one.goesOn),
                     [](int64_t dim) { return dim != 1; }))
      return invalid("graph '" + body.name() +
                     "' needs one boolean as its first output");
  }
  ArrayRef<Value> rest = ArrayRef(results).drop_front(first);
  one.carried.assign(rest.begin(), rest.begin() + carried.size());
  one.rows.assign(rest.begin() + carried.size(), rest.end());
  return one;
}

/// One iteration after the other, as if the model had them so. Nothing, and no
/// failure, if there is none, or if it shows that how many there are is not
/// known.
std::optional<SmallVector<Value>> LoopImport::unroll() {
  SmallVector<Value> values = carried;
  SmallVector<SmallVector<Value>> rows;
  for (int64_t i = 0; i < (*condition ? *trips : 0); ++i) {
    std::optional<SmallVector<Value>> results =
        node.inlineGraph(body, inputsOf(InnerInput(Tensor::scalar(i)), values));
    if (!results)
      return std::nullopt;
    llvm::Expected<Results> one = split(std::move(*results));
    if (!one) {
      (void)node.stop(faultOf(one.takeError(), FaultKind::model));
      return std::nullopt;
    }
    values = std::move(one->carried);
    rows.resize(one->rows.size());
    for (auto [list, row] : llvm::zip_equal(rows, one->rows)) {
      prim::Shape shape(prim::shapeOf(row));
      shape.insert(shape.begin(), 1);
      list.push_back(node.b.reshape(row, shape));
      if (!node.check(list.front().getType() == list.back().getType(),
                      "it stacks rows of different shapes"))
        return std::nullopt;
    }
    const std::optional<bool> goesOn =
        one->goesOn ? known(one->goesOn) : std::optional(true);
    if (!goesOn)
      return std::nullopt;
    if (!*goesOn)
      break;
  }
  // Without an iteration, the types of the rows are not known.
  if (rows.empty() && !(*condition && *trips > 0))
    return std::nullopt;
  for (ArrayRef<Value> list : rows)
    values.push_back(node.b.concat(list, 0));
  return values;
}

/// A loop calls one function: types stay, and rows can be counted.
llvm::Error LoopImport::checkIteration(const Results &one) {
  for (auto [i, before, after] : llvm::enumerate(carried, one.carried))
    if (before.getType() != after.getType()) {
      auto text = [](Value value) {
        return typeString(prim::dtypeOfElement(prim::elementOf(value)),
                          prim::shapeOf(value));
      };
      return unsupported("it carries " + text(before) + " as value " +
                         Twine(i) + ", and then " + text(after) +
                         "; it is supported where types stay, or where the "
                         "iterations are few and their number is known");
    }
  const bool isCounted =
      isKnown() && (!one.goesOn || known(one.goesOn).value_or(false));
  if (!one.rows.empty() && !isCounted)
    return unsupported("it stacks rows, but how many is not known at compile "
                       "time");
  return llvm::Error::success();
}

std::optional<SmallVector<Value>>
LoopImport::call(const GraphBuilder::Body &function, ArrayRef<Value> rows) {
  const int64_t most = trips ? std::max<int64_t>(*trips, 0)
                             : std::numeric_limits<int64_t>::max();
  for (Value row : rows) {
    prim::Shape shape(prim::shapeOf(row));
    shape.insert(shape.begin(), most);
    if (!node.checkShape(shape))
      return std::nullopt;
  }
  Value count = trips ? node.b.indices({*trips}, prim::Shape{})
                      : node.b.reshape(tripsValue, {});
  Value first =
      condition ? truth(*condition) : node.b.reshape(conditionValue, {});
  return callLoop(node.b, function, count, first, carried, most);
}

/// A `loop`. Nothing if it cannot be one; `why` says why not, unless the node
/// failed.
std::optional<SmallVector<Value>> LoopImport::asFunction() {
  GraphBuilder &scopes = node.scopes();
  scopes.openBody(node.title() + "." + body.name());
  Value iteration = scopes.addArgument(
      mlir::RankedTensorType::get({}, node.b.builder.getI64Type()));
  SmallVector<Value> values;
  for (Value value : carried)
    values.push_back(scopes.addArgument(value.getType()));
  llvm::Expected<SmallVector<Value>> results =
      node.importGraph(body, inputsOf(InnerInput(iteration), values));
  llvm::Error error = results.takeError();
  Results one;
  if (!error) {
    llvm::Expected<Results> parts = split(std::move(*results));
    if (parts)
      one = std::move(*parts);
    error = parts ? checkIteration(one) : parts.takeError();
  }
  if (error) {
    scopes.abandonBody();
    why = faultOf(std::move(error), FaultKind::model);
    return std::nullopt;
  }
  SmallVector<Value> returned{one.goesOn ? node.b.reshape(one.goesOn, {})
                                         : truth(true)};
  returned.append(one.carried);
  returned.append(one.rows);
  const GraphBuilder::Body function = scopes.closeBody(returned);
  node.countAnew();
  return call(function, one.rows);
}

std::optional<SmallVector<Value>> LoopImport::run() {
  if (isKnown() && unrolledNodes() <= smallLoop) {
    std::optional<SmallVector<Value>> results = unroll();
    if (results || node.failed())
      return results;
  }
  std::optional<SmallVector<Value>> results = asFunction();
  if (results || node.failed())
    return results;
  if (why.kind != FaultKind::model && isKnown() &&
      unrolledNodes() <= largestUnrolled && unrolledNodes() > smallLoop)
    results = unroll();
  if (!results && !node.failed())
    stop();
  return results;
}

/// Fails the node. If it would do to know how often, the caller is asked.
void LoopImport::stop() {
  for (unsigned input : unknown)
    if (std::optional<Fault> missing = node.whyUnknown(input);
        missing && missing->kind == FaultKind::usage &&
        why.kind != FaultKind::model) {
      missing->message = why.message +
                         "; it would be supported if the number of iterations "
                         "were known at compile time, but " +
                         missing->message;
      why = std::move(*missing);
      break;
    }
  (void)node.stop(std::move(why));
}

//===----------------------------------------------------------------------===//
// Loop
//===----------------------------------------------------------------------===//

/// Input \p i is one element of type \p dtype.
static bool isOne(Node &node, unsigned i, DType dtype, StringRef name) {
  return node.check(
      node.dtype(i) == dtype &&
          llvm::all_of(node.shape(i), [](int64_t dim) { return dim == 1; }),
      "input " + Twine(i) + " ('" + name + "') needs to be one element of " +
          dtypeName(dtype) + ", but is " +
          typeString(node.dtype(i), node.shape(i)));
}

static LogicalResult importLoop(Node &node) {
  const onnx::GraphProto *body = node.graphAttr("body");
  if (node.failed() || (node.hasInput(0) && !isOne(node, 0, DType::i64, "M")) ||
      (node.hasInput(1) && !isOne(node, 1, DType::boolean, "cond")))
    return llvm::failure();
  // An iteration that runs has a condition that held.
  Tensor yes = llvm::cantFail(Tensor::zeros(DType::boolean, {}));
  yes.mutableBytes()[0] = 1;
  auto inputsOf = [&](const InnerInput &iteration, ValueRange carried) {
    SmallVector<InnerInput> inputs{iteration, yes};
    llvm::append_range(inputs, carried);
    return inputs;
  };
  LoopImport loop(node, *body, inputsOf, /*givesCondition=*/true);
  for (unsigned i = 2; i < node.numInputs(); ++i)
    if (node.check(node.hasInput(i), "input " + Twine(i) + " is missing"))
      loop.carried.push_back(node.input(i));
  if (node.failed())
    return llvm::failure();
  if (!node.hasInput(0))
    loop.tripsValue =
        node.b.indices({std::numeric_limits<int64_t>::max()}, prim::Shape{});
  else if (std::optional<Tensor> trips = node.knownConstant(0))
    loop.trips = trips->elements<int64_t>().front();
  else {
    loop.tripsValue = node.input(0);
    loop.unknown.push_back(0);
  }
  if (node.hasInput(1)) {
    loop.condition = std::nullopt;
    if (std::optional<Tensor> first = node.knownConstant(1))
      loop.condition = first->bytes().front() != 0;
    else {
      loop.conditionValue = node.input(1);
      loop.unknown.push_back(1);
    }
  }
  std::optional<SmallVector<Value>> results = loop.run();
  return results ? node.results(*results) : llvm::failure();
}

//===----------------------------------------------------------------------===//
// Scan
//===----------------------------------------------------------------------===//

namespace {

/// An input or output of a Scan that has an element per iteration.
struct Scanned {
  int64_t axis = 0;
  bool isReversed = false;
};

} // namespace

/// The two attributes as one list, of \p count entries.
static SmallVector<Scanned> scannedOf(Node &node, StringRef axes,
                                      StringRef directions, size_t count) {
  SmallVector<Scanned> result(count);
  const auto given = node.intsAttr(axes), reversed = node.intsAttr(directions);
  for (auto [name, list] : {std::pair(axes, &given), {directions, &reversed}})
    if (!node.check(!*list || (*list)->size() == count,
                    "attribute '" + name + "' needs " + Twine(count) +
                        " entries, but has " +
                        Twine(*list ? (*list)->size() : 0)))
      return result;
  for (size_t i = 0; i < count; ++i) {
    result[i].axis = given ? (*given)[i] : 0;
    const int64_t direction = reversed ? (*reversed)[i] : 0;
    node.check(direction == 0 || direction == 1,
               "attribute '" + directions +
                   "' needs entries of 0 or 1, but "
                   "got " +
                   Twine(direction));
    result[i].isReversed = direction == 1;
  }
  return result;
}

/// Element \p iteration of \p count along \p at of input \p input.
static InnerInput elementAt(Node &node, unsigned input, const Scanned &at,
                            const InnerInput &iteration, int64_t count) {
  PrimBuilder &b = node.b;
  Value index;
  if (std::holds_alternative<Tensor>(iteration)) {
    const int64_t number =
        std::get<Tensor>(iteration).elements<int64_t>().front();
    index =
        b.indices({at.isReversed ? count - 1 - number : number}, prim::Shape{});
  } else {
    index = std::get<Value>(iteration);
    if (at.isReversed)
      index = b.sub(b.indices({count - 1}, prim::Shape{}), index);
  }
  return b.gather(node.input(input), index, at.axis);
}

static LogicalResult importScan(Node &node) {
  const onnx::GraphProto *body = node.graphAttr("body");
  const int64_t scanned = node.requiredInt("num_scan_inputs");
  const int64_t states = static_cast<int64_t>(node.numInputs()) - scanned;
  if (node.failed() ||
      !node.check(scanned >= 1 && states >= 0,
                  "attribute 'num_scan_inputs' needs to be from 1 to " +
                      Twine(node.numInputs()) + ", but got " +
                      Twine(scanned)) ||
      !node.check(body->output_size() >= states,
                  "graph '" + body->name() + "' needs " + Twine(states) +
                      " outputs or more, but has " +
                      Twine(body->output_size())))
    return llvm::failure();
  const auto first = static_cast<unsigned>(states);
  SmallVector<Scanned> inputs =
      scannedOf(node, "scan_input_axes", "scan_input_directions",
                static_cast<size_t>(scanned));
  const SmallVector<Scanned> outputs =
      scannedOf(node, "scan_output_axes", "scan_output_directions",
                static_cast<size_t>(body->output_size() - states));
  int64_t count = -1;
  for (auto [i, at] : llvm::enumerate(inputs)) {
    const unsigned input = first + static_cast<unsigned>(i);
    at.axis = node.axis(at.axis, node.rank(input), "scan_input_axes");
    if (node.failed() || !node.checkRank(input, 1))
      return llvm::failure();
    const int64_t size = node.shape(input)[static_cast<size_t>(at.axis)];
    if (!node.check(count < 0 || size == count,
                    "input " + Twine(input) + " needs " + Twine(count) +
                        " elements to scan, but has " + Twine(size)))
      return llvm::failure();
    count = size;
  }

  auto inputsOf = [&](const InnerInput &iteration, ValueRange carried) {
    SmallVector<InnerInput> values;
    llvm::append_range(values, carried);
    for (auto [i, at] : llvm::enumerate(inputs))
      values.push_back(elementAt(node, first + static_cast<unsigned>(i), at,
                                 iteration, count));
    return values;
  };
  LoopImport loop(node, *body, inputsOf, /*givesCondition=*/false);
  loop.trips = count;
  for (unsigned i = 0; i < first; ++i)
    loop.carried.push_back(node.input(i));
  std::optional<SmallVector<Value>> results = loop.run();
  if (!results)
    return llvm::failure();
  for (auto [i, at] : llvm::enumerate(outputs)) {
    Value &rows = (*results)[first + i];
    const int64_t rank = prim::rankOf(rows);
    if (at.isReversed && count > 0) {
      prim::Shape starts(static_cast<size_t>(rank)),
          strides(static_cast<size_t>(rank), 1);
      starts[0] = count - 1;
      strides[0] = -1;
      rows =
          node.b.slice(rows, starts, prim::Shape(prim::shapeOf(rows)), strides);
    }
    const int64_t axis = node.axis(at.axis, rank, "scan_output_axes");
    prim::Shape order;
    for (int64_t dim = 1; dim < rank; ++dim)
      order.push_back(dim);
    order.insert(order.begin() + axis, 0);
    rows = node.b.transpose(rows, order);
  }
  return node.results(*results);
}

ArrayRef<OpRow> importer::loopRows() {
  constexpr llvm::StringLiteral counted =
      "rows need a number of iterations that is known at compile time";
  static constexpr OpRow rows[] = {
      {"Loop", 1, {0, anyNumber}, importLoop, counted, anyNumber},
      notSupported("Scan", 8,
                   "batches of sequences are not supported; from "
                   "version 9 on, there are none"),
      {"Scan", 9, {1, anyNumber}, importScan, "", anyNumber},
  };
  return rows;
}
