// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RNN, GRU and LSTM: a loop over the steps of the sequence, or, if there are
// few, one after the other.

#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Gates.h"
#include "core/importer/onnx/ops/RepeatedGraph.h"

using namespace glowplug;
using namespace glowplug::importer;

/// The most steps that become operations of their own. Beyond that, calling a
/// step costs less than what the program grows by.
static constexpr int64_t mostUnrolled = 32;

namespace {

/// One node. Gates are numbered as they are stacked in the weights.
class Recurrent {
public:
  /// \p quantised: the node is a DynamicQuantizeLSTM.
  Recurrent(Node &n, int64_t gates, ArrayRef<StringRef> functions,
            bool quantised = false)
      : n(n), b(n.b), gates(gates), defaults(functions), quantised(quantised) {}

  LogicalResult run(bool isLstm);

private:
  struct State {
    Value hidden, cell;
  };

  bool readShapes();
  bool readAttributes(bool isLstm);
  bool readLengths();
  bool checkWeights();
  bool checkOperand(unsigned i, ArrayRef<int64_t> shape, StringRef name);
  /// Input \p i in the type that the node computes in: halves are rounded at
  /// its end only, as the state would lose a little in every step.
  Value operand(unsigned i) { return widen(n, n.input(i)); }
  Value activate(unsigned function, Value x) {
    return applyGate(n, functions[functionBase + function], clip, x);
  }
  /// Rows [gate * hidden, ...) of dim 1 of a [batch, gates * hidden] tensor.
  Value gate(Value stacked, int64_t index);
  /// Slice \p direction of a stacked operand, without that dim.
  Value ofDirection(unsigned input, int64_t direction);
  /// The weights of input \p i for a direction; those of integers have their
  /// scale in input \p scale and their zero point in the next.
  GateWeights weightsOf(unsigned i, unsigned scale, int64_t direction);
  /// What a direction needs in each step, where its operations go.
  void openDirection(int64_t direction);
  State step(State before, Value fromInput, int64_t direction);
  State stepRnn(State before, Value fromInput, Value recurrent);
  State stepGru(State before, Value fromInput, int64_t direction);
  State stepLstm(State before, Value fromInput, Value recurrent,
                 int64_t direction);
  /// Which sequences have step number \p time, [batch, 1]; null if all have.
  Value due(Value time);
  /// \p next in the sequences that \p due names, else \p before.
  Value masked(Value due, Value next, Value before);
  /// Runs all steps from \p state, which becomes the last one. \p fromInput is
  /// [steps, batch, gates * hidden]; gives [steps, batch, hidden].
  Value unrolled(Value fromInput, int64_t direction, State &state);
  Value looped(Value fromInput, int64_t direction, State &state);
  bool isBackward(int64_t direction) const {
    return firstReverse || direction == 1;
  }
  LogicalResult finish(ArrayRef<Value> sequences, ArrayRef<State> last,
                       bool isLstm);

  Node &n;
  PrimBuilder &b;
  const int64_t gates;
  const ArrayRef<StringRef> defaults;
  const bool quantised;
  int64_t steps = 0, batch = 0, width = 0, hidden = 0, directions = 1;
  bool firstReverse = false, batchFirst = false;
  bool linearBeforeReset = false, inputForget = false;
  std::optional<double> clip;
  SmallVector<GateFunction> functions;
  Value lengths; ///< [batch, 1]; null if all sequences have all steps.
  // Of the direction at hand.
  GateWeights recurrence;
  Value recurrenceBias;
  int64_t functionBase = 0;
};

} // namespace

bool Recurrent::checkOperand(unsigned i, ArrayRef<int64_t> shape,
                             StringRef name) {
  return !n.hasInput(i) ||
         (n.sameType(0, i) &&
          n.check(n.shape(i) == shape, "input " + Twine(i) + " (" + name +
                                           ") needs shape " +
                                           shapeString(shape) + ", but has " +
                                           shapeString(n.shape(i))));
}

