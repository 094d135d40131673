// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The state of a compilation between Program and blob: where each value
/// lies, the steps so far, the module that their kernels go into.
#pragma once

#include "backends/cpu/compiler/codegen/Accesses.h"
#include "backends/cpu/compiler/emit/Kernel.h"
#include "backends/cpu/compiler/kernels/LayoutPlan.h"
#include "backends/cpu/compiler/lower/KernelSpec.h"
#include "backends/cpu/compiler/lower/View.h"
#include "backends/cpu/compiler/target/Target.h"

#include "llvm/IR/LLVMContext.h"

#include <any>
#include <optional>

namespace glowplug::cpu {

/// A run of bytes that views are laid over.
struct Storage {
  enum class Kind {
    arena,  ///< scratch memory, placed when all steps are known
    input,  ///< of the program, `index`
    output, ///< of the program, `index`
    given,  ///< constant segment of the image, `index`
    made,   ///< constant segment made by the compiler, `index`
    rodata, ///< `offset` bytes into the blob's own constants
  };
  Kind kind;
  uint32_t index = 0;
  int64_t bytes = 0;
  int64_t offset = 0;
  /// Scratch memory that is part of another storage, `offset` bytes into it.
  std::optional<StorageId> parent = std::nullopt;

  /// Scratch memory that may still become something else.
  bool isFree() const { return kind == Kind::arena && !parent; }
  bool isConstant() const {
    return kind == Kind::given || kind == Kind::made || kind == Kind::rodata;
  }
};

/// A call of a kernel over all its work units.
struct Step {
  struct Buffer {
    StorageId storage;
    int64_t offset; ///< bytes
    int64_t first;  ///< bytes: the lowest address that may be touched
    int64_t end;    ///< bytes: the end of what may be touched
  };
  uint32_t kernel;
  std::vector<Buffer> buffers;
  int64_t units;
  uint64_t unitCostPs;
  std::string source; ///< the op and the kernel, for people
};

/// Settings of the compiler.
struct CompileOptions {
  Arithmetic arithmetic = Arithmetic::fp32;
  bool useTiledKernels = true; ///< false: generic loop nests only
  bool checkAccesses = false;  ///< see codegen/CheckAccesses.h
  bool storeTooMuch = false;   ///< likewise: a deliberate fault
  bool shareKernels = true;    ///< false: each step has a kernel of its own
};

class Lowering {
public:
  /// \p segments are those of the image; all references outlive this.
  Lowering(const Program &program, const Target &target,
           const CompileOptions &options,
           llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments);

  const Program &program;
  const Target &target;
  const CompileOptions options;
  const TargetTraits &traits; ///< of the target

  // ---- Values --------------------------------------------------------------

  const Value &value(ValueId id) const { return program.values[id]; }
  /// Where \p id lies row-major, with whatever strides; converts a value that
  /// was only defined blocked.
  const View &view(ValueId id) {
    if (!views[id])
      makeRowMajor(id);
    return *views[id];
  }
  /// Where \p id lies row-major without gaps; copies it if need be.
  View dense(ValueId id);
  /// dense() for a view that belongs to no value.
  View dense(const View &view);
  /// Defines \p id.
  void define(ValueId id, View view) { views[id] = std::move(view); }
  /// Defines \p id as a dense tensor in new scratch memory.
  View allocate(ValueId id);

  /// Where the tensor \p id of rank 3 or 4 lies in blocked layout: its whole
  /// buffer as one row. Converts it if need be.
  View blocked(ValueId id);
  /// Defines \p id as a blocked tensor in new scratch memory.
  View allocateBlocked(ValueId id);

  /// New scratch memory.
  View allocate(DType type, llvm::ArrayRef<int64_t> sizes);
  /// Lays a dense tensor over constants of the blob.
  View addRodata(DType type, llvm::ArrayRef<int64_t> sizes,
                 llvm::ArrayRef<uint8_t> bytes);
  /// Lays a dense tensor over a new constant segment.
  View addSegment(DType type, llvm::ArrayRef<int64_t> sizes,
                  std::vector<uint8_t> bytes);
  StorageId addStorage(Storage storage);
  const Storage &storage(StorageId id) const { return storages[id]; }
  Storage &storage(StorageId id) { return storages[id]; }
  /// Copies \p from to \p to, of equal sizes. Neither needs to be dense.
  void copy(const View &from, const View &to);
  /// Makes \p to hold what \p from holds: by making the storage of \p from a
  /// part of that of \p to, if possible, else by a copy. Nothing has been
  /// written to \p to before.
  void placeOrCopy(const View &from, const View &to);

