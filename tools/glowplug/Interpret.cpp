// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// glowplug interpret: runs an instr program, or a program image, in the
// interpreters that say what it means.

#include "core/host/loops/Inputs.h"
#include "core/image/Types.h"
#include "core/image/Verify.h"
#include "core/image/instr/instr_generated.h"
#include "core/reference/Interpreter.h"
#include "core/reference/instr/Interpreter.h"
#include "core/support/Sha256.h"
#include "tools/glowplug/DataFile.h"
#include "tools/glowplug/Flat.h"
#include "tools/glowplug/Help.h"
#include "tools/glowplug/Model.h"
#include "tools/glowplug/Timeline.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

using namespace glowplug;
using namespace glowplug::cli;

namespace {

class InterpretVerb : public Verb {
public:
  explicit InterpretVerb(CLI::App &app) {
    app.add_option("FILE", file)->required();
    app.add_option("--machine", machine, "machine description of a .gpin")
        ->type_name("FILE.gpmd");
    app.add_option("--inputs", inputs,
                   "folder of input_0.pb, ..., or random:SEED [default: "
                   "random:0]")
        ->type_name("DIR");
    app.add_option("--outputs", outputFolder,
                   "write output_0.pb, ... into this folder, which is made")
        ->type_name("DIR");
    addJson(app, json);
    setHelp(app, {" FILE.gpin --machine FILE.gpmd [options]",
                  {"part0.gpin --machine part0.gpmd --inputs DIR",
                   "repro/case.gpim --inputs repro --outputs right"},
                  "0 done, 1 the file is at fault, 2 wrong usage"});
  }

  Status run() override;

private:
  std::vector<Tensor> runInstr();
  std::vector<Tensor> runImage();
  std::vector<Tensor> inputsFor(llvm::ArrayRef<PortInfo> ports) const;
  /// The segments, which lie beside the file.
  std::vector<llvm::ArrayRef<uint8_t>> segments(llvm::ArrayRef<uint64_t> sizes);

  std::string file, machine, outputFolder;
  std::string inputs = "random:0";
  std::vector<AlignedBytes> held;
  std::vector<PortInfo> outputs;
};

PortInfo portOf(const std::string &name, DType dtype,
                llvm::ArrayRef<int64_t> shape) {
  PortInfo port;
  port.name = name;
  port.dtype = dtype;
  llvm::append_range(port.shape, shape);
  return port;
}

} // namespace

std::vector<Tensor>
InterpretVerb::inputsFor(llvm::ArrayRef<PortInfo> ports) const {
  InputSource source = parseInputs(inputs);
  for (NamedTensor &named : source.tensors)
    named.name.clear(); // by position: names need not be unique here
  std::vector<Tensor> result = orFail(makeInputs(ports, source));
  for (auto [port, tensor] : llvm::zip_equal(ports, result))
    if (tensor.dtype() != port.dtype ||
        tensor.shape() != llvm::ArrayRef<int64_t>(port.shape))
      fail(wrongUsage, "input '" + port.name + "' needs " + typeText(port) +
                           ", but got " +
                           (tensor ? tensor.typeString() : "none"));
  return result;
}

std::vector<llvm::ArrayRef<uint8_t>>
InterpretVerb::segments(llvm::ArrayRef<uint64_t> sizes) {
  held = readSegments(file, sizes);
  return {held.begin(), held.end()};
}

std::vector<Tensor> InterpretVerb::runInstr() {
  if (machine.empty())
    fail(wrongUsage, "'" + file +
                         "' is an instr program: name its machine with "
                         "--machine FILE.gpmd");
  const InstrProgram read = readInstr(file, machine);
  const instr::Program &program = *instr::GetProgram(read.program.data());
  auto portsOf = [&](const auto *bindings, const std::string &prefix) {
    std::vector<PortInfo> ports;
    for (uint32_t i = 0; bindings && i < bindings->size(); ++i)
      ports.push_back(portOf(prefix + std::to_string(i),
                             static_cast<DType>(bindings->Get(i)->dtype()),
                             arrayOf(bindings->Get(i)->shape())));
    return ports;
  };
  outputs = portsOf(program.outputs(), "output_");
  return orFail(interpretInstr(program,
                               inputsFor(portsOf(program.inputs(), "input_")),
                               segments(arrayOf(program.segment_bytes()))));
}

std::vector<Tensor> InterpretVerb::runImage() {
  if (!machine.empty())
    fail(wrongUsage,
         "'" + file + "' is a program image: --machine has no effect");
  const AlignedBytes bytes = readBytes(file);
  if (llvm::Error error = verifyImage(bytes))
    fail(modelFault, file + ": " + llvm::toString(std::move(error)));
  const image::Program &program = *image::GetProgram(bytes.data());
  auto portsOf = [&](llvm::ArrayRef<uint32_t> values) {
    std::vector<PortInfo> ports;
    for (uint32_t index : values) {
      const image::Value &value = *program.body()->values()->Get(index);
      ports.push_back(portOf(textOf(value.name()).str(),
                             fromImage(value.dtype()), arrayOf(value.shape())));
    }
    return ports;
  };
  outputs = portsOf(arrayOf(program.body()->outputs()));
  std::vector<uint64_t> sizes;
  for (uint32_t i = 0; program.segments() && i < program.segments()->size();
       ++i)
    sizes.push_back(program.segments()->Get(i)->bytes());
  return orFail(interpret(program,
                          inputsFor(portsOf(arrayOf(program.body()->inputs()))),
                          segments(sizes)));
}

Status InterpretVerb::run() {
  const FlatKind kind = flatKindOf(file);
  if (kind != FlatKind::instr && kind != FlatKind::image) {
    readBytes(file); // says whether there is such a file
    fail(wrongUsage, "'" + file +
                         "' is neither an instr program (.gpin) nor a program "
                         "image (.gpim)");
  }
  const std::vector<Tensor> results =
      kind == FlatKind::instr ? runInstr() : runImage();
  if (!outputFolder.empty())
    writeOutputs(outputFolder, outputs, results);
  Json answer = {{"outputs", Json::array()}};
  for (auto [port, tensor] : llvm::zip_equal(outputs, results)) {
    const std::string hash = sha256Text(sha256(tensor.bytes()));
    if (!json)
      fmt::print(dataFile(), "output   {} {} sha256 {}\n", port.name,
                 typeText(port), hash);
    answer["outputs"].push_back(
        {{"name", port.name},
         {"shape", std::vector<int64_t>(port.shape.begin(), port.shape.end())},
         {"dtype", dtypeName(port.dtype).str()},
         {"sha256", hash}});
  }
  if (json)
    printJson(answer);
  return done;
}

std::unique_ptr<Verb> cli::addInterpret(CLI::App &app) {
  return std::make_unique<InterpretVerb>(*app.add_subcommand(
      "interpret", "run an instr program or an image in the interpreter"));
}
