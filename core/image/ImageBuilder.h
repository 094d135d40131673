// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Writes a program image.
///
/// ```
/// ProgramBuilder b("name");
/// ValueId x = b.input("x", DType::f32, {1, 3, 8, 8});
/// ValueId w = b.constantSegment(DType::f32, {4, 3, 3, 3}, segment, 0);
/// b.output(b.conv(x, w, {.padsLow = {1, 1}, .padsHigh = {1, 1}}));
/// std::vector<uint8_t> bytes = b.finish();
/// ```
///
/// The builder infers result types and fills in defaults, but checks nothing:
/// verifyImage() does. Where a result shape does not exist it writes the shape
/// [-1], which the verifier refuses.

#pragma once

#include "core/image/RegionBuilder.h"
#include "core/image/Types.h"
#include "core/semantics/Rules.h"
#include "core/support/Tensor.h"

#include <array>
#include <concepts>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace glowplug {

/// A tensor value of one body, by its index there.
enum class ValueId : uint32_t {};
using ValueIds = llvm::SmallVector<ValueId, 2>;

/// One entry per dim; an empty list stands for the default in every dim.
using DimList = std::vector<int64_t>;

/// A region applied to the result of an op, and the extra operands that it
/// reads after the accumulator.
struct Epilogue {
  std::optional<RegionBuilder> region;
  std::vector<ValueId> extras;
};

// What the functions of the primitives take besides operands and attributes
// that have no default: MatMulOptions, ConvOptions, ConvTransposeOptions,
// WindowOptions and ScanOptions. Their members are the fields of the schema.
#define GP_OPTIONS
#include "core/image/Builder.inc"
#undef GP_OPTIONS

/// An attribute of a composite: set exactly one of the three, not empty.
struct CompositeAttribute {
  std::string name;
  std::vector<int64_t> ints;
  std::vector<double> floats;
  std::string text;
};

/// Writes one body.
class BodyBuilder {
public:
  ValueId input(llvm::StringRef name, DType dtype,
                llvm::ArrayRef<int64_t> shape);
  void output(ValueId value);
  size_t outputCount() const { return content.outputs.size(); }

  /// Name of the ops that follow: where they came from in the user's model.
  void setLocation(llvm::StringRef name) { location = name.str(); }
  void setName(ValueId value, llvm::StringRef name) {
    valueAt(value).name = name.str();
  }

  DType dtype(ValueId value) const {
    return fromImage(content.values[index(value)]->dtype);
  }
  llvm::ArrayRef<int64_t> shape(ValueId value) const {
    return content.values[index(value)]->shape;
  }

  /// Appends an op with \p attributes, one of the object types of the schema
  /// (image::ConvT, ...), and of those that are no primitives. The general
  /// form, which the others use.
  template <typename Attributes>
  ValueIds op(Attributes attributes, llvm::ArrayRef<ValueId> operands,
              llvm::ArrayRef<TensorType> results) {
    image::AttributesUnion any;
    any.Set(std::move(attributes));
    return append(std::move(any), operands, results);
  }
  /// Appends any primitive, in the oldest version that has these attributes,
  /// with \p region unless it is null.
  template <typename Primitive>
  ValueIds primitiveOf(const Primitive &attributes,
                       std::unique_ptr<image::RegionT> region,
                       llvm::ArrayRef<ValueId> operands,
                       llvm::ArrayRef<TensorType> results);
  /// For what the functions here do not set, and for tests that break rules.
  image::OpT &lastOp() { return *content.ops.back(); }
  image::ValueT &valueAt(ValueId value) {
    return *content.values[index(value)];
  }
  image::BodyT &body() { return content; }

  // Constants.
  /// Inside the image: a splat if all elements are alike, else at most 64
  /// bytes (asserted).
  ValueId constant(const Tensor &value);
  /// Every element equal to \p value, of the type that T stores.
  template <typename T>
  ValueId splat(llvm::ArrayRef<int64_t> shape, T value) {
    return splatBytes(dtypeOf<T>, shape,
                      {reinterpret_cast<const uint8_t *>(&value), sizeof(T)});
  }
  ValueId splatBytes(DType dtype, llvm::ArrayRef<int64_t> shape,
                     llvm::ArrayRef<uint8_t> element);
  ValueId constantSegment(DType dtype, llvm::ArrayRef<int64_t> shape,
                          uint32_t segment, uint64_t offset);

