// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs programs on the CPU plugin and compares with the reference.

#include "tests/unit/backends/cpu/plugin/Testing.h"

#include "core/image/Verify.h"
#include "core/reference/Interpreter.h"
#include "core/runtime/Executable.h"
#include "core/support/Dispatch.h"

#include "llvm/ADT/StringExtras.h"

#include <cmath>
#include <cstdlib>
#include <map>

using namespace glowplug;
using namespace glowplug::cputest;

namespace {

/// Bytes after each buffer that nobody may touch, and what they hold.
constexpr size_t guardBytes = 128;
constexpr uint8_t garbage = 0xa5;

AlignedBytes guarded(size_t size) {
  AlignedBytes bytes(size + guardBytes);
  std::memset(bytes.data(), garbage, bytes.size());
  return bytes;
}

bool isIntact(const AlignedBytes &bytes) {
  for (size_t i = bytes.size() - guardBytes; i < bytes.size(); ++i)
    if (bytes.data()[i] != garbage)
      return false;
  return true;
}

const image::Program &programOf(const AlignedBytes &image) {
  return *image::GetProgram(image.data());
}

/// Outputs of \p compiled for \p inputs.
llvm::Expected<std::vector<Tensor>>
execute(Backend &backend, const CompiledProgram &compiled,
        const image::Program &program, llvm::ArrayRef<Tensor> inputs,
        unsigned threads, cputest::Segments segments) {
  LoadRequest request{compiled.blob, compiled.requirement, {}, threads};
  for (const AlignedBytes &made : compiled.segments)
    request.segments.push_back(made);
  for (uint32_t kept : compiled.keptSegments)
    request.segments.push_back(segments[kept]);
  auto executable = backend.load(request);
  if (!executable)
    return executable.takeError();

  std::vector<AlignedBytes> inputBytes, outputBytes;
  std::vector<gp_bytes> inputRecords;
  for (const Tensor &input : inputs) {
    inputBytes.emplace_back(input.bytes());
    inputRecords.push_back(
        {inputBytes.back().data(), inputBytes.back().size()});
  }
  std::vector<Tensor> outputs;
  std::vector<void *> outputRecords;
  for (uint32_t id : *program.body()->outputs()) {
    const image::Value *value = program.body()->values()->Get(id);
    auto tensor = Tensor::zeros(fromImage(value->dtype()),
                                arrayOf<int64_t>(value->shape()));
    if (!tensor)
      return tensor.takeError();
    outputs.push_back(std::move(*tensor));
    outputBytes.push_back(guarded(outputs.back().byteCount()));
    outputRecords.push_back(outputBytes.back().data());
  }
  AlignedBytes workspace = guarded(compiled.workspaceBytes);
  // The second run finds what the first one has left in memory.
  for (int run = 0; run < 2; ++run)
    if (llvm::Error error =
            (*executable)->run(inputRecords, outputRecords, workspace.data()))
      return std::move(error);
  EXPECT_TRUE(isIntact(workspace)) << "wrote past the workspace";
  for (size_t i = 0; i < outputs.size(); ++i) {
    EXPECT_TRUE(isIntact(outputBytes[i])) << "wrote past output " << i;
    if (size_t size = outputs[i].byteCount())
      std::memcpy(outputs[i].mutableBytes().data(), outputBytes[i].data(),
                  size);
  }
  for (size_t i = 0; i < inputs.size(); ++i)
    EXPECT_TRUE(inputs[i].bytes() == llvm::ArrayRef<uint8_t>(inputBytes[i]))
        << "changed input " << i;
  return outputs;
}

/// Distance to the next number of the type of \p value, at its magnitude.
double ulpOf(DType type, double value) {
  int digits = type == DType::f16    ? 11
               : type == DType::bf16 ? 8
               : type == DType::f32  ? 24
                                     : 53;
  int lowest = type == DType::f16   ? -24
               : type == DType::f64 ? -1074
               : type == DType::f32 ? -149
                                    : -133;
  int exponent;
  std::frexp(value, &exponent);
  return std::ldexp(1.0, std::max(exponent - digits, lowest));
}

/// The least power of two beyond the type.
double overflowOf(DType type) {
  return type == DType::f16 ? 0x1p16 : type == DType::f64 ? INFINITY : 0x1p128;
}

} // namespace

/// The whole suite also runs with code for other CPUs than this one: for that
/// which is named here; null: for this one.
static const char *otherTarget() { return std::getenv("CPU_TEST_TARGET"); }

std::vector<uint32_t> cputest::seeds(uint32_t count) {
  std::vector<uint32_t> seeds;
  for (uint32_t seed = 0; seed < count; seed += otherTarget() ? 3 : 1)
    seeds.push_back(seed);
  return seeds;
}

