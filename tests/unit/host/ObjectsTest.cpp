// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Objects of the C interface: their life, what they give, and their faults.

#include "tests/unit/host/Handles.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include <unistd.h>

using namespace glowplug::host;

TEST(HostObjectsTest, SaysItsVersion) {
  EXPECT_EQ(gp_host_version(), GP_HOST_MAJOR * 65536 + GP_HOST_MINOR);
}

TEST(HostObjectsTest, FreesNothingForNull) {
  gp_fault_free(nullptr);
  gp_tensor_free(nullptr);
  gp_model_free(nullptr);
  gp_session_free(nullptr);
  gp_request_free(nullptr);
  gp_buffer_free(nullptr);
}

TEST(HostObjectsTest, RunsAfterWhatItWasMadeFromIsFreed) {
  ModelHandle model = compileDigits();
  SessionHandle session = load(model.get());
  model.reset();
  const RequestHandle request = makeRequest(session.get());
  session.reset();
  ASSERT_EQ(messageOf(gp_request_set_random_inputs(request.get(), 7)), "");
  ASSERT_EQ(messageOf(gp_request_run(request.get())), "");
  gp_comparison found{};
  found.struct_size = sizeof found;
  ASSERT_EQ(messageOf(gp_request_compare(request.get(), &found)), "");
  EXPECT_EQ(found.mismatches, 0u);
  EXPECT_GT(found.elements, 0u);
  EXPECT_EQ(found.is_not_comparable, 0u);
}

/// Runs \p count images of zeros, which is a compile if the size is new.
static std::string runImages(gp_session *session, const gp_model *model,
                             int64_t count) {
  gp_port port{};
  port.struct_size = sizeof port;
  EXPECT_EQ(messageOf(gp_model_input(model, 0, &port)), "");
  std::vector<int64_t> shape(port.shape, port.shape + port.rank);
  shape[0] = count;
  gp_tensor_args args{};
  args.struct_size = sizeof args;
  args.type = port.type;
  args.rank = port.rank;
  args.shape = shape.data();
  gp_tensor *made = nullptr;
  EXPECT_EQ(messageOf(gp_tensor_create(&args, &made)), "");
  const TensorHandle tensor(made);
  const RequestHandle request = makeRequest(session);
  EXPECT_EQ(messageOf(gp_request_set_input(request.get(), 0, made)), "");
  const std::string problem = messageOf(gp_request_run(request.get()));
  if (!problem.empty())
    return problem;
  gp_comparison found{};
  found.struct_size = sizeof found;
  EXPECT_EQ(messageOf(gp_request_compare(request.get(), &found)), "");
  EXPECT_EQ(found.mismatches, 0u);
  EXPECT_EQ(found.elements % static_cast<uint64_t>(count), 0u);
  return "";
}

TEST(HostObjectsTest, PortsNameTheirDims) {
  const gp_dim dims[] = {{"N", 1}, {"N", 3}};
  DigitsArgs digits;
  digits.args.dims = dims;
  digits.args.dim_count = 2;
  gp_model *made = nullptr;
  ASSERT_EQ(messageOf(gp_model_compile(&digits.args, &made)), "");
  const ModelHandle model(made);
  gp_port port{};
  port.struct_size = sizeof port;
  ASSERT_EQ(messageOf(gp_model_input(model.get(), 0, &port)), "");
  EXPECT_EQ(port.shape[0], -1);
  ASSERT_NE(port.dim_names, nullptr);
  EXPECT_STREQ(port.dim_names[0], "N");
  EXPECT_STREQ(port.dim_names[1], "");
  const SessionHandle session = load(model.get());
  EXPECT_EQ(runImages(session.get(), model.get(), 3), "");
  EXPECT_EQ(runImages(session.get(), model.get(), 2),
            "the model was not compiled for N=2, but for N=1; N=3");

  ASSERT_EQ(messageOf(gp_model_input(compileDigits().get(), 0, &port)), "");
  EXPECT_EQ(port.dim_names, nullptr) << "nothing varies";
}

TEST(HostObjectsTest, CompilesOnDemand) {
  DigitsArgs digits;
  digits.args.dim_count = 0;
  digits.args.compile_on_demand = 1;
  gp_model *made = nullptr;
  ASSERT_EQ(messageOf(gp_model_compile(&digits.args, &made)), "");
  const ModelHandle model(made);
  EXPECT_EQ(kindOf(gp_model_write(model.get(), "/nowhere/x.gpx")),
            GP_FAULT_USAGE);
  const SessionHandle session = load(model.get());
  const RequestHandle request = makeRequest(session.get());
  EXPECT_EQ(kindOf(gp_request_set_random_inputs(request.get(), 1)),
            GP_FAULT_USAGE);
  for (int64_t count : {2, 5, 2})
    EXPECT_EQ(runImages(session.get(), model.get(), count), "");
}

