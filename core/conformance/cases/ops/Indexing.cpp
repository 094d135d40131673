// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases of gather, scatter and non_max_suppression.

#include "core/conformance/cases/ops/OpCases.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace glowplug::conformance {
namespace {

using Shape = std::vector<int64_t>;

/// Positions below \p size; some lie outside, where the op says what happens.
llvm::Expected<Tensor> positions(DType type, const Shape &shape, int64_t size,
                                 bool someOutside, Random &random) {
  std::vector<double> values(static_cast<size_t>(*elementCount(shape)));
  for (double &value : values)
    value = static_cast<double>(someOutside && random.chance(0.2)
                                    ? random.range(-size - 2, 2 * size + 2)
                                    : random.range(0, size - 1));
  return tensorOf(type, shape, values);
}

DataSet dataFor(DType type) {
  return isFloat(type) ? DataSet::specials : DataSet::fullRange;
}

struct GatherForm {
  Shape data, indices;
  int64_t dim;
  bool someOutside;
};

llvm::Expected<ProgramSample> makeGather(const GatherForm &form, DType type,
                                         DType index, Random &random) {
  ProgramSampleBuilder sample("gather");
  llvm::Expected<Tensor> data =
      makeTensor(type, form.data, {dataFor(type)}, random);
  llvm::Expected<Tensor> indices =
      positions(index, form.indices, form.data[static_cast<size_t>(form.dim)],
                form.someOutside, random);
  if (!data)
    return data.takeError();
  if (!indices)
    return indices.takeError();
  const ValueId from = sample.input(std::move(*data));
  const ValueId which = sample.input(std::move(*indices));
  return sample.finish(sample.body.gather(from, which, form.dim));
}

void addGathers(OpCaseList &list) {
  const std::vector<GatherForm> forms = {
      {{17, 33}, {40}, 0, false},    {{17, 33}, {4, 5}, 1, false},
      {{50, 7}, {3, 9}, 0, true},    {{40}, {}, 0, false},
      {{2, 16, 5}, {11}, 1, false},  {{2, 16, 5}, {2, 2}, 2, true},
      {{3, 4, 5, 6}, {7}, 3, false}, {{9, 16}, {0}, 0, false},
      {{1, 16}, {20}, 0, true}};
  for (size_t i = 0; i < forms.size(); ++i)
    for (const DType type : dtypes())
      for (const DType index : {DType::i32, DType::i64}) {
        const GatherForm &form = forms[i];
        list.add("Gather", type,
                 fmt::format("{}.{}.dim{}.{}.{}", fmt::join(form.data, "x"),
                             fmt::join(form.indices, "x"), form.dim,
                             dtypeName(index).str(),
                             form.someOutside ? "clamped" : "inside"),
                 list.depthOf(i),
                 {{"index", dtypeName(index).str()},
                  {"rank", std::to_string(form.data.size())}},
                 [=](Random &random) {
                   return makeGather(form, type, index, random);
                 });
      }
}

struct ScatterForm {
  image::ScatterKind kind;
  Shape data;
  int64_t updates;
  bool someOutside;
};

llvm::Expected<ProgramSample> makeScatter(const ScatterForm &form, DType type,
                                          DType index, Random &random) {
  ProgramSampleBuilder sample("scatter");
  Shape shape = form.data;
  const int64_t rows = shape[0];
  shape[0] = form.updates;
  const Filling filling = {DataSet::fullRange};
  llvm::Expected<Tensor> data = makeTensor(type, form.data, filling, random);
  llvm::Expected<Tensor> updates = makeTensor(type, shape, filling, random);
  llvm::Expected<Tensor> indices =
      positions(index, {form.updates}, rows, form.someOutside, random);
  if (!data)
    return data.takeError();
  if (!updates)
    return updates.takeError();
  if (!indices)
    return indices.takeError();
  const ValueId into = sample.input(std::move(*data));
  const ValueId where = sample.input(std::move(*indices));
  const ValueId what = sample.input(std::move(*updates));
  return sample.finish(sample.body.scatter(form.kind, into, where, what));
}

void addScatters(OpCaseList &list) {
  using Kind = image::ScatterKind;
  std::vector<ScatterForm> forms;
  for (const Kind kind :
       {Kind::assign, Kind::add, Kind::mul, Kind::min, Kind::max})
    for (const bool someOutside : {false, true}) {
      forms.push_back({kind, {17, 33}, someOutside ? 40 : 9, someOutside});
      forms.push_back({kind, {40}, 25, someOutside});
    }
  forms.push_back({Kind::assign, {5, 4, 3}, 0, false});
  for (size_t i = 0; i < forms.size(); ++i)
    for (const DType type : dtypes()) {
      const ScatterForm &form = forms[i];
      if (type == DType::boolean &&
          (form.kind == Kind::add || form.kind == Kind::mul))
        continue;
      const DType index = i % 2 == 0 ? DType::i64 : DType::i32;
      const std::string kind = image::EnumNameScatterKind(form.kind);
      list.add("Scatter", type,
               fmt::format("{}.{}.{}.{}.{}", kind, fmt::join(form.data, "x"),
                           form.updates, dtypeName(index).str(),
                           form.someOutside ? "skipped" : "inside"),
               list.depthOf(i),
               {{"kind", kind},
                {"index", dtypeName(index).str()},
                {"rank", std::to_string(form.data.size())}},
               [=](Random &random) {
                 return makeScatter(form, type, index, random);
               });
    }
}

struct BoxForm {
  int64_t batches, classes, boxes, limit;
  bool isCenter;
  double iou, score;
};

llvm::Expected<ProgramSample> makeBoxes(const BoxForm &form, DType type,
                                        Random &random) {
  ProgramSampleBuilder sample("non_max_suppression");
  std::vector<double> corners, scores;
  for (int64_t i = 0; i < form.batches * form.boxes * 4; ++i)
    corners.push_back(static_cast<double>(random.range(0, 40)) / 8);
  for (int64_t i = 0; i < form.batches * form.classes * form.boxes; ++i)
    scores.push_back(static_cast<double>(random.range(0, 30)) / 32);
  llvm::Expected<Tensor> boxes =
      tensorOf(type, {form.batches, form.boxes, 4}, corners);
  llvm::Expected<Tensor> marks =
      tensorOf(type, {form.batches, form.classes, form.boxes}, scores);
  llvm::Expected<Tensor> iou = tensorOf(type, {}, form.iou);
  llvm::Expected<Tensor> least = tensorOf(type, {}, form.score);
  for (llvm::Expected<Tensor> *tensor : {&boxes, &marks, &iou, &least})
    if (!*tensor)
      return tensor->takeError();
  const ValueId operands[] = {
      sample.input(std::move(*boxes)), sample.input(std::move(*marks)),
      sample.input(Tensor::scalar<int64_t>(form.limit)),
      sample.input(std::move(*iou)), sample.input(std::move(*least))};
  image::NonMaxSuppressionT attributes;
  attributes.most = std::min(form.limit, form.boxes);
  attributes.center = form.isCenter;
  const int64_t rows = form.batches * form.classes * attributes.most;
  const TensorType results[] = {{DType::i64, {rows, 3}}, {DType::i64, {}}};
  return sample.finish(sample.body.op(attributes, operands, results));
}

void addBoxes(OpCaseList &list) {
  const std::vector<BoxForm> forms = {
      {1, 1, 20, 5, false, 0.3, 0.2}, {2, 3, 16, 16, false, 0.5, 0.0},
      {1, 2, 33, 4, true, 0.25, 0.5}, {1, 1, 1, 1, false, 0.5, 0.99},
      {1, 4, 17, 0, false, 0.5, 0.1}, {3, 1, 9, 3, true, 1.0, 0.3}};
  for (size_t i = 0; i < forms.size(); ++i)
    for (const DType type : dtypes(isFloat)) {
      const BoxForm &form = forms[i];
      list.add("NonMaxSuppression", type,
               fmt::format("{}x{}x{}.most{}.{}.iou{}.score{}", form.batches,
                           form.classes, form.boxes, form.limit,
                           form.isCenter ? "center" : "corners", form.iou,
                           form.score),
               list.depthOf(i), {},
               [=](Random &random) { return makeBoxes(form, type, random); });
    }
}

} // namespace

void addIndexing(OpCaseList &list) {
  addGathers(list);
  addScatters(list);
  addBoxes(list);
}

} // namespace glowplug::conformance
