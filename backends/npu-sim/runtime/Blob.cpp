// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The form of blobs, which is little endian throughout:
//
//   the characters "GP-NPUB1"
//   u64 bytes of the program, then the program as npu::writeProgram has it
//   u32 numbers of inputs, outputs, layers and buffers
//   each input and output: u64 offset, u64 bytes
//   each layer: u64 macs, u64 dramBytes, text
//   each buffer: u32 layer, u32 begin, u32 bytes, text
//
// A text is a u32 with the number of its bytes, and then these.

#include "backends/npu-sim/runtime/Blob.h"

#include "backends/npu-sim/runtime/Work.h"
#include "simulator/isa/Access.h"

#include <fmt/format.h>

#include <algorithm>

namespace glowplug::npusim {

namespace {

constexpr std::string_view magic = "GP-NPUB1";

/// Keeps sums over all layers within 64 bits.
constexpr std::uint64_t mostWork = std::uint64_t(1) << 47;

/// Layers that commands can tell apart.
constexpr std::uint32_t mostLayers = 1 << 16;

class Writer {
public:
  template <typename T>
  void number(T value) {
    for (std::size_t i = 0; i < sizeof value; ++i)
      bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  void text(const std::string &value) {
    number(static_cast<std::uint32_t>(value.size()));
    bytes.insert(bytes.end(), value.begin(), value.end());
  }

  std::vector<std::uint8_t> bytes;
};

/// Reads from the front. After a fault all numbers are 0 and all texts empty.
class Reader {
public:
  explicit Reader(std::span<const std::uint8_t> bytes) : rest(bytes) {}

  template <typename T>
  T number(std::string_view what) {
    const std::span<const std::uint8_t> bytes = take(sizeof(T), what);
    T value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
      value |= static_cast<T>(T(bytes[i]) << (8 * i));
    return value;
  }

  std::string text(std::string_view what) {
    const auto size = number<std::uint32_t>(what);
    const std::span<const std::uint8_t> bytes = take(size, what);
    return {bytes.begin(), bytes.end()};
  }

  std::span<const std::uint8_t> take(std::uint64_t size,
                                     std::string_view what) {
    if (size > rest.size())
      fail(fmt::format("{}: needs {} bytes, but {} are left", what, size,
                       rest.size()));
    if (fault)
      return {};
    const auto result = rest.first(size);
    rest = rest.subspan(size);
    return result;
  }

  /// A number of records of at least \p least bytes each.
  std::uint32_t count(std::string_view what, std::size_t least) {
    const auto value = number<std::uint32_t>(what);
    if (value > rest.size() / least) {
      fail(fmt::format("{}: {} of them do not fit in {} bytes", what, value,
                       rest.size()));
      return 0;
    }
    return value;
  }

  void fail(std::string message) {
    if (!fault)
      fault = npu::Fault{std::move(message)};
    rest = {};
  }

  std::span<const std::uint8_t> rest;
  std::optional<npu::Fault> fault;
};

/// Bytes of the UTF-8 character that \p text begins with; 0 if it does not
/// begin with one, or with a zero.
std::size_t characterBytes(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0u;
  };
  const std::uint32_t first = byte(0);
  if (first < 0x80)
    return first != 0 ? 1 : 0;
  const std::size_t size = first >= 0xf0   ? 4
                           : first >= 0xe0 ? 3
                           : first >= 0xc0 ? 2
                                           : 0;
  std::uint32_t code = first & (0x7fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80)
      return 0;
    code = code << 6 | (byte(i) & 0x3f);
  }
  static constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool isSurrogate = code >= 0xd800 && code < 0xe000;
  if (first >= 0xf8 || code < least[size] || code > 0x10ffff || isSurrogate)
    return 0;
  return size;
}

/// Names go to hosts, which may rely on them.
bool isText(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = characterBytes(text);
    if (size == 0)
      return false;
    text.remove_prefix(size);
  }
  return true;
}

std::string readName(Reader &reader, const std::string &owner) {
  std::string name = reader.text(owner + ": name");
  if (!isText(name))
    reader.fail(owner + ": name: is not UTF-8 without zeros");
  return name;
}

/// The last byte of \p bindings lies before the extent of their base register,
/// and what is between them is no more than alignment asks for: the runtime
/// allocates the extent.
void checkExtent(Reader &reader, const std::vector<Binding> &bindings,
                 std::string_view what, std::int64_t given) {
  constexpr std::uint64_t page = 4096;
  const auto extent = static_cast<std::uint64_t>(given);
  std::uint64_t most = 0;
  for (std::size_t i = 0; i < bindings.size(); ++i) {
    const Binding &binding = bindings[i];
    if (binding.offset > extent || binding.bytes > extent - binding.offset)
      return reader.fail(fmt::format("{} {}: offset: {} and {} bytes reach "
                                     "beyond the extent of its base, {}",
                                     what, i, binding.offset, binding.bytes,
                                     extent));
    most += binding.bytes + page; // 65,536 of at most 2^40
  }
  if (extent > most)
    reader.fail(fmt::format("extent of the {}s: must be at most {}, 4096 more "
                            "than each of them has, but is {}",
                            what, most, extent));
}

std::vector<Binding> readBindings(Reader &reader, std::uint32_t count,
                                  std::string_view what) {
  std::vector<Binding> bindings(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::string owner = fmt::format("{} {}", what, i);
    bindings[i].offset = reader.number<std::uint64_t>(owner + ": offset");
    bindings[i].bytes = reader.number<std::uint64_t>(owner + ": bytes");
  }
  return bindings;
}

