// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Objects of the C interface that free themselves.

#pragma once

#include <glowplug/host.h>

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace glowplug::host {

template <auto release>
struct Release {
  template <typename T>
  void operator()(T *object) const {
    release(object);
  }
};

using FaultHandle = std::unique_ptr<gp_fault, Release<gp_fault_free>>;
using TensorHandle = std::unique_ptr<gp_tensor, Release<gp_tensor_free>>;
using ModelHandle = std::unique_ptr<gp_model, Release<gp_model_free>>;
using SessionHandle = std::unique_ptr<gp_session, Release<gp_session_free>>;
using BufferHandle = std::unique_ptr<gp_buffer, Release<gp_buffer_free>>;
using RequestHandle = std::unique_ptr<gp_request, Release<gp_request_free>>;

/// What \p given says, which is freed; "" for success.
inline std::string messageOf(gp_fault *given) {
  const FaultHandle fault(given);
  return fault ? gp_fault_message(fault.get()) : "";
}

/// The kind of \p given, which is freed; -1 for success.
inline int kindOf(gp_fault *given) {
  const FaultHandle fault(given);
  return fault ? gp_fault_get_kind(fault.get()) : -1;
}

/// Arguments for the digits model on the interpreter.
struct DigitsArgs {
  gp_dim dim{"N", 2};
  gp_model_args args{};

  DigitsArgs(const DigitsArgs &) = delete; // `args` refers to `dim`
  DigitsArgs() {
    args.struct_size = sizeof args;
    args.name = DIGITS_MODEL;
    args.dims = &dim;
    args.dim_count = 1;
    args.keep_reference = 1;
  }
};

inline ModelHandle compileDigits() {
  const DigitsArgs digits;
  gp_model *model = nullptr;
  EXPECT_EQ(messageOf(gp_model_compile(&digits.args, &model)), "");
  return ModelHandle(model);
}

inline SessionHandle load(const gp_model *model) {
  gp_session_args args{};
  args.struct_size = sizeof args;
  args.model = model;
  gp_session *session = nullptr;
  EXPECT_EQ(messageOf(gp_session_create(&args, &session)), "");
  return SessionHandle(session);
}

inline RequestHandle makeRequest(gp_session *session) {
  gp_request *request = nullptr;
  EXPECT_EQ(messageOf(gp_request_create(session, &request)), "");
  return RequestHandle(request);
}

} // namespace glowplug::host
