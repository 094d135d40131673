// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes cases.

#include "core/locate/WriteCase.h"

#include "core/driver/TensorFile.h"
#include "core/image/Types.h"
#include "core/runtime/ProgramBackend.h"
#include "core/support/WriteFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"

#include <bit>
#include <cmath>
#include <cstring>

using namespace glowplug;

namespace {

/// Writes repro.c.
class ReproWriter {
public:
  ReproWriter(const Case &wrong, const WriteCaseOptions &options,
              llvm::raw_ostream &os)
      : wrong(wrong), options(options), os(os) {}

  void write();

private:
  void writeWords(const std::string &name, llvm::ArrayRef<uint8_t> bytes);
  void writeOptions();
  void writeOutputs();
  std::string writeOutput(size_t k, const image::Value &value);
  std::string writeBounds(size_t k);

  const Case &wrong;
  const WriteCaseOptions &options;
  llvm::raw_ostream &os;
};

/// \p text as a C string.
std::string literal(llvm::StringRef text) {
  std::string result;
  llvm::raw_string_ostream os(result);
  os << '"';
  for (const char c : text) {
    if (c == '"' || c == '\\')
      os << '\\' << c;
    else if (llvm::isPrint(c) && c != '?') // no trigraphs
      os << c;
    else // three digits, so that none of the text's join them
      os << llvm::format("\\%03o", static_cast<uint8_t>(c));
  }
  os << '"';
  return result;
}

} // namespace

/// The bytes in words of 64 bits: compilers read them several times as fast.
void ReproWriter::writeWords(const std::string &name,
                             llvm::ArrayRef<uint8_t> bytes) {
  os << "static _Alignas(64) const uint64_t " << name << "[] = {";
  for (size_t i = 0; i < bytes.size() || i == 0; i += 8) {
    uint64_t word = 0;
    if (!bytes.empty())
      std::memcpy(&word, bytes.data() + i,
                  std::min<size_t>(8, bytes.size() - i));
    os << (i % 32 == 0 ? "\n  " : " ")
       << llvm::format("0x%016llxu,", static_cast<unsigned long long>(word));
  }
  os << "\n};\n";
}

/// Tables end with an entry of zeros, since C has no empty arrays.
void ReproWriter::writeOptions() {
  os << "static const gp_option options[] = {\n";
  for (const BackendOption &option : options.backendOptions)
    os << "  {" << literal(option.key) << ", " << literal(option.value)
       << "},\n";
  os << "  {NULL, NULL}\n};\n#define OPTION_COUNT "
     << options.backendOptions.size() << "u\n#define THREADS "
     << options.threads << "u\n\n";
}

/// Writes the bounds of output \p k, and returns their names in the table.
std::string ReproWriter::writeBounds(size_t k) {
  if (k >= options.bounds.size() || options.bounds[k].low.empty())
    return "NULL, NULL";
  const auto write = [&](const std::string &name,
                         const std::vector<double> &values) {
    writeWords(name, {reinterpret_cast<const uint8_t *>(values.data()),
                      values.size() * sizeof(double)});
    return name;
  };
  const std::string number = std::to_string(k);
  const std::string low = write("low" + number, options.bounds[k].low);
  return low + ", " + write("high" + number, options.bounds[k].high);
}

/// Writes the arrays of output \p k and returns its entry in the table.
std::string ReproWriter::writeOutput(size_t k, const image::Value &value) {
  const Tensor &declared = wrong.judgement.expected.declared[k];
  const std::string number = std::to_string(k);
  double limit = 0;
  if (isFloat(declared.dtype())) {
    FloatTarget target = floatTarget(wrong.judgement.expected, k);
    limit = target.limit;
    for (size_t i = 0; i < target.wide.size(); ++i)
      if (!std::isfinite(target.declared[i]) || !std::isfinite(target.wide[i]))
        target.wide[i] = target.declared[i];
    writeWords("want" + number,
               {reinterpret_cast<const uint8_t *>(target.wide.data()),
                target.wide.size() * sizeof(double)});
  } else {
    writeWords("want" + number, declared.bytes());
  }
  const std::string bounds = writeBounds(k);
  os << "static const size_t shape" << number << "[] = {";
  for (int64_t size : declared.shape())
    os << size << ", ";
  os << "0};\n";
  std::string entry;
  llvm::raw_string_ostream(entry)
      << "{" << literal(textOf(value.name())) << ", "
      << static_cast<int>(declared.dtype()) << ", " << declared.elementCount()
      << "u, " << declared.byteCount() << "u, " << llvm::format("%a", limit)
      << ", want" << k << ", " << declared.rank() << "u, shape" << k << ", "
      << bounds << "}";
  return entry;
}

void ReproWriter::writeOutputs() {
  os << "/* A finite float is right within `limit` of `want`, which has the "
        "bits of a\n * double; an integer if it is equal. With bounds, a float "
        "is right from `low`\n * to `high`; NaN where `low` is, and only NaN "
        "where `high` is. */\n"
        "struct output {\n  const char *name;\n  int dtype;\n"
        "  size_t elements, bytes;\n  double limit;\n  const uint64_t *want;\n"
        "  size_t rank;\n  const size_t *shape;\n"
        "  const uint64_t *low, *high;\n};\n";
  const image::Body &body =
      *image::GetProgram(wrong.program.image.data())->body();
  std::vector<std::string> entries;
  for (uint32_t value : arrayOf(body.outputs()))
    entries.push_back(writeOutput(entries.size(), *body.values()->Get(value)));
  os << "static const struct output outputs[] = {\n";
  for (const std::string &entry : entries)
    os << "  " << entry << ",\n";
  os << "};\n#define OUTPUT_COUNT " << entries.size() << "u\n\n";
}

