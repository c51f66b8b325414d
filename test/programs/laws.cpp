#include "test/programs/laws.h"
#include "ir/clone.h"
#include "ir/text.h"
#include "passes/pipeline.h"
#include "test/programs/differences.h"
#include "test/programs/inputs.h"
#include "test/programs/random.h"
#include "test/programs/rounding.h"
#include "test/unit/agreement/compiled_entry.h"
#include <algorithm>

namespace dl::test {

using namespace ir;

namespace {

using Results = std::vector<Tensor>;
constexpr int kTrials = 3;
constexpr int64_t kMostOps = 2'000'000;

/// Passes that change no bit, whatever the program.
const std::vector<std::string> kMeaning = {"inline_calls", "expand_grad", "strip_markers"};
/// Passes of -O1 and above that are exact for themselves, but enable others to choose another order of sums.
bool isNumeric(const std::string &pass) {
  return pass == "simplify" || pass == "canonicalise_contractions" || pass == "split_residues" || pass == "batch_maps";
}

std::string show(const Tensor &t, int64_t i) {
  char text[80];
  std::snprintf(text, sizeof text, "%.17g (0x%llx)", t.number(i), static_cast<unsigned long long>(t.bits(i)));
  return text;
}

std::string shapeOf(const Tensor &t) {
  Type type(t.elem);
  for (int64_t d : t.shape) type.dims.emplace_back(d);
  return type.str();
}

/// Where two lists of results differ by bits, or nothing.
std::string difference(const Results &want, const Results &got) {
  if (want.size() != got.size()) return std::to_string(want.size()) + " results and " + std::to_string(got.size());
  for (size_t k = 0; k < want.size(); ++k) {
    if (want[k].sameAs(got[k])) continue;
    std::string which = "result " + std::to_string(k) + ": ";
    if (want[k].shape != got[k].shape || want[k].elem != got[k].elem) return which + shapeOf(want[k]) + " and " + shapeOf(got[k]);
    for (int64_t i = 0; i < want[k].count(); ++i) {
      Tensor a = Tensor::scalar(want[k].elem, want[k].bits(i)), b = Tensor::scalar(want[k].elem, got[k].bits(i));
      if (!a.sameAs(b)) return which + shapeOf(want[k]) + ", element " + std::to_string(i) + ": " + show(want[k], i) + " and " + show(got[k], i);
    }
  }
  return "";
}

class Laws {
public:
  Laws(const std::string &text, Profile profile, uint64_t seed, bool compiles) : text_(text), profile_(profile), seed_(seed), compiles_(compiles) {}

  Outcome run() {
    if (roundTrip() && meaning() && level(0) && exactPasses() && level(3)) gradients();
    return outcome_;
  }

private:
  bool broken(const std::string &law, const std::string &detail) {
    outcome_.broken = Broken{law, detail};
    return false;
  }

  std::unique_ptr<Module> read(const std::string &text) {
    Diagnostics diags(sources_);
    auto module = parseModule(sources_.add("program.dlir", text), sources_, diags);
    if (!module) broken("reads", diags.render() + text);
    return module;
  }

  bool roundTrip() {
    auto module = read(text_);
    if (!module) return false;
    std::string again = printModule(*module);
    if (again != text_) return broken("reads what it prints", again);
    std::vector<std::string> problems;
    return verifyModule(*module, problems) || broken("verifies", problems[0]);
  }

  /// The module behind these passes; nullptr if a law is broken or the program is refused.
  std::unique_ptr<Module> transform(const passes::PipelineOptions &options, const std::string &what) {
    auto module = read(text_);
    if (!module) return nullptr;
    Diagnostics diags(sources_);
    auto report = passes::runPipeline(*module, options, diags);
    if (!report) return broken("passes keep the laws of the graph, " + what, report.message()), nullptr;
    if (diags.hasErrors()) return outcome_.refused = true, outcome_.reason = diags.render(), nullptr;
    return module;
  }

  std::optional<Results> evaluateAt(const Module &module, int trial, const std::string &law) {
    const Function &f = *module.functions.back();
    EvaluateOptions options;
    options.maxOps = kMostOps;
    auto results = evaluate(module, f, argumentsFor(f, seed_, trial), options);
    if (!results) return broken(law, "not evaluated: " + results.message()), std::nullopt;
    return std::move(*results);
  }

  /// What the program means: the evaluator, derivatives expanded.
  bool meaning() {
    passes::PipelineOptions options;
    options.only = kMeaning;
    auto module = transform(options, "derivatives");
    if (!module) return false;
    for (int trial = 0; trial < kTrials; ++trial) {
      auto results = evaluateAt(*module, trial, "is evaluated");
      if (!results) return false;
      meaning_.push_back(std::move(*results));
    }
    return true;
  }

  bool agrees(const std::string &law, const Results &want, const Results &got, int trial) {
    std::string text = difference(want, got);
    return text.empty() || broken(law, "arguments " + std::to_string(trial) + ", " + text);
  }

