/// Values of the staged interpreter: what an expression means while the program is built. Some are known now (numbers,
/// texts, functions, models, tuples of them), some stand for values of the IR (tensors).
#pragma once
#include "frontend/ast/ast.h"
#include "ir/module.h"
#include "support/diagnostics.h"
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dl::frontend {

enum class ValKind : uint8_t {
  Error,    ///< something was reported; every use is silent
  None,     ///< `none`
  Number,   ///< known when built: `whole` if integer (may mention run-time dimensions), else `real`
  Bool,     ///< known when built
  Text,     ///< TextObject: pieces, some of which may be values of the program
  Tensor,   ///< `value`
  Tuple, Record, List, ///< Bundle; a List is `[a, b]`, stacked when used as a tensor
  Table,    ///< Bundle with `length`: columns with the same first dimension
  Range,    ///< Bundle of two: a..b
  Function, ///< FunctionObject: fn, lambda, primitive, program, training
  Model,    ///< ModelObject: a model's name, not configured
  Instance, ///< Instance: a model with its configuration
  Place,    ///< `place`: a param or state by its number (only in scopes; expressions read its value)
  Batches,  ///< BatchesObject: what `batches(...)` gives, walked by `for` and `step`
  Column,   ///< ColumnObject: a column of a source without fields; vocabularies are made of it
  Vocabulary, ///< VocabularyObject
  File,     ///< FileObject: what `load(...)` gives, read as the place needs that it is given to
  Import,   ///< ImportObject: an imported file or folder, whose names are its members
};

struct Object {
  virtual ~Object() = default;
};
struct Bundle;
struct FunctionObject;
struct ModelObject;
struct Instance;
struct TextObject;
using Names = std::vector<std::string>;

struct Val {
  ValKind kind = ValKind::Error;
  bool integer = false;        ///< Number: `whole` counts
  bool truth = false;          ///< Bool
  bool weak = false;           ///< Tensor: computed from numbers known when built; takes the float type it meets
  int place = -1;              ///< Place
  Dim whole;                   ///< Number
  double real = 0;             ///< Number
  ir::Value *value = nullptr;  ///< Tensor
  int64_t low = 0, high = 0;   ///< Tensor of ints: every element is in low..high; equal: not known
  std::shared_ptr<const Names> names; ///< Tensor of ints: a category's names
  std::shared_ptr<Object> object;

  static Val error() { return {}; }
  static Val none() { return of(ValKind::None); }
  static Val number(Dim n) {
    Val v = of(ValKind::Number);
    v.integer = true, v.whole = std::move(n);
    return v;
  }
  static Val number(double x) {
    Val v = of(ValKind::Number);
    v.real = x;
    return v;
  }
  static Val boolean(bool b) {
    Val v = of(ValKind::Bool);
    v.truth = b;
    return v;
  }
  static Val tensor(ir::Value *value) {
    Val v = of(value ? ValKind::Tensor : ValKind::Error);
    v.value = value;
    return v;
  }
  static Val text(std::string s);
  static Val tuple(std::vector<Val> items, ValKind kind = ValKind::Tuple);
  static Val record(std::vector<std::string> labels, std::vector<Val> items, ValKind kind = ValKind::Record);
  static Val of(ValKind kind, std::shared_ptr<Object> object = nullptr) {
    Val v;
    v.kind = kind, v.object = std::move(object);
    return v;
  }

  static Val imported(const ast::ImportTarget *target); ///< Error where nothing could be read

  bool is(ValKind k) const { return kind == k; }
  bool isError() const { return kind == ValKind::Error; }
  bool isNumber() const { return kind == ValKind::Number; }
  /// A number that is one integer constant (no run-time dimension in it).
  bool isConstantInt() const { return kind == ValKind::Number && integer && whole.isConstant(); }
  bool isTensor() const { return kind == ValKind::Tensor; }
  bool isBundle() const {
    return kind == ValKind::Tuple || kind == ValKind::Record || kind == ValKind::List || kind == ValKind::Table ||
           kind == ValKind::Instance;
  }
  const ir::Type &type() const { return value->type; }
  // The object, established by the kind.
  const Bundle &bundle() const;
  FunctionObject &function() const;
  ModelObject &model() const;
  Instance &instance() const;
  std::shared_ptr<Instance> instancePointer() const;
  const TextObject &text() const;
};

/// Tuple, Record, List, Table, Range: immutable once made.
struct Bundle : Object {
  std::vector<std::string> labels; ///< Record and Table: one for each item
  std::vector<Val> items;
  Dim length;                      ///< Table
  const Val *find(const std::string &label) const;
  virtual std::shared_ptr<Bundle> copy() const { return std::make_shared<Bundle>(*this); }
};

/// A stretch of a text: characters, or a value under a format; with `names`, names[value]; or, inside `data`, the cell
/// of a column.
struct TextPart {
  std::string text;
  ir::Value *value = nullptr;
  std::string spec;
  std::shared_ptr<const Names> names;
  std::string column = {};
};
struct TextObject : Object {
  std::vector<TextPart> parts;
  std::string file, flag;   ///< `read(file)`, unchanged: where it comes from, and the flag that names another file
  bool known() const;       ///< no part is a value of the program
  std::string str() const;  ///< the characters of a known text
};

/// Of `none`: why there is no value (branches with nothing in common, a loop without `yield`). A statement may end so; who
/// wants the value is told.
struct NoValue : Object {
  Diag kind;
  SourceRange where;
  std::vector<std::string> arguments;
  NoValue(Diag kind, SourceRange where, std::vector<std::string> arguments) : kind(kind), where(where), arguments(std::move(arguments)) {}
};

struct FileObject : Object {
  Val path; ///< a text
  SourceRange where;
};

struct ImportObject : Object {
  const ast::ImportTarget *target = nullptr;
};

struct Scope;

/// What can be called. Exactly one of body, expression, builtin and training is set.
struct FunctionObject : Object {
  std::string name;
  SourceRange where;
  const std::vector<ast::Param> *params = nullptr;
  const ast::Block *body = nullptr;
  const ast::Expr *expression = nullptr;
  const ast::Type *result = nullptr;
  const ast::GradientRule *gradient = nullptr; ///< of a fn: its own
  const struct Builtin *builtin = nullptr;
  std::vector<Val> bound;          ///< with `builtin`: what stands before the arguments
  const ast::Train *training = nullptr;
  std::shared_ptr<Scope> scope;    ///< where it was defined
  std::weak_ptr<Instance> owner;   ///< the model instance whose `fn` it is
  bool isProgram = false;          ///< a `program`: may make instances
};

struct ModelObject : Object {
  const ast::Model *decl = nullptr;
  std::shared_ptr<Scope> scope;    ///< of the file
};

/// Where the initial values of an instance are computed: `region` holds the ops, which are put behind `after` in `home`
/// (at its head when null) when the entry is finished.
struct Segment {
  ir::Region *region = nullptr, *home = nullptr;
  ir::Op *after = nullptr;
  ir::Region *post = nullptr;      ///< ops that follow it
  ir::Value *key = nullptr;        ///< key of the place where the instance was made
  /// A top-level instance: the ops run only when it is fresh; results[i] is initials[i] then, else arguments[i].
  ir::Value *fresh = nullptr;
  std::vector<ir::Value *> arguments, initials, results;
};

/// One member of an instance: a place, or a sub-instance (or a tuple of them), in the order they were made.
struct Member {
  std::string name;                ///< "weight", "dense_1", "blocks"
  int place = -1;
  bool param = false;
  Val value;                       ///< when it is no place
};

/// Which part of a stack (of models, of tensors) along dimension 0: one turn, or `count` of them.
struct StackPart {
  Dim start;
  ir::Value *index = nullptr;      ///< i64: a turn known at run time only, inside the stack
  std::optional<Dim> count;        ///< a slice; absent: one element
};

/// A model with its configuration. Its params and states are places of the elaborator.
struct Instance : Object {
  const ast::Model *model = nullptr; ///< null for the pseudo-instance of a training, a program or a top level
  std::shared_ptr<Scope> scope;    ///< configuration and top-level names of the model
  std::string path;                ///< "net.dense_1"
  std::weak_ptr<Instance> owner, self;
  std::string name, site;          ///< as a member of its owner: its name and its place in the text
  bool slots = false;              ///< its places are slots of the module
  std::string root;                ///< with slots: the top-level name
  bool hasParams = false;          ///< by the text of the model and of the models it is given by name
  bool hasPlaces = false;          ///< params or states, in the same way
  bool applied = false;            ///< it or a `fn` of it was called: what it has is known
  Val output;                      ///< of its latest call; an error before the first
  std::shared_ptr<Segment> segment;
  std::shared_ptr<Instance> origin; ///< what it is a copy of: params first used here start as there
  std::vector<Member> members;
  std::vector<std::pair<std::string, std::shared_ptr<Instance>>> sites; ///< made so far, by site
  std::vector<Dim> stack;           ///< a stack of models: the leading dimensions of all its places
  std::vector<const ast::Expr *> repeats; ///< a stack that grows with what its parts make: the `repeat` of each dimension
  std::shared_ptr<Instance> base;   ///< a part of a stack: the stack; its places are views
  StackPart part;                   ///< with base: which
  Member *find(const std::string &name);
};

/// A param or state at this moment of the elaboration.
struct Place {
  std::string path;
  bool param = false;
  bool slot = false;
  ir::Region *home = nullptr;      ///< the region in whose turn it was made
  Val value;                       ///< a tensor, or for states a bundle of tensors
  Val initial;                     ///< its value when it was made
  Val computed;                    ///< the same, as other initial values may use it
  int base = -1;                   ///< a view of a part of that place, which holds its value
  int turnOf = -1;                 ///< in the body of a rolled `repeat`: the part of that place that belongs to the turn
  StackPart part;                  ///< with base: which
  /// What a view has read or written last: valid while its base is the same, in the region and those inside it.
  Val seen, seenOf;
  ir::Region *seenIn = nullptr;
  SourceRange where, firstUse;     ///< its declaration; the user's text that had it made
  std::string root;                ///< the model that it belongs to in the end
  SourceRange rootUse;             ///< the call of that model which had it made
  bool copied = false;             ///< that one, or one on the way to it, is a copy
};

inline const Bundle &Val::bundle() const { return static_cast<const Bundle &>(*object); }
inline FunctionObject &Val::function() const { return static_cast<FunctionObject &>(*object); }
inline ModelObject &Val::model() const { return static_cast<ModelObject &>(*object); }
inline Instance &Val::instance() const { return static_cast<Instance &>(*object); }
inline std::shared_ptr<Instance> Val::instancePointer() const { return std::static_pointer_cast<Instance>(object); }
inline const TextObject &Val::text() const { return static_cast<const TextObject &>(*object); }

} // namespace dl::frontend
