/// Snapshots: everything that lives at a resume point, in a safetensors file that is also a checkpoint.
#pragma once
#include "runtime/record.h"

namespace dl::rt {

/// Creates the folder of the run with options.json and the snapshot of its start, unless it exists already.
Status openRun(State &state, dl_frame &frame);
/// Writes snapshot-<n+1>.safetensors and keeps the two newest. `label` as in the frame.
Status writeSnapshot(State &state, dl_frame &frame, int64_t label);
/// `--resume`: finds the run and its newest complete snapshot, completes the settings.
Status prepareResume(State &state);
/// In dlrt_enter of a resumed run: appended files are cut back, live values restored, frame.label set.
Status restoreValues(State &state, dl_frame &frame);
/// One line in events.jsonl.
void noteEvent(State &state, const char *event, const std::string &detail = "");
/// Closes the open row of metrics: files, progress line, the end of an epoch.
void flushRow(State &state, dl_frame &frame);
/// A training is over: closes the open row, if there is one, and shows the last.
void closeRow(State &state, dl_frame &frame);
/// An epoch is over: `done` epochs in all.
void endEpoch(State &state, int64_t done);

} // namespace dl::rt