bool Recurrent::readShapes() {
  if (!n.isFloat(0) || !n.checkRank(0, 3, 3) || !n.checkRank(2, 3, 3))
    return false;
  steps = n.shape(0)[batchFirst ? 1 : 0];
  batch = n.shape(0)[batchFirst ? 0 : 1];
  width = n.shape(0)[2];
  hidden = n.shape(2)[quantised ? 1 : 2];
  if (!n.check(n.intAttr("hidden_size", hidden) == hidden,
               "hidden_size differs from that of R, " + Twine(hidden)))
    return false;
  if (!n.check(steps >= 1, "the sequence is empty"))
    return false;
  const int64_t stacked = gates * hidden;
  const Shape state = batchFirst ? Shape{batch, directions, hidden}
                                 : Shape{directions, batch, hidden};
  return checkWeights() && checkOperand(3, {directions, 2 * stacked}, "B") &&
         checkOperand(5, state, "initial_h") &&
         checkOperand(6, state, "initial_c") &&
         checkOperand(7, {directions, 3 * hidden}, "P") && readLengths();
}

bool Recurrent::checkWeights() {
  const int64_t stacked = gates * hidden;
  if (!quantised)
    return checkOperand(1, {directions, stacked, width}, "W") &&
           checkOperand(2, {directions, stacked, hidden}, "R");
  if (!n.check(n.dtype(0) == DType::f32,
               "X needs to be f32, but is " + dtypeName(n.dtype(0))))
    return false;
  return checkIntegerWeights(n, 1, 8, {directions, width, stacked}) &&
         checkIntegerWeights(n, 2, 10, {directions, hidden, stacked});
}

bool Recurrent::readLengths() {
  if (!n.hasInput(4))
    return true;
  if (!n.check(n.dtype(4) == DType::i32 &&
                   n.shape(4) == ArrayRef<int64_t>{batch},
               "sequence_lens needs to be i32[" + Twine(batch) + "], but is " +
                   typeString(n.dtype(4), n.shape(4))))
    return false;
  bool varies = true;
  if (std::optional<Tensor> known = n.knownConstant(4)) {
    varies = false;
    for (int32_t length : known->elements<int32_t>()) {
      varies |= length != steps;
      if (!n.check(length >= 0 && length <= steps,
                   "sequence_lens needs entries from 0 to " + Twine(steps) +
                       ", but has " + Twine(length)))
        return false;
    }
  }
  if (varies)
    lengths = b.reshape(n.input(4), {batch, 1});
  return true;
}

bool Recurrent::readAttributes(bool isLstm) {
  const std::string direction = n.stringAttr("direction", "forward");
  if (!n.check(direction == "forward" || direction == "reverse" ||
                   direction == "bidirectional",
               "direction '" + direction + "' is not known"))
    return false;
  directions = direction == "bidirectional" ? 2 : 1;
  firstReverse = direction == "reverse";
  if (n.opset() < 7)
    n.ignoreAttr("output_sequence"); // all outputs are there for who wants them
  batchFirst = n.opset() >= 14 && n.flagAttr("layout");
  if (gates == 3)
    linearBeforeReset = n.flagAttr("linear_before_reset");
  if (isLstm)
    inputForget = n.flagAttr("input_forget");
  if (n.hasAttr("clip"))
    clip = n.floatAttr("clip", 0);

  functions = readGateFunctions(n, defaults, directions);
  return !n.failed();
}

Value Recurrent::gate(Value stacked, int64_t index) {
  const int64_t rows = prim::shapeOf(stacked)[0];
  return b.slice(stacked, {0, index * hidden}, {rows, hidden}, {1, 1});
}

Value Recurrent::ofDirection(unsigned input, int64_t direction) {
  Shape sizes(n.shape(input)), starts(sizes.size(), 0);
  starts[0] = direction;
  sizes[0] = 1;
  Value part = b.slice(operand(input), starts, sizes, Shape(sizes.size(), 1));
  return b.reshape(part, ArrayRef<int64_t>(sizes).drop_front());
}