std::uint64_t readWork(Reader &reader, const std::string &what) {
  const auto value = reader.number<std::uint64_t>(what);
  if (value > mostWork)
    reader.fail(fmt::format("{}: must be at most {}, but is {}", what, mostWork,
                            value));
  return value;
}

/// The rules that hold for commands of compiled partitions only.
void checkCommands(Reader &reader, const npu::Program &program,
                   std::size_t layers, const npu::Config &config) {
  for (std::size_t n = 0; n < program.commands.size() && !reader.fault; ++n) {
    const npu::Command command = *npu::decodeCommand(program.commands[n]);
    const auto layer = static_cast<std::size_t>(npu::headerOf(command).layer);
    if (layer >= layers)
      reader.fail(fmt::format("command {}: layer: is {}, but there are {} "
                              "layers",
                              n, layer, layers));
    for (const npu::Access &access : npu::accessesOf(command, config))
      if (access.write && access.space == npu::Space::Dram &&
          (access.base == constantsBase || access.base == inputsBase))
        reader.fail(fmt::format("command {}: dram_base: {} is not to be "
                                "written",
                                n, access.base));
  }
}

} // namespace

std::vector<std::uint8_t> writeBlob(const Blob &blob,
                                    const npu::Config &config) {
  Writer writer;
  writer.bytes.assign(magic.begin(), magic.end());
  const std::vector<std::byte> program =
      npu::writeProgram(blob.program, config);
  writer.number(std::uint64_t(program.size()));
  const auto *bytes = reinterpret_cast<const std::uint8_t *>(program.data());
  writer.bytes.insert(writer.bytes.end(), bytes, bytes + program.size());
  for (std::size_t count : {blob.inputs.size(), blob.outputs.size(),
                            blob.layers.size(), blob.buffers.size()})
    writer.number(static_cast<std::uint32_t>(count));
  for (const auto *bindings : {&blob.inputs, &blob.outputs})
    for (const Binding &binding : *bindings) {
      writer.number(binding.offset);
      writer.number(binding.bytes);
    }
  for (const LayerInfo &layer : blob.layers) {
    writer.number(layer.macs);
    writer.number(layer.dramBytes);
    writer.text(layer.name);
  }
  for (const BufferInfo &buffer : blob.buffers) {
    writer.number(buffer.layer);
    writer.number(buffer.begin);
    writer.number(buffer.bytes);
    writer.text(buffer.name);
  }
  return writer.bytes;
}

npu::Result<Blob> readBlob(std::span<const std::uint8_t> bytes,
                           const npu::Config &config) {
  Reader reader(bytes);
  const auto head = reader.take(magic.size(), "magic");
  if (reader.fault)
    return *reader.fault;
  if (!std::equal(head.begin(), head.end(), magic.begin()))
    return npu::Fault{"magic: not a compiled partition of an NPU"};
  const auto size = reader.number<std::uint64_t>("size of the program");
  const auto program = reader.take(size, "program");
  if (reader.fault)
    return *reader.fault;
  auto read = npu::readProgram(std::as_bytes(program), config);
  if (!read)
    return read.fault();

  Blob blob;
  blob.program = std::move(*read);
  const auto inputs = reader.count("inputs", 16);
  const auto outputs = reader.count("outputs", 16);
  const auto layers = reader.count("layers", 20);
  const auto buffers = reader.count("buffers", 16);
  if (layers > mostLayers)
    reader.fail(fmt::format("layers: must be at most {}, but are {}",
                            mostLayers, layers));
  blob.inputs = readBindings(reader, inputs, "input");
  blob.outputs = readBindings(reader, outputs, "output");
  for (std::uint32_t i = 0; i < layers && !reader.fault; ++i) {
    const std::string owner = fmt::format("layer {}", i);
    LayerInfo &layer = blob.layers.emplace_back();
    layer.macs = readWork(reader, owner + ": macs");
    layer.dramBytes = readWork(reader, owner + ": dramBytes");
    layer.name = readName(reader, owner);
  }
  for (std::uint32_t i = 0; i < buffers && !reader.fault; ++i) {
    const std::string owner = fmt::format("buffer {}", i);
    BufferInfo &buffer = blob.buffers.emplace_back();
    buffer.layer = reader.number<std::uint32_t>(owner + ": layer");
    buffer.begin = reader.number<std::uint32_t>(owner + ": begin");
    buffer.bytes = reader.number<std::uint32_t>(owner + ": bytes");
    buffer.name = readName(reader, owner);
    if (buffer.layer >= layers)
      reader.fail(fmt::format("{}: layer: is {}, but there are {} layers",
                              owner, buffer.layer, layers));
    const auto end = std::int64_t(buffer.begin) + buffer.bytes;
    if (end > npu::scratchpadBytes(config))
      reader.fail(fmt::format("{}: bytes: it ends at {}, but the scratchpad "
                              "has {} bytes",
                              owner, end, npu::scratchpadBytes(config)));
  }
  if (!reader.rest.empty())
    reader.fail(
        fmt::format("{} bytes follow the last buffer", reader.rest.size()));
  if (!reader.fault) {
    const npu::Extents &extents = blob.program.extents;
    checkExtent(reader, blob.inputs, "input", extents[inputsBase]);
    checkExtent(reader, blob.outputs, "output", extents[outputsBase]);
    for (int base = outputsBase + 1; base < npu::baseRegisters; ++base)
      if (extents[base] != 0)
        reader.fail(fmt::format("extent of base {}: must be 0, but is {}", base,
                                extents[base]));
    checkCommands(reader, blob.program, layers, config);
    if (const auto found = checkWork(blob.program, config))
      reader.fail(found->message);
  }
  if (reader.fault)
    return *reader.fault;
  return blob;
}

} // namespace glowplug::npusim
