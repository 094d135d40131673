// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// generate-accessors: binary schema in, C11 header out. A step of the build.

#include "backend-api/schema/generate/Header.h"

#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace {

int fail(const std::string &message) {
  std::cerr << "generate-accessors: " << message << "\n";
  return 1;
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 3)
    return fail("usage: generate-accessors SCHEMA.bfbs HEADER.h");
  std::ifstream input(argv[1], std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(input), {}};
  if (!input)
    return fail(std::string("cannot read ") + argv[1]);
  flatbuffers::Verifier verifier(
      reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size());
  if (!reflection::VerifySchemaBuffer(verifier))
    return fail(std::string(argv[1]) + " is not a binary schema");
  try {
    const std::string header = glowplug::accessors::writeHeader(
        *reflection::GetSchema(bytes.data()),
        std::filesystem::path(argv[2]).stem().string());
    std::ofstream output(argv[2], std::ios::binary);
    output << header;
    output.close();
    if (!output)
      return fail(std::string("cannot write ") + argv[2]);
  } catch (const std::exception &error) {
    return fail(std::string(argv[1]) + ": " + error.what());
  }
  return 0;
}
