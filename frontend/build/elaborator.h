/// The staged interpreter that turns one entry (a program, a training, a test) into IR: it runs what is known when
/// built and emits operations for the rest; every call is inlined. One object per entry or checked body; `Context` is
/// what they share. Methods are defined in the file named above their group.
///
/// Failures are reported where they are found and give an error value, which is silent wherever it goes.
#pragma once
#include "frontend/build/axes.h"
#include "frontend/build/calling.h"
#include "frontend/build/context.h"
#include "frontend/build/origins.h"
#include "frontend/build/scope.h"
#include "ir/builder.h"
#include "data/table.h"
#include <functional>

namespace dl::frontend {

/// All entries of the file (programs.cpp).
void buildEntries(Context &context);
int64_t hashText(const std::string &text);

class Elaborator {
public:
  Elaborator(Context &context, ir::Function *function);
  Context &context() const { return c_; }

  // ---- emit.cpp: operations, errors, promotion of numbers to tensors
  ir::Builder &ir() { return builder_; }
  /// An op whose operands should fit; if they do not, a user error with both types.
  ir::Value *emit(ir::OpKind kind, std::vector<ir::Value *> operands, ir::Attrs attrs = ir::NoAttr{});
  ir::Op *emitOp(ir::OpKind kind, std::vector<ir::Value *> operands, ir::Attrs attrs = ir::NoAttr{},
                 std::vector<ir::Region *> regions = {});
  /// Reports at `where` (or, inside the prelude, at the user's call that led there) with the trace of calls as notes.
  Diagnostic &report(SourceRange where, Diag kind, std::initializer_list<std::string> args = {});
  /// Moves a place inside the library to the user's call that led there, of the `callee`; the frame of the moved place.
  const Frame *outOfLibrary(SourceRange &place, std::string *callee = nullptr) const;
  Val fail(SourceRange where, Diag kind, std::initializer_list<std::string> args = {}) { return report(where, kind, args), Val::error(); }
  Val unsupported(SourceRange where, const std::string &what, const std::string &instead = "");
  /// The value as a tensor; numbers and bools as constants (`elem` if given, else int or f32), lists stacked.
  Val asTensor(const Val &v, SourceRange where, std::optional<ir::Elem> elem = {});
  ir::Value *tensor(const Val &v, SourceRange where, std::optional<ir::Elem> elem = {}) {
    return asTensor(v, where, elem).value;
  }
  /// A scalar i64 of an int value (number or tensor of rank 0).
  ir::Value *index64(const Val &v, SourceRange where);
  /// An i64 scalar as a tensor of the language (an int, i32).
  Val intOf(ir::Value *i64, int64_t low = 0, int64_t high = 0);
  std::optional<int64_t> constantInt(const Val &v, SourceRange where, const char *what); ///< reports if it is not one
  std::optional<Dim> dimOf(const Val &v, SourceRange where, const char *what);           ///< int known when built
  std::optional<Dim> sizeOf(const Val &v, SourceRange where, const char *what);          ///< one that is not negative
  bool notNegative(const Dim &size, SourceRange where, const std::string &what, const char *help = nullptr); ///< reports, or checks at run time
  std::optional<bool> knownBool(const Val &v);
  Val notBool(const Val &v, SourceRange where); ///< reports
  /// Reports an argument of a name that none of `names` is.
  Val unknownArgument(const Arg &a, const std::string &callee, const std::vector<std::string> &names);
  std::optional<std::string> knownText(const Val &v, SourceRange where, const char *what);
  ir::Value *convert(ir::Value *v, ir::Elem to) { return builder_.convert(v, to); }
  ir::Value *placeholder(const ir::Type &type) { return function_->newValue(type); } ///< in checked bodies only
  ir::Value *zeros(const ir::Type &type) { return builder_.constant(type, 0); }

  // ---- describe.cpp: values and types in messages
  std::string describe(const Val &v) const;        ///< "f32[b, 64]", "a model", "the number 3"
  static std::string describe(const ir::Type &t);
  static bool same(const Val &a, const Val &b);    ///< the same value (tensors by identity, `leaf` looked through)

