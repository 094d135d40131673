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
#include "core/support/Tensor.h"

#include <array>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace glowplug {

/// A tensor value of one body, by its index there.
enum class ValueId : uint32_t {};

/// One entry per dim; an empty list stands for the default in every dim.
using DimList = std::vector<int64_t>;

/// A region applied to the result of an op, and the extra operands that it
/// reads after the accumulator.
struct Epilogue {
  std::optional<RegionBuilder> region;
  std::vector<ValueId> extras;
};

struct MatMulOptions {
  std::vector<int32_t> lhsZp;
  std::vector<int32_t> rhsZp;
  Epilogue epilogue;
};

struct ConvOptions {
  DimList strides;   // default 1
  DimList padsLow;   // default 0
  DimList padsHigh;  // default 0
  DimList dilations; // default 1
  int64_t groups = 1;
  std::vector<int32_t> lhsZp; // not for convTranspose
  std::vector<int32_t> rhsZp; // likewise
  Epilogue epilogue;
};

struct WindowOptions {
  DimList strides;   // default 1
  DimList padsLow;   // default 0
  DimList padsHigh;  // default 0
  DimList dilations; // default 1
  Epilogue epilogue;
};

struct ScanOptions {
  bool exclusive = false;
  bool reverse = false;
};

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
  /// (image::ConvT, ...). The general form, which the others use.
  template <typename Attributes>
  llvm::SmallVector<ValueId, 2> op(Attributes attributes,
                                   llvm::ArrayRef<ValueId> operands,
                                   llvm::ArrayRef<TensorType> results) {
    image::AttributesUnion any;
    any.Set(std::move(attributes));
    return append(std::move(any), operands, results);
  }
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

  // Contractions.
  ValueId matmul(ValueId lhs, ValueId rhs, const MatMulOptions &options = {});
  ValueId conv(ValueId input, ValueId weights, const ConvOptions &options = {});
  ValueId convTranspose(ValueId input, ValueId weights,
                        const ConvOptions &options = {});

  // Element-wise.
  llvm::SmallVector<ValueId, 2> map(const RegionBuilder &region,
                                    llvm::ArrayRef<ValueId> operands);
  /// A map of one result over operands that broadcast to \p shape.
  ValueId mapTo(llvm::ArrayRef<int64_t> shape, const RegionBuilder &region,
                llvm::ArrayRef<ValueId> operands);
  /// A map of one scalar op other than constant and cast.
  ValueId map(image::ScalarOp op, llvm::ArrayRef<ValueId> operands);

  // Reductions and order.
  ValueId reduce(image::ReduceKind kind, ValueId input, const DimList &dims,
                 const Epilogue &epilogue = {});
  ValueId argReduce(image::ReduceKind kind, ValueId input, int64_t dim,
                    bool selectLast = false);
  ValueId scan(image::ReduceKind kind, ValueId input, int64_t dim,
               const ScanOptions &options = {});
  /// Values and positions.
  std::array<ValueId, 2> sort(ValueId input, int64_t dim,
                              bool descending = false);
  ValueId window(image::ReduceKind kind, ValueId input, const DimList &sizes,
                 const WindowOptions &options = {});

  // Data movement.
  ValueId transpose(ValueId input, const DimList &permutation);
  ValueId reshape(ValueId input, llvm::ArrayRef<int64_t> shape);
  ValueId broadcast(ValueId input, llvm::ArrayRef<int64_t> shape);
  /// \p sizes is the shape of the result; \p strides defaults to 1.
  ValueId slice(ValueId input, const DimList &starts,
                llvm::ArrayRef<int64_t> sizes, const DimList &strides = {});
  ValueId pad(ValueId input, ValueId value, const DimList &low,
              const DimList &high, const DimList &interior = {});
  ValueId concat(llvm::ArrayRef<ValueId> operands, int64_t dim);
  ValueId gather(ValueId data, ValueId indices, int64_t dim);
  ValueId scatter(image::ScatterKind kind, ValueId data, ValueId indices,
                  ValueId updates);

  /// A composite defined by \p definition, another body of the same program
  /// whose outputs are complete.
  llvm::SmallVector<ValueId, 2>
  composite(llvm::StringRef name, const BodyBuilder &definition,
            llvm::ArrayRef<ValueId> operands,
            llvm::ArrayRef<CompositeAttribute> attributes = {},
            uint16_t version = 1);

private:
  friend class ProgramBuilder;
  BodyBuilder(image::BodyT &content, uint32_t bodyIndex)
      : content(content), bodyIndex(bodyIndex) {}

  static uint32_t index(ValueId value) { return static_cast<uint32_t>(value); }
  llvm::SmallVector<ValueId, 2> append(image::AttributesUnion attributes,
                                       llvm::ArrayRef<ValueId> operands,
                                       llvm::ArrayRef<TensorType> results);
  ValueId addValue(DType dtype, llvm::ArrayRef<int64_t> shape);

  image::BodyT &content;
  uint32_t bodyIndex; // in Program.bodies; not used for the program's own
  std::string location;
};

/// Writes a program: its own body, bodies of composites, and segments.
class ProgramBuilder : public BodyBuilder {
public:
  explicit ProgramBuilder(llvm::StringRef name);
  ~ProgramBuilder();

  /// A body for composites to name. The reference lives as long as this.
  BodyBuilder &addBody();

  /// Declares a segment and returns its index.
  uint32_t addSegment(uint64_t bytes, const std::array<uint8_t, 32> &sha256);
  /// Declares a segment that holds \p data, which stays with the caller.
  uint32_t addSegment(llvm::ArrayRef<uint8_t> data);

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
