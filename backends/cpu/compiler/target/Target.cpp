// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The machine that code is made for, and whether this machine can run it.

#include "backends/cpu/compiler/target/Target.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"

#include <algorithm>
#include <mutex>

namespace glowplug::cpu {
namespace {

// Bumped when code made before no longer fits the runtime functions.
constexpr llvm::StringLiteral requirementTag = "glowplug-cpu-1";

void initialiseOnce() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
  });
}

/// Features of this machine, as LLVM spells them.
std::vector<std::string> hostFeatures() {
  std::vector<std::string> result;
  for (const auto &entry : llvm::sys::getHostCPUFeatures())
    if (entry.second)
      result.push_back(entry.first().str());
  std::sort(result.begin(), result.end());
  return result;
}

std::string join(llvm::ArrayRef<std::string> list, llvm::StringRef before) {
  std::string text;
  for (const std::string &item : list)
    text += (text.empty() ? "" : ",") + before.str() + item;
  return text;
}

llvm::Error error(const std::string &text) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), text.c_str());
}

/// LLVM's list of all features that this machine has or lacks. It wins over
/// what the name of the CPU implies: a virtual machine may hide features.
std::string hostFeatureList() {
  std::string list = join(hostFeatures(), "+");
  for (const auto &entry : llvm::sys::getHostCPUFeatures())
    if (!entry.second)
      list += ",-" + entry.first().str();
  return list;
}

/// Fails if LLVM does not know the CPU or one of the \p features.
llvm::Error checkNames(const llvm::Target &target, const std::string &triple,
                       const std::string &cpu, llvm::StringRef features) {
  std::unique_ptr<llvm::MCSubtargetInfo> probe(
      target.createMCSubtargetInfo(triple, "", ""));
  if (!probe->isCPUStringValid(cpu))
    return error("unknown target CPU '" + cpu + "' for " + triple);
  llvm::StringSet<> known;
  for (const llvm::SubtargetFeatureKV &feature :
       probe->getAllProcessorFeatures())
    known.insert(feature.Key);
  llvm::SmallVector<llvm::StringRef> wanted;
  features.split(wanted, ',', -1, false);
  for (llvm::StringRef feature : wanted)
    if ((feature[0] != '+' && feature[0] != '-') ||
        !known.contains(feature.drop_front()))
      return error("unknown CPU feature '" + feature.str() +
                   "'; expected +NAME or -NAME");
  return llvm::Error::success();
}

/// The features of \p machine that can be compared when code is loaded: those
/// that the detection of the host knows. The rest of LLVM's is tuning.
std::vector<std::string>
comparableFeatures(const llvm::TargetMachine &machine) {
  llvm::StringSet<> comparable;
  for (const auto &entry : llvm::sys::getHostCPUFeatures())
    comparable.insert(entry.first());
  std::vector<std::string> features;
  for (const llvm::SubtargetFeatureKV &feature :
       machine.getMCSubtargetInfo()->getEnabledProcessorFeatures())
    if (comparable.contains(feature.Key))
      features.push_back(feature.Key);
  std::sort(features.begin(), features.end());
  return features;
}

} // namespace

llvm::Expected<Target> Target::create(const std::string &cpu,
                                      const std::string &features) {
  initialiseOnce();
  const std::string triple = llvm::sys::getProcessTriple();
  std::string message;
  const llvm::Target *found =
      llvm::TargetRegistry::lookupTarget(triple, message);
  if (!found)
    return error("no code generator for " + triple + ": " + message);

  const bool isHost = cpu == "host";
  const std::string name = isHost ? llvm::sys::getHostCPUName().str() : cpu;
  if (llvm::Error wrong = checkNames(*found, triple, name, features))
    return wrong;
  std::string list = isHost ? hostFeatureList() : "";
  if (!features.empty())
    list += (list.empty() ? "" : ",") + features;

  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  Target target;
  target.targetMachine.reset(found->createTargetMachine(
      triple, name, list, options, llvm::Reloc::PIC_, llvm::CodeModel::Small,
      llvm::CodeGenOptLevel::Default));
  target.features = comparableFeatures(*target.targetMachine);
  target.targetTraits = TargetTraits::of(*target.targetMachine);
  return std::move(target);
}

std::string Target::describe() const {
  return targetMachine->getTargetCPU().str() + " (" +
         targetMachine->getTargetTriple().str() + ")";
}

std::string Target::requirement() const {
  return requirementTag.str() + ";" + targetMachine->getTargetTriple().str() +
         ";" + targetMachine->getTargetCPU().str() + ";" + join(features, "+");
}

std::string compareRequirement(const std::string &requirement) {
  initialiseOnce();
  llvm::SmallVector<llvm::StringRef, 4> fields;
  llvm::StringRef(requirement).split(fields, ';');
  if (fields.size() != 4 || fields[0] != requirementTag)
    return "requirement '" + requirement + "' is not of the form '" +
           requirementTag.str() + ";TRIPLE;CPU;FEATURES'";
  if (std::string triple = llvm::sys::getProcessTriple(); fields[1] != triple)
    return "code for '" + fields[1].str() + "' cannot run on '" + triple + "'";

  std::vector<std::string> here = hostFeatures();
  llvm::SmallVector<llvm::StringRef> needed;
  fields[3].split(needed, ',', -1, false);
  for (llvm::StringRef feature : needed)
    if (!std::binary_search(here.begin(), here.end(),
                            feature.drop_front().str()))
      return "code for CPU '" + fields[2].str() + "' needs feature '" +
             feature.drop_front().str() + "', which this CPU '" +
             llvm::sys::getHostCPUName().str() + "' lacks";
  return "";
}

} // namespace glowplug::cpu
