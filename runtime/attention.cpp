#include "runtime/attention.h"
#include <cmath>
#include <csignal>
#include <sys/time.h>
#include <unistd.h>

namespace dl::rt {

namespace {

std::atomic<uint32_t> attentionWord{0};
std::atomic<int> stopSignal{0};

void onStop(int signal) {
  if (stopSignal.exchange(signal) != 0) _exit(128 + signal);
  attentionWord.fetch_or(kStopWanted);
  static constexpr char kText[] = "\nstopping at the next resume point; once more stops at once\n";
  if (write(STDERR_FILENO, kText, sizeof kText - 1) < 0) return;
}

void onClock(int) { attentionWord.fetch_or(kSnapshotDue); }

void handle(int signal, void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigaction(signal, &action, nullptr);
}

} // namespace

std::atomic<uint32_t> &attention() { return attentionWord; }
int Watch::signal() { return stopSignal.load(); }

Watch::Watch(bool points, double interval) : points_(points) {
  attentionWord = 0;
  stopSignal = 0;
  if (!points_) return;
  handle(SIGINT, onStop);
  handle(SIGTERM, onStop);
  handle(SIGALRM, onClock);
  if (interval <= 0) return;
  itimerval timer{};
  timer.it_interval.tv_sec = time_t(interval);
  timer.it_interval.tv_usec = suseconds_t((interval - std::floor(interval)) * 1e6);
  if (timer.it_interval.tv_sec == 0 && timer.it_interval.tv_usec == 0) timer.it_interval.tv_usec = 1;
  timer.it_value = timer.it_interval;
  setitimer(ITIMER_REAL, &timer, nullptr);
}

Watch::~Watch() {
  if (!points_) return;
  itimerval off{};
  setitimer(ITIMER_REAL, &off, nullptr);
  for (int signal : {SIGINT, SIGTERM, SIGALRM}) handle(signal, SIG_DFL);
}

} // namespace dl::rt
