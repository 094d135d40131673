// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//! Prints sizes, offsets and numbers of the bindings, as layout.c prints those
//! of the C headers.

#[allow(dead_code)]
#[path = "../src/abi.rs"]
mod abi;

use abi::*;

macro_rules! number {
    ($($name:ident)*) => { $(println!("{} {}", stringify!($name), $name);)* };
}

macro_rules! layout {
    ($name:literal, $type:ty: $($field:ident),*) => {{
        println!("{} {}", $name, std::mem::size_of::<$type>());
        let place = std::mem::MaybeUninit::<$type>::uninit();
        let begin = place.as_ptr();
        // No field is read: only its address is taken.
        $(println!("  {} {}", stringify!($field), unsafe {
            std::ptr::addr_of!((*begin).$field) as usize - begin as usize
        });)*
    }};
}

fn main() {
    number!(GP_ABI_MAJOR GP_ABI_MINOR GP_IMAGE_CONTAINER_VERSION GP_IMAGE_OPSET_VERSION);
    number!(GP_INVALID_ARGUMENT GP_UNSUPPORTED GP_INTERNAL GP_UNKNOWN_FIELD GP_INCOMPATIBLE);
    number!(ATTRIBUTES_MAP DTYPE_F32);
    number!(SCALAR_CONSTANT SCALAR_ADD SCALAR_SUB SCALAR_MUL SCALAR_MAX);
    layout!("gp_bytes", gp_bytes: data, size);
    layout!("gp_option", gp_option: key, value);
    layout!("gp_host", gp_host: struct_size, abi_major, abi_minor, fail);
    layout!("gp_create_args", gp_create_args: struct_size, host, options, option_count);
    layout!("gp_backend_info", gp_backend_info: struct_size, name, version, target, container_version_max, opset_version_max);
    layout!("gp_op_info", gp_op_info: struct_size, op, composite, version, dtype_mask);
    layout!("gp_describe_sink", gp_describe_sink: struct_size, context, info, option, op);
    layout!("gp_verdict", gp_verdict: struct_size, op_index, supported, split_epilogue, reason);
    layout!("gp_check_args", gp_check_args: struct_size, image, context, verdict);
    layout!("gp_compile_result", gp_compile_result: struct_size, requirement, workspace_bytes);
    layout!("gp_compile_sink", gp_compile_sink: struct_size, context, blob, segment, keep_segment, result);
    layout!("gp_compile_args", gp_compile_args: struct_size, image, segments, segment_count, sink);
    layout!("gp_load_args", gp_load_args: struct_size, blob, requirement, segments, segment_count, threads);
    layout!("gp_run_args", gp_run_args: struct_size, inputs, input_count, outputs, output_count, workspace, dims, dim_count);
    layout!("gp_plugin", gp_plugin<u8, u8>: struct_size, abi_major, abi_minor, create, destroy, describe, check, compile, load, run, unload, group);
}
