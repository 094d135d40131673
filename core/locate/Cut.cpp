// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cuts programs.

#include "core/locate/Cut.h"

#include "core/image/Types.h"
#include "core/image/Verify.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

#include <set>

using namespace glowplug;

namespace {

/// Builds the program of one cut.
class CutBuilder {
public:
  CutBuilder(const image::Program &source, const PartImage &part)
      : source(source), part(part) {}

  Cut build(llvm::ArrayRef<uint32_t> ops, llvm::ArrayRef<uint32_t> outputs);

private:
  void chooseOps(llvm::ArrayRef<uint32_t> ops);
  void chooseOutputs(llvm::ArrayRef<uint32_t> ops);
  uint32_t valueOf(uint32_t whole);
  std::unique_ptr<image::OpT> copyOf(const image::Op &op);
  /// Number of segment \p whole of the source in the cut.
  int32_t segmentOf(int32_t whole);
  /// Number of body \p whole of the source in the cut.
  uint32_t bodyOf(uint32_t whole);

  const image::Program &source;
  const PartImage &part;
  image::ProgramT made;
  Cut result;
  std::vector<uint32_t> chosen; // with constants
  llvm::DenseMap<uint32_t, uint32_t> values, bodies;
  llvm::DenseMap<int32_t, int32_t> segments;
};

} // namespace

static bool isConstant(const image::Op &op) {
  return op.attributes_type() == image::Attributes::Constant;
}

/// Those of \p ops, and the constants that they read.
void CutBuilder::chooseOps(llvm::ArrayRef<uint32_t> ops) {
  const auto &all = *source.body()->ops();
  std::set<uint32_t> read;
  for (uint32_t op : ops)
    read.insert(all.Get(op)->operands()->begin(),
                all.Get(op)->operands()->end());
  for (uint32_t i = 0; i < all.size(); ++i) {
    const image::Op &op = *all.Get(i);
    if (llvm::is_contained(ops, i) ||
        (isConstant(op) && read.contains(op.results()->Get(0))))
      chosen.push_back(i);
  }
}

/// What ops outside of the cut read, or the program gives. If that is nothing:
/// what the last op makes.
void CutBuilder::chooseOutputs(llvm::ArrayRef<uint32_t> ops) {
  const auto &all = *source.body()->ops();
  std::set<uint32_t> wanted(source.body()->outputs()->begin(),
                            source.body()->outputs()->end());
  for (uint32_t i = 0; i < all.size(); ++i)
    if (!llvm::is_contained(ops, i))
      for (uint32_t value : arrayOf(all.Get(i)->operands()))
        wanted.insert(value);
  for (uint32_t op : ops)
    for (uint32_t value : arrayOf(all.Get(op)->results()))
      if (wanted.contains(value))
        result.outputs.push_back(value);
  if (result.outputs.empty())
    llvm::append_range(result.outputs, arrayOf(all.Get(ops.back())->results()));
}

uint32_t CutBuilder::valueOf(uint32_t whole) {
  auto [number, isNew] = values.try_emplace(whole, made.body->values.size());
  if (isNew)
    made.body->values.emplace_back(
        source.body()->values()->Get(whole)->UnPack());
  return number->second;
}

int32_t CutBuilder::segmentOf(int32_t whole) {
  auto [number, isNew] =
      segments.try_emplace(whole, static_cast<int32_t>(made.segments.size()));
  if (isNew) {
    const auto index = static_cast<uint32_t>(whole);
    made.segments.emplace_back(source.segments()->Get(index)->UnPack());
    result.program.segments.push_back(part.segments[index]);
  }
  return number->second;
}

