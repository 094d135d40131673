// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What floats decide in runs of the interpreter.

#include "core/driver/Decisions.h"

#include <algorithm>
#include <cmath>
#include <random>

using namespace glowplug;

double glowplug::distanceOf(llvm::ArrayRef<double> a,
                            llvm::ArrayRef<double> b) {
  double distance = 0;
  for (size_t i = 0; i < a.size(); ++i)
    if (std::isfinite(a[i]) && std::isfinite(b[i]))
      distance = std::max(distance, std::abs(a[i] - b[i]));
  return distance;
}

DecisionHooks Decisions::record() {
  return {[this](size_t, llvm::MutableArrayRef<Tensor> operands,
                 llvm::ArrayRef<bool>) {
            decisions.push_back({{operands.begin(), operands.end()},
                                 {},
                                 std::vector<double>(operands.size())});
          },
          [this](size_t index, llvm::MutableArrayRef<Tensor> results) {
            decisions[index].results.assign(results.begin(), results.end());
          }};
}

DecisionHooks Decisions::followAndRecord(double factor) {
  return follow(factor, true);
}

DecisionHooks Decisions::follow(double factor) { return follow(factor, false); }

DecisionHooks Decisions::follow(double factor, bool thenRecord) {
  differs = false;
  return {[=, this](size_t index, llvm::MutableArrayRef<Tensor> operands,
                    llvm::ArrayRef<bool> exact) {
            Decision &decision = decisions.at(index);
            for (size_t i = 0; i < operands.size(); ++i)
              if (!exact[i] && isFloat(operands[i].dtype()))
                decision.errors[i] +=
                    factor * distanceOf(toDoubles(decision.operands[i]),
                                        toDoubles(operands[i]));
            decision.operands.clear(); // to free memory
            if (thenRecord)
              decision.operands.assign(operands.begin(), operands.end());
          },
          [this](size_t index, llvm::MutableArrayRef<Tensor> results) {
            const Decision &decision = decisions.at(index);
            for (size_t i = 0; i < results.size(); ++i)
              if (!isFloat(results[i].dtype())) {
                differs |= results[i].bytes() != decision.results[i].bytes();
                results[i] = decision.results[i];
              }
          }};
}

bool Decisions::areClose() const {
  return llvm::any_of(decisions, [](const Decision &decision) {
    return llvm::any_of(decision.errors,
                        [](double error) { return error > 0; });
  });
}

/// \p tensor, of doubles, each off by up to \p most.
static Tensor sway(const Tensor &tensor, double most, std::mt19937_64 &random) {
  std::vector<double> elements = toDoubles(tensor);
  for (double &element : elements)
    element += most * (static_cast<double>(random() >> 11) * 0x1p-52 - 1);
  return Tensor::of<double>(tensor.shape(), elements);
}

DecisionHooks Decisions::sway(unsigned seed) const {
  return {[this, seed](size_t index, llvm::MutableArrayRef<Tensor> operands,
                       llvm::ArrayRef<bool>) {
            const Decision &decision = decisions.at(index);
            std::mt19937_64 random(index * 1000 + seed);
            for (size_t i = 0; i < operands.size(); ++i)
              if (decision.errors[i] > 0)
                operands[i] = ::sway(operands[i], decision.errors[i], random);
          },
          nullptr};
}
