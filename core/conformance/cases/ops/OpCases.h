// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Level 1: one op in a program, in all the forms in which it may come.

#pragma once

#include "core/conformance/cases/CoveringArray.h"
#include "core/conformance/cases/Data.h"
#include "core/conformance/cases/Epilogues.h"
#include "core/conformance/cases/ProgramCase.h"

namespace glowplug::conformance {

struct OpCaseOptions {
  Depth depth = Depth::quick;
  /// Whether the plugin says that it takes cases of these features: what it
  /// takes is tried in more combinations. Empty: it takes everything.
  std::function<bool(const Features &features)> isClaimed = {};
  /// Whether it takes any case that has \p some of its features; where it is
  /// known to take none, none is looked for.
  std::function<bool(const Features &some)> mayBeClaimed = {};
  /// Sizes at whose edges shapes are tried, such as those of the tiles of a
  /// machine description. Not empty.
  std::vector<int64_t> tiles = {16};
};

/// All cases of level 1 up to a depth, by name.
std::vector<ProgramCase> opCases(const OpCaseOptions &options);

/// Whether a case is of the kind that networks are made of. Profiles ask for
/// such cases ("scope" is "common"): what a plugin claims may add some, and
/// never takes one away.
bool isCommon(const Features &features);
/// Whether a case that has \p some of its features may be.
bool mayBeCommon(const Features &some);

/// What the files of op families add their cases to.
class OpCaseList {
public:
  explicit OpCaseList(const OpCaseOptions &options) : options(options) {}

  /// Adds a case `ops/OP/TYPE/VARIANT` unless it is too deep. Its features get
  /// "op" and "type", and maybe "scope".
  void add(llvm::StringRef op, DType type, const std::string &variant,
           Depth depth, Features features, MakeSample make);
  /// Choices of \p factors for \p op and \p type that are lawful. Among those
  /// that are claimed any two values meet, in full runs any three; among those
  /// that are common any two, whatever is claimed; of the others each value
  /// stands in some. In smoke runs only those that depthOf() leaves there.
  std::vector<Choice>
  choose(llvm::StringRef op, DType type, const std::vector<Factor> &factors,
         const std::function<bool(const Choice &)> &isLawful,
         const std::function<Features(const Choice &)> &featuresOf) const;
  /// Of the \p index-th choice of a table.
  Depth depthOf(size_t index) const;
  /// 1, and the sizes around tiles, the largest last.
  std::vector<int64_t> edges() const;
  const OpCaseOptions &settings() const { return options; }
  std::vector<ProgramCase> take() { return std::move(cases); }

private:
  const OpCaseOptions &options;
  std::vector<ProgramCase> cases;
};

/// How an operand of a map is repeated to the shape of the result.
enum class Repeat : int64_t { none, secondInRows, firstInColumns, others };

/// The shape of operand \p operand of a map whose result has the shape
/// \p result, of at least two dims.
llvm::SmallVector<int64_t, 3> operandShape(llvm::ArrayRef<int64_t> result,
                                           Repeat repeat, unsigned operand);

/// All element types but `none`, or those for which \p holds is true.
std::vector<DType> dtypes(bool (*holds)(DType) = nullptr);

// The families, one file each.
void addMatMuls(OpCaseList &list);
void addConvs(OpCaseList &list);
void addMaps(OpCaseList &list);
/// Part of addMaps(): regions of several scalar ops.
void addRegions(OpCaseList &list);
void addReductions(OpCaseList &list);
void addWindows(OpCaseList &list);
void addMovement(OpCaseList &list);
void addIndexing(OpCaseList &list);
void addOrders(OpCaseList &list);
void addComposites(OpCaseList &list);

} // namespace glowplug::conformance
