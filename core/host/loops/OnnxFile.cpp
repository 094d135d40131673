// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An ONNX model that is to be quantised.

#include "core/host/loops/OnnxFile.h"

#include "core/importer/file/Bytes.h"
#include "core/support/FaultError.h"
#include "core/support/Sha256.h"

using namespace glowplug;

static llvm::Error inModel(const std::string &name, llvm::Error error) {
  return llvm::make_error<FaultError>(
      inFile(name, faultOf(std::move(error), FaultKind::model)));
}

llvm::Expected<OnnxFile> OnnxFile::read(const ModelSource &source) {
  importer::Bytes file;
  llvm::ArrayRef<uint8_t> bytes;
  if (source.bytes) {
    bytes = {source.bytes->data(), source.bytes->size()};
  } else {
    llvm::Expected<importer::Bytes> read = importer::readFile(source.name);
    if (!read)
      return inModel(source.name, read.takeError());
    file = std::move(*read);
    bytes = {file.data, file.size};
  }
  llvm::Expected<ptq::OnnxGraph> graph = ptq::OnnxGraph::parse(bytes);
  if (!graph)
    return inModel(source.name, graph.takeError());
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