  // ---- bundle.cpp: leaves of bundles
  /// Record of an instance's params (and, with states, its states), reading their places.
  Val bundleOf(const Instance &instance, bool states = false);
  /// Models, and the `fn`s of models, as records of their params; inside tuples and records too.
  Val recordOf(const Val &v);
  Val bundleOfMember(const Val &v, bool states);
  /// A copy of the instance (new places); `params` (a record like bundleOf) replaces its params when given.
  Val copyInstance(const Val &instance, const Val *params, SourceRange where);
  /// Tensors of a value in order (numbers, bools included as asTensor when `numbers`); instances: params, then states.
  void leaves(const Val &v, std::vector<Val> &out);
  /// The value with its leaves replaced, in the order of `leaves`.
  Val rebuild(const Val &shape, const std::vector<Val> &leaves, size_t &next);
  /// f on every leaf of equally structured bundles; a non-bundle operand goes along to every leaf.
  int turnsOfLeaf = 0; ///< leading dimensions of the leaf that are turns of rolled `repeat`s
  Val zip(const std::vector<Val> &operands, SourceRange where, const std::function<Val(const std::vector<Val> &)> &f);
  Val zerosLike(const Val &v, SourceRange where);

  // ---- expression.cpp
  Val eval(const ast::Expr &e);
  Val evalKind(const ast::Expr &e);
  Val evalBinary(const ast::Binary &e);
  Val reducerFunction(const std::string &name);                 ///< `sum` as a function
  void appendText(TextObject &text, const Val &v, const std::string &format, SourceRange where);
  Val evalText(const ast::Text &e);
  Val evalMember(const ast::Member &e);
  Val member(const Val &base, const ast::Identifier &name, SourceRange where);
  Val lookup(const std::string &name, SourceRange where);       ///< reports unknown names with the nearest
  Val *find(const std::string &name);                           ///< in the scopes of the frame; null if not bound there
  Val read(const Val &v);                                       ///< a place's value, else v

  // ---- builtin_reduce.cpp
  std::optional<int> axisOf(const Val &v, size_t rank, SourceRange where);
  Val reduceDims(ast::Reducer op, const Val &v, std::vector<int> dims, SourceRange where);
  Val reduceLeaves(ast::Reducer op, const Val &v, SourceRange where);
  Val reduceWith(ast::Reducer op, const Val &v, const std::optional<Val> &axis, bool keep, SourceRange where);

  // ---- operator.cpp: promotion, broadcasting, arithmetic
  Val unary(ast::UnaryOp op, const Val &v, SourceRange where);
  Val binary(ast::BinaryOp op, const Val &a, const Val &b, SourceRange where);
  Val elementwise(ir::OpKind kind, std::vector<Val> operands, SourceRange where);  ///< promoted and broadcast; bundles by leaf
  Val select(const Val &condition, const Val &a, const Val &b, SourceRange where);
  Val power(const Val &base, const Val &exponent, SourceRange where);
  ir::Value *assume(ir::Value *v, size_t dim, const Dim &extent); ///< in checked bodies: retyped
  Val matmul(const Val &a, const Val &b, SourceRange where);
  /// One element type for all (reports f32 with f64); tensors result.
  bool promote(std::vector<Val> &values, SourceRange where, const char *operation);
  bool broadcastTogether(std::vector<Val> &tensors, SourceRange where, const char *operation);
  ir::Value *broadcastTo(ir::Value *v, const std::vector<Dim> &dims); ///< aligned at the right, known to fit
  /// `v` as exactly that element type and shape (numbers fill, no implicit broadcast of tensors), or a report.
  Val conform(const Val &v, const ir::Type &type, SourceRange where, const std::string &what);
  /// Known numbers through f on doubles, else the op.
  Val math(ir::OpKind kind, double (*f)(double), const Val &v, SourceRange where);

