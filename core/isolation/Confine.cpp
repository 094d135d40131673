// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Takes rights away from this process, with libseccomp and Landlock.

#include "core/isolation/Confine.h"

#include "backend-api/process/Descriptor.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/landlock.h>
#include <memory>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace glowplug::isolation {
namespace {

#if __has_feature(address_sanitizer)
/// The leak checker looks at its process from another one.
constexpr bool isSanitized = true;
#else
constexpr bool isSanitized = false;
#endif

/// Never needed to translate or run a program.
constexpr llvm::StringLiteral forbidden[] = {
    // networks
    "socket", "connect", "bind", "listen", "accept", "accept4",
    // other processes
    "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_open",
    "pidfd_getfd", "pidfd_send_signal", "kcmp", "perf_event_open",
    // files
    "creat", "mkdir", "mkdirat", "mknod", "mknodat", "rename", "renameat",
    "renameat2", "unlink", "unlinkat", "rmdir", "link", "linkat", "symlink",
    "symlinkat", "truncate", "chmod", "fchmod", "fchmodat", "chown", "fchown",
    "lchown", "fchownat", "setxattr", "lsetxattr", "fsetxattr", "removexattr",
    "lremovexattr", "fremovexattr", "utimensat", "open_by_handle_at",
    // the system
    "mount", "umount2", "pivot_root", "chroot", "swapon", "swapoff", "reboot",
    "sethostname", "setdomainname", "init_module", "finit_module",
    "delete_module", "kexec_load", "kexec_file_load", "bpf", "unshare", "setns",
    "keyctl", "add_key", "request_key", "userfaultfd", "io_uring_setup",
    "fanotify_init", "acct", "quotactl", "settimeofday", "clock_settime",
    "adjtimex", "clock_adjtime", "iopl", "ioperm",
    // identities
    "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid",
    "setgroups", "setfsuid", "setfsgid", "capset"};

/// The filter while it is put together. Keeps the first error.
class Filter {
public:
  Filter()
      : context(seccomp_init(SCMP_ACT_ALLOW), seccomp_release),
        error(context ? 0 : -ENOMEM) {}

  void deny(const char *name, int code = EPERM) {
    const int call = seccomp_syscall_resolve_name(name);
    if (call != __NR_SCMP_ERROR)
      add(seccomp_rule_add(context.get(), SCMP_ACT_ERRNO(code), call, 0));
  }
  void denyIf(const char *name, const scmp_arg_cmp &condition) {
    const int call = seccomp_syscall_resolve_name(name);
    if (call != __NR_SCMP_ERROR)
      add(seccomp_rule_add(context.get(), SCMP_ACT_ERRNO(EPERM), call, 1,
                           condition));
  }
  /// Also for the threads that there are already.
  int load() {
    if (error == 0)
      add(seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_TSYNC, 1));
    if (error == 0)
      add(seccomp_load(context.get()));
    return error;
  }

private:
  void add(int result) {
    if (error == 0 && result < 0)
      error = result;
  }

  std::unique_ptr<void, decltype(&seccomp_release)> context;
  int error;
};

void denyWrites(Filter &filter) {
  const struct {
    const char *name;
    unsigned flags; ///< the argument with the flags
  } calls[] = {{"open", 1}, {"openat", 2}};
  for (const auto &[name, flags] : calls) {
    for (const uint64_t mode : {O_WRONLY, O_RDWR})
      filter.denyIf(name, {flags, SCMP_CMP_MASKED_EQ, O_ACCMODE, mode});
    for (const uint64_t flag : {O_CREAT, O_TRUNC})
      filter.denyIf(name, {flags, SCMP_CMP_MASKED_EQ, flag, flag});
  }
  filter.deny("openat2", ENOSYS); // its flags lie in memory
}

void denyProcesses(Filter &filter) {
  for (const char *name : {"fork", "vfork", "execve", "execveat"})
    filter.deny(name);
  filter.denyIf("clone", {0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0});
  filter.deny("clone3", ENOSYS); // its flags lie in memory: clone is used then
  const auto self = static_cast<scmp_datum_t>(getpid());
  for (const char *name : {"kill", "tgkill"})
    filter.denyIf(name, {0, SCMP_CMP_NE, self, 0});
  filter.deny("tkill");
}

/// What a program needs to start and to load libraries.
constexpr const char *alwaysReadable[] = {"/usr",
                                          "/lib",
                                          "/lib64",
                                          "/etc/ld.so.cache",
                                          "/dev/null",
                                          "/dev/zero",
                                          "/dev/urandom",
                                          "/proc/self",
                                          "/sys/devices/system/cpu"};

/// Limits what is read to \p paths, with Landlock, which has no library.
int limitReading(const std::vector<std::string> &paths) {
  landlock_ruleset_attr rules = {};
  rules.handled_access_fs =
      LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
  const process::Descriptor set(static_cast<int>(
      syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0)));
  if (!set)
    return errno;
  auto allow = [&](const char *path) {
    const process::Descriptor at(open(path, O_PATH | O_CLOEXEC));
    struct stat status{};
    if (!at || fstat(at.get(), &status) != 0)
      return 0; // what is not there needs no rule
    landlock_path_beneath_attr rule = {};
    rule.parent_fd = at.get();
    rule.allowed_access = S_ISDIR(status.st_mode)
                              ? rules.handled_access_fs
                              : uint64_t{LANDLOCK_ACCESS_FS_READ_FILE};
    return syscall(SYS_landlock_add_rule, set.get(), LANDLOCK_RULE_PATH_BENEATH,
                   &rule, 0) == 0
               ? 0
               : errno;
  };
  for (const char *path : alwaysReadable)
    if (const int error = allow(path))
      return error;
  for (const std::string &path : paths)
    if (const int error = allow(path.c_str()))
      return error;
  return syscall(SYS_landlock_restrict_self, set.get(), 0) == 0 ? 0 : errno;
}

} // namespace

llvm::Error confineThisProcess(const Confinement &confinement) {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  const rlimit files{256, 256};
  setrlimit(RLIMIT_NOFILE, &files);
  auto fail = [](int error) {
    return llvm::createStringError(
        llvm::Twine("the worker cannot be confined: ") + std::strerror(error));
  };
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return fail(errno);
  if (!confinement.readable.empty())
    if (const int error = limitReading(confinement.readable))
      return fail(error);
  Filter filter;
  for (const llvm::StringLiteral name : forbidden)
    if (!isSanitized || name != "ptrace")
      filter.deny(name.data());
  denyWrites(filter);
  if (!confinement.mayStartProcesses && !isSanitized)
    denyProcesses(filter);
  if (const int error = filter.load(); error != 0)
    return fail(-error);
  return llvm::Error::success();
}

} // namespace glowplug::isolation
