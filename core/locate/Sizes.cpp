// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Smaller sizes for what an op reads and makes.

#include "core/locate/Sizes.h"

#include <cstring>
#include <numeric>

using namespace glowplug;

/// Rounded up, so that each entry is in one of the halves that shrink.
static int64_t halfOf(int64_t size) { return (size + 1) / 2; }

namespace {

/// Collects the ways for one op.
class Halver {
public:
  Halver(const image::ProgramT &program, const image::OpT &op)
      : program(program), op(op) {}

  std::vector<std::vector<NewSize>> run();

private:
  const std::vector<int64_t> &shapeOf(uint32_t value) const {
    return program.body->values[value]->shape;
  }
  /// Dim \p dim of the results gets \p made, as in those operands from number
  /// \p extras on that are not repeated in it; of the first operand it gets
  /// \p read, if that is not 0.
  void add(size_t dim, int64_t read, int64_t made, size_t extras);
  template <typename Attributes>
  void addWindowed(size_t dim, size_t entry, int64_t size, size_t extras,
                   const Attributes &attributes);

  const image::ProgramT &program;
  const image::OpT &op;
  std::vector<std::vector<NewSize>> ways;
};

} // namespace

void Halver::add(size_t dim, int64_t read, int64_t made, size_t extras) {
  std::vector<NewSize> way;
  if (read != 0)
    way.push_back({op.operands[0], dim, read});
  const int64_t before = shapeOf(op.results[0])[dim];
  for (uint32_t result : op.results)
    way.push_back({result, dim, made});
  for (size_t i = extras; i < op.operands.size(); ++i)
    if (shapeOf(op.operands[i])[dim] == before)
      way.push_back({op.operands[i], dim, made});
  ways.push_back(std::move(way));
}

/// Dim \p dim, over which a window of \p size elements slides.
template <typename Attributes>
void Halver::addWindowed(size_t dim, size_t entry, int64_t size, size_t extras,
                         const Attributes &attributes) {
  const int64_t whole = shapeOf(op.operands[0])[dim];
  const int64_t read = halfOf(whole);
  const int64_t room = read + attributes.pads_low[entry] +
                       attributes.pads_high[entry] -
                       attributes.dilations[entry] * (size - 1) - 1;
  if (whole > 1 && room >= 0)
    add(dim, read, room / attributes.strides[entry] + 1, extras);
}

std::vector<std::vector<NewSize>> Halver::run() {
  const std::vector<int64_t> &made = shapeOf(op.results[0]);
  if (op.attributes.AsMap()) {
    for (size_t dim = 0; dim < made.size(); ++dim)
      if (made[dim] > 1)
        add(dim, /*read=*/0, halfOf(made[dim]), /*extras=*/0);
  } else if (const image::ConvT *conv = op.attributes.AsConv()) {
    if (made[0] > 1)
      add(0, halfOf(made[0]), halfOf(made[0]), /*extras=*/2);
    for (size_t i = 0; i + 2 < made.size(); ++i)
      addWindowed(i + 2, i, shapeOf(op.operands[1])[i + 2], /*extras=*/2,
                  *conv);
  } else if (const image::WindowT *window = op.attributes.AsWindow()) {
    for (size_t dim = 0; dim < made.size(); ++dim)
      addWindowed(dim, dim, window->sizes[dim], /*extras=*/1, *window);
  } else if (op.attributes.AsMatMul()) {
    const size_t rows = made.size() - 2;
    if (made[rows] > 1)
      add(rows, halfOf(made[rows]), halfOf(made[rows]), /*extras=*/2);
  }
  return std::move(ways);
}

std::vector<std::vector<NewSize>>
glowplug::halvedSizes(const image::ProgramT &program, const image::OpT &op) {
  return Halver(program, op).run();
}

llvm::Expected<Tensor> glowplug::cropped(const Tensor &tensor, size_t dim,
                                         int64_t size, bool takeLast) {
  llvm::SmallVector<int64_t, 4> shape(tensor.shape());
  const auto product = [](llvm::ArrayRef<int64_t> sizes) {
    return static_cast<size_t>(std::accumulate(
        sizes.begin(), sizes.end(), int64_t{1}, std::multiplies<>()));
  };
  const size_t outer = product(llvm::ArrayRef(shape).take_front(dim));
  const size_t inner = product(llvm::ArrayRef(shape).drop_front(dim + 1)) *
                       dtypeBytes(tensor.dtype());
  const size_t from = static_cast<size_t>(shape[dim]) * inner;
  const size_t to = static_cast<size_t>(size) * inner;
  shape[dim] = size;
  llvm::Expected<Tensor> result = Tensor::uninitialized(tensor.dtype(), shape);
  if (!result || to == 0)
    return result;
  for (size_t i = 0; i < outer; ++i)
    std::memcpy(result->mutableBytes().data() + i * to,
                tensor.bytes().data() + i * from + (takeLast ? from - to : 0),
                to);
  return result;
}
