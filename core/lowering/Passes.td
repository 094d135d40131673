// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes from the graph dialect to primitives, and those that split what a
// backend refuses, in alphabetical order.

#ifndef CORE_LOWERING_PASSES_TD
#define CORE_LOWERING_PASSES_TD

include "mlir/Pass/PassBase.td"

def InlineComposites : Pass<"prim-inline-composites", "::mlir::func::FuncOp"> {
  let summary = "Puts the bodies of composites in their place";
  let description = [{
    ```mlir
    %y = prim.composite "twice" version 1 (%x) attributes {}
        : (tensor<4xf32>) -> tensor<4xf32> {
    ^bb0(%a: tensor<4xf32>):
      %b = prim.concat %a dim 0 : (tensor<4xf32>) -> tensor<4xf32>
      prim.yield %b : tensor<4xf32>
    }
    // becomes
    %y = prim.concat %x dim 0 : (tensor<4xf32>) -> tensor<4xf32>
    ```

    A composite within an inlined body is inlined as well. Those named by
    `keep` stay, and what is in them.
  }];
  let options = [
    ListOption<"keep", "keep", "std::string", "names of composites that stay">,
  ];
}

def LowerGraph : Pass<"graph-lower", "::mlir::func::FuncOp"> {
  let summary = "Turns graph ops into primitives and composites";
  let description = [{
    ```mlir
    %y = graph.softmax %x axis 1 : tensor<2x5xf32>
    // becomes
    %y = prim.composite "softmax" version 1 (%x) attributes {axis = 1 : i64}
        : (tensor<2x5xf32>) -> tensor<2x5xf32> { ... }
    ```

    No graph op is left.
  }];
  let dependentDialects = ["::glowplug::prim::PrimDialect"];
}

def SplitEpilogues : Pass<"prim-split-epilogues", "::mlir::func::FuncOp"> {
  let summary = "Turns epilogues into maps of their own";
  let description = [{
    ```mlir
    %y = prim.matmul %a, %b : tensor<2x4xf32>, tensor<4x3xf32> -> tensor<2x3xf32>
        epilogue(%c : tensor<1x3xf32>) { ... }
    // becomes
    %0 = prim.matmul %a, %b : tensor<2x4xf32>, tensor<4x3xf32> -> tensor<2x3xf32>
    %y = prim.map(%0, %c) : (tensor<2x3xf32>, tensor<1x3xf32>) -> tensor<2x3xf32> { ... }
    ```

    Results do not change. An epilogue that needs the accumulator in more
    precision than a plain op would keep (f32 for elements of f16 or bf16) is
    reduced to one that only yields it.
  }];
}

#endif // CORE_LOWERING_PASSES_TD