std::shared_ptr<Backend> cputest::cpuBackend(const Options &given) {
  Options options = given;
  if (const char *target = otherTarget())
    options.push_back({"target", target});
  static std::map<std::string, std::shared_ptr<Backend>> backends;
  std::string key;
  for (const BackendOption &option : options)
    key += option.key + "=" + option.value + "\n";
  std::shared_ptr<Backend> &backend = backends[key];
  if (!backend) {
    auto plugin = Plugin::open(CPU_PLUGIN);
    if (!plugin)
      llvm::report_fatal_error(plugin.takeError());
    auto made = Backend::create(*plugin, options);
    if (!made)
      llvm::report_fatal_error(made.takeError());
    backend = *made;
  }
  return backend;
}

AlignedBytes cputest::imageOf(const ProgramBuilder &program) {
  AlignedBytes image{llvm::ArrayRef<uint8_t>(program.finish())};
  if (llvm::Error error = verifyImage(image)) {
    ADD_FAILURE() << llvm::toString(std::move(error));
    return AlignedBytes();
  }
  return image;
}

/// Compiles \p image: all ops are taken. Every fourth one is compiled twice,
/// and both times give the same.
static llvm::Expected<CompiledProgram>
compileImage(Backend &backend, const AlignedBytes &image, Segments segments) {
  auto verdicts = backend.check(image);
  if (!verdicts)
    return verdicts.takeError();
  for (const Verdict &verdict : *verdicts)
    EXPECT_TRUE(verdict.supported) << verdict.reason;
  auto compiled = backend.compile(image, segments);
  if (!compiled)
    return compiled.takeError();
  static unsigned count = 0;
  if (count++ % 4 != 0)
    return compiled;
  auto again = backend.compile(image, segments);
  if (!again)
    return again.takeError();
  EXPECT_TRUE(llvm::ArrayRef<uint8_t>(again->blob) ==
              llvm::ArrayRef<uint8_t>(compiled->blob))
      << "two compilations differ";
  return compiled;
}

/// Runs \p image with \p options, which turn bounds tests on: none of them
/// finds anything, and the outputs are those of the other runs.
static void expectInBounds(const Options &options, const AlignedBytes &image,
                           llvm::ArrayRef<Tensor> inputs,
                           llvm::ArrayRef<std::vector<Tensor>> others,
                           Segments segments) {
  std::shared_ptr<Backend> backend = cpuBackend(options);
  auto compiled = backend->compile(image, segments);
  if (!compiled) {
    ADD_FAILURE() << llvm::toString(compiled.takeError());
    return;
  }
  auto outputs =
      execute(*backend, *compiled, programOf(image), inputs, 1, segments);
  if (!outputs) {
    ADD_FAILURE() << llvm::toString(outputs.takeError());
    return;
  }
  // Except for the bits of NaN, which follow the order of operands.
  for (size_t i = 0; i < outputs->size(); ++i)
    expectClose((*outputs)[i], others[0][i], {}, i);
}

std::vector<std::vector<Tensor>>
cputest::runOnCpu(const AlignedBytes &image, llvm::ArrayRef<Tensor> inputs,
                  llvm::ArrayRef<unsigned> threads, const Options &options,
                  Segments segments) {
  if (image.size() == 0)
    return {};
  std::shared_ptr<Backend> backend = cpuBackend(options);
  auto compiled = compileImage(*backend, image, segments);
  if (!compiled) {
    ADD_FAILURE() << llvm::toString(compiled.takeError());
    return {};
  }
  std::vector<std::vector<Tensor>> results;
  for (unsigned count : threads) {
    auto outputs =
        execute(*backend, *compiled, programOf(image), inputs, count, segments);
    if (!outputs) {
      ADD_FAILURE() << llvm::toString(outputs.takeError());
      return {};
    }
    results.push_back(std::move(*outputs));
  }
  // Code with bounds tests takes long to make, so only every second one has it.
  static unsigned count = 0;
  if (count++ % 2 == 0) {
    Options checked = options;
    checked.push_back({"checks", "on"});
    expectInBounds(checked, image, inputs, results, segments);
  }
  return results;
}

std::vector<Tensor> cputest::runReference(const AlignedBytes &image,
                                          llvm::ArrayRef<Tensor> inputs,
                                          Segments segments) {
  if (image.size() == 0)
    return {};
  auto outputs = interpret(programOf(image), inputs, segments);
  if (outputs)
    return std::move(*outputs);
  ADD_FAILURE() << llvm::toString(outputs.takeError());
  return {};
}

