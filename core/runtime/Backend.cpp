// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Opens, describes and closes a backend.

#include "core/runtime/Backend.h"

#include "core/runtime/Answers.h"
#include "core/runtime/Errors.h"
#include "core/runtime/Executable.h"
#include "core/runtime/Host.h"

#include <glowplug/glue/struct.h>
#include <glowplug/image.h>

#include "llvm/ADT/STLExtras.h"

#include <utility>

namespace glowplug {
namespace {

/// What describe() says, with the first rule it breaks.
struct DescribeAnswers : Answers {
  BackendInfo result;
  unsigned infos = 0;

  void addInfo(const gp_backend_info *given) {
    gp_backend_info info;
    if (!read("gp_backend_info", &info, given))
      return;
    if (infos++ > 0)
      return complain("info is called twice");
    if (!info.name || !info.version || !info.target)
      return complain("name, version or target of gp_backend_info is NULL");
    result.name = info.name;
    result.version = info.version;
    result.target = info.target;
    result.containerVersionMax = info.container_version_max;
    result.opsetVersionMax = info.opset_version_max;
    const bool isPlain = llvm::all_of(result.name, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
    if (result.name.empty() || !isPlain)
      complain("name is '" + result.name +
               "', but needs lower case letters, digits and '-'");
  }

  void addOption(const gp_option_info *given) {
    gp_option_info option;
    if (!read("gp_option_info", &option, given))
      return;
    if (!option.key || !*option.key || !option.default_value || !option.help)
      return complain("an option has no key, default_value or help");
    for (const BackendOptionInfo &other : result.options)
      if (other.key == option.key)
        return complain("option '" + other.key + "' is listed twice");
    result.options.push_back({option.key, option.default_value, option.help});
  }

  void addOp(const gp_op_info *given) {
    gp_op_info op;
    if (!read("gp_op_info", &op, given))
      return;
    const auto kind = static_cast<gp_image_attributes>(op.op);
    if (kind == gp_image_attributes_none ||
        llvm::StringRef(gp_image_attributes_name(kind)) == "?")
      return complain("op kind " + std::to_string(op.op) + " is not known");
    const std::string title =
        std::string("op ") + gp_image_attributes_name(kind);
    if ((kind == gp_image_attributes_composite) != (op.composite != nullptr))
      return complain(title + (op.composite
                                   ? " has the composite name '" +
                                         std::string(op.composite) + "'"
                                   : " has no composite name"));
    if (op.version == 0)
      return complain(title + " has version 0");
    BackendOpInfo row{op.op, op.composite ? op.composite : "", op.version,
                      op.dtype_mask};
    for (const BackendOpInfo &other : result.ops)
      if (other.op == row.op && other.composite == row.composite)
        return complain(title + (row.composite.empty() ? "" : " ") +
                        row.composite + " is listed twice");
    result.ops.push_back(std::move(row));
  }
};

} // namespace

llvm::Expected<std::shared_ptr<Backend>>
Backend::create(std::shared_ptr<const Plugin> plugin,
                llvm::ArrayRef<BackendOption> options) {
  std::shared_ptr<Backend> backend(new Backend(std::move(plugin)));
  std::vector<gp_option> settings;
  for (const BackendOption &option : options)
    settings.push_back({option.key.c_str(), option.value.c_str()});
  const gp_create_args args = {sizeof args, &pluginHost(), settings.data(),
                               settings.size()};
  // Nothing better to call it before describe().
  const std::optional<PluginManifest> &manifest = backend->plugin->manifest();
  backend->description.name =
      manifest ? manifest->name : backend->plugin->library();
  if (llvm::Error error = backend->call("create", [&] {
        return backend->plugin->functions().create(&args, &backend->handle);
      })) {
    backend->handle = nullptr; // whatever it was set to on failure
    return std::move(error);
  }
  if (!backend->handle)
    return backend->violation("create", "succeeded without a backend");
  if (llvm::Error error = backend->describe())
    return std::move(error);
  if (llvm::Error error = backend->checkDescription())
    return std::move(error);
  return backend;
}

Backend::~Backend() { llvm::consumeError(close()); }

llvm::Error Backend::close() {
  gp_backend *const closed = std::exchange(handle, nullptr);
  if (!closed)
    return llvm::Error::success();
  return enterPlugin(name(), "destroy",
                     [&] { plugin->functions().destroy(closed); });
}

llvm::Error Backend::call(llvm::StringRef function,
                          llvm::function_ref<gp_status *()> body) {
  std::lock_guard lock(mutex);
  return callPlugin(name(), function, body);
}

llvm::Error Backend::violation(llvm::StringRef function,
                               const llvm::Twine &message) const {
  return brokenRule(name(), function, message);
}

llvm::Error Backend::describe() {
  DescribeAnswers answers;
  gp_describe_sink sink = {};
  sink.struct_size = sizeof sink;
  sink.context = &answers;
  sink.info = [](void *context, const gp_backend_info *info) {
    static_cast<DescribeAnswers *>(context)->addInfo(info);
  };
  sink.option = [](void *context, const gp_option_info *option) {
    static_cast<DescribeAnswers *>(context)->addOption(option);
  };
  sink.op = [](void *context, const gp_op_info *op) {
    static_cast<DescribeAnswers *>(context)->addOp(op);
  };
  if (llvm::Error error = call("describe", [&] {
        return plugin->functions().describe(handle, &sink);
      }))
    return error;
  if (answers.infos == 0)
    answers.complain("info is never called");
  if (!answers.problem.empty())
    return violation("describe", answers.problem);
  description = std::move(answers.result);
  return llvm::Error::success();
}

llvm::Error Backend::checkDescription() const {
  auto refuse = [&](const llvm::Twine &why) {
    return backendError(plugin->library(), GP_INCOMPATIBLE, why);
  };
  // 0.x: the host writes one version only.
  if (description.containerVersionMax < GP_IMAGE_CONTAINER_VERSION)
    return refuse("container_version_max is " +
                  llvm::Twine(description.containerVersionMax) +
                  ", but the host writes image container version " +
                  llvm::Twine(GP_IMAGE_CONTAINER_VERSION));
  if (description.opsetVersionMax < GP_IMAGE_OPSET_VERSION)
    return refuse("opset_version_max is " +
                  llvm::Twine(description.opsetVersionMax) +
                  ", but the host writes primitive set version " +
                  llvm::Twine(GP_IMAGE_OPSET_VERSION));
  const std::optional<PluginManifest> &manifest = plugin->manifest();
  if (!manifest)
    return llvm::Error::success();
  auto differs = [&](llvm::StringRef key, const llvm::Twine &declared,
                     const llvm::Twine &described) {
    return refuse(key + " is '" + declared + "' in the manifest " +
                  manifest->file + ", but the plugin says '" + described + "'");
  };
  if (manifest->name != description.name)
    return differs("name", manifest->name, description.name);
  if (manifest->containerVersion != description.containerVersionMax)
    return differs("container_version", llvm::Twine(manifest->containerVersion),
                   llvm::Twine(description.containerVersionMax));
  if (manifest->opsetVersion != description.opsetVersionMax)
    return differs("opset_version", llvm::Twine(manifest->opsetVersion),
                   llvm::Twine(description.opsetVersionMax));
  return llvm::Error::success();
}

} // namespace glowplug
