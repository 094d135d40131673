// Each constraint of the graph dialect is enforced.
// RUN: glowplug-opt %s --verify-diagnostics --split-input-file

func.func @attention_c1_groups(%q: tensor<1x4x3x8xf32>, %k: tensor<1x3x5x8xf32>) {
  // expected-error @+1 {{needs heads of query, key, value and result that fit each other, but got 'tensor<1x4x3x8xf32>', 'tensor<1x3x5x8xf32>', 'tensor<1x3x5x8xf32>' and 'tensor<1x4x3x8xf32>'}}
  %y = graph.attention %q, %k, %k scale 1.0 softcap 0.0 : (tensor<1x4x3x8xf32>, tensor<1x3x5x8xf32>, tensor<1x3x5x8xf32>) -> tensor<1x4x3x8xf32>
  return
}

// -----

func.func @attention_c1_size(%q: tensor<1x4x3x8xf32>, %k: tensor<1x4x5x7xf32>) {
  // expected-error @+1 {{needs heads of query, key, value and result that fit each other}}
  %y = graph.attention %q, %k, %k scale 1.0 softcap 0.0 : (tensor<1x4x3x8xf32>, tensor<1x4x5x7xf32>, tensor<1x4x5x7xf32>) -> tensor<1x4x3x7xf32>
  return
}

// -----

func.func @attention_c2_bias(%q: tensor<1x4x3x8xf32>, %b: tensor<1x1x3x4xf32>) {
  // expected-error @+1 {{needs a bias that broadcasts to 'tensor<1x4x3x3xf32>', but got 'tensor<1x1x3x4xf32>'}}
  %y = graph.attention %q, %q, %q, %b scale 1.0 softcap 0.0 : (tensor<1x4x3x8xf32>, tensor<1x4x3x8xf32>, tensor<1x4x3x8xf32>, tensor<1x1x3x4xf32>) -> tensor<1x4x3x8xf32>
  return
}

// -----

func.func @attention_c3_softcap(%q: tensor<1x4x3x8xf32>) {
  // expected-error @+1 {{needs a finite scale, and a finite softcap of at least 0, but got 1.000000e+00 and -2.000000e+00}}
  %y = graph.attention %q, %q, %q scale 1.0 softcap -2.0 : (tensor<1x4x3x8xf32>, tensor<1x4x3x8xf32>, tensor<1x4x3x8xf32>) -> tensor<1x4x3x8xf32>
  return
}

// -----

func.func @batch_norm_c1_rank(%x: tensor<4xf32>, %s: tensor<4xf32>) {
  // expected-error @+1 {{needs statistics per channel, but got 'tensor<4xf32>' for 'tensor<4xf32>'}}
  %y = graph.batch_norm %x, %s, %s, %s, %s epsilon 1.0e-5 : tensor<4xf32>, tensor<4xf32>
  return
}

// -----

func.func @batch_norm_c1_shape(%x: tensor<1x4x8xf32>, %s: tensor<8xf32>) {
  // expected-error @+1 {{needs statistics per channel, but got 'tensor<8xf32>' for 'tensor<1x4x8xf32>'}}
  %y = graph.batch_norm %x, %s, %s, %s, %s epsilon 1.0e-5 : tensor<1x4x8xf32>, tensor<8xf32>
  return
}

// -----

func.func @batch_norm_c2_negative(%x: tensor<1x4xf32>, %s: tensor<4xf32>) {
  // expected-error @+1 {{needs a finite epsilon of at least 0, but got -1}}
  %y = graph.batch_norm %x, %s, %s, %s, %s epsilon -1.0 : tensor<1x4xf32>, tensor<4xf32>
  return
}

// -----

func.func @batch_norm_c2_nan(%x: tensor<1x4xf32>, %s: tensor<4xf32>) {
  // expected-error @+1 {{needs a finite epsilon of at least 0}}
  %y = graph.batch_norm %x, %s, %s, %s, %s epsilon 0x7FF8000000000000 : tensor<1x4xf32>, tensor<4xf32>
  return
}

// -----

func.func @gelu_type(%x: tensor<4xi32>) {
  // expected-error @+1 {{must be statically shaped tensor of rank 8 or less}}
  %y = graph.gelu %x : tensor<4xi32>
  return
}

// -----

func.func @layer_norm_c1(%x: tensor<2x5xf32>, %s: tensor<1x5xf32>) {
  // expected-error @+1 {{needs a dim from 0 to 1, but got 2}}
  %y = graph.layer_norm %x, %s axis 2 epsilon 0.0 : tensor<2x5xf32>, tensor<1x5xf32>
  return
}

// -----

func.func @layer_norm_c2_scale(%x: tensor<2x5xf32>, %s: tensor<5xf32>) {
  // expected-error @+1 {{needs scale and bias that broadcast to 'tensor<2x5xf32>', but got 'tensor<5xf32>'}}
  %y = graph.layer_norm %x, %s axis 1 epsilon 0.0 : tensor<2x5xf32>, tensor<5xf32>
  return
}

// -----

func.func @layer_norm_c2_bias(%x: tensor<2x5xf32>, %s: tensor<1x5xf32>, %b: tensor<1x5xf16>) {
  // expected-error @+1 {{needs scale and bias that broadcast to 'tensor<2x5xf32>', but got 'tensor<1x5xf16>'}}
  %y = graph.layer_norm %x, %s, %b axis 1 epsilon 0.0 : tensor<2x5xf32>, tensor<1x5xf32>, tensor<1x5xf16>
  return
}

// -----

func.func @layer_norm_c3(%x: tensor<2x5xf32>, %s: tensor<1x5xf32>) {
  // expected-error @+1 {{needs a finite epsilon of at least 0}}
  %y = graph.layer_norm %x, %s axis 1 epsilon 0x7FF0000000000000 : tensor<2x5xf32>, tensor<1x5xf32>
  return
}

// -----

func.func @log_softmax_c1(%x: tensor<2x5xf32>) {
  // expected-error @+1 {{needs a dim from 0 to 1, but got -1}}
  %y = graph.log_softmax %x axis -1 : tensor<2x5xf32>
  return
}

// -----

func.func @softmax_c1(%x: tensor<2x5xf32>) {
  // expected-error @+1 {{needs a dim from 0 to 1, but got 2}}
  %y = graph.softmax %x axis 2 : tensor<2x5xf32>
  return
}
