// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//! A whole backend in Rust: element-wise f32 arithmetic. Its blob is the image
//! after a seal.

mod abi;
mod image;
mod seal;

use abi::*;
use image::{Body, Op, Program, Table};
use std::ffi::{CStr, CString};
use std::mem::{size_of, MaybeUninit};
use std::os::raw::{c_char, c_void};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr::null_mut;

pub struct Backend {
    host: *const gp_host,
}

pub struct Executable {
    host: *const gp_host,
    image: *const u8,
}

/// A failure: a gp_status_code and a text, or one that the host has made.
enum Failure {
    New(i32, String),
    Made(*mut gp_status),
}

type Outcome = Result<(), Failure>;

/// A sink's answer as an outcome.
fn outcome(status: *mut gp_status) -> Outcome {
    if status.is_null() {
        Ok(())
    } else {
        Err(Failure::Made(status))
    }
}

/// Runs `body`. What it returns or panics with becomes a failure of the host:
/// nothing unwinds out of the plugin.
unsafe fn guard(host: *const gp_host, body: impl FnOnce() -> Outcome) -> *mut gp_status {
    let done = catch_unwind(AssertUnwindSafe(body))
        .unwrap_or_else(|_| Err(Failure::New(GP_INTERNAL, "panicked".to_string())));
    match done {
        Ok(()) => null_mut(),
        Err(Failure::Made(status)) => status,
        Err(Failure::New(code, text)) => {
            let text = CString::new(text.replace('\0', " ")).unwrap_or_default();
            ((*host).fail)(host, code, text.as_ptr())
        }
    }
}

/// The struct at `from` by the struct-size rule: what the caller did not have
/// is zero, and what is not known here has to be.
///
/// # Safety
/// `from` is a struct of the ABI that begins with its size, and all zeros is a
/// value of `T`.
unsafe fn read<T>(from: *const T) -> Result<T, Failure> {
    let bytes = from as *const u8;
    let given = *(from as *const usize);
    let fail = |code, text: &str| Err(Failure::New(code, text.to_string()));
    if !(size_of::<usize>()..=4096).contains(&given) {
        return fail(
            GP_INVALID_ARGUMENT,
            "a struct has a size that none can have",
        );
    }
    if (size_of::<T>()..given).any(|at| *bytes.add(at) != 0) {
        return fail(GP_UNKNOWN_FIELD, "a struct has a field that is not known");
    }
    let mut copy = MaybeUninit::<T>::zeroed();
    let count = given.min(size_of::<T>());
    (copy.as_mut_ptr() as *mut u8).copy_from_nonoverlapping(bytes, count);
    Ok(copy.assume_init())
}

/// The bytes that `bytes` borrows.
unsafe fn slice<'a>(bytes: gp_bytes) -> &'a [u8] {
    if bytes.size == 0 {
        return &[];
    }
    std::slice::from_raw_parts(bytes.data as *const u8, bytes.size)
}

fn expect_count(what: &str, needed: usize, given: usize) -> Outcome {
    if needed == given {
        return Ok(());
    }
    let text = format!("needs {} {}, but got {}", needed, what, given);
    Err(Failure::New(GP_INVALID_ARGUMENT, text))
}

unsafe fn body_of(image: *const u8) -> Body {
    Program(Table::root(image)).body()
}

// ---- What it takes ----

const MOST_SCALARS: usize = 64;
const REQUIREMENT: &str = "hello-rust 1\0";
const FEATURES: &str = "the image requires a feature that is not known\0";
const ONLY_MAPS: &str = "only map of version 1 with at most 64 f32 scalars is supported\0";
const ONLY_ARITHMETIC: &str = "only constant, add, sub, mul and max are supported\0";

/// Why an op cannot run here, with a zero at the end; None when it can.
fn refusal(op: &Op) -> Option<&'static str> {
    let region = op.region();
    if op.kind() != ATTRIBUTES_MAP || op.version() != 1 || !region.exists() {
        return Some(ONLY_MAPS);
    }
    let (parameters, instructions) = (region.parameters(), region.instructions());
    if parameters.len() + instructions.len() > MOST_SCALARS
        || parameters.iter().any(|&dtype| dtype != DTYPE_F32)
        || instructions
            .iter()
            .any(|instruction| instruction.dtype() != DTYPE_F32)
    {
        return Some(ONLY_MAPS);
    }
    let known = [
        SCALAR_CONSTANT,
        SCALAR_ADD,
        SCALAR_SUB,
        SCALAR_MUL,
        SCALAR_MAX,
    ];
    if instructions
        .iter()
        .any(|instruction| !known.contains(&instruction.op()))
    {
        return Some(ONLY_ARITHMETIC);
    }
    None
}