GateWeights Recurrent::weightsOf(unsigned i, unsigned scale,
                                 int64_t direction) {
  if (!quantised)
    return {b.transpose(ofDirection(i, direction), {1, 0}), Value()};
  auto perColumn = [&](unsigned input) {
    Value value = ofDirection(input, direction);
    return b.reshape(value, {1, product(prim::shapeOf(value))});
  };
  const Type i32 = b.builder.getI32Type();
  Value centred = b.map({ofDirection(i, direction), perColumn(scale + 1)},
                        [&](ScalarBuilder &s, ValueRange v) {
                          return s.sub(s.cast(v[0], i32), s.cast(v[1], i32));
                        });
  return {centred, perColumn(scale)};
}

Value Recurrent::due(Value time) {
  if (!lengths)
    return Value();
  Value now = b.cast(b.reshape(time, {1, 1}), prim::elementOf(lengths));
  return b.map(ScalarKind::gt, {lengths, now});
}

Value Recurrent::masked(Value due, Value next, Value before) {
  return due && next ? b.map(ScalarKind::select, {due, next, before}) : next;
}

Recurrent::State Recurrent::stepRnn(State before, Value fromInput,
                                    Value recurrent) {
  return {activate(0, b.add(fromInput, recurrent)), Value()};
}

Recurrent::State Recurrent::stepGru(State before, Value fromInput,
                                    int64_t direction) {
  // Gates z, r, h. The candidate sees the state after the reset.
  Value stacked =
      b.add(gateProducts(n, before.hidden, recurrence), recurrenceBias);
  Value update = activate(0, b.add(gate(fromInput, 0), gate(stacked, 0)));
  Value reset = activate(0, b.add(gate(fromInput, 1), gate(stacked, 1)));
  Value candidate;
  if (linearBeforeReset) {
    candidate = b.mul(reset, gate(stacked, 2));
  } else {
    Value weights =
        b.slice(recurrence.matrix, {0, 2 * hidden}, {hidden, hidden}, {1, 1});
    candidate = b.add(b.matmul(b.mul(reset, before.hidden), weights),
                      gate(recurrenceBias, 2));
  }
  candidate = activate(1, b.add(gate(fromInput, 2), candidate));
  Value next = b.map(
      {update, candidate, before.hidden}, [](ScalarBuilder &s, ValueRange v) {
        Value one = s.number(1.0, v[0].getType());
        return s.add(s.mul(s.sub(one, v[0]), v[1]), s.mul(v[0], v[2]));
      });
  return {next, Value()};
}

Recurrent::State Recurrent::stepLstm(State before, Value fromInput,
                                     Value recurrent, int64_t direction) {
  // Gates i, o, f, c; peepholes i, o, f.
  Value stacked = b.add(fromInput, recurrent);
  auto peephole = [&](Value x, int64_t index, Value cell) {
    if (!n.hasInput(7))
      return x;
    Value all = b.reshape(ofDirection(7, direction), {1, 3 * hidden});
    return b.add(x, b.mul(gate(all, index), cell));
  };
  Value in = activate(0, peephole(gate(stacked, 0), 0, before.cell));
  Value forget =
      inputForget ? b.map(in,
                          [](ScalarBuilder &s, ValueRange v) {
                            return s.sub(s.number(1.0, v[0].getType()), v[0]);
                          })
                  : activate(0, peephole(gate(stacked, 2), 2, before.cell));
  Value candidate = activate(1, gate(stacked, 3));
  Value cell = b.add(b.mul(forget, before.cell), b.mul(in, candidate));
  Value out = activate(0, peephole(gate(stacked, 1), 1, cell));
  // The last function is not preceded by the clip.
  const std::optional<double> kept = std::exchange(clip, std::nullopt);
  Value hiddenState = b.mul(out, activate(2, cell));
  clip = kept;
  return {hiddenState, cell};
}

