#include "runtime/progress.h"
#include <cmath>
#include <cstdio>

namespace dl::rt {

namespace {
constexpr double kRedraw = 0.1;
constexpr double kSign = 30;      ///< of life, where there is no terminal
constexpr double kLineEvery = 0.5; ///< rows on a terminal

std::string shortNumber(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}
std::string ofTotal(const char *what, int64_t done, int64_t total) {
  std::string text = std::string(what) + " " + countText(double(done));
  return total > 0 ? text + "/" + countText(double(total)) : text;
}
} // namespace

std::string Progress::position(const Counters &now, bool ofEpoch) const {
  if (!started_) return "";
  std::string text;
  if (now.epochs > 0) text = ofTotal("epoch", now.epoch + 1, now.epochs);
  if (!ofEpoch || now.epochs == 0) {
    if (!text.empty()) text += "  ";
    text += ofTotal("step", now.step, now.steps);
  }
  return text + "  ";
}

std::string Progress::speed(double since, double examples, double steps) const {
  double elapsed = seconds() - since;
  if (elapsed <= 0) return "";
  return examples > 0 ? countText(examples / elapsed) + " examples/s" : countText(steps / elapsed) + " steps/s";
}

void Progress::step(const Counters &now, int64_t examples) {
  if (!started_) { // the first step of this process: its time is not in the speed
    started_ = true;
    firstStep_ = rowStep_ = now.step;
    start_ = rowTime_ = seconds();
    shown_ = console_.terminal() ? 0 : start_;
  } else {
    examples_ += double(examples);
    rowExamples_ += double(examples);
  }
  now_ = now;
  double time = seconds();
  if (time - shown_ < (console_.terminal() ? kRedraw : kSign)) return;
  shown_ = time;
  std::string line = position(now, false);
  bool lossShown = false;
  for (auto [metric, value] : metrics_.latest()) {
    bool loss = std::string(metrics_.name(metric)) == "loss";
    if (loss && !std::isnan(now.loss)) value = now.loss; // of this epoch so far
    line += std::string(metrics_.name(metric)) + " " + shortNumber(value) + "  ";
    lossShown = lossShown || loss;
  }
  if (!lossShown && !std::isnan(now.loss)) line += "loss " + shortNumber(now.loss) + "  ";
  line += speed(start_, examples_, double(now.step - firstStep_));
  // The whole is known by steps, or by the share of epochs that is done.
  double done = double(now.step - firstStep_), total = 0;
  if (now.steps > 0)
    total = double(now.steps - firstStep_);
  else if (now.epochs > 0 && now.epoch > 0)
    total = double(now.step) / double(now.epoch) * double(now.epochs) - double(firstStep_);
  if (done > 0 && total > done) line += "  " + durationText((time - start_) * (total - done) / done) + " left";
  if (console_.terminal()) return console_.status(line);
  console_.line(line);
  std::fflush(stdout);
}

void Progress::row(const MetricRow &row) {
  Counters now = now_;
  std::string line = position(now, row.ofEpoch);
  for (auto [metric, value] : row.values) line += std::string(metrics_.name(metric)) + " " + shortNumber(value) + "  ";
  if (started_ && now.step > rowStep_) {
    double elapsed = seconds() - rowTime_;
    char text[32];
    std::snprintf(text, sizeof text, "(%.2f s, ", elapsed);
    line += text + speed(rowTime_, rowExamples_, double(now.step - rowStep_)) + ")";
    rowTime_ = seconds();
    rowStep_ = now.step;
    rowExamples_ = 0;
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  held_ = line;
  if (!console_.terminal()) shown_ = seconds();
  if (console_.terminal() && seconds() - lineTime_ < kLineEvery) return;
  lineTime_ = seconds();
  finish();
}

void Progress::finish() {
  if (held_.empty()) return;
  console_.line(held_);
  std::fflush(stdout);
  held_.clear();
}

} // namespace dl::rt
