// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//! What a backend needs of `glowplug/backend.h`, whose comments are the
//! reference, and the numbers of `glowplug/image.h`. `tests/layout.rs` compares
//! sizes, offsets and numbers with those of the C headers.
#![allow(non_camel_case_types)]

use std::os::raw::{c_char, c_void};

pub const GP_ABI_MAJOR: u32 = 0;
pub const GP_ABI_MINOR: u32 = 4;
pub const GP_IMAGE_CONTAINER_VERSION: u32 = 2;
pub const GP_IMAGE_OPSET_VERSION: u32 = 1;

pub const GP_INVALID_ARGUMENT: i32 = 1;
pub const GP_UNSUPPORTED: i32 = 2;
pub const GP_INTERNAL: i32 = 5;
pub const GP_UNKNOWN_FIELD: i32 = 6;
pub const GP_INCOMPATIBLE: i32 = 7;

pub const ATTRIBUTES_MAP: u8 = 5;
pub const DTYPE_F32: u8 = 12;
pub const SCALAR_CONSTANT: u8 = 1;
pub const SCALAR_ADD: u8 = 50;
pub const SCALAR_SUB: u8 = 51;
pub const SCALAR_MUL: u8 = 52;
pub const SCALAR_MAX: u8 = 57;

#[repr(C)]
pub struct gp_status {
    _private: [u8; 0],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gp_bytes {
    pub data: *const c_void,
    pub size: usize,
}

#[repr(C)]
pub struct gp_option {
    pub key: *const c_char,
    pub value: *const c_char,
}

#[repr(C)]
pub struct gp_host {
    pub struct_size: usize,
    pub abi_major: u32,
    pub abi_minor: u32,
    pub fail: unsafe extern "C" fn(*const gp_host, i32, *const c_char) -> *mut gp_status,
}

#[repr(C)]
pub struct gp_create_args {
    pub struct_size: usize,
    pub host: *const gp_host,
    pub options: *const gp_option,
    pub option_count: usize,
}

#[repr(C)]
pub struct gp_backend_info {
    pub struct_size: usize,
    pub name: *const c_char,
    pub version: *const c_char,
    pub target: *const c_char,
    pub container_version_max: u32,
    pub opset_version_max: u32,
}

#[repr(C)]
pub struct gp_op_info {
    pub struct_size: usize,
    pub op: u32,
    pub composite: *const c_char,
    pub version: u32,
    pub dtype_mask: u32,
}

#[repr(C)]
pub struct gp_describe_sink {
    pub struct_size: usize,
    pub context: *mut c_void,
    pub info: Option<unsafe extern "C" fn(*mut c_void, *const gp_backend_info)>,
    pub option: Option<unsafe extern "C" fn(*mut c_void, *const c_void)>,
    pub op: Option<unsafe extern "C" fn(*mut c_void, *const gp_op_info)>,
}

#[repr(C)]
pub struct gp_verdict {
    pub struct_size: usize,
    pub op_index: u32,
    pub supported: u32,
    pub split_epilogue: u32,
    pub reason: *const c_char,
}

#[repr(C)]
pub struct gp_check_args {
    pub struct_size: usize,
    pub image: gp_bytes,
    pub context: *mut c_void,
    pub verdict: Option<unsafe extern "C" fn(*mut c_void, *const gp_verdict)>,
}

#[repr(C)]
pub struct gp_compile_result {
    pub struct_size: usize,
    pub requirement: *const c_char,
    pub workspace_bytes: u64,
}

#[repr(C)]
pub struct gp_compile_sink {
    pub struct_size: usize,
    pub context: *mut c_void,
    pub blob: Option<unsafe extern "C" fn(*mut c_void, gp_bytes) -> *mut gp_status>,
    pub segment: Option<unsafe extern "C" fn(*mut c_void, gp_bytes) -> *mut gp_status>,
    pub keep_segment: Option<unsafe extern "C" fn(*mut c_void, u32) -> *mut gp_status>,
    pub result:
        Option<unsafe extern "C" fn(*mut c_void, *const gp_compile_result) -> *mut gp_status>,
}

#[repr(C)]
pub struct gp_compile_args {
    pub struct_size: usize,
    pub image: gp_bytes,
    pub segments: *const gp_bytes,
    pub segment_count: usize,
    pub sink: *const gp_compile_sink,
}

#[repr(C)]
pub struct gp_load_args {
    pub struct_size: usize,
    pub blob: gp_bytes,
    pub requirement: *const c_char,
    pub segments: *const gp_bytes,
    pub segment_count: usize,
    pub threads: u32,
}

#[repr(C)]
pub struct gp_run_args {
    pub struct_size: usize,
    pub inputs: *const gp_bytes,
    pub input_count: usize,
    pub outputs: *const *mut c_void,
    pub output_count: usize,
    pub workspace: *mut c_void,
    pub dims: *const i64,
    pub dim_count: usize,
}

/// The functions of a plugin. `B` and `E` are its own types of a backend and an
/// executable.
#[repr(C)]
pub struct gp_plugin<B, E> {
    pub struct_size: usize,
    pub abi_major: u32,
    pub abi_minor: u32,
    pub create: unsafe extern "C" fn(*const gp_create_args, *mut *mut B) -> *mut gp_status,
    pub destroy: unsafe extern "C" fn(*mut B),
    pub describe: unsafe extern "C" fn(*mut B, *const gp_describe_sink) -> *mut gp_status,
    pub check: unsafe extern "C" fn(*mut B, *const gp_check_args) -> *mut gp_status,
    pub compile: unsafe extern "C" fn(*mut B, *const gp_compile_args) -> *mut gp_status,
    pub load: unsafe extern "C" fn(*mut B, *const gp_load_args, *mut *mut E) -> *mut gp_status,
    pub run: unsafe extern "C" fn(*mut E, *const gp_run_args) -> *mut gp_status,
    pub unload: unsafe extern "C" fn(*mut E),
    pub group: Option<unsafe extern "C" fn(*const c_char, u32) -> *const c_void>,
}
