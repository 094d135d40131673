// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The ports of a rule: which port is for which operand or result of an
/// instruction. All code that numbers ports uses these functions.
///
/// Ports are numbered as machine.fbs says: the listed operands of the rule from
/// 0 on, then its results. Operands that `Rule.rest` stands for have no number,
/// so that no number depends on how many there are.

#pragma once

#include "core/image/instr/instr_generated.h"
#include "core/image/instr/machine_generated.h"

#include <cassert>

namespace glowplug::instr {

inline uint32_t operandPortsOf(const machine::Rule &rule) {
  return rule.operands() ? rule.operands()->size() : 0;
}
inline uint32_t resultPortsOf(const machine::Rule &rule) {
  return rule.results() ? rule.results()->size() : 0;
}

/// Numbers of ports are below this one.
inline uint64_t portsOf(const machine::Rule &rule) {
  return uint64_t{operandPortsOf(rule)} + resultPortsOf(rule);
}

/// Whether \p rule has an instruction with \p count operands.
inline bool takesOperands(const machine::Rule &rule, size_t count) {
  const uint32_t listed = operandPortsOf(rule);
  return count == listed || (count > listed && rule.rest());
}

/// What \p rule demands of operand \p index of an instruction whose count of
/// operands it takes.
inline const machine::Port &operandPort(const machine::Rule &rule,
                                        uint32_t index) {
  return index < operandPortsOf(rule) ? *rule.operands()->Get(index)
                                      : *rule.rest();
}

/// The tensor at port number \p port of \p compute, which \p rule takes.
inline const View &viewAtPort(const machine::Rule &rule, const Compute &compute,
                              uint32_t port) {
  assert(port < portsOf(rule) && "verifyMachine() lets no such number pass");
  const uint32_t listed = operandPortsOf(rule);
  return port < listed ? *compute.operands()->Get(port)
                       : *compute.results()->Get(port - listed);
}

} // namespace glowplug::instr
