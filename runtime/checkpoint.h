/// Weights between commands: which file a command starts from, and what it leaves behind.
#pragma once
#include "runtime/state.h"

namespace dl::rt {

/// Fills the slots from the checkpoint this command starts from and sets the words of `fresh` parameters. By default:
/// the newest checkpoint that holds the instances it uses without changing their parameters; those it changes start
/// afresh. `--from` decides otherwise; a resumed run uses what it recorded.
Status loadSlots(State &state, dl_frame &frame);

/// Writes the slots as they are at the end to last.safetensors of the run.
Status saveSlots(State &state, dl_frame &frame);

/// True where the entry trains the instance: changes one of its parameters.
bool trains(const dl_entry &entry, uint32_t instance);

} // namespace dl::rt
