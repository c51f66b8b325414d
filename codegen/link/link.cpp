#include "codegen/link/link.h"
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

namespace dl::codegen {

namespace {

const char *const kTools[] = {"c++", "g++", "clang++", "clang++-19", "cc"};

/// A folder that is gone, with the files put into it, at the end of the scope.
class ScratchFolder {
public:
  ScratchFolder() {
    const char *base = std::getenv("TMPDIR");
    path_ = std::string(base && *base ? base : P_tmpdir) + "/dlc-XXXXXX";
    if (!mkdtemp(path_.data())) path_.clear();
  }
  ScratchFolder(const ScratchFolder &) = delete;
  ScratchFolder &operator=(const ScratchFolder &) = delete;
  ~ScratchFolder() {
    for (const std::string &file : files_) unlink(file.c_str());
    if (!path_.empty()) rmdir(path_.c_str());
  }
  bool ok() const { return !path_.empty(); }
  const std::string &add(const std::string &name) {
    files_.push_back(path_ + "/" + name);
    return files_.back();
  }

private:
  std::string path_;
  std::vector<std::string> files_;
};

Status writeFile(const std::string &path, const std::string &bytes) {
  std::FILE *file = std::fopen(path.c_str(), "wb");
  if (!file) return failure("cannot write " + path + ": " + std::strerror(errno));
  bool good = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  if (std::fclose(file) != 0 || !good) return failure("cannot write " + path + ": " + std::strerror(errno));
  return Done{};
}

std::string readFile(const std::string &path) {
  std::string text;
  if (std::FILE *file = std::fopen(path.c_str(), "rb")) {
    char buffer[4096];
    for (size_t n; (n = std::fread(buffer, 1, sizeof buffer, file)) > 0;) text.append(buffer, n);
    std::fclose(file);
  }
  return text;
}

/// Where to link to, to be renamed then: an executable is there as a whole or not at all. A device is written to itself.
Result<std::string> placeBeside(const std::string &output) {
  struct stat about;
  const bool exists = stat(output.c_str(), &about) == 0;
  if (exists && S_ISDIR(about.st_mode)) return failure("cannot write " + output + ": it is a folder");
  if (exists && !S_ISREG(about.st_mode)) return output;
  const size_t slash = output.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : output.substr(0, slash + 1);
  if (access(folder.c_str(), W_OK | X_OK) != 0) return failure("cannot write " + output + ": " + folder + ": " + std::strerror(errno));
  return output + ".part" + std::to_string(getpid());
}

/// The exit status of a command whose messages go to `log`; -1 when there is no such command.
int runTool(const char *tool, const std::vector<std::string> &arguments, const std::string &log) {
  std::vector<char *> argv = {const_cast<char *>(tool)};
  for (const std::string &a : arguments) argv.push_back(const_cast<char *>(a.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), 01 | 0100 | 01000, 0600); // write, create, truncate
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t child = 0;
  int failed = posix_spawnp(&child, tool, &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed) return -1;
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return code == 127 ? -1 : code;
}

} // namespace

Status linkExecutable(const std::vector<std::string> &objects, const LinkOptions &options) {
  DL_TRY(beside, placeBeside(options.output));
  ScratchFolder scratch;
  if (!scratch.ok()) return failure(std::string("cannot make a temporary folder: ") + std::strerror(errno));
  std::vector<std::string> arguments = {"-o", beside};
  for (size_t i = 0; i < objects.size(); ++i) {
    const std::string path = scratch.add("part" + std::to_string(i) + ".o");
    DL_CHECK_OK(writeFile(path, objects[i]));
    arguments.push_back(path);
  }
  if (access(options.runtime.c_str(), R_OK) != 0)
    return failure("the runtime is not where it should be: " + options.runtime + ": " + std::strerror(errno));
  arguments.push_back("@" + options.runtime);
  const std::string log = scratch.add("log");
  std::string looked;
  for (const char *tool : kTools) {
    int code = runTool(tool, arguments, log);
    if (code == 0 && beside != options.output && std::rename(beside.c_str(), options.output.c_str()) != 0)
      return failure("cannot write " + options.output + ": " + std::strerror(errno));
    if (code == 0) return Done{};
    if (beside != options.output) unlink(beside.c_str());
    if (code > 0) return failure(std::string("`") + tool + "` could not link:\n" + readFile(log));
    looked += (looked.empty() ? "" : ", ") + std::string(tool);
  }
  return failure("linking needs a C++ compiler driver; looked for " + looked + " (`dlc run` needs none)");
}

} // namespace dl::codegen
