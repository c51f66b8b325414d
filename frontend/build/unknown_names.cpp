#include "frontend/build/unknown_names.h"
#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace dl::frontend {

struct Foreign {
  std::string_view name, here; ///< in small letters, without `_`
};

static constexpr std::string_view kNoPrefix = "nothing: the library's names stand alone, `relu(x)`, `exp(x)`";

static constexpr std::array kForeign = std::to_array<Foreign>({
    {"linear", "`dense(out)`: the input size is found by itself"},
    {"fullyconnected", "`dense(out)`"},
    {"convtranspose2d", "`conv_transpose2d(out, kernel)`"},
    {"batchnorm1d", "`batch_norm()`"},
    {"batchnorm2d", "`batch_norm()`"},
    {"maxpool2d", "`max_pool(kernel)`"},
    {"avgpool2d", "`avg_pool(kernel)`"},
    {"sequential", "`x |> dense(16) |> relu |> dense(3)` inside a model"},
    {"cat", "`concat(a, b, axis: 0)`"},
    {"stack", "`[a, b]`"},
    {"view", "`reshape(x, [n, -1])`"},
    {"permute", "`transpose(x, order)`"},
    {"unsqueeze", "`x[none]`, `x[..., none]`"},
    {"squeeze", "a subscript, `x[0]` or `x[..., 0]`"},
    {"randn", "a draw: `x: f32[n] ~ normal(0, 1)`"},
    {"rand", "a draw: `x: f32[n] ~ uniform(0, 1)`"},
    {"randint", "a draw: `k: int[n] ~ integers(0, 10)`"},
    {"randperm", "`permutation(n)`"},
    {"arange", "`range(n)`, or `0..n` in a loop"},
    {"matmul", "`a @ b`"},
    {"einsum", "index notation: `c[i, j] = sum[k] a[i, k] * b[k, j]`"},
    {"mseloss", "`mean((y - t) ^ 2)`, or `mse(y, t)` for each example"},
    {"l1loss", "`mean(abs(y - t))`, or `mae(y, t)` for each example"},
    {"crossentropyloss", "`cross_entropy(scores, label)`"},
    {"binarycrossentropy", "`bce(scores, label)`"},
    {"bcewithlogitsloss", "`bce(scores, label)`"},
    {"null", "`none`"},
    {"break", "`for i in 0..n while c { }`, a loop that ends early"},
    {"continue", "`if c { ... }` around the rest of the turn"},
    {"pass", "an empty block: `{ }`"},
    {"elif", "`else if`"},
    {"self", "nothing: members of a model see each other"},
    {"str", "a text with the value in braces: `\"{x}\"`"},
    {"input", "a parameter of the program: `program p(x: f32)`"},
    {"lambda", "`x -> x + 1`"},
    {"nograd", "`stop_gradient(x)`"},
    {"detach", "`stop_gradient(x)`"},
    {"backward", "`grad(loss, net)`, or `minimize loss over net with adam(1e-3)`"},
    {"item", "nothing: a scalar is a number"},
    {"readcsv", "`data rows = csv(\"f.csv\") { x: f32 }`"},
    {"dot", "`a @ b`"},
    {"parameters", "nothing: what trains is named, `minimize loss over net with adam(1e-3)`"},
    {"statedict", "nothing: `save(net, \"net.safetensors\")`, `net <- load(\"net.safetensors\")`"},
    {"loadstatedict", "`net <- load(\"net.safetensors\")`"},
    {"zerograd", "nothing: each `minimize` computes its gradients anew"},
    {"torch", kNoPrefix},
    {"nn", kNoPrefix},
    {"np", kNoPrefix},
    {"numpy", kNoPrefix},
    {"tf", kNoPrefix},
    {"jnp", kNoPrefix},
    {"keras", kNoPrefix},
    {"math", kNoPrefix},
    {"random", kNoPrefix},
    {"append", "`xs = for i in 0..n { yield e }`, which collects a value of each turn"},
});

static constexpr std::array kForeignTypes = std::to_array<Foreign>({
    {"integer", "`int`"},
    {"int32", "`int`"},
    {"i32", "`int`"},
    {"int64", "`i64`"},
    {"long", "`i64`"},
    {"uint8", "`u8`"},
    {"byte", "`u8`"},
    {"float32", "`f32`"},
    {"float64", "`f64`"},
    {"double", "`f64`"},
    {"real", "`f32`"},
    {"boolean", "`bool`"},
    {"str", "`text`"},
    {"string", "`text`"},
    {"tensor", "its elements and shape: `f32[n, 3]`"},
    {"array", "its elements and shape: `f32[n, 3]`"},
    {"list", "its elements and shape: `f32[n]`"},
    {"vector", "its elements and shape: `f32[n]`"},
    {"matrix", "its elements and shape: `f32[n, m]`"},
});

template <class Table> static std::optional<std::string> hereItIs(const std::string &name, const Table &table) {
  std::string plain;
  for (char c : name)
    if (c != '_') plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  auto found = std::find_if(table.begin(), table.end(), [&](const Foreign &f) { return f.name == plain; });
  return found == table.end() ? std::nullopt : std::optional("here it is " + std::string(found->here));
}

std::optional<std::string> foreignName(const std::string &name) { return hereItIs(name == "F" ? "nn" : name, kForeign); }
std::optional<std::string> foreignType(const std::string &name) { return hereItIs(name, kForeignTypes); }

static bool inside(SourceRange at, SourceRange around) { return at.file == around.file && at.begin >= around.begin && at.end <= around.end; }

Diagnostic *unknownNameIn(Context &c, SourceRange around) {
  Diagnostic *newest = c.diags.all().empty() ? nullptr : &c.diags.last();
  return newest && newest->kind == Diag::UnknownName && inside(newest->where, around) ? newest : nullptr;
}

bool toldUnknown(const Context &c, const Unit &unit, const std::string &name, SourceRange where) {
  const std::vector<ast::DeclPtr> &decls = unit.program->declarations; // in the order of the text
  auto behind = std::upper_bound(decls.begin(), decls.end(), where.begin, [](size_t at, const ast::DeclPtr &d) { return at < d->where.begin; });
  if (behind == decls.begin() || (*--behind)->where.file != where.file) return false;
  const SourceRange around = (*behind)->where;
  const std::string message = "unknown name `" + name + "`";
  return std::any_of(c.diags.all().begin(), c.diags.all().end(), [&](const Diagnostic &told) {
    return told.kind == Diag::UnknownName && inside(told.where, around) && (told.where == where || told.fixes.empty()) && told.message == message;
  });
}

} // namespace dl::frontend
