// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Made-up records of the group "energy", for counting.cpp: layer i takes
/// 100 * (i + 1) pJ in "array" and half of that in "dram", and 7 pJ in "array"
/// belong to no layer.

#pragma once

#include <glowplug/energy.h>

#include <limits>
#include <string>

struct MadeUpEnergy {
  std::string rule; ///< that the records break
  size_t layers;

  bool breaks(const char *name) const { return rule == name; }

  void tell(const gp_energy_sink *sink) const {
    if (breaks("energy_late"))
      tellComponents(sink);
    if (!breaks("basis_missing"))
      tellBasis(sink);
    if (breaks("basis_twice"))
      tellBasis(sink);
    if (!breaks("component_missing"))
      tellComponents(sink);
    tellAmounts(sink);
  }

private:
  void tellBasis(const gp_energy_sink *sink) const {
    gp_energy_basis basis = {};
    basis.struct_size = breaks("basis_size") ? 1 : sizeof basis;
    basis.technology = "made <up>";
    basis.note = breaks("basis_note") ? "" : "For tests.";
    sink->basis(sink->context, breaks("basis_null") ? nullptr : &basis);
  }

  void tellComponents(const gp_energy_sink *sink) const {
    gp_energy_component row = {};
    row.struct_size = sizeof row;
    row.name = breaks("component_name") ? "The array" : "array";
    row.energy_source = breaks("component_source") ? nullptr : "a guess";
    row.area_um2 = breaks("component_area") ? -1 : 2e6;
    row.area_source = breaks("area_source") ? "" : "another guess";
    sink->component(sink->context, &row);
    row.name = breaks("component_twice") ? "array" : "dram";
    row.area_um2 = 0;
    row.area_source = breaks("area_none") ? "a guess" : "";
    sink->component(sink->context, &row);
  }

  void tellAmounts(const gp_energy_sink *sink) const {
    auto tell = [&](uint32_t component, uint32_t layer, double picojoules) {
      const gp_energy_amount row = {sizeof row, component, layer, picojoules};
      sink->amount(sink->context, &row);
    };
    for (uint32_t i = 0; i < layers; ++i) {
      tell(0, i, 100.0 * (i + 1));
      tell(1, i, 50.0 * (i + 1));
    }
    if (!breaks("amount_sum"))
      tell(0, GP_NO_LAYER, 7);
    if (breaks("amount_component"))
      tell(2, 0, 1);
    if (breaks("amount_layer"))
      tell(1, static_cast<uint32_t>(layers), 1);
    if (breaks("amount_twice"))
      tell(0, GP_NO_LAYER, 1);
    if (breaks("amount_negative"))
      tell(1, GP_NO_LAYER, -0.5);
    if (breaks("amount_nan"))
      tell(1, GP_NO_LAYER, std::numeric_limits<double>::quiet_NaN());
    if (breaks("amount_sum")) // of both, no double can hold
      for (uint32_t component = 0; component < 2; ++component)
        tell(component, GP_NO_LAYER, std::numeric_limits<double>::max());
  }
};
