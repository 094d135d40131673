// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Candidates that are smaller than a failing case.

#include "tests/fuzz/Shrink.h"

#include "core/support/Convert.h"
#include "core/support/Dispatch.h"

#include "llvm/ADT/STLExtras.h"

#include <chrono>
#include <set>

using namespace glowplug;
using namespace glowplug::fuzz;
using namespace glowplug::graphs;

using Values = std::map<std::string, Tensor>;
using Candidates = std::vector<Case>;

/// Drops nodes, inputs and constants that no output needs.
static void dropUnused(Case &which) {
  onnx::GraphProto &graph = *which.model.mutable_graph();
  std::set<std::string> needed;
  for (const onnx::ValueInfoProto &info : graph.output())
    needed.insert(info.name());
  std::vector<onnx::NodeProto> nodes;
  for (int i = graph.node_size(); i-- > 0;) {
    const onnx::NodeProto &node = graph.node(i);
    if (llvm::none_of(node.output(), [&](const std::string &name) {
          return needed.count(name) != 0;
        }))
      continue;
    needed.insert(node.input().begin(), node.input().end());
    nodes.insert(nodes.begin(), node);
  }
  graph.clear_node();
  for (const onnx::NodeProto &node : nodes)
    *graph.add_node() = node;
  std::vector<onnx::TensorProto> constants;
  for (const onnx::TensorProto &constant : graph.initializer())
    if (needed.count(constant.name()) != 0)
      constants.push_back(constant);
  graph.clear_initializer();
  for (const onnx::TensorProto &constant : constants)
    *graph.add_initializer() = constant;
  std::vector<onnx::ValueInfoProto> infos;
  std::vector<Tensor> inputs;
  for (auto [info, tensor] : llvm::zip(graph.input(), which.inputs))
    if (needed.count(info.name()) != 0) {
      infos.push_back(info);
      inputs.push_back(tensor);
    }
  graph.clear_input();
  for (const onnx::ValueInfoProto &info : infos)
    *graph.add_input() = info;
  which.inputs = std::move(inputs);
}

static void setOutput(Case &which, const std::string &name,
                      const Tensor &value) {
  onnx::GraphProto &graph = *which.model.mutable_graph();
  graph.clear_output();
  describe(*graph.add_output(), name, value.dtype(), value.shape());
  dropUnused(which);
}

/// One output only: one that there is, or the result of any node.
static void cutOutputs(const Case &which, const Values &values,
                       Candidates &made) {
  const onnx::GraphProto &graph = which.model.graph();
  for (const onnx::NodeProto &node : graph.node())
    for (const std::string &name : node.output()) {
      const auto value = values.find(name);
      const bool isOnly =
          graph.output_size() == 1 && graph.output(0).name() == name;
      if (value != values.end() && !isOnly)
        setOutput(made.emplace_back(which), name, value->second);
    }
}

/// An input in the place of a node, with what the interpreter computed.
static void replaceNodes(const Case &which, const Values &values,
                         Candidates &made) {
  for (int i = which.model.graph().node_size(); i-- > 0;) {
    const onnx::NodeProto &node = which.model.graph().node(i);
    if (llvm::any_of(node.output(), [&](const std::string &name) {
          return values.count(name) == 0 ||
                 llvm::any_of(
                     which.model.graph().output(),
                     [&](const auto &info) { return info.name() == name; });
        }))
      continue;
    Case candidate = which;
    onnx::GraphProto &graph = *candidate.model.mutable_graph();
    for (const std::string &name : node.output()) {
      const Tensor &value = values.at(name);
      describe(*graph.add_input(), name, value.dtype(), value.shape());
      candidate.inputs.push_back(value);
    }
    graph.mutable_node()->DeleteSubrange(i, 1);
    dropUnused(candidate);
    made.push_back(std::move(candidate));
  }
}

/// The readers of a node read one of its inputs.
static void bypassNodes(const Case &which, Candidates &made) {
  const onnx::GraphProto &graph = which.model.graph();
  for (int i = 0; i < graph.node_size(); ++i) {
    const onnx::NodeProto &node = graph.node(i);
    for (int k = 0; k < std::min(node.input_size(), 3); ++k) {
      Case candidate = which;
      onnx::GraphProto &changed = *candidate.model.mutable_graph();
      bool isRead = false;
      for (onnx::NodeProto &reader : *changed.mutable_node())
        for (std::string &name : *reader.mutable_input())
          if (name == node.output(0) && !node.input(k).empty()) {
            name = node.input(k);
            isRead = true;
          }
      if (!isRead)
        continue;
      dropUnused(candidate);
      made.push_back(std::move(candidate));
    }
  }
}

