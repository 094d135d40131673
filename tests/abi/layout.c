// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The layout of ABI 0.3 on machines with 64-bit pointers: the size of each
// struct and the place of each field. A failure here means that built plugins
// break; it is answered by a new version, not by a new number here.

#include <glowplug/backend.h>
#include <glowplug/cosim.h>
#include <glowplug/energy.h>
#include <glowplug/replay.h>

#if UINTPTR_MAX != UINT64_MAX
#error "this golden table is for 64-bit pointers"
#endif

_Static_assert(GP_ABI_MAJOR == 0 && GP_ABI_MINOR == 4,
               "another version needs another table");

#define SIZE(type, bytes)                                                      \
  _Static_assert(sizeof(type) == (bytes), "size of " #type)
#define AT(type, field, offset)                                                \
  _Static_assert(offsetof(type, field) == (offset), #type "." #field)
#define VALUE(name, value) _Static_assert((name) == (value), #name)

SIZE(gp_status_code, 4);
VALUE(GP_OK, 0);
VALUE(GP_INVALID_ARGUMENT, 1);
VALUE(GP_UNSUPPORTED, 2);
VALUE(GP_OUT_OF_MEMORY, 3);
VALUE(GP_DEVICE_LOST, 4);
VALUE(GP_INTERNAL, 5);
VALUE(GP_UNKNOWN_FIELD, 6);
VALUE(GP_INCOMPATIBLE, 7);
VALUE(GP_STATUS_CODE_MAX, 0x7fffffff);

SIZE(gp_bytes, 16);
AT(gp_bytes, data, 0);
AT(gp_bytes, size, 8);

SIZE(gp_option, 16);
AT(gp_option, key, 0);
AT(gp_option, value, 8);

SIZE(gp_host, 24);
AT(gp_host, struct_size, 0);
AT(gp_host, abi_major, 8);
AT(gp_host, abi_minor, 12);
AT(gp_host, fail, 16);

SIZE(gp_create_args, 32);
AT(gp_create_args, struct_size, 0);
AT(gp_create_args, host, 8);
AT(gp_create_args, options, 16);
AT(gp_create_args, option_count, 24);

SIZE(gp_backend_info, 40);
AT(gp_backend_info, struct_size, 0);
AT(gp_backend_info, name, 8);
AT(gp_backend_info, version, 16);
AT(gp_backend_info, target, 24);
AT(gp_backend_info, container_version_max, 32);
AT(gp_backend_info, opset_version_max, 36);

SIZE(gp_option_info, 32);
AT(gp_option_info, struct_size, 0);
AT(gp_option_info, key, 8);
AT(gp_option_info, default_value, 16);
AT(gp_option_info, help, 24);

SIZE(gp_op_info, 32);
AT(gp_op_info, struct_size, 0);
AT(gp_op_info, op, 8);
AT(gp_op_info, composite, 16);
AT(gp_op_info, version, 24);
AT(gp_op_info, dtype_mask, 28);

SIZE(gp_describe_sink, 40);
AT(gp_describe_sink, struct_size, 0);
AT(gp_describe_sink, context, 8);
AT(gp_describe_sink, info, 16);
AT(gp_describe_sink, option, 24);
AT(gp_describe_sink, op, 32);

SIZE(gp_verdict, 32);
AT(gp_verdict, struct_size, 0);
AT(gp_verdict, op_index, 8);
AT(gp_verdict, supported, 12);
AT(gp_verdict, split_epilogue, 16);
AT(gp_verdict, reason, 24);

SIZE(gp_check_args, 40);
AT(gp_check_args, struct_size, 0);
AT(gp_check_args, image, 8);
AT(gp_check_args, context, 24);
AT(gp_check_args, verdict, 32);

SIZE(gp_compile_result, 24);
AT(gp_compile_result, struct_size, 0);
AT(gp_compile_result, requirement, 8);
AT(gp_compile_result, workspace_bytes, 16);

SIZE(gp_compile_sink, 48);
AT(gp_compile_sink, struct_size, 0);
AT(gp_compile_sink, context, 8);
AT(gp_compile_sink, blob, 16);
AT(gp_compile_sink, segment, 24);
AT(gp_compile_sink, keep_segment, 32);
AT(gp_compile_sink, result, 40);

SIZE(gp_compile_args, 48);
AT(gp_compile_args, struct_size, 0);
AT(gp_compile_args, image, 8);
AT(gp_compile_args, segments, 24);
AT(gp_compile_args, segment_count, 32);
AT(gp_compile_args, sink, 40);

SIZE(gp_load_args, 56);
AT(gp_load_args, struct_size, 0);
AT(gp_load_args, blob, 8);
AT(gp_load_args, requirement, 24);
AT(gp_load_args, segments, 32);
AT(gp_load_args, segment_count, 40);
AT(gp_load_args, threads, 48);

SIZE(gp_run_args, 64);
AT(gp_run_args, struct_size, 0);
AT(gp_run_args, inputs, 8);
AT(gp_run_args, input_count, 16);
AT(gp_run_args, outputs, 24);
AT(gp_run_args, output_count, 32);
AT(gp_run_args, workspace, 40);
AT(gp_run_args, dims, 48);
AT(gp_run_args, dim_count, 56);

SIZE(gp_plugin, 88);
AT(gp_plugin, struct_size, 0);
AT(gp_plugin, abi_major, 8);
AT(gp_plugin, abi_minor, 12);
AT(gp_plugin, create, 16);
AT(gp_plugin, destroy, 24);
AT(gp_plugin, describe, 32);
AT(gp_plugin, check, 40);
AT(gp_plugin, compile, 48);
AT(gp_plugin, load, 56);
AT(gp_plugin, run, 64);
AT(gp_plugin, unload, 72);
AT(gp_plugin, group, 80);

SIZE(gp_bytes_sink, 24);
AT(gp_bytes_sink, struct_size, 0);
AT(gp_bytes_sink, context, 8);
AT(gp_bytes_sink, bytes, 16);

SIZE(gp_encode_args, 48);
AT(gp_encode_args, struct_size, 0);
AT(gp_encode_args, program, 8);
AT(gp_encode_args, segments, 24);
AT(gp_encode_args, segment_count, 32);
AT(gp_encode_args, sink, 40);

VALUE(GP_GROUP_INSTR_VERSION, 1);
SIZE(gp_instr_group, 24);
AT(gp_instr_group, struct_size, 0);
AT(gp_instr_group, machine, 8);
AT(gp_instr_group, encode, 16);

SIZE(gp_schedule_args, 64);
AT(gp_schedule_args, struct_size, 0);
AT(gp_schedule_args, image, 8);
AT(gp_schedule_args, segments, 24);
AT(gp_schedule_args, segment_count, 32);
AT(gp_schedule_args, program, 40);
AT(gp_schedule_args, context, 48);
AT(gp_schedule_args, segment, 56);

VALUE(GP_GROUP_SCHEDULE_VERSION, 1);
SIZE(gp_schedule_group, 16);
AT(gp_schedule_group, struct_size, 0);
AT(gp_schedule_group, schedule, 8);

VALUE(GP_GROUP_SIMULATION_VERSION, 1);
VALUE(GP_NO_LAYER, 0xffffffffu);
SIZE(gp_sim_track_kind, 4);
VALUE(GP_SIM_ENGINE, 0);
VALUE(GP_SIM_QUEUE, 1);
VALUE(GP_SIM_SEMAPHORE, 2);
VALUE(GP_SIM_MEMORY, 3);
VALUE(GP_SIM_TRACK_KIND_MAX, 0x7fffffff);

SIZE(gp_sim_run, 48);
AT(gp_sim_run, struct_size, 0);
AT(gp_sim_run, cycles, 8);
AT(gp_sim_run, host_ns, 16);
AT(gp_sim_run, macs, 24);
AT(gp_sim_run, macs_per_cycle, 32);
AT(gp_sim_run, clock_khz, 36);
AT(gp_sim_run, bank_conflicts, 40);

SIZE(gp_sim_layer, 72);
AT(gp_sim_layer, struct_size, 0);
AT(gp_sim_layer, name, 8);
AT(gp_sim_layer, begin_cycle, 16);
AT(gp_sim_layer, end_cycle, 24);
AT(gp_sim_layer, cycles, 32);
AT(gp_sim_layer, macs, 40);
AT(gp_sim_layer, bound, 48);
AT(gp_sim_layer, roofline_cycles, 56);
AT(gp_sim_layer, dram_bytes, 64);

SIZE(gp_sim_stall, 32);
AT(gp_sim_stall, struct_size, 0);
AT(gp_sim_stall, engine, 8);
AT(gp_sim_stall, cause, 16);
AT(gp_sim_stall, cycles, 24);

SIZE(gp_sim_track, 24);
AT(gp_sim_track, struct_size, 0);
AT(gp_sim_track, name, 8);
AT(gp_sim_track, kind, 16);

SIZE(gp_sim_span, 40);
AT(gp_sim_span, struct_size, 0);
AT(gp_sim_span, track, 8);
AT(gp_sim_span, layer, 12);
AT(gp_sim_span, name, 16);
AT(gp_sim_span, start_cycle, 24);
AT(gp_sim_span, end_cycle, 32);

SIZE(gp_sim_space, 24);
AT(gp_sim_space, struct_size, 0);
AT(gp_sim_space, name, 8);
AT(gp_sim_space, bytes, 16);

SIZE(gp_sim_buffer, 56);
AT(gp_sim_buffer, struct_size, 0);
AT(gp_sim_buffer, space, 8);
AT(gp_sim_buffer, layer, 12);
AT(gp_sim_buffer, name, 16);
AT(gp_sim_buffer, begin_bytes, 24);
AT(gp_sim_buffer, bytes, 32);
AT(gp_sim_buffer, first_cycle, 40);
AT(gp_sim_buffer, last_cycle, 48);

SIZE(gp_simulation_sink, 72);
AT(gp_simulation_sink, struct_size, 0);
AT(gp_simulation_sink, context, 8);
AT(gp_simulation_sink, run, 16);
AT(gp_simulation_sink, layer, 24);
AT(gp_simulation_sink, stall, 32);
AT(gp_simulation_sink, track, 40);
AT(gp_simulation_sink, span, 48);
AT(gp_simulation_sink, space, 56);
AT(gp_simulation_sink, buffer, 64);

SIZE(gp_simulation_group, 16);
AT(gp_simulation_group, struct_size, 0);
AT(gp_simulation_group, last_run, 8);

SIZE(gp_replay_machine, 32);
AT(gp_replay_machine, memory_bytes, 8);
AT(gp_replay_machine, command_bytes, 16);
AT(gp_replay_machine, commands_address, 24);

SIZE(gp_replay_segment, 40);
AT(gp_replay_segment, name, 8);
AT(gp_replay_segment, address, 16);
AT(gp_replay_segment, bytes, 24);

SIZE(gp_replay_register, 32);
AT(gp_replay_register, name, 8);
AT(gp_replay_register, number, 16);
AT(gp_replay_register, value, 24);

SIZE(gp_replay_unit, 24);
AT(gp_replay_unit, name, 8);
AT(gp_replay_unit, commands, 16);

SIZE(gp_replay_output, 32);
AT(gp_replay_output, index, 8);
AT(gp_replay_output, address, 16);
AT(gp_replay_output, bytes, 24);

SIZE(gp_replay_sink, 64);
AT(gp_replay_sink, context, 8);
AT(gp_replay_sink, machine, 16);
AT(gp_replay_sink, segment, 24);
AT(gp_replay_sink, write, 32);
AT(gp_replay_sink, commands, 40);
AT(gp_replay_sink, unit, 48);
AT(gp_replay_sink, output, 56);

SIZE(gp_replay_args, 32);
AT(gp_replay_args, inputs, 8);
AT(gp_replay_args, input_count, 16);
AT(gp_replay_args, sink, 24);

SIZE(gp_replay_group, 16);
AT(gp_replay_group, replay, 8);
VALUE(GP_GROUP_REPLAY_VERSION, 1);

SIZE(gp_cosim_run, 48);
AT(gp_cosim_run, model_cycles, 8);
AT(gp_cosim_run, hardware_cycles, 16);
AT(gp_cosim_run, model_ns, 24);
AT(gp_cosim_run, hardware_ns, 32);
AT(gp_cosim_run, commands_in_hardware, 40);

SIZE(gp_cosim_unit, 16);
AT(gp_cosim_unit, name, 8);

SIZE(gp_cosim_layer, 16);
AT(gp_cosim_layer, name, 8);

SIZE(gp_cosim_command, 56);
AT(gp_cosim_command, engine, 8);
AT(gp_cosim_command, layer, 16);
AT(gp_cosim_command, differs, 20);
AT(gp_cosim_command, model_first_cycle, 24);
AT(gp_cosim_command, model_last_cycle, 32);
AT(gp_cosim_command, hardware_first_cycle, 40);
AT(gp_cosim_command, hardware_last_cycle, 48);

SIZE(gp_cosim_difference, 56);
AT(gp_cosim_difference, command, 8);
AT(gp_cosim_difference, text, 16);
AT(gp_cosim_difference, place, 24);
AT(gp_cosim_difference, result_bytes, 32);
AT(gp_cosim_difference, differing_bytes, 40);
AT(gp_cosim_difference, got, 48);
AT(gp_cosim_difference, want, 52);

SIZE(gp_cosim_sink, 56);
AT(gp_cosim_sink, context, 8);
AT(gp_cosim_sink, run, 16);
AT(gp_cosim_sink, unit, 24);
AT(gp_cosim_sink, layer, 32);
AT(gp_cosim_sink, command, 40);
AT(gp_cosim_sink, difference, 48);

SIZE(gp_cosim_args, 80);
AT(gp_cosim_args, inputs, 8);
AT(gp_cosim_args, input_count, 16);
AT(gp_cosim_args, units, 24);
AT(gp_cosim_args, sink, 32);
AT(gp_cosim_args, seed, 40);
AT(gp_cosim_args, waves, 48);
AT(gp_cosim_args, first_wave, 56);
AT(gp_cosim_args, last_wave, 64);
AT(gp_cosim_args, lockstep, 72);
AT(gp_cosim_args, reserved, 76);

SIZE(gp_cosim_group, 16);
AT(gp_cosim_group, cosim, 8);
VALUE(GP_GROUP_COSIM_VERSION, 1);

SIZE(gp_energy_basis, 24);
AT(gp_energy_basis, technology, 8);
AT(gp_energy_basis, note, 16);

SIZE(gp_energy_component, 40);
AT(gp_energy_component, name, 8);
AT(gp_energy_component, energy_source, 16);
AT(gp_energy_component, area_um2, 24);
AT(gp_energy_component, area_source, 32);

SIZE(gp_energy_amount, 24);
AT(gp_energy_amount, component, 8);
AT(gp_energy_amount, layer, 12);
AT(gp_energy_amount, picojoules, 16);

SIZE(gp_energy_sink, 40);
AT(gp_energy_sink, context, 8);
AT(gp_energy_sink, basis, 16);
AT(gp_energy_sink, component, 24);
AT(gp_energy_sink, amount, 32);

SIZE(gp_energy_group, 16);
AT(gp_energy_group, last_energy, 8);
VALUE(GP_GROUP_ENERGY_VERSION, 1);
