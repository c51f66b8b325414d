/// The ABI between compiled programs and the runtime, in C. The compiler emits one constant, `dl_program_v1`
/// (types in runtime/dlrt_program.h, included here), the runtime's `main` reads it and runs one entry; generated
/// code calls the functions below. A complete hand-written program is test/runtime/hand_program.cpp.
///
/// Memory. One command runs one entry, with one frame and one arena. Every tensor of the entry (parameters, slots,
/// intermediate values, tables) has a constant byte offset in the arena; every rank-0 value that outlives a kernel has
/// a *word* in `frame->scalars`. Words encode: bool 0/1; integers sign-extended; floats as their bits, zero-extended
/// (so the address of a word is the address of the value); keys as 64 bits, first Threefry word low. The arena is
/// 64-byte aligned, in 2 MiB pages above 64 MB, and is not cleared between uses (it starts as zeros).
///
/// Control. `int32_t run(dl_frame *)` returns a DL_STATUS_* and never unwinds. It
///   1. executes the prologue (load_table and what is computed from tables and options alone), always;
///   2. calls `dlrt_enter(frame)`, which on a resumed run puts the live values back and sets `frame->label`;
///   3. switches on `frame->label`: 0 starts, p + 1 jumps to the head where `dlrt_poll(frame, p, ...)` is called.
/// A function below that returns int32_t gives a status: when it is not DL_OK, `run` returns it at once.
///
/// Kernels. `dlrt_parallel` calls `kernel(frame, args, begin, end, scratch)` for disjoint ranges that cover
/// [0, count), on any thread in any order. `args` is a block of words on the caller's stack: addresses of buffers,
/// run-time extents, scalar operands, in the order the kernel was compiled for. `scratch` is the calling thread's own
/// block of `entry->scratch_bytes`, 64-byte aligned. A kernel inside a kernel runs serially on the same thread.
/// Every thread flushes denormals when the program says so, before it runs anything.
#ifndef DL_RUNTIME_DLRT_H
#define DL_RUNTIME_DLRT_H
#include "runtime/dlrt_program.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { DL_OK = 0, DL_CHECK_FAILED = 1, DL_INTERRUPTED = 2, DL_IO_FAILED = 3 };

struct dl_frame {
  uint8_t *arena;           /* byte offset 0 */
  uint8_t *const *scratch;  /* [threads] */
  int64_t label;            /* 0: from the start; p + 1: continue at resume point p. Set by dlrt_enter. +16 */
  int64_t threads;          /* +24 */
  uint64_t seed;            /* the key of `--seed`, also in the word of the seed parameter. +32 */
  const dl_program *program; /* +40 */
  const dl_entry *entry;    /* +48 */
  void *runtime;            /* of the runtime alone. +56 */
  int64_t scalars[];        /* entry->n_words words, starting at byte 64 */
};

/* A tensor handed to the runtime: strides in elements, 0 allowed. Rank 0: `data` may be the address of a word.
   176 bytes: data 0, elem 8, rank 12, names 16, n_names 24, extent 32, stride 96 (rank at most 8); 16 spare. */
typedef struct dl_tensor {
  void *data;
  int32_t elem, rank;
  const char *const *names; /* NULL, or the names of a category: integers print as names[i] */
  int64_t n_names;
  int64_t extent[8], stride[8];
  int64_t reserved[2];
} dl_tensor;

typedef void (*dl_kernel)(dl_frame *frame, const int64_t *args, int64_t begin, int64_t end, uint8_t *scratch);

/* Runs kernel over [0, count). `work`: estimated serial duration of the whole loop in nanoseconds; below the
   threshold the caller runs all of it. Returns when all is done. */
void dlrt_parallel(dl_frame *frame, dl_kernel kernel, const int64_t *args, int64_t count, int64_t work);

/* load_table: opens table number `table`, checks it against the description and stores the number of rows (at most
   the bound). Then each column goes, row after row without gaps, to `into` (room for bound rows). */
int32_t dlrt_table_rows(dl_frame *frame, uint32_t table, int64_t *rows);
int32_t dlrt_table_column(dl_frame *frame, uint32_t table, uint32_t column, void *into);
/* The table's columns have all been taken: its file is closed. */
void dlrt_table_close(dl_frame *frame, uint32_t table);

/* encode: the numbers of the units of a text, u8[n] without gaps, go to `ids` (room for n, or `most`), their count to
   `count`. */
int32_t dlrt_encode(dl_frame *frame, uint32_t where, const dl_vocabulary *vocabulary, const dl_tensor *text, int64_t *count,
                    int32_t *ids);