  // ---- dims.cpp: equality of sizes, types in signatures
  enum class Equality { Proved, Refuted, Open };
  Equality equal(const Dim &a, const Dim &b) const;
  /// In a checked body open equalities are assumed (and `v` retyped); elsewhere open means unequal.
  bool requireEqual(const Dim &a, const Dim &b);
  struct TypeVal { ///< a written type, resolved
    ir::Type type;
    bool isText = false, isCategory = false, anyFloat = false, hasRange = false;
    std::vector<std::string> categories;
    int64_t low = 0, high = 0;
    Dim highDim;
  };
  std::optional<ir::Elem> elemNamed(const std::string &name);
  /// The type with all names known (parameters, numbers, dimensions bound before).
  std::optional<TypeVal> evalType(const ast::Type &type);
  /// Matches a value against a written type, binding the dimensions it names in the scope (patterns solved). Gives the
  /// value converted as the promotion allows.
  /// With `keepNumber` (parameters) a scalar number known when built stays one.
  Val exampleOf(const ast::Type &type);
  Val annotate(const Val &v, const ast::Type &type, SourceRange where, const std::string &what, bool keepNumber = false);
  bool matchShape(const Val &given, const ast::Type &type, SourceRange where, const std::string &what);
  Dim someSolution(const ast::Expr &pattern, const Dim &atOne, const Dim &actual, const std::string &name);
  bool matchDim(const struct GivenShape &given, size_t dim, const ast::TypeDim &written);
  bool isSizeName(const std::string &name); ///< bound in scope, or a top-level number

  using Item = frontend::Item;
  // ---- statement.cpp
  Val evalBlock(const ast::Block &block);                 ///< in a new scope
  Val runStatements(const std::vector<ast::StmtPtr> &list); ///< in the current scope; value of the last
  Val evalStatement(const ast::Stmt &s);
  Val evalBind(const ast::Bind &s);
  void bindName(const std::string &name, Val value, SourceRange where);   ///< rebinding rules, `leaf` where needed
  void bindPattern(const ast::Pattern &pattern, Val value, SourceRange where);
  /// The value to store under a new name: an existing instance is copied.
  Val stored(const Val &v, const ast::Expr &from);
  bool existing(const ast::Expr &e) const;                ///< a name, member or element of one
  /// Float tensors (also inside bundles) through `leaf`, a further one where a name is a variable of its `own`.
  Val asLeaf(const Val &v, bool own = false);

  // ---- view.cpp: places, stacks of models and their parts
  Val placeValue(int place);                                ///< what it holds now; of a view: that part of its stack
  void setPlace(int place, Val value);                      ///< params through `leaf`; a view changes its stack
  Val partOf(const Val &stacked, const StackPart &part);    ///< of every leaf
  Val viewOf(const std::shared_ptr<Instance> &stack, const StackPart &part);
  void syncView(Instance &view);                            ///< members that its stack has got since
  void markStack(const Val &v, const Dim &turns, const ir::Region *body, SourceRange where); ///< what a loop yields
  Val elementOfStack(const Val &stack, const std::vector<Item> &items, SourceRange where);
  /// The value a view's leaf was read from, if `v` is one (its outermost stack), and how to take the same part of its gradient.
  int viewRead(const ir::Value *v) const;

  // ---- place.cpp: `<-`
  void update(const ast::Expr &place, const Val &value, SourceRange where);
  void assignInstance(Instance &to, const Val &value, SourceRange where); ///< params (and states when given) by name
  void assignGroup(Instance &to, const std::string &fn, const Val &value, SourceRange where);
  Val fitLike(const Val &like, const Val &value, SourceRange where, const std::string &what);
  void fillPlaces(const Val &part, const std::vector<Val> &values, size_t &next, bool states);
  void rebindRoot(const ast::Expr &e, const Val &value, SourceRange where);
  void assignPlace(int place, const Val &value, SourceRange where);

  // ---- call.cpp
  Val evalCall(const ast::Call &e, const Val *piped = nullptr, const ast::Expr *pipedExpr = nullptr);
  Val evalPipe(const ast::Pipe &e);
  Val call(const Val &callee, std::vector<Arg> args, const CallSite &site);
  Val callFunction(const Val &function, std::vector<Arg> args, const CallSite &site);
  /// Binds arguments to parameters in `scope` (defaults see the parameters before them, then `scope`'s parents).
  bool bindParameters(const std::vector<ast::Param> &params, std::vector<Arg> args, const CallSite &site,
                      const std::string &what, const std::shared_ptr<Scope> &scope);
  Val callBuiltin(const struct Builtin &builtin, std::vector<Arg> args, const CallSite &site);
  bool setTraining(Frame &frame, std::vector<Arg> &args, const std::vector<ast::Param> *params, SourceRange where);
  std::string siteName(const void *node, const std::string &otherwise); ///< "dense_2": of a call in the running body
  /// Runs `f` in a frame of its own.
  Val inFrame(Frame frame, const std::function<Val()> &f);

