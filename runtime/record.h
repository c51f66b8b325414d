/// What a run says about itself in its files: program, command, build, seed, options, data, lengths of appended files,
/// metrics between rows. Written into every snapshot; compared, with both values shown, when a run is resumed.
#pragma once
#include "runtime/state.h"

namespace dl::rt {

using Record = std::map<std::string, std::string>;

/// The record of the run now. `label`: 0 for the start, p + 1 for resume point p.
Result<Record> describeRun(State &state, const dl_frame &frame, int64_t label);
/// Refuses a snapshot of something else, else completes state.settings: what the command line leaves out is taken from
/// the record.
Status adoptRecord(State &state, const WeightsFile &snapshot);
/// After the parameters are filled: the data files are the recorded ones.
Status checkData(State &state, const WeightsFile &snapshot);
/// options.json
std::string optionsJson(const State &state, const Record &record);

} // namespace dl::rt
