/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * A gp_writer that frees itself, and lists for its tables. C++17.
 */
#ifndef GLOWPLUG_GLUE_BYTES_H
#define GLOWPLUG_GLUE_BYTES_H

#include <glowplug/glue/writer.h>

#include <cstdint>
#include <iterator>
#include <new>
#include <string>
#include <vector>

namespace glowplug::glue {

class Writer {
public:
  Writer() = default;
  Writer(const Writer &) = delete;
  Writer &operator=(const Writer &) = delete;
  ~Writer() { gp_writer_free(&writer); }

  operator gp_writer *() { return &writer; }
  gp_ref string(const std::string &text) {
    return gp_writer_text(&writer, text.data(), text.size());
  }

private:
  gp_writer writer{};
};

/// A copy of what a writer gave in the end. \throws std::bad_alloc where it
/// failed.
inline std::vector<uint8_t> copyOf(gp_bytes made) {
  if (made.data == nullptr)
    throw std::bad_alloc();
  const auto *begin = static_cast<const uint8_t *>(made.data);
  return std::vector<uint8_t>(begin, begin + made.size);
}

/// Sets a vector among the fields of a table, for as long as \p from lives.
template <typename List, typename Data>
void set(Data *&data, size_t &count, const List &from) {
  data = std::data(from);
  count = std::size(from);
}

} // namespace glowplug::glue

#endif /* GLOWPLUG_GLUE_BYTES_H */
