// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Einsum: operands are multiplied in order, two at a time, by matrix products.

#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Index.h"

#include "llvm/ADT/StringExtras.h"

#include <map>

using namespace glowplug;
using namespace glowplug::importer;

namespace {

/// Names of dims. Letters are themselves; the dims of the ellipsis are the
/// digits, counted from the last.
using Labels = std::string;

/// A tensor whose dims have names.
struct Term {
  Value value;
  Labels labels;
};

class Equation {
public:
  explicit Equation(Node &node) : node(node), b(node.b) {}

  LogicalResult run();

private:
  bool parse(StringRef text);
  bool readTerm(StringRef text, unsigned operand);
  /// Takes the diagonal of repeated labels.
  void takeDiagonals(Term &term);
  /// Sums over the labels of \p term that \p keep does not hold.
  void sumOut(Term &term, StringRef keep);
  /// The dims of \p term in the order of \p labels, which it may lack: those
  /// get size 1.
  Value arranged(const Term &term, StringRef labels);
  /// The product of two terms, summed over what \p keep does not hold.
  std::optional<Term> contract(Term lhs, Term rhs, StringRef keep);

  int64_t product(StringRef labels) const {
    int64_t result = 1;
    for (char label : labels)
      result *= sizes.at(label);
    return result;
  }
  Shape shapeFor(StringRef labels) const {
    Shape shape;
    for (char label : labels)
      shape.push_back(sizes.at(label));
    return shape;
  }

  Node &node;
  PrimBuilder &b;
  SmallVector<Term> terms;
  Labels output;
  std::map<char, int64_t> sizes;
  size_t ellipsisRank = 0;
};

} // namespace

static bool has(StringRef labels, char label) { return labels.contains(label); }

/// Labels of an ellipsis of \p rank dims.
static Labels ellipsisLabels(size_t rank) {
  Labels labels;
  for (size_t i = rank; i-- > 0;)
    labels.push_back(static_cast<char>('0' + i));
  return labels;
}

bool Equation::readTerm(StringRef text, unsigned operand) {
  ArrayRef<int64_t> shape = node.shape(operand);
  const auto [before, after] = text.split("...");
  const bool dots = text.contains("...");
  const size_t letters = before.size() + after.size();
  if (!node.check(dots ? letters <= shape.size() : letters == shape.size(),
                  "term '" + text + "' does not fit input " + Twine(operand) +
                      " of rank " + Twine(shape.size())))
    return false;
  Labels labels = before.str();
  if (dots) {
    const size_t rank = shape.size() - letters;
    ellipsisRank = std::max(ellipsisRank, rank);
    labels += ellipsisLabels(rank);
  }
  labels += after.str();
  for (auto [label, size] : llvm::zip_equal(labels, shape)) {
    auto [known, isNew] = sizes.try_emplace(label, size);
    if (llvm::isDigit(label) && known->second == 1)
      known->second = size;
    if (!node.check(known->second == size ||
                        (llvm::isDigit(label) && size == 1),
                    "label '" + Twine(label) + "' stands for " +
                        Twine(known->second) + " and for " + Twine(size)))
      return false;
  }
  terms.push_back({node.input(operand), labels});
  return true;
}

bool Equation::parse(StringRef given) {
  std::string text = given.str();
  llvm::erase(text, ' ');
  auto valid = [&](StringRef term) {
    const auto [before, after] = term.split("...");
    return llvm::all_of(before, llvm::isAlpha) &&
           llvm::all_of(after, llvm::isAlpha);
  };
  const auto [left, right] = StringRef(text).split("->");
  SmallVector<StringRef> inputs;
  left.split(inputs, ',');
  if (!node.check(inputs.size() == node.numInputs() &&
                      llvm::all_of(inputs, valid) && valid(right),
                  "equation '" + given + "' is not valid for " +
                      Twine(node.numInputs()) + " inputs"))
    return false;
  for (auto [i, term] : llvm::enumerate(inputs))
    if (!readTerm(term, i))
      return false;

  if (StringRef(text).contains("->")) {
    const auto [before, after] = right.split("...");
    output = before.str();
    if (right.contains("..."))
      output += ellipsisLabels(ellipsisRank);
    output += after.str();
  } else {
    // The implicit output: the ellipsis, then labels that stand once.
    output = ellipsisLabels(ellipsisRank);
    for (const auto &[label, size] : sizes)
      if (llvm::isAlpha(label) && left.count(label) == 1)
        output.push_back(label);
  }
  for (char label : output)
    if (!node.check(sizes.count(label) && llvm::count(output, label) == 1,
                    "equation '" + given +
                        "' has an output label that no "
                        "input has, or that stands twice"))
      return false;
  return true;
}

