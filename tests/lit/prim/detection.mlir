// non_max_suppression parses and prints, and each constraint is enforced.
// RUN: glowplug-opt %s --verify-diagnostics --split-input-file | FileCheck %s

// CHECK-LABEL: @nms
// CHECK: prim.non_max_suppression %{{.*}}, %{{.*}} limit %{{.*}} iou_threshold %{{.*}} score_threshold %{{.*}} most 4 center :
func.func @nms(%b: tensor<2x6x4xf32>, %s: tensor<2x3x6xf32>, %l: tensor<i64>, %t: tensor<f32>) -> tensor<i64> {
  %i, %n = prim.non_max_suppression %b, %s limit %l iou_threshold %t score_threshold %t most 4 center
      : (tensor<2x6x4xf32>, tensor<2x3x6xf32>, tensor<i64>, tensor<f32>, tensor<f32>) -> (tensor<24x3xi64>, tensor<i64>)
  return %n : tensor<i64>
}

// -----

func.func @c1(%b: tensor<2x6x4xf32>, %s: tensor<2x3x5xf32>, %l: tensor<i64>, %t: tensor<f32>) {
  // expected-error @+1 {{needs boxes of shape [2,5,4], but got [2,6,4]}}
  %i, %n = prim.non_max_suppression %b, %s limit %l iou_threshold %t score_threshold %t most 4
      : (tensor<2x6x4xf32>, tensor<2x3x5xf32>, tensor<i64>, tensor<f32>, tensor<f32>) -> (tensor<24x3xi64>, tensor<i64>)
  return
}

// -----

func.func @c2(%b: tensor<2x6x4xf32>, %s: tensor<2x3x6xf32>, %l: tensor<1xi64>, %t: tensor<f32>) {
  // expected-error @+1 {{needs limits of rank 0, but got 1}}
  %i, %n = prim.non_max_suppression %b, %s limit %l iou_threshold %t score_threshold %t most 4
      : (tensor<2x6x4xf32>, tensor<2x3x6xf32>, tensor<1xi64>, tensor<f32>, tensor<f32>) -> (tensor<24x3xi64>, tensor<i64>)
  return
}

// -----

func.func @c3(%b: tensor<2x6x4xf32>, %s: tensor<2x3x6xf32>, %l: tensor<i64>, %t: tensor<f32>) {
  // expected-error @+1 {{needs at most 6 boxes per class, but got 7}}
  %i, %n = prim.non_max_suppression %b, %s limit %l iou_threshold %t score_threshold %t most 7
      : (tensor<2x6x4xf32>, tensor<2x3x6xf32>, tensor<i64>, tensor<f32>, tensor<f32>) -> (tensor<42x3xi64>, tensor<i64>)
  return
}
