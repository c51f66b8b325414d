/// The progress of a training as people see it: counters, speed and time left on the bottom line of a terminal, a plain
/// line for each row of metrics, and a sign of life now and then where rows are rare and there is no terminal. It only
/// looks; no result depends on it.
#pragma once
#include "runtime/console.h"
#include "runtime/metrics.h"

namespace dl::rt {

struct Counters {
  int64_t step = 0, steps = 0, epoch = 0, epochs = 0;
  double loss = 0; ///< NaN: none
};

class Progress {
public:
  Progress(Console &console, const Metrics &metrics) : console_(console), metrics_(metrics), start_(seconds()) {}
  void step(const Counters &now, int64_t examples);
  void row(const MetricRow &row);
  /// Another training begins in the same command.
  void restart() { started_ = false, examples_ = rowExamples_ = 0; }
  /// The command is over: the last row is shown in any case.
  void finish();

private:
  std::string position(const Counters &now, bool ofEpoch) const;
  std::string speed(double since, double examples, double steps) const;

  Console &console_;
  const Metrics &metrics_;
  Counters now_;
  bool started_ = false;
  double start_, shown_ = 0, rowTime_ = 0;
  int64_t firstStep_ = 0, rowStep_ = 0;
  double examples_ = 0, rowExamples_ = 0, lineTime_ = -1;
  std::string held_; ///< a row that came too soon after the last one for a terminal
};

} // namespace dl::rt