  // ---- model.cpp: instances, members, params and states
  Val configure(const Val &model, std::vector<Arg> args, const CallSite &site);
  Val applyInstance(const Val &instance, std::vector<Arg> args, const CallSite &site);
  Val finishInstance(const std::shared_ptr<Instance> &instance, const CallSite &site);
  Val inTurn(std::shared_ptr<Instance> member, SourceRange where);
  Val mixedTurns(std::vector<const ast::Expr *> repeats, const std::string &path, SourceRange where);
  void addMember(Instance &owner, Member member);
  void adopt(const std::shared_ptr<Instance> &part, const std::shared_ptr<Instance> &owner, const std::string &name);
  void settle(Instance &i, const std::string &path, bool slots, const std::string &root, const std::shared_ptr<Segment> &segment);
  void settleParts(const Val &part, const std::string &path, Instance &owner);
  Val settleAtTop(const Val &v, const std::string &name);
  Val instanceMember(Instance &instance, const std::string &name, SourceRange where);
  std::shared_ptr<Instance> newOwner(const std::string &path);   ///< pseudo-instance of a training, with a segment here
  std::shared_ptr<Segment> newSegment();
  /// Emits in the segment of an instance instead of the current region.
  Val inSegment(const std::shared_ptr<Segment> &segment, const std::function<Val()> &f);

  // ---- variable.cpp: params, states, slots
  Val evalVariable(const ast::Variable &s);
  Val fitInitial(const Val &v, const TypeVal &type, SourceRange where, const std::string &what);
  bool computableIn(const Segment &segment, const Val &v); ///< it uses nothing that is computed later
  Val originPlace(const Instance &instance, const std::string &name);
  int makePlace(Instance &owner, const std::string &name, bool param, Val initial, SourceRange where);
  Val slotValue(Instance &owner, const std::string &name, const std::string &path, bool param, ir::Value *initial, SourceRange where);
  void leafPaths(const Val &v, const std::string &path, std::vector<std::string> &out);
  /// Brings the places of a top-level instance that other entries have found.
  void materialise(Instance &instance);

  // ---- control.cpp
  Val evalIf(const ast::If &e);
  Val evalFor(const ast::For &e);
  std::optional<RangeTurns> rangeTurns(const Val &range, SourceRange where);
  Val rangeItem(const RangeTurns &turns, ir::Value *turn);        ///< the number of a turn, an index
  Val evalWhile(const ast::While &e);
  Val evalRepeat(const ast::Repeat &e);
  // roll.cpp: `repeat` as a run-time loop over stacks
  std::optional<Val> rollRepeat(const ast::Repeat &e, const Val &over, const std::vector<std::string> &naming); ///< null: unroll it
  std::optional<std::string> refusal(const Roll &roll, const Snapshot &start, const std::vector<Changed> &changed, const std::vector<Val> &yields);
  void enterTurn(Roll &roll, ir::Region *body, const std::vector<int> &scanned, const std::vector<Val> &stacked, size_t firstArg);
  void refuseToRoll(const std::vector<const ast::Expr *> &repeats); ///< the innermost that is still rolled
  int addPart(Roll &roll, int place, Val value);
  int partOfPlace(int place, const StackPart &part);        ///< a place that stands for a part of another
  int placeInTurn(int place);                               ///< of the rolled repeats around
  Val initialOfTurns(const std::vector<Dim> &turns, const std::function<Val()> &f, size_t depth = 0);
  std::optional<Val> initialPart(int place, size_t &depth); ///< in an initial value: what the place starts as in this turn
  Val tupleOfTurns(const Val &stack);                       ///< the parts of a stack
  Val evalCheckpoint(const ast::Checkpoint &e); ///< checkpoint.cpp
  void bindFresh(const ast::Pattern &pattern, const Val &value, SourceRange where); ///< the names of a loop, in its scope
  /// A run-time branch; what the sides rebind is merged, their values must agree in type.
  Val branch(ir::Value *condition, SourceRange where, const std::function<Val()> &then, const std::function<Val()> &otherwise);
  /// A run-time loop; carries what its body rebinds. The value is the stack of the yields (or none).
  Val loop(const LoopSpec &spec);

  // ---- index_notation.cpp
  Val evalDefine(const ast::Define &s);
  Val evalReduce(const ast::Reduce &e);

