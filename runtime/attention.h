/// What the next resume point has to look at: one word, set by signals, the clock and reports, read by dlrt_poll.
#pragma once
#include <atomic>
#include <cstdint>

namespace dl::rt {

enum : uint32_t { kSnapshotDue = 1, kStopWanted = 2, kRowPending = 4 };

/// The word. It is process-wide because signal handlers have no argument.
std::atomic<uint32_t> &attention();

/// While it lives: SIGINT and SIGTERM ask for a stop at the next resume point (a second one exits at once), and the
/// clock asks for a snapshot every `interval` seconds (0: at every resume point). With `points` false, signals keep
/// their usual effect.
class Watch {
public:
  Watch(bool points, double interval);
  ~Watch();
  Watch(const Watch &) = delete;
  Watch &operator=(const Watch &) = delete;
  /// The signal that asked for the stop, or 0.
  static int signal();

private:
  bool points_;
};

} // namespace dl::rt
