/// Where a command speaks: results and lines on stdout, errors on stderr, and one line at the bottom of a terminal
/// that is redrawn while a training runs.
#pragma once
#include <cstdint>
#include <string>

namespace dl::rt {

class Console {
public:
  Console();
  bool terminal() const { return terminal_; }
  /// A line on stdout. False when it could not be written.
  bool line(const std::string &text) { return write(text + "\n"); }
  /// Text on stdout as it is.
  bool write(const std::string &text);
  /// Shows `text` on the bottom line of a terminal (nothing elsewhere); "" clears it.
  void status(const std::string &text);
  /// "error: ..." / "warning: ..." on stderr.
  void error(const std::string &text) { message("error: ", text); }
  void warning(const std::string &text) { message("warning: ", text); }
  void note(const std::string &text) { message("", text); }
  /// Pushes everything out; false when that failed now or before.
  bool flush();

private:
  void message(const char *kind, const std::string &text);
  bool terminal_ = false, shown_ = false, failed_ = false;
};

/// Seconds of a clock that only goes forward.
double seconds();
/// "0:42", "12:05", "3:07:12".
std::string durationText(double seconds);
/// 52341 -> "52,341".
std::string countText(double count);

} // namespace dl::rt
