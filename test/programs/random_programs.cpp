// Random programs against the laws of the compiler: see README.md.
#include "ir/text.h"
#include "test/programs/generator.h"
#include "test/programs/isolated.h"
#include "test/programs/random.h"
#include "test/programs/shrink.h"
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>

namespace {

using namespace dl::test;

struct Options {
  uint64_t seed = 1;
  int64_t programs = 100;
  int size = 0; ///< 0: each its own
  std::optional<Profile> profile; ///< none: in turn
  std::string file;
  bool print = false, shrink = true, keepGoing = false, compiles = true;
};

const char kUsage[] = "usage: random_programs [--seed N] [--programs M] [--profile bits|exact|smooth] [--size OPS]\n"
                      "                       [--file PROGRAM.dlir] [--print] [--no-shrink] [--keep-going] [--no-compile]\n";

bool parse(int argc, char **argv, Options &options) {
  for (int i = 1; i < argc; ++i) {
    std::string flag = argv[i];
    if (flag == "--print") options.print = true;
    else if (flag == "--no-shrink") options.shrink = false;
    else if (flag == "--keep-going") options.keepGoing = true;
    else if (flag == "--no-compile") options.compiles = false;
    else if (i + 1 == argc) return false;
    else if (flag == "--file") options.file = argv[++i];
    else if (flag == "--profile") {
      if (!(options.profile = profileOf(argv[++i]))) return false;
    } else {
      char *end = nullptr;
      unsigned long long number = std::strtoull(argv[++i], &end, 10);
      if (*end || end == argv[i]) return false;
      if (flag == "--seed") options.seed = number;
      else if (flag == "--programs") options.programs = static_cast<int64_t>(number);
      else if (flag == "--size") options.size = static_cast<int>(number);
      else return false;
    }
  }
  return true;
}

class Run {
public:
  explicit Run(const Options &options) : options_(options) {}

  int file() {
    std::ifstream in(options_.file);
    std::stringstream text;
    text << in.rdbuf();
    if (!in) return std::fprintf(stderr, "random_programs: cannot read %s\n", options_.file.c_str()), 2;
    Profile profile = options_.profile.value_or(Profile::Bits);
    check(text.str(), profile, options_.seed, "--file " + options_.file + " --profile " + name(profile) + " --seed " + std::to_string(options_.seed));
    return finish();
  }

  int programs() {
    for (int64_t i = 0; i < options_.programs; ++i) {
      uint64_t seed = options_.seed + static_cast<uint64_t>(i);
      Random random(seed);
      Profile profile = options_.profile.value_or(random.of({Profile::Bits, Profile::Bits, Profile::Exact, Profile::Smooth}));
      int size = options_.size ? options_.size : static_cast<int>(random.chance(10) ? random.between(10, 20) : random.between(1, 9));
      auto module = generateProgram(seed, profile, size);
      std::string text = dl::ir::printModule(*module);
      if (options_.print) std::printf("# seed %llu, %s\n%s", static_cast<unsigned long long>(seed), name(profile), text.c_str()), std::fflush(stdout);
      std::string replay = "--seed " + std::to_string(seed) + " --programs 1";
      if (options_.profile) replay += std::string(" --profile ") + name(profile);
      if (options_.size) replay += " --size " + std::to_string(size);
      if (!check(text, profile, seed, replay) && !options_.keepGoing) break;
    }
    return finish();
  }

private:
  bool check(const std::string &text, Profile profile, uint64_t seed, const std::string &replay) {
    ++checked_;
    Outcome outcome = checkIsolated(text, profile, seed, options_.compiles);
    if (outcome.refused) ++refused_[outcome.reason.substr(0, outcome.reason.find('\n'))];
    if (!outcome.broken) return true;
    ++broken_;
    std::string law = outcome.broken->law, small = text;
    if (options_.shrink) {
      small = shrinkProgram(text, [&](const std::string &smaller) {
        Outcome again = checkIsolated(smaller, profile, seed, options_.compiles);
        return again.broken && again.broken->law == law;
      });
      Outcome last = checkIsolated(small, profile, seed, options_.compiles);
      if (last.broken) outcome = last;
    }
    std::printf("broken: %s\n%s\nreplay: random_programs %s\nprofile %s, arguments of seed %llu:\n%s\n", law.c_str(), outcome.broken->detail.c_str(), replay.c_str(),
                name(profile), static_cast<unsigned long long>(seed), small.c_str());
    std::fflush(stdout);
    return false;
  }

  int finish() {
    int64_t refused = 0;
    for (const auto &[reason, count] : refused_) refused += count;
    std::printf("%lld programs, %lld broken, %lld refused\n", static_cast<long long>(checked_), static_cast<long long>(broken_), static_cast<long long>(refused));
    for (const auto &[reason, count] : refused_) std::printf("%6lld refused: %s\n", static_cast<long long>(count), reason.c_str());
    return broken_ ? 1 : 0;
  }

  const Options &options_;
  int64_t checked_ = 0, broken_ = 0;
  std::map<std::string, int64_t> refused_;
};

} // namespace

int main(int argc, char **argv) {
  Options options;
  if (!parse(argc, argv, options)) return std::fputs(kUsage, stderr), 2;
  Run run(options);
  return options.file.empty() ? run.programs() : run.file();
}
