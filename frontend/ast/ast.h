/// The syntax tree of a `.dl` file: what was written, with places, before any name is resolved.
///
/// Grammar (`?` optional, `*` repeated, `,*` a comma-separated list that may end in a comma, NL a newline or `;`):
///
///   file        = (declaration NL)*
///   declaration = "import" NAME | "option" NAME ":" type "=" expr | "fn" function gradient? | binding
///               | "data" NAME "=" expr ("where" expr)? "{" ((NAME ":" type | binding) NL)* "}"
///               | "model" NAME params (params ("->" type)?)? block | "test" NAME block | "program" function
///               | "train" NAME? params? "{" (clause NL)* "}"
///   function    = NAME params ("->" type)? block              block = "{" (statement NL)* "}"
///   gradient    = "gradient" "(" pattern ("," pattern)? ")" block
///   params      = "(" param,* ")"                             param = NAME (":" type)? ("=" expr)?
///   type        = NAME ("[" dim,* "]")? ("in" range)? ("(" STRING,* ")")? | "(" ((NAME ":")? type),* ")"
///   dim         = "..." | expr | expr "<=" expr
///   statement   = ("param" | "state") NAME (":" type)? ("=" | "~") expr | "fn" function gradient? | "yield" expr
///               | "minimize" expr "over" place "with" expr | binding | place "<-" expr | expr
///   binding     = pattern "=" expr | NAME (":" type)? ("=" | "~") expr | NAME "[" index,* "]" "=" expr
///   clause      = ("epochs" | "steps") expr | "step" (pattern "in" expr)? block
///               | "every" ("epoch" | expr ("epochs" | "steps")) block
///               | "keep" ("highest" | "lowest") NAME ("," "patience" ":" expr)? | statement
///   pattern     = NAME | "(" (NAME ":" type | pattern),* ")"  index = "..." | NAME ("in" range)?
///   place       = NAME ("." NAME | subscript)* | "(" place,* ")"
///   expr        = (NAME | params) "->" (expr | block) | or ("|>" postfix)*
///   or          = and ("or" and)*        and = not ("and" not)*        not = "not" not | comparison
///   comparison  = range (COMPARE range)?                      range = sum (".." sum)?
///   sum         = product (("+" | "-") product)*
///   product     = unary (MUL unary)* (MUL big)? | big         MUL is one of * / // % @
///   big         = "-" big | REDUCER "[" index,* ("where" expr)? "]" product
///   unary       = "-" unary | postfix ("^" unary)?            arguments = "(" ((NAME ":")? expr),* ")"
///   postfix     = (primary | REDUCER arguments) ("." NAME | subscript | arguments)* | REDUCER
///   subscript   = "[" item,* "]"                              item = "..." | expr | expr? ":" expr? (":" expr)?
///   primary     = NUMBER | STRING | "true" | "false" | "none" | "training" | NAME | "(" expr ")" | tuple | record
///               | "[" expr,* "]" | "if" expr block ("else" (if | block))?
///               | "for" pattern "in" expr ("while" expr)? block | "while" expr block
///               | "repeat" (pattern "in")? expr block | "checkpoint" block
///
/// Nodes are plain structs: an `Expr`, `Stmt`, `Decl` or `Clause` carries its kind; `as<Call>(e)`, `tryAs<Call>(e)` or
/// a switch over the closed kind gives the struct. A pointer documented as optional may be null, no other ever is.
/// Chains that lean to the left (`a + b + ...`, `x |> f |> ...`, `f(x)(y)`) can be 100,000 long: walk `leftOf`
/// in a loop.
#pragma once
#include "frontend/ast/operators.h"
#include "support/source.h"
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dl::ast {

enum class ExprKind : uint8_t {
  Number, Text, Bool, None, Training, Name, Tuple, Record, List, Unary, Binary, Reduce, Pipe, Call, Member, Subscript,
  Lambda, If, For, While, Repeat, Checkpoint,
};
enum class StmtKind : uint8_t { Variable, Fn, Yield, Minimize, Bind, Define, Update, Expr };
enum class DeclKind : uint8_t { Import, Option, Data, Fn, Program, Model, Train, Test, Binding };
enum class ClauseKind : uint8_t { Length, Step, Every, Keep, Statement };

struct Expr {
  const ExprKind kind;
  SourceRange where;          ///< includes the parentheses of a parenthesised expression
  bool parenthesised = false; ///< written as `( e )`
  virtual ~Expr() = default;

protected:
  explicit Expr(ExprKind k) : kind(k) {}
};
struct Stmt {
  const StmtKind kind;
  SourceRange where;
  std::string doc; ///< its `##` comment: the lines above it, else at the end of its line
  virtual ~Stmt() = default;

protected:
  explicit Stmt(StmtKind k) : kind(k) {}
};
struct Decl {
  const DeclKind kind;
  SourceRange where;
  std::string doc;
  virtual ~Decl() = default;

protected:
  explicit Decl(DeclKind k) : kind(k) {}
};
struct Clause {
  const ClauseKind kind;
  SourceRange where;
  virtual ~Clause() = default;

protected:
  explicit Clause(ClauseKind k) : kind(k) {}
};
using ExprPtr = std::unique_ptr<Expr>;
using StmtPtr = std::unique_ptr<Stmt>;
using DeclPtr = std::unique_ptr<Decl>;
using ClausePtr = std::unique_ptr<Clause>;
/// Base of the struct for one kind: `struct Call : ExprOf<ExprKind::Call>`.
template <class Base, auto K> struct NodeOf : Base {
  static constexpr auto kKind = K;
  NodeOf() : Base(K) {}
};
template <ExprKind K> using ExprOf = NodeOf<Expr, K>;
template <StmtKind K> using StmtOf = NodeOf<Stmt, K>;
template <DeclKind K> using DeclOf = NodeOf<Decl, K>;
template <ClauseKind K> using ClauseOf = NodeOf<Clause, K>;

// ---------------------------------------------------------------------------------------------- parts

/// A name at its place; empty where an optional name was left out.
struct Identifier {
  std::string text;
  SourceRange where;
  bool empty() const { return text.empty(); }
};

struct Block {
  SourceRange where; ///< with its braces
  std::vector<StmtPtr> statements;
};

struct Type;
using TypePtr = std::unique_ptr<Type>;

/// One entry of a shape: `...`, `2 * h`, or `t <= 512` (extent `t`, bound `512`).
struct TypeDim {
  SourceRange where;
  bool ellipsis = false;
  ExprPtr extent; ///< null for `...`
  ExprPtr bound;  ///< optional
};
/// One entry of a tuple or record type.
struct TypeField {
  Identifier name; ///< optional
  TypePtr type;
};
/// `f32[b, t <= 20]`, `int[16] in 0..10`, `category("no", "yes")`, `(f32[d], bool)`, `(mu: f32, sigma: f32)`.
struct Type {
  SourceRange where;
  bool tuple = false;                  ///< written in parentheses: only `fields` counts
  Identifier name;                     ///< "f32", "float", "text", "category", ...
  bool hasShape = false;               ///< brackets were written
  std::vector<TypeDim> dims;
  ExprPtr range;                       ///< optional; usually a Binary Range
  bool hasCategories = false;          ///< parentheses with names were written
  std::vector<std::string> categories;
  std::vector<TypeField> fields;
};

/// A parameter of a function, model or training, or of a function value.
struct Param {
  SourceRange where;
  Identifier name;
  TypePtr type;    ///< optional
  ExprPtr initial; ///< optional default
  std::string doc;
};

/// What a value is bound to: a name (`_` skips), or a list of patterns that takes it apart.
struct Pattern {
  SourceRange where;
  bool tuple = false; ///< parentheses: only `elements` counts
  Identifier name;
  TypePtr type;       ///< optional
  std::vector<Pattern> elements;
  bool skips() const { return !tuple && name.text == "_"; }
};

/// An index of a definition or a reducer: `...`, `i`, `i in 0..n`.
struct Index {
  SourceRange where;
  bool ellipsis = false;
  Identifier name;
  ExprPtr range; ///< optional
};

/// An argument of a call or a field of a record.
struct Argument {
  Identifier name; ///< optional in calls
  ExprPtr value;
};

enum class ItemKind : uint8_t { Value, Slice, Ellipsis };
/// One entry of a plain subscript.
struct SubscriptItem {
  SourceRange where;
  ItemKind kind = ItemKind::Value;
  ExprPtr value;             ///< Value
  ExprPtr begin, end, step;  ///< Slice: each optional
};

/// A stretch of a text literal: characters (escapes resolved), or `{value:format}`.
struct TextPiece {
  SourceRange where;
  std::string text;
  ExprPtr value;      ///< null for characters
  std::string format; ///< what follows `:`, or empty
};

/// `gradient(cotangent, value) { body }` behind the body of a `fn`.
struct GradientRule {
  SourceRange where;
  Pattern cotangent;
  std::optional<Pattern> value;
  Block body;
};

/// `name(params) -> result { body } gradient(cotangent) { body }`
struct Function {
  SourceRange where;
  Identifier name;
  std::vector<Param> params;
  TypePtr result; ///< optional
  Block body;
  std::unique_ptr<GradientRule> gradient; ///< optional
};

// ---------------------------------------------------------------------------------------------- expressions

struct Number : ExprOf<ExprKind::Number> {
  std::string text;     ///< as written, with its underscores
  bool integer = false; ///< no point and no exponent
  int64_t whole = 0;    ///< valid if `integer`
  double real = 0;      ///< always valid
};
struct Text : ExprOf<ExprKind::Text> {
  std::vector<TextPiece> pieces; ///< empty for ""; neighbouring characters are one piece
  /// The characters, if there is nothing to fill in.
  bool plain() const { return pieces.empty() || (pieces.size() == 1 && !pieces[0].value); }
  std::string plainText() const { return pieces.empty() ? std::string() : pieces[0].text; }
};
struct Bool : ExprOf<ExprKind::Bool> {
  bool value = false;
};
struct None : ExprOf<ExprKind::None> {};
struct Training : ExprOf<ExprKind::Training> {};
/// A variable, function, ...; also a reducer used as a function (`sum` in `sum(x)` and `map(sum, x)`).
struct Name : ExprOf<ExprKind::Name> {
  std::string text;
  bool reducer = false;
};
struct Tuple : ExprOf<ExprKind::Tuple> {
  std::vector<ExprPtr> elements;
};
struct Record : ExprOf<ExprKind::Record> {
  std::vector<Argument> fields;
};
struct List : ExprOf<ExprKind::List> {
  std::vector<ExprPtr> elements;
};
struct Unary : ExprOf<ExprKind::Unary> {
  UnaryOp op = UnaryOp::Negate;
  ExprPtr operand;
};
struct Binary : ExprOf<ExprKind::Binary> {
  BinaryOp op = BinaryOp::Add;
  SourceRange opWhere;
  ExprPtr left, right;
  ~Binary() override;
};
/// `sum[i, j where c] body`
struct Reduce : ExprOf<ExprKind::Reduce> {
  Reducer op = Reducer::Sum;
  SourceRange opWhere;
  std::vector<Index> indices;
  ExprPtr condition; ///< optional
  ExprPtr body;
};
/// `left |> right`; right is a Name, Member, Subscript or Call.
struct Pipe : ExprOf<ExprKind::Pipe> {
  SourceRange opWhere;
  ExprPtr left, right;
  ~Pipe() override;
};
struct Call : ExprOf<ExprKind::Call> {
  ExprPtr callee;
  std::vector<Argument> arguments;
  ~Call() override;
};
struct Member : ExprOf<ExprKind::Member> {
  ExprPtr base;
  Identifier name;
  ~Member() override;
};
struct Subscript : ExprOf<ExprKind::Subscript> {
  ExprPtr base;
  std::vector<SubscriptItem> items;
  ~Subscript() override;
};
/// `(a, b) -> body` or `x -> { ... }`: exactly one of `body` and `block` is set.
struct Lambda : ExprOf<ExprKind::Lambda> {
  std::vector<Param> params;
  ExprPtr body;
  std::unique_ptr<Block> block;
};
/// `if c { } else if d { } else { }`: the arms in order, then the rest.
struct If : ExprOf<ExprKind::If> {
  struct Arm {
    ExprPtr condition;
    Block body;
  };
  std::vector<Arm> arms;
  std::unique_ptr<Block> otherwise; ///< optional
};
struct For : ExprOf<ExprKind::For> {
  Pattern pattern;
  ExprPtr over;
  ExprPtr condition; ///< optional: `while c`
  Block body;
};
struct While : ExprOf<ExprKind::While> {
  ExprPtr condition;
  Block body;
};
/// `repeat n { }`, or `repeat p in xs { }` with a pattern.
struct Repeat : ExprOf<ExprKind::Repeat> {
  std::unique_ptr<Pattern> pattern; ///< optional
  ExprPtr over;                     ///< the number of turns, or what to walk
  Block body;
};

/// `checkpoint { }`
struct Checkpoint : ExprOf<ExprKind::Checkpoint> {
  Block body;
};

// ---------------------------------------------------------------------------------------------- statements

/// `param w: f32[n] ~ init()` or `state v = 0`.
struct Variable : StmtOf<StmtKind::Variable> {
  bool param = false; ///< else a state
  Identifier name;
  TypePtr type;       ///< optional
  bool drawn = false; ///< `~`, else `=`
  ExprPtr value;
};
struct FnStmt : StmtOf<StmtKind::Fn> {
  Function fn;
};
struct Yield : StmtOf<StmtKind::Yield> {
  ExprPtr value;
};
/// `minimize loss over place with optimiser`; the place as in Update.
struct Minimize : StmtOf<StmtKind::Minimize> {
  ExprPtr loss, place, optimiser;
};
/// `pattern = value`, `name: type = value`, `name ~ value`; in a data block also `name: type` alone.
struct Bind : StmtOf<StmtKind::Bind> {
  Pattern pattern;    ///< holds the optional type of a name
  bool drawn = false; ///< `~` (the pattern is then a name)
  ExprPtr value;      ///< null only for `name: type` in a data block
};
/// `name[i, j in 0..n, ...] = value`
struct Define : StmtOf<StmtKind::Define> {
  Identifier name;
  std::vector<Index> indices;
  ExprPtr value;
};
/// `place <- value`: the place is a Name, a Member or Subscript of a place, or a Tuple of places.
struct Update : StmtOf<StmtKind::Update> {
  ExprPtr place, value;
};
struct ExprStmt : StmtOf<StmtKind::Expr> {
  ExprPtr value;
};

// ---------------------------------------------------------------------------------------------- declarations

struct ImportTarget;
struct Import : DeclOf<DeclKind::Import> {
  Identifier name;
  std::shared_ptr<const ImportTarget> target; ///< null until `resolveImports`, and where nothing could be read
};
struct Option : DeclOf<DeclKind::Option> {
  Identifier name;
  TypePtr type;
  ExprPtr value;
};
struct Data : DeclOf<DeclKind::Data> {
  Identifier name;
  ExprPtr source;
  ExprPtr condition;           ///< optional: `where c`
  std::vector<StmtPtr> fields; ///< Bind (with a type: a field, without: a helper) and Define
};
struct FnDecl : DeclOf<DeclKind::Fn> {
  Function fn;
};
struct ProgramDecl : DeclOf<DeclKind::Program> {
  Function fn;
};
struct Model : DeclOf<DeclKind::Model> {
  Identifier name;
  std::vector<Param> configuration;
  bool hasInputs = false; ///< a second list: one body instead of members
  std::vector<Param> inputs;
  TypePtr result; ///< optional
  Block body;
};
struct Train : DeclOf<DeclKind::Train> {
  Identifier name; ///< optional
  std::vector<Param> params;
  std::vector<ClausePtr> clauses;
};
struct Test : DeclOf<DeclKind::Test> {
  Identifier name;
  Block body;
};
/// A top-level binding: the statement is a Bind or a Define.
struct Binding : DeclOf<DeclKind::Binding> {
  StmtPtr statement;
};

// ---------------------------------------------------------------------------------------------- clauses of `train`

/// `epochs 20` or `steps 5000`.
struct LengthClause : ClauseOf<ClauseKind::Length> {
  bool epochs = false;
  ExprPtr count;
};
/// `step p in xs { }`, or `step { }` without pattern.
struct StepClause : ClauseOf<ClauseKind::Step> {
  std::unique_ptr<Pattern> pattern; ///< optional, with `over`
  ExprPtr over;                     ///< optional, with `pattern`
  Block body;
};
/// `every epoch { }` (no count), `every 5 epochs { }`, `every 500 steps { }`.
struct EveryClause : ClauseOf<ClauseKind::Every> {
  bool epochs = false;
  ExprPtr count; ///< optional
  Block body;
};
/// `keep highest accuracy, patience: 5`
struct KeepClause : ClauseOf<ClauseKind::Keep> {
  bool highest = false;
  Identifier metric;
  ExprPtr patience; ///< optional
};
struct StatementClause : ClauseOf<ClauseKind::Statement> {
  StmtPtr statement;
};

/// One file.
struct Program {
  uint32_t file = 0;
  std::string doc; ///< the `##` lines the file begins with
  std::vector<DeclPtr> declarations;
  // Of an imported file:
  std::string prefix;     ///< "shapes.": before its names, seen from the main file
  std::string dataFolder; ///< where its relative data paths begin, seen from the main file's folder
};
/// What an `import` reads: a file, or a folder with a member for each file in it.
struct ImportTarget {
  std::shared_ptr<Program> program; ///< null: a folder
  std::vector<std::pair<std::string, std::shared_ptr<const ImportTarget>>> members;
};

// ---------------------------------------------------------------------------------------------- access

/// The node as the struct of its kind, or null. `Node` may be null or const.
template <class T, class Base> const T *tryAs(const Base *node) {
  return node && node->kind == T::kKind ? static_cast<const T *>(node) : nullptr;
}
template <class T, class Base> T *tryAs(Base *node) {
  return node && node->kind == T::kKind ? static_cast<T *>(node) : nullptr;
}
template <class T, class Base> const T *tryAs(const std::unique_ptr<Base> &node) {
  return tryAs<T>(static_cast<const Base *>(node.get()));
}
template <class T, class Base> T *tryAs(std::unique_ptr<Base> &node) { return tryAs<T>(node.get()); }
/// The node as the struct of its kind, which the caller has established.
template <class T, class Base> const T &as(const Base &node) { return static_cast<const T &>(node); }
template <class T, class Base> T &as(Base &node) { return static_cast<T &>(node); }

/// The operand a chain leans on (left of Binary and Pipe, callee, base), or null for other kinds.
const Expr *leftOf(const Expr &e);
/// The file and all it imports, each once.
std::vector<const Program *> filesOf(const Program &program);
/// The name a declaration introduces; empty for bindings and a training without one.
std::string_view nameOf(const Decl &d);

} // namespace dl::ast
