#include "runtime/cli/command_line.h"
#include "runtime/cli/help.h"
#include "runtime/cli/suggest.h"
#include "runtime/values.h"
#include <algorithm>
#include <boost/program_options.hpp>
#include <charconv>
#include <cmath>
#include <cstring>

namespace po = boost::program_options;

namespace dl::rt {

namespace {

std::string folderOf(const std::string &executable) { return executable.empty() ? "program" : executable; }

/// The option of the file of that name. Every command takes it, those too whose work does not depend on it.
const dl_param *fileOption(const dl_program &program, const std::string &name) {
  for (uint64_t e = 0; e < program.n_entries; ++e)
    for (uint64_t i = 0; i < program.entries[e].n_params; ++i) {
      const dl_param &param = program.entries[e].params[i];
      if ((param.flags & DL_PARAM_GLOBAL) && isFlag(param) && name == param.name) return &param;
    }
  return nullptr;
}

/// The flag of the command of that name.
const dl_param *flagOf(const dl_program &program, const dl_entry &entry, const std::string &name) {
  for (uint64_t i = 0; i < entry.n_params; ++i)
    if (isFlag(entry.params[i]) && name == entry.params[i].name) return &entry.params[i];
  return fileOption(program, name);
}

bool isBool(const dl_program &program, const dl_entry &entry, const std::string &name) {
  const dl_param *flag = flagOf(program, entry, name);
  return flag && flag->type.rank == 0 && flag->type.elem == DL_BOOL;
}

/// Joins flags whose value may be left out with the value behind them, so that the library need not guess:
/// `--resume runs/fit-3` and `--loud false` become `--resume=runs/fit-3` and `--loud=false`.
std::vector<std::string> normalise(const dl_program &program, const dl_entry &entry, int argc, const char *const *argv, int first) {
  std::vector<std::string> words;
  for (int i = first; i < argc; ++i) {
    std::string word = argv[i];
    if (word == "-h") word = "--help";
    bool more = i + 1 < argc;
    if (word == "--resume")
      word += more && std::strncmp(argv[i + 1], "--", 2) != 0 ? std::string("=") + argv[++i] : "=newest";
    else if (word.rfind("--", 0) == 0 && isBool(program, entry, word.substr(2))) {
      bool value = more && (!std::strcmp(argv[i + 1], "true") || !std::strcmp(argv[i + 1], "false"));
      word += value ? std::string("=") + argv[++i] : "=true";
    }
    words.push_back(word);
  }
  return words;
}

std::string unknownFlag(const dl_program &program, const dl_entry &entry, const std::string &given,
                        const std::vector<std::string> &known, const std::string &executable) {
  std::string name = given;
  while (!name.empty() && name[0] == '-') name.erase(0, 1);
  name = name.substr(0, name.find('='));
  for (uint64_t i = 0; i < program.n_statics; ++i)
    if (name == program.statics[i].name)
      return "`" + name + "` is a plain number, fixed when the program is built (here " + program.statics[i].value +
             "); build another: dlc " + program.source + " -D " + name + "=VALUE -o " + executable;
  for (uint64_t e = 0; e < program.n_entries; ++e) // a flag of another command
    for (uint64_t i = 0; i < program.entries[e].n_params; ++i)
      if (isFlag(program.entries[e].params[i]) && name == program.entries[e].params[i].name)
        return "`" + std::string(entry.name) + "` has no flag --" + name + "; `" + program.entries[e].name + "` has";
  return "unknown flag --" + name + didYouMean(name, known, "--") + "; " + executable + " " + entry.name +
         " --help lists all";
}

Result<int64_t> wholeNumber(const std::string &flag, const std::string &text, int64_t least) {
  int64_t value = 0;
  auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || at != text.data() + text.size() || value < least)
    return failure("--" + flag + ": `" + text + "` is not an integer of at least " + std::to_string(least));
  return value;
}

Status readCommon(const std::string &name, const std::string &text, Settings &settings) {
  if (name == "seed") {
    auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), settings.seed);
    if (error != std::errc() || at != text.data() + text.size())
      return failure("--seed: `" + text + "` is not an integer from 0 to 18446744073709551615");
    settings.seedGiven = true;
  } else if (name == "threads") {
    DL_TRY(value, wholeNumber(name, text, 1));
    if (value > 4096) return failure("--threads: at most 4096");
    settings.threads = value;
  } else if (name == "checkpoint-every") {
    double value = 0;
    auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || at != text.data() + text.size() || !(value >= 0) || value > 1e9)
      return failure("--checkpoint-every: `" + text + "` is not a number of seconds");
    settings.checkpointEvery = value;
  } else if (name == "data-dir")
    settings.dataDir = text;
  else if (name == "run")
    settings.run = text;
  else if (name == "from")
    settings.from = text;
  else if (name == "resume")
    settings.resume = text;
  return Done{};
}

