#include "runtime/run_folder.h"
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace dl::rt {

namespace {

constexpr const char *kRuns = "runs";

Error systemError(const std::string &what, const std::string &path) {
  return failure(what + " " + path + ": " + std::strerror(errno));
}

std::vector<std::string> listFolder(const std::string &path) {
  std::vector<std::string> names;
  if (DIR *folder = opendir(path.c_str())) {
    while (dirent *item = readdir(folder)) names.push_back(item->d_name);
    closedir(folder);
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// The n of "<prefix>n<suffix>", or -1.
int64_t numberIn(const std::string &name, const std::string &prefix, const std::string &suffix) {
  if (name.size() <= prefix.size() + suffix.size() || name.rfind(prefix, 0) != 0) return -1;
  if (name.compare(name.size() - suffix.size(), suffix.size(), suffix) != 0) return -1;
  int64_t number = -1;
  const char *begin = name.data() + prefix.size(), *end = name.data() + name.size() - suffix.size();
  auto [at, error] = std::from_chars(begin, end, number);
  return error == std::errc() && at == end && number >= 0 ? number : -1;
}

Status makeFolders(const std::string &path) {
  for (size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    std::string part = path.substr(0, slash);
    if (!part.empty() && mkdir(part.c_str(), 0777) != 0 && errno != EEXIST) return systemError("cannot create", part);
    if (slash == std::string::npos) return Done{};
  }
}

/// Nanoseconds of the last change, or -1.
int64_t changed(const std::string &path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) return -1;
  return int64_t(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec;
}

} // namespace

bool fileExists(const std::string &path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && !S_ISDIR(info.st_mode);
}
bool folderExists(const std::string &path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}
bool sameFolder(const std::string &a, const std::string &b) {
  struct stat one, other;
  return stat(a.c_str(), &one) == 0 && stat(b.c_str(), &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}
int64_t fileLength(const std::string &path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 ? int64_t(info.st_size) : -1;
}

std::vector<std::string> filesBelow(const std::string &path) {
  std::vector<std::string> files;
  for (const std::string &name : listFolder(path)) {
    if (name == "." || name == "..") continue;
    if (!folderExists(path + "/" + name))
      files.push_back(name);
    else
      for (const std::string &inner : filesBelow(path + "/" + name)) files.push_back(name + "/" + inner);
  }
  return files;
}

Result<std::string> createRunFolder(const std::string &command, const std::string &wanted) {
  if (!wanted.empty()) {
    if (!snapshotFiles(wanted).empty() || fileExists(wanted + "/options.json"))
      return failure(wanted + " already holds a run; --resume " + wanted + " continues it, or give another folder");
    DL_CHECK_OK(makeFolders(wanted));
    return wanted;
  }
  DL_CHECK_OK(makeFolders(kRuns));
  int64_t next = 1;
  for (const std::string &name : listFolder(kRuns)) next = std::max(next, numberIn(name, command + "-", "") + 1);
  for (;; ++next) {
    std::string path = std::string(kRuns) + "/" + command + "-" + std::to_string(next);
    if (mkdir(path.c_str(), 0777) == 0) return path;
    if (errno != EEXIST) return systemError("cannot create", path);
  }
}

Result<std::string> findRun(const std::string &given) {
  if (folderExists(given)) return given;
  std::string inside = std::string(kRuns) + "/" + given;
  if (folderExists(inside)) return inside;
  return failure("no run `" + given + "`: neither a folder of that name nor " + inside + " exists");
}

std::vector<SnapshotFile> snapshotFiles(const std::string &run) {
  std::vector<SnapshotFile> files;
  for (const std::string &name : listFolder(run))
    if (int64_t number = numberIn(name, "snapshot-", ".safetensors"); number >= 0)
      files.push_back({run + "/" + name, number});
  std::sort(files.begin(), files.end(), [](const auto &a, const auto &b) { return a.number > b.number; });
  return files;
}

std::string checkpointOf(const std::string &run) {
  for (const char *name : {"/last.safetensors", "/best.safetensors"})
    if (fileExists(run + name)) return run + name;
  std::vector<SnapshotFile> snapshots = snapshotFiles(run);
  return snapshots.empty() ? "" : snapshots[0].path;
}

std::vector<std::string> runsByAge(const std::string &prefix) {
  std::vector<std::pair<int64_t, std::string>> found;
  for (const std::string &name : listFolder(kRuns)) {
    std::string path = std::string(kRuns) + "/" + name;
    if (name[0] == '.' || name.rfind(prefix, 0) != 0 || !folderExists(path)) continue;
    if (!prefix.empty() && numberIn(name, prefix, "") < 0) continue;
    int64_t time = std::max(changed(path + "/last.safetensors"), changed(path + "/best.safetensors"));
    for (const SnapshotFile &file : snapshotFiles(path)) time = std::max(time, changed(file.path));
    if (time >= 0) found.emplace_back(time, path);
  }
  std::sort(found.begin(), found.end(), [](const auto &a, const auto &b) { return a > b; });
  std::vector<std::string> paths;
  for (auto &[time, path] : found) paths.push_back(std::move(path));
  return paths;
}

Status appendText(const std::string &path, const std::string &text) {
  int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0) return systemError("cannot write", path);
  off_t before = lseek(file, 0, SEEK_END);
  size_t done = 0;
  while (done < text.size()) {
    ssize_t n = write(file, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      Error error = systemError("cannot write", path);
      if (ftruncate(file, before) != 0) error.message += " (and the file now ends in the middle of a line)";
      close(file);
      return error;
    }
    done += size_t(n);
  }
  if (close(file) != 0) return systemError("cannot write", path);
  return Done{};
}

Status cutFile(const std::string &path, int64_t length) {
  if (fileLength(path) <= length) return Done{};
  if (truncate(path.c_str(), length) != 0) return systemError("cannot shorten", path);
  return Done{};
}

Status writeText(const std::string &path, const std::string &text) {
  std::string aside = path + ".tmp";
  unlink(aside.c_str());
  DL_CHECK_OK(appendText(aside, text));
  if (rename(aside.c_str(), path.c_str()) != 0) return systemError("cannot write", path);
  return Done{};
}

} // namespace dl::rt