/// The refusals of all ops, in order.
unsafe fn refusals(image: *const u8) -> Vec<Option<&'static str>> {
    let program = Program(Table::root(image));
    let ops = program.body().ops();
    if program.requires_features() {
        return ops.iter().map(|_| Some(FEATURES)).collect();
    }
    ops.iter().map(refusal).collect()
}

// ---- What it does ----

fn element_count(shape: &[i64]) -> usize {
    shape.iter().product::<i64>() as usize
}

/// The element of an operand that belongs to element number `element` of a
/// result: a dim of 1 repeats.
fn broadcast(operand: &[i64], result: &[i64], mut element: usize) -> usize {
    let (mut number, mut stride) = (0, 1);
    for (&own, &size) in operand.iter().zip(result).rev() {
        if own != 1 {
            number += element % size as usize * stride;
        }
        stride *= own as usize;
        element /= size as usize;
    }
    number
}

fn evaluate(op: u8, constant: f32, a: f32, b: f32) -> f32 {
    match op {
        SCALAR_CONSTANT => constant,
        SCALAR_ADD => a + b,
        SCALAR_SUB => a - b,
        SCALAR_MUL => a * b,
        // max; a NaN stays
        _ if a > b || a.is_nan() => a,
        _ => b,
    }
}

fn run_map(op: &Op, shapes: &[Vec<i64>], values: &mut [Vec<f32>]) {
    let region = op.region();
    let steps: Vec<(u8, f32, Vec<u16>)> = region
        .instructions()
        .iter()
        .map(|step| (step.op(), step.constant(), step.operands()))
        .collect();
    let (operands, results) = (op.operands(), op.results());
    let shape = &shapes[results[0] as usize];
    for element in 0..element_count(shape) {
        let mut scalars: Vec<f32> = operands
            .iter()
            .map(|&value| {
                values[value as usize][broadcast(&shapes[value as usize], shape, element)]
            })
            .collect();
        for (op, constant, inputs) in &steps {
            let scalar = |i: usize| {
                inputs
                    .get(i)
                    .map_or(0.0, |&number| scalars[number as usize])
            };
            let value = evaluate(*op, *constant, scalar(0), scalar(1));
            scalars.push(value);
        }
        for (&result, &scalar) in results.iter().zip(&region.results()) {
            values[result as usize][element] = scalars[scalar as usize];
        }
    }
}

// ---- The eight functions ----

unsafe extern "C" fn create(
    args: *const gp_create_args,
    backend: *mut *mut Backend,
) -> *mut gp_status {
    guard((*args).host, || {
        let args = read(args)?;
        if args.option_count > 0 {
            return Err(Failure::New(
                GP_INVALID_ARGUMENT,
                "has no options".to_string(),
            ));
        }
        *backend = Box::into_raw(Box::new(Backend { host: args.host }));
        Ok(())
    })
}

unsafe extern "C" fn destroy(backend: *mut Backend) {
    if !backend.is_null() {
        drop(Box::from_raw(backend));
    }
}

unsafe extern "C" fn describe(
    backend: *mut Backend,
    sink: *const gp_describe_sink,
) -> *mut gp_status {
    guard((*backend).host, || {
        let sink = read(sink)?;
        let info = gp_backend_info {
            struct_size: size_of::<gp_backend_info>(),
            name: "hello\0".as_ptr() as *const c_char,
            version: "0.1\0".as_ptr() as *const c_char,
            target: "host\0".as_ptr() as *const c_char,
            container_version_max: GP_IMAGE_CONTAINER_VERSION,
            opset_version_max: GP_IMAGE_OPSET_VERSION,
        };
        let map = gp_op_info {
            struct_size: size_of::<gp_op_info>(),
            op: ATTRIBUTES_MAP as u32,
            composite: std::ptr::null(),
            version: 1,
            dtype_mask: 1 << DTYPE_F32,
        };
        (sink.info.unwrap())(sink.context, &info);
        (sink.op.unwrap())(sink.context, &map);
        Ok(())
    })
}

