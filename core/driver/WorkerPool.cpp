// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Does jobs in worker processes.

#include "core/driver/WorkerPool.h"

#include "backend-api/process/Process.h"
#include "backend-api/process/Worker.h"

#include <atomic>
#include <mutex>
#include <thread>

using namespace glowplug;

static constexpr char protocol[] = "glowplug jobs 1";
static constexpr uint32_t jobKind = 1, answerKind = 2;
static constexpr uint64_t mostBytes = uint64_t{1} << 30;

namespace {

/// One thread for each worker.
class Pool {
public:
  Pool(const std::vector<std::string> &jobs, const JobWorkers &workers,
       const std::function<void(size_t, JobResult)> &finished)
      : jobs(jobs), workers(workers), finished(finished) {}

  void work();

private:
  JobResult run(process::Process &worker, const std::string &job) const;

  const std::vector<std::string> &jobs;
  const JobWorkers &workers;
  const std::function<void(size_t, JobResult)> &finished;
  std::atomic<size_t> next = 0;
  std::mutex reporting;
};

} // namespace

JobResult Pool::run(process::Process &worker, const std::string &job) const {
  if (worker.exit())
    worker = process::Process::start(
        {workers.executable, workers.arguments, protocol});
  const auto deadline =
      process::Clock::now() + std::chrono::seconds(workers.timeoutSeconds);
  process::Message answer;
  if (worker.send(jobKind, {process::bytesOfText(job)}, -1, deadline) &&
      worker.receive(answer, mostBytes, deadline))
    return {false, std::string(answer.text())};
  const process::Exit &exit = *worker.exit();
  if (exit.how != process::Exit::How::Deadline)
    return {true, exit.text};
  return {true, "it took longer than " +
                    std::to_string(workers.timeoutSeconds) + " s"};
}

void Pool::work() {
  process::Process worker;
  for (size_t index; (index = next++) < jobs.size();) {
    JobResult result = run(worker, jobs[index]);
    const std::lock_guard lock(reporting);
    finished(index, std::move(result));
  }
  // In order, so that a checker in the worker has its say.
  worker.finish(std::chrono::seconds(10));
}

void glowplug::runJobs(const std::vector<std::string> &jobs,
                       const JobWorkers &workers,
                       const std::function<void(size_t, JobResult)> &finished) {
  Pool pool(jobs, workers, finished);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < workers.count; ++i)
    threads.emplace_back(&Pool::work, &pool);
  for (std::thread &thread : threads)
    thread.join();
}

int glowplug::serveJobs(
    const std::function<std::string(const std::string &)> &job) {
  auto channel = process::beWorker(protocol);
  if (!channel)
    return 2;
  process::Message message;
  while (!channel->receive(message, mostBytes, std::nullopt)) {
    const std::string answer = job(std::string(message.text()));
    if (channel->send(answerKind, {process::bytesOfText(answer)}, -1,
                      std::nullopt))
      return 1;
  }
  return 0;
}
