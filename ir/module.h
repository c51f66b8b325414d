/// The dataflow graph in memory: modules, functions, regions, operations, values. Laws: ir/README.md.
///
/// A function owns its operations, values and regions; regions hold plain ordered lists of pointers. Passes edit the
/// lists or rebuild them; what is no longer listed is garbage until the function dies.
#pragma once
#include "ir/attributes.h"
#include "ir/op_kinds.h"
#include "support/source.h"
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace dl::ir {

struct Op;
struct Region;
struct Function;

struct Value {
  Type type;
  Op *def = nullptr;        ///< the op whose result it is, or nullptr for a region argument / function parameter
  Region *region = nullptr; ///< the region whose argument it is
  uint32_t index = 0;       ///< number among the op's results or the region's arguments
  uint32_t id = 0;          ///< dense within the function, in creation order
  std::string name;         ///< hint without meaning
  dl::Dim dim;              ///< for Elem::Dim: the variable that types mention
};

struct Region {
  std::vector<Value *> args;
  std::vector<Op *> ops; ///< closed by yield or return
  Op *parent = nullptr;  ///< the op it belongs to; nullptr for a function body
  Function *function = nullptr;
  Op *terminator() const { return ops.empty() ? nullptr : ops.back(); }
};

/// What an op is for in a training: set by the front end (update) and by differentiation (backward), kept by passes.
enum class Phase : uint8_t { Forward, Backward, Update };

/// Where an op comes from: its place in the text, the call that it belongs to, its phase. Carries no meaning.
struct Origin : SourceRange {
  uint32_t site = 0; ///< a number of Module::site, 0: none
  Phase phase = Phase::Forward;
  Origin() = default;
  Origin(SourceRange range) : SourceRange(range) {}
  /// A place within the same call and phase.
  Origin &operator=(SourceRange range) {
    static_cast<SourceRange &>(*this) = range;
    return *this;
  }
};

struct Op {
  OpKind kind;
  std::vector<Value *> operands;
  std::vector<Value *> results;
  Attrs attrs;
  std::vector<Region *> regions;
  Origin where;
  Region *parent = nullptr; ///< the region that lists it
  uint32_t id = 0;

  template <class A> const A &as() const { return std::get<A>(attrs); }
  template <class A> A &as() { return std::get<A>(attrs); }
  Value *result(size_t i = 0) const { return results[i]; }
  Value *operand(size_t i) const { return operands[i]; }
};

/// What a parameter of an entry is. Plain functions have Plain parameters only.
enum class ParamRole : uint8_t { Plain, Seed, Option, Argument, Slot, Fresh };

struct Param {
  ParamRole role = ParamRole::Plain;
  bool inout = false;      ///< the function returns its final value behind its results
  std::string name;        ///< option or argument: its flag; slot: dotted path; fresh: instance name
  std::string help;
  bool isText = false;     ///< a text: its UTF-8 bytes, u8[n]; its preset is the bytes and a closing 0
  std::vector<double> preset; ///< option or argument: its default values; empty: required
  double low = 0, high = 0;   ///< option or argument: allowed range [low, high); equal: none
  bool global = false;        ///< an `option` of the file (shown under every command)
  bool endsLoop = false;      ///< a count that only ends a loop (--epochs, --steps): may grow on resume
  bool trains = false;        ///< fresh: the entry changes a param of the instance, not states alone
};

enum class SlotRole : uint8_t { Param, State };
struct Slot {
  std::string path; ///< "net.dense_1.weight"
  Type type;
  SlotRole role = SlotRole::Param;
};

enum class TableKind : uint8_t { Csv, Idx, Npy, Npz, Images, Lines, Range, Text };
/// What happens to a text that is longer than its row.
enum class TextFit : uint8_t { Pad, Cut, Exact };
/// A column of texts as ints: literals[0] cell literals[1] ... becomes the numbers of its units. The names are the
/// column's categories, the special ones first.
struct TextEncoding {
  TextUnit unit = TextUnit::Characters;
  TextFit fit = TextFit::Pad;
  bool lengths = false;           ///< how many ids each row has, instead of the ids
  int64_t special = 0, most = 0;
  std::vector<std::string> literals;
  bool operator==(const TextEncoding &) const = default;
};
/// A column to read: numbers (several csv columns make the row), a category, or an encoded text.
struct TableColumn {
  std::string name;               ///< "sepal_length", a glob "pixel*", or several of them between tabs
  Elem elem = Elem::F32;
  std::vector<int64_t> rowDims;   ///< shape of one row
  bool category = false;
  std::vector<std::string> categories; ///< names in the order of their numbers
  double low = 0, high = 0;       ///< allowed range of an `int in low..high` field; equal: none
  std::optional<TextEncoding> encoding;
  bool operator==(const TableColumn &) const = default;
};
/// What a file does not say of its columns: see data::Layout.
struct TableLayout {
  std::string separator;
  bool header = true;
  std::vector<std::string> names;
  bool operator==(const TableLayout &) const = default;
};
struct TableSource {
  std::string name;               ///< of the `data` declaration: the flag that replaces its path
  TableKind kind = TableKind::Csv;
  std::vector<std::string> paths; ///< as written; relative ones resolve in the data folder
  TableLayout layout;
  int64_t bound = 0;              ///< most rows
  std::vector<TableColumn> columns;
  bool operator==(const TableSource &) const = default;
};

/// What the reader of the table is asked for: names and globs; none where the source has a single column.
std::vector<std::string> sourcesOf(const TableSource &table, const TableColumn &column);

/// One row of the layer table that `info` prints.
struct LayerInfo {
  std::string path, model, output; ///< "net.dense_1", "dense", "f32[b, 128]"
  int64_t parameters = 0;
  int64_t flops = 0; ///< of one example, forward
};

/// A call while the program was built, all of them inlined: of an instance of a model, or of a function from a user's text.
struct Site {
  uint32_t parent = 0;   ///< the call around it
  SourceRange where;     ///< of the call
  std::string name;      ///< "net.dense_1", "relu"
  bool ofLibrary = false; ///< what is called stands in the library
  std::string model, settings; ///< an instance: "dense", "10, bias: false"
  std::string output;    ///< an instance with params in slots: "f32[b, 10]"
  int64_t parameters = 0;
  dl::Dim rows{0};       ///< of the batch that it is in, 0: none
};

struct Function {
  std::string name;
  bool isEntry = false;
  std::string help;      ///< entry: its `##` comment
  bool isTest = false;
  Region *body = nullptr;
  std::vector<Param> params; ///< one for each argument of the body
  std::vector<Type> results; ///< declared results, without the inout finals

  Value *newValue(Type type, std::string name = "");
  Op *newOp(OpKind kind, Origin where);
  Region *newRegion(Op *parent);
  uint32_t valueCount() const { return static_cast<uint32_t>(values_.size()); }
  uint32_t opCount() const { return static_cast<uint32_t>(ops_.size()); }
  /// A value of the type dim<=bound with a fresh variable.
  Value *newDim(int64_t bound, std::string name = "n");

private:
  std::deque<Value> values_;
  std::deque<Op> ops_;
  std::deque<Region> regions_;
};

struct Module {
  bool flushDenormals = true;
  std::vector<std::unique_ptr<Function>> functions;
  std::vector<Slot> slots;
  std::vector<TableSource> tables;
  std::vector<LayerInfo> layers;
  std::vector<Site> sites; ///< numbered from 1
  Function *addFunction(std::string name);
  Function *find(const std::string &name) const;
  Site &site(uint32_t number) { return sites[number - 1]; }
  const Site &site(uint32_t number) const { return sites[number - 1]; }
  const Slot *findSlot(const std::string &path) const;
  const TableSource *findTable(const std::string &name) const;
};

/// Calls `visit` for every op of the region, outer before inner, in list order.
template <class F> void walk(const Region &region, F &&visit) {
  for (Op *op : region.ops) {
    visit(op);
    for (Region *inner : op->regions) walk(*inner, visit);
  }
}
/// True if the op or anything in its regions is an effect.
bool hasEffect(const Op &op);
/// Values defined outside `op`'s regions and used inside, in order of first use (dimensions in types included).
std::vector<Value *> freeValues(const Op &op);
std::vector<Value *> freeValues(const Region &region);
/// The values (of type dim) that the type mentions.
std::vector<Value *> dimValues(const Type &type);

} // namespace dl::ir
