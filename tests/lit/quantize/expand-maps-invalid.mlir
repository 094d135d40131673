// A short map that expand_maps.py cannot read is an error, and not a line that
// goes on to the next command.
// RUN: not %expand-maps %s 2>&1 | FileCheck %s

// CHECK: expand-maps-invalid.mlir:[[# @LINE + 1]]: needs a type for each of 1 tensors, but got 2
%y = map add(%x, 1.0) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
