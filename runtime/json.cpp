#include "runtime/json.h"
#include "support/numerics/value_text.h"
#include <cmath>
#include <cstdio>

namespace dl::rt {

std::string jsonText(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      out += '\\', out += c;
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (static_cast<unsigned char>(c) < 0x20) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", unsigned(static_cast<unsigned char>(c)));
      out += code;
    } else
      out += c;
  }
  return out + '"';
}

JsonObject &JsonObject::real(std::string_view name, double value) {
  bool single = double(float(value)) == value;
  return raw(name, std::isfinite(value) ? num::shortest(value, single) : "null");
}

JsonObject &JsonObject::raw(std::string_view name, std::string_view json) {
  std::string member = jsonText(name) + ": " + std::string(json);
  body_ += (body_.empty() ? "" : ", ") + member;
  lines_ += (lines_.empty() ? "  " : ",\n  ") + member;
  return *this;
}

std::string JsonObject::pretty() const { return "{\n" + lines_ + "\n}\n"; }

} // namespace dl::rt
