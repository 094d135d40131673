// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Builds the samples.

#include "core/conformance/abi/Samples.h"

#include "core/conformance/abi/SamplePrograms.h"
#include "core/image/Types.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"

#include <cstring>

namespace glowplug::conformance {

/// Element number \p index of some data: small, and whole, so that sums are
/// exact in every type.
template <typename T>
static void writeNumber(uint8_t *place, int64_t number) {
  const auto value = static_cast<T>(number);
  std::memcpy(place, &value, sizeof value);
}

static void writeElement(uint8_t *place, DType dtype, int64_t number) {
  switch (dtype) {
  case DType::boolean:
    *place = static_cast<uint8_t>(number & 1);
    return;
  case DType::f32:
    return writeNumber<float>(place, number);
  case DType::f64:
    return writeNumber<double>(place, number);
  case DType::f16: // 0 and 1
    return writeNumber<uint16_t>(place, (number & 1) * 0x3c00);
  case DType::bf16:
    return writeNumber<uint16_t>(place, (number & 1) * 0x3f80);
  default:
    // Little endian; numbers are sign-extended as far as the type goes.
    std::memcpy(place, &number, dtypeBytes(dtype));
  }
}

static void fill(uint8_t *data, DType dtype, size_t bytes, uint32_t seed) {
  // Numerical Recipes' generator: the same on every machine.
  uint32_t state = seed * 2654435761u + 12345;
  const unsigned width = dtypeBytes(dtype);
  for (size_t at = 0; at + width <= bytes; at += width) {
    state = state * 1664525 + 1013904223;
    // Indices need to be in range: 64-bit integers are 0.
    const int64_t number = isInteger(dtype) && width == 8
                               ? 0
                               : static_cast<int64_t>(state >> 28) - 4;
    const bool isUnsigned = isInteger(dtype) && !isSignedInteger(dtype);
    writeElement(data + at, dtype, isUnsigned ? number + 4 : number);
  }
}

ValueId SampleBuilder::weights(DType dtype, llvm::ArrayRef<int64_t> shape) {
  std::vector<uint8_t> &bytes =
      segments.emplace_back(static_cast<size_t>(*byteCount(dtype, shape)));
  fill(bytes.data(), dtype, bytes.size(),
       static_cast<uint32_t>(segments.size()));
  return program.constantSegment(dtype, shape, program.addSegment(bytes), 0);
}

Sample Sample::copy() const {
  Sample made;
  made.name = name;
  made.family = family;
  made.image = AlignedBytes(llvm::ArrayRef<uint8_t>(image));
  for (const AlignedBytes &segment : segments)
    made.segments.emplace_back(llvm::ArrayRef<uint8_t>(segment));
  made.inputs = inputs;
  made.outputs = outputs;
  return made;
}

std::vector<gp_bytes> Sample::segmentBytes() const {
  std::vector<gp_bytes> list;
  for (const AlignedBytes &segment : segments)
    list.push_back({segment.data(), segment.size()});
  return list;
}

AlignedBytes Sample::inputData(size_t index, uint32_t seed) const {
  const SampleTensor &tensor = inputs[index];
  AlignedBytes data(tensor.bytes);
  fill(data.data(), tensor.dtype, tensor.bytes,
       seed * 16 + static_cast<uint32_t>(index));
  return data;
}

static std::vector<SampleTensor> tensorsOf(const image::Body &body,
                                           llvm::ArrayRef<uint32_t> values) {
  std::vector<SampleTensor> tensors;
  for (const uint32_t value : values) {
    const image::Value &from = *body.values()->Get(value);
    const llvm::ArrayRef<int64_t> shape = arrayOf(from.shape());
    const DType dtype = fromImage(from.dtype());
    tensors.push_back(
        {dtype, shape.vec(), static_cast<size_t>(*byteCount(dtype, shape))});
  }
  return tensors;
}

static Sample makeSample(const SampleProgram &from) {
  SampleBuilder builder(from.name);
  from.build(builder);
  Sample made;
  made.name = from.name;
  made.family = llvm::StringRef(from.name).split('.').first.str();
  made.image = AlignedBytes(llvm::ArrayRef<uint8_t>(builder.program.finish()));
  for (const std::vector<uint8_t> &segment : builder.segments)
    made.segments.emplace_back(llvm::ArrayRef<uint8_t>(segment));
  const image::Body &body = *image::GetProgram(made.image.data())->body();
  made.inputs = tensorsOf(body, arrayOf(body.inputs()));
  made.outputs = tensorsOf(body, arrayOf(body.outputs()));
  return made;
}

llvm::ArrayRef<Sample> samples() {
  static const std::vector<Sample> all = [] {
    std::vector<SampleProgram> programs;
    addMapPrograms(programs);
    addContractionPrograms(programs);
    addOtherPrograms(programs);
    std::vector<Sample> made;
    for (const SampleProgram &program : programs)
      made.push_back(makeSample(program));
    return made;
  }();
  return all;
}

llvm::ArrayRef<std::string> sampleFamilies() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> found;
    for (const Sample &sample : samples())
      if (!llvm::is_contained(found, sample.family))
        found.push_back(sample.family);
    return found;
  }();
  return names;
}

} // namespace glowplug::conformance
