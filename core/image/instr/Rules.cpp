// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What engines can do: paths of copies, fills, and the rules of ops.

#include "core/image/instr/Check.h"
#include "core/image/instr/Ports.h"

using namespace glowplug;
using namespace glowplug::instr;
using namespace glowplug::verify;

static std::string spaceName(const machine::Machine &machine, uint32_t space) {
  return "'" + machine.spaces()->Get(space)->name()->str() + "'";
}

// ---- Copies ----------------------------------------------------------------

namespace {

/// A loop of both sides of a copy.
struct CopyLoop {
  int64_t size, source, target;
};

} // namespace

/// The loops of a copy and the bytes of its run. Both views have one shape and
/// are patterns; where their blocks differ, loops are split at common factors.
/// Nothing if that is not possible.
static bool copyLoops(const View &source, const View &target,
                      llvm::SmallVectorImpl<CopyLoop> &loops, int64_t &run) {
  llvm::SmallVector<Loop, 8> a = loopsOf(source), b = loopsOf(target);
  // Innermost first; both multiply up to the number of elements.
  while (!a.empty() && !b.empty()) {
    Loop &x = a.back(), &y = b.back();
    const int64_t size = std::min(x.size, y.size);
    if (x.size % size != 0 || y.size % size != 0)
      return false;
    loops.push_back({size, x.stride, y.stride});
    auto consume = [&](Loop &loop, llvm::SmallVector<Loop, 8> &from) {
      loop.size /= size;
      loop.stride *= size;
      if (loop.size == 1)
        from.pop_back();
    };
    consume(x, a);
    consume(y, b);
  }
  run = dtypeBytes(typeOf(source).dtype);
  llvm::SmallVector<CopyLoop, 8> merged;
  for (const CopyLoop &loop : loops) {
    if (merged.empty() && loop.source == run && loop.target == run)
      run *= loop.size;
    else if (!merged.empty() &&
             loop.source == merged.back().source * merged.back().size &&
             loop.target == merged.back().target * merged.back().size)
      merged.back().size *= loop.size;
    else
      merged.push_back(loop);
  }
  loops.assign(merged.begin(), merged.end());
  return true;
}

static llvm::Error verifyCopy(const Copy &copy, const Program &program,
                              const machine::Engine &engine,
                              const machine::Machine &machine) {
  const uint32_t from = spaceOf(program, *copy.source());
  const uint32_t to = spaceOf(program, *copy.target());
  const machine::Path *path = nullptr;
  if (engine.paths())
    for (const machine::Path *candidate : *engine.paths())
      if (candidate->source() == from && candidate->target() == to)
        path = candidate;
  if (!path)
    return broken("reachability: has no path from {0} to {1}",
                  spaceName(machine, from), spaceName(machine, to));

  llvm::SmallVector<CopyLoop, 8> loops;
  int64_t run = 0;
  if (!copyLoops(*copy.source(), *copy.target(), loops, run))
    return broken("needs blocks of source and target that divide each other");
  if (loops.size() > path->max_dims())
    return broken("needs a pattern of at most {0} loops, but got {1}",
                  path->max_dims(), loops.size());
  const uint64_t alignment = path->alignment();
  bool aligned = run % static_cast<int64_t>(alignment) == 0 &&
                 addressOf(program, *copy.source()) % alignment == 0 &&
                 addressOf(program, *copy.target()) % alignment == 0;
  for (const CopyLoop &loop : loops)
    aligned = aligned && loop.source % static_cast<int64_t>(alignment) == 0 &&
              loop.target % static_cast<int64_t>(alignment) == 0;
  if (!aligned)
    return broken("alignment: needs runs at multiples of {0} bytes and as "
                  "long, but got runs of {1} bytes from {2} to {3}",
                  alignment, run, addressOf(program, *copy.source()),
                  addressOf(program, *copy.target()));
  return llvm::Error::success();
}

static llvm::Error verifyFill(const Fill &fill, const Program &program,
                              const machine::Engine &engine,
                              const machine::Machine &machine) {
  const uint32_t space = spaceOf(program, *fill.target());
  if (!llvm::is_contained(arrayOf(engine.fills()), space))
    return broken("reachability: cannot fill {0}", spaceName(machine, space));
  return llvm::Error::success();
}

// ---- Ops -------------------------------------------------------------------

