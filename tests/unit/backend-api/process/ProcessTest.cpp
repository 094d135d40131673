// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Workers that die, hang, lie or want too much: each gives one record in time,
// and nothing of it remains.

#include "backend-api/process/Process.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sys/wait.h>
#include <thread>

using namespace glowplug::process;
using namespace std::chrono_literals;
using How = Exit::How;

namespace {

Deadline in(std::chrono::milliseconds time) { return Clock::now() + time; }

Process start(const std::string &manner, const Limits &limits = {}) {
  return Process::start({WORKER, {manner}, "test 1", /*isShown=*/false},
                        limits);
}

std::size_t openDescriptors() {
  namespace fs = std::filesystem;
  const fs::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// No test leaves anything behind.
class ProcessTest : public testing::Test {
protected:
  void TearDown() override {
    EXPECT_EQ(openDescriptors(), before);
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "there is a child";
    EXPECT_EQ(errno, ECHILD);
  }

  /// The record of a worker that is expected to fail while it is waited for.
  Exit exitOf(Process worker, std::chrono::milliseconds patience = 20s) {
    Message message;
    EXPECT_FALSE(worker.exit()) << worker.exit()->text;
    EXPECT_FALSE(worker.receive(message, 1 << 20, in(patience)));
    // It stays so.
    EXPECT_FALSE(worker.send(1, {}, -1, in(patience)));
    EXPECT_FALSE(worker.receive(message, 1 << 20, in(patience)));
    return worker.exit() ? *worker.exit() : Exit{};
  }

  const std::size_t before = openDescriptors();
};

void expectEcho(Process &worker, std::uint32_t kind, const std::string &text) {
  ASSERT_TRUE(worker.send(kind, {bytesOfText(text)}, -1, in(20s)))
      << worker.exit()->text;
  Message message;
  ASSERT_TRUE(worker.receive(message, text.size(), in(20s)))
      << worker.exit()->text;
  EXPECT_EQ(message.kind, kind);
  EXPECT_EQ(message.text(), text);
}

TEST_F(ProcessTest, AWorkerAnswersAndLeavesInOrder) {
  Process worker = start("echo");
  ASSERT_FALSE(worker.exit()) << worker.exit()->text;
  expectEcho(worker, 1, "");
  expectEcho(worker, 2, "some text");
  const Exit &exit = worker.finish(20s);
  EXPECT_EQ(exit.how, How::Exited);
  EXPECT_EQ(exit.code, 0);
  EXPECT_EQ(exit.text, "it exited with status 0");
}

TEST_F(ProcessTest, AnAnswerMayBeLongerThanASocketHolds) {
  Process worker = start("echo");
  // The worker reads all of it before it answers.
  expectEcho(worker, 1, std::string(5'000'000, 'y'));
}

TEST_F(ProcessTest, AProcessThatWasNotStartedIsARecord) {
  const Process none;
  ASSERT_TRUE(none.exit());
  EXPECT_EQ(none.exit()->how, How::NotStarted);
  const Process absent = Process::start({"/nowhere/worker", {}, "test 1"});
  ASSERT_TRUE(absent.exit());
  EXPECT_EQ(absent.exit()->how, How::NotStarted);
  EXPECT_EQ(absent.exit()->text,
            "it cannot be started: No such file or directory");
}

TEST_F(ProcessTest, SomethingElseThanAWorkerIsARecord) {
  const Process program = Process::start({"/bin/true", {}, "test 1"});
  ASSERT_TRUE(program.exit());
  EXPECT_EQ(program.exit()->text, "it exited with status 0");
  const Process stranger = start("stranger");
  ASSERT_TRUE(stranger.exit());
  EXPECT_EQ(stranger.exit()->how, How::Protocol);
  EXPECT_EQ(stranger.exit()->text,
            "it needs to speak 'test 1', but speaks 'test?2'");
}

TEST_F(ProcessTest, AWorkerThatDoesNotGreetIsKilledInTime) {
  const auto begin = Clock::now();
  const Process worker = start("silent", {.start = 200ms});
  ASSERT_TRUE(worker.exit());
  EXPECT_EQ(worker.exit()->how, How::Deadline);
  EXPECT_LT(Clock::now() - begin, 20s);
}

TEST_F(ProcessTest, AnExitHasItsStatus) {
  const Exit exit = exitOf(start("exit"));
  EXPECT_EQ(exit.how, How::Exited);
  EXPECT_EQ(exit.code, 7);
  EXPECT_EQ(exit.text, "it exited with status 7");
}

TEST_F(ProcessTest, ACrashHasItsSignalAndLastLines) {
  const Exit exit = exitOf(start("crash"));
  EXPECT_EQ(exit.how, How::Signalled);
  EXPECT_EQ(exit.signal, SIGSEGV);
  EXPECT_EQ(exit.text, "it was ended by signal 11 (Segmentation fault); it "
                       "last said: first line | last?line");
  EXPECT_EQ(exit.errors, "first line\n\nlast\tline\n");
}

TEST_F(ProcessTest, AHangEndsAtTheDeadline) {
  const auto begin = Clock::now();
  const Exit exit = exitOf(start("hang"), 200ms);
  EXPECT_EQ(exit.how, How::Deadline);
  EXPECT_EQ(exit.text, "no answer in time");
  EXPECT_LT(Clock::now() - begin, 20s);
}

TEST_F(ProcessTest, AWorkerThatDoesNotReadEndsAtTheDeadline) {
  Process worker = start("hang");
  const std::string much(8 << 20, 'x');
  EXPECT_FALSE(worker.send(1, {bytesOfText(much)}, -1, in(200ms)));
  ASSERT_TRUE(worker.exit());
  EXPECT_EQ(worker.exit()->how, How::Deadline);
}

TEST_F(ProcessTest, GarbageIsAFaultOfTheProtocol) {
  const Exit exit = exitOf(start("garbage"));
  EXPECT_EQ(exit.how, How::Protocol);
  EXPECT_EQ(exit.text,
            "a message needs to begin with 0x4b575047, but got 0x78787878");
}

TEST_F(ProcessTest, AnAnswerThatIsTooLongIsAFaultOfTheProtocol) {
  Process worker = start("echo");
  Message message;
  const std::string text(1000, 'x');
  ASSERT_TRUE(worker.send(1, {bytesOfText(text)}, -1, in(20s)));
  EXPECT_FALSE(worker.receive(message, 999, in(20s)));
  ASSERT_TRUE(worker.exit());
  EXPECT_EQ(worker.exit()->text,
            "a message needs at most 999 bytes, but got 1000");
}

TEST_F(ProcessTest, ADeathInAMessageHasItsStatus) {
  const Exit exit = exitOf(start("half"));
  EXPECT_EQ(exit.how, How::Exited);
  EXPECT_EQ(exit.code, 3);
}

TEST_F(ProcessTest, AClosedChannelOfALivingWorkerIsAFaultOfTheProtocol) {
  const Exit exit = exitOf(start("close"));
  EXPECT_EQ(exit.how, How::Protocol);
  EXPECT_EQ(exit.text, "it closed its channel");
}

TEST_F(ProcessTest, TheCallerMayRefuseAnAnswer) {
  Process worker = start("echo");
  EXPECT_EQ(worker.refuse("it answers nonsense").how, How::Protocol);
  EXPECT_EQ(worker.exit()->text, "it answers nonsense");
  EXPECT_EQ(worker.refuse("again").text, "it answers nonsense");
}

TEST_F(ProcessTest, AWorkerThatDoesNotLeaveIsKilled) {
  Process worker = start("hang");
  EXPECT_EQ(worker.finish(100ms).how, How::Stopped);
}

TEST_F(ProcessTest, ADismissedWorkerIsReapedLater) {
  Process worker = start("hang");
  const pid_t number = worker.id();
  EXPECT_EQ(worker.dismiss().how, How::Stopped);
  EXPECT_EQ(worker.dismiss().text, "it was dismissed");
  const auto isChild = [&] {
    siginfo_t info{};
    return waitid(P_PID, static_cast<id_t>(number), &info,
                  WEXITED | WNOHANG | WNOWAIT) == 0;
  };
  const auto until = Clock::now() + 20s;
  while (isChild() && Clock::now() < until)
    EXPECT_EQ(start("echo").finish(20s).code, 0);
  EXPECT_FALSE(isChild());
}

// A memory checker maps more address space at its start than a limit allows.
#ifndef GLOWPLUG_SANITIZED
TEST_F(ProcessTest, MemoryHasALimit) {
  const Exit exit = exitOf(start("memory", {.memoryBytes = 512 << 20}));
  EXPECT_EQ(exit.how, How::OutOfMemory) << exit.text;
  EXPECT_EQ(exit.text,
            "it ran out of memory (its memory was limited to 512 MiB)");
}
#endif

TEST_F(ProcessTest, AFloodOnStandardErrorIsRead) {
  Process worker = start("flood");
  expectEcho(worker, 1, "after 20 MB");
  const Exit &exit = worker.finish(20s);
  EXPECT_EQ(exit.code, 0);
  EXPECT_LE(exit.errors.size(), 4096u);
  EXPECT_NE(exit.errors.find("the end of the flood"), std::string::npos);
  EXPECT_LT(exit.text.size(), 600u);
}

TEST_F(ProcessTest, AFloodWithoutEndEndsAtTheDeadline) {
  const Exit exit = exitOf(start("endless"), 300ms);
  EXPECT_EQ(exit.how, How::Deadline);
  EXPECT_EQ(exit.text, "no answer in time; it last said: and on and on | and "
                       "on and on | and on and on");
}

TEST_F(ProcessTest, AChildOfAWorkerEndsWithIt) {
  // It holds the channel, so the stream stays open until the deadline.
  const Exit exit = exitOf(start("child"), 300ms);
  EXPECT_EQ(exit.how, How::Exited);
  EXPECT_EQ(exit.code, 4);
}

/// Whether process \p number is at work: neither gone nor a zombie.
bool isAlive(pid_t number) {
  std::ifstream file("/proc/" + std::to_string(number) + "/stat");
  std::string word, state;
  file >> word >> word >> state;
  return file && state != "Z" && state != "X";
}

TEST_F(ProcessTest, AWorkerEndsAfterTheOneThatStartedIt) {
  Process worker = start("another");
  Message message;
  ASSERT_TRUE(worker.receive(message, sizeof(pid_t), in(20s)))
      << worker.exit()->text;
  pid_t other = -1;
  ASSERT_EQ(message.payload.size(), sizeof other);
  std::memcpy(&other, message.payload.data(), sizeof other);
  EXPECT_TRUE(isAlive(other));
  worker = Process();
  const auto until = Clock::now() + 30s;
  while (isAlive(other) && Clock::now() < until)
    std::this_thread::sleep_for(10ms);
  EXPECT_FALSE(isAlive(other));
}

TEST_F(ProcessTest, ManyWorkersAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i)
    threads.emplace_back([i] {
      Process worker = start("echo");
      ASSERT_FALSE(worker.exit()) << worker.exit()->text;
      for (int round = 0; round < 50; ++round)
        expectEcho(worker, static_cast<std::uint32_t>(i + 1),
                   std::to_string(i) + "/" + std::to_string(round));
      if (i % 2 == 0)
        EXPECT_EQ(worker.finish(20s).code, 0);
    });
  for (std::thread &thread : threads)
    thread.join();
}

} // namespace
