// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Verifies instr programs: the container, buffers, bindings, kernels and
// views. Engines, order and memory are in files of their own.

#include "core/image/instr/Verify.h"

#include "core/image/Verify.h"
#include "core/image/instr/Check.h"
#include "core/support/Sha256.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace glowplug;
using namespace glowplug::instr;
using namespace glowplug::verify;

// ---- Shared parts ----------------------------------------------------------

llvm::Error instr::needNoFeatures(
    const flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>
        *features) {
  if (features && features->size() != 0)
    return broken("needs only features that are known, but '{0}' is not",
                  textOf(features->Get(0)).take_front(80));
  return llvm::Error::success();
}

/// A name out of an image, fit for a message.
static std::string quoted(llvm::StringRef name) {
  constexpr size_t longest = 80;
  std::string text;
  llvm::raw_string_ostream os(text);
  os << '\'';
  llvm::printEscapedString(name.take_front(longest), os);
  os << '\'';
  return text;
}

std::string instr::describe(const Program &program,
                            const machine::Machine &machine,
                            uint32_t instruction) {
  const Instruction &content = *program.instructions()->Get(instruction);
  std::string text = "instruction " + std::to_string(instruction);
  if (!textOf(content.name()).empty())
    text += " " + quoted(textOf(content.name()));
  if (content.engine() < machine.engines()->size())
    text += " on " +
            quoted(textOf(machine.engines()->Get(content.engine())->name()));
  return text;
}

std::string instr::describe(const Program &program, uint32_t buffer) {
  return "buffer " + std::to_string(buffer) + " " +
         quoted(textOf(program.buffers()->Get(buffer)->name()));
}

llvm::SmallVector<Access, 6> instr::accessesOf(const Instruction &instruction) {
  llvm::SmallVector<Access, 6> accesses;
  if (const Copy *copy = instruction.action_as_Copy()) {
    accesses.push_back({copy->source(), true, false});
    accesses.push_back({copy->target(), false, true});
  } else if (const Fill *fill = instruction.action_as_Fill()) {
    accesses.push_back({fill->target(), false, true});
  } else if (const Compute *compute = instruction.action_as_Compute()) {
    if (compute->operands())
      for (const View *view : *compute->operands())
        accesses.push_back({view, true, false});
    if (compute->results())
      for (const View *view : *compute->results())
        accesses.push_back({view, compute->accumulate(), true});
  }
  return accesses;
}

const image::Body &instr::kernelOf(const image::Program &kernels,
                                   const Compute &compute) {
  return *kernels.bodies()->Get(compute.kernel());
}
const image::Op &instr::kernelOpOf(const image::Body &kernel) {
  return *kernel.ops()->Get(0);
}

// ---- Kernels ---------------------------------------------------------------

static llvm::Error verifyKernel(const image::Body &body) {
  const size_t ops = body.ops() ? body.ops()->size() : 0;
  if (ops != 1)
    return broken("needs one op, but has {0}", ops);
  const image::Op &op = *body.ops()->Get(0);
  if (!isPrimitive(op.attributes_type()))
    return broken("needs a primitive, but has a {0}",
                  image::EnumNameAttributes(op.attributes_type()));
  if (arrayOf(op.operands()) != arrayOf(body.inputs()) ||
      arrayOf(op.results()) != arrayOf(body.outputs()))
    return broken("needs the operands and results of its op as inputs and "
                  "outputs");
  return llvm::Error::success();
}

/// The kernels of \p program, verified; NULL if it has none.
static llvm::Expected<const image::Program *>
verifyKernels(const Program &program) {
  const llvm::ArrayRef<uint8_t> bytes = arrayOf(program.kernels());
  if (bytes.empty())
    return nullptr;
  if (llvm::Error error = verifyImage(bytes))
    return broken("kernels: {0}", llvm::toString(std::move(error)));
  const image::Program *kernels = image::GetProgram(bytes.data());
  const image::Body &body = *kernels->body();
  if ((body.ops() && body.ops()->size() != 0) ||
      (kernels->segments() && kernels->segments()->size() != 0))
    return broken("kernels: needs an empty program body and no segments");
  for (uint32_t i = 0; kernels->bodies() && i < kernels->bodies()->size(); ++i)
    if (llvm::Error error = verifyKernel(*kernels->bodies()->Get(i)))
      return broken("kernel {0}: {1}", i, llvm::toString(std::move(error)));
  return kernels;
}

// ---- Buffers and bindings --------------------------------------------------

