// if and loop parse and print, and each constraint is enforced.
// RUN: glowplug-opt %s --verify-diagnostics --split-input-file | FileCheck %s

func.func private @then(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
func.func private @else(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
// CHECK-LABEL: @branch
// CHECK: prim.if %{{.*}} then @then else @else(%{{.*}}) : (tensor<i1>, tensor<4xf32>) -> tensor<4xf32>
func.func @branch(%c: tensor<i1>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %y = prim.if %c then @then else @else (%x) : (tensor<i1>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func private @body(%i: tensor<i64>, %x: tensor<4xf32>, %k: tensor<2xf32>)
    -> (tensor<i1>, tensor<4xf32>, tensor<2xf32>) {
  %go = prim.constant dense<true> : tensor<i1>
  return %go, %x, %k : tensor<i1>, tensor<4xf32>, tensor<2xf32>
}
// CHECK-LABEL: @repeat
// CHECK: prim.loop %{{.*}}, %{{.*}} most 8 carried 1 @body(%{{.*}}, %{{.*}}) :
func.func @repeat(%n: tensor<i64>, %c: tensor<i1>, %x: tensor<4xf32>, %k: tensor<2xf32>) -> tensor<i64> {
  %y, %rows, %count = prim.loop %n, %c most 8 carried 1 @body (%x, %k)
      : (tensor<i64>, tensor<i1>, tensor<4xf32>, tensor<2xf32>) -> (tensor<4xf32>, tensor<8x2xf32>, tensor<i64>)
  return %count : tensor<i64>
}

// -----

func.func @if_c1(%c: tensor<1xi1>) {
  // expected-error @+1 {{needs a condition of type tensor<i1>, but got 'tensor<1xi1>'}}
  prim.if %c then @if_c1 else @if_c1 () : (tensor<1xi1>) -> ()
  return
}

// -----

func.func private @other(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
func.func @if_c2_takes(%c: tensor<i1>, %x: tensor<5xf32>) {
  // expected-error @+1 {{needs @other to take ('tensor<5xf32>'), but it takes ('tensor<4xf32>')}}
  %y = prim.if %c then @other else @other (%x) : (tensor<i1>, tensor<5xf32>) -> tensor<4xf32>
  return
}

// -----

func.func private @other(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
func.func @if_c2_returns(%c: tensor<i1>, %x: tensor<4xf32>) {
  // expected-error @+1 {{needs @other to return ('tensor<5xf32>'), but it returns ('tensor<4xf32>')}}
  %y = prim.if %c then @other else @other (%x) : (tensor<i1>, tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @if_names_nothing(%c: tensor<i1>) {
  // expected-error @+1 {{names @nowhere, which is no function}}
  prim.if %c then @nowhere else @nowhere () : (tensor<i1>) -> ()
  return
}

// -----

func.func private @body(%i: tensor<i64>, %x: tensor<4xf32>) -> (tensor<i1>, tensor<4xf32>) {
  %go = prim.constant dense<true> : tensor<i1>
  return %go, %x : tensor<i1>, tensor<4xf32>
}
func.func @loop_c1(%n: tensor<i32>, %c: tensor<i1>, %x: tensor<4xf32>) {
  // expected-error @+1 {{needs trips of type tensor<i64>, but got 'tensor<i32>'}}
  %y:2 = prim.loop %n, %c most 8 carried 1 @body (%x)
      : (tensor<i32>, tensor<i1>, tensor<4xf32>) -> (tensor<4xf32>, tensor<i64>)
  return
}

// -----

func.func private @body(%i: tensor<i64>, %x: tensor<4xf32>) -> (tensor<i1>, tensor<4xf32>) {
  %go = prim.constant dense<true> : tensor<i1>
  return %go, %x : tensor<i1>, tensor<4xf32>
}
func.func @loop_c2_most(%n: tensor<i64>, %c: tensor<i1>, %x: tensor<4xf32>) {
  // expected-error @+1 {{needs most of at least 0, but got -1}}
  %y:2 = prim.loop %n, %c most -1 carried 1 @body (%x)
      : (tensor<i64>, tensor<i1>, tensor<4xf32>) -> (tensor<4xf32>, tensor<i64>)
  return
}

// -----

func.func private @body(%i: tensor<i64>, %x: tensor<4xf32>) -> (tensor<i1>, tensor<4xf32>) {
  %go = prim.constant dense<true> : tensor<i1>
  return %go, %x : tensor<i1>, tensor<4xf32>
}
func.func @loop_c2_carried(%n: tensor<i64>, %c: tensor<i1>, %x: tensor<4xf32>) {
  // expected-error @+1 {{carries 2 values, but has 1 operands after the condition and 2 results}}
  %y:2 = prim.loop %n, %c most 8 carried 2 @body (%x)
      : (tensor<i64>, tensor<i1>, tensor<4xf32>) -> (tensor<4xf32>, tensor<i64>)
  return
}

// -----

func.func private @body(%i: tensor<i64>, %x: tensor<4xf32>) -> (tensor<i1>, tensor<4xf32>) {
  %go = prim.constant dense<true> : tensor<i1>
  return %go, %x : tensor<i1>, tensor<4xf32>
}
func.func @loop_c3(%n: tensor<i64>, %c: tensor<i1>, %x: tensor<5xf32>) {
  // expected-error @+1 {{needs @body to take ('tensor<i64>', 'tensor<5xf32>'), but it takes ('tensor<i64>', 'tensor<4xf32>')}}
  %y:2 = prim.loop %n, %c most 8 carried 1 @body (%x)
      : (tensor<i64>, tensor<i1>, tensor<5xf32>) -> (tensor<5xf32>, tensor<i64>)
  return
}

// -----

func.func private @body(%i: tensor<i64>, %x: tensor<4xf32>) -> (tensor<i1>, tensor<4xf32>) {
  %go = prim.constant dense<true> : tensor<i1>
  return %go, %x : tensor<i1>, tensor<4xf32>
}
func.func @loop_c4_count(%n: tensor<i64>, %c: tensor<i1>, %x: tensor<4xf32>) {
  // expected-error @+1 {{needs a last result of type tensor<i64>, but got 'tensor<4xf32>'}}
  %y = prim.loop %n, %c most 8 carried 0 @body (%x)
      : (tensor<i64>, tensor<i1>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func private @body(%i: tensor<i64>, %x: tensor<4xf32>) -> (tensor<i1>, tensor<4xf32>) {
  %go = prim.constant dense<true> : tensor<i1>
  return %go, %x : tensor<i1>, tensor<4xf32>
}
func.func @loop_c4_rows(%n: tensor<i64>, %c: tensor<i1>, %x: tensor<4xf32>) {
  // expected-error @+1 {{needs rows stacked to a first dim of 8, but got 'tensor<7x2xf32>'}}
  %y:3 = prim.loop %n, %c most 8 carried 1 @body (%x)
      : (tensor<i64>, tensor<i1>, tensor<4xf32>) -> (tensor<4xf32>, tensor<7x2xf32>, tensor<i64>)
  return
}
