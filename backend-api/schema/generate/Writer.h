// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Writes the C11 writer of a schema as one header.
#pragma once

#include <flatbuffers/reflection_generated.h>

#include <string>

namespace glowplug::accessors {

/// The header <glowplug/NAME_writer.h> for \p schema, of which writeHeader()
/// gives the reader. Equal schemas give equal text.
/// \throws std::runtime_error on a feature of the schema language that has no
///         writer.
std::string writeWriter(const reflection::Schema &schema,
                        const std::string &name = "image");

} // namespace glowplug::accessors
