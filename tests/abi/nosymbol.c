// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A library that is no plugin.

int gp_plugin_entrance(void) { return 0; }