uint32_t CutBuilder::bodyOf(uint32_t whole) {
  if (auto found = bodies.find(whole); found != bodies.end())
    return found->second;
  const auto number = static_cast<uint32_t>(made.bodies.size());
  bodies[whole] = number;
  made.bodies.emplace_back(source.bodies()->Get(whole)->UnPack());
  for (size_t i = 0; i < made.bodies[number]->ops.size(); ++i) {
    // Others are appended meanwhile.
    image::AttributesUnion &attributes =
        made.bodies[number]->ops[i]->attributes;
    if (image::ConstantT *constant = attributes.AsConstant();
        constant && constant->segment >= 0)
      constant->segment = segmentOf(constant->segment);
    if (image::CompositeT *composite = attributes.AsComposite())
      composite->body = bodyOf(composite->body);
  }
  return number;
}

std::unique_ptr<image::OpT> CutBuilder::copyOf(const image::Op &op) {
  std::unique_ptr<image::OpT> copy(op.UnPack());
  for (uint32_t &value : copy->operands)
    value = valueOf(value);
  for (uint32_t &value : copy->results)
    value = valueOf(value);
  if (image::ConstantT *constant = copy->attributes.AsConstant();
      constant && constant->segment >= 0)
    constant->segment = segmentOf(constant->segment);
  if (image::CompositeT *composite = copy->attributes.AsComposite())
    composite->body = bodyOf(composite->body);
  return copy;
}

Cut CutBuilder::build(llvm::ArrayRef<uint32_t> ops,
                      llvm::ArrayRef<uint32_t> outputs) {
  result.ops.assign(ops.begin(), ops.end());
  result.program.backend = part.backend;
  made.container_version = source.container_version();
  made.opset_version = source.opset_version();
  made.name = textOf(source.name()).str();
  if (source.required_features())
    for (const flatbuffers::String *feature : *source.required_features())
      made.required_features.push_back(feature->str());
  made.body = std::make_unique<image::BodyT>();
  chooseOps(ops);
  if (outputs.empty())
    chooseOutputs(ops);
  else
    result.outputs.assign(outputs.begin(), outputs.end());

  const auto &all = *source.body()->ops();
  std::set<uint32_t> defined;
  for (uint32_t op : chosen)
    for (uint32_t value : arrayOf(all.Get(op)->results()))
      defined.insert(value);
  for (uint32_t op : chosen)
    for (uint32_t value : arrayOf(all.Get(op)->operands()))
      if (!defined.contains(value) &&
          !llvm::is_contained(result.inputs, value)) {
        result.inputs.push_back(value);
        made.body->inputs.push_back(valueOf(value));
      }
  for (uint32_t op : chosen)
    made.body->ops.push_back(copyOf(*all.Get(op)));
  for (uint32_t value : result.outputs)
    made.body->outputs.push_back(valueOf(value));

  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(image::Program::Pack(builder, &made),
                 image::ProgramIdentifier());
  const uint8_t *bytes = builder.GetBufferPointer();
  result.program.image.assign(bytes, bytes + builder.GetSize());
  return std::move(result);
}

Cutter::Cutter(const PartImage &part) : part(part) {
  const auto *ops = program().body()->ops();
  for (uint32_t i = 0; ops && i < ops->size(); ++i)
    if (!isConstant(*ops->Get(i)))
      computing.push_back(i);
}

const image::Program &Cutter::program() const {
  return *image::GetProgram(part.image.data());
}

llvm::Expected<Cut> Cutter::cut(llvm::ArrayRef<uint32_t> ops,
                                llvm::ArrayRef<uint32_t> outputs) const {
  Cut result = CutBuilder(program(), part).build(ops, outputs);
  if (llvm::Error error = verifyImage(result.program.image))
    return std::move(error);
  return result;
}

std::string Cutter::kindOf(uint32_t op) const {
  const image::Op &found = *program().body()->ops()->Get(op);
  std::string kind = image::EnumNameAttributes(found.attributes_type());
  if (const image::Composite *composite = found.attributes_as_Composite())
    kind += " " + textOf(composite->name()).str() + "@" +
            std::to_string(found.version());
  return kind;
}

std::string Cutter::nameOf(uint32_t op) const {
  return textOf(program().body()->ops()->Get(op)->name()).str();
}

std::string Cutter::valueName(uint32_t value) const {
  return textOf(program().body()->values()->Get(value)->name()).str();
}