TEST(HostObjectsTest, OutputsStayAsTheyWere) {
  const ModelHandle model = compileDigits();
  const SessionHandle session = load(model.get());
  RequestHandle request = makeRequest(session.get());
  ASSERT_EQ(messageOf(gp_request_set_random_inputs(request.get(), 1)), "");
  ASSERT_EQ(messageOf(gp_request_run(request.get())), "");
  gp_tensor *made = nullptr;
  ASSERT_EQ(messageOf(gp_request_output(request.get(), 0, &made)), "");
  const TensorHandle first(made);
  const auto *begin = static_cast<const char *>(gp_tensor_bytes(made));
  const std::vector<char> before(begin, begin + gp_tensor_size_bytes(made));

  ASSERT_EQ(messageOf(gp_request_set_random_inputs(request.get(), 2)), "");
  ASSERT_EQ(messageOf(gp_request_run(request.get())), "");
  ASSERT_EQ(messageOf(gp_request_output(request.get(), 0, &made)), "");
  const TensorHandle second(made);
  request.reset();
  EXPECT_EQ(
      std::memcmp(gp_tensor_bytes(first.get()), before.data(), before.size()),
      0);
  EXPECT_NE(
      std::memcmp(gp_tensor_bytes(second.get()), before.data(), before.size()),
      0);
}

TEST(HostObjectsTest, TakesInputsOfTheCaller) {
  const ModelHandle model = compileDigits();
  const SessionHandle session = load(model.get());
  const RequestHandle request = makeRequest(session.get());
  gp_port port{};
  port.struct_size = sizeof port;
  ASSERT_EQ(messageOf(gp_model_input(model.get(), 0, &port)), "");
  gp_tensor_args args{};
  args.struct_size = sizeof args;
  args.type = port.type;
  args.rank = port.rank;
  args.shape = port.shape;
  gp_tensor *tensor = nullptr;
  ASSERT_EQ(messageOf(gp_tensor_create(&args, &tensor)), "");
  TensorHandle input(tensor);
  EXPECT_EQ(gp_tensor_type(tensor), port.type);
  EXPECT_EQ(gp_tensor_rank(tensor), port.rank);
  EXPECT_EQ(gp_tensor_shape(tensor)[0], 2);
  ASSERT_EQ(messageOf(gp_request_set_input(request.get(), 0, tensor)), "");
  input.reset(); // the request has a share of it
  EXPECT_EQ(messageOf(gp_request_run(request.get())), "");
}

