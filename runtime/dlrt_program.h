/// The constant a compiled program consists of besides its code: what commands there are, what they take, what they
/// keep. Plain C, counts beside pointers, strings zero-terminated UTF-8; a pointer may be NULL where its count is 0.
#ifndef DL_RUNTIME_DLRT_PROGRAM_H
#define DL_RUNTIME_DLRT_PROGRAM_H
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DLRT_ABI 2
typedef struct dl_frame dl_frame;
typedef struct dl_program dl_program;
typedef struct dl_entry dl_entry;

/* Elements, numbered like ir::Elem, and their bytes in memory. */
enum {
  DL_F64 = 0, DL_F32 = 1, DL_BF16 = 2, DL_F16 = 3, DL_I64 = 4, DL_I32 = 5, DL_U8 = 6,
  DL_BOOL = 7, /* 1 byte, 0 or 1 */
  DL_KEY = 8,  /* 8 bytes */
  DL_DIM = 9,  /* 8 bytes, a run-time extent; in words only */
  DL_TEXT = 10 /* 1 byte, rank 1: the UTF-8 of one text; options and arguments only */
};

/* Where a value is. */
enum {
  DL_AT_WORD = 0,  /* at: index into frame->scalars (rank 0 only) */
  DL_AT_ARENA = 1, /* at: byte offset in the arena */
  DL_AT_SWAP = 2   /* at: index of the word that holds the byte offset (two buffers that change places) */
};
typedef struct dl_place { int64_t kind, at; } dl_place; /* 16 bytes */

/* Type of a value in memory. Extents are bounds; where dim_word[i] >= 0 that word holds the extent now. Elements lie
   row-major by `extent` when `packed` is 0, by the extents of now when 1. panel P > 0: panels of P columns along the
   last dimension, [ceil(N/P)][rest][P]. rank at most 8. */
typedef struct dl_type {
  uint8_t elem, rank, packed, reserved;
  int32_t panel;
  const int64_t *extent;   /* [rank] */
  const int64_t *dim_word; /* [rank] or NULL: all constant */
} dl_type; /* 24 bytes */

/* A source position; text is the line itself. Position 0 means "unknown". */
typedef struct dl_position { const char *file; uint32_t line, column; const char *text; } dl_position; /* 24 bytes */

/* A format: pieces in order, each a literal text, then (when has_value) the next value by its spec. The spec is what
   stands behind the colon in `{x:8.3f}`: [<>^][+][0][width][,][.precision][d f e g % s j w]; "" prints as is natural. */
typedef struct dl_piece { const char *text; const char *spec; uint64_t has_value; } dl_piece; /* 24 bytes */
typedef struct dl_format { uint64_t count; const dl_piece *pieces; } dl_format;               /* 16 bytes */

/* What the parameters of an entry are for. */
enum {
  DL_ROLE_SEED = 0,     /* key, from --seed */
  DL_ROLE_OPTION = 1,   /* --name, has a preset; DL_PARAM_GROWS for --epochs and --steps */
  DL_ROLE_ARGUMENT = 2, /* --name, rank 0 or a tensor; required without a preset */
  DL_ROLE_SLOT = 3,     /* name is the dotted path (net.dense_1.weight) */
  DL_ROLE_FRESH = 4     /* bool word: 1 = the slots of `instance` were not loaded, compute their initial values */
};
enum {
  DL_PARAM_PRESET = 1,  /* preset / preset_data is the value when the flag is not given */
  DL_PARAM_RANGED = 2,  /* low <= value < high is checked, for each element */
  DL_PARAM_GROWS = 4,   /* only ends a loop: may be larger when a run is resumed */
  DL_PARAM_INOUT = 8,   /* slot that the entry changes */
  DL_PARAM_STATE = 16,  /* slot from `state` rather than `param` (not counted as a parameter by info) */
  DL_PARAM_GLOBAL = 32, /* an `option` of the file: listed apart from the command's own */
  DL_PARAM_TRAINS = 64  /* fresh: the entry changes a parameter of `instance`, not states alone */
};
#define DL_NONE 0xffffffffu
typedef struct dl_param {
  const char *name, *help; /* help: the `##` comment or NULL */
  uint32_t role, flags;
  uint32_t instance;       /* slot, fresh: index into program->instances; else DL_NONE */
  uint32_t where;          /* position */
  dl_type type;
  dl_place place;          /* where run() expects it */
  dl_place result;         /* slots: where its final value is when run() has returned DL_OK (often = place) */
  uint64_t preset;         /* rank 0, as a word; text: its bytes */
  const void *preset_data; /* tensors: row-major; text: UTF-8 with a zero behind it */
  double low, high;
  const char *const *names; /* category("no", "yes"): values given and shown by name; else NULL */
  uint64_t n_names;
} dl_param; /* 136 bytes */

/* A live value at a resume point. Slots are listed under their dotted path (every slot of the entry, wherever its
   current value is), all else as "frame.<anything unique>". Options, arguments and values of the
   prologue are left out. The word of a DL_AT_SWAP place is listed as a live word itself. */
typedef struct dl_live { const char *name; dl_type type; dl_place place; } dl_live; /* 48 bytes */
typedef struct dl_resume_point { uint32_t where, count; const dl_live *live; } dl_resume_point; /* 16 bytes */

struct dl_entry {
  const char *name, *help;
  uint64_t n_params; const dl_param *params;
  uint64_t n_points; const dl_resume_point *points;
  uint64_t n_tables; const uint32_t *tables;   /* those it loads */
  uint64_t n_words, arena_bytes, scratch_bytes; /* scratch_bytes for each thread */
  uint32_t is_test, reserved;                  /* 1: from a `test` block; not offered as a command */
  int32_t (*run)(dl_frame *frame);
}; /* 104 bytes */

