#include "driver/options.h"
#include "driver/files.h"
#include "support/diagnostics.h"
#include <algorithm>
#include <boost/program_options.hpp>
#include <filesystem>
#include <sstream>

namespace po = boost::program_options;

namespace dl::driver {

namespace {

const std::pair<const char *, Command> kCommands[] = {
    {"run", Command::Run},       {"test", Command::Test},    {"check", Command::Check}, {"fmt", Command::Format},
    {"report", Command::Report}, {"doc", Command::Document}, {"diff", Command::Diff},   {"explain", Command::Explain}};
const std::pair<const char *, Emit> kStages[] = {
    {"ast", Emit::Ast},     {"checked", Emit::Checked}, {"ir", Emit::Ir},     {"values", Emit::Values},
    {"work", Emit::Work},   {"loops", Emit::Loops},     {"memory", Emit::Memory}, {"llvm", Emit::Llvm},
    {"asm", Emit::Asm},     {"obj", Emit::Object},      {"exe", Emit::Executable}};
const char *const kCpus[] = {"native", "x86-64-v3", "x86-64-v4"};

using Words = std::vector<std::string>;

struct Groups {
  static constexpr unsigned kWidth = 100;
  po::options_description output{"What comes out", kWidth}, program{"The program", kWidth};
  po::options_description code{"Generated code", kWidth}, passes{"Passes", kWidth}, other{"Other", kWidth}, hidden, all;
  Groups() {
    auto text = [](const char *name) { return po::value<std::string>()->value_name(name); };
    auto words = [](const char *name) { return po::value<Words>()->composing()->value_name(name); };
    output.add_options()                                                                          //
        ("output,o", text("FILE"), "where the result goes (default: the input's name without ending; - is the terminal)") //
        ("emit", text("STAGE"), "print a stage instead: ast checked ir values work loops memory llvm asm obj") //
        ("svg", text("FILE"), "dlc report: draw the layers, with shapes on the edges, into this file");
    program.add_options()                                                                        //
        ("define,D", words("NAME=VALUE"), "set a plain top-level number of the program")          //
        ("import-path,I", words("DIR"), "where imports are looked up, behind the folder of the importing file") //
        ("data-dir", text("DIR"), "where relative data paths are looked up (default: the source's folder)") //
        ("seed", po::value<uint64_t>()->value_name("N"), "seed for --emit=values and diff (default 0)") //
        ("check-gradients", "dlc test: compare every gradient that a test reaches with central differences in f64");
    code.add_options()                                                                                     //
        ("optimise,O", po::value<int>()->value_name("LEVEL"), "-O0 to -O3 (default 2): rewrites that may change bits begin at 1") //
        ("cpu", text("NAME"), "native, x86-64-v3 (AVX2, FMA) or x86-64-v4 (AVX-512); same results on each") //
        ("denormals", text("MODE"), "flush (default) or keep subnormal numbers");
    passes.add_options()                                                                    //
        ("passes", text("A,B"), "run exactly these passes")                                 //
        ("print-after", words("PASS"), "print the IR after this pass (all: after each that changed it)") //
        ("stop-after", text("PASS"), "end the pipeline behind this pass")                   //
        ("disable", words("PASS"), "leave out an optional pass")                            //
        ("time-passes", "a table of the time each stage and pass took, and of instruction counts") //
        ("explain-fusion", "say for each pair of kernels why they were or were not fused")  //
        ("help-passes", "list the passes");
    other.add_options()("check", "dlc fmt: only say which files are not in canonical form") //
        ("fix", "dlc check: write what the messages propose into the files")                 //
        ("json", "messages as one JSON object a line")                                       //
        ("no-warnings", "show errors only")("warnings-as-errors", "a warning makes the command fail, too") //
        ("verify-diagnostics", "compare the messages with the `# expected-error` comments of the source")  //
        ("version", "print the version")("help,h", "print this");
    hidden.add_options()("input", po::value<Words>());
    all.add(output).add(program).add(code).add(passes).add(other).add(hidden);
  }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto &option : all.options())
      if (option->long_name() != "input") found.push_back("--" + option->long_name());
    return found;
  }
};

Words split(const std::string &text) {
  Words parts;
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');)
    if (!part.empty()) parts.push_back(part);
  return parts;
}

Words splitAll(const po::variables_map &given, const char *name) {
  Words parts;
  if (given.count(name))
    for (const std::string &text : given[name].as<Words>())
      for (std::string &part : split(text)) parts.push_back(std::move(part));
  return parts;
}

