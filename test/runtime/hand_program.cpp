// A complete program for the runtime, written by hand the way the compiler emits one: a training with state, resume
// points and a kernel, commands with every kind of parameter, a table, formats. The tests of this folder drive it; the
// description of the ABI in runtime/dlrt.h refers to it.
#include "runtime/dlrt.h"
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <unistd.h>

namespace {

// ---- fit: the words and the arena of its frame ---------------------------------------------------------------
enum FitWord { kSeed, kLr, kEpochs, kPause, kFresh, kSteps, kEpoch, kStep, kSum, kOffset, kFitWords };
constexpr int64_t kWeightAt = 0, kVelocityAt = 64, kOtherAt = 128, kFitArena = 192;
constexpr int64_t kStepsPerEpoch = 5, kNone[] = {-1, -1};
constexpr int64_t kWeightShape[] = {2, 3};

float asFloat(int64_t word) {
  float value;
  std::memcpy(&value, &word, sizeof value);
  return value;
}
int64_t asWord(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

/// args: weight, velocity, mixed seed and step, lr
void update(dl_frame *, const int64_t *args, int64_t begin, int64_t end, uint8_t *scratch) {
  float *weight = reinterpret_cast<float *>(args[0]), *velocity = reinterpret_cast<float *>(args[1]);
  float *gradient = reinterpret_cast<float *>(scratch), lr = asFloat(args[3]);
  for (int64_t i = begin; i < end; ++i) {
    uint64_t bits = (uint64_t(args[2]) + uint64_t(i)) * 0x9e3779b97f4a7c15u;
    gradient[i] = weight[i] - float(bits >> 40) * 0x1p-24f;
    velocity[i] = 0.9f * velocity[i] + gradient[i];
    weight[i] -= lr * velocity[i];
  }
}

dl_tensor tensor(void *data, int elem, std::initializer_list<int64_t> extents) {
  dl_tensor t{};
  t.data = data;
  t.elem = elem;
  t.rank = int32_t(extents.size());
  int d = 0;
  for (int64_t n : extents) t.extent[d++] = n;
  for (int64_t stride = 1; d-- > 0; stride *= t.extent[d]) t.stride[d] = stride;
  return t;
}

const dl_piece kBestPieces[] = {{"run:best", nullptr, 0}};
const dl_format kBest = {1, kBestPieces};

int32_t keepBest(dl_frame *frame) {
  const char *names[] = {"net.weight"};
  dl_tensor weight = tensor(frame->arena + kWeightAt, DL_F32, {2, 3});
  return dlrt_save(frame, 1, &kBest, nullptr, 1, names, &weight);
}

int32_t fit(dl_frame *frame) {
  int64_t *word = frame->scalars;
  if (int32_t status = dlrt_enter(frame)) return status; // no tables: the prologue is empty
  switch (frame->label) {
  case 1: goto epochHead;
  case 2: goto stepHead;
  default: break;
  }
  if (word[kFresh]) {
    for (int i = 0; i < 6; ++i) reinterpret_cast<float *>(frame->arena + kWeightAt)[i] = float(i);
    word[kSteps] = 0;
  }
  word[kOffset] = kVelocityAt; // two buffers that change places after every epoch
  std::memset(frame->arena + kVelocityAt, 0, 24);
  for (word[kEpoch] = 0; word[kEpoch] < word[kEpochs]; ++word[kEpoch]) {
  epochHead:
    if (int32_t status = dlrt_poll(frame, 0, 1)) return status;
    word[kSum] = asWord(0);
    for (word[kStep] = 0; word[kStep] < kStepsPerEpoch; ++word[kStep]) {
    stepHead:
      if (int32_t status = dlrt_poll(frame, 1, 1)) return status;
      int64_t done = word[kEpoch] * kStepsPerEpoch + word[kStep];
      uint8_t *weight = frame->arena + kWeightAt, *velocity = frame->arena + word[kOffset];
      const int64_t args[] = {int64_t(weight), int64_t(velocity), int64_t(frame->seed) + 1000 * done, word[kLr]};
      dlrt_parallel(frame, update, args, 6, 1'000'000);
      usleep(useconds_t(1000 * word[kPause]));
      ++word[kSteps];
      float loss = std::fabs(reinterpret_cast<float *>(weight)[5]);
      word[kSum] = asWord(asFloat(word[kSum]) + loss);
      dlrt_report(frame, 1, DL_REPORT_STEP, reinterpret_cast<float *>(weight)[2], double(1 + word[kStep]));
      dlrt_progress(frame, done + 1, word[kEpochs] * kStepsPerEpoch, word[kEpoch], word[kEpochs], 64,
                    asFloat(word[kSum]) / float(word[kStep] + 1));
    }
    dlrt_report(frame, 0, DL_REPORT_EPOCH, asFloat(word[kSum]) / kStepsPerEpoch, 1);
    if (int32_t status = keepBest(frame)) return status;
    int64_t next = word[kOffset] == kVelocityAt ? kOtherAt : kVelocityAt;
    std::memcpy(frame->arena + next, frame->arena + word[kOffset], 24);
    std::memset(frame->arena + word[kOffset], 0xff, 24);
    word[kOffset] = next;
  }
  return DL_OK;
}

constexpr dl_type kWeightType = {DL_F32, 2, 0, 0, 0, kWeightShape, kNone};
constexpr dl_type scalar(uint8_t elem) { return {elem, 0, 0, 0, 0, nullptr, nullptr}; }

#define DL_WORD(name, elem, at)                                                                                        \
  {                                                                                                                    \
    name, scalar(elem), { DL_AT_WORD, at }                                                                             \
  }
const dl_live kAtEpoch[] = {{"net.weight", kWeightType, {DL_AT_ARENA, kWeightAt}},
                            DL_WORD("net.steps", DL_I32, kSteps),
                            DL_WORD("frame.epoch", DL_I64, kEpoch),
                            DL_WORD("frame.offset", DL_I64, kOffset),
                            {"frame.velocity", kWeightType, {DL_AT_SWAP, kOffset}}};
const dl_live kAtStep[] = {{"net.weight", kWeightType, {DL_AT_ARENA, kWeightAt}},
                           DL_WORD("net.steps", DL_I32, kSteps),
                           DL_WORD("frame.epoch", DL_I64, kEpoch),
                           DL_WORD("frame.step", DL_I64, kStep),
                           DL_WORD("frame.sum", DL_F32, kSum),
                           DL_WORD("frame.offset", DL_I64, kOffset),
                           {"frame.velocity", kWeightType, {DL_AT_SWAP, kOffset}}};
const dl_resume_point kFitPoints[] = {{1, 5, kAtEpoch}, {2, 7, kAtStep}};

// ---- parameters ---------------------------------------------------------------------------------------------
constexpr uint64_t floatBits(float value) { return __builtin_bit_cast(uint32_t, value); }

constexpr dl_param flag(const char *name, const char *help, uint32_t role, uint32_t flags, dl_type type, dl_place place,
                        uint64_t preset, double low = 0, double high = 0) {
  return {name, help, role, flags, DL_NONE, 0, type, place, {}, preset, nullptr, low, high, nullptr, 0};
}
constexpr dl_param seedParam(int64_t word) {
  return flag("seed", nullptr, DL_ROLE_SEED, 0, scalar(DL_KEY), {DL_AT_WORD, word}, 0);
}
constexpr dl_param slot(const char *name, uint32_t flags, dl_type type, dl_place place, dl_place result) {
  return {name, nullptr, DL_ROLE_SLOT, flags, 0, 0, type, place, result, 0, nullptr, 0, 0, nullptr, 0};
}
constexpr dl_param lrParam(int64_t word) {
  return flag("lr", "learning rate", DL_ROLE_OPTION, DL_PARAM_PRESET | DL_PARAM_GLOBAL, scalar(DL_F32),
              {DL_AT_WORD, word}, floatBits(0.1f));
}
constexpr dl_param freshParam(int64_t word, uint32_t flags) {
  return {"net", nullptr, DL_ROLE_FRESH, flags, 0, 0, scalar(DL_BOOL), {DL_AT_WORD, word}, {}, 0, nullptr,
          0,     0,       nullptr,       0};
}

const dl_param kFitParams[] = {
    seedParam(kSeed),
    lrParam(kLr),
    flag("epochs", "passes over the data", DL_ROLE_OPTION, DL_PARAM_PRESET | DL_PARAM_GROWS | DL_PARAM_RANGED,
         scalar(DL_I64), {DL_AT_WORD, kEpochs}, 4, 0, 1000001),
    flag("pause", "milliseconds to wait in every step", DL_ROLE_OPTION, DL_PARAM_PRESET, scalar(DL_I64),
         {DL_AT_WORD, kPause}, 0),
    freshParam(kFresh, DL_PARAM_TRAINS),
    slot("net.weight", DL_PARAM_INOUT, kWeightType, {DL_AT_ARENA, kWeightAt}, {DL_AT_ARENA, kWeightAt}),
    slot("net.steps", DL_PARAM_INOUT | DL_PARAM_STATE, scalar(DL_I32), {DL_AT_WORD, kSteps}, {DL_AT_WORD, kSteps})};

// ---- apply: arguments of every kind, needs a trained net --------------------------------------------------------
enum ApplyWord { kApplyFresh, kCount, kLoud, kKind, kPromptSize, kFrames, kRate, kApplyLr, kApplySteps, kApplyWords };
constexpr int64_t kX = 64, kImage = 128, kFrameData = 512, kPromptAt = 1024, kApplyArena = 2048;
constexpr int64_t kXShape[] = {4}, kImageShape[] = {1, 8, 8}, kFramesShape[] = {20, 3}, kFrameDims[] = {kFrames, -1};
const char *const kKinds[] = {"setosa", "versicolor", "virginica"};

constexpr int64_t kTextShape[] = {64}, kPromptDims[] = {kPromptSize};
constexpr dl_type kPromptType = {DL_TEXT, 1, 0, 0, 0, kTextShape, kPromptDims};
dl_tensor text(dl_frame *frame, int64_t at, int size) { return tensor(frame->arena + at, DL_U8, {frame->scalars[size]}); }
dl_tensor word(dl_frame *frame, int index, int elem) { return tensor(&frame->scalars[index], elem, {}); }

const dl_piece kApplyPieces[] = {{"n ", "4d", 1},        {", rate ", ".2f", 1}, {", kind ", "", 1},
                                 {", prompt \"", "s", 1}, {"\"\nx ", ".1f", 1},  {"\nframes ", "", 1},
                                 {"\nw ", "", 1},        {", steps ", "", 1}, {"\n", nullptr, 0}};
const dl_format kApplyFormat = {9, kApplyPieces};
const dl_piece kLoudPieces[] = {{"LOUD, image sum ", ".3f", 1}, {"\n", nullptr, 0}};
const dl_format kLoudFormat = {2, kLoudPieces};
const dl_piece kCheckPieces[] = {{"n must not be 13, it is ", "", 1}};
const dl_format kCheckFormat = {1, kCheckPieces};

int32_t apply(dl_frame *frame) {
  if (int32_t status = dlrt_enter(frame)) return status;
  dl_tensor n = word(frame, kCount, DL_I64);
  if (frame->scalars[kCount] == 13) return dlrt_check_failed(frame, 2, &kCheckFormat, &n);
  dl_tensor kind = word(frame, kKind, DL_I64);
  kind.names = kKinds;
  kind.n_names = 3;
  const dl_tensor values[] = {n,
                              word(frame, kRate, DL_F32),
                              kind,
                              text(frame, kPromptAt, kPromptSize),
                              tensor(frame->arena + kX, DL_F32, {4}),
                              tensor(frame->arena + kFrameData, DL_F32, {frame->scalars[kFrames], 3}),
                              tensor(frame->arena, DL_F32, {2, 3}),
                              word(frame, kApplySteps, DL_I32)};
  if (int32_t status = dlrt_print(frame, &kApplyFormat, values)) return status;
  if (!frame->scalars[kLoud]) return DL_OK;
  float sum = 0;
  for (int i = 0; i < 64; ++i) sum += reinterpret_cast<float *>(frame->arena + kImage)[i];
  dl_tensor total = tensor(&sum, DL_F32, {});
  return dlrt_print(frame, &kLoudFormat, &total);
}

const float kNoImage[64] = {};
const float kNoFrames[60] = {};
constexpr dl_type kXType = {DL_F32, 1, 0, 0, 0, kXShape, nullptr};
constexpr dl_type kImageType = {DL_F32, 3, 0, 0, 0, kImageShape, nullptr};
constexpr dl_type kFramesType = {DL_F32, 2, 1, 0, 0, kFramesShape, kFrameDims};

const dl_param kApplyParams[] = {
    lrParam(kApplyLr),
    flag("x", "four lengths", DL_ROLE_ARGUMENT, 0, kXType, {DL_AT_ARENA, kX}, 0),
    flag("n", "how many", DL_ROLE_ARGUMENT, DL_PARAM_PRESET | DL_PARAM_RANGED, scalar(DL_I64), {DL_AT_WORD, kCount}, 16,
         1, 65),
    flag("rate", nullptr, DL_ROLE_ARGUMENT, DL_PARAM_PRESET | DL_PARAM_RANGED, scalar(DL_F32), {DL_AT_WORD, kRate},
         floatBits(0.5f), 0, 1),
    flag("loud", "say more", DL_ROLE_ARGUMENT, DL_PARAM_PRESET, scalar(DL_BOOL), {DL_AT_WORD, kLoud}, 0),
    {"kind",
     "the species",
     DL_ROLE_ARGUMENT,
     DL_PARAM_PRESET,
     DL_NONE,
     0,
     scalar(DL_I64),
     {DL_AT_WORD, kKind},
     {},
     1,
     nullptr,
     0,
     0,
     kKinds,
     3},
    {"prompt",
     nullptr,
     DL_ROLE_ARGUMENT,
     DL_PARAM_PRESET,
     DL_NONE,
     0,
     kPromptType,
     {DL_AT_ARENA, kPromptAt},
     {},
     5,
     "To be",
     0,
     0,
     nullptr,
     0},
    {"image",
     "a digit",
     DL_ROLE_ARGUMENT,
     DL_PARAM_PRESET,
     DL_NONE,
     0,
     kImageType,
     {DL_AT_ARENA, kImage},
     {},
     0,
     kNoImage,
     0,
     0,
     nullptr,
     0},
    {"frames",
     nullptr,
     DL_ROLE_ARGUMENT,
     DL_PARAM_PRESET,
     DL_NONE,
     0,
     kFramesType,
     {DL_AT_ARENA, kFrameData},
     {},
     0,
     kNoFrames,
     0,
     0,
     nullptr,
     0},
    freshParam(kApplyFresh, 0),
    slot("net.weight", 0, kWeightType, {DL_AT_ARENA, 0}, {}),
    slot("net.steps", DL_PARAM_STATE, scalar(DL_I32), {DL_AT_WORD, kApplySteps}, {})};

// ---- table: a csv file and a range -------------------------------------------------------------------------------
constexpr int64_t kRowsMost = 100, kWide = 0, kSpecies = 800, kIndex = 1200, kTableArena = 2048;
enum TableWord { kTableRows, kRangeRows, kTableWords };
const char *const kWideSources[] = {"length", "size *"};
const char *const kSpeciesSource[] = {"species"};
constexpr int64_t kWideShape[] = {2};
const dl_column kCsvColumns[] = {{"x", 2, kWideSources, DL_F32, 1, kWideShape, 0, nullptr, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, nullptr},
                                 {"species", 1, kSpeciesSource, DL_I32, 0, nullptr, 3, kKinds, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, nullptr}};
const dl_column kRangeColumn[] = {{"row", 0, nullptr, DL_I64, 0, nullptr, 0, nullptr, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, nullptr}};
const char *const kCsvPath[] = {"flowers.csv"};
const dl_table kTables[] = {{"flowers", DL_TABLE_CSV, 1, 1, kCsvPath, nullptr, kRowsMost, 2, kCsvColumns, nullptr, 0, 0, nullptr},
                            {"counts", DL_TABLE_RANGE, 1, 0, nullptr, nullptr, 3, 1, kRangeColumn, nullptr, 0, 0, nullptr}};
const uint32_t kTableNumbers[] = {0, 1};

const dl_piece kTablePieces[] = {{"x ", "", 1}, {"\nspecies ", "", 1}, {"\nrow ", "", 1}, {"\n", nullptr, 0}};
const dl_format kTableFormat = {4, kTablePieces};

int32_t table(dl_frame *frame) {
  int64_t *rows = frame->scalars;
  if (int32_t status = dlrt_table_rows(frame, 0, &rows[kTableRows])) return status;
  if (int32_t status = dlrt_table_column(frame, 0, 0, frame->arena + kWide)) return status;
  if (int32_t status = dlrt_table_column(frame, 0, 1, frame->arena + kSpecies)) return status;
  dlrt_table_close(frame, 0);
  if (int32_t status = dlrt_table_rows(frame, 1, &rows[kRangeRows])) return status;
  if (int32_t status = dlrt_table_column(frame, 1, 0, frame->arena + kIndex)) return status;
  if (int32_t status = dlrt_enter(frame)) return status;
  dl_tensor species = tensor(frame->arena + kSpecies, DL_I32, {rows[kTableRows]});
  species.names = kKinds;
  species.n_names = 3;
  const dl_tensor values[] = {tensor(frame->arena + kWide, DL_F32, {rows[kTableRows], 2}), species,
                              tensor(frame->arena + kIndex, DL_I64, {rows[kRangeRows]})};
  return dlrt_print(frame, &kTableFormat, values);
}

// ---- files: writes a tensor, saves it, loads it ---------------------------------------------------------------
enum FilesWord { kPathSize, kWeightsSize, kFilesWords };
constexpr int64_t kPathDims[] = {kPathSize}, kWeightsDims[] = {kWeightsSize}, kPathShape[] = {4096}, kPathAt = 1024, kWeightsAt = 8192;
constexpr dl_type kPathType = {DL_TEXT, 1, 0, 0, 0, kPathShape, kPathDims};
constexpr dl_type kWeightsPathType = {DL_TEXT, 1, 0, 0, 0, kPathShape, kWeightsDims};
const dl_piece kPathPiece[] = {{nullptr, "s", 1}};
const dl_format kPathFormat = {1, kPathPiece};
const dl_piece kLoadedPieces[] = {{"loaded ", "", 1}, {"\n", nullptr, 0}};
const dl_format kLoadedFormat = {2, kLoadedPieces};

int32_t files(dl_frame *frame) {
  if (int32_t status = dlrt_enter(frame)) return status;
  float *picture = reinterpret_cast<float *>(frame->arena), *back = picture + 64;
  for (int i = 0; i < 64; ++i) picture[i] = i % 9 == 0 ? 0.2f : 0.0f;
  dl_tensor path = text(frame, kPathAt, kPathSize), weights = text(frame, kWeightsAt, kWeightsSize);
  dl_tensor whole = tensor(picture, DL_F32, {8, 8}), corner = whole, target = tensor(back, DL_F32, {3, 2});
  if (int32_t status = dlrt_write(frame, 2, &kPathFormat, &path, &whole)) return status;
  corner.extent[0] = 3, corner.extent[1] = 2; // rows with gaps between them
  const char *names[] = {"corner"};
  if (frame->scalars[kWeightsSize] == 0) {
    const dl_piece own[] = {{"corner.safetensors", nullptr, 0}};
    const dl_format ownFormat = {1, own};
    if (int32_t status = dlrt_save(frame, 2, &ownFormat, nullptr, 1, names, &corner)) return status;
    if (int32_t status = dlrt_load(frame, 2, &ownFormat, nullptr, 1, names, &target)) return status;
  } else if (int32_t status = dlrt_load(frame, 2, &kPathFormat, &weights, 1, names, &target))
    return status;
  return dlrt_print(frame, &kLoadedFormat, &target);
}

const dl_param kFilesParams[] = {
    flag("path", "where to write", DL_ROLE_ARGUMENT, 0, kPathType, {DL_AT_ARENA, kPathAt}, 0),
    {"weights",
     nullptr,
     DL_ROLE_ARGUMENT,
     DL_PARAM_PRESET,
     DL_NONE,
     0,
     kWeightsPathType,
     {DL_AT_ARENA, kWeightsAt},
     {},
     0,
     "",
     0,
     0,
     nullptr,
     0}};

const dl_position kPositions[] = {
    {nullptr, 0, 0, nullptr}, {"hand.dl", 3, 1, "train fit(net = net) {"}, {"hand.dl", 12, 3, "  assert(n != 13)"}};
const dl_instance kInstances[] = {{"net", "Net"}};
const char *const kMetrics[] = {"loss", "weight"};
const dl_static kStatics[] = {{"hidden", "64"}};
const dl_layer kLayers[] = {{"net.dense_1", "dense", "f32[b, 3]", 6, 12},
                            {"net.dense_2", "dense", "f32[b, 1200]", 1234567, 2469134}};
const void *const kFeatures[] = {&dl_feature_csv, &dl_feature_png};

const dl_entry kEntries[] = {
    {"fit", "Trains the net.", 7, kFitParams, 2, kFitPoints, 0, nullptr, kFitWords, kFitArena, 64, 0, 0, fit},
    {"apply", "Applies the net to x.", 12, kApplyParams, 0, nullptr, 0, nullptr, kApplyWords, kApplyArena, 0, 0, 0,
     apply},
    {"table", nullptr, 0, nullptr, 0, nullptr, 2, kTableNumbers, kTableWords, kTableArena, 0, 0, 0, table},
    {"files", nullptr, 2, kFilesParams, 0, nullptr, 0, nullptr, kFilesWords, 16384, 0, 0, 0, files}};

} // namespace

// clang-format off
extern "C" const dl_program dl_program_v1 = {
    DLRT_ABI, DL_FLUSH_DENORMALS, DL_CPU_AVX2 | DL_CPU_FMA, "hand", "hand.dl", "A program written by hand.",
#ifdef HAND_OTHER_BUILD
    "build-2",
#else
    "build-1",
#endif
    "x86-64-v3", 4, kEntries, 2, kTables, 1, kInstances, 3, kPositions, 2, kMetrics, 1, kStatics, 2, kLayers,
    2, kFeatures};