  /// The elements of a constant in row-major order; nothing if \p view is not
  /// constant.
  std::optional<std::vector<uint8_t>> constantBytes(const View &view) const;
  /// The same without a copy, if \p view is also dense. Valid until the next
  /// constant is added.
  std::optional<llvm::ArrayRef<uint8_t>> constantData(const View &view) const;
  /// The bit pattern of the only element, or of all elements, of a constant.
  std::optional<uint64_t> constantElement(const View &view) const;

  // ---- Steps ---------------------------------------------------------------

  /// Appends a step. Its kernel sees \p buffers in this order; it is emitted
  /// unless there is one for buffers of the same element sizes with an equal
  /// \p spec. \p unitCostPs estimates one of the \p units. No step without
  /// units.
  template <KernelSpec Spec>
  void addStep(const Spec &spec, llvm::ArrayRef<View> buffers, int64_t units,
               uint64_t unitCostPs) {
    if (units == 0)
      return;
    const KernelInfo info = infoOf(Spec::name, buffers);
    std::optional<uint32_t> kernel = findKernel(spec, info);
    if (!kernel) {
      kernel = static_cast<uint32_t>(kernelInfos.size());
      kernelInfos.push_back(info);
      kernelSpecs.emplace_back(spec);
      Kernel code(module, target, "k" + std::to_string(*kernel),
                  static_cast<unsigned>(buffers.size()), options.checkAccesses);
      spec.emit(code);
      code.finish();
    }
    appendStep(*kernel, buffers, units, unitCostPs);
  }

  /// Says that a kernel is about to be made that stores \p elements elements to
  /// \p result. One that would not fit is a defect of this compiler: no code
  /// is made, and `defect` says what is wrong.
  void requireRoom(const View &result, int64_t elements);

  /// Says which op of the program the steps that follow belong to.
  void beginOp(size_t index);
  void beginOutput(size_t index);

  llvm::LLVMContext context;
  llvm::Module module;
  std::vector<Storage> storages;
  std::vector<Step> steps;
  std::vector<uint8_t> rodata;
  std::vector<std::vector<uint8_t>> madeSegments;
  std::vector<KernelInfo> kernelInfos; ///< by number
  std::string defect;                  ///< the first one; empty if none

private:
  void makeRowMajor(ValueId id);
  llvm::ArrayRef<uint8_t> constantStorage(const Storage &storage) const;
  KernelInfo infoOf(llvm::StringRef name, llvm::ArrayRef<View> buffers) const;
  void appendStep(uint32_t kernel, llvm::ArrayRef<View> buffers, int64_t units,
                  uint64_t unitCostPs);

  template <typename Spec>
  std::optional<uint32_t> findKernel(const Spec &spec,
                                     const KernelInfo &info) const {
    for (uint32_t i = 0; options.shareKernels && i < kernelSpecs.size(); ++i) {
      const Spec *other = std::any_cast<Spec>(&kernelSpecs[i]);
      if (other && *other == spec && kernelInfos[i] == info)
        return i;
    }
    return std::nullopt;
  }

  llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments;
  std::vector<std::optional<View>> views;
  std::vector<std::optional<View>> denseViews; // copies made by dense()
  std::vector<std::optional<View>> blockedViews;
  std::vector<std::any> kernelSpecs; ///< by number
  std::string source;                ///< what the steps are for
};

/// To be called once all kernels are emitted. Fails, so that no code is made,
/// if one of them would store elements that are not as wide as those of its
/// buffer or more of them than fit. Adds bounds tests if the options want them.
llvm::Error finishKernels(Lowering &lowering);

} // namespace glowplug::cpu
