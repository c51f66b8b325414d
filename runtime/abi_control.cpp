// The ABI around the flow of an entry: dlrt_parallel, dlrt_enter, dlrt_poll, dlrt_report, dlrt_progress.
#include "runtime/attention.h"
#include "runtime/format.h"
#include "runtime/snapshot.h"
#include <cmath>

using namespace dl::rt;

namespace {

struct KernelCall {
  dl_frame *frame;
  dl_kernel kernel;
  const int64_t *args;
};

void runChunk(void *context, int64_t begin, int64_t end, int64_t thread) {
  KernelCall &call = *static_cast<KernelCall *>(context);
  call.kernel(call.frame, call.args, begin, end, call.frame->scratch[thread]);
}

int32_t slowPoll(State &state, dl_frame *frame, uint32_t point, bool endsRow) {
  uint32_t wanted = attention().exchange(0);
  const bool open = !endsRow && (wanted & kRowPending);
  if (!open && (wanted & kRowPending)) flushRow(state, *frame);
  wanted |= attention().exchange(open ? kRowPending : 0); // the row may have ended an epoch
  bool stop = wanted & kStopWanted, always = state.settings.checkpointEvery == 0;
  dl::Status written = dl::Done{};
  if (!state.entry.is_test && (stop || always || (wanted & kSnapshotDue))) {
    written = openRun(state, *frame);
    if (written.ok()) written = writeSnapshot(state, *frame, int64_t(point) + 1);
    if (!written.ok()) state.console.error(written.message() + "; the last snapshot is intact");
  }
  if (always) attention().fetch_or(kSnapshotDue);
  if (!stop) return DL_OK;
  noteEvent(state, "interrupted");
  return written.ok() ? DL_INTERRUPTED : DL_IO_FAILED;
}

} // namespace

extern "C" {

void dlrt_parallel(dl_frame *frame, dl_kernel kernel, const int64_t *args, int64_t count, int64_t work) {
  KernelCall call{frame, kernel, args};
  stateOf(frame).pool->run(runChunk, &call, count, work);
}

int32_t dlrt_enter(dl_frame *frame) {
  State &state = stateOf(frame);
  frame->label = 0;
  dl::Status status = dl::Done{};
  if (state.resumed)
    status = restoreValues(state, *frame);
  else if (changesSlots(state.entry) && !state.entry.is_test)
    status = openRun(state, *frame);
  if (!status.ok()) {
    state.console.error(status.message());
    return DL_IO_FAILED;
  }
  state.snapshotTime = seconds();
  return DL_OK;
}

int32_t dlrt_poll(dl_frame *frame, uint32_t point, int32_t ends_row) {
  if (attention().load(std::memory_order_relaxed) == 0) [[likely]]
    return DL_OK;
  return slowPoll(stateOf(frame), frame, point, ends_row != 0);
}

int32_t dlrt_report(dl_frame *frame, uint32_t metric, int32_t scope, double value, double weight) {
  State &state = stateOf(frame);
  state.metrics.at(state.counters.epoch, state.counters.step);
  state.metrics.report(metric, scope, value, weight);
  if (scope != DL_REPORT_STEP) attention().fetch_or(kRowPending);
  if (!std::isfinite(value) && !state.notFiniteSaid) {
    state.notFiniteSaid = true;
    state.console.warning(
        std::string(state.program.metrics[metric]) + " is " + (std::isnan(value) ? "nan" : "infinite") + " in epoch " +
        std::to_string(state.counters.epoch + 1) + " after step " + std::to_string(state.counters.step));
  }
  return DL_OK;
}

int32_t dlrt_progress(dl_frame *frame, int64_t step, int64_t steps, int64_t epoch, int64_t epochs, int64_t examples,
                      double loss) {
  State &state = stateOf(frame);
  if (step == 0) {
    closeRow(state, *frame);
    return DL_OK;
  }
  if (state.metrics.rowPending()) { // reported since the last step
    attention().fetch_and(~kRowPending);
    flushRow(state, *frame);
  }
  if (step <= state.counters.step) { // another training of the same command
    state.epochSeen = 0;
    state.progress.restart();
  } else if (epoch > state.counters.epoch) {
    state.metrics.at(state.counters.epoch, state.counters.step);
    if (state.metrics.anyMeans() && epoch > state.epochSeen) flushRow(state, *frame);
    state.counters.epochs = epochs;
    endEpoch(state, epoch);
  }
  state.counters = {step, steps, epoch, epochs, loss};
  if (epochs <= 1 && steps > 1 && step == steps - 1) attention().fetch_or(kSnapshotDue);
  state.progress.step(state.counters, examples);
  return DL_OK;
}

} // extern "C"
