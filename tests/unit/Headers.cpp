// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Precompiled headers belong to a program, and so there is one.

int main() {}
