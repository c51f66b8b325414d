#include "runtime/cli/help.h"
#include "runtime/settings.h"
#include "runtime/values.h"
#include <algorithm>
#include <vector>

namespace dl::rt {

const CommonFlag kCommonFlags[] = {
    {"seed", "N", "start of all randomness (default 0)"},
    {"threads", "N", "threads (default: every core); the results do not depend on it"},
    {"data-dir", "DIR", "where relative data paths are looked up"},
    {"run", "DIR", "folder for weights, metrics and snapshots (default runs/COMMAND-N)"},
    {"from", "RUN", "start from this run or safetensors file; none: start afresh"},
    {"resume", "[RUN]", "go on where the newest run, or RUN, was interrupted"},
    {"checkpoint-every", "S", "seconds between snapshots (default 60)"},
    {"help", "", "this page"},
};
const int kCommonFlagCount = sizeof kCommonFlags / sizeof *kCommonFlags;

namespace {

struct Row {
  std::string left, right;
};

/// Two columns; the right one is broken at 100 characters.
std::string table(const std::vector<Row> &rows) {
  size_t width = 0;
  for (const Row &row : rows) width = std::max(width, row.left.size());
  width = std::min<size_t>(width, 30);
  std::string text;
  for (const Row &row : rows) {
    std::string line = "  " + row.left;
    size_t column = width + 4;
    if (line.size() + 2 > column && !row.right.empty()) text += line + "\n", line.clear();
    line.resize(std::max(line.size(), column), ' ');
    size_t start = 0;
    while (start < row.right.size()) {
      size_t end = row.right.find(' ', start);
      if (end == std::string::npos) end = row.right.size();
      if (line.size() > column && line.size() + end - start > 100) {
        text += line + "\n";
        line.assign(column, ' ');
      }
      if (line.size() > column) line += ' ';
      line += row.right.substr(start, end - start);
      start = end + 1;
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    text += line + "\n";
  }
  return text;
}

std::string firstSentence(const char *help) {
  if (!help) return "";
  std::string text = help;
  for (char &c : text)
    if (c == '\n') c = ' ';
  return text;
}

std::string join(const std::string &a, const std::string &b) { return a.empty() ? b : b.empty() ? a : a + " " + b; }

std::string operand(const dl_param &param) {
  if (param.type.elem == DL_TEXT) return "TEXT";
  if (param.type.rank > 0) return "VALUES|FILE";
  if (param.type.elem == DL_BOOL) return "";
  if (param.n_names) return "NAME";
  return param.type.elem <= DL_F16 ? "X" : "N";
}

/// On one line, as the program writes it.
std::string quoted(const std::string &text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '\n') out += "\\n";
    else if (c == '\t') out += "\\t";
    else out += (c == '"' || c == '\\' ? "\\" : "") + std::string(1, c);
  }
  return out + "\"";
}

Row flagRow(const dl_param &param) {
  std::string note;
  bool preset = param.flags & DL_PARAM_PRESET;
  if (param.type.rank > 0 && param.type.elem != DL_TEXT)
    note = typeText(param);
  else if (param.n_names || (param.flags & DL_PARAM_RANGED))
    note = typeText(param);
  std::string value;
  if (preset && param.type.elem == DL_TEXT)
    value = quoted(presetText(param));
  else if (preset && param.type.rank == 0)
    value = wordText(param, param.preset);
  if (!preset)
    note += note.empty() ? "required" : "; required";
  else if (!value.empty() && !(param.type.elem == DL_BOOL && param.preset == 0))
    note += (note.empty() ? "default " : "; default ") + value;
  std::string left = "--" + join(param.name, operand(param));
  return {left, join(firstSentence(param.help), note.empty() ? "" : "(" + note + ")")};
}

const char *kindText(uint32_t kind) {
  switch (kind) {
  case DL_TABLE_CSV: return "csv";
  case DL_TABLE_IDX: return "idx: IMAGES,LABELS";
  case DL_TABLE_NPY: return "npy";
  case DL_TABLE_NPZ: return "npz";
  case DL_TABLE_IMAGES: return "a folder of images";
  case DL_TABLE_LINES: return "text";
  default: return "";
  }
}

} // namespace

std::string commandNames(const dl_program &program) {
  std::string names;
  for (uint64_t i = 0; i < program.n_entries; ++i)
    if (!program.entries[i].is_test) names += std::string(program.entries[i].name) + ", ";
  return names + "info";
}

std::string programHelp(const dl_program &program, const std::string &executable) {
  std::string text = program.name;
  if (program.help) text += ": " + firstSentence(program.help);
  text += "\n\ncommands\n";
  std::vector<Row> rows;
  for (uint64_t i = 0; i < program.n_entries; ++i)
    if (!program.entries[i].is_test) rows.push_back({program.entries[i].name, firstSentence(program.entries[i].help)});
  rows.push_back({"info", "layers, shapes, parameter counts, floating-point operations"});
  return text + table(rows) + "\n" + executable + " COMMAND --help shows what a command takes.\n";
}

std::string commandHelp(const dl_program &program, const dl_entry &entry, const std::string &executable) {
  std::vector<Row> own, options, data, common;
  std::string usage = "usage: " + executable + " " + entry.name;
  for (uint64_t i = 0; i < entry.n_params; ++i) {
    const dl_param &param = entry.params[i];
    if (!isFlag(param)) continue;
    (param.flags & DL_PARAM_GLOBAL ? options : own).push_back(flagRow(param));
    if (!(param.flags & DL_PARAM_PRESET)) usage += " --" + join(param.name, operand(param));
  }
  for (uint64_t i = 0; i < entry.n_tables; ++i) {
    const dl_table &t = program.tables[entry.tables[i]];
    if (t.kind == DL_TABLE_RANGE) continue;
    std::string paths;
    for (uint64_t p = 0; p < t.n_paths; ++p) paths += (p ? "," : "") + std::string(t.paths[p]);
    data.push_back({std::string("--") + t.name +
                        (t.kind == DL_TABLE_IMAGES ? " DIR"
                         : t.n_paths > 1           ? " FILES"
                                                   : " FILE"),
                    std::string(kindText(t.kind)) + " (default " + paths + ")"});
  }
  for (int i = 0; i < kCommonFlagCount; ++i) {
    const CommonFlag &flag = kCommonFlags[i];
    common.push_back({join(std::string("--") + flag.name, flag.operand), flag.help});
  }
  std::string text = usage + " [flags]\n";
  if (entry.help) text += "\n" + std::string(entry.help) + "\n";
  auto section = [&](const char *title, const std::vector<Row> &rows) {
    if (!rows.empty()) text += std::string("\n") + title + "\n" + table(rows);
  };
  section("flags", own);
  section("options of the program", options);
  section("data", data);
  section("every command", common);
  return text;
}

} // namespace dl::rt
