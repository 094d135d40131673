// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases of transpose, reshape, broadcast, slice, pad and concat.

#include "core/conformance/cases/ops/OpCases.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace glowplug::conformance {
namespace {

using Shape = std::vector<int64_t>;

/// One movement: the shapes of its operands, and how the op is made of them.
struct Movement {
  std::string op, variant;
  std::vector<Shape> operands;
  std::function<ValueId(BodyBuilder &body, llvm::ArrayRef<ValueId> operands)>
      build;
  Features features = {};
  bool lastIsConstant = false;
};

/// Whether an operand has no elements.
bool isEmpty(const Movement &movement) {
  return llvm::any_of(movement.operands, [](const Shape &shape) {
    return llvm::is_contained(shape, 0);
  });
}

llvm::Expected<ProgramSample> makeMovement(const Movement &movement, DType type,
                                           Random &random) {
  ProgramSampleBuilder sample(movement.op);
  std::vector<ValueId> operands;
  for (const Shape &shape : movement.operands) {
    // The specials show whether bits are moved, and not numbers.
    llvm::Expected<Tensor> tensor = makeTensor(
        type, shape, {isFloat(type) ? DataSet::specials : DataSet::fullRange},
        random);
    if (!tensor)
      return tensor.takeError();
    const bool isLast = operands.size() + 1 == movement.operands.size();
    operands.push_back(
        sample.operand(std::move(*tensor), isLast && movement.lastIsConstant));
  }
  return sample.finish(movement.build(sample.body, operands));
}

std::string text(const Shape &shape) {
  return fmt::format("{}", fmt::join(shape, "x"));
}

std::vector<Movement> transposes() {
  std::vector<Movement> all;
  const std::vector<std::pair<Shape, Shape>> forms = {
      {{37}, {0}},
      {{17, 33}, {1, 0}},
      {{16, 16}, {1, 0}},
      {{1, 40}, {1, 0}},
      {{3, 17, 20}, {0, 2, 1}},
      {{3, 17, 20}, {2, 0, 1}},
      {{3, 17, 20}, {2, 1, 0}},
      {{2, 3, 16, 17}, {0, 2, 3, 1}},
      {{2, 16, 17, 3}, {0, 3, 1, 2}},
      {{2, 3, 5, 7}, {3, 2, 1, 0}},
      {{2, 3, 4, 5, 6}, {0, 2, 4, 1, 3}},
      {{2, 2, 2, 2, 2, 3}, {5, 0, 3, 1, 4, 2}}};
  for (const auto &[shape, permutation] : forms)
    all.push_back(
        {"Transpose",
         text(shape) + "." + text(permutation),
         {shape},
         [permutation = permutation](BodyBuilder &body, auto operands) {
           return body.transpose(operands[0], permutation);
         },
         {{"rank", std::to_string(shape.size())}}});
  return all;
}

std::vector<Movement> reshapes() {
  std::vector<Movement> all;
  const std::vector<std::pair<Shape, Shape>> forms = {
      {{12, 5}, {60}},
      {{60}, {3, 4, 5}},
      {{2, 3, 4}, {4, 3, 2}},
      {{2, 16, 9}, {2, 16, 3, 3}},
      {{1}, {}},
      {{}, {1, 1}},
      {{2, 3, 4, 5, 6}, {720}},
      {{0, 3}, {3, 0}},
      {{7, 11}, {1, 77, 1}}};
  for (const auto &[from, to] : forms)
    all.push_back({"Reshape",
                   text(from) + "." + text(to),
                   {from},
                   [to = to](BodyBuilder &body, auto operands) {
                     return body.reshape(operands[0], to);
                   },
                   {{"rank", std::to_string(from.size())}}});
  return all;
}

std::vector<Movement> broadcasts() {
  std::vector<Movement> all;
  const std::vector<std::pair<Shape, Shape>> forms = {
      {{1}, {40}},
      {{1, 33}, {17, 33}},
      {{17, 1}, {17, 33}},
      {{1, 1}, {5, 7}},
      {{3, 1, 5}, {3, 16, 5}},
      {{1, 4, 1}, {6, 4, 5}},
      {{2, 1, 1, 3}, {2, 5, 4, 3}},
      {{1, 16, 1, 1}, {2, 16, 7, 7}},
      {{4, 4}, {4, 4}},
      {{1, 0}, {3, 0}}};
  for (const auto &[from, to] : forms)
    all.push_back({"Broadcast",
                   text(from) + "." + text(to),
                   {from},
                   [to = to](BodyBuilder &body, auto operands) {
                     return body.broadcast(operands[0], to);
                   },
                   {{"rank", std::to_string(from.size())}}});
  return all;
}

bool isBackward(const Shape &strides) {
  return llvm::any_of(strides, [](int64_t stride) { return stride < 0; });
}

std::vector<Movement> slices() {
  struct Form {
    Shape shape, starts, sizes, strides;
  };
  const std::vector<Form> forms = {
      {{40}, {3}, {20}, {1}},
      {{40}, {39}, {40}, {-1}},
      {{40}, {38}, {13}, {-3}},
      {{40}, {1}, {13}, {3}},
      {{17, 33}, {2, 5}, {10, 17}, {1, 1}},
      {{17, 33}, {0, 1}, {9, 16}, {2, 2}},
      {{17, 33}, {16, 32}, {17, 33}, {-1, -1}},
      {{3, 17, 20}, {1, 0, 4}, {1, 17, 5}, {1, 1, 3}},
      {{2, 16, 9, 9}, {0, 8, 1, 1}, {2, 8, 7, 7}, {1, 1, 1, 1}},
      {{2, 16, 9, 9}, {0, 0, 0, 1}, {2, 16, 5, 4}, {1, 1, 2, 2}},
      {{2, 3, 4, 5, 6}, {1, 2, 3, 4, 5}, {2, 3, 4, 5, 6}, {-1, -1, -1, -1, -1}},
      {{5, 5}, {5, 0}, {0, 5}, {1, 1}}};
  std::vector<Movement> all;
  for (const Form &form : forms)
    all.push_back(
        {"Slice",
         fmt::format("{}.{}.{}.{}", text(form.shape), text(form.starts),
                     text(form.sizes), text(form.strides)),
         {form.shape},
         [form](BodyBuilder &body, auto operands) {
           return body.slice(operands[0], form.starts, form.sizes,
                             form.strides);
         },
         {{"rank", std::to_string(form.shape.size())},
          {"direction", isBackward(form.strides) ? "backward" : "forward"},
          {"result", llvm::is_contained(form.sizes, 0) ? "none" : "some"}}});
  return all;
}

std::vector<Movement> pads() {
  struct Form {
    Shape shape, low, high, interior;
  };
  const std::vector<Form> forms = {
      {{40}, {0}, {3}, {0}},
      {{40}, {2}, {1}, {1}},
      {{17, 33}, {1, 2}, {0, 3}, {0, 0}},
      {{17, 33}, {0, 0}, {0, 0}, {1, 2}},
      {{3, 5, 7}, {1, 0, 2}, {0, 1, 0}, {0, 2, 1}},
      {{2, 16, 7, 7}, {0, 0, 1, 1}, {0, 0, 1, 2}, {0, 0, 0, 0}},
      {{2, 3, 7, 7}, {0, 13, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}},
      {{2, 3, 4, 5, 6}, {1, 0, 0, 0, 1}, {0, 1, 0, 1, 0}, {0, 0, 1, 0, 0}},
      {{0, 3}, {2, 1}, {1, 0}, {0, 0}}};
  std::vector<Movement> all;
  for (const Form &form : forms) {
    const bool isInterior =
        llvm::any_of(form.interior, [](int64_t count) { return count != 0; });
    const Features features = {{"rank", std::to_string(form.shape.size())},
                               {"interior", isInterior ? "some" : "none"}};
    for (const bool isConstant : {false, true}) {
      Movement pad = {"Pad",
                      fmt::format("{}.{}.{}.{}.{}", text(form.shape),
                                  text(form.low), text(form.high),
                                  text(form.interior),
                                  isConstant ? "const" : "input"),
                      {form.shape, {}},
                      [form](BodyBuilder &body, auto operands) {
                        return body.pad(operands[0], operands[1], form.low,
                                        form.high, form.interior);
                      },
                      features};
      pad.features["value"] = isConstant ? "constant" : "input";
      pad.lastIsConstant = isConstant;
      all.push_back(std::move(pad));
    }
  }
  return all;
}

std::vector<Movement> concats() {
  struct Form {
    int64_t dim;
    std::vector<Shape> operands;
  };
  const std::vector<Form> forms = {
      {0, {{40}}},
      {0, {{3}, {17}, {20}}},
      {0, {{3, 33}, {14, 33}}},
      {1, {{17, 1}, {17, 15}, {17, 17}}},
      {1, {{2, 16, 5, 5}, {2, 16, 5, 5}}},
      {1, {{2, 3, 5, 5}, {2, 13, 5, 5}, {2, 1, 5, 5}}},
      {3, {{2, 3, 5, 4}, {2, 3, 5, 9}}},
      {2, {{2, 3, 1, 4, 5}, {2, 3, 2, 4, 5}}},
      {0, {{0, 4}, {5, 4}}},
      {0, {{1, 9}, {1, 9}, {1, 9}, {1, 9}, {1, 9}, {1, 9}, {1, 9}, {1, 9}}}};
  std::vector<Movement> all;
  for (const Form &form : forms) {
    std::string variant = "dim" + std::to_string(form.dim);
    for (const Shape &shape : form.operands)
      variant += "." + text(shape);
    all.push_back({"Concat",
                   variant,
                   form.operands,
                   [form](BodyBuilder &body, auto operands) {
                     return body.concat(operands, form.dim);
                   },
                   {{"rank", std::to_string(form.operands[0].size())}}});
  }
  return all;
}

} // namespace

void addMovement(OpCaseList &list) {
  for (const std::vector<Movement> &family :
       {transposes(), reshapes(), broadcasts(), slices(), pads(), concats()})
    for (size_t i = 0; i < family.size(); ++i)
      for (const DType type : dtypes()) {
        Movement movement = family[i];
        movement.features["elements"] = isEmpty(movement) ? "none" : "some";
        list.add(movement.op, type, movement.variant, list.depthOf(i),
                 movement.features, [=](Random &random) {
                   return makeMovement(movement, type, random);
                 });
      }
}

} // namespace glowplug::conformance