  // ---- subscript.cpp
  Val evalSubscript(const ast::Subscript &e);
  Item evalItem(const ast::SubscriptItem &item);
  std::vector<Item> evalItems(const std::vector<ast::SubscriptItem> &items);
  Val subscript(const Val &base, const std::vector<Item> &items, SourceRange where);
  Val subscriptBundle(const Val &base, const std::vector<Item> &items, SourceRange where);
  Val subscriptTensor(const Val &base, const std::vector<Item> &items, SourceRange where);
  // subscript_axes.cpp
  using AxisPlan = frontend::AxisPlan;
  std::optional<std::vector<AxisPlan>> planAxes(const Val &base, const std::vector<Item> &items, SourceRange where);
  std::optional<AxisPlan> planSlice(const Item &item, const Dim &n);
  std::optional<AxisPlan> planInt(const Item &item, const Val &index, const Dim &n);
  using SliceSize = frontend::SliceSize;
  ir::Value *rowsOf(const AxisPlan &axis); ///< i64[extent]: the places of its elements
  Val gatherAlong(const Val &base, int dim, const Val &index); ///< subscripts known to be inside
  std::string sourceText(SourceRange r) const;
  // element.cpp: `x[...] <- v`
  Val updateElement(const Val &base, const ast::Subscript &at, const Val &value, SourceRange where);
  Val scatterInto(const Val &base, const std::vector<AxisPlan> &axes, ir::Value *part);
  Val updateBlock(const Val &base, const std::vector<ir::Value *> &starts, const std::vector<Dim> &block, ir::Value *v);
  Val fitBlock(const Val &value, const ir::Type &type, SourceRange where);
  Val element(const Val &base, const Val &index, SourceRange where); ///< base[index]
  Val slice(ir::Value *v, int dim, const Dim &start, const Dim &extent);
  /// A run-time check unless the range is proven; the message may use "{0}" for the value.
  /// A check at run time unless the range of the subscript proves it; `of`: what it chooses from, along `dim`.
  void checkInside(const Val &index, const Dim &length, SourceRange where, const ir::Value *of = nullptr, size_t dim = 0);
  void checkRange(ir::Value *ints, int64_t low, int64_t high, SourceRange where); ///< all in low..high
  void check(ir::Value *condition, SourceRange where, std::vector<ir::PrintPiece> message, std::vector<ir::Value *> values);

  // ---- grad.cpp
  Val evalGrad(const Arg &y, const Arg &x, SourceRange where);
  Val evalVjp(const Arg &y, const Arg &x, const Arg &dy, SourceRange where);
  Val evalJvp(const Arg &y, const Arg &x, const Arg &v, SourceRange where);
  Val evalHvp(const Arg &y, const Arg &x, const Arg &v, SourceRange where);
  Val evalMinimize(const ast::Minimize &s);
  using Inputs = DerivativeInputs;
  using Sources = DerivativeSources;
  Sources sourcesOf(const std::vector<ir::Value *> &y, const Inputs &inputs);
  Val evalPlace(const ast::Expr &e); ///< a place or a tuple of them, not copied
  Inputs inputsOf(const Val &x, const ast::Expr &written);
  std::optional<Inputs> inputsOf(const Arg &x, const char *function);
  Val likeInputs(const Inputs &inputs, const std::vector<ir::Value *> &values);
  bool depends(const std::vector<ir::Value *> &y, Inputs &inputs, SourceRange where);
  std::optional<std::vector<ir::Value *>> alike(const Val &like, const Val &given, const std::string &what, const std::string &name, SourceRange where);
  std::optional<std::vector<ir::Value *>> directions(const Inputs &inputs, const Val &given, SourceRange where);
  std::optional<std::vector<ir::Value *>> floatsOf(const Val &given, std::vector<Val> &flat, Inputs &inputs, SourceRange where);
  Val differentiated(const Arg &y);
  ir::Value *scalarToDifferentiate(const Val &given, const std::string &names, SourceRange where);
  std::optional<std::vector<ir::Value *>> gradientOf(const Val &y, Inputs &inputs, SourceRange where);
  std::vector<ir::Value *> cotangents(const std::vector<ir::Value *> &y, const std::vector<ir::Value *> &seeds, const Inputs &inputs);
  std::vector<ir::Value *> tangents(const std::vector<ir::Value *> &y, const Inputs &inputs, const std::vector<ir::Value *> &along);
  std::function<void(const Val &loss, SourceRange where)> onMinimize; ///< a training reports its loss

