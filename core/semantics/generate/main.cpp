// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// generate-primitives: binary image schema in; rules, conversions, dialect and
// page out. A step of the build.

#include "core/semantics/generate/Model.h"

#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>

using namespace glowplug::primitives;

static int fail(const std::string &message) {
  std::cerr << "generate-primitives: " << message << "\n";
  return 1;
}

int main(int argc, char **argv) {
  const std::map<std::string, std::string (*)(const Model &)> writers = {
      {"rules",
       [](const Model &model) { return writeRules(model, "semantics"); }},
      {"checks", writeChecks},
      {"image", writeImage},
      {"builder", writeBuilder},
      {"dialect", writeDialect},
      {"dialect-builder", writeDialectBuilder},
      {"ods", writeOds},
      {"page", writePage},
      // For a schema that is a test.
      {"test-rules",
       [](const Model &model) { return writeRules(model, "test"); }}};
  if (argc != 4 || !writers.contains(argv[1]))
    return fail(
        "usage: generate-primitives rules|checks|image|builder|dialect|ods"
        "|page|test-rules SCHEMA.bfbs OUTPUT");
  std::ifstream input(argv[2], std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(input), {}};
  flatbuffers::Verifier verifier(
      reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size());
  if (!input || !reflection::VerifySchemaBuffer(verifier))
    return fail(std::string(argv[2]) + " is not a binary schema");
  try {
    const std::string text =
        writers.at(argv[1])(readModel(*reflection::GetSchema(bytes.data())));
    std::ofstream output(argv[3], std::ios::binary);
    output << text;
    output.close();
    if (!output)
      return fail(std::string("cannot write ") + argv[3]);
  } catch (const std::exception &error) {
    return fail(std::string(argv[2]) + ": " + error.what());
  }
  return 0;
}
