// The ABI of texts: dlrt_print, dlrt_check_failed.
#include "runtime/format.h"
#include "runtime/state.h"

using namespace dl::rt;

extern "C" {

int32_t dlrt_print(dl_frame *frame, const dl_format *format, const dl_tensor *values) {
  Console &console = stateOf(frame).console;
  if (console.write(formatText(*format, values))) return DL_OK;
  console.error("cannot write to standard output");
  return DL_IO_FAILED;
}

int32_t dlrt_check_failed(dl_frame *frame, uint32_t where, const dl_format *message, const dl_tensor *values) {
  State &state = stateOf(frame);
  const dl_program &program = state.program;
  std::string position = positionText(program, where), text = message ? formatText(*message, values) : "a check failed";
  std::string out = (position.empty() ? "" : position + ": ") + "error: " + text;
  if (where != 0 && where < program.n_positions && program.positions[where].text) {
    const dl_position &p = program.positions[where];
    out += "\n  " + std::string(p.text) + "\n  " + std::string(p.column > 0 ? p.column - 1 : 0, ' ') + "^";
  }
  state.console.note(out);
  return DL_CHECK_FAILED;
}

} // extern "C"
