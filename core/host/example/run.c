/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Compiles an ONNX model for the CPU, runs it once on random inputs, and says
 * whether the outputs are right.
 *
 * usage: run-model MODEL.onnx [DIM=SIZE ...]
 */
#include <glowplug/host.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Ends the program if there is a fault. */
static void check(gp_fault *fault) {
  if (fault == NULL)
    return;
  fprintf(stderr, "run-model: %s\n", gp_fault_message(fault));
  exit(gp_fault_get_kind(fault) == GP_FAULT_USAGE ? 2 : 1);
}

/** Reads "DIM=SIZE", and ends the name where the size begins. */
static gp_dim read_dim(char *text) {
  char *size = strchr(text, '=');
  if (size == NULL) {
    fprintf(stderr, "run-model: needs DIM=SIZE, but got '%s'\n", text);
    exit(2);
  }
  *size++ = 0;
  return (gp_dim){text, strtoll(size, NULL, 10)};
}

int main(int argc, char **argv) {
  static const char *const backends[] = {"cpu"};
  gp_dim dims[16];
  size_t dim_count = 0;
  if (argc < 2 || argc > 2 + 16) {
    fprintf(stderr, "usage: run-model MODEL.onnx [DIM=SIZE ...]\n");
    return 2;
  }
  for (int i = 2; i < argc; ++i)
    dims[dim_count++] = read_dim(argv[i]);

  gp_model_args compile = {.struct_size = sizeof compile, .name = argv[1]};
  compile.backends = backends;
  compile.backend_count = 1;
  compile.dims = dims;
  compile.dim_count = dim_count;
  compile.keep_reference = 1;
  gp_model *model = NULL;
  check(gp_model_compile(&compile, &model));

  gp_session_args load = {.struct_size = sizeof load, .model = model};
  gp_session *session = NULL;
  check(gp_session_create(&load, &session));

  gp_request *request = NULL;
  check(gp_request_create(session, &request));
  check(gp_request_set_random_inputs(request, 1));
  check(gp_request_run(request));
  for (size_t i = 0; i < gp_model_output_count(model); ++i) {
    gp_port port = {.struct_size = sizeof port};
    gp_tensor *output = NULL;
    check(gp_model_output(model, i, &port));
    check(gp_request_output(request, i, &output));
    printf("output %s: %zu bytes\n", port.name, gp_tensor_size_bytes(output));
    gp_tensor_free(output);
  }
  gp_comparison found = {.struct_size = sizeof found};
  check(gp_request_compare(request, &found));
  printf("%zu of %zu elements are wrong\n", (size_t)found.mismatches,
         (size_t)found.elements);

  gp_request_free(request);
  gp_session_free(session);
  gp_model_free(model);
  return found.mismatches == 0 ? 0 : 4;
}