static llvm::Error verifyPort(const machine::Port &port, const View &view,
                              const Program &program,
                              const machine::Machine &machine) {
  const uint32_t space = spaceOf(program, view);
  if (!llvm::is_contained(arrayOf(port.spaces()), space))
    return broken("reachability: may not lie in {0}",
                  spaceName(machine, space));
  if (!llvm::is_contained(arrayOf(port.dtypes()), view.dtype()))
    return broken("may not have the type {0}", dtypeName(typeOf(view).dtype));
  if (addressOf(program, view) % port.alignment() != 0)
    return broken("alignment: needs an address that is a multiple of {0}, but "
                  "got {1}",
                  port.alignment(), addressOf(program, view));

  const Longs shape = arrayOf(view.shape());
  const Longs multiples = arrayOf(port.multiples());
  const Longs limits = arrayOf(port.limits());
  const Longs blocks = arrayOf(port.blocks());
  for (Longs list : {multiples, limits, blocks})
    if (!list.empty() && list.size() != shape.size())
      return broken("needs rank {0}, but got {1}", list.size(), shape.size());
  for (size_t i = 0; i < shape.size(); ++i) {
    if (!multiples.empty() && shape[i] % multiples[i] != 0)
      return broken("needs dim {0} as a multiple of {1}, but got {2}", i,
                    multiples[i], shape[i]);
    if (!limits.empty() && limits[i] != 0 && shape[i] > limits[i])
      return broken("needs dim {0} of at most {1}, but got {2}", i, limits[i],
                    shape[i]);
    const int64_t block = blocks.empty() ? 1 : blocks[i];
    if (blockOf(view, i) != block)
      return broken("needs blocks of {0} in dim {1}, but got {2}", block, i,
                    blockOf(view, i));
  }
  const int64_t innermost = port.innermost();
  if (innermost < 0)
    return llvm::Error::success();
  if (static_cast<size_t>(innermost) >= shape.size())
    return broken("needs a rank over {0}, but got {1}", innermost,
                  shape.size());
  const int64_t element = dtypeBytes(typeOf(view).dtype);
  const int64_t step = blockOf(view, innermost) > 1
                           ? innerOf(view, innermost)
                           : view.strides()->Get(innermost);
  if (shape[innermost] > 1 && step != element)
    return broken("needs elements of dim {0} side by side, but got a step of "
                  "{1} bytes",
                  innermost, step);
  return llvm::Error::success();
}

namespace {

/// What rules limit of an op.
struct OpFacts {
  const image::Region *region = nullptr;
  int64_t pad = 0, stride = 1, dilation = 1;
};

} // namespace

static int64_t largest(Longs values, int64_t least) {
  for (int64_t value : values)
    least = std::max(least, value);
  return least;
}

template <typename Window>
static void takeWindow(const Window &op, OpFacts &facts) {
  facts.pad =
      largest(arrayOf(op.pads_high()), largest(arrayOf(op.pads_low()), 0));
  facts.stride = largest(arrayOf(op.strides()), 1);
  facts.dilation = largest(arrayOf(op.dilations()), 1);
  facts.region = op.epilogue();
}

static OpFacts factsOf(const image::Op &op) {
  OpFacts facts;
  switch (op.attributes_type()) {
  case image::Attributes::Conv:
    takeWindow(*op.attributes_as_Conv(), facts);
    break;
  case image::Attributes::ConvTranspose:
    takeWindow(*op.attributes_as_ConvTranspose(), facts);
    break;
  case image::Attributes::Window:
    takeWindow(*op.attributes_as_Window(), facts);
    break;
  case image::Attributes::MatMul:
    facts.region = op.attributes_as_MatMul()->epilogue();
    break;
  case image::Attributes::Reduce:
    facts.region = op.attributes_as_Reduce()->epilogue();
    break;
  case image::Attributes::Map:
    facts.region = op.attributes_as_Map()->region();
    break;
  default:
    break;
  }
  return facts;
}

static llvm::Error needAtMost(const char *what, int64_t value, int64_t most) {
  if (value > most)
    return broken("needs a {0} of at most {1}, but got {2}", what, most, value);
  return llvm::Error::success();
}

static llvm::Error verifyOperands(const machine::Rule &rule,
                                  const Compute &compute,
                                  const Program &program,
                                  const machine::Machine &machine) {
  const uint32_t count = compute.operands() ? compute.operands()->size() : 0;
  if (!takesOperands(rule, count))
    return broken("needs {0}{1} operands, but got {2}",
                  rule.rest() ? "at least " : "", operandPortsOf(rule), count);
  for (uint32_t i = 0; i < count; ++i)
    if (llvm::Error error =
            verifyPort(operandPort(rule, i), *compute.operands()->Get(i),
                       program, machine))
      return broken("operand {0}: {1}", i, llvm::toString(std::move(error)));
  return llvm::Error::success();
}