static llvm::Error verifyBuffer(const Buffer &buffer,
                                const machine::Machine &machine) {
  if (buffer.space() >= machine.spaces()->size())
    return broken("needs a space below {0}, but got {1}",
                  machine.spaces()->size(), buffer.space());
  const machine::Space &space = *machine.spaces()->Get(buffer.space());
  if (buffer.offset() > space.bytes() ||
      buffer.bytes() > space.bytes() - buffer.offset())
    return broken("capacity: needs {0} bytes at {1} of '{2}', which has {3}",
                  buffer.bytes(), buffer.offset(), textOf(space.name()),
                  space.bytes());
  if (buffer.offset() % space.alignment() != 0)
    return broken("alignment: needs an offset in '{0}' that is a multiple of "
                  "{1}, but got {2}",
                  textOf(space.name()), space.alignment(), buffer.offset());
  return llvm::Error::success();
}

static llvm::Error needBuffer(uint32_t buffer, const Program &program) {
  const size_t count = program.buffers() ? program.buffers()->size() : 0;
  if (buffer >= count)
    return broken("needs a buffer below {0}, but got {1}", count, buffer);
  return llvm::Error::success();
}

static llvm::Error needBindable(uint32_t buffer, const Program &program,
                                const machine::Machine &machine) {
  GP_CHECK(needBuffer(buffer, program));
  const machine::Space &space =
      *machine.spaces()->Get(program.buffers()->Get(buffer)->space());
  if (!space.bindings())
    return broken("needs a buffer in a space for bindings, but got '{0}'",
                  textOf(space.name()));
  return llvm::Error::success();
}

static llvm::Error verifyBinding(const Binding &binding, const Program &program,
                                 const machine::Machine &machine) {
  GP_CHECK(needAligned(binding.shape()));
  GP_CHECK(needBindable(binding.buffer(), program, machine));
  const auto dtype = static_cast<DType>(binding.dtype());
  const std::optional<int64_t> bytes =
      dtypeBytes(dtype) == 0 ? std::nullopt
                             : byteCount(dtype, arrayOf(binding.shape()));
  if (!bytes)
    return broken("needs a known type and a valid shape");
  const uint64_t has = program.buffers()->Get(binding.buffer())->bytes();
  if (static_cast<uint64_t>(*bytes) != has)
    return broken("needs a buffer of {0} bytes, but it has {1}", *bytes, has);
  return llvm::Error::success();
}

static llvm::Error verifyConstant(const Constant &constant,
                                  const Program &program,
                                  const machine::Machine &machine) {
  GP_CHECK(needBindable(constant.buffer(), program, machine));
  const llvm::ArrayRef<uint64_t> segments = arrayOf(program.segment_bytes());
  if (constant.segment() >= segments.size())
    return broken("needs a segment below {0}, but got {1}", segments.size(),
                  constant.segment());
  const uint64_t size = segments[constant.segment()];
  const uint64_t bytes = program.buffers()->Get(constant.buffer())->bytes();
  if (constant.offset() > size || bytes > size - constant.offset())
    return broken("needs {0} bytes at offset {1} of segment {2}, which has {3}",
                  bytes, constant.offset(), constant.segment(), size);
  return llvm::Error::success();
}

static llvm::Error verifyBindings(const Program &program,
                                  const machine::Machine &machine) {
  GP_CHECK(needAligned(program.segment_bytes()));
  auto each = [](const char *what, const auto *list,
                 auto &&verify) -> llvm::Error {
    for (uint32_t i = 0; list && i < list->size(); ++i)
      if (llvm::Error error = verify(*list->Get(i)))
        return broken("{0} {1}: {2}", what, i,
                      llvm::toString(std::move(error)));
    return llvm::Error::success();
  };
  GP_CHECK(each("buffer", program.buffers(), [&](const Buffer &buffer) {
    return verifyBuffer(buffer, machine);
  }));
  auto binding = [&](const Binding &b) {
    return verifyBinding(b, program, machine);
  };
  GP_CHECK(each("input", program.inputs(), binding));
  GP_CHECK(each("output", program.outputs(), binding));
  return each("constant", program.constants(), [&](const Constant &constant) {
    return verifyConstant(constant, program, machine);
  });
}

// ---- Instructions ----------------------------------------------------------

