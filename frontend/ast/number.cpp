#include "frontend/ast/number.h"
#include <charconv>

namespace dl::ast {

bool isNumber(std::string_view text) {
  size_t at = 0;
  auto isDigit = [&](size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '9'; };
  auto digits = [&] {
    if (!isDigit(at)) return false;
    while (isDigit(at) || (at < text.size() && text[at] == '_' && isDigit(at + 1))) ++at;
    return true;
  };
  if (!digits()) return false;
  if (at < text.size() && text[at] == '.' && (++at, !digits())) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (!isDigit(at)) return false;
    while (isDigit(at)) ++at;
  }
  return at == text.size();
}

bool setValue(Number &number) {
  std::string digits;
  for (char c : number.text)
    if (c != '_') digits += c;
  const char *first = digits.data(), *last = first + digits.size();
  number.integer = digits.find_first_not_of("0123456789") == std::string::npos;
  bool fits = true;
  if (number.integer) fits = std::from_chars(first, last, number.whole).ec == std::errc();
  // A number too small for a double is 0; one too large has no value to stand for it.
  auto parsed = std::from_chars(first, last, number.real);
  if (parsed.ec == std::errc::result_out_of_range) {
    size_t exponent = digits.find_first_of("eE");
    bool tiny = exponent != std::string::npos && exponent + 1 < digits.size() && digits[exponent + 1] == '-';
    number.real = 0;
    fits = tiny;
  }
  return fits || (parsed.ptr != last && parsed.ec == std::errc()); // what else is wrong with it was told before
}

} // namespace dl::ast
