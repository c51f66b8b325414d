#include "frontend/document/document.h"
#include "frontend/parse/parse.h"
#include "frontend/prelude/prelude.h"
#include <algorithm>

namespace dl::frontend {

using namespace ast;

namespace {

/// What stands under one heading.
struct Section {
  std::string title, text;
  std::vector<const Decl *> entries;
  std::string file; ///< shown with the lines of its entries
};

/// Empty: it is not listed.
std::string titleOf(const Decl &decl) {
  if (decl.kind == DeclKind::Import || decl.kind == DeclKind::Test) return "";
  if (decl.kind == DeclKind::Binding) {
    const auto *bind = tryAs<Bind>(as<Binding>(decl).statement.get());
    return bind && !bind->pattern.tuple ? bind->pattern.name.text : "";
  }
  std::string name(ast::nameOf(decl));
  return name.empty() && decl.kind == DeclKind::Train ? "train" : name;
}

class Writer {
public:
  explicit Writer(const SourceManager &sources) : sources_(sources) {}

  std::string write(const std::string &title, const std::string &text, const std::vector<Section> &sections) {
    out_ = "# " + title + "\n";
    paragraphs(text);
    out_ += "\n";
    for (const Section &section : sections) {
      out_ += "- [" + section.title + "](#" + anchor(section.title) + "):";
      for (size_t i = 0; i < section.entries.size(); ++i) {
        std::string name = titleOf(*section.entries[i]);
        out_ += (i % 8 || i == 0 ? " " : "\n  ") + ("[`" + name + "`](#" + anchor(name) + ")");
      }
      out_ += "\n";
    }
    for (const Section &section : sections) {
      out_ += "\n## " + section.title + "\n";
      paragraphs(section.text);
      for (const Decl *entry : section.entries) write(*entry, section.file);
    }
    return std::move(out_);
  }

private:
  void write(const Decl &decl, const std::string &file) {
    out_ += "\n### `" + titleOf(decl) + "`\n\n```dl\n" + signature(decl) + "\n```\n";
    paragraphs(decl.doc);
    std::string list;
    for (const auto *params : parametersOf(decl))
      for (const Param &p : *params)
        if (!p.doc.empty()) list += "- `" + p.name.text + "`: " + escaped(p.doc) + "\n";
    if (!list.empty()) out_ += "\n" + list;
    out_ += "\n" + file + ", line " + std::to_string(sources_.start(decl.where).line) + "\n";
  }

  static std::vector<const std::vector<Param> *> parametersOf(const Decl &decl) {
    if (auto *fn = tryAs<FnDecl>(&decl)) return {&fn->fn.params};
    if (auto *program = tryAs<ProgramDecl>(&decl)) return {&program->fn.params};
    if (auto *model = tryAs<Model>(&decl)) return {&model->configuration, &model->inputs};
    if (auto *train = tryAs<Train>(&decl)) return {&train->params};
    return {};
  }

