// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Children and what becomes of them.

#include "tests/fuzz/Isolate.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <memory>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace glowplug::fuzz;
using Clock = std::chrono::steady_clock;

static constexpr size_t stageBytes = 256;
/// Shared with the parent; null in it.
static char *stageOfChild = nullptr;

void glowplug::fuzz::setStage(const std::string &text) {
  if (!stageOfChild)
    return;
  const size_t size = std::min(text.size(), stageBytes - 1);
  std::memcpy(stageOfChild, text.data(), size);
  stageOfChild[size] = 0;
}

std::string glowplug::fuzz::textOf(const TaskEnd &end) {
  switch (end.kind) {
  case TaskEnd::Kind::finished:
    return "finished";
  case TaskEnd::Kind::signalled:
    return "signal " + std::to_string(end.number) + " (" +
           strsignal(end.number) + ")";
  case TaskEnd::Kind::exited:
    return "exit status " + std::to_string(end.number);
  case TaskEnd::Kind::timedOut:
    return "no end in time";
  }
  return "";
}

namespace {

[[noreturn]] void die(const char *what) {
  std::perror(what);
  std::exit(2);
}

/// One child and its batch.
class Child {
public:
  Child(size_t begin, size_t end) : next(begin), last(end) {}
  ~Child();
  Child(const Child &) = delete;
  Child &operator=(const Child &) = delete;

  void start(const std::function<std::string(size_t)> &task, double seconds);
  /// Reads what is there. Calls \p done for each result; false at the end of
  /// the stream.
  bool read(const std::function<void(size_t, std::string)> &done);
  /// How it ended without a result for `next`.
  TaskEnd end();

  size_t next, last;
  int pipe = -1;
  /// Whether the task at hand has taken too long.
  bool isLate() const;
  bool killed = false;
  pid_t process = -1;

private:
  [[noreturn]] void work(const std::function<std::string(size_t)> &task,
                         int to);
  double processorSeconds() const;
  void restartClock();

  Clock::time_point taskBegan;
  double secondsBefore = 0; ///< The processor's, for the tasks before.
  double seconds = 0;
  char *stage = nullptr;
  FILE *errors = nullptr;
  std::string bytes;
};

} // namespace

Child::~Child() {
  if (process > 0) {
    kill(process, SIGKILL);
    waitpid(process, nullptr, 0);
  }
  if (pipe >= 0)
    close(pipe);
  if (errors)
    std::fclose(errors);
  if (stage)
    munmap(stage, stageBytes);
}

static void writeAll(int to, const void *data, size_t size) {
  const char *at = static_cast<const char *>(data);
  while (size > 0) {
    const ssize_t done = ::write(to, at, size);
    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0)
      std::_Exit(2);
    at += done;
    size -= static_cast<size_t>(done);
  }
}

void Child::work(const std::function<std::string(size_t)> &task, int to) {
  stageOfChild = stage;
  dup2(fileno(errors), STDERR_FILENO);
  for (size_t i = next; i < last; ++i) {
    setStage("");
    std::string result;
    try {
      result = task(i);
    } catch (const std::exception &exception) {
      std::fprintf(stderr, "exception: %s\n", exception.what());
      std::abort();
    }
    const uint64_t size = result.size();
    writeAll(to, &size, sizeof size);
    writeAll(to, result.data(), result.size());
  }
  std::_Exit(0);
}

void Child::start(const std::function<std::string(size_t)> &task,
                  double limit) {
  seconds = limit;
  int ends[2];
  if (::pipe(ends) != 0)
    die("graph-fuzz: pipe");
  errors = std::tmpfile();
  void *shared = mmap(nullptr, stageBytes, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (!errors || shared == MAP_FAILED)
    die("graph-fuzz: tmpfile or mmap");
  stage = static_cast<char *>(shared);
  std::fflush(nullptr);
  process = fork();
  if (process < 0)
    die("graph-fuzz: fork");
  if (process == 0) {
    close(ends[0]);
    work(task, ends[1]);
  }
  close(ends[1]);
  pipe = ends[0];
  restartClock();
}

double Child::processorSeconds() const {
  clockid_t clock;
  timespec time{};
  if (clock_getcpuclockid(process, &clock) != 0 ||
      clock_gettime(clock, &time) != 0)
    return 0;
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_nsec) * 1e-9;
}

void Child::restartClock() {
  taskBegan = Clock::now();
  secondsBefore = processorSeconds();
}

bool Child::isLate() const {
  const std::chrono::duration<double> lasted = Clock::now() - taskBegan;
  return lasted.count() > 10 * seconds ||
         processorSeconds() - secondsBefore > seconds;
}

bool Child::read(const std::function<void(size_t, std::string)> &done) {
  char buffer[65536];
  const ssize_t size = ::read(pipe, buffer, sizeof buffer);
  if (size < 0)
    return errno == EINTR;
  if (size == 0)
    return false;
  bytes.append(buffer, static_cast<size_t>(size));
  uint64_t length = 0;
  while (bytes.size() >= sizeof length) {
    std::memcpy(&length, bytes.data(), sizeof length);
    if (bytes.size() < sizeof length + length)
      break;
    std::string result = bytes.substr(sizeof length, length);
    bytes.erase(0, sizeof length + length);
    restartClock();
    done(next++, std::move(result));
  }
  return true;
}

TaskEnd Child::end() {
  TaskEnd result;
  int status = 0;
  waitpid(process, &status, 0);
  process = -1;
  if (killed) {
    result.kind = TaskEnd::Kind::timedOut;
  } else if (WIFSIGNALED(status)) {
    result.kind = TaskEnd::Kind::signalled;
    result.number = WTERMSIG(status);
  } else {
    result.kind = TaskEnd::Kind::exited;
    result.number = WEXITSTATUS(status);
  }
  result.stage = stage;
  // An assertion prints first what it is, and then a stack.
  std::rewind(errors);
  char text[1500];
  const size_t size = std::fread(text, 1, sizeof text, errors);
  result.stderrText.assign(text, size);
  return result;
}

void glowplug::fuzz::runIsolated(
    size_t count, const IsolateOptions &options,
    const std::function<std::string(size_t)> &task,
    const std::function<bool(size_t, const TaskEnd &)> &end) {
  std::vector<std::unique_ptr<Child>> children;
  size_t given = 0;
  bool goOn = true;
  const auto begin = [&](size_t from, size_t to) {
    children.push_back(std::make_unique<Child>(from, to));
    children.back()->start(task, options.seconds);
  };
  while (goOn && (given < count || !children.empty())) {
    while (given < count && children.size() < options.jobs) {
      const size_t to = std::min(count, given + options.batch);
      begin(given, to);
      given = to;
    }
    std::vector<pollfd> polled;
    for (const auto &child : children)
      polled.push_back({child->pipe, POLLIN, 0});
    poll(polled.data(), polled.size(), 200);
    for (size_t i = children.size(); goOn && i-- > 0;) {
      Child &child = *children[i];
      if (!child.killed && child.isLate()) {
        child.killed = true;
        kill(child.process, SIGKILL);
      }
      if (polled[i].revents == 0)
        continue;
      const bool open = child.read([&](size_t index, std::string result) {
        TaskEnd finished;
        finished.result = std::move(result);
        goOn &= end(index, finished);
      });
      if (open)
        continue;
      const size_t next = child.next, last = child.last;
      if (next < last)
        goOn &= end(next, child.end());
      children.erase(children.begin() + static_cast<ptrdiff_t>(i));
      if (goOn && next + 1 < last)
        begin(next + 1, last);
    }
  }
}
