// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From the bytes of an instr program to the instr dialect.

#include "core/image/instr/Reader.h"

#include "core/image/Reader.h"
#include "core/image/VerifyRules.h"
#include "core/image/instr/instr_generated.h"
#include "core/image/instr/machine_generated.h"
#include "core/prim/Constant.h"

#include "mlir/IR/Builders.h"
#include "llvm/Support/raw_ostream.h"

#include <map>

using namespace glowplug;
using namespace glowplug::instr;

namespace {

class InstrReader {
public:
  InstrReader(mlir::MLIRContext *context, const Program &program,
              const machine::Machine &machine)
      : program(program), machine(machine), builder(context),
        loc(builder.getUnknownLoc()),
        kernels(program.kernels() ? image::GetProgram(program.kernels()->data())
                                  : nullptr) {}

  mlir::OwningOpRef<ProgramOp> read();

private:
  void declareBuffers();
  void declareBindings();
  void readLayers();
  mlir::Operation *readInstruction(const Instruction &from);
  mlir::Operation *readCompute(const Compute &from, mlir::StringAttr engine);
  void readKernel(const image::Body &kernel, mlir::Block &block);
  mlir::Value viewOf(const View &from);

  template <typename List>
  llvm::SmallVector<mlir::Value, 4> viewsOf(const List *list) {
    llvm::SmallVector<mlir::Value, 4> views;
    for (uint32_t i = 0; list && i < list->size(); ++i)
      views.push_back(viewOf(*list->Get(i)));
    return views;
  }
  mlir::RankedTensorType tensorType(uint8_t dtype,
                                    llvm::ArrayRef<int64_t> shape) {
    return mlir::RankedTensorType::get(
        shape,
        prim::elementType(builder.getContext(), static_cast<DType>(dtype)));
  }

  const Program &program;
  const machine::Machine &machine;
  mlir::OpBuilder builder;
  mlir::Location loc;
  const image::Program *kernels; ///< Null if nothing computes.
  mlir::OwningOpRef<ProgramOp> result;
  llvm::SmallVector<BufferOp> buffers;
  /// By what makes them: the op without its place.
  std::map<std::string, mlir::Value> views;
};

} // namespace

void InstrReader::declareBuffers() {
  for (uint32_t i = 0; program.buffers() && i < program.buffers()->size();
       ++i) {
    const Buffer &from = *program.buffers()->Get(i);
    buffers.push_back(builder.create<BufferOp>(
        loc, builder.getType<BufferType>(), textOf(from.name()),
        textOf(machine.spaces()->Get(from.space())->name()), from.offset(),
        from.bytes()));
  }
}

void InstrReader::declareBindings() {
  auto typeOf = [&](const Binding &from) {
    return tensorType(from.dtype(), arrayOf(from.shape()));
  };
  for (uint32_t i = 0; program.inputs() && i < program.inputs()->size(); ++i) {
    const Binding &from = *program.inputs()->Get(i);
    builder.create<InputOp>(loc, buffers[from.buffer()], typeOf(from));
  }
  for (uint32_t i = 0; program.outputs() && i < program.outputs()->size();
       ++i) {
    const Binding &from = *program.outputs()->Get(i);
    builder.create<OutputOp>(loc, buffers[from.buffer()], typeOf(from));
  }
  for (uint32_t i = 0; program.constants() && i < program.constants()->size();
       ++i) {
    const Constant &from = *program.constants()->Get(i);
    builder.create<ConstantOp>(loc, buffers[from.buffer()], from.segment(),
                               from.offset());
  }
}

/// Layers are for reports alone, so they are attributes.
void InstrReader::readLayers() {
  llvm::SmallVector<mlir::Attribute> layers;
  for (uint32_t i = 0; program.layers() && i < program.layers()->size(); ++i) {
    const Layer &from = *program.layers()->Get(i);
    layers.push_back(builder.getDictionaryAttr(
        {builder.getNamedAttr("name",
                              builder.getStringAttr(textOf(from.name()))),
         builder.getNamedAttr("macs", builder.getI64IntegerAttr(
                                          static_cast<int64_t>(from.macs()))),
         builder.getNamedAttr(
             "bytes",
             builder.getI64IntegerAttr(static_cast<int64_t>(from.bytes())))}));
  }
  if (!layers.empty())
    (*result)->setAttr(layersAttr, builder.getArrayAttr(layers));
}

mlir::Value InstrReader::viewOf(const View &from) {
  auto type = builder.getType<ViewType>(
      tensorType(from.dtype(), arrayOf(from.shape())));
  auto listOrNone = [&](llvm::ArrayRef<int64_t> list) {
    return list.empty() ? mlir::DenseI64ArrayAttr()
                        : builder.getDenseI64ArrayAttr(list);
  };
  auto view = builder.create<ViewOp>(
      loc, type, buffers[from.buffer()], from.offset(),
      builder.getDenseI64ArrayAttr(arrayOf(from.strides())),
      listOrNone(arrayOf(from.blocks())), listOrNone(arrayOf(from.inner())));
  std::string key = std::to_string(from.buffer()) + " ";
  llvm::raw_string_ostream os(key);
  view->getAttrDictionary().print(os);
  mlir::Type(type).print(os);
  auto [known, isNew] = views.try_emplace(os.str(), view.getView());
  if (!isNew)
    view.erase();
  return known->second;
}

