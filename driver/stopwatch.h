/// Time spent in each stage, for `--time-passes`.
#pragma once
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace dl::driver {

class Stopwatch {
  using Clock = std::chrono::steady_clock;

public:
  /// Measures from its construction to the end of its scope.
  class Lap {
  public:
    Lap(Stopwatch &owner, std::string name) : owner_(owner), name_(std::move(name)), begin_(Clock::now()) {}
    Lap(const Lap &) = delete;
    Lap &operator=(const Lap &) = delete;
    ~Lap() { owner_.laps_.push_back({name_, std::chrono::duration<double, std::milli>(Clock::now() - begin_).count()}); }

  private:
    Stopwatch &owner_;
    std::string name_;
    Clock::time_point begin_;
  };
  Lap start(std::string name) { return Lap(*this, std::move(name)); }

  /// A line below the table.
  void remark(std::string line) { remarks_ += line + "\n"; }

  std::string render() const {
    std::string text;
    char line[96];
    double total = 0;
    for (const auto &[name, milliseconds] : laps_) {
      std::snprintf(line, sizeof line, "%-28s %9.3f ms\n", name.c_str(), milliseconds);
      text += line;
      total += milliseconds;
    }
    std::snprintf(line, sizeof line, "%-28s %9.3f ms\n", "all stages", total);
    return text + line + remarks_ + "\n";
  }

private:
  std::vector<std::pair<std::string, double>> laps_;
  std::string remarks_;
};

} // namespace dl::driver
