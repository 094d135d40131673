// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Programs in which one tensor has several names or uses.

#include "core/conformance/cases/Aliases.h"

#include "core/conformance/cases/Data.h"

#include <fmt/format.h>

namespace glowplug::conformance {
namespace {

/// Adds ops to the program of one case, and gives its outputs. \p x is an
/// input of [6, 20], \p y one of [20, 6].
struct AliasForm {
  const char *name;
  llvm::SmallVector<ValueId, 4> (*build)(BodyBuilder &body, ValueId x,
                                         ValueId y);
};

/// \p a and \p b, the larger of which each element becomes.
ValueId larger(BodyBuilder &body, ValueId a, ValueId b) {
  const DType type = body.dtype(a);
  RegionBuilder region({type, type});
  region.yield(region.binary(image::ScalarOp::max, region.parameter(0),
                             region.parameter(1)));
  const DimList shape = body.shape(a).vec();
  return body.mapTo(shape, region, {a, b});
}

using Outputs = llvm::SmallVector<ValueId, 4>;

const AliasForm forms[] = {
    {"input_is_output",
     [](BodyBuilder &body, ValueId x, ValueId y) -> Outputs {
       return {x, body.transpose(y, {1, 0})};
     }},
    {"views_of_an_input",
     [](BodyBuilder &body, ValueId x, ValueId y) -> Outputs {
       return {body.reshape(x, {120}), body.reshape(x, {2, 3, 20}),
               body.concat({x, body.transpose(y, {1, 0})}, 0)};
     }},
    {"view_of_an_output",
     [](BodyBuilder &body, ValueId x, ValueId) -> Outputs {
       const ValueId turned = body.transpose(x, {1, 0});
       return {turned, body.reshape(turned, {4, 30})};
     }},
    {"output_twice",
     [](BodyBuilder &body, ValueId x, ValueId) -> Outputs {
       const ValueId turned = body.transpose(x, {1, 0});
       return {turned, turned};
     }},
    {"output_is_read",
     [](BodyBuilder &body, ValueId x, ValueId y) -> Outputs {
       const ValueId turned = body.transpose(x, {1, 0});
       const ValueId both = body.concat({turned, y}, 1);
       return {both, turned, body.slice(both, {3, 2}, {10, 5})};
     }},
    {"operand_twice",
     [](BodyBuilder &body, ValueId x, ValueId) -> Outputs {
       return {body.concat({x, x}, 0), body.concat({x, x, x}, 1)};
     }},
    {"map_of_itself",
     [](BodyBuilder &body, ValueId x, ValueId) -> Outputs {
       return {larger(body, x, x)};
     }},
    {"views_meet",
     [](BodyBuilder &body, ValueId x, ValueId y) -> Outputs {
       const ValueId view = body.reshape(y, {6, 20});
       return {larger(body, x, view), view};
     }},
    {"product_with_itself",
     [](BodyBuilder &body, ValueId x, ValueId) -> Outputs {
       return {body.matmul(x, body.transpose(x, {1, 0}))};
     }},
    {"slices_of_one",
     [](BodyBuilder &body, ValueId x, ValueId) -> Outputs {
       const ValueId upper = body.slice(x, {0, 0}, {4, 20});
       const ValueId lower = body.slice(x, {2, 0}, {4, 20});
       return {upper, lower, larger(body, upper, lower)};
     }},
    {"whole_slice",
     [](BodyBuilder &body, ValueId x, ValueId) -> Outputs {
       return {body.slice(x, {0, 0}, {6, 20}), body.concat({x}, 0)};
     }},
    {"inputs_pass_by", [](BodyBuilder &body, ValueId x, ValueId y) -> Outputs {
       return {y, x, body.transpose(x, {1, 0}), x};
     }}};

llvm::Expected<ProgramSample> makeAlias(const AliasForm &form, DType type,
                                        Random &random) {
  ProgramSampleBuilder sample(form.name);
  ValueId inputs[2];
  const int64_t shapes[2][2] = {{6, 20}, {20, 6}};
  for (int i = 0; i < 2; ++i) {
    llvm::Expected<Tensor> tensor =
        makeTensor(type, shapes[i], {DataSet::fullRange}, random);
    if (!tensor)
      return tensor.takeError();
    inputs[i] = sample.input(std::move(*tensor));
  }
  return sample.finish(form.build(sample.body, inputs[0], inputs[1]));
}

} // namespace

std::vector<ProgramCase> aliasCases(Depth depth) {
  std::vector<ProgramCase> cases;
  for (const AliasForm &form : forms)
    for (const DType type :
         {DType::i8, DType::u8, DType::f32, DType::f16, DType::i32}) {
      const bool isUsual = type == DType::u8 || type == DType::f32;
      ProgramCase made;
      made.name =
          fmt::format("graphs/aliases/{}/{}", form.name, dtypeName(type).str());
      made.level = Level::graphs;
      made.features = {{"graph", "aliases"}, {"type", dtypeName(type).str()}};
      made.depth = isUsual ? Depth::smoke : Depth::quick;
      if (made.depth > depth)
        continue;
      made.make = [&form, type](Random &random) {
        return makeAlias(form, type, random);
      };
      cases.push_back(std::move(made));
    }
  return cases;
}

} // namespace glowplug::conformance