  // ---- jacobian.cpp: maps over basis vectors
  Val evalJacobian(const Arg &y, const Arg &x, SourceRange where);
  Val evalHessian(const Arg &y, const Arg &x, SourceRange where);
  std::vector<ir::Value *> alongBasis(const ir::Type &of, SourceRange where, const std::function<std::vector<ir::Value *>(ir::Value *basis)> &f);

  // ---- custom_gradient.cpp
  /// The value of `body` (of the call that is running) with the rule of `fn` as its derivative.
  Val withGradient(const FunctionObject &fn, SourceRange calledAt, const std::shared_ptr<Scope> &signature, const std::function<Val()> &body);

  // ---- layers.cpp: where ops come from, and what `info` shows
  /// The ops of the body belong to a call at `where` of what is `defined` there: the instance or one of its `fn`s, if there is one.
  Val inCall(const std::string &name, SourceRange where, SourceRange defined, const std::shared_ptr<Instance> &instance, const std::function<Val()> &body);
  void recordLayers();                                             ///< of a finished entry, for instances not seen before

  // ---- builtin_files.cpp: what stands in files
  Val tensorTree(const Val &v, SourceRange where);               ///< tensors, tuples and records of them; models with their states
  std::vector<std::string> namesInFile(const Val &tree);         ///< of its leaves: dotted paths
  Val loadLike(const Val &file, const Val &like, SourceRange where); ///< the tensors of the file that `like` holds

  // ---- random.cpp
  ir::Value *siteKey(const void *node, const std::string &what); ///< key of a draw at this place
  std::optional<std::vector<Dim>> shapeOf(const Val &v, SourceRange where);
  ir::Value *randomBits(ir::Elem elem, const std::vector<Dim> &dims, const CallSite &site, const char *what);
  ir::Elem drawElem() const { return drawElem_.value_or(ir::Elem::F32); }
  Val draw(const Val &distribution, const ast::Type *type, const void *node, SourceRange where);

  // ---- globals.cpp: top-level names, lazily, in the prologue
  std::shared_ptr<Scope> fileScope(const Unit &unit);
  Val global(const std::string &name, SourceRange where, const Unit &unit);
  bool isGlobal(const std::string &name, const Unit &unit);
  Val evalGlobal(const ast::Decl &decl, const std::string &name, const Unit &unit);
  Val evalTopBinding(const ast::Stmt &statement, const std::string &name, const Unit &unit);
  std::optional<Val> defined(const std::string &qualified, const ast::Expr &value); ///< -D
  /// Emits at the head of the entry (tables, top-level values), in sight of the names of `unit`.
  Val inPrologue(const Unit &unit, const std::function<Val()> &f);
  const Unit &unit() const { return unitOf(*frame_->scope); } ///< the file whose text is running