/* Prints a text (print), one value for each piece that has one; newlines are those of the pieces. */
int32_t dlrt_print(dl_frame *frame, const dl_format *format, const dl_tensor *values);
/* A failed check or assert: says where, the message, and returns DL_CHECK_FAILED. */
int32_t dlrt_check_failed(dl_frame *frame, uint32_t where, const dl_format *message, const dl_tensor *values);

/* report, by its scope. DL_REPORT_STEP: one step's value; shown and written with the next row is the mean weighted by
   `weight` since the last row. DL_REPORT_HOOK and DL_REPORT_EPOCH: a value computed for a row of metrics, written as
   it is and preferred over the mean of the same metric. Values reported between two calls of dlrt_progress, or of dlrt_poll
   with `ends_row`, form one row. */
enum { DL_REPORT_STEP = 0, DL_REPORT_HOOK = 1, DL_REPORT_EPOCH = 2 };
int32_t dlrt_report(dl_frame *frame, uint32_t metric, int32_t scope, double value, double weight);
/* After the body of each step, before its hooks: `step` steps are done of `steps`, in epoch number `epoch` (from 0) of
   `epochs` (totals 0: unknown), `examples` in it (0: unknown), `loss` the running loss (NaN: none). step 0: all is over. */
int32_t dlrt_progress(dl_frame *frame, int64_t step, int64_t steps, int64_t epoch, int64_t epochs, int64_t examples,
                      double loss);

/* save / load of named tensors as safetensors. A path "run:best" is best.safetensors in the run folder (what `keep`
   writes); one that ends in .svg is drawn (see runtime/plot.h), .npy and .csv hold one tensor. load fills the given tensors; names and shapes that differ are listed. */
int32_t dlrt_save(dl_frame *frame, uint32_t where, const dl_format *path, const dl_tensor *path_values, int64_t count,
                  const char *const *names, const dl_tensor *tensors);
int32_t dlrt_load(dl_frame *frame, uint32_t where, const dl_format *path, const dl_tensor *path_values, int64_t count,
                  const char *const *names, const dl_tensor *tensors);
/* write: by the path's ending .png, .csv or .npy. An image is [h, w], [1, h, w] or [3, h, w], floats from 0 to 1
   or u8. Folders that are missing are made. */
int32_t dlrt_write(dl_frame *frame, uint32_t where, const dl_format *path, const dl_tensor *path_values,
                   const dl_tensor *tensor);

/* End of the prologue: see above. */
int32_t dlrt_enter(dl_frame *frame);
/* Resume point number `point` of the entry: one relaxed load, unless a snapshot is due. Live words must be in the
   frame. ends_row: a head of the loops around a training step, so that what was reported before belongs together. DL_INTERRUPTED when the user asked to stop (the snapshot is written, unless it could not be). */
int32_t dlrt_poll(dl_frame *frame, uint32_t point, int32_t ends_row);

/* Stable sort along one dimension: inputs[0] is the key, all `count` inputs are permuted alike into outputs (not
   overlapping the inputs; any strides). Ascending order: -0 = +0, NaN after everything; `descending` is the reverse
   order with ties still in their old order and NaN after everything. `work`: 32 bytes for each element along `dim`, 64-byte aligned (arena or
   scratch). */
void dlrt_sort(const dl_tensor *inputs, const dl_tensor *outputs, int64_t count, int64_t dim, int32_t descending,
               void *work);

/* Linear algebra (support/linalg/linalg.h says what each gives), batched over leading dimensions: outputs do not overlap
   the inputs, any strides. `work`: what linalg::workBytes says for the bounds, 64-byte aligned. */
void dlrt_cholesky(const dl_tensor *inputs, const dl_tensor *outputs, void *work);
void dlrt_trisolve(const dl_tensor *inputs, const dl_tensor *outputs, int32_t upper, int32_t transposed, void *work);
void dlrt_lu(const dl_tensor *inputs, const dl_tensor *outputs, void *work);
void dlrt_qr(const dl_tensor *inputs, const dl_tensor *outputs, void *work);
void dlrt_eigh(const dl_tensor *inputs, const dl_tensor *outputs, void *work);
void dlrt_svd(const dl_tensor *inputs, const dl_tensor *outputs, void *work);
void dlrt_fft(const dl_tensor *inputs, const dl_tensor *outputs, int64_t dim, int32_t inverse, void *work);

/* Runs a program's command line; what `main` of an executable and `dlc run` do. Returns the exit code. */
int dlrt_main(const dl_program *program, int argc, const char *const *argv);

#ifdef __cplusplus
}
#endif
#endif
