#include "driver/files.h"
#include "data/file.h"
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <sys/stat.h>

namespace dl::driver {

Result<std::string> readText(const std::string &path) {
  struct stat about;
  bool input = path == "-";
  if (!input && ::stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode)) return failure("it is a folder");
  std::FILE *file = input ? stdin : std::fopen(path.c_str(), "rb");
  if (!file) return failure(std::strerror(errno));
  std::string text;
  char buffer[1 << 16];
  for (size_t n; (n = std::fread(buffer, 1, sizeof buffer, file)) > 0;) text.append(buffer, n);
  bool bad = std::ferror(file) != 0;
  if (!input) std::fclose(file);
  if (bad) return failure("reading stopped with an error");
  return text;
}

Status writeText(const std::string &path, const std::string &text) {
  bool output = path.empty() || path == "-";
  struct stat about;
  if (!output && (::stat(path.c_str(), &about) != 0 || S_ISREG(about.st_mode))) {
    std::error_code missing;
    const std::string place = std::filesystem::canonical(path, missing).string(); // behind links
    Status written = data::replaceFile(missing ? path : place, {data::bytesOf(text)});
    if (written && !missing) ::chmod(place.c_str(), about.st_mode & 07777);
    return written;
  }
  std::FILE *file = output ? stdout : std::fopen(path.c_str(), "wb"); // a device, a pipe
  if (!file) return failure(std::strerror(errno));
  bool good = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  good = (output ? std::fflush(file) : std::fclose(file)) == 0 && good;
  if (!good) return failure(std::strerror(errno));
  return Done{};
}

std::string stem(const std::string &path) {
  size_t slash = path.rfind('/');
  std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  size_t dot = name.rfind('.');
  return dot == std::string::npos || dot == 0 ? name : name.substr(0, dot);
}

std::string folder(const std::string &path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

} // namespace dl::driver
