#include "test/programs/isolated.h"
#include <csignal>
#include <cstring>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

namespace dl::test {

namespace {

constexpr time_t kMostSeconds = 60; ///< of processor time
constexpr char kMark = '\1'; ///< between what the child printed and its fields

void answer(int to, const Outcome &outcome) {
  std::string text = {kMark};
  text += outcome.refused ? "refused" : outcome.broken ? "broken" : "holds";
  text += kMark + (outcome.broken ? outcome.broken->law : outcome.reason);
  text += kMark + (outcome.broken ? outcome.broken->detail : "");
  for (size_t done = 0; done < text.size();) {
    ssize_t n = write(to, text.data() + done, text.size() - done);
    if (n <= 0) _exit(1);
    done += static_cast<size_t>(n);
  }
}

} // namespace

Outcome checkIsolated(const std::string &text, Profile profile, uint64_t seed, bool compiles) {
  int ends[2];
  if (pipe(ends) != 0) return {Broken{"a process", "there is no pipe"}, false, ""};
  pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    dup2(ends[1], 2);
    itimerval limit = {{0, 0}, {kMostSeconds, 0}};
    setitimer(ITIMER_PROF, &limit, nullptr);
    answer(ends[1], checkProgram(text, profile, seed, compiles));
    _exit(0);
  }
  close(ends[1]);
  std::string said;
  char buffer[4096];
  for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;) said.append(buffer, static_cast<size_t>(n));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  size_t first = said.find(kMark);
  if (first == std::string::npos || !WIFEXITED(status)) {
    bool late = WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF;
    std::string what = WIFSIGNALED(status) ? std::string("signal ") + strsignal(WTERMSIG(status)) : "no answer";
    return {Broken{late ? "ends in time" : "does not crash", what + "\n" + said}, false, ""};
  }
  size_t second = said.find(kMark, first + 1), third = said.find(kMark, second + 1);
  std::string verdict = said.substr(first + 1, second - first - 1), law = said.substr(second + 1, third - second - 1), detail = said.substr(third + 1);
  if (verdict == "refused") return {std::nullopt, true, law};
  if (verdict == "broken") return {Broken{law, detail}, false, ""};
  return {};
}

} // namespace dl::test