static llvm::Error verifyAccess(const Access &access, const Program &program) {
  if (!access.view)
    return broken("is missing");
  GP_CHECK(needBuffer(access.view->buffer(), program));
  const Buffer &buffer = *program.buffers()->Get(access.view->buffer());
  GP_CHECK(verifyView(*access.view, buffer.bytes()));
  const unsigned element = dtypeBytes(typeOf(*access.view).dtype);
  if (buffer.offset() % element != 0)
    return broken("alignment: needs a buffer at a multiple of {0}, but got {1}",
                  element, buffer.offset());
  if (!access.writes)
    return llvm::Error::success();
  llvm::Expected<Footprint> footprint = footprintOf(*access.view);
  if (!footprint)
    return footprint.takeError();
  if (footprint->overlaps)
    return broken("writes elements that overlap");
  return llvm::Error::success();
}

/// A written view shares no byte with any other view; only in a map, its
/// elements may be exactly those of an operand.
static llvm::Error verifyOverlap(llvm::ArrayRef<Access> accesses,
                                 const Program &program, bool inPlace) {
  for (size_t i = 0; i < accesses.size(); ++i)
    for (size_t j = 0; accesses[i].writes && j < accesses.size(); ++j) {
      const View &a = *accesses[i].view, &b = *accesses[j].view;
      if (i == j || spaceOf(program, a) != spaceOf(program, b) ||
          (inPlace && !accesses[j].writes && sameElements(a, b)))
        continue;
      llvm::Expected<Footprint> first = footprintOf(a);
      if (!first)
        return first.takeError();
      llvm::Expected<Footprint> second = footprintOf(b);
      if (!second)
        return second.takeError();
      const int64_t shift =
          static_cast<int64_t>(program.buffers()->Get(b.buffer())->offset() -
                               program.buffers()->Get(a.buffer())->offset());
      for (ByteRange &range : second->ranges) {
        range.begin += shift;
        range.end += shift;
      }
      if (intersect(*first, *second))
        return broken("view {0} is written and overlaps view {1}", i, j);
    }
  return llvm::Error::success();
}

static llvm::Error verifyCopyTypes(const Copy &copy) {
  const TensorType source = typeOf(*copy.source());
  const TensorType target = typeOf(*copy.target());
  if (source != target)
    return broken("needs source and target of one type, but got {0} and {1}",
                  typeString(source.dtype, source.shape),
                  typeString(target.dtype, target.shape));
  if (!isPattern(*copy.source()) || !isPattern(*copy.target()))
    return broken("needs blocks that divide their dims");
  return llvm::Error::success();
}

static llvm::Error
needTypes(const char *what, const image::Body &body,
          llvm::ArrayRef<uint32_t> values,
          const flatbuffers::Vector<flatbuffers::Offset<View>> *views) {
  const size_t count = views ? views->size() : 0;
  if (count != values.size())
    return broken("needs {0} {1}s as its kernel has, but got {2}",
                  values.size(), what, count);
  for (uint32_t i = 0; i < count; ++i) {
    const image::Value &value = *body.values()->Get(values[i]);
    const TensorType needed(fromImage(value.dtype()), arrayOf(value.shape()));
    const TensorType type = typeOf(*views->Get(i));
    if (type != needed)
      return broken("{0} {1}: needs {2} as in its kernel, but got {3}", what, i,
                    typeString(needed.dtype, needed.shape),
                    typeString(type.dtype, type.shape));
  }
  return llvm::Error::success();
}

/// Whether the result of \p op is a sum over products or elements, as it is.
static bool isPlainSum(const image::Op &op) {
  switch (op.attributes_type()) {
  case image::Attributes::Conv:
    return !op.attributes_as_Conv()->epilogue();
  case image::Attributes::ConvTranspose:
    return !op.attributes_as_ConvTranspose()->epilogue();
  case image::Attributes::MatMul:
    return !op.attributes_as_MatMul()->epilogue();
  case image::Attributes::Reduce:
    return !op.attributes_as_Reduce()->epilogue() &&
           op.attributes_as_Reduce()->kind() == image::ReduceKind::sum;
  case image::Attributes::Window:
    return !op.attributes_as_Window()->epilogue() &&
           op.attributes_as_Window()->kind() == image::ReduceKind::sum;
  default:
    return false;
  }
}

static llvm::Error verifyComputeTypes(const Compute &compute,
                                      const image::Program *kernels) {
  const size_t count =
      kernels && kernels->bodies() ? kernels->bodies()->size() : 0;
  if (compute.kernel() >= count)
    return broken("needs a kernel below {0}, but got {1}", count,
                  compute.kernel());
  const image::Body &body = kernelOf(*kernels, compute);
  GP_CHECK(
      needTypes("operand", body, arrayOf(body.inputs()), compute.operands()));
  GP_CHECK(
      needTypes("result", body, arrayOf(body.outputs()), compute.results()));
  if (compute.accumulate() && !isPlainSum(kernelOpOf(body)))
    return broken(
        "needs a sum without an epilogue to accumulate, but got {0}",
        image::EnumNameAttributes(kernelOpOf(body).attributes_type()));
  return llvm::Error::success();
}

