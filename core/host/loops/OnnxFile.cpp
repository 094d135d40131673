// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An ONNX model that is to be quantised.

#include "core/host/loops/OnnxFile.h"

#include "core/host/loops/Build.h"
#include "core/support/FaultError.h"
#include "core/support/Sha256.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace glowplug;

static llvm::Error inModel(const std::string &name, llvm::Error error) {
  return llvm::make_error<FaultError>(
      inFile(name, faultOf(std::move(error), FaultKind::model)));
}

/// Whether the wire format is that of a model within the importer's limits.
static llvm::Error check(const ModelSource &source) {
  llvm::Expected<Compiler *> compiler = theCompiler();
  if (!compiler)
    return compiler.takeError();
  std::vector<ModelInput> declared;
  Fault fault;
  if ((*compiler)->inputs(source, declared, fault))
    return llvm::Error::success();
  return inModel(source.name, llvm::make_error<FaultError>(std::move(fault)));
}

llvm::Expected<OnnxFile> OnnxFile::read(const ModelSource &source) {
  if (llvm::Error error = check(source))
    return error;
  std::unique_ptr<llvm::MemoryBuffer> file;
  llvm::ArrayRef<uint8_t> bytes;
  if (source.bytes) {
    bytes = {source.bytes->data(), source.bytes->size()};
  } else {
    auto opened = llvm::MemoryBuffer::getFile(source.name, /*IsText=*/false,
                                              /*RequiresNullTerminator=*/false);
    if (!opened)
      return makeFault(FaultKind::usage,
                       "cannot read '" + source.name +
                           "': " + opened.getError().message(),
                       source.name);
    file = std::move(*opened);
    bytes = {reinterpret_cast<const uint8_t *>(file->getBufferStart()),
             file->getBufferSize()};
  }
  llvm::Expected<ptq::OnnxGraph> graph =
      ptq::OnnxGraph::parse(llvm::toStringRef(bytes), source.name);
  if (!graph)
    return blame(FaultKind::model, graph.takeError());
  return OnnxFile{source.name, std::move(*graph),
                  sha256Text(glowplug::sha256(bytes))};
}

llvm::Expected<ptq::QuantizeResult>
OnnxFile::quantize(const ptq::Profile &profile,
                   const ptq::QuantizeOptions &options) const {
  llvm::Expected<ptq::QuantizeResult> result =
      ptq::quantizeModel(graph.model(), profile, options);
  if (result)
    return result;
  Fault fault = faultOf(result.takeError(), FaultKind::model);
  // What the caller got wrong is no fault of the file.
  if (fault.kind != FaultKind::usage)
    fault = inFile(name, std::move(fault));
  return llvm::make_error<FaultError>(std::move(fault));
}

ModelSource glowplug::quantizedSource(const ptq::QuantizeResult &quantized,
                                      const std::string &name) {
  return ModelSource::onnx(
      {reinterpret_cast<const uint8_t *>(quantized.bytes.data()),
       quantized.bytes.size()},
      name + " (quantised)");
}