/* A column of a table file. csv: `sources` are column names or globs (`pixel*`), together they give the row; idx:
   "image" and "label"; npz: the member; images: "image", "label", and those of further folders; npy and range: one column, no source. Row shape is
   fixed; category: strings become indices into names. */
typedef struct dl_column {
  const char *name;
  uint64_t n_sources; const char *const *sources;
  uint32_t elem, rank; const int64_t *extent;  /* of one row */
  uint64_t n_names; const char *const *names;  /* category, else 0 */
  double low, high;                            /* checked when low < high: low <= value < high */
  uint32_t where, reserved;
  /* A text: literals[0] cell literals[1] ..., one cell for each source, becomes the numbers of its units in `names`, of
     which the first n_special are special; i32. A row has `most` of them, missing ones 0; a longer text is an error
     (pad), cut off, or must have exactly that many. lengths: the value is how many ids the row has. */
  uint32_t unit, fit;                          /* DL_UNIT_*, DL_FIT_* */
  uint64_t lengths;
  int64_t n_special, most;
  uint64_t n_literals; const char *const *literals;
} dl_column; /* 128 bytes */

/* 1 + ir::TextUnit; ir::TextFit. */
enum { DL_UNIT_NONE = 0, DL_UNIT_WHOLE = 1, DL_UNIT_CHARACTERS = 2, DL_UNIT_WORDS = 3, DL_UNIT_PIECES = 4 };
enum { DL_FIT_PAD = 0, DL_FIT_CUT = 1, DL_FIT_EXACT = 2 };
/* Names and their numbers, the first n_special are special; `most` units of a text are taken (0: all). */
typedef struct dl_vocabulary {
  uint32_t unit, reserved; /* DL_UNIT_* */
  int64_t n_special;
  uint64_t n_names; const char *const *names;
  int64_t most;
} dl_vocabulary; /* 40 bytes */

/* Numbered like ir::TableKind. */
enum {
  DL_TABLE_CSV = 0, DL_TABLE_IDX = 1, DL_TABLE_NPY = 2, DL_TABLE_NPZ = 3, DL_TABLE_IMAGES = 4, DL_TABLE_LINES = 5,
  DL_TABLE_RANGE = 6, DL_TABLE_TEXT = 7
};
/* A data source; `--name FILE` (idx: IMAGES,LABELS) replaces its paths, --data-dir is where relative ones are. */
typedef struct dl_table {
  const char *name;                             /* flag */
  uint32_t kind, where;
  uint64_t n_paths; const char *const *paths;
  const char *directory;                        /* of relative paths without --data-dir; NULL: working directory */
  int64_t bound;                                /* rows at most; range: its number of rows */
  uint64_t n_columns; const dl_column *columns;
  const char *separator;                        /* csv: between cells; NULL: by the header */
  uint64_t headless;                            /* csv: the first line is a row */
  uint64_t n_names; const char *const *names;   /* csv: of the columns; images: of the columns of further folders */
} dl_table; /* 96 bytes */

typedef struct dl_instance { const char *name, *model; } dl_instance; /* a top-level model */
typedef struct dl_static { const char *name, *value; } dl_static; /* a plain number, changed by dlc -D */
/* A row of `info`: shape is text (f32[b, 10]), flops of one example forward. */
typedef struct dl_layer { const char *path, *model, *shape; int64_t params, flops; } dl_layer;

enum { DL_FLUSH_DENORMALS = 1 };
/* What the code needs of the CPU. */
enum {
  DL_CPU_AVX2 = 1, DL_CPU_FMA = 2, DL_CPU_F16C = 4, DL_CPU_BMI2 = 8, DL_CPU_AVX512F = 16, DL_CPU_AVX512BW = 32,
  DL_CPU_AVX512DQ = 64, DL_CPU_AVX512VL = 128, DL_CPU_AVX512CD = 256, DL_CPU_LZCNT = 512, DL_CPU_MOVBE = 1024
};

struct dl_program {
  uint32_t abi, flags;     /* DLRT_ABI; DL_FLUSH_DENORMALS */
  uint64_t cpu;            /* DL_CPU_* bits */
  const char *name;        /* of the executable: digits */
  const char *source;      /* file name of the program, digits.dl */
  const char *help;        /* first comment of the file, or NULL */
  const char *build_id;    /* hash of everything the code depends on; law: same id, same bits */
  const char *target;      /* x86-64-v4 */
  uint64_t n_entries; const dl_entry *entries;
  uint64_t n_tables; const dl_table *tables;
  uint64_t n_instances; const dl_instance *instances;
  uint64_t n_positions; const dl_position *positions;
  uint64_t n_metrics; const char *const *metrics;   /* names; dlrt_report takes the index */
  uint64_t n_statics; const dl_static *statics;
  uint64_t n_layers; const dl_layer *layers;
  /* Addresses of the dl_feature_* symbols the program needs: naming one links its part of the runtime. */
  uint64_t n_features; const void *const *features;
};

/* Readers that are linked only when named in `features`. */
extern const char dl_feature_csv;    /* tables of kind csv */
extern const char dl_feature_idx;    /* tables of kind idx */
extern const char dl_feature_npy;    /* tables of kind npy */
extern const char dl_feature_npz;    /* tables of kind npz */
extern const char dl_feature_images; /* tables of kind images */
extern const char dl_feature_lines;  /* tables of kind lines */
extern const char dl_feature_text;   /* tables of kind text */
extern const char dl_feature_plot;   /* .svg files in dlrt_save */
extern const char dl_feature_png;    /* png files as tensor arguments and in dlrt_write */

extern const dl_program dl_program_v1;

#ifdef __cplusplus
}
#endif
#endif
