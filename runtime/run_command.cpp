#include "runtime/run_command.h"
#include "runtime/attention.h"
#include "runtime/checkpoint.h"
#include "runtime/denormals.h"
#include "runtime/element.h"
#include "runtime/memory.h"
#include "runtime/snapshot.h"
#include "runtime/values.h"
#include <cstring>

namespace dl::rt {

namespace {

/// Seed, options and arguments into their places.
Status fillParameters(State &state, dl_frame &frame) {
  std::string missing;
  Extents known;
  for (uint64_t i = 0; i < state.entry.n_params; ++i) {
    const dl_param &param = state.entry.params[i];
    if (param.role == DL_ROLE_SEED) frame.scalars[param.place.at] = int64_t(frame.seed);
    if (!isFlag(param)) continue;
    const std::optional<std::string> &text = state.settings.values[i];
    std::string flag = std::string("--") + param.name;
    if (!text) {
      if (param.flags & DL_PARAM_PRESET)
        fillPreset(param, frame);
      else
        missing += (missing.empty() ? "" : ", ") + flag + " (" + typeText(param) + ")";
    } else if (param.type.elem == DL_TEXT) {
      if (Status filled = fillText(param, *text, frame); !filled.ok()) return failure(flag + ": " + filled.message());
    } else if (param.type.rank > 0) {
      Status filled = fillTensor(param, *text, frame, known);
      if (!filled.ok()) return failure(flag + ": " + filled.message());
    } else {
      auto word = parseWord(param, *text);
      if (!word) return failure(flag + ": " + word.message());
      if (param.place.kind == DL_AT_WORD)
        frame.scalars[param.place.at] = int64_t(*word);
      else
        std::memcpy(frame.arena + param.place.at, &*word, size_t(elementBytes(param.type.elem)));
    }
  }
  if (!missing.empty())
    return failure("`" + std::string(state.entry.name) + "` needs " + missing + "; " + state.settings.executable + " " +
                   state.entry.name + " --help says more");
  return Done{};
}

/// What is left to do and to say when the entry has returned.
int finish(State &state, dl_frame &frame, int32_t status) {
  state.progress.finish();
  if (status == DL_INTERRUPTED) {
    state.console.note("stopped; `" + state.settings.executable + " " + state.entry.name + " --resume " + state.run + "` continues");
    state.console.flush();
    return 128 + Watch::signal();
  }
  if (status != DL_OK) {
    state.console.flush();
    return status == DL_IO_FAILED ? kExitFiles : kExitFailed;
  }
  closeRow(state, frame);
  if (!state.run.empty() && changesSlots(state.entry)) {
    Status saved = saveSlots(state, frame);
    if (!saved.ok()) {
      state.console.error(saved.message() + "; the last snapshot is intact");
      return kExitFiles;
    }
    noteEvent(state, "end");
    state.console.note("weights and metrics are in " + state.run);
  }
  if (!state.console.flush()) {
    state.console.error("cannot write to standard output");
    return kExitFiles;
  }
  return state.metricsFailed ? kExitFiles : kExitOk;
}

} // namespace

int runCommand(const dl_program &program, const dl_entry &entry, const Settings &settings) {
  State state(program, entry, settings);
  state.startTime = seconds();
  auto usage = [&](const std::string &text) {
    state.console.error(text);
    return kExitUsage;
  };
  if (settings.resume)
    if (Status prepared = prepareResume(state); !prepared.ok()) return usage(prepared.message());
  bool flush = program.flags & DL_FLUSH_DENORMALS;
  int64_t threads = settings.threads > 0 ? settings.threads : defaultThreads();
  auto memory = Memory::create(program, entry, threads);
  if (!memory) {
    state.console.error(memory.message());
    return kExitFailed;
  }
  dl_frame &frame = (*memory)->frame();
  frame.runtime = &state;
  frame.seed = state.settings.seed;
  if (Status filled = fillParameters(state, frame); !filled.ok()) return usage(filled.message());
  if (Status loaded = loadSlots(state, frame); !loaded.ok()) {
    state.console.error(loaded.message());
    return kExitFiles;
  }
  state.pool = std::make_unique<Pool>(threads, flush);
  Watch watch(entry.n_points > 0 && !entry.is_test, settings.checkpointEvery);
  if (settings.checkpointEvery == 0) attention().fetch_or(kSnapshotDue);
  setDenormals(flush);
  int32_t status = entry.run(&frame);
  setDenormals(false);
  return finish(state, frame, status);
}

} // namespace dl::rt