  // ---- table.cpp, train.cpp, print.cpp, entry.cpp: data, trainings, output, entries
  Val evalData(const ast::Data &decl);
  Val evalForTable(const ast::For &e, const Val &over);            ///< a table or batches
  Val concatTables(const std::vector<Val> &tables, SourceRange where);
  Val callTable(const Val &table, std::vector<Arg> args, const CallSite &site); ///< a `data` applied to another source
  Val evalSource(const ast::Expr &e);
  Val tableFrom(const ast::Data &decl, const Val &source, const std::string &name, SourceRange where);
  std::unique_ptr<data::Table> openSource(const struct TableSourceInfo &source, SourceRange where);
  ir::Op *loadTable(ir::TableSource table, SourceRange where);     ///< under a name of its own
  std::string takeName(const std::string &otherwise);              ///< what the call is bound to
  Val sourceColumn(const Val &table, const ast::Identifier &name);
  Val vocabularyMember(const Val &v, const ast::Identifier &name);
  std::vector<struct EncodeCall> encodeCalls(const ast::Data &decl, const data::Table &file, bool &good);
  bool addEncoded(struct EncodeCall &call, const data::Table &file, ir::TableSource &table);
  Val cutTo(const Val &v, int dim, ir::Value *length);             ///< its first elements
  Val padRow(const Val &row, const ast::Expr &bound);
  Val trimRow(const Val &row);                                     ///< fields with a length of their own cut to it
  std::shared_ptr<const Names> namesOfOwn(const ast::Data &decl, const std::string &field);
  bool loadColumns(const ast::Data &decl, const struct TableSourceInfo &source, const std::string &name, SourceRange where,
                   struct SourceColumns &out);
  Val computeRows(const ast::Data &decl, const struct SourceColumns &columns, const Names &computed);
  Val selectWhere(const Val &table, ir::Value *mask, SourceRange where);
  Val selectRows(const Val &table, ir::Value *positions, const Dim &count);
  Val splitTable(const Val &table, const std::vector<double> &parts, const Val *classes, const CallSite &site);
  ir::Value *fixedPermutation(const Dim &n, const void *node, const std::string &what);
  ir::Value *permutation(const Dim &n, ir::Value *key);
  ir::Value *ranksOf(ir::Value *permutation);
  ir::Value *filled(ir::Value *scalar, const std::vector<Dim> &dims);
  Val rowsAt(const Val &column, ir::Value *first, const std::optional<Dim> &count);
  Val turnRecord(const Val &over, ir::Value *turn, ir::Value *order, Dim &rows);
  ir::Value *walkOrder(const Val &over);
  Val walkTable(const Val &over, const struct Walk &walk, bool yields);

  // ---- train.cpp, train_metrics.cpp
  Val callTraining(const Val &training, std::vector<Arg> args, const CallSite &site);
  Val runTraining(const ast::Train &decl, const struct TrainClauses &clauses, ir::Value *length);
  void trainStep(const struct TrainClauses &clauses, const std::optional<Val> &record, ir::Value *epoch, const struct TrainLength &total);
  void runHooks(const struct TrainClauses &clauses, bool ofEpochs, ir::Value *epoch, const struct TrainLength &total, ir::Value *counter);
  void runHook(const ast::EveryClause &hook, const struct TrainClauses &clauses, ir::Value *epoch, const struct TrainLength &total,
               ir::Value *counter);
  void bindCounters(ir::Value *epoch, const struct TrainLength &total);
  bool findKept(const struct TrainClauses &clauses, const std::function<Val(ir::Value *turn)> &record);
  void collectPlaces(const Instance &instance, std::vector<int> &out);
  std::set<std::string> reportedNames(const std::vector<const ast::Block *> &blocks);
  void clearMetrics(const std::string &prefix);
  void reportMetric(const std::string &name, const Val &value, SourceRange where);
  void showMetrics(const std::string &prefix, const std::set<std::string> &names, const std::string &scope, SourceRange where);
  Val presentMetric(const std::string &name);
  void keepBest(const ast::KeepClause &keep);
  void saveKept(const std::string &path, SourceRange where);
  bool stopTraining();                                            ///< false outside of one
  struct TrainingState *training() const { return training_; }
  Val optionValue(const ast::Option &decl);
  /// Entry parameters, made on demand (one per name).
  ir::Value *parameter(ir::Param description, const ir::Type &type);
  ir::Value *seed();
  void buildProgram(const ast::Function &fn);
  void buildTraining(const ast::Train &train);
  void buildTest(const ast::Test &test);                          ///< it stops at the first assertion that does not hold
  void finishEntry(std::vector<ir::Value *> results);             ///< splices segments, fills inouts, closes the body

  // ---- check/check.cpp: bodies with their sizes as unknowns
  void setChecking() { checking_ = true, key_ = seed(); }
  bool checking() const { return checking_; }
  const std::string &entryName() const { return function_->name; }
  bool undecided() const { return undecided_; }
  void checkFunction(const ast::Function &fn, const std::shared_ptr<Instance> &owner);
  void checkModel(const ast::Model &model);
  void checkBody(const std::string &name, const ast::Block &body, const ast::Type *result);
  std::optional<Val> checkedResult; ///< of the body that was checked last
  bool bindRigid(const std::vector<ast::Param> &params);
  std::optional<Val> rigidParameter(const ast::Param &p);
  std::optional<Val> rigidValue(const ast::Type &type, const std::string &name, const std::function<std::optional<Val>()> &preset);
  void bindSizes(const ast::Expr &e, int64_t bound);

