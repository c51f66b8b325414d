#include "frontend/imports/imports.h"
#include "data/text.h"
#include "frontend/parse/parse.h"
#include <algorithm>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <utility>

namespace dl::frontend {
namespace fs = std::filesystem;
using ast::ImportTarget;
using TargetPtr = std::shared_ptr<ImportTarget>;

namespace {

constexpr size_t kDeepest = 200; ///< imports inside imports

std::string realPath(const fs::path &path) {
  std::error_code failed;
  fs::path found = fs::weakly_canonical(path, failed);
  return failed ? path.string() : found.string();
}

/// The files and folders of a folder that can be imported, in the order of their names.
std::vector<fs::path> importable(const fs::path &folder) {
  std::vector<fs::path> found;
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed))
    if (entry->path().extension() == ".dl" && entry->is_regular_file(failed)) found.push_back(entry->path());
  std::sort(found.begin(), found.end());
  return found;
}

class Resolver {
public:
  Resolver(const std::vector<std::string> &searchPath, SourceManager &sources, Diagnostics &diagnostics)
      : searchPath_(searchPath), sources_(sources), diagnostics_(diagnostics) {}

  void run(ast::Program &root) {
    fs::path path = std::string(sources_.name(root.file));
    mainFolder_ = realPath(path.parent_path().empty() ? fs::path(".") : path.parent_path());
    open_.push_back({realPath(path), path.string()});
    importsOf(root, path.parent_path());
    nameFiles(root);
  }

private:
  struct Open {
    std::string canonical, shown;
  };

  void importsOf(ast::Program &program, const fs::path &folder) {
    for (ast::DeclPtr &decl : program.declarations)
      if (auto *import = ast::tryAs<ast::Import>(decl)) import->target = find(import->name, folder);
  }

  /// The file or folder of that name in `folder`; nothing if it has neither.
  TargetPtr in(const fs::path &folder, const ast::Identifier &name, bool &found) {
    fs::path file = folder / (name.text + ".dl"), inside = folder / name.text;
    std::error_code failed;
    bool isFile = fs::is_regular_file(file, failed), isFolder = fs::is_directory(inside, failed) && !importable(inside).empty();
    found = isFile || isFolder;
    if (isFile && isFolder) {
      diagnostics_.report(name.where, Diag::ImportAmbiguous, {name.text, file.string(), inside.string()});
      return nullptr;
    }
    return isFile ? readFile(file, name) : isFolder ? readFolder(inside, name) : nullptr;
  }

  TargetPtr find(const ast::Identifier &name, const fs::path &beside) {
    bool found = false;
    TargetPtr target = in(beside, name, found);
    for (size_t i = 0; !found && i < searchPath_.size(); ++i) target = in(searchPath_[i], name, found);
    if (found) return target;
    std::vector<fs::path> folders = {beside};
    folders.insert(folders.end(), searchPath_.begin(), searchPath_.end());
    std::vector<std::string> names;
    std::string looked;
    for (const fs::path &folder : folders) {
      for (const fs::path &file : importable(folder.empty() ? fs::path(".") : folder)) names.push_back(file.stem().string());
      looked += (looked.empty() ? "`" : ", `") + (folder.empty() ? std::string(".") : folder.string()) + "`";
    }
    Diagnostic &d = diagnostics_.report(name.where, Diag::ImportNotFound, {name.text});
    std::erase(names, fs::path(open_.back().canonical).stem().string()); // itself
    if (auto near = nearest(name.text, names)) d.meant(*near, name.where);
    else if (auto start = std::find_if(names.begin(), names.end(), [&](const std::string &one) { return one.starts_with(name.text) || name.text.starts_with(one); }); start != names.end())
      d.meant({*start});
    d.help("imports are looked up in " + looked + "; `-I FOLDER` adds another one");
    return nullptr;
  }

