// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Precompiled headers belong to a target, and a target has a source.

int main() {}
