/// What a training reports: means since the last row, rows for metrics.csv and metrics.jsonl, the latest values for
/// the progress line. All of it that outlives a row is in the snapshot.
#pragma once
#include "runtime/dlrt.h"
#include <string>
#include <utility>
#include <vector>

namespace dl::rt {

/// One row: the counters it belongs to and (metric, value) in the order of the program's metrics.
struct MetricRow {
  int64_t epoch = 0, step = 0;
  bool ofEpoch = false; ///< holds values of an epoch rather than of a hook alone
  std::vector<std::pair<uint32_t, double>> values;
};

class Metrics {
public:
  explicit Metrics(const dl_program &program) : program_(program), all_(program.n_metrics) {}

  void report(uint32_t metric, int32_t scope, double value, double weight);
  /// The counters of the next row.
  void at(int64_t epoch, int64_t step) { epoch_ = epoch, step_ = step; }
  bool rowPending() const { return pending_; }
  /// Closes the row: what was reported for it, and the means of step values since the last one.
  MetricRow takeRow();
  bool anyMeans() const;
  /// Latest value or running mean of each metric, for the progress line.
  std::vector<std::pair<uint32_t, double>> latest() const;
  const char *name(uint32_t metric) const { return program_.metrics[metric]; }

  std::string csvHeader() const;
  std::string csvRow(const MetricRow &row) const;
  std::string jsonRow(const MetricRow &row, double seconds) const;

  /// Everything between rows as text, bit-exact, and back.
  std::string saved() const;
  bool restore(const std::string &text);

private:
  struct Metric {
    double sum = 0, weight = 0, value = 0;
    bool reported = false; ///< value belongs to the open row
    bool known = false;    ///< value is the latest of any row
  };
  const dl_program &program_;
  std::vector<Metric> all_;
  int64_t epoch_ = 0, step_ = 0;
  bool pending_ = false, ofEpoch_ = false;
};

} // namespace dl::rt
