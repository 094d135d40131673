// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One row per operator, by name.

#include "core/importer/onnx/model/Operators.h"

#include "core/importer/onnx/proto/onnx.pb.h"

#include "llvm/ADT/STLExtras.h"

using namespace glowplug;
using namespace glowplug::importer;
using enum Quantised;
using enum Operands;

static constexpr MovedAttribute axesMoved[] = {{"axes", 1, true}};
static constexpr MovedAttribute clipMoved[] = {{"min", 1, false},
                                               {"max", 2, false}};
static constexpr MovedAttribute dropoutMoved[] = {{"ratio", 1, false}};
static constexpr MovedAttribute padMoved[] = {{"pads", 1, true},
                                              {"value", 2, false, true}};
static constexpr MovedAttribute sliceMoved[] = {
    {"starts", 1, true}, {"ends", 2, true}, {"axes", 3, true}};
static constexpr MovedAttribute splitMoved[] = {{"split", 1, true}};

/// By ONNX's changelog. MaxPool, Pad and Resize move values in some forms only,
/// which the quantiser tells apart.
static const OperatorFacts facts[] = {
    {"Abs"},
    {"Acos"},
    {"Acosh"},
    {"Add", computes, all},
    {"And"},
    {"ArgMax"},
    {"ArgMin"},
    {"Asin"},
    {"Asinh"},
    {"Atan"},
    {"Atanh"},
    {"AveragePool", computes},
    {"BatchNormalization", whole, first, 13},
    {"BitShift", formula, first, 11},
    {"Cast"},
    {"Ceil"},
    {"Celu", computes},
    {"Clip", computes, first, 11, clipMoved},
    {"Concat", computes, all},
    {"Constant", whole},
    {"ConstantOfShape"},
    {"Conv", computes, weighted},
    {"ConvInteger"},
    {"ConvTranspose", computes, weighted},
    {"Cos"},
    {"Cosh"},
    {"CumSum"},
    {"DepthToSpace", moves},
    {"DequantizeLinear", formula, first, 11},
    {"Det"},
    {"Div"},
    {"Dropout", moves, first, 12, dropoutMoved},
    {"Einsum"},
    {"Elu", computes},
    {"Equal"},
    {"Erf"},
    {"Exp"},
    {"Expand", moves},
    {"EyeLike"},
    {"Flatten", moves},
    {"Floor"},
    {"GRU", whole},
    {"Gather", moves},
    {"GatherElements"},
    {"GatherND"},
    {"Gelu", whole, first, 13},
    {"Gemm", computes, weighted},
    {"GlobalAveragePool", computes},
    {"GlobalLpPool"},
    {"GlobalMaxPool", moves},
    {"Greater"},
    {"GreaterOrEqual"},
    {"GroupNormalization", whole, first, 13},
    {"HardSigmoid", computes},
    {"HardSwish", computes, first, 13},
    {"Hardmax"},
    {"Identity", moves},
    {"If", formula, first, 11},
    {"InstanceNormalization", whole},
    {"IsInf"},
    {"IsNaN"},
    {"LRN", whole},
    {"LSTM", whole},
    {"LayerNormalization", whole, first, 13},
    {"LeakyRelu", computes},
    {"Less"},
    {"LessOrEqual"},
    {"Log"},
    {"LogSoftmax", formula, first, 13},
    {"Loop", formula, first, 11},
    {"LpNormalization", whole},
    {"LpPool"},
    {"MatMul", computes, weightedOrValues},
    {"Max"},
    {"MaxPool", moves},
    {"Mean"},
    {"MeanVarianceNormalization", whole},
    {"Min"},
    {"Mish", computes, first, 13},
    {"Mod"},
    {"Mul", computes, all},
    {"Neg"},
    {"NonMaxSuppression", formula, first, 11},
    {"NonZero"},
    {"Not"},
    {"OneHot"},
    {"Or"},
    {"PRelu", computes, all},
    {"Pad", moves, first, 11, padMoved},
    {"Pow"},
    {"QuantizeLinear", formula, first, 11},
    {"RNN", whole},
    {"Range"},
    {"Reciprocal"},
    {"ReduceL1"},
    {"ReduceL2"},
    {"ReduceLogSum"},
    {"ReduceLogSumExp"},
    {"ReduceMax"},
    {"ReduceMean", computes},
    {"ReduceMin"},
    {"ReduceProd"},
    {"ReduceSum", formula, first, 13, axesMoved},
    {"ReduceSumSquare"},
    {"Relu", computes},
    {"Reshape", moves},
    {"Resize", moves, first, 11},
    {"ReverseSequence"},
    {"Round"},
    {"Scan", formula, first, 11},
    {"ScatterElements"},
    {"ScatterND", formula, first, 11},
    {"Selu", computes},
    {"Shape", whole},
    {"Shrink"},
    {"Sigmoid", computes},
    {"Sign"},
    {"Sin"},
    {"Sinh"},
    {"Size", whole},
    {"Slice", moves, first, 10, sliceMoved},
    {"Softmax", formula, first, 13},
    {"Softplus", computes},
    {"Softsign", computes},
    {"SpaceToDepth", moves},
    {"Split", moves, first, 13, splitMoved},
    {"Sqrt"},
    {"Squeeze", moves, first, 13, axesMoved},
    {"Sub", computes, all},
    {"Sum", computes, all},
    {"Tan"},
    {"Tanh", computes},
    {"ThresholdedRelu"},
    {"Tile", moves},
    {"TopK", formula, first, 11},
    {"Transpose", moves},
    {"Trilu"},
    {"Unique", formula, first, 11},
    {"Unsqueeze", moves, first, 13, axesMoved},
    {"Upsample", whole, first, 13},
    {"Where"},
    {"Xor"},
};

llvm::ArrayRef<OperatorFacts> importer::operatorFacts() { return facts; }

const OperatorFacts *importer::factsOf(const onnx::NodeProto &node) {
  if (!node.domain().empty() && node.domain() != "ai.onnx")
    return nullptr;
  const llvm::StringRef name = node.op_type();
  const auto *row = llvm::lower_bound(
      facts, name, [](const OperatorFacts &one, llvm::StringRef wanted) {
        return one.name < wanted;
      });
  return row != std::end(facts) && row->name == name ? row : nullptr;
}
