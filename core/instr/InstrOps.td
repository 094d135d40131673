// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The instr dialect. What its programs mean is in
// backend-api/schema/instr.fbs.

#ifndef CORE_INSTR_INSTROPS_TD
#define CORE_INSTR_INSTROPS_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"

def Instr_Dialect : Dialect {
  let name = "instr";
  let cppNamespace = "::glowplug::instr";
  let summary = "Transfers and tile computations of one machine";
  let useDefaultTypePrinterParser = 1;
  let description = [{
    Straight-line programs over the memory spaces and engines of a machine
    description (`backend-api/schema/machine.fbs`), which they name. Each op
    here is a part of an instr image (`backend-api/schema/instr.fbs`), which
    holds the meaning. The constraints (C1 ...) are what these verifiers
    enforce; bounds, alignment, capacity, reachability, lifetimes, races and
    deadlock need the machine, and are verified on the image.

    Instructions of one engine are done in order. Between engines only tokens
    order: an instruction waits for the tokens it names. A token may be used
    before the instruction that makes it.
  }];
}

class Instr_Type<string name, string typeMnemonic>
    : TypeDef<Instr_Dialect, name> {
  let mnemonic = typeMnemonic;
}
def Instr_Buffer : Instr_Type<"Buffer", "buffer"> {
  let summary = "a run of bytes of a memory space";
}
def Instr_Token : Instr_Type<"Token", "token"> {
  let summary = "the end of an instruction";
}
def Instr_View : Instr_Type<"View", "view"> {
  let summary = "a tensor in a buffer";
  let parameters = (ins TypeParameter<"::mlir::RankedTensorType",
                                      "what it looks like">:$tensor);
  let assemblyFormat = "`<` $tensor `>`";
}

class Instr_Op<string mnemonic, list<Trait> traits = []>
    : Op<Instr_Dialect, mnemonic, traits>;

/// An op of a program that is no instruction.
class Instr_Declaration<string mnemonic, list<Trait> traits = []>
    : Instr_Op<mnemonic, !listconcat([HasParent<"ProgramOp">], traits)>;

/// An op that an engine does.
class Instr_Instruction<string mnemonic, list<Trait> traits = []>
    : Instr_Op<mnemonic, !listconcat([HasParent<"ProgramOp">], traits)> {
  let results = (outs Instr_Token:$token);
}

def Instr_ProgramOp : Instr_Op<"program", !listconcat(
    [IsolatedFromAbove], GraphRegionNoTerminator.traits)> {
  let summary = "A program of one machine";
  let description = [{
    Example:
    ```mlir
    instr.program "copy" {
      %x = instr.buffer "x" in "dram" offset 0 bytes 64
      %t = instr.buffer "t" in "spad" offset 0 bytes 64
      instr.input %x : tensor<64xi8>
      %from = instr.view %x offset 0 strides [1] : !instr.view<tensor<64xi8>>
      %to = instr.view %t offset 0 strides [1] : !instr.view<tensor<64xi8>>
      %done = instr.dma_start on "load" %from to %to
          : !instr.view<tensor<64xi8>>
    }
    ```
  }];
  let arguments = (ins StrAttr:$name);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$name attr-dict-with-keyword $body";
}

def Instr_BufferOp : Instr_Declaration<"buffer", [
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "A run of bytes of a memory space";
  let description = [{
    Constraints:
      (C1) `offset` and `bytes` are not negative.
  }];
  let arguments = (ins StrAttr:$name, StrAttr:$space, I64Attr:$offset,
                       I64Attr:$bytes);
  let results = (outs Instr_Buffer:$buffer);
  let assemblyFormat = [{
    $name `in` $space `offset` $offset `bytes` $bytes attr-dict
  }];
  let hasVerifier = 1;
}

class Instr_Binding<string mnemonic> : Instr_Declaration<mnemonic> {
  let arguments = (ins Instr_Buffer:$buffer, TypeAttr:$type);
  let assemblyFormat = "$buffer attr-dict `:` $type";
  let hasVerifier = 1;
}

def Instr_InputOp : Instr_Binding<"input"> {
  let summary = "A tensor that the caller gives, in the order of these ops";
  let description = [{
    Constraints:
      (C1) the type is a tensor of static shape, as large as the buffer.
  }];
}

def Instr_OutputOp : Instr_Binding<"output"> {
  let summary = "A tensor that the caller gets, in the order of these ops";
  let description = [{
    Constraints:
      (C1) as of input.
  }];
}

def Instr_ConstantOp : Instr_Declaration<"constant"> {
  let summary = "Bytes of a segment that fill a buffer from the start";
  let description = [{
    Constraints:
      (C1) `segment` and `offset` are not negative.
  }];
  let arguments = (ins Instr_Buffer:$buffer, I64Attr:$segment,
                       I64Attr:$offset);
  let assemblyFormat = [{
    $buffer `segment` $segment `offset` $offset attr-dict
  }];
  let hasVerifier = 1;
}

