#include "runtime/snapshot.h"
#include "runtime/attention.h"
#include "runtime/element.h"
#include "runtime/json.h"
#include "runtime/run_folder.h"
#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <unistd.h>

namespace dl::rt {

namespace {

constexpr double kEpochInterval = 2; ///< seconds between snapshots at ends of epochs

std::string snapshotPath(const std::string &run, int64_t number) {
  char name[64];
  std::snprintf(name, sizeof name, "/snapshot-%06" PRId64 ".safetensors", number);
  return run + name;
}

uint8_t *placeOf(const dl_place &place, dl_frame &frame) {
  switch (place.kind) {
  case DL_AT_WORD: return reinterpret_cast<uint8_t *>(&frame.scalars[place.at]);
  case DL_AT_SWAP: return frame.arena + frame.scalars[place.at];
  default: return frame.arena + place.at;
  }
}

bool plainRows(const dl_type &type, const int64_t *extents) {
  if (type.panel > 0) return false;
  if (type.packed) return true;
  for (int d = 1; d < type.rank; ++d)
    if (extents[d] != type.extent[d]) return false;
  return true;
}

/// The value as a tensor of the file; `copies` keeps what had to be packed.
FileTensor liveTensor(const dl_live &live, dl_frame &frame, std::vector<std::vector<uint8_t>> &copies) {
  int64_t extents[8];
  currentExtents(live.type, frame.scalars, extents);
  FileTensor tensor{
      live.name, fileElement(live.type.elem), {extents, extents + live.type.rank}, placeOf(live.place, frame)};
  if (plainRows(live.type, extents)) return tensor;
  std::vector<uint8_t> &copy = copies.emplace_back(size_t(tensor.bytes()));
  packRows(live.type, extents, tensor.data, copy.data());
  tensor.data = copy.data();
  return tensor;
}

Status restoreOne(const dl_live &live, dl_frame &frame, const WeightsFile &file) {
  const FileTensor *tensor = file.find(live.name);
  if (!tensor) return failure(file.path() + ": damaged: no tensor " + live.name);
  int64_t extents[8];
  currentExtents(live.type, frame.scalars, extents);
  std::vector<int64_t> shape(extents, extents + live.type.rank);
  bool fits = tensor->elem == fileElement(live.type.elem) && tensor->shape == shape;
  for (int d = 0; d < live.type.rank; ++d) fits = fits && extents[d] <= live.type.extent[d];
  if (!fits) return failure(file.path() + ": damaged: " + live.name + " is " + tensor->typeText());
  if (live.place.kind == DL_AT_WORD) {
    uint64_t word = 0; // words are extended as their element asks
    if (live.type.elem == DL_I32)
      word = uint64_t(readInteger(tensor->data, DL_I32));
    else
      std::memcpy(&word, tensor->data, size_t(elementBytes(live.type.elem)));
    frame.scalars[live.place.at] = int64_t(word);
  } else {
    unpackRows(live.type, extents, tensor->data, placeOf(live.place, frame));
  }
  return Done{};
}

} // namespace

Status openRun(State &state, dl_frame &frame) {
  if (!state.run.empty()) return Done{};
  DL_TRY(run, createRunFolder(state.entry.name, state.settings.run ? *state.settings.run : ""));
  state.run = run;
  DL_TRY(record, describeRun(state, frame, 0));
  DL_CHECK_OK(writeText(state.run + "/options.json", optionsJson(state, record)));
  if (state.program.n_metrics > 0) {
    DL_CHECK_OK(writeText(state.run + "/metrics.csv", state.metrics.csvHeader()));
    DL_CHECK_OK(writeText(state.run + "/metrics.jsonl", ""));
  }
  noteEvent(state, "start");
  return writeSnapshot(state, frame, 0);
}

Status writeSnapshot(State &state, dl_frame &frame, int64_t label) {
  DL_TRY(record, describeRun(state, frame, label));
  std::vector<std::vector<uint8_t>> copies;
  std::vector<FileTensor> tensors;
  if (label > 0) {
    const dl_resume_point &point = state.entry.points[label - 1];
    for (uint32_t i = 0; i < point.count; ++i) tensors.push_back(liveTensor(point.live[i], frame, copies));
  }
  int64_t number = state.lastSnapshot + 1;
  std::string path = snapshotPath(state.run, number);
  DL_CHECK_OK(writeWeights(path, tensors, record));
  state.lastSnapshot = number;
  state.snapshotTime = seconds();
  for (const SnapshotFile &file : snapshotFiles(state.run))
    if (file.number + 1 < number) unlink(file.path.c_str());
  noteEvent(state, "snapshot", std::to_string(number));
  return Done{};
}

Status prepareResume(State &state) {
  std::string given = *state.settings.resume == "newest" ? "" : *state.settings.resume;
  if (given.empty() && state.settings.run) given = *state.settings.run;
  if (given.empty()) {
    std::vector<std::string> runs = runsByAge(std::string(state.entry.name) + "-");
    if (runs.empty()) return failure("no run of `" + std::string(state.entry.name) + "` to resume in runs/");
    given = runs[0];
  }
  DL_TRY(run, findRun(given));
  if (state.settings.run && *state.settings.run != given) {
    auto named = findRun(*state.settings.run);
    if (!named || !sameFolder(*named, run))
      return failure("--resume goes on in the folder of its run, " + run + "; --run " + *state.settings.run + " names another: leave it out");
  }
  std::string problem;
  for (const SnapshotFile &file : snapshotFiles(run)) {
    auto opened = WeightsFile::open(file.path);
    if (!opened) { // the other one is complete
      if (problem.empty()) problem = opened.message();
      continue;
    }
    DL_CHECK_OK(adoptRecord(state, *opened));
    state.run = run;
    state.lastSnapshot = snapshotFiles(run)[0].number;
    state.resumed = std::move(*opened);
    return Done{};
  }
  return failure(problem.empty() ? run + " holds no snapshot to resume from" : problem);
}

Status restoreValues(State &state, dl_frame &frame) {
  const WeightsFile &file = *state.resumed;
  DL_CHECK_OK(checkData(state, file));
  int64_t label = -1;
  bool good = std::sscanf(file.metadata("dlc.label").c_str(), "%" SCNd64, &label) == 1;
  if (!good || label < 0 || uint64_t(label) > state.entry.n_points) return failure(file.path() + ": damaged: label");
  for (const char *name : {"metrics.csv", "metrics.jsonl"}) {
    int64_t length = 0;
    std::string text = file.metadata(std::string("length.") + name);
    if (std::sscanf(text.c_str(), "%" SCNd64, &length) != 1) return failure(file.path() + ": damaged: lengths");
    if (fileExists(state.run + "/" + name)) DL_CHECK_OK(cutFile(state.run + "/" + name, length));
  }
  if (label > 0) {
    const dl_resume_point &point = state.entry.points[label - 1];
    for (bool words : {true, false}) // extents and swapped buffers are words
      for (uint32_t i = 0; i < point.count; ++i)
        if ((point.live[i].place.kind == DL_AT_WORD) == words) DL_CHECK_OK(restoreOne(point.live[i], frame, file));
  }
  frame.label = label;
  if (state.metrics.rowPending()) attention().fetch_or(kRowPending);
  DL_TRY(record, describeRun(state, frame, label)); // counts may have grown
  DL_CHECK_OK(writeText(state.run + "/options.json", optionsJson(state, record)));
  noteEvent(state, "resume", file.path());
  state.resumed.reset();
  return Done{};
}

void noteEvent(State &state, const char *event, const std::string &detail) {
  if (state.run.empty()) return; // a test has none
  timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  JsonObject object;
  object.text("event", event).integer("time", int64_t(t.tv_sec));
  object.real("seconds", std::round((seconds() - state.startTime) * 1000) / 1000);
  if (!detail.empty()) object.text("detail", detail);
  // Nothing depends on this file: a full disk is told by the files that matter.
  static_cast<void>(appendText(state.run + "/events.jsonl", object.line() + "\n").ok());
}

void flushRow(State &state, dl_frame &frame) {
  MetricRow row = state.metrics.takeRow();
  Status written = Done{};
  if (!state.entry.is_test) { // a test leaves nothing behind
    written = openRun(state, frame);
    if (written.ok()) written = appendText(state.run + "/metrics.csv", state.metrics.csvRow(row));
    if (written.ok())
      written = appendText(state.run + "/metrics.jsonl", state.metrics.jsonRow(row, seconds() - state.startTime));
  }
  if (!written.ok() && !state.metricsFailed) {
    state.metricsFailed = true;
    state.console.error(written.message());
  }
  state.progress.row(row);
  if (row.ofEpoch) endEpoch(state, row.epoch + 1);
}

void closeRow(State &state, dl_frame &frame) {
  attention().fetch_and(~kRowPending);
  state.metrics.at(state.counters.epoch, state.counters.step);
  if (state.metrics.rowPending() || state.metrics.anyMeans()) flushRow(state, frame);
  state.progress.finish();
}

void endEpoch(State &state, int64_t done) {
  if (done <= state.epochSeen) return;
  state.epochSeen = done;
  // The last epoch can be continued from its start, so that more of them can follow.
  bool nearEnd = state.counters.epochs > 0 && done == state.counters.epochs - 1;
  if (nearEnd || seconds() - state.snapshotTime >= kEpochInterval) attention().fetch_or(kSnapshotDue);
}

} // namespace dl::rt
