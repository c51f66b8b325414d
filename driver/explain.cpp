#include "driver/explain.h"
#include "support/diagnostics.h"
#include <algorithm>
#include <cctype>
#include <string_view>

namespace dl::driver {

/// docs/errors.md, embedded when `dlc` is built.
extern const char *const errorIndex;

Result<std::string> explain(const std::string &asked) {
  std::string code = asked;
  std::transform(code.begin(), code.end(), code.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  std::string_view all = errorIndex;
  size_t begin = all.find("\n## " + code + " ");
  if (begin != std::string_view::npos) {
    size_t end = std::min(all.find("\n## ", begin + 1), all.find("\n# ", begin + 1));
    std::string section(all.substr(begin + 4, end == std::string_view::npos ? end : end - begin - 4));
    while (!section.empty() && section.back() == '\n') section.pop_back();
    return section + "\n";
  }
  std::vector<std::string> codes;
  for (const DiagInfo &one : allDiagnostics()) codes.push_back(one.code);
  auto near = nearest(code, codes);
  return failure("no message has the code `" + asked + "`" + (near ? "; did you mean `" + near->name + "`?" : ""));
}

} // namespace dl::driver