Recurrent::State Recurrent::step(State before, Value fromInput,
                                 int64_t direction) {
  if (gates == 3)
    return stepGru(before, fromInput, direction);
  Value recurrent =
      b.add(gateProducts(n, before.hidden, recurrence), recurrenceBias);
  return gates == 1 ? stepRnn(before, fromInput, recurrent)
                    : stepLstm(before, fromInput, recurrent, direction);
}

void Recurrent::openDirection(int64_t direction) {
  const int64_t stacked = gates * hidden;
  functionBase = direction * static_cast<int64_t>(defaults.size());
  recurrence = weightsOf(2, 10, direction);
  if (n.hasInput(3)) {
    Value both = b.reshape(ofDirection(3, direction), {1, 2 * stacked});
    recurrenceBias = b.slice(both, {0, stacked}, {1, stacked}, {1, 1});
  } else {
    recurrenceBias = b.splat(0.0, computeType(n.element(0)), {1, stacked});
  }
}

Value Recurrent::unrolled(Value fromInput, int64_t direction, State &state) {
  const int64_t stacked = gates * hidden;
  Value nothing = b.splat(0.0, computeType(n.element(0)), {batch, hidden});
  SmallVector<Value> sequence(steps);
  for (int64_t i = 0; i < steps; ++i) {
    const int64_t time = isBackward(direction) ? steps - 1 - i : i;
    Value now = b.reshape(
        b.slice(fromInput, {time, 0, 0}, {1, batch, stacked}, {1, 1, 1}),
        {batch, stacked});
    const State next = step(state, now, direction);
    Value isDue = due(b.indices({time}));
    sequence[time] =
        b.reshape(masked(isDue, next.hidden, nothing), {1, batch, hidden});
    state = {masked(isDue, next.hidden, state.hidden),
             masked(isDue, next.cell, state.cell)};
  }
  return b.concat(sequence, 0);
}

Value Recurrent::looped(Value fromInput, int64_t direction, State &state) {
  GraphBuilder &scopes = n.scopes();
  SmallVector<Value> carried{state.hidden};
  if (state.cell)
    carried.push_back(state.cell);
  Value allLengths = lengths;
  Value yes = b.splat(int64_t{1}, b.builder.getI1Type());
  Value trips = b.indices({steps}, Shape{});

  scopes.openBody(n.title() + ".step");
  Value time = scopes.addArgument(trips.getType());
  State before{scopes.addArgument(state.hidden.getType()), Value()};
  if (state.cell)
    before.cell = scopes.addArgument(state.cell.getType());
  openDirection(direction);
  if (isBackward(direction))
    time = b.sub(b.indices({steps - 1}, Shape{}), time);
  if (lengths)
    lengths = scopes.captureValue(lengths);
  const State next = step(
      before, b.gather(scopes.captureValue(fromInput), time, 0), direction);
  Value isDue = due(time);
  Value nothing = b.splat(0.0, computeType(n.element(0)), {batch, hidden});
  SmallVector<Value> returned{b.splat(int64_t{1}, b.builder.getI1Type()),
                              masked(isDue, next.hidden, before.hidden)};
  if (next.cell)
    returned.push_back(masked(isDue, next.cell, before.cell));
  returned.push_back(masked(isDue, next.hidden, nothing));
  GraphBuilder::Body body = scopes.closeBody(returned);
  n.countAnew();
  lengths = allLengths;

  SmallVector<Value> results = callLoop(b, body, trips, yes, carried, steps);
  state = {results[0], next.cell ? results[1] : Value()};
  Value sequence = results[carried.size()];
  if (!isBackward(direction))
    return sequence;
  return b.slice(sequence, {steps - 1, 0, 0}, {steps, batch, hidden},
                 {-1, 1, 1});
}

