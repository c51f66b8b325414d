// The sizes and offsets that compiled programs rely on, held by the build. No code.
#include "runtime/dlrt.h"
#include <cstddef>

static_assert(sizeof(dl_place) == 16 && sizeof(dl_type) == 24 && sizeof(dl_position) == 24);
static_assert(sizeof(dl_piece) == 24 && sizeof(dl_format) == 16);
static_assert(sizeof(dl_param) == 136 && offsetof(dl_param, type) == 32 && offsetof(dl_param, preset) == 88);
static_assert(sizeof(dl_live) == 48 && sizeof(dl_resume_point) == 16);
static_assert(sizeof(dl_entry) == 104 && offsetof(dl_entry, run) == 96);
static_assert(sizeof(dl_column) == 128 && sizeof(dl_table) == 96 && sizeof(dl_layer) == 40 && sizeof(dl_vocabulary) == 40);
static_assert(sizeof(dl_program) == 56 + 8 * 16 && offsetof(dl_program, n_entries) == 56);
static_assert(offsetof(dl_frame, label) == 16 && offsetof(dl_frame, scalars) == 64);
static_assert(sizeof(dl_tensor) == 176 && offsetof(dl_tensor, names) == 16 && offsetof(dl_tensor, extent) == 32 &&
              offsetof(dl_tensor, stride) == 96);
