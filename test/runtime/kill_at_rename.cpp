// Preloaded into a program: rename number $KILL_AT_RENAME (from 1) never happens, the process is killed instead.
#include <csignal>
#include <cstdlib>
#include <dlfcn.h>
#include <unistd.h>

extern "C" int rename(const char *from, const char *to) {
  static int count = 0;
  const char *limit = std::getenv("KILL_AT_RENAME");
  if (limit && ++count == std::atoi(limit)) kill(getpid(), SIGKILL);
  static auto next = reinterpret_cast<int (*)(const char *, const char *)>(dlsym(RTLD_NEXT, "rename"));
  return next(from, to);
}