  /// What is summed in another order differs by what rounding may do.
  bool rounds(const std::string &law, const Results &got, int trial) {
    if (!rounding_) {
      passes::PipelineOptions options;
      options.only = kMeaning;
      rounding_ = transform(options, "derivatives");
      if (!rounding_) return false;
    }
    const Function &f = *rounding_->functions.back();
    std::string text = beyondRounding(*rounding_, argumentsFor(f, seed_, trial), meaning_[static_cast<size_t>(trial)], got);
    return text.empty() || broken(law, "arguments " + std::to_string(trial) + ", " + text);
  }

  /// Compiled and evaluated at a level. Compiling takes most of the time: -O3 always, and in turn -O0, -O3 without fusion
  /// or nothing more; the CPU levels in turn.
  bool level(int level) {
    std::string name = "-O" + std::to_string(level);
    passes::PipelineOptions options;
    options.level = level;
    auto module = transform(options, name);
    if (!module) return false;
    std::vector<Results> expected;
    for (int trial = 0; trial < kTrials; ++trial) {
      auto results = evaluateAt(*module, trial, "is evaluated behind " + name);
      if (!results) return false;
      bool same = level == 0 || profile_ == Profile::Exact;
      if (same && !agrees("evaluated behind " + name + " as written", meaning_[static_cast<size_t>(trial)], *results, trial)) return false;
      if (!same && profile_ == Profile::Smooth && !rounds("evaluated behind " + name + " as written but for rounding", *results, trial)) return false;
      expected.push_back(std::move(*results));
    }
    bool old = seed_ & 1;
    if (!compiles_ || (level == 0 && seed_ % 3 != 0)) return true;
    if (!compiled(std::move(module), old ? "x86-64-v3" : "native", "compiled at " + name + " as evaluated", expected)) return false;
    if (level == 0 || seed_ % 3 != 1) return true;
    options.disabled = {"fuse"};
    module = transform(options, name + " without fusion");
    return module && compiled(std::move(module), old ? "native" : "x86-64-v3", "compiled at " + name + " without fusion as evaluated", expected);
  }

  bool compiled(std::unique_ptr<Module> module, const std::string &cpu, const std::string &law, const std::vector<Results> &expected) {
    auto target = codegen::chooseTarget(cpu);
    if (!target) return broken(law, target.message());
    std::vector<std::vector<Tensor>> arguments;
    for (int trial = 0; trial < kTrials; ++trial) arguments.push_back(argumentsFor(*module->functions.back(), seed_, trial));
    auto entry = CompiledEntry::create(std::move(module), *target);
    if (!entry) return broken(law, entry.message());
    for (int trial = 0; trial < kTrials; ++trial) {
      auto got = (*entry)->call(arguments[static_cast<size_t>(trial)]);
      if (!got) return broken(law, got.message());
      if (!agrees(law, expected[static_cast<size_t>(trial)], *got, trial)) return false;
    }
    return true;
  }

  /// Passes that promise to change no bit, some of them left out at random, against the meaning.
  bool exactPasses() {
    Random random(seed_);
    passes::PipelineOptions options;
    bool derivatives = text_.find("grad ") != std::string::npos || text_.find("jvp ") != std::string::npos;
    bool before = derivatives; // what is differentiated decides in which order a gradient is summed
    for (const std::string &pass : passes::pipelineAt(3)) {
      before &= pass != "expand_grad";
      bool needed = passes::findPass(pass)->level == 0;
      // A dimension that turns out to be constant has another bound, and the order of a sum follows from bounds.
      const bool tightens = pass == "fold_constants" && text_.find("to_dim") != std::string::npos;
      if (needed || !(isNumeric(pass) || tightens || before || random.chance(20))) options.only.push_back(pass);
    }
    auto module = transform(options, "exact ones");
    if (!module) return false;
    for (int trial = 0; trial < kTrials; ++trial) {
      auto results = evaluateAt(*module, trial, "is evaluated behind exact passes");
      if (!results) return false;
      if (agrees("exact passes", meaning_[static_cast<size_t>(trial)], *results, trial)) continue;
      std::string list;
      for (const std::string &pass : options.only) list += (list.empty() ? "" : ",") + pass;
      outcome_.broken->detail += "\n--passes=" + list;
      return false;
    }
    return true;
  }

  bool gradients() {
    if (profile_ != Profile::Smooth) return true;
    auto module = read(text_);
    if (!module) return false;
    std::string problem = compareWithDifferences(*module, seed_);
    return problem.empty() || broken("gradients are slopes", problem);
  }

  const std::string &text_;
  Profile profile_;
  uint64_t seed_;
  bool compiles_;
  SourceManager sources_;
  Outcome outcome_;
  std::vector<Results> meaning_;
  std::unique_ptr<Module> rounding_; ///< the program that meaning_ was evaluated from, once it is wanted
};

} // namespace

Outcome checkProgram(const std::string &text, Profile profile, uint64_t seed, bool compiles) { return Laws(text, profile, seed, compiles).run(); }

} // namespace dl::test
