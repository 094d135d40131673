// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Opens plugins in worker processes: one worker for each plugin and options.

#include "core/isolation/IsolatedBackend.h"
#include "core/isolation/WorkerBackend.h"

#include "llvm/ADT/STLExtras.h"

#include <map>
#include <mutex>

using namespace glowplug;
using namespace glowplug::isolation;

namespace {

/// The workers of one policy, by library and options. Any thread may ask.
class Workers {
public:
  explicit Workers(IsolationPolicy policy) : policy(std::move(policy)) {}

  llvm::Expected<std::shared_ptr<ProgramBackend>>
  open(const PluginFile &file, llvm::ArrayRef<BackendOption> options);
  void prepare(const PluginFile &file, llvm::ArrayRef<BackendOption> options);

private:
  llvm::Expected<std::shared_ptr<PluginWorker>>
  make(const PluginFile &file, llvm::ArrayRef<BackendOption> options) const;

  using Key = std::vector<std::string>;
  static Key keyOf(const PluginFile &file,
                   llvm::ArrayRef<BackendOption> options) {
    Key key = {file.library};
    for (const BackendOption &option : options)
      llvm::append_values(key, option.key, option.value);
    return key;
  }

  const IsolationPolicy policy;
  std::mutex mutex;
  std::map<Key, std::shared_ptr<PluginWorker>> prepared;
  std::map<Key, std::shared_ptr<ProgramBackend>> opened;
};

} // namespace

llvm::Expected<std::shared_ptr<PluginWorker>>
Workers::make(const PluginFile &file,
              llvm::ArrayRef<BackendOption> options) const {
  std::optional<PluginManifest> manifest = file.manifest;
  if (!manifest) {
    llvm::Expected<std::optional<PluginManifest>> beside =
        manifestBeside(file.library);
    if (!beside)
      return beside.takeError();
    manifest = std::move(*beside);
  }
  IsolationPolicy own = policy;
  if (manifest) { // what the host cannot use, it need not start
    if (llvm::Error error = checkManifest(*manifest))
      return std::move(error);
    own.mayStartProcesses |= manifest->startsProcesses;
  }
  return std::make_shared<PluginWorker>(own, PluginFile{file.library, manifest},
                                        options.vec());
}

void Workers::prepare(const PluginFile &file,
                      llvm::ArrayRef<BackendOption> options) {
  const std::lock_guard lock(mutex);
  const Key key = keyOf(file, options);
  if (opened.contains(key) || prepared.contains(key))
    return;
  auto worker = make(file, options);
  if (!worker)
    return llvm::consumeError(worker.takeError()); // open() will say it
  (*worker)->begin();
  prepared[key] = std::move(*worker);
}

llvm::Expected<std::shared_ptr<ProgramBackend>>
Workers::open(const PluginFile &file, llvm::ArrayRef<BackendOption> options) {
  const std::lock_guard lock(mutex);
  const Key key = keyOf(file, options);
  if (const auto found = opened.find(key); found != opened.end())
    return found->second;
  std::shared_ptr<PluginWorker> worker = std::move(prepared[key]);
  prepared.erase(key);
  if (!worker) {
    auto made = make(file, options);
    if (!made)
      return made.takeError();
    worker = std::move(*made);
  }
  if (llvm::Error error = worker->restart())
    return std::move(error);
  return opened[key] = isolatedBackend(std::move(worker));
}

static BackendOpener openerOf(std::shared_ptr<Workers> workers) {
  // Copies of the opener share the workers: a set for each of many models does
  // not start one each time.
  return
      [workers](const PluginFile &file, llvm::ArrayRef<BackendOption> options) {
        return workers->open(file, options);
      };
}

BackendOpener glowplug::openInWorker(const IsolationPolicy &policy) {
  return openerOf(std::make_shared<Workers>(policy));
}

void glowplug::isolate(BackendSetOptions &set, const IsolationPolicy &policy) {
  if (policy.calls == IsolatedCalls::none)
    return;
  const auto workers = std::make_shared<Workers>(policy);
  set.opener = openerOf(workers);
  set.preparer = [workers](const PluginFile &file,
                           llvm::ArrayRef<BackendOption> options) {
    workers->prepare(file, options);
  };
  // Programs that run have a worker of their own: what the compiler does
  // cannot end them.
  set.runOpener =
      policy.calls == IsolatedCalls::all ? openInWorker(policy) : openInProcess;
}