static llvm::Error verifyInstruction(const Instruction &instruction,
                                     const Program &program,
                                     const image::Program *kernels,
                                     const machine::Machine &machine) {
  if (instruction.engine() >= machine.engines()->size())
    return broken("needs an engine below {0}, but got {1}",
                  machine.engines()->size(), instruction.engine());
  for (uint32_t wait : arrayOf(instruction.waits()))
    if (wait >= program.instructions()->size())
      return broken("needs waits below {0}, but got {1}",
                    program.instructions()->size(), wait);
  if (instruction.action_type() == Action::NONE ||
      instruction.action_type() > Action::MAX || !instruction.action())
    return broken("needs an action of a known kind, but got {0}",
                  static_cast<int>(instruction.action_type()));

  const llvm::SmallVector<Access, 6> accesses = accessesOf(instruction);
  for (size_t i = 0; i < accesses.size(); ++i)
    if (llvm::Error error = verifyAccess(accesses[i], program))
      return broken("view {0}: {1}", i, llvm::toString(std::move(error)));
  bool inPlace = false;
  if (const Copy *copy = instruction.action_as_Copy())
    GP_CHECK(verifyCopyTypes(*copy));
  if (const Fill *fill = instruction.action_as_Fill())
    GP_CHECK(needLength("value", arrayOf(fill->value()).size(),
                        dtypeBytes(typeOf(*fill->target()).dtype)));
  if (const Compute *compute = instruction.action_as_Compute()) {
    GP_CHECK(verifyComputeTypes(*compute, kernels));
    inPlace = kernelOpOf(kernelOf(*kernels, *compute)).attributes_type() ==
              image::Attributes::Map;
  }
  GP_CHECK(verifyOverlap(accesses, program, inPlace));
  return verifyEngine(instruction, program, kernels, machine);
}

llvm::Error glowplug::verifyInstr(llvm::ArrayRef<uint8_t> bytes,
                                  llvm::ArrayRef<uint8_t> machineBytes) {
  if (reinterpret_cast<uintptr_t>(bytes.data()) % 8 != 0)
    return broken("instr program: needs bytes at a multiple of 8");
  // As many tables as there can be side by side: large programs have millions.
  constexpr flatbuffers::uoffset_t maxDepth = 64, leastTableBytes = 8;
  flatbuffers::Verifier verifier(
      bytes.data(), bytes.size(), maxDepth,
      static_cast<flatbuffers::uoffset_t>(bytes.size() / leastTableBytes));
  if (bytes.size() < 8 || !VerifyProgramBuffer(verifier))
    return broken("is not an instr program, or is damaged");
  const Program &program = *GetProgram(bytes.data());
  const machine::Machine &machine = *machine::GetMachine(machineBytes.data());
  if (program.container_version() != instrContainerVersion)
    return broken("needs container version {0}, but got {1}",
                  instrContainerVersion, program.container_version());
  GP_CHECK(needNoFeatures(program.required_features()));
  const Sha256 hash = sha256(machineBytes);
  if (arrayOf(program.machine_sha256()) != llvm::ArrayRef(hash))
    return broken("needs the machine '{0}' it was written for, but got another",
                  textOf(machine.name()));

  GP_CHECK(verifyBindings(program, machine));
  llvm::Expected<const image::Program *> kernels = verifyKernels(program);
  if (!kernels)
    return kernels.takeError();
  const uint32_t count =
      program.instructions() ? program.instructions()->size() : 0;
  const size_t layers = program.layers() ? program.layers()->size() : 0;
  for (uint32_t i = 0; i < count; ++i)
    if (const uint32_t layer = program.instructions()->Get(i)->layer();
        layer != UINT32_MAX && layer >= layers)
      return broken("{0}: needs a layer below {1}, but got {2}",
                    describe(program, machine, i), layers, layer);
  for (uint32_t i = 0; i < count; ++i)
    if (llvm::Error error = verifyInstruction(*program.instructions()->Get(i),
                                              program, *kernels, machine))
      return broken("{0}: {1}", describe(program, machine, i),
                    llvm::toString(std::move(error)));
  llvm::Expected<Order> order = Order::compute(program, machine);
  if (!order)
    return order.takeError();
  return verifyMemory(program, machine, *order);
}
