# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# cmake -D FROM=FILE -D TO=FILE -P EmbedBytes.cmake: the bytes of a file as the
# entries of a C array.

file(READ ${FROM} bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "(............................................................)" "\\1\n" bytes "${bytes}")
file(WRITE ${TO} "${bytes}\n")