def Instr_ViewOp : Instr_Declaration<"view"> {
  let summary = "A tensor in a buffer";
  let description = [{
    Offset, strides and inner are in bytes. A dim of a block over 1 is laid out
    in blocks: `strides` leads from block to block, `inner` from element to
    element of a block.

    Constraints:
      (C1) the tensor has a static shape, and each size is at least 1.
      (C2) `strides` has an entry per dim.
      (C3) `blocks` and `inner` are both absent or have an entry per dim each;
           a block is at least 1, and inner is 0 where it is 1.

    Example:
    ```mlir
    // 20 channels in blocks of 16, [C / 16][H][W][16].
    %v = instr.view %t offset 0 strides [1152, 576, 96, 16]
        blocks [1, 16, 1, 1] inner [0, 1, 0, 0]
        : !instr.view<tensor<1x20x6x6xi8>>
    ```
  }];
  let arguments = (ins Instr_Buffer:$buffer, I64Attr:$offset,
                       DenseI64ArrayAttr:$strides,
                       OptionalAttr<DenseI64ArrayAttr>:$blocks,
                       OptionalAttr<DenseI64ArrayAttr>:$inner);
  let results = (outs Instr_View:$view);
  let assemblyFormat = [{
    $buffer `offset` $offset `strides` $strides
    (`blocks` $blocks^)? (`inner` $inner^)? attr-dict `:` type($view)
  }];
  let hasVerifier = 1;
}

def Instr_DmaStartOp : Instr_Instruction<
    "dma_start", [AllTypesMatch<["source", "target"]>]> {
  let summary = "Copies a view to another";
  let description = [{
    Constraints:
      (C1) both views have one type.
  }];
  let arguments = (ins StrAttr:$engine, Instr_View:$source, Instr_View:$target,
                       Variadic<Instr_Token>:$waits);
  let assemblyFormat = [{
    `on` $engine $source `to` $target (`wait` `(` $waits^ `)`)? attr-dict
    `:` type($source)
  }];
}

def Instr_DmaWaitOp : Instr_Instruction<"dma_wait"> {
  let summary = "Holds an engine until instructions of others have ended";
  let arguments = (ins StrAttr:$engine, Variadic<Instr_Token>:$waits);
  let assemblyFormat = "`on` $engine `(` $waits `)` attr-dict";
}

def Instr_FillOp : Instr_Instruction<"fill"> {
  let summary = "Writes one value to every element of a view";
  let description = [{
    Constraints:
      (C1) `value` has the bytes of one element.
  }];
  let arguments = (ins StrAttr:$engine, Instr_View:$target,
                       DenseI8ArrayAttr:$value, Variadic<Instr_Token>:$waits);
  let assemblyFormat = [{
    `on` $engine $target `value` $value (`wait` `(` $waits^ `)`)? attr-dict
    `:` type($target)
  }];
  let hasVerifier = 1;
}

def Instr_ComputeOp : Instr_Instruction<
    "compute", [IsolatedFromAbove, AttrSizedOperandSegments]> {
  let summary = "One primitive op on tiles";
  let description = [{
    Pads, strides and the like are those of the op in the body. With
    `accumulate` its result is added to what the view holds.

    Constraints:
      (C1) the body has one op of the prim dialect, which is neither a constant
           nor a composite, and yields its results.
      (C2) the arguments of the body are the tensors of the operands, and the
           op takes each of them once, in order.
      (C3) the op has the tensors of the results.
      (C4) with `accumulate` the op is a conv, conv_transpose, matmul, or a
           reduce or window of kind sum, without an epilogue.

    Example:
    ```mlir
    %done = instr.compute on "matrix" accumulate (%a, %b) to (%sums)
        wait (%loaded)
        : (!instr.view<tensor<16x32xi8>>, !instr.view<tensor<32x16xi8>>)
        to (!instr.view<tensor<16x16xi32>>) {
    ^bb0(%lhs: tensor<16x32xi8>, %rhs: tensor<32x16xi8>):
      %y = prim.matmul %lhs, %rhs
          : tensor<16x32xi8>, tensor<32x16xi8> -> tensor<16x16xi32>
      instr.yield %y : tensor<16x16xi32>
    }
    ```
  }];
  let arguments = (ins StrAttr:$engine, Variadic<Instr_View>:$inputs,
                       Variadic<Instr_View>:$outputs,
                       Variadic<Instr_Token>:$waits, UnitAttr:$accumulate);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    `on` $engine (`accumulate` $accumulate^)? ` ` `(` $inputs `)` `to`
    `(` $outputs `)` (`wait` `(` $waits^ `)`)? attr-dict
    `:` `(` type($inputs) `)` `to` `(` type($outputs) `)` $body
  }];
  let hasVerifier = 1;
}

def Instr_YieldOp : Instr_Op<"yield", [Terminator, HasParent<"ComputeOp">]> {
  let summary = "Ends the body of a compute and gives its results";
  let arguments = (ins Variadic<AnyType>:$operands_);
  let assemblyFormat = "$operands_ attr-dict `:` type($operands_)";
}

#endif // CORE_INSTR_INSTROPS_TD