void cputest::expectClose(const Tensor &actual, const Tensor &expected,
                          const Limit &limit, size_t output) {
  ASSERT_EQ(actual.typeString(), expected.typeString());
  if (actual.bytes() == expected.bytes())
    return;
  std::vector<double> x = toDoubles(actual), y = toDoubles(expected);
  std::vector<double> sums;
  if (limit.relativeToSum != 0)
    sums = toDoubles(limit.sums[output]);
  int failures = 0;
  for (size_t i = 0; i < x.size() && failures < 3; ++i) {
    if (!isFloat(actual.dtype())) {
      const size_t size = dtypeBytes(actual.dtype());
      if (std::memcmp(actual.bytes().data() + i * size,
                      expected.bytes().data() + i * size, size) == 0)
        continue;
    } else if (x[i] == y[i] || (std::isnan(x[i]) && std::isnan(y[i]))) {
      continue;
    } else if (std::isfinite(x[i]) && std::isfinite(y[i])) {
      double allowed = limit.ulps * ulpOf(actual.dtype(), y[i]);
      if (!sums.empty())
        allowed += limit.relativeToSum * sums[i];
      if (std::abs(x[i] - y[i]) <= allowed)
        continue;
    } else if (limit.ulps > 0 && std::isinf(x[i]) != std::isinf(y[i])) {
      // The largest number and infinity are neighbours.
      double finite = std::isinf(x[i]) ? y[i] : x[i];
      double next = std::abs(finite) + ulpOf(actual.dtype(), finite);
      if (std::signbit(x[i]) == std::signbit(y[i]) && std::isfinite(finite) &&
          next >= overflowOf(actual.dtype()))
        continue;
    }
    ++failures;
    ADD_FAILURE() << "output " << output << ", element " << i << " of "
                  << actual.typeString() << ": got "
                  << ::testing::PrintToString(x[i]) << " (" << std::hexfloat
                  << x[i] << "), expected " << y[i];
  }
}

void cputest::expectAgreement(const ProgramBuilder &program,
                              llvm::ArrayRef<Tensor> inputs, const Limit &limit,
                              const Options &options, Segments segments) {
  AlignedBytes image = imageOf(program);
  std::vector<Tensor> expected = runReference(image, inputs, segments);
  auto results = runOnCpu(image, inputs, {1, 2}, options, segments);
  ASSERT_EQ(results.size(), 2u);
  const std::vector<Tensor> &one = results[0], &two = results[1];
  ASSERT_EQ(one.size(), expected.size());
  ASSERT_EQ(two.size(), expected.size());
  for (size_t i = 0; i < one.size(); ++i) {
    expectClose(one[i], expected[i], limit, i);
    EXPECT_TRUE(one[i].bytes() == two[i].bytes())
        << "output " << i << " differs with two threads";
  }
}

int64_t cputest::pick(Random &random, int64_t low, int64_t high) {
  return low + static_cast<int64_t>(random() % uint64_t(high - low + 1));
}

std::vector<int64_t> cputest::pickShape(Random &random, size_t rank,
                                        int64_t largest) {
  std::vector<int64_t> shape(rank);
  for (int64_t &dim : shape)
    dim = pick(random, 1, largest);
  return shape;
}

template <typename T>
static T randomElement(Random &random) {
  if constexpr (std::is_same_v<T, Boolean>)
    return Boolean(random() & 1);
  else if constexpr (std::is_integral_v<T>)
    return static_cast<T>(uint64_t{random()} << 32 | random());
  else
    return convert<T>((static_cast<double>(random()) +
                       static_cast<double>(random()) * 0x1p-32) *
                          0x1p-30 -
                      2.0);
}

template <typename T>
static T specialElement(Random &random) {
  if constexpr (std::is_same_v<T, Boolean>) {
    return Boolean(random() & 1);
  } else if constexpr (std::is_integral_v<T>) {
    constexpr T list[] = {0,
                          1,
                          static_cast<T>(-1),
                          std::numeric_limits<T>::min(),
                          std::numeric_limits<T>::max(),
                          2};
    return list[random() % std::size(list)];
  } else {
    constexpr double list[] = {
        0.0,      -0.0,      1.0,      -1.0,   INFINITY, -INFINITY, NAN,
        0x1p-149, -0x1p-140, 0x1p-126, 3.4e38, -3.4e38,  65504,     -65520,
        0x1p-24,  100.0,     -100.0,   0.5,    2.5,      -3.5};
    return convert<T>(list[random() % std::size(list)]);
  }
}

template <typename Make>
static Tensor filled(DType type, llvm::ArrayRef<int64_t> shape, Make make) {
  Tensor tensor = llvm::cantFail(Tensor::zeros(type, shape));
  dispatch(type, [&]<typename T>(TypeTag<T> tag) {
    for (T &element : tensor.mutableElements<T>())
      element = make(tag);
  });
  return tensor;
}

Tensor cputest::randomTensor(Random &random, DType type,
                             llvm::ArrayRef<int64_t> shape) {
  return filled(type, shape, [&]<typename T>(TypeTag<T>) {
    return randomElement<T>(random);
  });
}

Tensor cputest::specialTensor(Random &random, DType type,
                              llvm::ArrayRef<int64_t> shape) {
  return filled(type, shape, [&]<typename T>(TypeTag<T>) {
    return random() % 8 == 0 ? specialElement<T>(random)
                             : randomElement<T>(random);
  });
}

llvm::ArrayRef<DType> cputest::allTypes() {
  static constexpr DType types[] = {
      DType::boolean, DType::i8,  DType::u8,  DType::i16, DType::u16,
      DType::i32,     DType::u32, DType::i64, DType::u64, DType::f16,
      DType::bf16,    DType::f32, DType::f64};
  return types;
}

llvm::ArrayRef<DType> cputest::integerTypes() { return allTypes().slice(1, 8); }

llvm::ArrayRef<DType> cputest::floatTypes() { return allTypes().slice(9); }