LogicalResult Recurrent::run(bool isLstm) {
  if (!readAttributes(isLstm) || !readShapes())
    return llvm::failure();
  const Type element = computeType(n.element(0));
  const int64_t stacked = gates * hidden;
  Value input = operand(0);
  if (batchFirst)
    input = b.transpose(input, {1, 0, 2});
  input = b.reshape(input, {steps * batch, width});

  auto initial = [&](unsigned i, int64_t direction) -> Value {
    if (!n.hasInput(i))
      return b.splat(0.0, element, {batch, hidden});
    if (!batchFirst)
      return ofDirection(i, direction);
    Value part =
        b.slice(operand(i), {0, direction, 0}, {batch, 1, hidden}, {1, 1, 1});
    return b.reshape(part, {batch, hidden});
  };

  SmallVector<Value> sequences;
  SmallVector<State> last;
  for (int64_t d = 0; d < directions; ++d) {
    Value inputBias = b.splat(0.0, element, {1, stacked});
    if (n.hasInput(3)) {
      Value both = b.reshape(ofDirection(3, d), {1, 2 * stacked});
      inputBias = b.slice(both, {0, 0}, {1, stacked}, {1, 1});
    }
    // What comes from the input, for all steps at once.
    Value fromInput =
        b.add(gateProducts(n, input, weightsOf(1, 8, d)), inputBias);
    fromInput = b.reshape(fromInput, {steps, batch, stacked});
    State state{initial(5, d), isLstm ? initial(6, d) : Value()};
    if (steps <= mostUnrolled) {
      openDirection(d);
      sequences.push_back(unrolled(fromInput, d, state));
    } else {
      sequences.push_back(looped(fromInput, d, state));
    }
    last.push_back(state);
  }
  return finish(sequences, last, isLstm);
}

LogicalResult Recurrent::finish(ArrayRef<Value> sequences, ArrayRef<State> last,
                                bool isLstm) {
  // Y is [steps, directions, batch, hidden], or batch first
  // [batch, steps, directions, hidden]; the states likewise without steps.
  SmallVector<Value> all, hiddens, cells;
  for (Value sequence : sequences)
    all.push_back(b.reshape(sequence, {steps, 1, batch, hidden}));
  Value y = b.concat(all, 1);
  for (const State &state : last) {
    hiddens.push_back(b.reshape(state.hidden, {1, batch, hidden}));
    if (isLstm)
      cells.push_back(b.reshape(state.cell, {1, batch, hidden}));
  }
  auto arranged = [&](ArrayRef<Value> states) {
    Value joined = b.concat(states, 0);
    return batchFirst ? b.transpose(joined, {1, 0, 2}) : joined;
  };
  if (batchFirst)
    y = b.transpose(y, {2, 0, 1, 3});
  SmallVector<Value> results{y, arranged(hiddens)};
  if (isLstm)
    results.push_back(arranged(cells));
  for (Value &result : results)
    result = b.cast(result, n.element(0));
  return n.results(results);
}

static LogicalResult rnn(Node &n) {
  static const StringRef functions[] = {"Tanh"};
  return Recurrent(n, 1, functions).run(/*isLstm=*/false);
}

static LogicalResult gru(Node &n) {
  static const StringRef functions[] = {"Sigmoid", "Tanh"};
  return Recurrent(n, 3, functions).run(/*isLstm=*/false);
}

static LogicalResult lstm(Node &n) {
  static const StringRef functions[] = {"Sigmoid", "Tanh", "Tanh"};
  return Recurrent(n, 4, functions).run(/*isLstm=*/true);
}

static LogicalResult quantizedLstm(Node &n) {
  static const StringRef functions[] = {"Sigmoid", "Tanh", "Tanh"};
  return Recurrent(n, 4, functions, /*quantised=*/true).run(/*isLstm=*/true);
}

ArrayRef<OpRow> importer::recurrentRows() {
  static const OpRow rows[] = {
      {"DynamicQuantizeLSTM",
       1,
       {3, 12},
       quantizedLstm,
       "",
       3,
       "com.microsoft"},
      {"GRU", 3, {3, 6}, gru, "", 2},
      {"LSTM", 1, {3, 8}, lstm, "", 3},
      {"RNN", 1, {3, 6}, rnn, "", 2},
  };
  return rows;
}
