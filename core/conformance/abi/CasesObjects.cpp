// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases about options of create(), and about the lives of backends.

#include "core/conformance/abi/CaseList.h"
#include "core/conformance/abi/Objects.h"
#include "core/conformance/abi/Run.h"

namespace glowplug::conformance {
namespace {

constexpr const char *unknownKeys = "Unknown keys: GP_INVALID_ARGUMENT.";
constexpr const char *badValues =
    "A value that is not understood: GP_INVALID_ARGUMENT.";
constexpr const char *perOption = "Once per option of create().";
constexpr const char *leftAsWas =
    "On failure, outputs are left as they were and no sink output counts.";
constexpr const char *keepsNothing =
    "The callee keeps no pointer it was given after it returns, and frees "
    "nothing it did not allocate.";
constexpr const char *otherObjects =
    "Different objects may be used at the same time.";
constexpr const char *anyThread =
    "Any thread may call, but only one at a time on one object.";
constexpr const char *nullBackend =
    "Closes a backend. It has no executables left. NULL is allowed.";
constexpr const char *nullExecutable = "Frees an executable. NULL is allowed.";
constexpr const char *setOnSuccess =
    "\\p backend is set on success; free it with destroy.";

using Options = std::vector<std::pair<std::string, std::string>>;

/// create() with \p options after those of the target; closes what it opens.
Status createWith(Probe &probe, const Options &options) {
  std::vector<gp_option> list;
  for (const BackendOption &option : probe.target().options)
    list.push_back({option.key.c_str(), option.value.c_str()});
  for (const auto &[key, value] : options)
    list.push_back({key.c_str(), value.c_str()});
  gp_create_args args = {};
  args.struct_size = sizeof args;
  args.host = probe.host().table();
  args.options = list.data();
  args.option_count = list.size();
  gp_backend *backend = untouched<gp_backend>();
  const gp_plugin &plugin = probe.plugin();
  Status status =
      probe.call("create", [&] { return plugin.create(&args, &backend); });
  if (status.isOk()) {
    Probe::expect(backend != untouched<gp_backend>() && backend != nullptr,
                  "create: a backend", "none");
    OpenBackend(probe, backend).close();
  } else {
    Probe::expect(backend == untouched<gp_backend>(),
                  "create: the backend pointer as it was", "another");
  }
  return status;
}

std::vector<Description::Option> optionsOf(Probe &probe) {
  const OpenBackend backend(probe);
  return backend.describe().options;
}

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

void addUnknownKeys(CaseList &list) {
  const std::pair<const char *, std::string> keys[] = {
      {"empty", ""},
      {"word", "no-such-option"},
      {"space", " "},
      {"long", std::string(65536, 'k')},
      {"not-utf8", "\xff\xfe\x80"},
      {"newline", "no\nsuch\noption"},
      {"format", "%s%n%s%n"},
      {"number", "0"},
      {"path", "../../etc/passwd"},
      {"unicode", "\u00f6ption"},
  };
  for (const auto &[name, key] : keys)
    list.negative("unknown-" + std::string(name), unknownKeys,
                  [key = key](Probe &p) {
                    Probe::expectCode(createWith(p, {{key, "1"}}),
                                      GP_INVALID_ARGUMENT, "create");
                    // And that does it no harm.
                    Probe::expectOk(createWith(p, {}), "create after it");
                  });
}

void addNearKeys(CaseList &list) {
  using Change = std::string (*)(const std::string &);
  const std::pair<const char *, Change> changes[] = {
      {"with-space", [](const std::string &key) { return key + " "; }},
      {"longer", [](const std::string &key) { return key + "x"; }},
      {"shorter",
       [](const std::string &key) { return key.substr(0, key.size() - 1); }},
      {"upper-case",
       [](const std::string &key) { return llvm::StringRef(key).upper(); }},
      {"with-value", [](const std::string &key) { return key + "=1"; }},
  };
  for (const auto &[name, change] : changes)
    list.negative(
        "near-" + std::string(name), unknownKeys, [change = change](Probe &p) {
          const auto options = optionsOf(p);
          bool isTested = false;
          for (const auto &option : options) {
            const std::string key = change(option.key);
            if (llvm::any_of(options, [&](const auto &other) {
                  return other.key == key;
                }))
              continue;
            isTested = true;
            Probe::expectCode(createWith(p, {{key, option.defaultValue}}),
                              GP_INVALID_ARGUMENT, "create with '" + key + "'");
          }
          if (!isTested)
            Probe::notApplicable("the plugin has no options");
        });
  list.negative("unknown-after-known", unknownKeys, [](Probe &p) {
    Options given;
    for (const auto &option : optionsOf(p))
      given.emplace_back(option.key, option.defaultValue);
    given.emplace_back("no-such-option", "1");
    Probe::expectCode(createWith(p, given), GP_INVALID_ARGUMENT, "create");
  });
  list.negative("unknown-before-known", unknownKeys, [](Probe &p) {
    Options given = {{"no-such-option", "1"}};
    for (const auto &option : optionsOf(p))
      given.emplace_back(option.key, option.defaultValue);
    Probe::expectCode(createWith(p, given), GP_INVALID_ARGUMENT, "create");
  });
}

void addDefaults(CaseList &list) {
  list.positive("none", "[in] Unknown keys: GP_INVALID_ARGUMENT.",
                [](Probe &p) { Probe::expectOk(createWith(p, {}), "create"); });
  list.positive("each-default", perOption, [](Probe &p) {
    const auto options = optionsOf(p);
    if (options.empty())
      Probe::notApplicable("the plugin has no options");
    for (const auto &option : options)
      Probe::expectOk(createWith(p, {{option.key, option.defaultValue}}),
                      "create with " + option.key + "=" + option.defaultValue);
  });
  list.positive("all-defaults", perOption, [](Probe &p) {
    Options given;
    for (const auto &option : optionsOf(p))
      given.emplace_back(option.key, option.defaultValue);
    Probe::expectOk(createWith(p, given), "create with all defaults");
  });
  list.positive("defaults-reversed", perOption, [](Probe &p) {
    Options given;
    for (const auto &option : optionsOf(p))
      given.insert(given.begin(), {option.key, option.defaultValue});
    Probe::expectOk(createWith(p, given), "create with all defaults");
  });
}

/// A value that no plugin expects is refused, or does no harm.
void addValues(CaseList &list) {
  const std::pair<const char *, std::string> values[] = {
      {"empty", ""},
      {"long", std::string(1 << 20, 'v')},
      {"not-utf8", "\xc0\x80\xff"},
      {"format", "%n%s%n%s"},
      {"number", "99999999999999999999"},
      {"negative", "-1"},
      {"newlines", "\n\r\n\t"},
      {"json", "{\"a\": [[[[[[[["},
  };
  for (const auto &[name, value] : values)
    list.robust("value-" + std::string(name), badValues,
                [value = value](Probe &p) {
                  for (const auto &option : optionsOf(p)) {
                    const Status status = createWith(p, {{option.key, value}});
                    if (!status.isOk())
                      Probe::expectCode(status, GP_INVALID_ARGUMENT,
                                        "create with an odd " + option.key);
                  }
                });
  list.robust("twice", badValues, [](Probe &p) {
    for (const auto &option : optionsOf(p)) {
      const Status status = createWith(p, {{option.key, option.defaultValue},
                                           {option.key, option.defaultValue}});
      if (!status.isOk())
        Probe::expectCode(status, GP_INVALID_ARGUMENT,
                          "create with " + option.key + " twice");
    }
  });
  list.positive("strings-are-copied", keepsNothing, [](Probe &p) {
    Options given;
    for (const auto &option : optionsOf(p))
      given.emplace_back(option.key, option.defaultValue);
    std::vector<gp_option> options;
    for (auto &[key, value] : given)
      options.push_back({key.c_str(), value.c_str()});
    gp_create_args args = {};
    args.struct_size = sizeof args;
    args.host = p.host().table();
    args.options = options.data();
    args.option_count = options.size();
    gp_backend *handle = nullptr;
    Probe::expectOk(
        p.call("create", [&] { return p.plugin().create(&args, &handle); }),
        "create");
    OpenBackend backend(p, handle);
    const Description before = backend.describe();
    for (auto &[key, value] : given) {
      std::fill(key.begin(), key.end(), '#');
      std::fill(value.begin(), value.end(), '#');
    }
    options.assign(options.size(), {"#", "#"});
    Probe::expect(backend.describe().equals(before),
                  "describe: the same after the options are gone",
                  "something else");
  });
}

//===----------------------------------------------------------------------===//
// Lives
//===----------------------------------------------------------------------===//

void addLives(CaseList &list) {
  list.positive("create-sets", setOnSuccess, [](Probe &p) {
    OpenBackend backend(p);
    backend.close();
  });
  list.positive("destroy-null", nullBackend, [](Probe &p) {
    p.enter("destroy", [&] { p.plugin().destroy(nullptr); });
  });
  list.positive("destroy-null-between", nullBackend, [](Probe &p) {
    const OpenBackend backend(p);
    p.enter("destroy", [&] { p.plugin().destroy(nullptr); });
    backend.describe();
  });
  list.positive("unload-null", nullExecutable, [](Probe &p) {
    p.enter("unload", [&] { p.plugin().unload(nullptr); });
  });
  list.positive("unload-null-between", nullExecutable, [](Probe &p) {
    const Sample &sample = p.taken();
    const OpenBackend backend(p);
    const LoadedProgram program(p, backend, backend.compile(sample), sample);
    p.enter("unload", [&] { p.plugin().unload(nullptr); });
    runOnce(p, program, sample);
  });
  list.positive("destroy-at-once", nullBackend, [](Probe &p) {
    for (int i = 0; i < 100; ++i)
      OpenBackend(p).close();
  });
}

void addManyBackends(CaseList &list) {
  list.positive("two-backends", otherObjects, [](Probe &p) {
    const OpenBackend first(p), second(p);
    const Description one = first.describe(), other = second.describe();
    Probe::expect(one.equals(other), "two backends that say the same",
                  "another description");
  });
  list.positive("destroy-first-of-two", otherObjects, [](Probe &p) {
    const Sample &sample = p.taken();
    OpenBackend first(p);
    const OpenBackend second(p);
    first.compile(sample);
    first.close();
    second.describe();
    second.compile(sample);
  });
  list.positive("many-backends", otherObjects, [](Probe &p) {
    std::vector<std::unique_ptr<OpenBackend>> all;
    for (int i = 0; i < 32; ++i)
      all.push_back(std::make_unique<OpenBackend>(p));
    for (const auto &backend : all)
      backend->describe();
  });
  list.positive("in-any-order", nullBackend, [](Probe &p) {
    std::vector<std::unique_ptr<OpenBackend>> all;
    for (int i = 0; i < 6; ++i)
      all.push_back(std::make_unique<OpenBackend>(p));
    for (const size_t index : {3, 0, 5, 1, 4, 2})
      all[index]->close();
  });
  list.positive("after-failure", leftAsWas, [](Probe &p) {
    for (int i = 0; i < 20; ++i) {
      Probe::expectFailure(createWith(p, {{"no-such-option", "1"}}), "create");
      Probe::expectOk(createWith(p, {}), "create after a failure");
    }
  });
  list.positive("args-are-copied", keepsNothing, [](Probe &p) {
    auto args = std::make_unique<gp_create_args>();
    std::vector<gp_option> options;
    for (const BackendOption &option : p.target().options)
      options.push_back({option.key.c_str(), option.value.c_str()});
    *args = {sizeof *args, p.host().table(), options.data(), options.size()};
    gp_backend *handle = nullptr;
    Probe::expectOk(
        p.call("create",
               [&] { return p.plugin().create(args.get(), &handle); }),
        "create");
    *args = {};
    OpenBackend backend(p, handle);
    // A failure goes through the host's table, which lives on.
    Compiled given;
    given.failing = {"result", 0};
    const Sample &sample = p.taken();
    Probe::expectFailure(backend.compile(sample, given), "compile");
    backend.close();
  });
}

void addOrder(CaseList &list) {
  list.positive("compile-without-check", anyThread, [](Probe &p) {
    const Sample &sample = p.taken();
    const OpenBackend backend(p);
    backend.compile(sample);
  });
  list.positive("check-without-describe", anyThread, [](Probe &p) {
    const OpenBackend backend(p);
    backend.check(samples().front());
  });
  list.positive("load-without-compile", "Needs no compiler.", [](Probe &p) {
    const Sample &sample = p.taken();
    Compiled compiled;
    {
      const OpenBackend maker(p);
      compiled = maker.compile(sample);
    }
    const OpenBackend backend(p);
    const LoadedProgram program(p, backend, compiled, sample);
    runOnce(p, program, sample);
  });
  list.positive("describe-at-the-end", anyThread, [](Probe &p) {
    const Sample &sample = p.taken();
    const OpenBackend backend(p);
    const Description before = backend.describe();
    {
      const LoadedProgram program(p, backend, backend.compile(sample), sample);
      runOnce(p, program, sample);
      Probe::expect(backend.describe().equals(before),
                    "describe: the same with a program loaded",
                    "something else");
    }
    Probe::expect(backend.describe().equals(before),
                  "describe: the same after all calls", "something else");
  });
  list.positive("created-here-used-there", anyThread, [](Probe &p) {
    const Sample &sample = p.taken();
    std::optional<OpenBackend> backend;
    inThreads(1, [&](unsigned) { backend.emplace(p); });
    Compiled compiled;
    inThreads(1, [&](unsigned) { compiled = backend->compile(sample); });
    std::optional<LoadedProgram> program;
    inThreads(
        1, [&](unsigned) { program.emplace(p, *backend, compiled, sample); });
    Outputs outputs;
    inThreads(1, [&](unsigned) { outputs = runOnce(p, *program, sample); });
    expectSame(outputs, runOnce(p, *program, sample), "run in another thread");
    inThreads(1, [&](unsigned) { program->unload(); });
    inThreads(1, [&](unsigned) { backend->close(); });
  });
  list.positive("lifecycles", nullBackend, [](Probe &p) {
    const Sample &sample = p.taken();
    const Outputs first = runFresh(p, sample);
    for (int i = 0; i < 10; ++i)
      expectSame(first, runFresh(p, sample), "run of another life");
  });
}

} // namespace

void addOptionCases(CaseList &list) {
  list.group("options");
  addDefaults(list);
  addUnknownKeys(list);
  addNearKeys(list);
  addValues(list);
}

void addObjectCases(CaseList &list) {
  list.group("objects");
  addLives(list);
  addManyBackends(list);
  addOrder(list);
}

} // namespace glowplug::conformance
