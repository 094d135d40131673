// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds the loads and stores of a kernel and follows their addresses back.

#include "backends/cpu/compiler/codegen/Accesses.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Operator.h"

#include <optional>

namespace glowplug::cpu {
namespace {

template <typename... Values>
llvm::Error error(const char *format, const Values &...values) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), format,
                                 values...);
}

/// Follows addresses to the object that they were made from.
class OriginFinder {
public:
  explicit OriginFinder(llvm::Function &kernel)
      : layout(kernel.getParent()->getDataLayout()), table(kernel.getArg(0)) {}

  /// Nothing if \p pointer has several origins, or one that is not known.
  std::optional<Origin> find(llvm::Value *pointer);

private:
  std::optional<Origin> originOf(llvm::Value *object) const;

  const llvm::DataLayout &layout;
  llvm::Value *table;
};

std::optional<Origin> OriginFinder::find(llvm::Value *pointer) {
  std::optional<Origin> found;
  llvm::SmallVector<llvm::Value *, 8> open{pointer};
  llvm::SmallPtrSet<llvm::Value *, 16> seen;
  while (!open.empty()) {
    llvm::Value *value = open.pop_back_val();
    if (!seen.insert(value).second)
      continue;
    if (auto *gep = llvm::dyn_cast<llvm::GEPOperator>(value)) {
      open.push_back(gep->getPointerOperand());
    } else if (auto *freeze = llvm::dyn_cast<llvm::FreezeInst>(value)) {
      open.push_back(freeze->getOperand(0));
    } else if (auto *phi = llvm::dyn_cast<llvm::PHINode>(value)) {
      open.append(phi->op_begin(), phi->op_end());
    } else if (auto *select = llvm::dyn_cast<llvm::SelectInst>(value)) {
      open.push_back(select->getTrueValue());
      open.push_back(select->getFalseValue());
    } else {
      const std::optional<Origin> origin = originOf(value);
      if (!origin || (found && (found->kind != origin->kind ||
                                found->index != origin->index ||
                                found->object != origin->object)))
        return std::nullopt;
      found = origin;
    }
  }
  return found;
}

std::optional<Origin> OriginFinder::originOf(llvm::Value *object) const {
  if (object == table)
    return Origin{Origin::Kind::table};
  if (llvm::isa<llvm::AllocaInst>(object))
    return Origin{Origin::Kind::stack, 0, object};
  if (llvm::isa<llvm::GlobalVariable>(object))
    return Origin{Origin::Kind::global, 0, object};
  auto *load = llvm::dyn_cast<llvm::LoadInst>(object);
  if (!load)
    return std::nullopt;
  llvm::APInt offset(64, 0);
  const llvm::Value *base =
      load->getPointerOperand()->stripAndAccumulateConstantOffsets(
          layout, offset, /*AllowNonInbounds=*/true);
  if (base != table)
    return std::nullopt;
  return Origin{
      Origin::Kind::buffer,
      static_cast<unsigned>(offset.getZExtValue() / layout.getPointerSize())};
}

