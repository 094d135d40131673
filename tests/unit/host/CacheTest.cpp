// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The cache of compiled models: what it finds, what makes a model another one,
// and what it does about damage, other processes and its bound.

#include "tests/unit/host/Testing.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <sys/wait.h>
#include <unistd.h>

using glowplug::FaultKind;
using glowplug::ModelSource;
using namespace glowplug::host;
namespace fs = std::filesystem;

namespace {

class HostCacheTest : public testing::Test {
protected:
  HostCacheTest() { fs::create_directories(folder); }
  ~HostCacheTest() override { fs::remove_all(folder); }

  std::string pathOf(const std::string &name) const {
    return (folder / name).string();
  }
  CompileOptions options() const {
    CompileOptions options;
    options.dims["N"] = 2;
    options.cacheFolder = pathOf("cache");
    return options;
  }
  std::vector<fs::path> entries() const {
    std::vector<fs::path> result;
    for (const auto &file : fs::directory_iterator(pathOf("cache")))
      result.push_back(file.path());
    return result;
  }
  /// A copy of the digits model whose bytes differ, and its meaning does not.
  std::string otherModel(const std::string &producer) const {
    std::ifstream from(DIGITS_MODEL, std::ios::binary);
    std::string bytes(std::istreambuf_iterator<char>(from), {});
    bytes += '\x12'; // ModelProto.producer_name; the last one counts
    bytes += static_cast<char>(producer.size());
    bytes += producer;
    const std::string path = pathOf(producer + ".onnx");
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  const fs::path folder =
      fs::temp_directory_path() / ("host-cache-" + std::to_string(getpid()));
};

Model compiled(const CompileOptions &options,
               const std::string &path = DIGITS_MODEL) {
  Result<Model> model = Model::compile(ModelSource::file(path), options);
  EXPECT_TRUE(model) << (model ? "" : model.fault().message);
  EXPECT_EQ(model->cacheProblem(), "");
  return *model;
}

} // namespace

TEST_F(HostCacheTest, AHitHasTheBytesOfACompile) {
  CompileOptions plain = options();
  plain.cacheFolder.clear();
  const std::vector<uint8_t> bytes = compiled(plain).bytes();
  const Model first = compiled(options()), second = compiled(options());
  EXPECT_FALSE(first.isCached());
  EXPECT_TRUE(second.isCached());
  EXPECT_EQ(first.bytes(), bytes);
  EXPECT_EQ(second.bytes(), bytes);
  EXPECT_EQ(second.opCounts(), first.opCounts());
  Result<Session> session = Session::load(second);
  ASSERT_TRUE(session) << session.fault().message;
  EXPECT_TRUE(session->run(*session->randomInputs(1)));
}

TEST_F(HostCacheTest, AModelInMemoryIsThatOfAFile) {
  compiled(options());
  std::ifstream file(DIGITS_MODEL, std::ios::binary);
  const std::vector<uint8_t> bytes(std::istreambuf_iterator<char>(file), {});
  Result<Model> model =
      Model::compile(ModelSource::onnx(bytes, "another name"), options());
  ASSERT_TRUE(model) << model.fault().message;
  EXPECT_TRUE(model->isCached());
}

TEST_F(HostCacheTest, EachPartOfTheKeyCounts) {
  compiled(options());
  CompileOptions other = options();
  other.dims["N"] = 3;
  EXPECT_FALSE(compiled(other).isCached()) << "dims";
  other = options();
  other.recipe = "fp32_rne";
  EXPECT_FALSE(compiled(other).isCached()) << "recipe";
  other = options();
  other.allowExternalData = true;
  EXPECT_FALSE(compiled(other).isCached()) << "external data";
  EXPECT_FALSE(compiled(options(), otherModel("other")).isCached()) << "model";
  other = options();
  other.backends = {"cpu"};
  EXPECT_FALSE(compiled(other).isCached()) << "backends";
  other.plugins.settings = {{"cpu", "kernels", "generic"}};
  EXPECT_FALSE(compiled(other).isCached()) << "settings";
  // The values of bound inputs.
  other = options();
  Result<Session> session = Session::load(compiled(options()));
  for (uint64_t seed : {1, 2}) {
    Result<std::vector<Tensor>> inputs = session->randomInputs(seed);
    ASSERT_TRUE(inputs);
    other.bindings = {{compiled(options()).inputs()[0].name, (*inputs)[0]}};
    EXPECT_FALSE(compiled(other).isCached()) << "binding " << seed;
    EXPECT_TRUE(compiled(other).isCached()) << "binding " << seed;
  }
}

TEST_F(HostCacheTest, AFileThatASettingNamesCounts) {
  const std::string config = pathOf("npu.json");
  CompileOptions npu = options();
  npu.backends = {"npu-sim"};
  npu.plugins.settings = {{"npu-sim", "npu", config}};
  std::ofstream(config) << R"({"dram": {"latencyCycles": 100}})";
  EXPECT_FALSE(compiled(npu).isCached());
  EXPECT_TRUE(compiled(npu).isCached());
  std::ofstream(config) << R"({"dram": {"latencyCycles": 101}})";
  EXPECT_FALSE(compiled(npu).isCached());
}

TEST_F(HostCacheTest, ADamagedEntryIsCompiledAgain) {
  const std::vector<uint8_t> bytes = compiled(options()).bytes();
  ASSERT_EQ(entries().size(), 1u);
  const fs::path entry = entries()[0];
  // Cut off; a flipped bit in a section; another model in its place.
  fs::resize_file(entry, bytes.size() / 2);
  EXPECT_FALSE(compiled(options()).isCached());
  EXPECT_EQ(compiled(options()).bytes(), bytes);
  {
    fs::permissions(entry, fs::perms::owner_write, fs::perm_options::add);
    std::fstream file(entry, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(bytes.size()) - 1);
    file.put(static_cast<char>(bytes.back() ^ 1));
  }
  EXPECT_FALSE(compiled(options()).isCached());
  EXPECT_TRUE(compiled(options()).isCached());
  CompileOptions plain = options();
  plain.cacheFolder.clear();
  fs::remove(entry);
  ASSERT_TRUE(compiled(plain, otherModel("other")).write(entry.string()));
  EXPECT_FALSE(compiled(options()).isCached());
  EXPECT_EQ(compiled(options()).bytes(), bytes);
}

TEST_F(HostCacheTest, TheBoundIsKeptAndTheLeastUsedGoesFirst) {
  CompileOptions bounded = options();
  const uint64_t size = compiled(options()).bytes().size();
  bounded.cacheBytes = 2 * size + size / 2; // two of three fit
  const std::string models[] = {otherModel("a"), otherModel("b"),
                                otherModel("c")};
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours(1);
  fs::remove_all(pathOf("cache"));
  compiled(bounded, models[0]);
  compiled(bounded, models[1]);
  for (const fs::path &entry : entries())
    fs::last_write_time(entry, old);
  EXPECT_TRUE(compiled(bounded, models[0]).isCached()); // now the newest
  compiled(bounded, models[2]);
  EXPECT_EQ(entries().size(), 2u);
  EXPECT_TRUE(compiled(bounded, models[0]).isCached());
  EXPECT_TRUE(compiled(bounded, models[2]).isCached());
  EXPECT_FALSE(compiled(bounded, models[1]).isCached());
  // Nothing fits: nothing is kept, and nothing else goes wrong.
  bounded.cacheBytes = 1;
  compiled(bounded, otherModel("d"));
  EXPECT_EQ(entries().size(), 0u);
}

TEST_F(HostCacheTest, OtherFilesOfTheFolderStay) {
  fs::create_directories(pathOf("cache"));
  std::ofstream(pathOf("cache/notes.txt")) << "mine";
  std::ofstream(pathOf("cache/mine.gpx")) << "mine";
  CompileOptions bounded = options();
  bounded.cacheBytes = 1;
  compiled(bounded);
  EXPECT_EQ(entries().size(), 2u);
}

TEST_F(HostCacheTest, TwoProcessesAtOnceFindWholeEntries) {
  CompileOptions plain = options();
  plain.cacheFolder.clear();
  const std::vector<uint8_t> expected = compiled(plain).bytes();
  std::vector<pid_t> children;
  for (int i = 0; i < 2; ++i) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      bool good = true;
      for (int run = 0; run < 5; ++run) {
        Result<Model> model =
            Model::compile(ModelSource::file(DIGITS_MODEL), options());
        good = good && model && model->bytes() == expected;
        // Both compile in most rounds, so that both write one entry.
        std::error_code ignored;
        for (const auto &file :
             fs::directory_iterator(pathOf("cache"), ignored))
          if (run % 2 == 0 && file.path().extension() == ".gpx")
            fs::remove(file.path(), ignored);
      }
      _exit(good ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(compiled(options()).bytes(), expected);
  for (const fs::path &entry : entries())
    EXPECT_EQ(entry.extension(), ".gpx") << "left behind: " << entry;
}

TEST_F(HostCacheTest, AFolderThatCannotBeMadeIsAFault) {
  std::ofstream(pathOf("file")) << "not a folder";
  CompileOptions bad = options();
  bad.cacheFolder = pathOf("file/cache");
  const Result<Model> model =
      Model::compile(ModelSource::file(DIGITS_MODEL), bad);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.fault().kind, FaultKind::usage);
  EXPECT_EQ(model.fault().place, bad.cacheFolder);
}

TEST_F(HostCacheTest, TheReferenceIsCompiledEachTime) {
  compiled(options());
  CompileOptions reference = options();
  reference.keepReference = true;
  EXPECT_FALSE(compiled(reference).isCached());
}