static llvm::Error verifyResults(const machine::Rule &rule,
                                 const Compute &compute, const Program &program,
                                 const machine::Machine &machine) {
  const uint32_t needed = resultPortsOf(rule);
  const uint32_t count = compute.results() ? compute.results()->size() : 0;
  if (count != needed)
    return broken("needs {0} results, but got {1}", needed, count);
  for (uint32_t i = 0; i < count; ++i)
    if (llvm::Error error =
            verifyPort(*rule.results()->Get(i), *compute.results()->Get(i),
                       program, machine))
      return broken("result {0}: {1}", i, llvm::toString(std::move(error)));
  return llvm::Error::success();
}

static llvm::Error verifyRule(const machine::Rule &rule, const Compute &compute,
                              const image::Op &op, const Program &program,
                              const machine::Machine &machine) {
  if (op.version() > rule.version())
    return broken("needs a version of at most {0}, but got {1}", rule.version(),
                  op.version());
  if (compute.accumulate() && !rule.accumulate())
    return broken("cannot accumulate");
  const OpFacts facts = factsOf(op);
  GP_CHECK(needAtMost("pad", facts.pad, rule.max_pad()));
  GP_CHECK(needAtMost("stride", facts.stride, rule.max_stride()));
  GP_CHECK(needAtMost("dilation", facts.dilation, rule.max_dilation()));
  if (facts.region && facts.region->instructions())
    for (const image::Instruction *scalar : *facts.region->instructions())
      if (!llvm::is_contained(arrayOf(rule.scalar_ops()),
                              static_cast<uint8_t>(scalar->op())))
        return broken("cannot do the scalar op {0}",
                      image::EnumNameScalarOp(scalar->op()));
  GP_CHECK(verifyOperands(rule, compute, program, machine));
  return verifyResults(rule, compute, program, machine);
}

/// The first rule of the op that fits; NULL if none does, and then \p reason is
/// that of the last.
static const machine::Rule *
findRule(const Compute &compute, const image::Op &op, const Program &program,
         const machine::Engine &engine, const machine::Machine &machine,
         std::string &reason) {
  if (!engine.rules())
    return nullptr;
  for (const machine::Rule *rule : *engine.rules()) {
    if (rule->op() != static_cast<uint8_t>(op.attributes_type()))
      continue;
    llvm::Error error = verifyRule(*rule, compute, op, program, machine);
    if (!error)
      return rule;
    reason = llvm::toString(std::move(error));
  }
  return nullptr;
}

static llvm::Error verifyCompute(const Compute &compute, const image::Op &op,
                                 const Program &program,
                                 const machine::Engine &engine,
                                 const machine::Machine &machine) {
  std::string reason;
  if (findRule(compute, op, program, engine, machine, reason))
    return llvm::Error::success();
  const char *kind = image::EnumNameAttributes(op.attributes_type());
  if (reason.empty())
    return broken("reachability: has no rule for {0}", kind);
  return broken("{0}: {1}", kind, reason);
}

const machine::Rule *instr::ruleOf(const Instruction &instruction,
                                   const Program &program,
                                   const image::Program *kernels,
                                   const machine::Machine &machine) {
  const Compute &compute = *instruction.action_as_Compute();
  std::string reason;
  return findRule(compute, kernelOpOf(kernelOf(*kernels, compute)), program,
                  *machine.engines()->Get(instruction.engine()), machine,
                  reason);
}

llvm::Error instr::verifyEngine(const Instruction &instruction,
                                const Program &program,
                                const image::Program *kernels,
                                const machine::Machine &machine) {
  const machine::Engine &engine = *machine.engines()->Get(instruction.engine());
  switch (instruction.action_type()) {
  case Action::Copy:
    return verifyCopy(*instruction.action_as_Copy(), program, engine, machine);
  case Action::Fill:
    return verifyFill(*instruction.action_as_Fill(), program, engine, machine);
  case Action::Compute: {
    const Compute &compute = *instruction.action_as_Compute();
    return verifyCompute(compute, kernelOpOf(kernelOf(*kernels, compute)),
                         program, engine, machine);
  }
  case Action::Wait:
  case Action::NONE:
    break;
  }
  return llvm::Error::success();
}
