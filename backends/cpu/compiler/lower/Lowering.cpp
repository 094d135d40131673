// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The state of a compilation: storages, views, constants, steps.

#include "backends/cpu/compiler/lower/Lowering.h"

#include "llvm/Support/ErrorHandling.h"

#include <cstring>

namespace glowplug::cpu {

Lowering::Lowering(const Program &program, const Target &target,
                   const CompileOptions &options,
                   llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments)
    : program(program), target(target), options(options),
      traits(target.traits()), module("glowplug", context), segments(segments),
      views(program.values.size()), denseViews(program.values.size()),
      blockedViews(program.values.size()) {
  module.setTargetTriple(target.machine().getTargetTriple().str());
  module.setDataLayout(target.machine().createDataLayout());
  for (uint32_t i = 0; i < program.inputs.size(); ++i) {
    const Value &input = value(program.inputs[i]);
    StorageId id = addStorage({Storage::Kind::input, i, input.bytes()});
    define(program.inputs[i],
           {id, 0, input.type, input.shape, denseStrides(input.shape)});
  }
}

StorageId Lowering::addStorage(Storage storage) {
  storages.push_back(storage);
  return static_cast<StorageId>(storages.size() - 1);
}

View Lowering::allocate(DType type, llvm::ArrayRef<int64_t> sizes) {
  int64_t bytes = elementCount(sizes) * byteSize(type);
  return {addStorage({Storage::Kind::arena, 0, bytes}), 0, type, Shape(sizes),
          denseStrides(sizes)};
}

View Lowering::allocate(ValueId id) {
  define(id, allocate(value(id).type, value(id).shape));
  return view(id);
}

View Lowering::addRodata(DType type, llvm::ArrayRef<int64_t> sizes,
                         llvm::ArrayRef<uint8_t> bytes) {
  rodata.resize((rodata.size() + 63) / 64 * 64);
  auto offset = static_cast<int64_t>(rodata.size());
  rodata.insert(rodata.end(), bytes.begin(), bytes.end());
  StorageId id = addStorage(
      {Storage::Kind::rodata, 0, static_cast<int64_t>(bytes.size()), offset});
  return {id, 0, type, Shape(sizes), denseStrides(sizes)};
}

View Lowering::addSegment(DType type, llvm::ArrayRef<int64_t> sizes,
                          std::vector<uint8_t> bytes) {
  StorageId id = addStorage({Storage::Kind::made,
                             static_cast<uint32_t>(madeSegments.size()),
                             static_cast<int64_t>(bytes.size())});
  madeSegments.push_back(std::move(bytes));
  return {id, 0, type, Shape(sizes), denseStrides(sizes)};
}

View Lowering::dense(ValueId id) {
  if (!denseViews[id])
    denseViews[id] = dense(view(id));
  return *denseViews[id];
}

View Lowering::dense(const View &from) {
  if (from.isDense())
    return from;
  // Constants are copied now instead of in every run, unless a broadcast made
  // something large of something small.
  int64_t bytes = from.elements() * byteSize(from.type);
  if (bytes <= storages[from.storage].bytes + (1 << 16))
    if (auto constant = constantBytes(from))
      return bytes <= 256
                 ? addRodata(from.type, from.sizes, *constant)
                 : addSegment(from.type, from.sizes, std::move(*constant));
  View to = allocate(from.type, from.sizes);
  copy(from, to);
  return to;
}

void Lowering::placeOrCopy(const View &from, const View &to) {
  Storage &storage = storages[from.storage];
  const int64_t bytes = from.elements() * byteSize(from.type);
  // Constants may be placed anywhere, but vector loads are faster from aligned
  // tensors.
  if (storage.isFree() && from.offset == 0 && storage.bytes == bytes &&
      from.isDense() && to.isDense() && to.offset % 64 == 0) {
    storage.parent = to.storage;
    storage.offset = to.offset;
    return;
  }
  copy(from, to);
}

llvm::ArrayRef<uint8_t>
Lowering::constantStorage(const Storage &storage) const {
  switch (storage.kind) {
  case Storage::Kind::given:
    return segments[storage.index];
  case Storage::Kind::made:
    return madeSegments[storage.index];
  case Storage::Kind::rodata:
    return llvm::ArrayRef(rodata).slice(storage.offset, storage.bytes);
  default:
    llvm_unreachable("not a constant");
  }
}

std::optional<std::vector<uint8_t>>
Lowering::constantBytes(const View &view) const {
  const Storage &storage = storages[view.storage];
  if (!storage.isConstant())
    return std::nullopt;
  const unsigned size = byteSize(view.type);
  std::vector<uint8_t> bytes(view.elements() * size);
  if (bytes.empty())
    return bytes;
  const uint8_t *from = constantStorage(storage).data() + view.offset;
  if (view.isDense()) {
    std::memcpy(bytes.data(), from, bytes.size());
    return bytes;
  }
  // An odometer over all elements.
  Ints index(view.sizes.size());
  uint8_t *to = bytes.data();
  for (;;) {
    std::memcpy(to, from, size);
    to += size;
    size_t d = view.sizes.size();
    for (; d-- > 0;) {
      from += view.strides[d] * size;
      if (++index[d] < view.sizes[d])
        break;
      from -= view.strides[d] * size * view.sizes[d];
      index[d] = 0;
    }
    if (d == size_t(-1))
      return bytes;
  }
}

std::optional<llvm::ArrayRef<uint8_t>>
Lowering::constantData(const View &view) const {
  const Storage &storage = storages[view.storage];
  if (!storage.isConstant() || !view.isDense())
    return std::nullopt;
  return constantStorage(storage).slice(view.offset,
                                        view.elements() * byteSize(view.type));
}

std::optional<uint64_t> Lowering::constantElement(const View &view) const {
  const Storage &storage = storages[view.storage];
  if (!storage.isConstant() || view.elements() == 0)
    return std::nullopt;
  for (size_t d = 0; d < view.sizes.size(); ++d)
    if (view.sizes[d] != 1 && view.strides[d] != 0)
      return std::nullopt;
  uint64_t bits = 0;
  std::memcpy(&bits, constantStorage(storage).data() + view.offset,
              byteSize(view.type));
  return bits;
}

KernelInfo Lowering::infoOf(llvm::StringRef name,
                            llvm::ArrayRef<View> buffers) const {
  KernelInfo info{name.str(), {}};
  for (const View &buffer : buffers)
    info.elementBytes.push_back(byteSize(buffer.type));
  return info;
}

void Lowering::appendStep(uint32_t kernel, llvm::ArrayRef<View> buffers,
                          int64_t units, uint64_t unitCostPs) {
  Step step{kernel,
            {},
            units,
            unitCostPs,
            source + " (" + kernelInfos[kernel].name + ")"};
  for (const View &buffer : buffers) {
    const Extent extent = buffer.extent();
    step.buffers.push_back(
        {buffer.storage, buffer.offset, extent.first, extent.end});
  }
  steps.push_back(std::move(step));
}

void Lowering::requireRoom(const View &result, int64_t elements) {
  if (elements > result.elements() && defect.empty())
    defect = source + ": needs room for " + std::to_string(elements) +
             " elements, but its buffer has " +
             std::to_string(result.elements());
}

void Lowering::beginOp(size_t index) {
  const std::string &name = program.ops[index].name;
  source =
      "op " + std::to_string(index) + (name.empty() ? "" : " '" + name + "'");
}

void Lowering::beginOutput(size_t index) {
  source = "output " + std::to_string(index);
}

} // namespace glowplug::cpu
