// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Does jobs in child processes.

#include "core/driver/WorkerPool.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <poll.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

using namespace glowplug;
using Clock = std::chrono::steady_clock;

namespace {

/// A pipe's two ends; closed when it dies.
struct Pipe {
  int ends[2] = {-1, -1};

  bool open() { return pipe(ends) == 0; }
  int readEnd() const { return ends[0]; }
  int writeEnd() const { return ends[1]; }
  void closeEnd(int which) {
    if (ends[which] >= 0)
      close(ends[which]);
    ends[which] = -1;
  }
  ~Pipe() {
    closeEnd(0);
    closeEnd(1);
  }
};

bool writeAll(int fd, const void *data, size_t size) {
  const char *at = static_cast<const char *>(data);
  while (size != 0) {
    const ssize_t count = write(fd, at, size);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return false;
    at += count;
    size -= static_cast<size_t>(count);
  }
  return true;
}

bool readAll(int fd, void *data, size_t size) {
  char *at = static_cast<char *>(data);
  while (size != 0) {
    const ssize_t count = read(fd, at, size);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return false;
    at += count;
    size -= static_cast<size_t>(count);
  }
  return true;
}

/// One child process. It reads numbers of jobs, and writes answers: a length
/// and the text.
struct Worker {
  Pipe jobs, answers;
  pid_t process = -1;
  uint64_t job = 0;
  bool busy = false;
  Clock::time_point deadline;
};

[[noreturn]] void serve(Worker &worker,
                        const std::function<std::string(size_t)> &job) {
  uint64_t number = 0;
  while (readAll(worker.jobs.readEnd(), &number, sizeof number)) {
    const std::string answer = job(static_cast<size_t>(number));
    const uint64_t size = answer.size();
    if (!writeAll(worker.answers.writeEnd(), &size, sizeof size) ||
        !writeAll(worker.answers.writeEnd(), answer.data(), size))
      break;
  }
  std::fflush(nullptr);
  _exit(0); // no destructors of what belongs to the parent
}

class Pool {
public:
  Pool(size_t count, unsigned workers, unsigned timeoutSeconds,
       const std::function<std::string(size_t)> &job,
       const std::function<void(size_t, JobResult)> &finished)
      : count(count), timeout(timeoutSeconds), job(job), finished(finished),
        workers(workers) {}

  void run();

private:
  bool start(Worker &worker);
  void give(Worker &worker);
  void receive(Worker &worker);
  void bury(Worker &worker, const std::string &why);
  void wait();

  const size_t count;
  const std::chrono::seconds timeout;
  const std::function<std::string(size_t)> &job;
  const std::function<void(size_t, JobResult)> &finished;
  std::deque<Worker> workers;
  size_t next = 0, ended = 0;
};

} // namespace

bool Pool::start(Worker &worker) {
  for (Pipe *pipe : {&worker.jobs, &worker.answers}) {
    pipe->closeEnd(0);
    pipe->closeEnd(1);
    if (!pipe->open())
      return false;
  }
  std::fflush(nullptr);
  worker.process = fork();
  if (worker.process < 0)
    return false;
  if (worker.process == 0) {
    // Another worker's ends would keep it from seeing that we are gone.
    for (Worker &other : workers) {
      if (&other == &worker)
        continue;
      for (Pipe *pipe : {&other.jobs, &other.answers}) {
        pipe->closeEnd(0);
        pipe->closeEnd(1);
      }
    }
    worker.jobs.closeEnd(1);
    worker.answers.closeEnd(0);
    serve(worker, job);
  }
  worker.jobs.closeEnd(0);
  worker.answers.closeEnd(1);
  return true;
}

/// Ends the process of \p worker and its job, if it has one.
void Pool::bury(Worker &worker, const std::string &why) {
  kill(worker.process, SIGKILL);
  int status = 0;
  waitpid(worker.process, &status, 0);
  worker.process = -1;
  if (!worker.busy)
    return;
  worker.busy = false;
  ++ended;
  std::string text = why;
  if (text.empty())
    text = WIFSIGNALED(status)
               ? std::string("ended by signal ") + strsignal(WTERMSIG(status))
               : "ended with status " + std::to_string(WEXITSTATUS(status));
  finished(worker.job, {true, text});
}

void Pool::give(Worker &worker) {
  if (next == count)
    return;
  if (worker.process < 0 && !start(worker)) {
    ++ended;
    return finished(next++, {true, std::string("cannot make a process: ") +
                                       std::strerror(errno)});
  }
  worker.job = next++;
  worker.busy = true;
  worker.deadline = Clock::now() + timeout;
  if (!writeAll(worker.jobs.writeEnd(), &worker.job, sizeof worker.job))
    bury(worker, "");
}

void Pool::receive(Worker &worker) {
  uint64_t size = 0;
  JobResult result;
  bool whole = readAll(worker.answers.readEnd(), &size, sizeof size) &&
               size < (uint64_t{1} << 30);
  if (whole) {
    result.text.resize(size);
    whole = readAll(worker.answers.readEnd(), result.text.data(), size);
  }
  if (!whole) {
    // It died by itself: its own status says how.
    int status = 0;
    waitpid(worker.process, &status, 0);
    worker.process = -1;
    worker.busy = false;
    ++ended;
    return finished(
        worker.job,
        {true,
         WIFSIGNALED(status)
             ? std::string("ended by signal: ") + strsignal(WTERMSIG(status))
             : "ended with status " + std::to_string(WEXITSTATUS(status))});
  }
  worker.busy = false;
  ++ended;
  finished(worker.job, std::move(result));
}

/// Waits for the first answer, death, or deadline.
void Pool::wait() {
  std::vector<pollfd> polled;
  std::vector<Worker *> owners;
  Clock::time_point deadline = Clock::time_point::max();
  for (Worker &worker : workers) {
    if (!worker.busy)
      continue;
    polled.push_back({worker.answers.readEnd(), POLLIN, 0});
    owners.push_back(&worker);
    deadline = std::min(deadline, worker.deadline);
  }
  if (polled.empty())
    return;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      deadline - Clock::now());
  const int ms = static_cast<int>(std::max<int64_t>(0, left.count()) + 1);
  poll(polled.data(), polled.size(), ms);
  for (size_t i = 0; i < polled.size(); ++i) {
    if (polled[i].revents != 0)
      receive(*owners[i]);
    else if (Clock::now() >= owners[i]->deadline)
      bury(*owners[i],
           "took longer than " + std::to_string(timeout.count()) + " s");
  }
}

void Pool::run() {
  // A child that dies is told by the pipe, not by a signal to us.
  struct sigaction ignore = {}, before = {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &before);
  while (ended < count) {
    for (Worker &worker : workers)
      if (!worker.busy)
        give(worker);
    wait();
  }
  for (Worker &worker : workers) {
    if (worker.process < 0)
      continue;
    worker.jobs.closeEnd(1);
    waitpid(worker.process, nullptr, 0);
  }
  sigaction(SIGPIPE, &before, nullptr);
}

void glowplug::runJobs(size_t count, unsigned workers, unsigned timeoutSeconds,
                       const std::function<std::string(size_t)> &job,
                       const std::function<void(size_t, JobResult)> &finished) {
  Pool(count, workers, timeoutSeconds, job, finished).run();
}
