// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Types shared by the modules of the vector unit and the depthwise engine.

package npu_vector_pkg;

  // The parts of a command's parameters, in the order of their loading; bits of job_t.parts.
  localparam int unsigned PartBias   = 0;
  localparam int unsigned PartOutput = 1;
  localparam int unsigned PartA      = 2;
  localparam int unsigned PartB      = 3;
  localparam int unsigned PartTable  = 4;
  localparam int unsigned PartZeros  = 5;  // the zero points of weights, one for each lane
  localparam int unsigned PartTaps   = 6;  // the weights of a window
  localparam int unsigned Parts      = 7;

  // How a row of the pipe is treated; goes along with it.
  typedef struct packed {
    logic              depthwise;
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

  // Where the weights of one tap go, and how they become factors.
  typedef struct packed {
    logic [8:0]        pass;
    logic [1:0]        above;       // rows of taps of the same pass after this one
    logic [1:0]        left;        // columns of taps of the same pass after this one
    logic              is_unsigned;
    logic              columns;     // each lane has a zero point of its own
    logic signed [8:0] zp;
  } tap_t;

  // How a pass of the depthwise engine moves along one side of its input. `last` and its kin are one
  // less than a count.
  typedef struct packed {
    logic [5:0]        left;        // taps of the window from this part of it on
    logic              is_last;     // no part after this one
    logic [1:0]        last_tap;    // of this part
    logic signed [9:0] origin;      // the first row or column that enters
    logic [1:0]        lead;        // how many enter before the one that completes an output
    logic signed [9:0] complete;    // that one
    logic              beyond;      // the origin is beyond the input
    logic [1:0]        skip;        // existing ones from the first of this pass to that of the next
  } side_t;

  // A pass: one part of the window, of at most 3 x 3 taps.
  typedef struct packed {
    logic [8:0]        number;
    side_t             h;
    side_t             w;
    logic [23:0]       addr;        // of the first row and column that exist
    logic [23:0]       part_addr;   // of the same row, and the first column of the first part
  } pass_t;

  // What a depthwise command has besides.
  typedef struct packed {
    logic [1:0]        op;
    logic              is_unsigned;
    logic signed [8:0] zp;
    logic [11:0]       last_out_h;
    logic [11:0]       last_out_w;
    logic [11:0]       last_in_h;
    logic [11:0]       last_in_w;
    logic [3:0]        last_stride_h;
    logic [3:0]        last_stride_w;
    side_t             h;           // of the first pass
    side_t             w;
    logic [5:0]        kernel_h;
    logic [5:0]        kernel_w;
    logic [23:0]       tap_addr;
    logic [23:0]       zeros_addr;
    logic              taps_unsigned;
    logic              taps_columns;
    logic signed [8:0] taps_zp;
  } window_t;

  // A command as the sequencers want it. Of a depthwise command, A is the input: a_step0 leads to the
  // next column, a_step1 to the next row.
  typedef struct packed {
    mode_t             mode;
    window_t           window;
    logic [Parts-1:0]  parts;       // what is to be loaded before
    logic [23:0]       param_addr;
    logic [23:0]       table_addr;
    logic [15:0]       count0;
    logic [11:0]       count1;
    logic              short_words; // a reduction to words: they take four cycles, ...
    logic [1:0]        lead;        // ... so that fewer rows wait for so many before the first
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

  // A step of the depthwise engine: a column of three rows enters the window.
  typedef struct packed {
    logic              valid;
    logic              exists;       // the line buffer has the column
    logic [2:0]        rows;         // the rows of it that count, the newest first
    logic              out;          // an output leaves
    logic signed [16:0] column;      // the last column of its part of the window
    logic [1:0]        last_tap;     // of the part's columns
    logic [8:0]        pass;
    logic              first;        // the first pass: no sums yet
    logic              emit;         // the last pass: the output goes to the pipe
    logic [15:0]       index;        // which output of the command
    logic              last;         // the last cycle of a command
    logic [23:0]       dst_addr;
  } step_t;

endpackage
