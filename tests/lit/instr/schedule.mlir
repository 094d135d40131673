// The schedule of a whole model is text that parses and prints as it was.
// RUN: glowplug inspect %S/../../data/quantized/resnet8_qdq_u8.onnx --backend npu-sim --text > %t.mlir
// RUN: glowplug-opt %t.mlir > %t.once.mlir
// RUN: glowplug-opt %t.once.mlir | diff %t.once.mlir -
// RUN: FileCheck %s < %t.mlir

// CHECK: // part {{[0-9]+}} on npu-sim
// CHECK: instr.program "{{.*}}" attributes {layers = [{bytes = {{[0-9]+}} : i64, macs = {{[0-9]+}} : i64, name = "{{.+}}"}
// CHECK: instr.buffer "{{.*}}" in "dram" offset
// CHECK: instr.dma_start on "load_
// CHECK: instr.compute on "matrix"
// CHECK: prim.conv