/// "; did you mean `x`?", or nothing.
std::string hint(const std::string &name, const Words &candidates) {
  auto found = nearest(name, candidates);
  return found ? "; did you mean `" + found->name + "`?" : "";
}

Status readStage(const std::string &name, CompilerOptions &options) {
  Words names;
  for (auto [text, stage] : kStages) {
    if (name == text) return options.emit = stage, Done{};
    names.push_back(text);
  }
  return failure("`" + name + "` is no stage" + hint(name, names));
}

Status readDefines(const po::variables_map &given, CompilerOptions &options) {
  if (!given.count("define")) return Done{};
  for (const std::string &text : given["define"].as<Words>()) {
    size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
      return failure("`-D " + text + "` is not NAME=VALUE");
    options.defines.push_back({text.substr(0, equals), text.substr(equals + 1)});
  }
  return Done{};
}

Status readCode(const po::variables_map &given, CompilerOptions &options) {
  if (given.count("optimise")) options.level = given["optimise"].as<int>();
  if (options.level < 0 || options.level > 3) return failure("`-O" + std::to_string(options.level) + "`: levels are 0 to 3");
  if (given.count("cpu")) options.cpu = given["cpu"].as<std::string>();
  Words cpus(std::begin(kCpus), std::end(kCpus));
  if (std::find(cpus.begin(), cpus.end(), options.cpu) == cpus.end())
    return failure("`--cpu=" + options.cpu + "`: known are native, x86-64-v3 and x86-64-v4" + hint(options.cpu, cpus));
  if (given.count("denormals")) {
    std::string mode = given["denormals"].as<std::string>();
    if (mode != "flush" && mode != "keep") return failure("`--denormals=" + mode + "`: write flush or keep");
    options.flushDenormals = mode == "flush";
    options.denormalsGiven = true;
  }
  return Done{};
}

Status checkInputs(const CompilerOptions &options) {
  size_t n = options.inputs.size();
  if (options.help || options.helpPasses || options.version) return Done{};
  if (options.command == Command::Diff) {
    if (n != 2) return failure("`dlc diff` compares two files");
  } else if (options.command == Command::Explain) {
    if (n != 1) return failure("`dlc explain` takes one code, for instance DL0301");
  } else if (options.command == Command::Format) {
    if (n == 0) return failure("`dlc fmt` takes the files to format");
  } else if (options.command == Command::Document) {
    if (n > 1) return failure("`dlc doc` documents one file at a time; without a file the library");
  } else if (n == 0) {
    return failure("no input file");
  } else if (n > 1) {
    Words names;
    for (auto [name, command] : kCommands) names.emplace_back(name);
    if (options.command == Command::Compile && options.inputs[0].find('.') == std::string::npos && !std::filesystem::exists(options.inputs[0]))
      return failure("there is no command and no file `" + options.inputs[0] + "`" + hint(options.inputs[0], names));
    return failure("one input file at a time; `" + options.inputs[1] + "` is a second one");
  }
  return Done{};
}

/// What is written never takes the place of a program's text.
Status checkOutput(const CompilerOptions &options) {
  for (const std::string &file : {resultName(options), options.svg})
    for (const std::string &input : options.inputs) {
      std::error_code ignored;
      if (file.empty() || file == "-") continue;
      if (std::filesystem::equivalent(file, input, ignored)) return failure("the result would take the place of the input `" + input + "`; give it another name with -o");
      if (file.size() > 3 && file.compare(file.size() - 3, 3, ".dl") == 0)
        return failure("the result would be called `" + file + "`, as the text of a program; give it another name");
    }
  return Done{};
}

} // namespace

std::string resultName(const CompilerOptions &options) {
  const bool made = options.command == Command::Compile && (options.emit == Emit::Executable || options.emit == Emit::Object);
  if (!options.output.empty() || !made || options.inputs.empty()) return options.output;
  return stem(options.inputs[0]) + (options.emit == Emit::Object ? ".o" : "");
}