void InstrReader::readKernel(const image::Body &kernel, mlir::Block &block) {
  mlir::OpBuilder inside = mlir::OpBuilder::atBlockBegin(&block);
  auto typeOf = [&](uint32_t value) {
    const image::Value &from = *kernel.values()->Get(value);
    return tensorType(static_cast<uint8_t>(from.dtype()),
                      arrayOf(from.shape()));
  };
  llvm::SmallVector<mlir::Value, 4> operands;
  for (uint32_t input : arrayOf(kernel.inputs()))
    operands.push_back(block.addArgument(typeOf(input), loc));
  llvm::SmallVector<mlir::Type, 2> types;
  for (uint32_t output : arrayOf(kernel.outputs()))
    types.push_back(typeOf(output));
  mlir::Operation *op =
      readOp(inside, loc, *kernel.ops()->Get(0), operands, types);
  inside.create<YieldOp>(loc, op->getResults());
}

mlir::Operation *InstrReader::readCompute(const Compute &from,
                                          mlir::StringAttr engine) {
  const auto operands = viewsOf(from.operands()),
             results = viewsOf(from.results());
  auto compute = builder.create<ComputeOp>(
      loc, builder.getType<TokenType>(), engine, operands, results,
      mlir::ValueRange(), from.accumulate());
  readKernel(*kernels->bodies()->Get(from.kernel()),
             compute.getBody().emplaceBlock());
  return compute;
}

/// Without what it waits for, which may come after it.
mlir::Operation *InstrReader::readInstruction(const Instruction &from) {
  const mlir::StringAttr engine = builder.getStringAttr(
      textOf(machine.engines()->Get(from.engine())->name()));
  const auto token = builder.getType<TokenType>();
  switch (from.action_type()) {
  case Action::Copy: {
    mlir::Value source = viewOf(*from.action_as_Copy()->source()),
                target = viewOf(*from.action_as_Copy()->target());
    return builder.create<DmaStartOp>(loc, token, engine, source, target,
                                      mlir::ValueRange());
  }
  case Action::Fill: {
    const Fill &fill = *from.action_as_Fill();
    const llvm::ArrayRef<uint8_t> value = arrayOf(fill.value());
    mlir::Value target = viewOf(*fill.target());
    return builder.create<FillOp>(
        loc, token, engine, target,
        llvm::ArrayRef(reinterpret_cast<const int8_t *>(value.data()),
                       value.size()),
        mlir::ValueRange());
  }
  case Action::Compute:
    return readCompute(*from.action_as_Compute(), engine);
  default:
    return builder.create<DmaWaitOp>(loc, token, engine, mlir::ValueRange());
  }
}

mlir::OwningOpRef<ProgramOp> InstrReader::read() {
  result = builder.create<ProgramOp>(loc, textOf(program.name()));
  builder.setInsertionPointToStart(&(*result).getBody().emplaceBlock());
  readLayers();
  if (const auto sizes = arrayOf(program.segment_bytes()); !sizes.empty()) {
    const llvm::SmallVector<int64_t> list(sizes.begin(), sizes.end());
    (*result)->setAttr(segmentBytesAttr, builder.getDenseI64ArrayAttr(list));
  }
  declareBuffers();
  declareBindings();
  llvm::SmallVector<mlir::Operation *> ops;
  for (uint32_t i = 0;
       program.instructions() && i < program.instructions()->size(); ++i) {
    const Instruction &from = *program.instructions()->Get(i);
    mlir::Operation *op = readInstruction(from);
    if (!textOf(from.name()).empty())
      op->setAttr(nodeAttr, builder.getStringAttr(textOf(from.name())));
    if (from.layer() != UINT32_MAX)
      op->setAttr(layerAttr, builder.getI64IntegerAttr(from.layer()));
    ops.push_back(op);
  }
  for (auto [i, op] : llvm::enumerate(ops)) {
    llvm::SmallVector<mlir::Value, 4> waits;
    for (uint32_t number : arrayOf(program.instructions()->Get(i)->waits()))
      waits.push_back(ops[number]->getResult(0));
    setWaits(op, waits);
  }
  return std::move(result);
}

mlir::OwningOpRef<ProgramOp>
glowplug::readInstr(mlir::MLIRContext *context, llvm::ArrayRef<uint8_t> program,
                    llvm::ArrayRef<uint8_t> machine) {
  context->loadDialect<InstrDialect, prim::PrimDialect>();
  return InstrReader(context, *GetProgram(program.data()),
                     *machine::GetMachine(machine.data()))
      .read();
}

std::string glowplug::instrText(llvm::ArrayRef<uint8_t> program,
                                llvm::ArrayRef<uint8_t> machine) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  std::string text;
  llvm::raw_string_ostream os(text);
  readInstr(&context, program, machine)->print(os);
  os << '\n';
  return os.str();
}
