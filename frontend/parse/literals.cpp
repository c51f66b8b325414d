#include "frontend/ast/number.h"
#include "frontend/parse/builder.h"
#include "support/numerics/value_text.h"
#include <charconv>
#include <cmath>

namespace dl::frontend {

using namespace ast;

ExprPtr Builder::number(const antlr4::Token *token) {
  auto node = make<Number>(range(token));
  node->text = spelled(token);
  if (!setValue(*node))
    diagnostics_.report(range(token), Diag::NumberOutOfRange, {node->text})
        .help(node->integer ? "whole numbers go up to 9223372036854775807"
                            : "the largest number is about 1.8e308; infinity is `inf`");
  return node;
}

ExprPtr Builder::text(const antlr4::Token *token) {
  auto node = make<Text>(range(token));
  uint32_t begin = source(token).begin + 1, end = source(token).end;
  if (end <= begin || text_[end - 1] != '"') return node; // without its end; reported by the lexer
  --end;
  TextPiece run;
  run.where = {file_, begin, begin};
  auto flush = [&](uint32_t next) {
    if (!run.text.empty()) {
      run.where.end = next;
      node->pieces.push_back(std::move(run));
    }
    run = TextPiece();
  };
  for (uint32_t at = begin; at < end;) {
    char c = text_[at];
    char following = at + 1 < end ? text_[at + 1] : '\0';
    if (run.text.empty()) run.where = {file_, at, at};
    if (c == '\\') {
      switch (following) {
      case 'n': run.text += '\n'; break;
      case 't': run.text += '\t'; break;
      case '"': run.text += '"'; break;
      case '\\': run.text += '\\'; break;
      default: {
        uint32_t size = 2; // the whole character, however many bytes
        while (at + size < end && (static_cast<unsigned char>(text_[at + size]) & 0xc0) == 0x80) ++size;
        diagnostics_.report({file_, at, at + size}, Diag::UnknownEscape, {std::string(text_.substr(at, size))})
            .help("there are `\\n`, `\\t`, `\\\"` and `\\\\`");
      }
      }
      at += 2;
    } else if ((c == '{' || c == '}') && following == c) {
      run.text += c;
      at += 2;
    } else if (c == '}') {
      diagnostics_.report({file_, at, at + 1}, Diag::BraceInText, {"}"}).help("write `}}` for the character itself");
      ++at;
    } else if (c == '{') {
      flush(at);
      uint32_t stop = at + 1, colon = 0;
      int depth = 0;
      for (; stop < end; ++stop) {
        char d = text_[stop];
        if (d == '}' && depth == 0) break;
        if (d == ':' && depth == 0 && !colon) colon = stop;
        if (!colon && (d == '(' || d == '[' || d == '{')) ++depth;
        if (!colon && (d == ')' || d == ']' || d == '}') && depth > 0) --depth;
      }
      if (stop == end) {
        diagnostics_.report({file_, at, at + 1}, Diag::BraceInText, {"{"})
            .help("write `{{` for the character itself; a value is shown by `{x}` or `{x:.3f}`");
        break;
      }
      TextPiece filled;
      filled.where = {file_, at, stop + 1};
      filled.value = embedded(at + 1, colon ? colon : stop);
      if (colon) filled.format = std::string(text_.substr(colon + 1, stop - colon - 1));
      if (colon && !num::parseSpec(filled.format))
        diagnostics_.report({file_, colon + 1, stop}, Diag::UnknownFormat, {filled.format})
            .help("`{x:.3f}` shows 3 digits behind the point, `{n:05d}` fills with zeros, `{name:>10}` with spaces before");
      node->pieces.push_back(std::move(filled));
      at = stop + 1;
    } else {
      run.text += c;
      ++at;
    }
  }
  flush(end);
  return node;
}

ExprPtr Builder::embedded(uint32_t begin, uint32_t end) {
  SourceRange where{file_, begin, end};
  if (text_.substr(begin, end - begin).find('\\') != std::string_view::npos)
    diagnostics_.report(where, Diag::TextInText).help("name the value before, and show the name");
  else if (text_.substr(begin, end - begin).find_first_not_of(" \t") == std::string_view::npos)
    diagnostics_.report({file_, begin - 1, end + 1}, Diag::BraceInText, {"{"})
        .help("a value is shown by `{x}`; write `{{` for the character itself");
  else if (ExprPtr value = parseEmbedded(file_, begin, end, docs_, diagnostics_))
    return value;
  return make<None>(where);
}

std::string Builder::category(const antlr4::Token *token) {
  ExprPtr whole = text(token);
  const auto &node = as<Text>(*whole);
  if (node.plain()) return node.plainText();
  diagnostics_.report(node.where, Diag::CategoryNotPlain).help("write `{{` and `}}` for braces");
  return {};
}

} // namespace dl::frontend
