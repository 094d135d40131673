// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Writes the C11 accessors of a schema as one header.
#pragma once

#include <flatbuffers/reflection_generated.h>

#include <string>

namespace glowplug::accessors {

/// The header <glowplug/NAME.h> for \p schema, which has been verified; its
/// identifiers begin with gp_NAME_ and GP_NAME_. Equal schemas give equal text.
/// Integer-valued user attributes of the root table become constants.
/// \throws std::runtime_error on a feature of the schema language that has no
///         accessor, and when two identifiers would be equal.
std::string writeHeader(const reflection::Schema &schema,
                        const std::string &name = "image");

} // namespace glowplug::accessors