Result<CompilerOptions> parseOptions(const std::vector<std::string> &arguments) {
  CompilerOptions options;
  Groups groups;
  auto begin = arguments.begin(), end = std::find(arguments.begin(), arguments.end(), "--");
  if (end != arguments.end()) options.programArguments.assign(end + 1, arguments.end());
  if (begin != end)
    for (auto [name, command] : kCommands)
      if (*begin == name) {
        options.command = command;
        ++begin;
        break;
      }
  if (!options.programArguments.empty() && options.command != Command::Run)
    return failure("arguments after `--` belong to `dlc run FILE -- ARGUMENTS`");

  po::variables_map given;
  try {
    po::positional_options_description positional;
    positional.add("input", -1);
    using namespace po::command_line_style;
    int style = (unix_style | case_insensitive) & ~allow_guessing & ~case_insensitive;
    po::store(po::command_line_parser(std::vector<std::string>(begin, end)).options(groups.all).positional(positional).style(style).run(),
              given);
  } catch (const po::unknown_option &unknown) {
    std::string name = unknown.get_option_name();
    name = name.substr(0, name.find('='));
    return failure("unknown option `" + name + "`" + hint(name, groups.names()));
  } catch (const po::error &error) {
    return failure(error.what());
  }

  if (given.count("input")) options.inputs = given["input"].as<Words>();
  if (given.count("output")) options.output = given["output"].as<std::string>();
  if (given.count("data-dir")) options.dataDir = given["data-dir"].as<std::string>();
  if (given.count("import-path")) options.importPath = given["import-path"].as<Words>();
  if (given.count("seed")) options.seed = given["seed"].as<uint64_t>();
  if (given.count("emit")) DL_CHECK_OK(readStage(given["emit"].as<std::string>(), options));
  DL_CHECK_OK(readDefines(given, options));
  DL_CHECK_OK(readCode(given, options));
  if (given.count("passes")) options.passes = split(given["passes"].as<std::string>());
  options.printAfter = splitAll(given, "print-after");
  options.disabled = splitAll(given, "disable");
  if (given.count("stop-after")) options.stopAfter = given["stop-after"].as<std::string>();
  options.timePasses = given.count("time-passes") != 0;
  options.explainFusion = given.count("explain-fusion") != 0;
  options.verifyDiagnostics = given.count("verify-diagnostics") != 0;
  options.checkGradients = given.count("check-gradients") != 0;
  if (options.checkGradients && options.command != Command::Test) return failure("--check-gradients belongs to `dlc test`");
  options.check = given.count("check") != 0;
  if (options.check && options.command != Command::Format) return failure("--check belongs to `dlc fmt`; `dlc check FILE` looks for mistakes");
  options.json = given.count("json") != 0;
  if (given.count("svg")) options.svg = given["svg"].as<std::string>();
  if (!options.svg.empty() && options.command != Command::Report) return failure("--svg belongs to `dlc report`");
  options.noWarnings = given.count("no-warnings") != 0;
  options.warningsAsErrors = given.count("warnings-as-errors") != 0;
  if (options.noWarnings && options.warningsAsErrors) return failure("--no-warnings leaves --warnings-as-errors nothing to do");
  options.fix = given.count("fix") != 0;
  if (options.fix && options.command != Command::Check) return failure("--fix belongs to `dlc check`");
  options.helpPasses = given.count("help-passes") != 0;
  options.version = given.count("version") != 0;
  options.help = given.count("help") != 0;
  DL_CHECK_OK(checkInputs(options));
  DL_CHECK_OK(checkOutput(options));
  return options;
}

std::string helpText() {
  Groups groups;
  std::ostringstream out;
  out << "dlc compiles a `.dl` program into one native executable.\n\n"
         "  dlc FILE.dl -o PROGRAM          build PROGRAM; it lists its own commands when called bare\n"
         "  dlc run FILE.dl -- ARGUMENTS    compile in memory and run a command at once\n"
         "  dlc test FILE.dl                run the `test` blocks of a file\n"
         "  dlc check FILE.dl               only look for mistakes\n"
         "  dlc fmt FILE...                 write files in canonical form\n"
         "  dlc report FILE.dl              what each layer and line costs: shapes, parameters, arithmetic, memory\n"
         "  dlc doc [FILE.dl]               what a file (or the library) declares, from its ## comments, as Markdown\n"
         "  dlc FILE --emit=STAGE           print a stage; FILE.dlir (IR text) is an input too\n"
         "  dlc diff A.dlir B.dlir          evaluate both and compare the results bit by bit\n"
         "  dlc explain DL0301              what a message means and how to repair it\n\n";
  for (const po::options_description *group : {&groups.output, &groups.program, &groups.code, &groups.passes, &groups.other})
    out << *group << "\n";
  return out.str();
}

} // namespace dl::driver
