// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes programs of the instr dialect.

#include "core/image/instr/Writer.h"

#include "core/image/Writer.h"
#include "core/image/instr/Builder.h"
#include "core/image/instr/machine_generated.h"
#include "core/prim/Constant.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/raw_ostream.h"

#include <map>

using namespace glowplug;
using namespace glowplug::instr;

namespace {

using Waits = std::vector<uint32_t>;

class InstrWriter {
public:
  InstrWriter(ProgramOp program, llvm::ArrayRef<uint8_t> machine)
      : program(program), machine(*machine::GetMachine(machine.data())),
        builder(program.getName(), machine) {}

  llvm::Expected<std::vector<uint8_t>> write();

private:
  llvm::Error writeReports();
  llvm::Error declare(mlir::Operation *op);
  llvm::Error append(mlir::Operation *op);
  llvm::Error appendCompute(ComputeOp op, uint32_t engine, const Waits &waits);
  llvm::Expected<uint32_t> kernelOf(ComputeOp op);
  ViewT viewOf(mlir::Value value) const;
  std::vector<ViewT> viewsOf(mlir::ValueRange values) const;
  Waits waitsOf(mlir::ValueRange tokens) const;

  ProgramOp program;
  const machine::Machine &machine;
  InstrBuilder builder;
  llvm::DenseMap<mlir::Value, uint32_t> buffers;
  llvm::DenseMap<mlir::Value, uint32_t> tokens; // instructions
  std::map<std::string, uint32_t> kernels;      // by their text
};

} // namespace

static glowplug::TensorType tensorType(mlir::Type type) {
  auto shaped = mlir::cast<mlir::ShapedType>(type);
  return {prim::dtypeOfElement(shaped.getElementType()), shaped.getShape()};
}

/// The index of the entry with \p name.
template <typename Table>
static llvm::Expected<uint32_t> find(const char *what, llvm::StringRef name,
                                     const Table &entries) {
  for (uint32_t i = 0; i < entries.size(); ++i)
    if (textOf(entries.Get(i)->name()) == name)
      return i;
  return llvm::createStringError("machine has no %s '%s'", what,
                                 name.str().c_str());
}

llvm::Error InstrWriter::declare(mlir::Operation *op) {
  if (auto buffer = mlir::dyn_cast<BufferOp>(op)) {
    llvm::Expected<uint32_t> space =
        find("space", buffer.getSpace(), *machine.spaces());
    if (!space)
      return space.takeError();
    buffers[buffer] = builder.buffer(buffer.getName(), *space,
                                     buffer.getOffset(), buffer.getBytes());
  } else if (auto input = mlir::dyn_cast<InputOp>(op)) {
    builder.input(buffers.at(input.getBuffer()), tensorType(input.getType()));
  } else if (auto output = mlir::dyn_cast<OutputOp>(op)) {
    builder.output(buffers.at(output.getBuffer()),
                   tensorType(output.getType()));
  } else if (auto constant = mlir::dyn_cast<ConstantOp>(op)) {
    const uint32_t buffer = buffers.at(constant.getBuffer());
    const auto segment = static_cast<uint32_t>(constant.getSegment());
    std::vector<uint64_t> &sizes = builder.program().segment_bytes;
    // More segments than ops would only be gaps.
    if (segment >= sizes.size() &&
        segment >= program.getBody().front().getOperations().size())
      return llvm::createStringError("segment %u is out of range", segment);
    if (sizes.size() <= segment)
      sizes.resize(segment + 1);
    sizes[segment] =
        std::max(sizes[segment], constant.getOffset() +
                                     builder.program().buffers[buffer]->bytes);
    builder.constant(buffer, segment, constant.getOffset());
  } else if (isInstruction(op)) {
    const auto index = static_cast<uint32_t>(tokens.size());
    tokens[op->getResult(0)] = index;
  }
  return llvm::Error::success();
}

ViewT InstrWriter::viewOf(mlir::Value value) const {
  auto op = value.getDefiningOp<ViewOp>();
  ViewT view = InstrBuilder::view(
      buffers.at(op.getBuffer()),
      tensorType(op.getView().getType().getTensor()), op.getOffset());
  view.strides = op.getStrides().vec();
  if (op.getBlocks())
    view.blocks = op.getBlocks()->vec();
  if (op.getInner())
    view.inner = op.getInner()->vec();
  return view;
}

std::vector<ViewT> InstrWriter::viewsOf(mlir::ValueRange values) const {
  std::vector<ViewT> views;
  for (mlir::Value value : values)
    views.push_back(viewOf(value));
  return views;
}

Waits InstrWriter::waitsOf(mlir::ValueRange values) const {
  Waits waits;
  for (mlir::Value value : values)
    waits.push_back(tokens.at(value));
  return waits;
}

