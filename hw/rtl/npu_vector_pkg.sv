// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Types shared by the modules of the vector unit.

package npu_vector_pkg;

  // The parts of a command's parameters, in the order of their loading; bits of job_t.parts.
  localparam int unsigned PartBias   = 0;
  localparam int unsigned PartOutput = 1;
  localparam int unsigned PartA      = 2;
  localparam int unsigned PartB      = 3;
  localparam int unsigned PartTable  = 4;
  localparam int unsigned Parts      = 5;

  // How a row of the pipe is treated; goes along with it.
  typedef struct packed {
    logic              transpose;
    logic [1:0]        a_kind;
    logic              a_unsigned;
    logic signed [8:0] a_zp;
    logic              a_rescale;
    logic              b_unsigned;
    logic signed [8:0] b_zp;
    logic              b_rescale;
    logic [2:0]        op;
    logic [1:0]        reduce;
    logic              bias;
    logic              rescale;
    logic              twice;
    logic              lookup;
    logic [1:0]        dst_kind;
    logic signed [8:0] out_zp;
    logic signed [8:0] out_min;
    logic signed [8:0] out_max;
    logic              file;        // which register file has the parameters
  } mode_t;

  // A vector or transpose command as the sequencer wants it.
  typedef struct packed {
    mode_t             mode;
    logic [Parts-1:0]  parts;       // what is to be loaded before
    logic [23:0]       param_addr;
    logic [23:0]       table_addr;
    logic [15:0]       count0;
    logic [11:0]       count1;
    logic [23:0]       a_addr;
    logic [23:0]       a_step0;
    logic [23:0]       a_step1;
    logic [23:0]       a_row_step;  // within a square, or between the parts of a row of words
    logic [23:0]       b_addr;
    logic [23:0]       b_step0;
    logic [23:0]       b_step1;
    logic [23:0]       dst_addr;
    logic [23:0]       dst_step0;
    logic [23:0]       dst_step1;
    logic [23:0]       dst_row_step;
  } job_t;

  // A cycle of the pipe.
  typedef struct packed {
    mode_t             mode;
    logic              read;        // a row of bytes of A has been read
    logic              valid;       // lanes have values
    logic              first;       // the first row of a reduction
    logic              emit;        // the row gives a result
    logic              quarter;     // only the lanes of this quarter have values
    logic [1:0]        part;        // which quarter of a row of words this is
    logic              last;        // the last cycle of a command
    logic [23:0]       dst_addr;
  } slot_t;

endpackage