  /// The text before the body; of a model with members their signatures, too.
  std::string signature(const Decl &decl) const {
    uint32_t begin = decl.where.begin;
    auto until = [&](uint32_t end) { return text(decl.where.file, begin, end); };
    switch (decl.kind) {
    case DeclKind::Fn: return until(as<FnDecl>(decl).fn.body.where.begin);
    case DeclKind::Program: return until(as<ProgramDecl>(decl).fn.body.where.begin);
    case DeclKind::Data: return until(as<Data>(decl).source->where.end);
    case DeclKind::Train: {
      std::string_view all = sources_.text(decl.where.file);
      return until(static_cast<uint32_t>(std::min<size_t>(all.find('{', begin), decl.where.end)));
    }
    case DeclKind::Model: {
      const Model &model = as<Model>(decl);
      std::string out = until(model.body.where.begin);
      for (const StmtPtr &statement : model.body.statements)
        if (auto *member = tryAs<FnStmt>(statement.get())) out += "\n  " + text(decl.where.file, statement->where.begin, member->fn.body.where.begin);
      return out;
    }
    case DeclKind::Option:
    case DeclKind::Binding:
    case DeclKind::Import:
    case DeclKind::Test: return until(decl.where.end);
    }
    return "";
  }
  /// On one line, without comments.
  std::string text(uint32_t file, uint32_t begin, uint32_t end) const {
    std::string out;
    bool quoted = false, comment = false;
    for (char c : sources_.text(file).substr(begin, end - begin)) {
      if (c == '"' && !comment) quoted = !quoted;
      if (c == '#' && !quoted) comment = true;
      if (c == '\n') comment = false;
      if (comment) continue;
      bool space = c == ' ' || c == '\n';
      if (space && (out.empty() || out.back() == ' ' || out.back() == '(')) continue;
      if (c == ')' && out.back() == ' ') out.pop_back();
      out += space ? ' ' : c;
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
  }

  /// A comment: lines that go on, an example as a paragraph of its own.
  void paragraphs(const std::string &comment) {
    for (size_t at = 0; at < comment.size();) {
      size_t end = std::min(comment.find('\n', at), comment.size());
      std::string line = comment.substr(at, end - at);
      out_ += (at == 0 || line.starts_with("Example: ") ? "\n" : "") + escaped(line) + "\n";
      at = end + 1;
    }
  }

  /// Formulas are no markup; what stands between backquotes is code as it is.
  static std::string escaped(const std::string &line) {
    std::string out;
    bool code = false;
    for (char c : line) {
      if (c == '`') code = !code;
      if (!code && std::string_view("\\*_<[").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
    return out;
  }

  /// As Markdown viewers make it from a heading.
  static std::string anchor(const std::string &heading) {
    std::string out;
    for (char c : heading) {
      if (c >= 'A' && c <= 'Z') out += static_cast<char>(c - 'A' + 'a');
      else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-') out += c;
      else if (c == ' ') out += '-';
    }
    return out;
  }

  const SourceManager &sources_;
  std::string out_;
};

std::string lastPart(std::string_view path) { return std::string(path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1)); }

} // namespace

std::string documentFile(const Program &program, const SourceManager &sources) {
  std::string file = lastPart(sources.name(program.file));
  Section commands{"Commands", "", {}, file}, options{"Options and numbers", "", {}, file}, models{"Models", "", {}, file};
  Section functions{"Functions", "", {}, file}, data{"Data", "", {}, file};
  for (const DeclPtr &decl : program.declarations) {
    if (titleOf(*decl).empty()) continue;
    switch (decl->kind) {
    case DeclKind::Program:
    case DeclKind::Train: commands.entries.push_back(decl.get()); break;
    case DeclKind::Option: options.entries.push_back(decl.get()); break;
    case DeclKind::Binding:
      if (!decl->doc.empty()) options.entries.push_back(decl.get());
      break;
    case DeclKind::Model: models.entries.push_back(decl.get()); break;
    case DeclKind::Fn: functions.entries.push_back(decl.get()); break;
    case DeclKind::Data: data.entries.push_back(decl.get()); break;
    case DeclKind::Import:
    case DeclKind::Test: break;
    }
  }
  std::vector<Section> sections;
  for (Section *section : {&commands, &options, &models, &functions, &data})
    if (!section->entries.empty()) sections.push_back(std::move(*section));
  return Writer(sources).write(file, program.doc, sections);
}

std::string documentLibrary(SourceManager &sources, Diagnostics &diags) {
  std::vector<std::unique_ptr<Program>> programs;
  std::vector<Section> sections;
  for (const PreludeFile &file : preludeFiles()) {
    programs.push_back(parseProgram(sources.add(file.name, std::string(file.text)), sources, diags));
    Section section{lastPart(file.name), programs.back()->doc, {}, "frontend/" + file.name};
    for (const DeclPtr &decl : programs.back()->declarations)
      if (!titleOf(*decl).empty()) section.entries.push_back(decl.get());
    sections.push_back(std::move(section));
  }
  return Writer(sources).write("The library",
                               "What every file sees without an import, written in the language itself; a file may redefine a name for itself.\n"
                               "Models with two lists are configured first, then called: `x |> dense(10)` is `dense(10)(x)`. Behind an example stand\n"
                               "its value, or the types of x and of the result. This page is what `dlc doc` prints from the `##` comments of\n"
                               "`frontend/prelude/`; the primitives, which are in the compiler, are in `language.md`.",
                               sections);
}

} // namespace dl::frontend
