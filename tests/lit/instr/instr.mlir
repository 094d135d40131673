// RUN: glowplug-opt %s | FileCheck %s
// RUN: glowplug-opt %s | glowplug-opt | FileCheck %s
// RUN: glowplug-opt --mlir-print-op-generic %s | glowplug-opt | FileCheck %s

// CHECK-LABEL: instr.program "copy" {
instr.program "copy" {
  // CHECK-NEXT: %[[X:.+]] = instr.buffer "x" in "dram" offset 0 bytes 64
  %x = instr.buffer "x" in "dram" offset 0 bytes 64
  // CHECK-NEXT: %[[T:.+]] = instr.buffer "t" in "spad" offset 128 bytes 64
  %t = instr.buffer "t" in "spad" offset 128 bytes 64
  // CHECK-NEXT: instr.input %[[X]] : tensor<64xi8>
  instr.input %x : tensor<64xi8>
  // CHECK-NEXT: %[[FROM:.+]] = instr.view %[[X]] offset 0 strides [8, 1] : <tensor<8x8xi8>>
  %from = instr.view %x offset 0 strides [8, 1] : !instr.view<tensor<8x8xi8>>
  // CHECK-NEXT: %[[TO:.+]] = instr.view %[[T]] offset 0 strides [32, 1] blocks [4, 1] inner [8, 0] : <tensor<8x8xi8>>
  %to = instr.view %t offset 0 strides [32, 1] blocks [4, 1] inner [8, 0]
      : !instr.view<tensor<8x8xi8>>
  // CHECK-NEXT: %[[A:.+]] = instr.fill on "load" %[[TO]] value [-3] : <tensor<8x8xi8>>
  %a = instr.fill on "load" %to value [-3] : !instr.view<tensor<8x8xi8>>
  // CHECK-NEXT: %[[B:.+]] = instr.dma_start on "load" %[[FROM]] to %[[TO]] wait(%[[A]], %[[C:.+]]) : <tensor<8x8xi8>>
  %b = instr.dma_start on "load" %from to %to wait(%a, %c)
      : !instr.view<tensor<8x8xi8>>
  // A token may be used before it is made.
  // CHECK-NEXT: %[[C]] = instr.dma_wait on "store"(%[[A]])
  %c = instr.dma_wait on "store"(%a)
}

// CHECK-LABEL: instr.program "matmul"
instr.program "matmul" {
  %a = instr.buffer "a" in "spad" offset 0 bytes 256
  %w = instr.buffer "w" in "spad" offset 256 bytes 256
  %s = instr.buffer "s" in "acc" offset 0 bytes 1024
  // CHECK: instr.constant %{{.+}} segment 0 offset 64
  instr.constant %w segment 0 offset 64
  // CHECK: instr.output %{{.+}} : tensor<16x16xi32>
  instr.output %s : tensor<16x16xi32>
  %lhs = instr.view %a offset 0 strides [16, 1] : !instr.view<tensor<16x16xi8>>
  %rhs = instr.view %w offset 0 strides [16, 1] : !instr.view<tensor<16x16xi8>>
  %sums = instr.view %s offset 0 strides [64, 4] : !instr.view<tensor<16x16xi32>>
  // CHECK: %[[T:.+]] = instr.compute on "matrix" (%[[L:.+]], %[[R:.+]]) to(%[[S:.+]]) :
  %t = instr.compute on "matrix" (%lhs, %rhs) to (%sums)
      : (!instr.view<tensor<16x16xi8>>, !instr.view<tensor<16x16xi8>>)
      to (!instr.view<tensor<16x16xi32>>) {
  // CHECK-NEXT: ^bb0(%[[X:.+]]: tensor<16x16xi8>, %[[Y:.+]]: tensor<16x16xi8>):
  // CHECK-NEXT:   %[[P:.+]] = prim.matmul %[[X]], %[[Y]]
  // CHECK-NEXT:   instr.yield %[[P]] : tensor<16x16xi32>
  // CHECK-NEXT: }
  ^bb0(%x: tensor<16x16xi8>, %y: tensor<16x16xi8>):
    %p = prim.matmul %x, %y
        : tensor<16x16xi8>, tensor<16x16xi8> -> tensor<16x16xi32>
    instr.yield %p : tensor<16x16xi32>
  }
  // CHECK: instr.compute on "matrix" accumulate (%[[L]], %[[R]]) to(%[[S]]) wait(%[[T]]) :
  %u = instr.compute on "matrix" accumulate (%lhs, %rhs) to (%sums) wait (%t)
      : (!instr.view<tensor<16x16xi8>>, !instr.view<tensor<16x16xi8>>)
      to (!instr.view<tensor<16x16xi32>>) {
  ^bb0(%x: tensor<16x16xi8>, %y: tensor<16x16xi8>):
    %p = prim.matmul %x, %y
        : tensor<16x16xi8>, tensor<16x16xi8> -> tensor<16x16xi32>
    instr.yield %p : tensor<16x16xi32>
  }
}