static void dropAttributes(const Case &which, Candidates &made) {
  for (int i = 0; i < which.model.graph().node_size(); ++i) {
    const onnx::NodeProto &node = which.model.graph().node(i);
    for (int k = 0; k < node.attribute_size(); ++k)
      made.emplace_back(which)
          .model.mutable_graph()
          ->mutable_node(i)
          ->mutable_attribute()
          ->DeleteSubrange(k, 1);
    if (node.input_size() > 1)
      made.emplace_back(which)
          .model.mutable_graph()
          ->mutable_node(i)
          ->mutable_input()
          ->RemoveLast();
  }
  for (Case &candidate : made)
    dropUnused(candidate);
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

/// Applies \p change to every input and constant; \p change gives no tensor for
/// one that stays. Whether anything changed.
static bool changeTensors(
    Case &which,
    const std::function<Tensor(const Tensor &, bool isInput)> &change) {
  bool changed = false;
  onnx::GraphProto &graph = *which.model.mutable_graph();
  for (onnx::TensorProto &proto : *graph.mutable_initializer())
    if (Tensor tensor = change(tensorOf(proto), false)) {
      proto = protoOf(tensor, std::string(proto.name()));
      changed = true;
    }
  for (int i = 0; i < graph.input_size(); ++i)
    if (Tensor tensor = change(which.inputs[i], true)) {
      describe(*graph.mutable_input(i), std::string(graph.input(i).name()),
               tensor.dtype(), tensor.shape());
      which.inputs[i] = std::move(tensor);
      changed = true;
    }
  return changed;
}

/// The corner of \p tensor that \p shape keeps.
static Tensor corner(const Tensor &tensor, llvm::ArrayRef<int64_t> shape) {
  Tensor result = llvm::cantFail(Tensor::zeros(tensor.dtype(), shape));
  const size_t size = dtypeBytes(tensor.dtype());
  for (int64_t i = 0; i < result.elementCount(); ++i) {
    int64_t rest = i, from = 0, stride = 1;
    for (size_t dim = shape.size(); dim-- > 0;) {
      from += rest % shape[dim] * stride;
      rest /= shape[dim];
      stride *= tensor.shape()[dim];
    }
    std::memcpy(result.mutableBytes().data() + i * size,
                tensor.bytes().data() + from * size, size);
  }
  return result;
}

/// Every dim of one size gets another, also among numbers that are shapes.
static void shrinkDims(const Case &which, Candidates &made) {
  std::set<int64_t> sizes;
  Case probe = which;
  changeTensors(probe, [&](const Tensor &tensor, bool) -> Tensor {
    sizes.insert(tensor.shape().begin(), tensor.shape().end());
    return {};
  });
  for (int64_t size : llvm::reverse(sizes))
    for (int64_t to : std::set<int64_t>{1, size / 2, size - 1}) {
      if (to < 1 || to >= size)
        continue;
      Case candidate = which;
      changeTensors(
          candidate, [&](const Tensor &tensor, bool isInput) -> Tensor {
            Shape shape(tensor.shape());
            std::replace(shape.begin(), shape.end(), size, to);
            Tensor result = corner(tensor, shape);
            // A list of numbers may be a shape.
            if (!isInput && tensor.dtype() == DType::i64 && tensor.rank() == 1)
              for (int64_t &entry : result.mutableElements<int64_t>())
                if (entry == size)
                  entry = to;
            return result;
          });
      for (onnx::NodeProto &node :
           *candidate.model.mutable_graph()->mutable_node())
        for (onnx::AttributeProto &attribute : *node.mutable_attribute())
          if (attribute.name() == "kernel_shape" ||
              attribute.name() == "group") {
            for (int64_t &entry : *attribute.mutable_ints())
              entry = entry == size ? to : entry;
            if (attribute.has_i() && attribute.i() == size)
              attribute.set_i(to);
          }
      // What the shapes of the outputs are now is for the importer to say.
      for (onnx::ValueInfoProto &info :
           *candidate.model.mutable_graph()->mutable_output())
        info.mutable_type()->mutable_tensor_type()->clear_shape();
      made.push_back(std::move(candidate));
    }
}

/// All tensors of a float type get single precision.
static void simplifyTypes(const Case &which, Candidates &made) {
  for (DType type : {DType::f16, DType::bf16, DType::f64}) {
    Case candidate = which;
    bool changed = changeTensors(candidate, [&](const Tensor &tensor, bool) {
      if (tensor.dtype() != type)
        return Tensor();
      const std::vector<double> values = toDoubles(tensor);
      return Tensor::of<float>(
          tensor.shape(), std::vector<float>(values.begin(), values.end()));
    });
    const int32_t number = onnxOfDType(type), f32 = onnxOfDType(DType::f32);
    onnx::GraphProto &graph = *candidate.model.mutable_graph();
    for (onnx::NodeProto &node : *graph.mutable_node())
      for (onnx::AttributeProto &attribute : *node.mutable_attribute())
        if (attribute.name() == "to" && attribute.i() == number) {
          attribute.set_i(f32);
          changed = true;
        }
    for (onnx::ValueInfoProto &info : *graph.mutable_output()) {
      auto &tensor = *info.mutable_type()->mutable_tensor_type();
      if (tensor.elem_type() == number)
        tensor.set_elem_type(f32);
    }
    if (changed)
      made.push_back(std::move(candidate));
  }
}

/// All ones, or numbers that a person can add; of one tensor at a time.
static void simplifyData(const Case &which, Candidates &made) {
  const int count = which.model.graph().initializer_size() +
                    static_cast<int>(which.inputs.size());
  for (int chosen = -1; chosen < count; ++chosen)
    for (bool ones : {true, false}) {
      int index = 0;
      Case candidate = which;
      const bool changed =
          changeTensors(candidate, [&](const Tensor &tensor, bool) -> Tensor {
            const int at = index++;
            // Lists of integers are shapes and axes.
            if ((chosen >= 0 && at != chosen) ||
                (tensor.dtype() == DType::i64 && tensor.rank() <= 1))
              return {};
            Tensor result =
                llvm::cantFail(Tensor::zeros(tensor.dtype(), tensor.shape()));
            dispatch(tensor.dtype(), [&]<typename T>(TypeTag<T>) {
              int64_t i = 0;
              for (T &element : result.mutableElements<T>())
                element = convert<T>(ones ? 1.0 : static_cast<double>(i++ % 7));
            });
            if (result.bytes() == tensor.bytes())
              return {};
            return result;
          });
      if (changed)
        made.push_back(std::move(candidate));
    }
}

Case fuzz::shrink(Case failing, const StillFails &stillFails,
                  const Intermediates &intermediates, double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(seconds));
  /// Large steps come first; \p step is tried until it helps no more.
  using Step = std::function<void(const Case &, const Values &, Candidates &)>;
  const std::vector<Step> steps = {
      [](const Case &which, const Values &values, Candidates &made) {
        cutOutputs(which, values, made);
        replaceNodes(which, values, made);
      },
      [](const Case &which, const Values &, Candidates &made) {
        bypassNodes(which, made);
      },
      [](const Case &which, const Values &, Candidates &made) {
        shrinkDims(which, made);
      },
      [](const Case &which, const Values &, Candidates &made) {
        dropAttributes(which, made);
      },
      [](const Case &which, const Values &, Candidates &made) {
        simplifyTypes(which, made);
      },
      [](const Case &which, const Values &, Candidates &made) {
        simplifyData(which, made);
      },
  };
  // Data is made simple once, or its two forms would take turns.
  bool helped = true;
  for (int round = 0; helped && round < 3; ++round) {
    helped = false;
    for (const auto &[number, step] : llvm::enumerate(steps)) {
      for (bool again = true; again && Clock::now() < end;) {
        again = false;
        Values values;
        if (number == 0)
          values = intermediates(failing).value_or(Values());
        Candidates made;
        step(failing, values, made);
        const std::optional<size_t> found = stillFails(made);
        if (!found)
          continue;
        failing = made[*found];
        again = number + 1 < steps.size();
        helped |= again;
      }
    }
  }
  return failing;
}
