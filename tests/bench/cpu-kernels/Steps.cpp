// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiles a program image, times each of its steps alone, and prints the
// dearest. Constants outside of the image are small random numbers.

#include "backends/cpu/compiler/LowerProgram.h"
#include "backends/cpu/compiler/codegen/EmitObject.h"
#include "backends/cpu/compiler/lower/Lowering.h"
#include "backends/cpu/compiler/lower/Placement.h"
#include "backends/cpu/compiler/program/ReadImage.h"
#include "backends/cpu/runtime/CodeMemory.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fmt/format.h>
#include <map>
#include <random>

namespace glowplug::cpu::test {
namespace {

struct Free {
  void operator()(void *memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<void, Free>;

/// Page-aligned memory of small f32 numbers.
Memory allocate(uint64_t bytes) {
  const uint64_t rounded = (bytes + 4096) / 4096 * 4096;
  Memory memory(std::aligned_alloc(4096, rounded));
  std::mt19937 random(1);
  for (uint64_t i = 0; i < rounded / 4; ++i)
    static_cast<float *>(memory.get())[i] =
        (float(random() % 2048) - 1024) / 16384;
  return memory;
}

/// Processor time in microseconds: what a busy machine leaves alone.
double now() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return double(time.tv_sec) * 1e6 + double(time.tv_nsec) * 1e-3;
}

/// Finds memory for the storages of a lowered program.
class Buffers {
public:
  Buffers(const Lowering &l, const Placement &placement)
      : placement(placement), workspace(allocate(placement.workspaceBytes)),
        rodata(allocate(l.rodata.size())) {
    std::memcpy(rodata.get(), l.rodata.data(), l.rodata.size());
  }

  void *at(const Step::Buffer &buffer, const Storage &storage) {
    const BufferRecord &record = placement.storages[buffer.storage];
    void *base = nullptr;
    if (record.kind == BufferKind::workspace) {
      base = workspace.get();
    } else if (record.kind == BufferKind::rodata) {
      base = rodata.get();
    } else {
      Memory &memory = others[{int(record.kind), record.index}];
      if (!memory)
        memory = allocate(uint64_t(storage.bytes) + record.offset);
      base = memory.get();
    }
    return static_cast<char *>(base) + record.offset + buffer.offset;
  }

private:
  const Placement &placement;
  Memory workspace, rodata;
  std::map<std::pair<int, uint32_t>, Memory> others;
};

struct Measured {
  size_t step;
  double microseconds;
};

int run(const char *path, const CompileOptions &options) {
  auto file = cantFail(
      errorOrToExpected(llvm::MemoryBuffer::getFile(path, false, false)));
  const Memory aligned = allocate(file->getBufferSize());
  std::memcpy(aligned.get(), file->getBufferStart(), file->getBufferSize());
  gp_image_program image = gp_image_root(aligned.get());
  const Program program = cantFail(readImage(image));
  std::vector<Memory> segments;
  std::vector<llvm::ArrayRef<uint8_t>> segmentBytes;
  for (size_t i = 0; i < gp_image_program_segments_count(image); ++i) {
    const uint64_t bytes =
        gp_image_segment_bytes(gp_image_program_segments_at(image, i));
    segments.push_back(allocate(bytes));
    segmentBytes.push_back(
        {static_cast<const uint8_t *>(segments.back().get()), bytes});
  }
  const Target target = cantFail(Target::create("host", ""));
  Lowering l(program, target, options, segmentBytes);
  lowerProgram(l);
  const Placement placement = cantFail(placeBuffers(l));
  const auto object = cantFail(emitObject(l.module, target));
  const CodeMemory code = cantFail(
      CodeMemory::load({object.data(), object.size()}, l.kernelInfos.size()));

  Buffers buffers(l, placement);
  std::vector<Measured> measured;
  double total = 0;
  std::map<std::string, double> byKind;
  for (const auto &[number, step] : llvm::enumerate(l.steps)) {
    std::vector<void *> pointers;
    for (const Step::Buffer &buffer : step.buffers)
      pointers.push_back(buffers.at(buffer, l.storages[buffer.storage]));
    double best = 1e30;
    for (int i = 0; i < 5; ++i) {
      const double start = now();
      code.kernel(step.kernel)(pointers.data(), 0, step.units);
      best = std::min(best, now() - start);
    }
    measured.push_back({number, best});
    total += best;
    byKind[l.kernelInfos[step.kernel].name] += best;
  }
  fmt::print("{} steps, {:.0f} us\n", l.steps.size(), total);
  for (const auto &[kind, microseconds] : byKind)
    fmt::print("  {:20} {:10.1f} us {:5.1f} %\n", kind, microseconds,
               microseconds / total * 100);
  llvm::sort(measured, [](const Measured &a, const Measured &b) {
    return std::pair(-a.microseconds, a.step) <
           std::pair(-b.microseconds, b.step);
  });
  for (const Measured &entry : llvm::ArrayRef(measured).take_front(40))
    fmt::print("{:4} {:10.1f} us {:5.1f} % {:6} units  {:.180}\n", entry.step,
               entry.microseconds, entry.microseconds / total * 100,
               l.steps[entry.step].units, l.steps[entry.step].source);
  return 0;
}

} // namespace
} // namespace glowplug::cpu::test

int main(int argc, char **argv) {
  glowplug::cpu::CompileOptions options;
  if (argc == 3 && std::strcmp(argv[2], "--generic") == 0) {
    options.useTiledKernels = false;
  } else if (argc != 2) {
    fmt::print(stderr, "usage: cpu-step-bench IMAGE [--generic]\n");
    return 2;
  }
  return glowplug::cpu::test::run(argv[1], options);
}