unsafe extern "C" fn check(backend: *mut Backend, args: *const gp_check_args) -> *mut gp_status {
    guard((*backend).host, || {
        let args = read(args)?;
        for (i, reason) in refusals(args.image.data as *const u8).iter().enumerate() {
            let verdict = gp_verdict {
                struct_size: size_of::<gp_verdict>(),
                op_index: i as u32,
                supported: reason.is_none() as u32,
                split_epilogue: 0,
                reason: reason.map_or(std::ptr::null(), |text| text.as_ptr() as *const c_char),
            };
            (args.verdict.unwrap())(args.context, &verdict);
        }
        Ok(())
    })
}

unsafe extern "C" fn compile(
    backend: *mut Backend,
    args: *const gp_compile_args,
) -> *mut gp_status {
    guard((*backend).host, || {
        let args = read(args)?;
        let sink = read(args.sink)?;
        let program = Program(Table::root(args.image.data as *const u8));
        expect_count("segments", program.segment_count(), args.segment_count)?;
        for (i, reason) in refusals(args.image.data as *const u8).iter().enumerate() {
            if let Some(text) = reason {
                let text = format!("op {}: {}", i, text.trim_end_matches('\0'));
                return Err(Failure::New(GP_UNSUPPORTED, text));
            }
        }
        let blob = seal::seal(slice(args.image));
        let bytes = gp_bytes {
            data: blob.as_ptr() as *const c_void,
            size: blob.len(),
        };
        outcome((sink.blob.unwrap())(sink.context, bytes))?;
        let result = gp_compile_result {
            struct_size: size_of::<gp_compile_result>(),
            requirement: REQUIREMENT.as_ptr() as *const c_char,
            workspace_bytes: 0,
        };
        outcome((sink.result.unwrap())(sink.context, &result))
    })
}

unsafe extern "C" fn load(
    backend: *mut Backend,
    args: *const gp_load_args,
    executable: *mut *mut Executable,
) -> *mut gp_status {
    let host = (*backend).host;
    guard(host, || {
        let args = read(args)?;
        let refuse = |text: &str| Failure::New(GP_INCOMPATIBLE, text.to_string());
        if CStr::from_ptr(args.requirement).to_bytes_with_nul() != REQUIREMENT.as_bytes() {
            return Err(refuse("the requirement is not that of this device"));
        }
        expect_count("segments", 0, args.segment_count)?;
        let image = seal::open(slice(args.blob))
            .ok_or_else(|| refuse("the blob is damaged, or of another plugin"))?
            .as_ptr();
        *executable = Box::into_raw(Box::new(Executable { host, image }));
        Ok(())
    })
}

unsafe extern "C" fn run(executable: *mut Executable, args: *const gp_run_args) -> *mut gp_status {
    guard((*executable).host, || {
        let args = read(args)?;
        let body = body_of((*executable).image);
        expect_count("inputs", body.inputs().len(), args.input_count)?;
        expect_count("outputs", body.outputs().len(), args.output_count)?;
        let shapes = body.shapes();
        let mut values: Vec<Vec<f32>> = shapes
            .iter()
            .map(|shape| vec![0.0; element_count(shape)])
            .collect();
        for (i, &value) in body.inputs().iter().enumerate() {
            let to = &mut values[value as usize];
            let from = (*args.inputs.add(i)).data as *const f32;
            to.as_mut_ptr().copy_from_nonoverlapping(from, to.len());
        }
        for op in body.ops() {
            run_map(&op, &shapes, &mut values);
        }
        for (i, &value) in body.outputs().iter().enumerate() {
            let from = &values[value as usize];
            let to = *args.outputs.add(i) as *mut f32;
            to.copy_from_nonoverlapping(from.as_ptr(), from.len());
        }
        Ok(())
    })
}

unsafe extern "C" fn unload(executable: *mut Executable) {
    if !executable.is_null() {
        drop(Box::from_raw(executable));
    }
}

static PLUGIN: gp_plugin<Backend, Executable> = gp_plugin {
    struct_size: size_of::<gp_plugin<Backend, Executable>>(),
    abi_major: GP_ABI_MAJOR,
    abi_minor: GP_ABI_MINOR,
    create,
    destroy,
    describe,
    check,
    compile,
    load,
    run,
    unload,
    group: None,
};

#[no_mangle]
pub extern "C" fn gp_plugin_entry(major: u32, minor: u32) -> *const c_void {
    if major == GP_ABI_MAJOR && minor == GP_ABI_MINOR {
        &PLUGIN as *const _ as *const c_void
    } else {
        std::ptr::null()
    }
}