  // There is a function for each primitive of the schema. It takes the kind,
  // the operands, the attributes without a default, the shape of the result if
  // that does not follow (reshape, broadcast, slice), and what is optional, in
  // a struct if there is more of it than one. For example:
  //   ValueId reduce(ReduceKind kind, ValueId input, const DimList &dims,
  //                  const Epilogue &epilogue = {});
  //   ValueId conv(ValueId input, ValueId weights,
  //                const ConvOptions &options = {});
#include "core/image/Builder.inc"

  /// With what a convolution takes, but for zero points.
  template <std::same_as<ConvOptions> Options>
  ValueId convTranspose(ValueId input, ValueId weights, const Options &o) {
    return convTranspose(input, weights,
                         ConvTransposeOptions{o.strides, o.padsLow, o.padsHigh,
                                              o.dilations, o.groups,
                                              o.epilogue});
  }

  ValueIds map(const RegionBuilder &region, llvm::ArrayRef<ValueId> operands);
  /// A map of one result over operands that broadcast to \p shape.
  ValueId mapTo(llvm::ArrayRef<int64_t> shape, const RegionBuilder &region,
                llvm::ArrayRef<ValueId> operands) {
    return primitive(semantics::Map(), operands, {region, {}}, shape)[0];
  }
  /// A map of one scalar op other than constant and cast.
  ValueId map(image::ScalarOp op, llvm::ArrayRef<ValueId> operands);

  /// A composite defined by \p definition, another body of the same program
  /// whose outputs are complete.
  ValueIds composite(llvm::StringRef name, const BodyBuilder &definition,
                     llvm::ArrayRef<ValueId> operands,
                     llvm::ArrayRef<CompositeAttribute> attributes = {},
                     uint16_t version = 1);

  /// An `if`: \p condition, then what both bodies take. The bodies are others
  /// of the same program whose outputs are complete. Call require() as well.
  ValueIds choice(ValueId condition, const BodyBuilder &thenBody,
                  const BodyBuilder &elseBody,
                  llvm::ArrayRef<ValueId> operands);
  /// A `loop` of \p body with \p carried values, which come first in \p
  /// operands; likewise.
  ValueIds loop(ValueId trips, ValueId condition, const BodyBuilder &body,
                llvm::ArrayRef<ValueId> operands, uint32_t carried,
                int64_t most);

private:
  friend class ProgramBuilder;
  BodyBuilder(image::BodyT &content, uint32_t bodyIndex)
      : content(content), bodyIndex(bodyIndex) {}

  static uint32_t index(ValueId value) { return static_cast<uint32_t>(value); }
  /// \p list; if that is empty, \p standard for each dim of \p value but the
  /// first \p skipped.
  DimList entries(const DimList &list, ValueId value, size_t skipped,
                  int64_t standard) const;
  /// The types of the outputs.
  llvm::SmallVector<TensorType, 2> outputTypes() const;
  ValueIds append(image::AttributesUnion attributes,
                  llvm::ArrayRef<ValueId> operands,
                  llvm::ArrayRef<TensorType> results);
  /// Appends a primitive with results that follow; \p shape is theirs where it
  /// does not.
  template <typename Primitive>
  ValueIds primitive(Primitive attributes, llvm::ArrayRef<ValueId> operands,
                     const Epilogue &epilogue = {},
                     llvm::ArrayRef<int64_t> shape = semantics::noShape);
  ValueId addValue(DType dtype, llvm::ArrayRef<int64_t> shape);

  image::BodyT &content;
  uint32_t bodyIndex; // in Program.bodies; not used for the program's own
  std::string location;
};

/// Writes a program: its own body, the bodies that ops name, and segments.
class ProgramBuilder : public BodyBuilder {
public:
  explicit ProgramBuilder(llvm::StringRef name);
  ~ProgramBuilder();

  /// A body for composites, `if` and `loop` to name. The reference lives as
  /// long as this.
  BodyBuilder &addBody();

  /// Declares a segment and returns its index.
  uint32_t addSegment(uint64_t bytes, const std::array<uint8_t, 32> &sha256);
  /// Declares a segment that holds \p data, which stays with the caller.
  uint32_t addSegment(llvm::ArrayRef<uint8_t> data);

  /// Names \p feature in `required_features`, once.
  void require(llvm::StringRef feature);

  /// For tests that break rules.
  image::ProgramT &program() { return content; }

  /// The image, 8-byte aligned inside if its first byte is. May be called
  /// again after more was added.
  std::vector<uint8_t> finish() const;

private:
  explicit ProgramBuilder(std::unique_ptr<image::ProgramT> program);

  std::unique_ptr<image::ProgramT> owned;
  image::ProgramT &content;
  std::deque<BodyBuilder> bodies;
};

} // namespace glowplug