void Equation::takeDiagonals(Term &term) {
  for (size_t i = 0; i < term.labels.size(); ++i) {
    const size_t j = term.labels.find(term.labels[i], i + 1);
    if (j == Labels::npos)
      continue;
    // Dims i and j to the front, as one; then each (n + 1)-th row.
    Shape order{static_cast<int64_t>(i), static_cast<int64_t>(j)};
    Labels labels(1, term.labels[i]);
    for (size_t dim = 0; dim < term.labels.size(); ++dim)
      if (dim != i && dim != j) {
        order.push_back(dim);
        labels.push_back(term.labels[dim]);
      }
    Value moved = b.transpose(term.value, order);
    Shape shape(prim::shapeOf(moved));
    const int64_t size = shape[0];
    shape.erase(shape.begin());
    shape[0] = size * size;
    Value flat = b.reshape(moved, shape);
    shape[0] = size;
    Shape strides(shape.size(), 1);
    strides[0] = size + 1;
    term = {b.slice(flat, Shape(shape.size(), 0), shape, strides), labels};
    i = static_cast<size_t>(-1); // look again from the first
  }
}

void Equation::sumOut(Term &term, StringRef keep) {
  Shape dims, rest;
  Labels labels;
  for (auto [dim, label] : llvm::enumerate(term.labels)) {
    if (!has(keep, label)) {
      dims.push_back(dim);
      continue;
    }
    labels.push_back(label);
    rest.push_back(prim::shapeOf(term.value)[dim]);
  }
  if (dims.empty())
    return;
  const Type element = prim::elementOf(term.value);
  Value sum = b.reduce(ReduceKind::sum, term.value, dims);
  term = {b.cast(b.reshape(sum, rest), element), labels};
}

Value Equation::arranged(const Term &term, StringRef labels) {
  Shape order, shape;
  for (char label : labels) {
    const size_t dim = term.labels.find(label);
    shape.push_back(dim == Labels::npos ? 1 : prim::shapeOf(term.value)[dim]);
    if (dim != Labels::npos)
      order.push_back(dim);
  }
  return b.reshape(b.transpose(term.value, order), shape);
}

std::optional<Term> Equation::contract(Term lhs, Term rhs, StringRef keep) {
  // Sum what only one side has and nobody else needs.
  sumOut(lhs, keep.str() + rhs.labels);
  sumOut(rhs, keep.str() + lhs.labels);

  Labels batch, rows, inner, columns;
  for (char label : lhs.labels)
    (!has(rhs.labels, label) ? rows
     : has(keep, label)      ? batch
                             : inner)
        .push_back(label);
  for (char label : rhs.labels)
    if (!has(lhs.labels, label))
      columns.push_back(label);

  // Sides as [batch, rows, inner] and [batch, inner, columns]. A dim of the
  // ellipsis may be 1 on one side: it is repeated.
  Value left = arranged(lhs, batch + rows + inner);
  Value right = arranged(rhs, batch + inner + columns);
  const Shape leftShape = shapeFor(batch + rows + inner);
  const Shape rightShape = shapeFor(batch + inner + columns);
  if (!node.checkShape(leftShape) || !node.checkShape(rightShape))
    return std::nullopt;
  left = b.reshape(b.broadcast(left, leftShape),
                   {product(batch), product(rows), product(inner)});
  right = b.reshape(b.broadcast(right, rightShape),
                    {product(batch), product(inner), product(columns)});
  Shape shape = shapeFor(batch + rows + columns);
  if (!node.checkShape(shape))
    return std::nullopt;
  const Type element = prim::elementOf(lhs.value);
  Value result = b.cast(b.matmul(left, right), element);
  return Term{b.reshape(result, shape), batch + rows + columns};
}

LogicalResult Equation::run() {
  for (unsigned i = 0; i < node.numInputs(); ++i) {
    if (i > 0 && !node.sameType(0, i))
      return llvm::failure();
    if (!node.check(node.dtype(i) != DType::boolean,
                    "inputs need to be numbers, but are boolean"))
      return llvm::failure();
  }
  if (!parse(node.stringAttr("equation", "")))
    return llvm::failure();
  for (Term &term : terms)
    takeDiagonals(term);

  Term result = terms[0];
  for (size_t i = 1; i < terms.size(); ++i) {
    Labels keep = output;
    for (size_t later = i + 1; later < terms.size(); ++later)
      keep += terms[later].labels;
    std::optional<Term> next = contract(result, terms[i], keep);
    if (!next)
      return llvm::failure();
    result = *next;
  }
  sumOut(result, output);
  return node.result(arranged(result, output));
}

static LogicalResult einsum(Node &node) { return Equation(node).run(); }

ArrayRef<OpRow> importer::einsumRows() {
  static const OpRow rows[] = {
      {"Einsum", 12, {1, 64}, einsum},
  };
  return rows;
}
