// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Imports models and prints their IR, or with --quiet one line each: for work
// on the importer.

#include "core/importer/Importer.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"

using namespace glowplug;

int main(int argc, char **argv) {
  llvm::cl::list<std::string> files(llvm::cl::Positional, llvm::cl::OneOrMore,
                                    llvm::cl::desc("MODEL..."));
  llvm::cl::opt<bool> quiet("quiet", llvm::cl::desc("One line per model"));
  llvm::cl::list<std::string> dims("dim", llvm::cl::desc("NAME=SIZE"));
  llvm::cl::ParseCommandLineOptions(argc, argv, "Imports models\n");
  ImportOptions options;
  for (const std::string &dim : dims) {
    auto [name, size] = llvm::StringRef(dim).split('=');
    int64_t value = 0;
    if (size.getAsInteger(10, value)) {
      llvm::errs() << "--dim needs NAME=SIZE, but got '" << dim << "'\n";
      return 2;
    }
    options.dims[name.str()] = value;
  }
  int status = 0;
  for (const std::string &file : files) {
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    llvm::Expected<ImportedModel> model = importModel(context, {file}, options);
    if (!model) {
      llvm::outs() << "error: " << file << ": "
                   << llvm::toString(model.takeError()) << "\n";
      status = 1;
    } else if (quiet) {
      llvm::outs() << "imported: " << file << "\n";
    } else {
      mlir::OpPrintingFlags flags;
      flags.elideLargeResourceString(16);
      model->module->print(llvm::outs(), flags);
    }
  }
  return status;
}