/// Hands the value of one flag to where it belongs.
Status readFlag(const dl_program &program, const dl_entry &entry, const std::string &name, const std::string &text,
                Settings &settings) {
  for (uint64_t i = 0; i < entry.n_params; ++i)
    if (isFlag(entry.params[i]) && name == entry.params[i].name) {
      if (settings.values[i]) return failure("--" + name + " is given twice");
      settings.values[i] = text;
      return Done{};
    }
  if (const dl_param *option = fileOption(program, name)) {
    const bool plain = option->type.rank == 0 && option->type.elem != DL_TEXT;
    if (auto value = plain ? parseWord(*option, text) : Result<uint64_t>(0); !value) return failure("--" + name + ": " + value.message());
    return Done{};
  }
  for (uint64_t i = 0; i < program.n_tables; ++i)
    if (name == program.tables[i].name) {
      settings.tables[i] = text;
      return Done{};
    }
  return readCommon(name, text, settings);
}

const dl_entry *findEntry(const dl_program &program, const std::string &name) {
  for (uint64_t i = 0; i < program.n_entries; ++i)
    if (name == program.entries[i].name) return &program.entries[i];
  return nullptr;
}

std::string unknownCommand(const dl_program &program, const std::string &word) {
  std::vector<std::string> names{"info"};
  for (uint64_t i = 0; i < program.n_entries; ++i) names.push_back(program.entries[i].name);
  if (word.rfind("-", 0) == 0) return "a command comes before its flags; the commands are " + commandNames(program);
  return "no command `" + word + "`" + didYouMean(word, names) + "; the commands are " + commandNames(program);
}

} // namespace

Result<Invocation> parseCommandLine(const dl_program &program, int argc, const char *const *argv) {
  Invocation call;
  call.settings.tables.resize(program.n_tables);
  std::string executable = call.settings.executable = folderOf(argc > 0 ? argv[0] : "");
  std::string command = argc > 1 ? argv[1] : "";
  if (command.empty() || command == "--help" || command == "-h" || command == "help") return call;
  call.entry = findEntry(program, command);
  if (!call.entry && command == "info") {
    call.kind = Invocation::Kind::Info;
    return call;
  }
  if (!call.entry) return failure(unknownCommand(program, command));
  const dl_entry &entry = *call.entry;
  call.settings.values.resize(entry.n_params);

  std::vector<std::string> known;
  for (uint64_t i = 0; i < entry.n_params; ++i)
    if (isFlag(entry.params[i])) known.push_back(entry.params[i].name);
  for (uint64_t e = 0; e < program.n_entries; ++e)
    for (uint64_t i = 0; i < program.entries[e].n_params; ++i) {
      const dl_param &param = program.entries[e].params[i];
      const bool other = (param.flags & DL_PARAM_GLOBAL) && isFlag(param);
      if (other && std::find(known.begin(), known.end(), param.name) == known.end()) known.push_back(param.name);
    }
  for (uint64_t i = 0; i < program.n_tables; ++i)
    if (program.tables[i].kind != DL_TABLE_RANGE) known.push_back(program.tables[i].name);
  for (int i = 0; i < kCommonFlagCount; ++i) known.push_back(kCommonFlags[i].name);

  try {
    po::options_description flags;
    for (const std::string &name : known) {
      if (name == "help")
        flags.add_options()("help", "");
      else
        flags.add_options()(name.c_str(), po::value<std::vector<std::string>>(), "");
    }
    using namespace po::command_line_style;
    auto parsed = po::command_line_parser(normalise(program, entry, argc, argv, 2))
                      .options(flags)
                      .style(allow_long | long_allow_adjacent | long_allow_next)
                      .allow_unregistered()
                      .run();
    for (const auto &option : parsed.options) {
      if (option.string_key == "help") {
        call.kind = Invocation::Kind::CommandHelp;
        return call;
      }
      if (option.position_key >= 0 || option.string_key.empty())
        return failure("`" + (option.value.empty() ? "" : option.value[0]) +
                       "` stands alone; values belong to flags: --name value");
      if (option.unregistered)
        return failure(unknownFlag(program, entry, option.original_tokens[0], known, executable));
      if (option.value.empty()) return failure("--" + option.string_key + " needs a value");
      DL_CHECK_OK(readFlag(program, entry, option.string_key, option.value[0], call.settings));
    }
  } catch (const po::error &problem) {
    std::string text = problem.what();
    return failure(text);
  }
  call.kind = Invocation::Kind::Run;
  if (call.settings.resume && call.settings.from)
    return failure("--resume continues a run as it was; --from cannot be combined with it");
  return call;
}

} // namespace dl::rt
