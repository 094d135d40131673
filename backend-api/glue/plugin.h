/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * The frame of a plugin that is written in C++: reads what crosses the ABI and
 * turns what is thrown into failures. C++17.
 */
#ifndef GLOWPLUG_GLUE_PLUGIN_H
#define GLOWPLUG_GLUE_PLUGIN_H

#include <glowplug/backend.h>
#include <glowplug/glue/guard.h>
#include <glowplug/glue/struct.h>
#include <glowplug/image.h>

#include <cstdint>
#include <string>

namespace glowplug::glue {

/// Copies the struct \p given to \p to by the struct-size rule, or returns a
/// failure with \p text.
template <typename T>
gp_status *read(const gp_host *host, T &to, const T *given, const char *text) {
  const gp_status_code code = GP_STRUCT_READ(&to, given);
  return code == GP_OK ? nullptr : fail(host, code, text);
}

/// An option of create().
struct Option {
  const char *key;
  const char *defaultValue;
  const char *help;
};

/// Tells \p sink of an option, or of version \p version of the op \p op, whose
/// results may have the types in the mask \p types.
inline void tell(const gp_describe_sink &sink, const Option &option) {
  gp_option_info row{};
  row.struct_size = sizeof row;
  row.key = option.key;
  row.default_value = option.defaultValue;
  row.help = option.help;
  sink.option(sink.context, &row);
}
inline void tell(const gp_describe_sink &sink, std::uint32_t op,
                 std::uint32_t version, std::uint32_t types) {
  gp_op_info row{};
  row.struct_size = sizeof row;
  row.op = op;
  row.version = version;
  row.dtype_mask = types;
  sink.op(sink.context, &row);
}

/// The table of a plugin. `Entries` names its types, of which each has a member
/// `host` and is made with new,
///
///     using Backend = gp_backend;
///     using Executable = gp_executable;
///
/// and has these static functions. They get structs that are understood, return
/// null or a failure of the host, and may throw:
///
///     gp_status *create(const gp_create_args &, Backend **);
///     gp_status *describe(Backend &, const gp_describe_sink &);
///     gp_status *check(Backend &, const gp_check_args &);
///     gp_status *compile(Backend &, const gp_compile_args &,
///                        const gp_compile_sink &);
///     gp_status *load(Backend &, const gp_load_args &, Executable **);
///     gp_status *run(Executable &, const gp_run_args &);
///     const void *group(const char *id, std::uint32_t version);
template <typename Entries>
class PluginTable {
  using Backend = typename Entries::Backend;
  using Executable = typename Entries::Executable;

  static gp_status *create(const gp_create_args *given, Backend **backend) {
    // Without a host there is nobody to make a failure; a host always sets it.
    const gp_host *host = given->host;
    return guard(host, [&]() -> gp_status * {
      gp_create_args args;
      if (gp_status *problem = read(host, args, given,
                                    "create: the arguments are not understood"))
        return problem;
      return Entries::create(args, backend);
    });
  }

  static void destroy(Backend *backend) { delete backend; }

  static gp_status *describe(Backend *backend, const gp_describe_sink *given) {
    return guard(backend->host, [&]() -> gp_status * {
      gp_describe_sink sink;
      if (gp_status *problem = read(backend->host, sink, given,
                                    "describe: the sink is not understood"))
        return problem;
      return Entries::describe(*backend, sink);
    });
  }

  static gp_status *check(Backend *backend, const gp_check_args *given) {
    return guard(backend->host, [&]() -> gp_status * {
      gp_check_args args;
      if (gp_status *problem = read(backend->host, args, given,
                                    "check: the arguments are not understood"))
        return problem;
      return Entries::check(*backend, args);
    });
  }

  static gp_status *compile(Backend *backend, const gp_compile_args *given) {
    return guard(backend->host, [&]() -> gp_status * {
      gp_compile_args args;
      gp_compile_sink sink;
      if (gp_status *problem =
              read(backend->host, args, given,
                   "compile: the arguments are not understood"))
        return problem;
      if (gp_status *problem = read(backend->host, sink, args.sink,
                                    "compile: the sink is not understood"))
        return problem;
      const std::size_t segments =
          gp_image_program_segments_count(gp_image_root(args.image.data));
      if (gp_status *problem = gp_require_count(backend->host, "segments",
                                                segments, args.segment_count))
        return problem;
      return Entries::compile(*backend, args, sink);
    });
  }

  static gp_status *load(Backend *backend, const gp_load_args *given,
                         Executable **executable) {
    return guard(backend->host, [&]() -> gp_status * {
      gp_load_args args;
      if (gp_status *problem = read(backend->host, args, given,
                                    "load: the arguments are not understood"))
        return problem;
      return Entries::load(*backend, args, executable);
    });
  }

  static gp_status *run(Executable *executable, const gp_run_args *given) {
    return guard(executable->host, [&]() -> gp_status * {
      gp_run_args args;
      if (gp_status *problem = read(executable->host, args, given,
                                    "run: the arguments are not understood"))
        return problem;
      return Entries::run(*executable, args);
    });
  }

  static void unload(Executable *executable) { delete executable; }

  static constexpr gp_plugin table = {
      sizeof(gp_plugin),
      GP_ABI_MAJOR,
      GP_ABI_MINOR,
      create,
      destroy,
      describe,
      check,
      compile,
      load,
      run,
      unload,
      Entries::group,
  };

public:
  /// What gp_plugin_entry() returns to a host of that version.
  static const gp_plugin *entry(std::uint32_t hostMajor,
                                std::uint32_t hostMinor) {
    // ABI 0.x: host and plugin must agree exactly.
    return hostMajor == GP_ABI_MAJOR && hostMinor == GP_ABI_MINOR ? &table
                                                                  : nullptr;
  }
};

} // namespace glowplug::glue

#endif // GLOWPLUG_GLUE_PLUGIN_H
