#include "runtime/metrics.h"
#include "runtime/json.h"
#include "support/numerics/value_text.h"
#include <bit>
#include <cinttypes>
#include <cmath>
#include <cstdio>

namespace dl::rt {

namespace {
std::string numberText(double value) { return num::shortest(value, double(float(value)) == value); }
} // namespace

void Metrics::report(uint32_t metric, int32_t scope, double value, double weight) {
  if (metric >= all_.size()) return;
  Metric &m = all_[metric];
  if (scope == DL_REPORT_STEP) {
    m.sum += value * weight;
    m.weight += weight;
    return;
  }
  m.value = value;
  m.reported = m.known = true;
  pending_ = true;
  ofEpoch_ = ofEpoch_ || scope == DL_REPORT_EPOCH;
}

MetricRow Metrics::takeRow() {
  MetricRow row{epoch_, step_, ofEpoch_, {}};
  for (uint32_t i = 0; i < all_.size(); ++i) {
    Metric &m = all_[i];
    if (!m.reported && m.weight > 0) m.value = m.sum / m.weight, m.reported = m.known = true;
    if (m.reported) row.values.emplace_back(i, m.value);
    m.reported = false;
    m.sum = m.weight = 0;
  }
  pending_ = ofEpoch_ = false;
  return row;
}

bool Metrics::anyMeans() const {
  for (const Metric &m : all_)
    if (m.weight > 0) return true;
  return false;
}

std::vector<std::pair<uint32_t, double>> Metrics::latest() const {
  std::vector<std::pair<uint32_t, double>> values;
  for (uint32_t i = 0; i < all_.size(); ++i) {
    const Metric &m = all_[i];
    if (m.weight > 0)
      values.emplace_back(i, m.sum / m.weight);
    else if (m.known)
      values.emplace_back(i, m.value);
  }
  return values;
}

std::string Metrics::csvHeader() const {
  std::string line = "epoch,step";
  for (uint32_t i = 0; i < all_.size(); ++i) line += std::string(",") + name(i);
  return line + "\n";
}

std::string Metrics::csvRow(const MetricRow &row) const {
  std::string line = std::to_string(row.epoch) + "," + std::to_string(row.step);
  size_t next = 0;
  for (uint32_t i = 0; i < all_.size(); ++i) {
    line += ',';
    if (next < row.values.size() && row.values[next].first == i) line += numberText(row.values[next++].second);
  }
  return line + "\n";
}

std::string Metrics::jsonRow(const MetricRow &row, double seconds) const {
  JsonObject object;
  object.integer("epoch", row.epoch).integer("step", row.step).real("seconds", std::round(seconds * 1000) / 1000);
  for (auto [metric, value] : row.values) object.real(name(metric), value);
  return object.line() + "\n";
}

std::string Metrics::saved() const {
  char text[80];
  std::snprintf(text, sizeof text, "%" PRId64 " %" PRId64 " %d", epoch_, step_, (pending_ ? 1 : 0) + (ofEpoch_ ? 2 : 0));
  std::string out = text;
  for (const Metric &m : all_) {
    std::snprintf(text, sizeof text, " %016" PRIx64 " %016" PRIx64 " %016" PRIx64 " %d", std::bit_cast<uint64_t>(m.sum),
                  std::bit_cast<uint64_t>(m.weight), std::bit_cast<uint64_t>(m.value), (m.known ? 1 : 0) + (m.reported ? 2 : 0));
    out += text;
  }
  return out;
}

bool Metrics::restore(const std::string &text) {
  const char *at = text.c_str();
  int used = 0, row;
  if (std::sscanf(at, "%" SCNd64 " %" SCNd64 " %d%n", &epoch_, &step_, &row, &used) != 3) return false;
  pending_ = row & 1, ofEpoch_ = row & 2;
  at += used;
  for (Metric &m : all_) {
    uint64_t sum, weight, value;
    int state;
    if (std::sscanf(at, " %" SCNx64 " %" SCNx64 " %" SCNx64 " %d%n", &sum, &weight, &value, &state, &used) != 4)
      return false;
    at += used;
    m = {std::bit_cast<double>(sum), std::bit_cast<double>(weight), std::bit_cast<double>(value), (state & 2) != 0, (state & 1) != 0};
  }
  return true;
}

} // namespace dl::rt
