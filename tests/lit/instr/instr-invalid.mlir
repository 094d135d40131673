// RUN: glowplug-opt --split-input-file --verify-diagnostics %s

instr.program "buffer_c1" {
  // expected-error@+1 {{needs offset and bytes of at least 0, but got -1 and 64}}
  %x = instr.buffer "x" in "dram" offset -1 bytes 64
}

// -----

instr.program "input_c1" {
  %x = instr.buffer "x" in "dram" offset 0 bytes 64
  // expected-error@+1 {{needs a buffer of 256 bytes, but got 64}}
  instr.input %x : tensor<64xi32>
}

// -----

instr.program "output_c1" {
  %x = instr.buffer "x" in "dram" offset 0 bytes 64
  // expected-error@+1 {{needs a tensor of static shape, but got 'tensor<?xi8>'}}
  instr.output %x : tensor<?xi8>
}

// -----

instr.program "constant_c1" {
  %x = instr.buffer "x" in "dram" offset 0 bytes 64
  // expected-error@+1 {{needs segment and offset of at least 0, but got -1 and 0}}
  instr.constant %x segment -1 offset 0
}

// -----

instr.program "view_c1" {
  %x = instr.buffer "x" in "dram" offset 0 bytes 64
  // expected-error@+1 {{needs a static shape with sizes of at least 1, but got 'tensor<0xi8>'}}
  %v = instr.view %x offset 0 strides [1] : !instr.view<tensor<0xi8>>
}

// -----

instr.program "view_c2" {
  %x = instr.buffer "x" in "dram" offset 0 bytes 64
  // expected-error@+1 {{needs strides of 2 entries, but got 1}}
  %v = instr.view %x offset 0 strides [1] : !instr.view<tensor<8x8xi8>>
}

// -----

instr.program "view_c3" {
  %x = instr.buffer "x" in "dram" offset 0 bytes 64
  // expected-error@+1 {{needs blocks and inner of 1 entries, but got 1 and 0}}
  %v = instr.view %x offset 0 strides [1] blocks [4] : !instr.view<tensor<8xi8>>
}

// -----

instr.program "view_c3_inner" {
  %x = instr.buffer "x" in "dram" offset 0 bytes 64
  // expected-error@+1 {{needs blocks of at least 1, with an inner of 0 for 1, but got 1 with 8}}
  %v = instr.view %x offset 0 strides [1] blocks [1] inner [8] : !instr.view<tensor<8xi8>>
}

// -----

instr.program "fill_c1" {
  %x = instr.buffer "x" in "dram" offset 0 bytes 64
  %v = instr.view %x offset 0 strides [4] : !instr.view<tensor<8xi32>>
  // expected-error@+1 {{needs a value of 4 bytes, but got 1}}
  %t = instr.fill on "load" %v value [0] : !instr.view<tensor<8xi32>>
}

// -----

instr.program "compute_c1" {
  %x = instr.buffer "x" in "spad" offset 0 bytes 64
  %v = instr.view %x offset 0 strides [1] : !instr.view<tensor<64xi8>>
  // expected-error@+1 {{needs a body of one primitive op whose results it yields}}
  %t = instr.compute on "vector" (%v) to (%v)
      : (!instr.view<tensor<64xi8>>) to (!instr.view<tensor<64xi8>>) {
  ^bb0(%a: tensor<64xi8>):
    instr.yield %a : tensor<64xi8>
  }
}

// -----

instr.program "compute_c2" {
  %x = instr.buffer "x" in "spad" offset 0 bytes 64
  %v = instr.view %x offset 0 strides [1] : !instr.view<tensor<32xi8>>
  // expected-error@+1 {{needs a body whose arguments are the tensors of the operands, and are those of its op}}
  %t = instr.compute on "vector" (%v) to (%v)
      : (!instr.view<tensor<32xi8>>) to (!instr.view<tensor<32xi8>>) {
  ^bb0(%a: tensor<64xi8>):
    %r = prim.reshape %a : tensor<64xi8> -> tensor<64xi8>
    instr.yield %r : tensor<64xi8>
  }
}

// -----

instr.program "compute_c3" {
  %x = instr.buffer "x" in "spad" offset 0 bytes 64
  %v = instr.view %x offset 0 strides [1] : !instr.view<tensor<64xi8>>
  // expected-error@+1 {{needs results of the types 'tensor<8x8xi8>'}}
  %t = instr.compute on "vector" (%v) to (%v)
      : (!instr.view<tensor<64xi8>>) to (!instr.view<tensor<64xi8>>) {
  ^bb0(%a: tensor<64xi8>):
    %r = prim.reshape %a : tensor<64xi8> -> tensor<8x8xi8>
    instr.yield %r : tensor<8x8xi8>
  }
}

// -----

instr.program "compute_c4" {
  %x = instr.buffer "x" in "spad" offset 0 bytes 64
  %v = instr.view %x offset 0 strides [1] : !instr.view<tensor<64xi8>>
  // expected-error@+1 {{needs a sum without an epilogue to accumulate, but got prim.reshape}}
  %t = instr.compute on "vector" accumulate (%v) to (%v)
      : (!instr.view<tensor<64xi8>>) to (!instr.view<tensor<64xi8>>) {
  ^bb0(%a: tensor<64xi8>):
    %r = prim.reshape %a : tensor<64xi8> -> tensor<64xi8>
    instr.yield %r : tensor<64xi8>
  }
}

// -----

// expected-error@+1 {{'instr.dma_wait' op expects parent op 'instr.program'}}
%t = instr.dma_wait on "load"()