/// \p text in one line that ends no comment.
std::string inComment(llvm::StringRef text) {
  std::string made;
  for (const char c : text) {
    if (c == '/' && llvm::StringRef(made).ends_with("*"))
      made += ' ';
    made += c == '\n' ? ' ' : c;
  }
  return made;
}

void ReproWriter::write() {
  os << "/* A program that the backend '" << wrong.program.backend
     << "' gets wrong. To see it:\n"
        " *\n"
        " *   cc -std=c11 -I SDK/include repro.c -o repro -ldl\n"
        " *   ./repro PLUGIN.so\n"
        " *\n"
        " * Exit status: 1 while the fault is there, 0 when it is gone, 2 if "
        "the plugin\n * cannot be opened.\n";
  if (!options.found.empty())
    os << " *\n * What was found: " << inComment(options.found)
       << "\n * Only a host sees faults of schedules, machine descriptions and "
          "records of runs.\n";
  os << " */\n"
        "#include <glowplug/backend.h>\n\n#include <dlfcn.h>\n"
        "#include <inttypes.h>\n#include <math.h>\n#include <stdio.h>\n"
        "#include <stdlib.h>\n#include <string.h>\n\n"
        "/* ---- The case ---- */\n\n";
  writeOptions();
  writeWords("image_words", wrong.program.image);
  os << "#define IMAGE_BYTES " << wrong.program.image.size() << "u\n\n";
  const auto writeBytes = [&](const std::string &name, const char *count,
                              llvm::ArrayRef<llvm::ArrayRef<uint8_t>> all) {
    os << "/* The " << name << "s of the program. */\n";
    for (size_t i = 0; i < all.size(); ++i)
      writeWords(name + std::to_string(i), all[i]);
    os << "static const gp_bytes " << name << "s[] = {\n";
    for (size_t i = 0; i < all.size(); ++i)
      os << "  {" << name << i << ", " << all[i].size() << "u},\n";
    os << "  {NULL, 0}\n};\n#define " << count << " " << all.size() << "u\n\n";
  };
  writeBytes("segment", "SEGMENT_COUNT", wrong.program.segments);
  std::vector<llvm::ArrayRef<uint8_t>> inputs;
  for (const Tensor &input : wrong.inputs)
    inputs.push_back(input.bytes());
  writeBytes("input", "INPUT_COUNT", inputs);
  writeOutputs();
  os << reproProgram;
}

static llvm::Error writeBytes(llvm::StringRef path,
                              llvm::ArrayRef<uint8_t> bytes) {
  return writeFile(
      path, [&](llvm::raw_ostream &os) { os << llvm::toStringRef(bytes); });
}

/// A file in a folder.
static std::string pathIn(llvm::StringRef folder, const llvm::Twine &name) {
  llvm::SmallString<128> path(folder);
  llvm::sys::path::append(path, name);
  return path.str().str();
}

/// `NAME.segment0.bin`, ...
template <typename Segments>
static llvm::Error writeSegments(const std::string &path,
                                 const Segments &segments) {
  for (auto [i, segment] : llvm::enumerate(segments))
    if (llvm::Error error = writeBytes(
            (path + ".segment" + llvm::Twine(i) + ".bin").str(), segment))
      return error;
  return llvm::Error::success();
}

llvm::Error glowplug::writeSchedule(ProgramBackend &backend,
                                    const PartImage &program,
                                    const std::string &folder) {
  llvm::Expected<std::optional<InstrProgram>> made =
      backend.schedule(program.image, program.segments);
  if (!made) {
    llvm::consumeError(made.takeError());
    return llvm::Error::success();
  }
  if (!*made)
    return llvm::Error::success();
  const std::string path = pathIn(folder, "schedule");
  if (llvm::Error error = writeBytes(path + ".gpmd", (*made)->machine))
    return error;
  if (llvm::Error error = writeSegments(path, (*made)->segments))
    return error;
  return writeBytes(path + ".gpin", (*made)->program);
}

llvm::Error glowplug::writeCase(const Case &wrong,
                                const WriteCaseOptions &options) {
  static_assert(std::endian::native == std::endian::little);
  if (std::error_code error = llvm::sys::fs::create_directories(options.folder))
    return llvm::createStringError("cannot make folder '" + options.folder +
                                   "': " + error.message());
  auto in = [&](const llvm::Twine &name) {
    return pathIn(options.folder, name);
  };
  if (llvm::Error error = writeBytes(in("case.gpim"), wrong.program.image))
    return error;
  if (llvm::Error error = writeSegments(in("case"), wrong.program.segments))
    return error;
  const image::Body &body =
      *image::GetProgram(wrong.program.image.data())->body();
  auto writeTensors = [&](llvm::StringRef prefix,
                          llvm::ArrayRef<uint32_t> values,
                          llvm::ArrayRef<Tensor> tensors) -> llvm::Error {
    for (auto [i, value, tensor] : llvm::enumerate(values, tensors))
      if (llvm::Error error = writeTensorFile(
              in(prefix + llvm::Twine(i) + ".pb"),
              textOf(body.values()->Get(value)->name()), tensor))
        return error;
    return llvm::Error::success();
  };
  if (llvm::Error error =
          writeTensors("input_", arrayOf(body.inputs()), wrong.inputs))
    return error;
  if (llvm::Error error = writeTensors("output_", arrayOf(body.outputs()),
                                       wrong.judgement.expected.declared))
    return error;
  return writeFile(in("repro.c"), [&](llvm::raw_ostream &os) {
    ReproWriter(wrong, options, os).write();
  });
}