TEST(HostObjectsTest, CompilesFromMemory) {
  std::ifstream file(DIGITS_MODEL, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  DigitsArgs digits;
  digits.args.name = "digits in memory";
  digits.args.bytes = bytes.data();
  digits.args.size_bytes = bytes.size();
  gp_model *model = nullptr;
  ASSERT_EQ(messageOf(gp_model_compile(&digits.args, &model)), "");
  const ModelHandle owner(model);
  EXPECT_EQ(gp_model_input_count(model), 1u);
  EXPECT_EQ(gp_model_output_count(model), 1u);

  digits.args.size_bytes = 100;
  gp_model *broken = nullptr;
  const FaultHandle fault(gp_model_compile(&digits.args, &broken));
  ASSERT_TRUE(fault);
  EXPECT_EQ(gp_fault_get_kind(fault.get()), GP_FAULT_MODEL);
  EXPECT_STREQ(gp_fault_place(fault.get()), "digits in memory");
  EXPECT_EQ(broken, nullptr);
}

TEST(HostObjectsTest, KeepsModelsInFiles) {
  const ModelHandle model = compileDigits();
  const std::string path =
      ::testing::TempDir() + "glowplug-host-c-" + std::to_string(getpid());
  ASSERT_EQ(messageOf(gp_model_write(model.get(), path.c_str())), "");
  gp_model *read = nullptr;
  ASSERT_EQ(messageOf(gp_model_read(path.c_str(), &read)), "");
  const ModelHandle owner(read);
  std::remove(path.c_str());
  const SessionHandle session = load(read);
  const RequestHandle request = makeRequest(session.get());
  ASSERT_EQ(messageOf(gp_request_set_random_inputs(request.get(), 1)), "");
  ASSERT_EQ(messageOf(gp_request_run(request.get())), "");
  // What was only read has no reference.
  gp_comparison found{};
  found.struct_size = sizeof found;
  EXPECT_EQ(kindOf(gp_request_compare(request.get(), &found)), GP_FAULT_USAGE);
  EXPECT_EQ(kindOf(gp_model_read("/nonexistent.gpx", &read)), GP_FAULT_MODEL);
  EXPECT_EQ(kindOf(gp_model_read(nullptr, &read)), GP_FAULT_USAGE);
  EXPECT_EQ(kindOf(gp_model_write(model.get(), "/nonexistent/x.gpx")),
            GP_FAULT_USAGE);
}

TEST(HostObjectsTest, SaysWhatEachBackendTook) {
  const ModelHandle model = compileDigits();
  ASSERT_EQ(gp_model_backend_count(model.get()), 1u);
  gp_backend_share share{};
  share.struct_size = sizeof share;
  ASSERT_EQ(messageOf(gp_model_backend(model.get(), 0, &share)), "");
  EXPECT_STREQ(share.name, "reference");
  EXPECT_GT(share.ops, 0u);
  EXPECT_EQ(messageOf(gp_model_backend(model.get(), 1, &share)),
            "there is no backend 1 of 1");
  EXPECT_EQ(kindOf(gp_model_backend(nullptr, 0, &share)), GP_FAULT_USAGE);
  EXPECT_EQ(kindOf(gp_model_backend(model.get(), 0, nullptr)), GP_FAULT_USAGE);
}

TEST(HostObjectsTest, TypesItsFaults) {
  gp_model *model = nullptr;
  DigitsArgs digits;
  digits.args.dim_count = 0;
  EXPECT_EQ(kindOf(gp_model_compile(&digits.args, &model)), GP_FAULT_USAGE);
  digits.args.dim_count = 1;
  const char *const plugins[] = {"/no/such/plugin.so"};
  digits.args.plugins = plugins;
  digits.args.plugin_count = 1;
  const char *const backends[] = {"mine"};
  digits.args.backends = backends;
  digits.args.backend_count = 1;
  EXPECT_EQ(kindOf(gp_model_compile(&digits.args, &model)), GP_FAULT_BACKEND);

  const ModelHandle compiled = compileDigits();
  const SessionHandle session = load(compiled.get());
  const RequestHandle request = makeRequest(session.get());
  gp_tensor *tensor = nullptr;
  EXPECT_EQ(kindOf(gp_request_run(request.get())), GP_FAULT_USAGE);
  EXPECT_EQ(messageOf(gp_request_output(request.get(), 0, &tensor)),
            "the request has not run");
  EXPECT_EQ(kindOf(gp_request_set_input(request.get(), 0, nullptr)),
            GP_FAULT_USAGE);
  EXPECT_EQ(kindOf(gp_request_run(nullptr)), GP_FAULT_USAGE);
  EXPECT_EQ(kindOf(gp_request_create(nullptr, nullptr)), GP_FAULT_USAGE);
}

/// A run that crashes is a fault of the call, if it is isolated.
TEST(HostObjectsTest, IsolatesBackends) {
  DigitsArgs digits;
  const char *const plugin = DEADLY, *const backend = "deadly";
  digits.args.plugins = &plugin;
  digits.args.plugin_count = 1;
  digits.args.backends = &backend;
  digits.args.backend_count = 1;
  gp_model *model = nullptr;
  ASSERT_EQ(messageOf(gp_model_compile(&digits.args, &model)), "");
  const ModelHandle owner(model);

  setenv("GLOWPLUG_TEST_MISTAKE", "run:segv", 1);
  gp_isolation isolation{};
  isolation.struct_size = sizeof isolation;
  isolation.calls = GP_ISOLATE_ALL;
  gp_session_args args{};
  args.struct_size = sizeof args;
  args.model = model;
  args.plugins = &plugin;
  args.plugin_count = 1;
  args.isolation = &isolation;
  gp_session *session = nullptr;
  ASSERT_EQ(messageOf(gp_session_create(&args, &session)), "");
  const SessionHandle sessionOwner(session);
  const RequestHandle request = makeRequest(session);
  ASSERT_EQ(messageOf(gp_request_set_random_inputs(request.get(), 1)), "");
  EXPECT_EQ(messageOf(gp_request_run(request.get())),
            "deadly: run of part 0 crashed: signal 11 (Segmentation fault) at "
            "address 0x10");
  unsetenv("GLOWPLUG_TEST_MISTAKE");

  isolation.calls = static_cast<gp_isolated_calls>(7);
  gp_session *none = nullptr;
  EXPECT_EQ(messageOf(gp_session_create(&args, &none)),
            "gp_isolation.calls needs 0, 1 or 2, but got 7");
}

TEST(HostObjectsTest, ACacheAnswersTheSecondTime) {
  const std::string folder =
      testing::TempDir() + "host-c-cache-" + std::to_string(getpid());
  DigitsArgs digits;
  digits.args.keep_reference = 0;
  digits.args.cache = folder.c_str();
  for (uint32_t isCached : {0u, 1u}) {
    gp_model *model = nullptr;
    ASSERT_EQ(messageOf(gp_model_compile(&digits.args, &model)), "");
    const ModelHandle owner(model);
    EXPECT_EQ(gp_model_is_cached(model), isCached);
    EXPECT_STREQ(gp_model_cache_problem(model), "");
  }
  digits.args.cache_bytes = 1; // nothing fits
  digits.dim.size = 3;
  gp_model *model = nullptr;
  ASSERT_EQ(messageOf(gp_model_compile(&digits.args, &model)), "");
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  gp_model_free(model);
  std::filesystem::remove_all(folder);
}