llvm::Expected<uint32_t> InstrWriter::kernelOf(ComputeOp op) {
  mlir::Block &block = op.getBody().front();
  mlir::Operation &inner = block.front();
  std::string text;
  llvm::raw_string_ostream os(text);
  inner.print(os, mlir::OpPrintingFlags().useLocalScope());
  auto [known, isNew] = kernels.try_emplace(text, kernels.size());
  if (!isNew)
    return known->second;
  BodyBuilder &body = builder.addKernel();
  ValueIds operands;
  for (mlir::Type type : block.getArgumentTypes()) {
    const TensorType tensor = tensorType(type);
    operands.push_back(body.input("", tensor.dtype, tensor.shape));
  }
  llvm::Expected<ValueIds> values = writePrimitive(body, &inner, operands);
  if (!values)
    return values.takeError();
  for (ValueId value : *values)
    body.output(value);
  return builder.lastKernel();
}

llvm::Error InstrWriter::appendCompute(ComputeOp op, uint32_t engine,
                                       const Waits &waits) {
  llvm::Expected<uint32_t> kernel = kernelOf(op);
  if (!kernel)
    return kernel.takeError();
  builder.compute(engine, *kernel, viewsOf(op.getInputs()),
                  viewsOf(op.getOutputs()), waits, op.getAccumulate());
  return llvm::Error::success();
}

llvm::Error InstrWriter::append(mlir::Operation *op) {
  if (!isInstruction(op))
    return llvm::Error::success();
  llvm::Expected<uint32_t> engine =
      find("engine", op->getAttrOfType<mlir::StringAttr>("engine").getValue(),
           *machine.engines());
  if (!engine)
    return engine.takeError();
  if (auto copy = mlir::dyn_cast<DmaStartOp>(op)) {
    builder.copy(*engine, viewOf(copy.getSource()), viewOf(copy.getTarget()),
                 waitsOf(copy.getWaits()));
  } else if (auto fill = mlir::dyn_cast<FillOp>(op)) {
    const std::vector<uint8_t> value(fill.getValue().begin(),
                                     fill.getValue().end());
    builder.fill(*engine, viewOf(fill.getTarget()), value,
                 waitsOf(fill.getWaits()));
  } else if (auto wait = mlir::dyn_cast<DmaWaitOp>(op)) {
    builder.wait(*engine, waitsOf(wait.getWaits()));
  } else {
    auto compute = mlir::cast<ComputeOp>(op);
    if (llvm::Error error =
            appendCompute(compute, *engine, waitsOf(compute.getWaits())))
      return error;
  }
  InstructionT &made = *builder.program().instructions.back();
  auto node = op->getAttrOfType<mlir::StringAttr>(nodeAttr);
  made.name = node ? node.str() : locationName(op->getLoc());
  if (auto layer = op->getAttrOfType<mlir::IntegerAttr>(layerAttr))
    made.layer = static_cast<uint32_t>(layer.getInt());
  return llvm::Error::success();
}

/// Layers, and segments of which constants use a part.
llvm::Error InstrWriter::writeReports() {
  if (auto sizes =
          program->getAttrOfType<mlir::DenseI64ArrayAttr>(segmentBytesAttr))
    builder.program().segment_bytes.assign(sizes.asArrayRef().begin(),
                                           sizes.asArrayRef().end());
  auto layers = program->getAttrOfType<mlir::ArrayAttr>(layersAttr);
  if (!layers)
    return llvm::Error::success();
  for (mlir::Attribute entry : layers) {
    auto fields = mlir::dyn_cast<mlir::DictionaryAttr>(entry);
    auto name = fields ? fields.getAs<mlir::StringAttr>("name") : nullptr;
    auto macs = fields ? fields.getAs<mlir::IntegerAttr>("macs") : nullptr;
    auto bytes = fields ? fields.getAs<mlir::IntegerAttr>("bytes") : nullptr;
    if (!name || !macs || !bytes)
      return llvm::createStringError("layers need a name, macs and bytes each");
    auto layer = std::make_unique<LayerT>();
    layer->name = name.str();
    layer->macs = static_cast<uint64_t>(macs.getInt());
    layer->bytes = static_cast<uint64_t>(bytes.getInt());
    builder.program().layers.push_back(std::move(layer));
  }
  return llvm::Error::success();
}

llvm::Expected<std::vector<uint8_t>> InstrWriter::write() {
  mlir::Block &body = program.getBody().front();
  if (llvm::Error error = writeReports())
    return std::move(error);
  // Values may be used before they are defined.
  for (auto buffer : body.getOps<BufferOp>())
    if (llvm::Error error = declare(buffer))
      return std::move(error);
  for (mlir::Operation &op : body)
    if (!mlir::isa<BufferOp>(op))
      if (llvm::Error error = declare(&op))
        return std::move(error);
  uint32_t index = 0;
  for (mlir::Operation &op : body) {
    if (llvm::Error error = append(&op))
      return llvm::createStringError("instruction %u: %s", index,
                                     llvm::toString(std::move(error)).c_str());
    index += isInstruction(&op);
  }
  return builder.finish();
}

llvm::Expected<std::vector<uint8_t>>
glowplug::writeInstr(ProgramOp program, llvm::ArrayRef<uint8_t> machine) {
  return InstrWriter(program, machine).write();
}
