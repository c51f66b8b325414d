#include "runtime/console.h"
#include <cmath>
#include <cstdio>
#include <ctime>
#include <sys/ioctl.h>
#include <unistd.h>

namespace dl::rt {

Console::Console() : terminal_(isatty(STDOUT_FILENO)) {}

bool Console::write(const std::string &text) {
  status("");
  bool good = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  failed_ = failed_ || !good;
  return good;
}

void Console::status(const std::string &text) {
  if (!terminal_ || (text.empty() && !shown_)) return;
  winsize size{};
  size_t columns = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col - 1 : 100;
  std::string shown = text.size() > columns ? text.substr(0, columns) : text;
  std::fprintf(stdout, "\r\x1b[K%s", shown.c_str());
  std::fflush(stdout);
  shown_ = !text.empty();
}

void Console::message(const char *kind, const std::string &text) {
  status("");
  std::fflush(stdout);
  std::fprintf(stderr, "%s%s\n", kind, text.c_str());
}

bool Console::flush() {
  status("");
  if (std::fflush(stdout) != 0) failed_ = true;
  return !failed_;
}

double seconds() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return double(t.tv_sec) + double(t.tv_nsec) * 1e-9;
}

std::string durationText(double seconds) {
  if (!(seconds >= 0) || seconds > 8.64e8) return "?";
  long s = std::lround(seconds);
  char text[40];
  if (s >= 3600)
    std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
  else
    std::snprintf(text, sizeof text, "%ld:%02ld", s / 60, s % 60);
  return text;
}

std::string countText(double count) {
  if (!(count >= 0) || count > 1e15) return "?";
  std::string text = std::to_string(std::llround(count));
  for (size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

} // namespace dl::rt
