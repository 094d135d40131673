// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// generate-accessors: binary schema in, C11 headers out. A step of the build.

#include "backend-api/schema/generate/Header.h"
#include "backend-api/schema/generate/Writer.h"

#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>

namespace {

int fail(const std::string &message) {
  std::cerr << "generate-accessors: " << message << "\n";
  return 1;
}

void save(const std::string &path, const std::string &text) {
  std::ofstream output(path, std::ios::binary);
  output << text;
  output.close();
  if (!output)
    throw std::runtime_error("cannot write " + path);
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 4)
    return fail("usage: generate-accessors SCHEMA.bfbs READER.h WRITER.h");
  std::ifstream input(argv[1], std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(input), {}};
  if (!input)
    return fail(std::string("cannot read ") + argv[1]);
  flatbuffers::Verifier verifier(
      reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size());
  if (!reflection::VerifySchemaBuffer(verifier))
    return fail(std::string(argv[1]) + " is not a binary schema");
  try {
    const reflection::Schema &schema = *reflection::GetSchema(bytes.data());
    const std::string name = std::filesystem::path(argv[2]).stem().string();
    save(argv[2], glowplug::accessors::writeHeader(schema, name));
    save(argv[3], glowplug::accessors::writeWriter(schema, name));
  } catch (const std::exception &error) {
    return fail(std::string(argv[1]) + ": " + error.what());
  }
  return 0;
}