/// The access that \p instruction is, without its origin.
std::optional<Access> accessBy(llvm::Instruction &instruction) {
  Access access;
  access.instruction = &instruction;
  llvm::Type *type = nullptr;
  if (auto *load = llvm::dyn_cast<llvm::LoadInst>(&instruction)) {
    access.pointer = load->getPointerOperand();
    access.align = load->getAlign();
    type = load->getType();
  } else if (auto *store = llvm::dyn_cast<llvm::StoreInst>(&instruction)) {
    access.pointer = store->getPointerOperand();
    access.align = store->getAlign();
    access.isStore = true;
    type = store->getValueOperand()->getType();
  } else if (auto *call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction)) {
    const auto alignAt = [&](unsigned operand) {
      return llvm::Align(
          llvm::cast<llvm::ConstantInt>(call->getArgOperand(operand))
              ->getZExtValue());
    };
    switch (call->getIntrinsicID()) {
    case llvm::Intrinsic::masked_load:
      access.pointer = call->getArgOperand(0);
      access.align = alignAt(1);
      access.mask = call->getArgOperand(2);
      type = call->getType();
      break;
    case llvm::Intrinsic::masked_store:
      access.pointer = call->getArgOperand(1);
      access.align = alignAt(2);
      access.mask = call->getArgOperand(3);
      access.isStore = true;
      type = call->getArgOperand(0)->getType();
      break;
    case llvm::Intrinsic::masked_gather:
      access.pointer = call->getArgOperand(0);
      access.align = alignAt(1);
      access.mask = call->getArgOperand(2);
      type = call->getType()->getScalarType(); // each lane on its own
      break;
    default:
      return std::nullopt;
    }
  } else {
    return std::nullopt;
  }
  const llvm::DataLayout &layout = instruction.getModule()->getDataLayout();
  llvm::Type *element = type->getScalarType();
  access.bytes = static_cast<unsigned>(layout.getTypeStoreSize(type));
  if (layout.getTypeSizeInBits(element) ==
      layout.getTypeStoreSizeInBits(element))
    access.elementBytes =
        static_cast<unsigned>(layout.getTypeStoreSize(element));
  return access;
}

/// True for calls that read or write memory through a pointer in a way that
/// accessBy() does not know of.
bool isUnknown(const llvm::Instruction &instruction) {
  auto *call = llvm::dyn_cast<llvm::CallBase>(&instruction);
  if (!call || accessBy(const_cast<llvm::Instruction &>(instruction)))
    return false;
  if (auto *intrinsic = llvm::dyn_cast<llvm::IntrinsicInst>(call))
    return intrinsic->mayReadOrWriteMemory() &&
           intrinsic->getIntrinsicID() != llvm::Intrinsic::prefetch;
  // Functions of the runtime: the kernel tests the memory that it passes to
  // these, and all others take numbers.
  const llvm::Function *callee = call->getCalledFunction();
  if (callee && (callee->getName() == "gp_cpu_sort" ||
                 callee->getName() == "gp_cpu_select_boxes"))
    return false;
  return llvm::any_of(call->args(), [](const llvm::Use &argument) {
    return argument->getType()->isPtrOrPtrVectorTy();
  });
}

std::string textOf(const llvm::Value &value) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  value.print(stream);
  return text;
}

} // namespace

llvm::Expected<std::vector<Access>> accessesOf(llvm::Function &kernel) {
  OriginFinder finder(kernel);
  std::vector<Access> accesses;
  for (llvm::BasicBlock &block : kernel)
    for (llvm::Instruction &instruction : block) {
      if (isUnknown(instruction))
        return error("cannot tell what memory '%s' uses",
                     textOf(instruction).c_str());
      std::optional<Access> access = accessBy(instruction);
      if (!access)
        continue;
      const std::optional<Origin> origin = finder.find(access->pointer);
      if (!origin)
        return error("cannot tell whose memory '%s' accesses",
                     textOf(instruction).c_str());
      access->origin = *origin;
      if (origin->kind != Origin::Kind::table)
        accesses.push_back(*access);
    }
  return accesses;
}

llvm::Error verifyStores(llvm::Function &kernel, const KernelInfo &info) {
  llvm::Expected<std::vector<Access>> accesses = accessesOf(kernel);
  if (!accesses)
    return accesses.takeError();
  for (const Access &access : *accesses) {
    if (!access.isStore || access.origin.kind != Origin::Kind::buffer)
      continue;
    const unsigned wanted = info.elementBytes[access.origin.index];
    if (access.elementBytes != wanted)
      return error("needs stores of elements of %u bytes to buffer %u, but "
                   "emitted '%s'",
                   wanted, access.origin.index,
                   textOf(*access.instruction).c_str());
  }
  return llvm::Error::success();
}

} // namespace glowplug::cpu