  // ---- state shared by the groups
  Frame &frame() { return *frame_; }
  ir::Value *key() const { return key_; }
  std::vector<Place> &places() { return places_; }
  const std::vector<Place> &places() const { return places_; }
  Origins origins; ///< of the values made so far
  /// Pushes a scope for the lifetime of the object.
  struct ScopeGuard {
    ScopeGuard(Elaborator &e) : e_(e), old_(e.frame_->scope) {
      auto scope = std::make_shared<Scope>();
      scope->parent = old_;
      e.frame_->scope = std::move(scope);
    }
    ~ScopeGuard() { e_.frame_->scope = old_; }
    Elaborator &e_;
    std::shared_ptr<Scope> old_;
  };
  /// Emits into another region for the lifetime of the object.
  struct RegionGuard {
    RegionGuard(Elaborator &e, ir::Region *region, ir::Value *key)
        : e_(e), old_(e.builder_.region()), oldKey_(e.key_) {
      e.builder_.setRegion(region);
      if (key) e.key_ = key;
    }
    ~RegionGuard() { e_.builder_.setRegion(old_), e_.key_ = oldKey_; }
    Elaborator &e_;
    ir::Region *old_;
    ir::Value *oldKey_;
  };
  Snapshot snapshot();
  void restore(const Snapshot &s);
  std::vector<Changed> changes(const Snapshot &since, const ir::Region *body); ///< what outlives `body`
  bool insideOf(const ir::Region *inner, const ir::Region *outer) const;
  std::optional<ir::Type> meet(const Val &before, const Val &after);           ///< the type two leaves agree on
  bool sameShape(const Val &a, const Val &b);
  ir::Value *leafAs(const Val &leaf, const ir::Type &type, SourceRange where);
  ir::Region *newRegion(const std::vector<ir::Type> &args);                    ///< of an op that is about to be made here
  Val valueOf(const Changed &c);
  Val valueIn(const Snapshot &s, const Changed &c);
  void setValue(const Changed &c, Val v);
  std::string nameOf(const Changed &c) const;

private:
  Context &c_;
  ir::Function *function_;
  ir::Region *prologue_ = nullptr, *main_ = nullptr;
  ir::Builder builder_;
  ir::Value *key_ = nullptr, *seed_ = nullptr;
  Frame *frame_ = nullptr;
  Frame top_;
  std::vector<Place> places_;
  std::unordered_map<const ir::Region *, ir::Region *> regionParents_;
  std::vector<std::shared_ptr<Segment>> segments_;
  std::map<std::string, Val> globals_;
  std::set<std::string> evaluating_;
  std::set<std::string> bundled_;   ///< top-level models whose bundle was taken
  std::vector<std::pair<std::string, ir::Value *>> slotResults_; ///< what slots hold at the start
  std::map<const Unit *, std::shared_ptr<Scope>> fileScopes_;
  struct Layer {
    std::shared_ptr<Instance> instance;
    int pass = 0;                   ///< calls from outside of top-level instances, numbered
    Val output;
    uint32_t site = 0;
  };
  std::vector<Layer> layers_;       ///< calls of top-level instances and what they hold
  int layerDepth_ = 0, forward_ = 0;
  std::optional<ir::Elem> drawElem_; ///< the float type of the draw that is being made
  bool initialising_ = false;       ///< an initial value is being computed
  std::vector<ir::Value *> initialTurns_; ///< in which turns, if it is one of many
  std::vector<Roll *> rolls_;       ///< those whose bodies are being built
  std::vector<std::string> yieldNaming_; ///< what the `repeat` around is bound to
  std::vector<std::string> naming_; ///< what the expression under evaluation is bound to
  std::vector<Dim> assumed_;        ///< in checked bodies: differences that a condition makes 0
  bool undecided_ = false;          ///< in checked bodies: something depends on the sizes
  bool checking_ = false;           ///< sizes are rigid unknowns, open equalities are assumed
  struct TrainingState *training_ = nullptr;
  Dim batchRows_{0};                ///< rows of the batch around the present code, 0: none
  std::vector<SliceSize> sliceSizes_;
  struct SolvedSize { const ast::Expr *pattern; Dim atOne, actual, solution; }; ///< atOne: the pattern where its unknown is 1
  std::vector<SolvedSize> solvedSizes_;
};

} // namespace dl::frontend
