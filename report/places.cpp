#include "report/places.h"

namespace dl::report {

bool Places::inLibrary(SourceRange where) const { return sources_.name(where.file).starts_with("prelude/"); }

SourceRange Places::inUserText(const ir::Origin &origin) const {
  SourceRange where = origin;
  uint32_t site = origin.site;
  if (site && module_.site(site).ofLibrary) where = {}; // the call says it better than the whole of a chain `x |> f |> g`
  for (; !where.valid() || inLibrary(where); site = module_.site(site).parent) {
    if (!site) return {};
    where = module_.site(site).where;
  }
  return where;
}

uint32_t Places::instanceOf(const ir::Origin &origin) const {
  uint32_t site = origin.site;
  auto isMember = [](const ir::Site &call) { return !call.model.empty() && call.name != call.model; };
  while (site && !isMember(module_.site(site))) site = module_.site(site).parent;
  return site;
}

uint32_t Places::rootOf(const ir::Origin &origin) const {
  uint32_t root = 0;
  for (uint32_t site = origin.site; site; site = module_.site(site).parent)
    if (!module_.site(site).output.empty()) root = site;
  return root;
}

uint32_t Places::preludeCallOf(const ir::Origin &origin) const {
  uint32_t found = 0;
  for (uint32_t site = origin.site; site; site = module_.site(site).parent)
    if (module_.site(site).ofLibrary) found = site;
  return found;
}

std::string Places::lineName(SourceRange where) const {
  if (!where.valid()) return "";
  std::string line = "line " + std::to_string(sources_.start(where).line);
  return where.file == 1 ? line : std::string(sources_.name(where.file)) + " " + line;
}

static std::string onOneLine(std::string_view text, size_t most) {
  std::string out;
  for (char c : text) {
    bool space = c == ' ' || c == '\n' || c == '\t';
    if (!space) out += c;
    else if (!out.empty() && out.back() != ' ') out += ' ';
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  if (out.size() <= most) return out;
  size_t end = most - 3;
  while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) --end; // no half characters
  return out.substr(0, end) + "...";
}

std::string Places::text(SourceRange where, size_t most) const {
  return where.valid() ? onOneLine(sources_.text(where.file).substr(where.begin, where.end - where.begin), most) : "";
}

std::string Places::lineText(SourceRange where, size_t most) const {
  if (!where.valid()) return "";
  std::string_view line = sources_.line(where.file, sources_.start(where).line);
  return onOneLine(line.substr(0, line.find(" #")), most);
}

std::string shapeText(const ir::Type &type, const Dim &rows) {
  DimAtom *batch = rows.asAtom();
  std::string text = type.elem == ir::Elem::I32 ? "int" : ir::name(type.elem);
  for (size_t d = 0; d < type.dims.size(); ++d) {
    const Dim &n = type.dims[d];
    bool whole = d == 0 && !rows.isConstant(0) && n == rows;
    text += (d ? ", " : "[") + (whole ? "b" : n.str([&](DimAtom *atom) { return atom == batch ? std::string("b") : atom->name; }));
  }
  return text + (type.isScalar() ? "" : "]");
}

} // namespace dl::report