  /// Reports an import of what is being read.
  bool isOpen(const std::string &id, const ast::Identifier &name) {
    auto open = std::find_if(open_.begin(), open_.end(), [&](const Open &one) { return one.canonical == id; });
    if (open == open_.end()) return false;
    Diagnostic &d = diagnostics_.report(name.where, Diag::ImportCycle, {open->shown});
    std::string way;
    for (auto at = open; at != open_.end(); ++at) way += at->shown + " -> ";
    const bool itself = &*open == &open_.back();
    d.fact(way + open->shown).help(itself ? "leave it out: a file sees its own names" : "put what both need into a third file that each imports");
    return true;
  }

  TargetPtr readFolder(const fs::path &folder, const ast::Identifier &name) {
    const std::string id = realPath(folder);
    if (isOpen(id, name)) return nullptr;
    if (auto known = known_.find(id); known != known_.end()) return known->second;
    TargetPtr made = std::make_shared<ImportTarget>();
    open_.push_back({id, folder.string()});
    for (const fs::path &file : importable(folder))
      if (TargetPtr member = readFile(file, name)) made->members.emplace_back(file.stem().string(), std::move(member));
    open_.pop_back();
    return known_[id] = made;
  }

  TargetPtr readFile(const fs::path &file, const ast::Identifier &name) {
    const std::string id = realPath(file);
    if (isOpen(id, name)) return nullptr;
    if (auto known = known_.find(id); known != known_.end()) return known->second;
    if (open_.size() > kDeepest) {
      diagnostics_.report(name.where, Diag::CannotReadFile, {file.string(), "it is the " + std::to_string(kDeepest) + "th import inside another"});
      return nullptr;
    }
    auto text = data::readText(file.string());
    if (!text) {
      diagnostics_.report(name.where, Diag::CannotReadFile, {file.string(), text.message()});
      return nullptr;
    }
    uint32_t number = sources_.add(file.string(), std::move(*text));
    TargetPtr target = std::make_shared<ImportTarget>();
    target->program = parseProgram(number, sources_, diagnostics_);
    fs::path from = fs::path(realPath(file.parent_path().empty() ? fs::path(".") : file.parent_path()));
    fs::path relative = from.lexically_relative(mainFolder_);
    bool inside = !relative.empty() && *relative.begin() != "..";
    target->program->dataFolder = !inside ? from.string() : relative == "." ? "" : relative.string();
    open_.push_back({id, file.string()});
    importsOf(*target->program, file.parent_path());
    open_.pop_back();
    known_[id] = target;
    return target;
  }

  /// Shortest ways first; of equal ones the first that is written.
  void nameFiles(ast::Program &root) {
    struct Way {
      ast::Program *program;
      std::string prefix;
    };
    std::deque<Way> ways = {{&root, ""}};
    std::map<const ast::Program *, bool> named;
    std::function<void(const std::shared_ptr<const ImportTarget> &, const std::string &)> add = [&](const auto &target, const std::string &prefix) {
      if (!target) return;
      if (target->program) ways.push_back({target->program.get(), prefix});
      for (const auto &[name, member] : target->members) add(member, prefix + name + ".");
    };
    for (; !ways.empty(); ways.pop_front()) {
      Way way = ways.front();
      if (std::exchange(named[way.program], true)) continue;
      way.program->prefix = way.prefix;
      for (const ast::DeclPtr &decl : way.program->declarations)
        if (auto *import = ast::tryAs<ast::Import>(decl)) add(import->target, way.prefix + import->name.text + ".");
    }
  }

  const std::vector<std::string> &searchPath_;
  SourceManager &sources_;
  Diagnostics &diagnostics_;
  std::string mainFolder_;
  std::vector<Open> open_; ///< files whose imports are being read, from the main one on
  std::map<std::string, TargetPtr> known_;
};

} // namespace

void resolveImports(ast::Program &program, const std::vector<std::string> &searchPath, SourceManager &sources,
                    Diagnostics &diagnostics) {
  Resolver(searchPath, sources, diagnostics).run(program);
}

} // namespace dl::frontend
