// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes the IR after each stage into numbered files.

#include "core/driver/DumpIr.h"

#include "mlir/IR/OperationSupport.h"
#include "mlir/Pass/Pass.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"

using namespace glowplug;
using namespace mlir;

llvm::Error IrDump::prepare() const {
  if (folder.empty())
    return llvm::Error::success();
  if (std::error_code code = llvm::sys::fs::create_directories(folder))
    return llvm::createStringError("cannot make folder '" + folder +
                                   "': " + code.message());
  return llvm::Error::success();
}

void IrDump::put(const std::string &name,
                 llvm::function_ref<void(llvm::raw_ostream &)> print) {
  llvm::SmallString<128> path(folder);
  llvm::sys::path::append(path, name);
  std::error_code code;
  llvm::raw_fd_ostream os(path, code);
  if (!code) {
    print(os);
    os.close();
    code = os.error();
    os.clear_error();
  }
  if (code && problem.empty())
    problem = ("cannot write '" + path + "': " + code.message()).str();
}

void IrDump::write(llvm::StringRef name, Operation *op) {
  if (folder.empty())
    return;
  std::string number;
  llvm::raw_string_ostream(number) << llvm::format("%02u-", ++stage);
  put(number + name.str() + ".mlir", [&](llvm::raw_ostream &os) {
    OpPrintingFlags flags;
    flags.elideLargeElementsAttrs(64).elideLargeResourceString(0);
    flags.enableDebugInfo(true, /*prettyForm=*/true);
    op->print(os, flags);
    os << '\n';
  });
}

void IrDump::writeBytes(llvm::StringRef name, llvm::ArrayRef<uint8_t> bytes) {
  if (folder.empty())
    return;
  std::string number;
  llvm::raw_string_ostream(number) << llvm::format("%02u-", stage);
  put(number + name.str(), [&](llvm::raw_ostream &os) {
    os.write(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  });
}

namespace {

class Instrumentation : public PassInstrumentation {
public:
  explicit Instrumentation(IrDump &dump) : dump(dump) {}

  void runAfterPass(Pass *pass, Operation *op) override {
    // Adaptors only run the passes of a nested manager, which come here too.
    if (!pass->getArgument().empty())
      dump.write(pass->getArgument(), op);
  }

private:
  IrDump &dump;
};

} // namespace

std::unique_ptr<PassInstrumentation> IrDump::instrumentation() {
  if (folder.empty())
    return nullptr;
  return std::make_unique<Instrumentation>(*this);
}

llvm::Error IrDump::finish() {
  if (problem.empty())
    return llvm::Error::success();
  return llvm::createStringError(problem);
}
